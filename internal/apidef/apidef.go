// Package apidef compares API definitions by what they mean to API Management,
// to decide whether the document in git says the same as the one a gateway
// exports.
//
// A gateway keeps no document. It takes operations and schemas out of what it
// imports and writes a new document when it exports, in the format asked for.
// So OpenAPI 3.0 and 3.1, Swagger 2.0 (each as JSON or YAML) and WADL are
// projected onto one model of what the service keeps: operations by method and
// URL template, with id, display name, description, parameters, request bodies,
// responses, and the schemas they reach. GraphQL is compared as definitions made
// of tokens, WSDL as XML.
//
// # What is left out on purpose
//
// The service keeps these elsewhere or not at all, so they never count: info,
// servers, host, basePath, schemes, security, tags, externalDocs, callbacks,
// webhooks, links, vendor extensions, cookie parameters, serialisation styles,
// bodies of GET, HEAD, OPTIONS and TRACE, whether a body is required, schemas
// that no operation reaches, and the names of schemas.
//
// Some things the service keeps only at times, depending on its age and on the
// way of import. They count where both documents state them, so that a change
// shows once the service has echoed it, and their loss is no drift: examples
// (one document's may be some of the other's), descriptions of request bodies,
// keywords of a parameter's schema other than type, format, enum and default,
// responses without a numeric status, and keys beside a $ref where one document
// is OpenAPI 3.1. So do keywords that OpenAPI 3.0 lacks, which is what the
// service writes, unless both documents are OpenAPI 3.1.
//
// Some things the service fills in or cuts. Operation ids count without upper
// case and marks, up to 76 characters, and summaries up to 300. A missing
// operation id matches any; a missing display name matches the id or a name made
// of method and template; a missing description matches the display name; an
// operation without responses matches one with an empty 200; a path parameter
// that is not declared matches a declared one. If the operations of one document
// use none of its schemas, schemas are compared by name.
//
// Some spellings mean the same: nullable, type null and a choice with null, a $ref
// and an allOf of it alone, exclusiveMinimum as flag and as number, const and an
// enum of one, contentEncoding and format, a required query parameter and one in
// the URL template (/x?y={y}), the order of keys, enums and required lists, 1
// and 1.0.
//
// What one of two formats can not say does not count between them. WADL says
// little, and its ids are made up by the service: next to a WADL document ids,
// display names, formats and schemas do not count. Swagger has no nullable,
// oneOf, anyOf and not, and one list of content types for all answers.
package apidef

import (
	"bytes"
	"fmt"
	"slices"
)

// A Format is a language of API definitions.
type Format string

// The formats that Parse knows.
const (
	OpenAPI Format = "openapi" // 3.x
	Swagger Format = "swagger" // 2.0
	WADL    Format = "wadl"
	WSDL    Format = "wsdl"
	GraphQL Format = "graphql"
)

// A Document is a definition that has been read and understood.
type Document struct {
	Name    string // of the file, for messages
	Format  Format
	Version string // of OpenAPI and Swagger, as the document gives it
	YAML    bool   // OpenAPI or Swagger in YAML, rather than in JSON

	api         *api              // OpenAPI, Swagger and WADL
	definitions map[string]string // GraphQL: tokens by "type Name"
	xml         string            // WSDL in canonical form
}

// Parse reads a definition. What it is shows in the text, not in the name; the
// name is for messages. Errors name the file and the line.
func Parse(name string, text []byte) (*Document, error) {
	d := &Document{Name: name}
	if err := d.parse(text); err != nil {
		return nil, named(name, err)
	}
	return d, nil
}

func (d *Document) parse(text []byte) error {
	text, err := decodeText(text)
	if err != nil {
		return err
	}
	switch detect(text) {
	case asXML:
		return d.parseXML(text)
	case asGraphQL:
		d.Format = GraphQL
		d.definitions, err = graphQLDefinitions(string(text))
		return err
	case asJSON:
		root, err := readJSON(text)
		if err != nil {
			return err
		}
		return d.project(root)
	case asYAML:
		d.YAML = true
		root, err := readYAML(text)
		if err != nil {
			return err
		}
		return d.project(root)
	}
	return errorAt(1, "neither OpenAPI, Swagger, WADL, WSDL nor GraphQL")
}

