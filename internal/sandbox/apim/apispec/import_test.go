package apispec_test

import (
	"encoding/json"
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lockstep-apiops/lockstep/internal/sandbox/apim/apispec"
)

const petStore = `
openapi: 3.0.3
info: {title: Pets, description: All of them., version: 1.0}
servers:
  - url: https://{region}.example.com/v2
    variables: {region: {default: eu}}
  - url: https://other.example.com
paths:
  /pets/{petId}:
    parameters:
      - {name: petId, in: path, required: true, description: Which., schema: {type: integer, format: int64}}
    get:
      operationId: getPet
      summary: Find a pet
      description: By its id.
      parameters:
        - {name: view, in: query, required: true, schema: {type: string, enum: [full, short], default: short}}
        - {name: tags, in: query, explode: false, schema: {type: array, items: {type: string}}}
        - {name: X-Trace, in: header, example: abc, schema: {type: string}}
        - {name: session, in: cookie, schema: {type: string}}
      requestBody: {content: {application/json: {schema: {type: object}}}}
      responses:
        200:
          description: Found.
          headers: {X-Rate: {description: Left., schema: {type: integer}}}
          content:
            application/json: {schema: {$ref: '#/components/schemas/Pet'}, example: {id: 1}}
        default: {$ref: '#/components/responses/Failed'}
    put:
      requestBody:
        required: true
        description: The pet.
        content:
          application/json: {schema: {type: object, properties: {name: {type: string}}}}
          application/x-www-form-urlencoded:
            schema: {type: object, required: [name], properties: {name: {type: string, description: Its name.}}}
      responses: {204: {description: Done.}}
components:
  schemas: {Pet: {type: object}}
  responses:
    Failed: {description: Failed., content: {application/json: {schema: {type: object, title: Problem}}}}
`

func mustImport(t *testing.T, format, text string, o apispec.ImportOptions) *apispec.Definition {
	t.Helper()
	d, err := apispec.Import(format, text, o)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func mustExport(t *testing.T, format string, d *apispec.Definition) string {
	t.Helper()
	text, _, err := apispec.Export(format, d)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// object and list keep the expectations below readable.
type (
	object = map[string]any
	list   = []any
)

func TestImportOpenAPI(t *testing.T) {
	got := mustImport(t, "openapi", petStore, options(false))
	const id = "000000000000000000000001"
	want := &apispec.Definition{
		Title: "Pets", Description: "All of them.", Version: "1.0", Type: "http", ServiceURL: "https://eu.example.com/v2",
		Operations: []apispec.Operation{
			{Name: "getPet", Properties: object{
				"displayName": "Find a pet", "description": "By its id.", "method": "GET", "urlTemplate": "/pets/{petId}",
				"templateParameters": list{object{
					"name": "petId", "type": "integer", "required": true, "description": "Which.", "values": list{},
				}},
				"request": object{
					"queryParameters": list{
						object{"name": "view", "type": "string", "required": true, "defaultValue": "short", "values": list{"full", "short"}},
						object{"name": "tags", "type": "array", "values": list{}},
					},
					"headers": list{object{
						"name": "X-Trace", "type": "string", "values": list{}, "examples": object{"default": object{"value": "abc"}},
					}},
					"representations": list{},
				},
				"responses": list{object{
					"statusCode": 200, "description": "Found.",
					"headers": list{object{"name": "X-Rate", "type": "integer", "description": "Left.", "values": list{}}},
					"representations": list{object{
						"contentType": "application/json", "schemaId": id, "typeName": "Pet",
						"examples": object{"default": object{"value": object{"id": json.Number("1")}}},
					}},
				}},
			}},
			{Name: "put-pets-petid", Properties: object{
				"displayName": "Put - /pets/{petId}", "method": "PUT", "urlTemplate": "/pets/{petId}",
				"templateParameters": list{object{
					"name": "petId", "type": "integer", "required": true, "description": "Which.", "values": list{},
				}},
				"request": object{
					"description": "The pet.", "queryParameters": list{}, "headers": list{},
					"representations": list{
						object{"contentType": "application/json", "schemaId": id, "typeName": "Pets-petId-PutRequest"},
						object{"contentType": "application/x-www-form-urlencoded", "formParameters": list{
							object{"name": "name", "type": "string", "required": true, "description": "Its name.", "values": list{}},
						}},
					},
				},
				"responses": list{object{
					"statusCode": 204, "description": "Done.", "headers": list{}, "representations": list{},
				}},
			}},
		},
	}
	schemas := got.Schemas
	got.Schemas = nil
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("Import() differs (-want +got):\n%s", diff)
	}
	if len(schemas) != 1 || schemas[0].Name != id || schemas[0].Properties["contentType"] != apispec.ContentTypeComponents {
		t.Fatalf("Import() schemas = %v, want one of components named %s", schemas, id)
	}
	document := schemas[0].Properties["document"].(object)
	wantComponents := object{"schemas": object{
		"Pet":                   object{"type": "object"},
		"Pets-petId-PutRequest": object{"type": "object", "properties": object{"name": object{"type": "string"}}},
		"Pets-petId-GetDefaultApplicationJsonResponse": object{"type": "object", "title": "Problem"},
	}}
	if diff := cmp.Diff(wantComponents, document["components"]); diff != "" {
		t.Errorf("components differ (-want +got):\n%s", diff)
	}
}

func TestImportRequiredQueryAsTemplate(t *testing.T) {
	d := mustImport(t, "openapi", petStore, options(true))
	if got, want := d.Operations[0].Properties["urlTemplate"], "/pets/{petId}?view={view}"; got != want {
		t.Errorf("urlTemplate = %v, want %v", got, want)
	}
	if got, want := names(d.Operations[0].Properties["templateParameters"]), []string{"petId", "view"}; !cmp.Equal(got, want) {
		t.Errorf("templateParameters = %v, want %v", got, want)
	}
	// An export says it as a query parameter again.
	back := mustImport(t, "openapi", mustExport(t, "openapi", d), options(false))
	if got, want := signatures(back, "")[0], "GET /pets/{petId} [petId] [view tags] [X-Trace]"; got != want {
		t.Errorf("operation = %v, want %v", got, want)
	}
}

func TestOperationNames(t *testing.T) {
	tests := []struct{ name, operation, want string }{
		{"as it is", `{"operationId": "getPet_v1.2"}`, "getPet_v1.2"},
		{"other characters become one dash", `{"operationId": " get  pets/{all}? "}`, "get-pets-all"},
		{"made of method and path", `{}`, "get-a-b-c"},
		{"null is none", `{"operationId": null}`, "get-a-b-c"},
		{"nothing is left", `{"operationId": "日本"}`, "get-a-b-c"},
		{
			"cut to leave room for a suffix",
			`{"operationId": "aaaaaaaaaabbbbbbbbbbccccccccccddddddddddeeeeeeeeeeffffffffffgggggggggghhhhhhhhhh"}`,
			"aaaaaaaaaabbbbbbbbbbccccccccccddddddddddeeeeeeeeeeffffffffffgggggggggghhhhhh",
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			d := mustImport(t, "openapi+json", `{"openapi": "3.0.0", "paths": {"/a/{b}/c": {
				"parameters": [{"in": "path", "name": "b"}], "get": `+tt.operation+`}}}`, options(false))
			if got := d.Operations[0].Name; got != tt.want {
				t.Errorf("name = %q, want %q", got, tt.want)
			}
		})
	}
}

