package apispec_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lockstep-apiops/lockstep/internal/sandbox/apim/apispec"
)

func TestExportOpenAPI(t *testing.T) {
	want := `openapi: 3.0.1
info:
  title: Pets
  description: All of them.
  version: '1.0'
servers:
  - url: https://eu.example.com/v2
paths:
  '/pets/{petId}':
    get:
      summary: Find a pet
      description: By its id.
      operationId: getPet
      parameters:
        - name: petId
          in: path
          description: Which.
          required: true
          schema:
            format: int64
            type: integer
        - name: view
          in: query
          required: true
          schema:
            default: short
            enum:
              - full
              - short
            type: string
        - name: tags
          in: query
          explode: false
          schema:
            items:
              type: string
            type: array
        - name: X-Trace
          in: header
          schema:
            type: string
          example: abc
        - name: session
          in: cookie
          schema:
            type: string
      responses:
        '200':
          description: Found.
          headers:
            X-Rate:
              description: Left.
              schema:
                type: integer
          content:
            application/json:
              schema:
                $ref: '#/components/schemas/Pet'
              example:
                id: 1
        default:
          description: Failed.
          content:
            application/json:
              schema:
                $ref: '#/components/schemas/Pets-petId-GetDefaultApplicationJsonResponse'
    put:
      summary: 'Put - /pets/{petId}'
      operationId: put-pets-petid
      parameters:
        - name: petId
          in: path
          description: Which.
          required: true
          schema:
            format: int64
            type: integer
      requestBody:
        description: The pet.
        content:
          application/json:
            schema:
              $ref: '#/components/schemas/Pets-petId-PutRequest'
          application/x-www-form-urlencoded:
            schema:
              type: object
              required:
                - name
              properties:
                name:
                  type: string
                  description: Its name.
        required: true
      responses:
        '204':
          description: Done.
components:
  schemas:
    Pet:
      type: object
    Pets-petId-GetDefaultApplicationJsonResponse:
      title: Problem
      type: object
    Pets-petId-PutRequest:
      properties:
        name:
          type: string
      type: object
`
	got := mustExport(t, "openapi", mustImport(t, "openapi", petStore, options(false)))
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("Export() differs (-want +got):\n%s", diff)
	}
}

// What a caller stores as JSON and reads back exports the same.
func TestExportAfterStorage(t *testing.T) {
	for _, format := range []string{"openapi", "openapi+json", "swagger", "wadl"} {
		t.Run(format, func(t *testing.T) {
			d := mustImport(t, "openapi", richDocument, options(true))
			data, err := json.Marshal(d)
			if err != nil {
				t.Fatal(err)
			}
			stored := &apispec.Definition{}
			dec := json.NewDecoder(bytes.NewReader(data))
			dec.UseNumber()
			if err := dec.Decode(stored); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(mustExport(t, format, d), mustExport(t, format, stored)); diff != "" {
				t.Errorf("Export() after storage differs (-before +after):\n%s", diff)
			}
		})
	}
}

// A parameter that was changed on the management plane is exported as it is
// now, not as the imported document had it.
func TestExportFollowsTheOperation(t *testing.T) {
	d := mustImport(t, "openapi", petStore, options(false))
	request := d.Operations[0].Properties["request"].(object)
	view := request["queryParameters"].(list)[0].(object)
	view["values"] = list{"none"}
	delete(view, "defaultValue")
	tags := request["queryParameters"].(list)[1].(object)
	tags["type"] = "string"

	got := mustExport(t, "openapi", d)
	for _, want := range []string{"enum:\n              - none\n", "name: tags\n          in: query\n          explode: false\n          schema:\n            type: string\n"} {
		if !strings.Contains(got, want) {
			t.Errorf("Export() = %s\nwant it to contain %q", got, want)
		}
	}
}

