package apidef_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lockstep-apiops/lockstep/internal/apidef"
)

const petsSwagger = `{
  "swagger": "2.0", "host": "pets.example", "basePath": "/v1", "schemes": ["https"],
  "consumes": ["application/json"], "produces": ["application/json"],
  "paths": {
    "/pets": {
      "get": {
        "operationId": "list", "summary": "List",
        "parameters": [{"name": "limit", "in": "query", "type": "integer", "format": "int32", "collectionFormat": "csv"}],
        "responses": {"200": {"description": "Pets", "schema": {"type": "array", "items": {"$ref": "#/definitions/Pet"}},
          "headers": {"X-Next": {"type": "string", "description": "Page"}}}, "404": {"$ref": "#/responses/none"}}
      },
      "post": {
        "operationId": "add", "summary": "Add",
        "parameters": [{"$ref": "#/parameters/pet"}],
        "responses": {"201": {"description": "Added"}}
      }
    },
    "/pets/{id}/photo": {
      "parameters": [{"name": "id", "in": "path", "required": true, "type": "string"}],
      "post": {
        "operationId": "photo", "summary": "Photo", "consumes": ["multipart/form-data"],
        "parameters": [
          {"name": "file", "in": "formData", "type": "file", "required": true},
          {"name": "note", "in": "formData", "type": "string"}
        ],
        "responses": {"204": {"description": "Kept"}}
      }
    }
  },
  "parameters": {"pet": {"name": "pet", "in": "body", "schema": {"$ref": "#/definitions/Pet"}}},
  "responses": {"none": {"description": "None"}},
  "definitions": {"Pet": {"type": "object", "discriminator": "kind", "properties": {"kind": {"type": "string"}}}}
}`

const petsOpenAPI = `
openapi: 3.0.3
paths:
  /pets:
    get:
      operationId: list
      summary: List
      parameters:
        - {name: limit, in: query, schema: {type: integer, format: int32}}
      responses:
        '200':
          description: Pets
          headers: {X-Next: {description: Page, schema: {type: string}}}
          content: {application/json: {schema: {type: array, items: {$ref: '#/components/schemas/Pet'}}}}
        '404': {description: None}
    post:
      operationId: add
      summary: Add
      requestBody: {content: {application/json: {schema: {$ref: '#/components/schemas/Pet'}}}}
      responses: {'201': {description: Added}}
  /pets/{id}/photo:
    post:
      operationId: photo
      summary: Photo
      parameters: [{name: id, in: path, required: true, schema: {type: string}}]
      requestBody:
        content:
          multipart/form-data:
            schema:
              type: object
              required: [file]
              properties: {file: {type: string, format: binary}, note: {type: string}}
      responses: {'204': {description: Kept}}
components:
  schemas:
    Pet: {type: object, discriminator: {propertyName: kind}, properties: {kind: {type: string}}}
`

const petsWADL = `<?xml version="1.0" encoding="utf-8"?>
<application xmlns="http://wadl.dev.java.net/2009/02" xmlns:xs="http://www.w3.org/2001/XMLSchema">
  <resources base="https://pets.example/v1">
    <resource path="pets">
      <method id="64f" name="GET">
        <request><param name="limit" style="query" type="xs:int"/></request>
        <response status="200">
          <param name="X-Next" style="header" type="xs:string"/>
          <representation mediaType="application/json"/>
        </response>
        <response status="404"/>
      </method>
      <method id="65a" name="POST">
        <request><representation href="#pet"/></request>
        <response status="201"/>
      </method>
      <resource path="{id}/photo">
        <param name="id" style="template" type="xs:string"/>
        <method id="66c" name="POST">
          <request><representation mediaType="multipart/form-data"/></request>
          <response status="204"><doc>Kept</doc></response>
        </method>
      </resource>
    </resource>
  </resources>
  <representation id="pet" mediaType="application/json"/>
</application>`

func TestFormats(t *testing.T) {
	docs := []struct{ name, text string }{{"Swagger", petsSwagger}, {"OpenAPI", petsOpenAPI}, {"WADL", petsWADL}}
	for _, a := range docs {
		for _, b := range docs {
			t.Run(a.name+" and "+b.name, func(t *testing.T) {
				if got := diff(t, a.text, b.text+"\n"); got != nil {
					t.Errorf("Diff = %q, want none", got)
				}
			})
		}
	}
}

