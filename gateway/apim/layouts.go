package apim

import "github.com/lockstep-apiops/lockstep/gateway"

// The layouts of the tools that keep API Management in git. V7 is that of the
// table itself.
const (
	v7  = "v7"         // Azure/apiops since 7.0
	v6  = "v6"         // Azure/apiops 6: tags below what bears them, group links without a payload
	v5  = "v5"         // Azure/apiops up to 5: lists of links
	cli = "apiops-cli" // Azure/apiops-cli: folders in camel case, and lists again
)

// Layouts returns the layouts that trees may have, that of a new one first.
func Layouts() []string { return []string{v7, v6, v5, cli} }

// folder returns the spelling of a kind that Azure/apiops-cli keeps in a folder
// of another name.
func folder(dir string) []gateway.Spelling {
	return []gateway.Spelling{{Layouts: []string{cli}, Dir: dir}}
}

// wikiFile returns the spelling of a wiki that Azure/apiops-cli keeps: the
// payload, in a file that is called as if it were Markdown.
func wikiFile() []gateway.Spelling {
	return []gateway.Spelling{{Layouts: []string{cli}, File: "wiki.md", Maybe: true}}
}

// graphQLSchema is where Azure/apiops-cli keeps the definition of a GraphQL API.
var graphQLSchema = &gateway.Within{
	Layouts: []string{cli}, Row: "api schema", Name: "graphql", Field: "properties.document.value",
	Const: map[string]any{"properties.contentType": "application/vnd.ms-azure-apim.graphql.schema"},
	File:  "specification.graphql",
}

// listed returns the spelling of a link that is kept in a list beside its
// owner.
func listed(file string) []gateway.Spelling {
	return []gateway.Spelling{{Layouts: []string{v5, cli}, File: file, List: true}}
}
