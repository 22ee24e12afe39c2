package apim

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/url"
	"strings"

	"github.com/lockstep-apiops/lockstep/gateway"
	"github.com/lockstep-apiops/lockstep/gateway/rest"
	"github.com/lockstep-apiops/lockstep/internal/apidef"
)

// importAPI writes an API together with its definition.
func (h *hooks) importAPI(ctx context.Context, c *rest.Caller, w *rest.Write, path, name string, text []byte) error {
	doc, err := apidef.Parse(name, text)
	if err != nil {
		return fmt.Errorf("%w: read %s: %w", gateway.ErrInvalid, name, err)
	}
	if doc.Format == apidef.GraphQL {
		return importGraphQL(ctx, c, w, path, text)
	}
	text, asYAML, err := inline(doc, text)
	if err != nil {
		return fmt.Errorf("%w: import %s: %w", gateway.ErrInvalid, name, err)
	}
	format := importFormats[spelling{doc.Format, asYAML}]
	plain, _ := gateway.Clone(w.Body).(map[string]any)
	gateway.SetField(w.Body, "properties.format", format.name)
	gateway.SetField(w.Body, "properties.value", string(text))
	if format.apiType != "" {
		gateway.SetField(w.Body, "properties.apiType", format.apiType)
	}
	got, _, err := c.Put(ctx, path, format.query, w.Body, w.IfMatch)
	if err != nil {
		return fmt.Errorf("import %s: %w", name, err)
	}
	now := &gateway.Resource{Key: w.Want.Key, Spec: got, Files: w.Want.Files}
	if got == nil || !c.Kinds.Equal(now, w.Want) {
		if _, _, err = c.Put(ctx, path, nil, plain, ""); err != nil {
			return fmt.Errorf("restore settings after import of %s: %w", name, err)
		}
	}
	if err := verifyImport(ctx, c, path, doc); err != nil {
		return fmt.Errorf("verify import of %s: %w", name, err)
	}
	return nil
}

// maxInline is how much text the service takes in a request. What is larger it
// would only fetch from an address, which a tree in git does not have.
const maxInline = 4 << 20

// inline returns a definition as it is sent, and whether that is YAML. One that
// is too large goes as JSON without blanks, which says the same in less.
func inline(doc *apidef.Document, text []byte) (out []byte, asYAML bool, err error) {
	if len(text) <= maxInline {
		return text, doc.YAML, nil
	}
	small := text
	if doc.Format == apidef.OpenAPI || doc.Format == apidef.Swagger {
		whole, err := apidef.Reencode(text, doc.Name, "specification.json")
		if err != nil {
			return nil, false, err
		}
		var b bytes.Buffer
		if err := json.Compact(&b, bytes.TrimPrefix(whole, []byte("\ufeff"))); err != nil {
			return nil, false, err
		}
		small = b.Bytes()
	}
	if len(small) > maxInline {
		return nil, false, fmt.Errorf("it has %.1f MB without blanks, and the service takes %d MB: split the API, or leave out examples",
			float64(len(small))/(1<<20), maxInline>>20)
	}
	return small, false, nil
}

// verifyImport makes sure that an import left the operations which it was
// for: policies need them, and an API without any looks fine until it is called.
func verifyImport(ctx context.Context, c *rest.Caller, path string, doc *apidef.Document) error {
	want := doc.Operations()
	if len(want) == 0 {
		return nil
	}
	names, count := map[string]bool{}, 0
	for item, err := range c.Pages(ctx, path+"/operations", nil) {
		if err != nil {
			return fmt.Errorf("list operations: %w", err)
		}
		name, _ := item["name"].(string)
		names[strings.ToLower(name)] = true
		count++
	}
	if count >= len(want) {
		return nil
	}
	var missing []string
	for _, op := range want {
		if !names[strings.ToLower(op.ID)] {
			missing = append(missing, op.Method+" "+op.Template)
		}
	}
	const most = 5
	if len(missing) > most {
		missing = append(missing[:most], "…")
	}
	return fmt.Errorf("the service has %d of %d operations, without %s: publish again, and look at its import of the definition if that does not help",
		count, len(want), strings.Join(missing, ", "))
}

type importFormat struct {
	name, apiType string
	query         url.Values
}

// importFormats are the words that the service has for the formats. For WADL
// and WSDL the import has to be asked for in the query as well.
var importFormats = map[spelling]importFormat{
	{apidef.OpenAPI, true}:  {name: "openapi"},
	{apidef.OpenAPI, false}: {name: "openapi+json"},
	{apidef.Swagger, true}:  {name: "openapi"},
	{apidef.Swagger, false}: {name: "swagger-json"},
	{apidef.WADL, false}:    {name: "wadl-xml", query: url.Values{"import": {"true"}}},
	{apidef.WSDL, false}:    {name: "wsdl", apiType: "soap", query: url.Values{"import": {"true"}}},
}

type spelling struct {
	format apidef.Format
	yaml   bool
}

// importGraphQL writes a GraphQL API and then its schema, which is a resource
// of its own.
func importGraphQL(ctx context.Context, c *rest.Caller, w *rest.Write, path string, text []byte) error {
	if _, _, err := c.Put(ctx, path, nil, w.Body, w.IfMatch); err != nil {
		return err
	}
	_, _, err := c.Put(ctx, path+"/schemas/graphql", nil, map[string]any{"properties": map[string]any{
		"contentType": "application/vnd.ms-azure-apim.graphql.schema",
		"document":    map[string]any{"value": string(text)},
	}}, "")
	if err != nil {
		return fmt.Errorf("put schema: %w", err)
	}
	return nil
}