func TestFormatsDiffer(t *testing.T) {
	tests := []struct {
		name, a, b, oldText, newText string
		want                         []string
	}{
		{"field of a form", petsOpenAPI, petsSwagger, `"note"`, `"text"`, []string{
			"change operation POST /pets/{id}/photo: request: multipart/form-data: schema: property note removed",
			"change operation POST /pets/{id}/photo: request: multipart/form-data: schema: property text added",
		}},
		{"content types of the document", petsOpenAPI, petsSwagger, `"consumes": ["application/json"]`, `"consumes": ["text/json"]`, []string{
			"change operation POST /pets: request: content type application/json removed",
			"change operation POST /pets: request: content type text/json added",
		}},
		{"type in Swagger", petsSwagger, petsSwagger, `"integer"`, `"string"`, []string{
			"change operation GET /pets: query parameter limit: type integer → string",
		}},
		{"method in WADL", petsOpenAPI, petsWADL, `name="GET"`, `name="HEAD"`, []string{"add operation HEAD /pets", "remove operation GET /pets"}},
		{"ids of WADL", petsWADL, petsWADL, `id="64f"`, `id="64e"`, nil},
		{"type in WADL", petsWADL, petsWADL, "xs:int", "xs:string", []string{"change operation GET /pets: query parameter limit: type integer → string"}},
		{"required in WADL", petsWADL, petsWADL, `style="query"`, `style="query" required="true"`, []string{"change operation GET /pets: query parameter limit: required false → true"}},
		{"content type in WADL", petsWADL, petsWADL, `id="pet" mediaType="application/json"`, `id="pet" mediaType="text/json"`, []string{
			"change operation POST /pets: request: content type application/json removed",
			"change operation POST /pets: request: content type text/json added",
		}},
		{"description in WADL", petsWADL, petsWADL, "<doc>Kept", "<doc>Lost", []string{"change operation POST /pets/{id}/photo: response 204: description Kept → Lost"}},
		{"format", petsWADL, "type Query { a: Int }", "Int", "Int", []string{"change format: wadl → graphql"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if !strings.Contains(tt.b, tt.oldText) {
				t.Fatalf("the document has no %q", tt.oldText)
			}
			got := diff(t, tt.a, strings.Replace(tt.b, tt.oldText, tt.newText, 1))
			if d := cmp.Diff(tt.want, got); d != "" {
				t.Errorf("Diff (-want +got):\n%s", d)
			}
		})
	}
}

// TestUnbound has a document as some ways of import leave it: with schemas that
// no operation uses.
func TestUnbound(t *testing.T) {
	const schema = "schema: {$ref: '#/components/schemas/Pet'}"
	export := strings.ReplaceAll(petsOpenAPI, schema, "")
	export = strings.Replace(export, "schema: {type: array, items: {$ref: '#/components/schemas/Pet'}}", "", 1)
	from := strings.Index(export, "            schema:\n")
	export = strings.Replace(export[:from], "multipart/form-data:", "multipart/form-data: {}", 1) + export[strings.Index(export, "      responses: {'204'"):]
	if got := diff(t, petsOpenAPI, export); got != nil {
		t.Errorf("Diff = %q, want none", got)
	}
	other := strings.Replace(export, "properties: {kind: {type: string}}", "properties: {kind: {type: integer}}", 1)
	want := []string{"change schema Pet: property kind: type string → integer"}
	if d := cmp.Diff(want, diff(t, petsOpenAPI, other)); d != "" {
		t.Errorf("Diff (-want +got):\n%s", d)
	}
}

func TestGraphQL(t *testing.T) {
	const base = `
# The schema.
schema { query: Query }
"""
A query.
  Indented.
"""
type Query implements A & B @key(fields: "id") { item(id: ID! = "x", n: Int = -1): [Item!]!, "one" type: String }
extend type Query { input: Int }
scalar type
union input = | type | Item
directive @type(a: Int) repeatable on FIELD | OBJECT
enum Item { A B }
`
	tests := []struct {
		name, oldText, newText string
		want                   []string
	}{
		{"white space and commas", "{ A B }", "{\r\n\tA,,\n  B }", nil},
		{"comments", "scalar type", "# none {\nscalar # a\n type", nil},
		{"strings", `"one"`, `"""one"""`, nil},
		{"indentation of a description", "A query.\n  Indented.", "  A query.\n    Indented.\n", nil},
		{"order", "scalar type\nunion input = | type | Item", "union input = | type | Item\nscalar type", nil},
		{"order in front", "schema { query: Query }\n", "", []string{"remove schema"}},
		{"description", "A query.", "The query.", []string{"change type Query"}},
		{"description of a field", `"one"`, `"two"`, []string{"change type Query"}},
		{"argument", "ID!", "ID", []string{"change type Query"}},
		{"default", `"x"`, `"y"`, []string{"change type Query"}},
		{"extension", "input: Int", "input: Float", []string{"change extend type Query"}},
		{"name", "scalar type", "scalar interface", []string{"add scalar interface", "remove scalar type"}},
		{"member", "= | type |", "= | enum |", []string{"change union input"}},
		{"directive", "repeatable", "", []string{"change directive @ type"}},
		{"value", "A B", "A C", []string{"change enum Item"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if !strings.Contains(base, tt.oldText) {
				t.Fatalf("the schema has no %q", tt.oldText)
			}
			got := diff(t, base, strings.Replace(base, tt.oldText, tt.newText, 1))
			if d := cmp.Diff(tt.want, got); d != "" {
				t.Errorf("Diff (-want +got):\n%s", d)
			}
		})
	}
}