// Operations that a query alone tells apart keep it in their paths.
func TestExportTellsQueriesApart(t *testing.T) {
	op := func(name, template string, params ...any) apispec.Operation {
		return apispec.Operation{Name: name, Properties: object{"method": "GET", "urlTemplate": template, "templateParameters": params}}
	}
	x := object{"name": "x", "type": "string", "required": true}
	d := &apispec.Definition{Operations: []apispec.Operation{
		op("by-x", "/a?x={x}", x), op("plain", "/a"), op("by-x-too", "/b?x={x}", x), op("soap", "/?soapAction=urn:a"),
	}}
	back := mustImport(t, "openapi", mustExport(t, "openapi", d), options(true))
	want := []string{"GET /a?x={x} [x] [] []", "GET /a [] [] []", "GET /b?x={x} [x] [] []", "GET /?soapAction=urn:a [] [] []"}
	if diff := cmp.Diff(want, signatures(back, "")); diff != "" {
		t.Errorf("operations differ (-want +got):\n%s", diff)
	}
}

// Two schema resources may use one name for two schemas.
func TestExportKeepsSchemasOfOneNameApart(t *testing.T) {
	components := func(name, kind string) apispec.Schema {
		return apispec.Schema{Name: name, Properties: object{
			"contentType": apispec.ContentTypeComponents,
			"document":    object{"components": object{"schemas": object{"A": object{"type": kind}}}},
		}}
	}
	body := func(schema string) list {
		return list{object{"statusCode": 200, "representations": list{object{"contentType": "text/plain", "schemaId": schema, "typeName": "A"}}}}
	}
	d := &apispec.Definition{
		Schemas: []apispec.Schema{components("one", "string"), components("two", "integer")},
		Operations: []apispec.Operation{
			{Name: "a", Properties: object{"method": "GET", "urlTemplate": "/a", "responses": body("one")}},
			{Name: "b", Properties: object{"method": "GET", "urlTemplate": "/b", "responses": body("/apis/x/schemas/two")}},
		},
	}
	got := mustExport(t, "openapi", d)
	for _, want := range []string{"schemas/A'", "schemas/A-1'", "    A:\n      type: string\n    A-1:\n      type: integer\n"} {
		if !strings.Contains(got, want) {
			t.Errorf("Export() = %s\nwant it to contain %q", got, want)
		}
	}
}

func TestExportRefuses(t *testing.T) {
	twice := &apispec.Definition{Operations: []apispec.Operation{
		{Name: "a", Properties: object{"method": "GET", "urlTemplate": "/a"}},
		{Name: "b", Properties: object{"method": "GET", "urlTemplate": "a"}},
	}}
	tests := []struct {
		name, format string
		d            *apispec.Definition
		want         error
	}{
		{"WSDL that was never given", "wsdl", &apispec.Definition{}, apispec.ErrNoSource},
		{"SDL that was never given", "graphql", &apispec.Definition{}, apispec.ErrNoSource},
		{"format", "odata", &apispec.Definition{}, apispec.ErrUnsupported},
		{"operation twice", "openapi", twice, apispec.ErrDuplicateOperation},
		{"operation twice in 2.0", "swagger", twice, apispec.ErrDuplicateOperation},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if _, _, err := apispec.Export(tt.format, tt.d); !errors.Is(err, tt.want) {
				t.Errorf("Export() error = %v, want %v", err, tt.want)
			}
		})
	}
}

// Numbers keep the digits that floating point would lose.
func TestNumbersStayExact(t *testing.T) {
	const doc = `{"openapi": "3.0.0", "paths": {}, "components": {"schemas": {"A": {
		"maximum": 9223372036854775807123, "minimum": -1e400, "multipleOf": 1.10, "default": 0.1e-7}}}}`
	for _, format := range []string{"openapi", "openapi+json", "swagger"} {
		got := mustExport(t, format, mustImport(t, "openapi+json", doc, options(false)))
		for _, want := range []string{"9223372036854775807123", "-1e400", "1.10", "0.1e-7"} {
			if !strings.Contains(got, want) {
				t.Errorf("Export(%q) = %s, want it to contain %s", format, got, want)
			}
		}
	}
}
