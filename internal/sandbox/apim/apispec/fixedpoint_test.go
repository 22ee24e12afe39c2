package apispec_test

import (
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// richDocument holds the awkward corners of OpenAPI 3.
const richDocument = `
openapi: 3.0.0
info: {title: "Rich\n # text: 'quoted'", description: "one\n two\n\tthree ", version: 2020-01-01}
servers: [{url: /base/path/}]
x-anchors: {a: &limit {name: limit, in: query, schema: {type: integer, minimum: 1, maximum: 10, default: 5}}}
paths:
  /search:
    get:
      operationId: find it
      deprecated: true
      parameters:
        - *limit
        - <<: *limit
          name: offset
          required: true
        - {name: filter, in: query, style: deepObject, explode: true, schema: {type: object, additionalProperties: {type: string}}}
        - {name: ids, in: query, style: pipeDelimited, schema: {type: array, items: {$ref: '#/components/schemas/Id'}}}
        - {name: id, in: query, allowEmptyValue: true, schema: {$ref: '#/components/schemas/Id'}}
        - {name: json, in: query, content: {application/json: {schema: {$ref: '#/components/schemas/Tree'}}}}
        - $ref: '#/components/parameters/Header'
      responses:
        2XX: {description: ok, headers: {Link: {$ref: '#/components/headers/Link'}}}
        200:
          description: ''
          content:
            application/json:
              schema: {type: array, items: {$ref: '#/paths/~1search/get/responses/200/content/application~1json/schema'}}
              examples: {a: {$ref: '#/components/examples/A'}, default: {value: [null, 'null', 1e3]}}
            text/plain: {}
    post:
      requestBody: {$ref: '#/components/requestBodies/Body'}
      responses: {}
  /upload:
    post:
      requestBody:
        content:
          multipart/form-data:
            schema:
              type: object
              properties:
                file: {type: string, format: binary, description: The file.}
                tags: {type: array, items: {type: string}, maxItems: 3}
                id: {$ref: '#/components/schemas/Id'}
            encoding: {tags: {contentType: text/plain, headers: {X: {$ref: '#/components/headers/Link'}}}}
      responses: {200: {description: ok}}
  /ranged?kind={kind}&x={x}:
    get:
      parameters: [{name: kind, in: path, required: true, schema: {type: string}}, {name: x, in: query, schema: {type: string}}]
      responses: {5XX: {description: only a range}}
components:
  schemas:
    Id: {type: string, pattern: '^\d+$', example: {$ref: not a reference}}
    Tree:
      oneOf: [{$ref: '#/components/schemas/Id'}, {$ref: '#/components/schemas/Tree/properties/leaf'}]
      discriminator: {propertyName: kind, mapping: {id: '#/components/schemas/Id', tree: Tree, gone: '#/nowhere'}}
      properties: {leaf: {type: object, nullable: true}, on: {type: boolean}, "no": {enum: [on, off, ~, "~"]}}
    Odd name/«1»: {type: object}
    UsesOdd: {allOf: [{$ref: '#/components/schemas/Odd%20name~1%C2%AB1%C2%BB'}]}
  parameters: {Header: {name: X-H, in: header, deprecated: true, schema: {type: boolean, default: false}}}
  headers: {Link: {description: l, schema: {type: string}, example: 2020-01-01}}
  examples: {A: {summary: An example, value: {a: 1.0}}}
  requestBodies: {Body: {required: true, content: {application/json: {schema: {$ref: '#/components/schemas/Tree'}}}}}
`

const rich31 = `
openapi: 3.1.0
info: {title: New, version: "1"}
paths:
  /a:
    get:
      parameters: [{name: q, in: query, schema: {type: [string, "null"], examples: [x]}}]
      responses:
        '200':
          description: ok
          content:
            application/json:
              schema: {$ref: '#/components/schemas/A', description: beside}
webhooks: {hook: {post: {}}}
components:
  pathItems: {P: {get: {responses: {}}}}
  schemas:
    A:
      type: object
      properties:
        const: {const: 1}
        many: {type: [string, integer, "null"]}
        union: {anyOf: [{type: string}, {type: "null"}]}
        bound: {type: number, exclusiveMinimum: 0, exclusiveMaximum: 5}
        bytes: {type: string, contentEncoding: base64}
        never: false
        always: true
        none: {type: "null"}
        local: {$ref: '#/components/schemas/A/$defs/D'}
      patternProperties: {^x: {type: string}}
      $defs: {D: {type: string}}
`

const rich20 = `{
"swagger": "2.0", "info": {"title": "Old", "version": "1"}, "host": "api.example.com", "basePath": "/v1/", "schemes": ["http"],
"consumes": ["application/json", "application/xml"], "produces": ["application/json", "text/plain"],
"parameters": {"Page": {"name": "page", "in": "query", "type": "integer", "format": "int32", "x-nullable": true}},
"responses": {"Bad": {"description": "bad", "headers": {"X-Codes": {"type": "array", "items": {"type": "string"}}}}},
"paths": {
 "/a/{id}": {
  "parameters": [{"name": "id", "in": "path", "required": true, "type": "string"}, {"$ref": "#/parameters/Page"}],
  "get": {"parameters": [
     {"name": "m", "in": "query", "type": "array", "collectionFormat": "multi", "items": {"type": "string", "enum": ["a", "b"]}},
     {"name": "c", "in": "query", "type": "array", "items": {"type": "array", "collectionFormat": "pipes", "items": {"type": "integer"}}},
     {"name": "s", "in": "query", "type": "array", "collectionFormat": "ssv", "items": {"type": "string"}}],
   "responses": {"200": {"description": "ok", "schema": {"$ref": "#/definitions/List«Pet»"}, "examples": {"text/plain": "x"}}, "400": {"$ref": "#/responses/Bad"}, "default": {"description": "d"}}},
  "post": {"operationId": "a", "parameters": [{"name": "b", "in": "body", "required": true, "schema": {"type": "object", "properties": {"x": {"type": "file"}}}}], "responses": {"201": {"description": "made"}}},
  "put": {"consumes": ["multipart/form-data"], "parameters": [
     {"name": "f", "in": "formData", "type": "file", "required": true, "description": "The file."}, {"name": "n", "in": "formData", "type": "integer", "maximum": 3}], "responses": {}},
  "patch": {"parameters": [{"name": "n", "in": "formData", "type": "string", "default": "x"}], "responses": {"200": {"description": ""}}}}},
"definitions": {
 "List«Pet»": {"type": "array", "items": {"$ref": "#/definitions/Pet"}},
 "Pet": {"type": "object", "discriminator": "kind", "x-nullable": true, "properties": {"kind": {"type": "string"}, "up": {"$ref": "#/definitions/Pet"}}}}
}`

const wadl = `<?xml version="1.0" encoding="utf-8"?>
<application xmlns="http://wadl.dev.java.net/2009/02" xmlns:xs="http://www.w3.org/2001/XMLSchema">
  <doc title="Weather">All <b>kinds</b> of it.</doc>
  <resources base="https://example.com/w">
    <resource path="towns">
      <param name="key" style="header" type="xs:string" required="true"/>
      <resource path="{town}/now">
        <param name="town" style="template" type="xs:int"/>
        <method name="GET" id="now"><request><param name="unit" style="query" default="C"><doc>Of heat.</doc><option value="C"/><option value="F"/></param></request>
          <response status="200 203"><param name="Age" style="header" type="xs:int"/><representation mediaType="application/json"/></response>
          <response><doc>Else.</doc></response></method>
        <method href="#send"/>
      </resource>
      <resource path="/{implied}"><method name="POST"><doc title="Told">How.</doc><request><representation href="#form"/></request></method></resource>
    </resource>
  </resources>
  <method name="put" id="send"><request><representation mediaType="text/plain"/></request></method>
  <representation id="form" mediaType="application/x-www-form-urlencoded"><param name="a" style="query" type="xs:boolean"/></representation>
</application>`

func TestFixedPoint(t *testing.T) {
	documents := []struct{ name, format, text string }{
		{"pets", "openapi", petStore}, {"rich", "openapi", richDocument}, {"rich 3.1", "openapi", rich31},
		{"rich 2.0", "swagger-json", rich20}, {"2.0 as YAML", "openapi", rich20}, {"weather", "wadl-xml", wadl},
		{"calculator", "wsdl", calculator},
	}
	formats := []struct{ export, format string }{
		{"openapi", "openapi"}, {"openapi+json", "openapi+json"}, {"swagger", "swagger-json"}, {"wadl", "wadl-xml"},
	}
	for _, doc := range documents {
		for _, f := range formats {
			for _, template := range []bool{false, true} {
				t.Run(doc.name+" as "+f.export, func(t *testing.T) {
					d := mustImport(t, doc.format, doc.text, options(template))
					again, err := fixedPoint(d, f.export, f.format, template)
					if err != nil {
						t.Fatal(err)
					}
					if diff := cmp.Diff(signatures(d, f.export), signatures(again, f.export)); diff != "" {
						t.Errorf("operations differ (-imported +again):\n%s", diff)
					}
				})
			}
		}
	}
}

// The formats that keep their text give it back.
func TestSourceIsKept(t *testing.T) {
	tests := []struct{ format, text string }{
		{"graphql", "\"\"\"A \\\"\"\" {\n\"\"\"\ntype Query { a(b: String = \"}\"): Int # {\n}\n"},
		{"wsdl", calculator},
	}
	for _, tt := range tests {
		t.Run(tt.format, func(t *testing.T) {
			if diff := cmp.Diff(tt.text, mustExport(t, tt.format, mustImport(t, tt.format, tt.text, options(false)))); diff != "" {
				t.Errorf("text differs (-want +got):\n%s", diff)
			}
		})
	}
}

// The specifications of the toolkit that Lockstep replaces give the operations
// that their folders name.
func TestSamples(t *testing.T) {
	root := filepath.Join("..", "..", "..", "..", "..", "shared", "samples", "apiops-v7", "apis")
	if _, err := os.Stat(root); err != nil {
		t.Skip("the sample artifacts are not beside the checkout: their specifications are not tried")
	}
	tests := []struct {
		file, format string
		want         []string
	}{
		{"basic-api/specification.yaml", "openapi", []string{"get-items", "create-item"}},
		{"revisioned-api/specification.yaml", "openapi", []string{"get-revision"}},
		{"revisioned-api;rev=2/specification.yaml", "openapi", []string{"get-revision-v2", "get-revision-details"}},
		{"versioned-api-v1/specification.yaml", "openapi", []string{"get-version-v1"}},
		{"versioned-api-v2/specification.json", "openapi+json", []string{"get-version-v2"}},
		{"wadl-api/specification.wadl", "wadl-xml", []string{"000000000000000000000001"}},
		{"graphql-api/specification.graphql", "graphql", nil},
	}
	for _, tt := range tests {
		t.Run(tt.file, func(t *testing.T) {
			text, err := os.ReadFile(filepath.Join(root, filepath.FromSlash(tt.file)))
			if err != nil {
				t.Fatal(err)
			}
			d := mustImport(t, tt.format, string(text), options(true))
			var got []string
			for _, op := range d.Operations {
				got = append(got, op.Name)
			}
			if !slices.Equal(got, tt.want) {
				t.Errorf("operations = %v, want %v", got, tt.want)
			}
			if len(tt.want) == 0 {
				return
			}
			policies, err := filepath.Glob(filepath.Join(filepath.Dir(filepath.Join(root, tt.file)), "operations", "*"))
			if err != nil {
				t.Fatal(err)
			}
			for _, folder := range policies {
				if !slices.Contains(got, filepath.Base(folder)) {
					t.Errorf("operations = %v, want one for the folder %s", got, filepath.Base(folder))
				}
			}
		})
	}
}