func TestWSDL(t *testing.T) {
	const base = `<wsdl:definitions xmlns:wsdl="http://schemas.xmlsoap.org/wsdl/" xmlns:t="urn:t" xmlns:http="urn:h"
    xmlns:soap="http://schemas.xmlsoap.org/wsdl/soap/" targetNamespace="urn:t" name="S">
  <wsdl:documentation>A service.</wsdl:documentation>
  <wsdl:message name="M"><wsdl:part name="p" element="t:e"/></wsdl:message>
  <wsdl:service name="S"><wsdl:port name="P" binding="t:B"><soap:address location="http://a/b"/></wsdl:port></wsdl:service>
</wsdl:definitions>`
	changed := []string{"change WSDL document"}
	tests := []struct {
		name    string
		oldNew  []string
		wantNew []string
	}{
		{"white space", []string{"<wsdl:message", "\r\n\t<wsdl:message", "/></wsdl:port>", "/>\n</wsdl:port>"}, nil},
		{"order of declarations", []string{` xmlns:t="urn:t" xmlns:http="urn:h"`, ` xmlns:http="urn:h" xmlns:t="urn:t"`}, nil},
		{"order of attributes", []string{`name="p" element="t:e"`, `element='t:e' name='p'`}, nil},
		{"prefixes", []string{"wsdl:", "w:", "xmlns:wsdl", "xmlns:w", "t:e", "u:e", "t:B", "u:B", "xmlns:t", "xmlns:u"}, nil},
		{"default namespace", []string{"wsdl:", "", "xmlns:wsdl", "xmlns"}, nil},
		{"comment and declaration", []string{"<wsdl:definitions", "<?xml version='1.0'?><!-- c --><wsdl:definitions"}, nil},
		{"address", []string{"http://a/b", "http://gateway/c"}, nil},
		{"name", []string{`name="M"`, `name="N"`}, changed},
		{"documentation", []string{"A service.", "The service."}, changed},
		{"meaning of a prefix", []string{`xmlns:t="urn:t"`, `xmlns:t="urn:u"`}, changed},
		{"element", []string{`<wsdl:message name="M"><wsdl:part name="p" element="t:e"/></wsdl:message>`, ""}, changed},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := diff(t, base, strings.NewReplacer(tt.oldNew...).Replace(base))
			if d := cmp.Diff(tt.wantNew, got); d != "" {
				t.Errorf("Diff (-want +got):\n%s", d)
			}
		})
	}
}

// TestRealTree reads the definitions of a real artifact tree, which is kept
// beside the checkout.
func TestRealTree(t *testing.T) {
	paths, err := filepath.Glob(filepath.FromSlash("../../../shared/samples/apiops-v7/apis/*/specification.*"))
	if err != nil {
		t.Fatal(err)
	}
	if len(paths) == 0 {
		t.Skip("SKIPPED: there is no sample tree in ../shared beside the checkout, so real definitions are not tested")
	}
	for _, p := range paths {
		text, err := os.ReadFile(p)
		if err != nil {
			t.Fatal(err)
		}
		d, err := apidef.Parse(p, text)
		if err != nil {
			t.Error(err)
			continue
		}
		ops, err := apidef.Operations(p, text)
		if err != nil || len(ops) == 0 && d.Format != apidef.GraphQL {
			t.Errorf("Operations(%s) = %v, %v; want some", p, ops, err)
		}
		if d.Format != apidef.OpenAPI {
			continue
		}
		to := "a.yaml"
		if d.YAML {
			to = "a.json"
		}
		other, err := apidef.Reencode(text, p, to)
		if err != nil {
			t.Error(err)
			continue
		}
		if got := diff(t, string(text), string(other)); got != nil {
			t.Errorf("%s: Diff to its other encoding = %q, want none", p, got)
		}
	}
}