func TestOperationNamesAreUnique(t *testing.T) {
	d := mustImport(t, "openapi", `{openapi: 3.0.0, paths: {/a: {get: {operationId: op}, put: {operationId: OP}}, /b: {get: {operationId: op}}}}`, options(false))
	var got []string
	for _, op := range d.Operations {
		got = append(got, op.Name)
	}
	if want := []string{"op", "OP-1", "op-2"}; !cmp.Equal(got, want) {
		t.Errorf("names = %v, want %v", got, want)
	}
}

func TestImportRefuses(t *testing.T) {
	const head = "openapi: 3.0.0\npaths:\n"
	tests := []struct {
		name, format, text string
		template           bool
		kind               error
		target             string
		line               int
	}{
		{name: "JSON that ends", format: "openapi+json", text: "{\n\"openapi\": ", kind: apispec.ErrMalformed, target: "representation", line: 2},
		{name: "JSON that is wrong", format: "swagger-json", text: "{\n\n\"a\" 1}", kind: apispec.ErrMalformed, target: "representation", line: 3},
		{name: "text behind JSON", format: "openapi+json", text: "{}\n{}", kind: apispec.ErrMalformed, target: "representation", line: 2},
		{name: "member twice in JSON", format: "openapi+json", text: "{\"a\": 1,\n\"a\": 2}", kind: apispec.ErrMalformed, target: "representation", line: 2},
		{name: "member twice in YAML", format: "openapi", text: "a: 1\nb: 2\na: 3", kind: apispec.ErrMalformed, target: "representation", line: 3},
		{name: "YAML that is wrong", format: "openapi", text: "a: 1\n b: 2", kind: apispec.ErrMalformed, target: "representation", line: 2},
		{name: "two YAML documents", format: "openapi", text: "a: 1\n---\nb: 2", kind: apispec.ErrMalformed, target: "representation", line: 2},
		{name: "nothing", format: "openapi", text: "", kind: apispec.ErrMalformed, target: "representation"},
		{name: "a list", format: "openapi", text: "- a", kind: apispec.ErrMalformed, target: "representation", line: 1},
		{name: "no version", format: "openapi", text: "info: {}", kind: apispec.ErrUnsupported, target: "representation"},
		{name: "OpenAPI 3 as swagger", format: "swagger-json", text: `{"openapi": "3.0.0"}`, kind: apispec.ErrUnsupported, target: "representation"},
		{name: "format", format: "odata", text: "x", kind: apispec.ErrUnsupported, target: "format"},
		{name: "undeclared parameter", format: "openapi", text: head + "  /a/{b}: {get: {}}", kind: apispec.ErrUndeclaredParameter, target: "templateParameters"},
		{
			name: "external reference", format: "openapi", kind: apispec.ErrExternalReference, target: "representation",
			text: head + "  /a: {get: {parameters: [{$ref: 'other.yaml#/b'}]}}",
		},
		{
			name: "external schema", format: "openapi", kind: apispec.ErrExternalReference, target: "representation",
			text: head + "  {}\ncomponents: {schemas: {A: {properties: {b: {$ref: 'https://example.com/b'}}}}}",
		},
		{
			name: "reference to nothing", format: "openapi", kind: apispec.ErrUnresolvedReference, target: "representation",
			text: head + "  /a: {get: {responses: {200: {$ref: '#/components/responses/X'}}}}",
		},
		{
			name: "references in a circle", format: "openapi", kind: apispec.ErrUnresolvedReference, target: "representation",
			text: head + "  /a: {get: {responses: {200: {$ref: '#/components/responses/X'}}}}\ncomponents: {responses: {X: {$ref: '#/components/responses/X'}}}",
		},
		{
			name: "path given with and without slash", format: "openapi", kind: apispec.ErrDuplicateOperation, target: "urlTemplate",
			text: head + "  /a: {get: {}}\n  a: {get: {}}",
		},
		{
			name: "one name in path and required query", format: "openapi", template: true,
			kind: apispec.ErrDuplicateParameter, target: "templateParameters",
			text: head + "  /{a}: {get: {parameters: [{name: a, in: path}, {name: A, in: query, required: true}]}}",
		},
		{name: "XML that is wrong", format: "wadl-xml", text: "<application>\n<a></b></application>", kind: apispec.ErrMalformed, target: "representation", line: 2},
		{name: "XML of another kind", format: "wadl-xml", text: "<a/>", kind: apispec.ErrMalformed, target: "representation", line: 1},
		{name: "entities", format: "wadl-xml", text: "<!DOCTYPE a [<!ENTITY b 'c'>]>\n<application>&b;</application>", kind: apispec.ErrMalformed, target: "representation", line: 2},
		{name: "WSDL 2.0", format: "wsdl", text: "<description/>", kind: apispec.ErrUnsupported, target: "representation"},
		{name: "WSDL without SOAP", format: "wsdl", text: "<definitions/>", kind: apispec.ErrUnsupported, target: "representation"},
		{name: "WSDL of parts", format: "wsdl", text: "<definitions>\n<import location='a'/></definitions>", kind: apispec.ErrExternalReference, target: "representation", line: 2},
		{name: "SDL that is open", format: "graphql", text: "type A {\n a: Int", kind: apispec.ErrMalformed, target: "representation", line: 1},
		{name: "SDL that closes too much", format: "graphql", text: "type A {\n a: Int )", kind: apispec.ErrMalformed, target: "representation", line: 2},
		{name: "SDL of comments", format: "graphql", text: "# nothing {", kind: apispec.ErrMalformed, target: "representation"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := apispec.Import(tt.format, tt.text, options(tt.template))
			var v *apispec.ValidationError
			if !errors.As(err, &v) {
				t.Fatalf("Import() error = %v, want a *ValidationError", err)
			}
			if !errors.Is(err, tt.kind) {
				t.Errorf("Import() error = %v, want kind %v", err, tt.kind)
			}
			if got := v.Details[0]; got.Target != tt.target || got.Line != tt.line || got.Message == "" {
				t.Errorf("Import() detail = %+v, want target %q and line %d", got, tt.target, tt.line)
			}
		})
	}
}

// One attempt names every fault, so that a user need not come back for each.
func TestImportReportsAllFaults(t *testing.T) {
	_, err := apispec.Import("openapi", "{openapi: 3.0.0, paths: {'/{a}': {get: {}}, '/{b}': {get: {}}}}", options(false))
	var v *apispec.ValidationError
	if !errors.As(err, &v) || len(v.Details) != 2 {
		t.Errorf("Import() error = %v, want two details", err)
	}
}

func TestImportBoundsAliases(t *testing.T) {
	text := "openapi: 3.0.0\nx0: &x0 [a, a, a, a, a, a, a, a, a, a]\n"
	for _, n := range []string{"1", "2", "3", "4", "5", "6", "7", "8", "9"} {
		before := string(n[0] - 1)
		ref := "*x" + before
		text += "x" + n + ": &x" + n + " [" + ref + ", " + ref + ", " + ref + ", " + ref + ", " + ref + ", " + ref + ", " + ref + "]\n"
	}
	if _, err := apispec.Import("openapi", text, options(false)); !errors.Is(err, apispec.ErrMalformed) {
		t.Errorf("Import() error = %v, want %v", err, apispec.ErrMalformed)
	}
}