// project turns an OpenAPI or Swagger document into the model.
func (d *Document) project(root *node) error {
	if v := root.get("swagger"); v != nil {
		d.Format, d.Version = Swagger, v.text
		if d.Version != "2.0" {
			return errorAt(v.line, "swagger version %q: only 2.0 is known", d.Version)
		}
		var err error
		d.api, err = projectSwagger(root)
		return err
	}
	v := root.get("openapi")
	if v == nil {
		return errorAt(root.firstLine(), "neither openapi nor swagger is given")
	}
	d.Format, d.Version = OpenAPI, v.text
	if len(d.Version) < 3 || d.Version[:2] != "3." {
		return errorAt(v.line, "openapi version %q: only 3.x is known", d.Version)
	}
	var err error
	d.api, err = projectOpenAPI(root)
	return err
}

func (d *Document) parseXML(text []byte) error {
	root, err := readXML(text)
	if err != nil {
		return err
	}
	switch {
	case root.isWADL():
		d.Format = WADL
		d.api, err = projectWADL(root)
		return err
	case root.isWSDL():
		d.Format = WSDL
		d.xml = root.canonical()
		return nil
	}
	return errorAt(root.line, "element %s is the root of neither WADL nor WSDL", root.name.Local)
}

// Equal reports whether two definitions mean the same to API Management. Equal
// bytes are equal without a look into them, and so are texts that differ in line
// ends alone. As either side may lack what the service loses, the relation is
// symmetric but not transitive. An error means that at least one of the texts can not be read;
// then the result is false, so a caller that drops the error takes no unread
// document for equal.
func Equal(aName string, a []byte, bName string, b []byte) (bool, error) {
	if bytes.Equal(a, b) || sameText(a, b) {
		return true, nil
	}
	da, db, err := parseBoth(aName, a, bName, b)
	if err != nil {
		return false, err
	}
	same := true
	compare(da, db, func(string) bool {
		same = false
		return false
	})
	return same, nil
}

const (
	// maxDifferences is how many lines Diff returns at most, a last one that
	// says how many were left out included.
	maxDifferences = 50
	// maxFound is how many differences Diff looks for.
	maxFound = 10_000
)

// Diff returns what would change in a by putting b in its place, one short line
// a change, sorted. It is empty exactly if Equal is true. Of many changes it
// returns some and says how many more there are.
func Diff(aName string, a []byte, bName string, b []byte) ([]string, error) {
	if bytes.Equal(a, b) || sameText(a, b) {
		return nil, nil
	}
	da, db, err := parseBoth(aName, a, bName, b)
	if err != nil {
		return nil, err
	}
	var lines []string
	compare(da, db, func(line string) bool {
		lines = append(lines, line)
		return len(lines) < maxFound
	})
	slices.Sort(lines)
	lines = slices.Compact(lines)
	if n := len(lines); n > maxDifferences {
		lines = append(lines[:maxDifferences-1:maxDifferences-1], more(n))
	}
	return lines, nil
}

// more returns the last line for n differences.
func more(n int) string {
	rest := n - maxDifferences + 1
	if n >= maxFound {
		return fmt.Sprintf("and more than %d further changes", rest)
	}
	return fmt.Sprintf("and %d more changes", rest)
}

func parseBoth(aName string, a []byte, bName string, b []byte) (da, db *Document, err error) {
	if da, err = Parse(aName, a); err != nil {
		return nil, nil, err
	}
	if db, err = Parse(bName, b); err != nil {
		return nil, nil, err
	}
	return da, db, nil
}

// compare reports the differences of two documents until report returns false.
func compare(a, b *Document, report func(line string) bool) {
	switch {
	case a.api != nil && b.api != nil:
		compareAPIs(a.api, b.api, report)
	case a.Format != b.Format:
		report(fmt.Sprintf("change format: %s → %s", a.Format, b.Format))
	case a.Format == GraphQL:
		compareDefinitions(a.definitions, b.definitions, report)
	case a.xml != b.xml:
		report("change WSDL document")
	}
}

// An Operation is what names an operation of a definition.
type Operation struct {
	ID       string // as the document gives it, or empty
	Method   string // upper case
	Template string // URL template, from the first slash on
}

// Operations returns the operations of a definition, sorted by template and
// method. GraphQL and WSDL definitions have none of this kind.
func Operations(name string, text []byte) ([]Operation, error) {
	d, err := Parse(name, text)
	if err != nil {
		return nil, err
	}
	return d.Operations(), nil
}

// Operations returns the operations of a definition that has been read, as the
// function of that name does.
func (d *Document) Operations() []Operation {
	if d.api == nil {
		return nil
	}
	return d.api.list()
}
