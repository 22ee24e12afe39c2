package apidef_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lockstep-apiops/lockstep/internal/apidef"
)

const itemsYAML = `# the shop
openapi: 3.0.1
info: {title: Shop, version: '1.0'}
servers:
  - url: https://shop.example/api
paths:
  /items/{id}:
    parameters:
      - {name: id, in: path, required: true, schema: {type: string}}
    get:
      operationId: get-item
      summary: Get item
      parameters:
        - $ref: '#/components/parameters/limit'
      responses:
        '200':
          description: An item.
          content:
            application/json:
              schema: {$ref: '#/components/schemas/Item'}
    put:
      operationId: put-item
      summary: Put item
      description: Stores an item.
      requestBody:
        content:
          application/json:
            schema: {$ref: '#/components/schemas/Item'}
      responses:
        204: {description: Stored.}
components:
  parameters:
    limit: {name: limit, in: query, schema: {type: integer, default: 10, enum: [10, 20]}}
  schemas:
    Item:
      type: object
      required: [id, name]
      properties:
        id: {type: string}
        name: {type: string, nullable: true}
        price: {type: number, minimum: 0, exclusiveMinimum: true}
        parent: {$ref: '#/components/schemas/Item'}
`

const itemsJSON = `{
  "openapi": "3.0.1",
  "paths": {
    "/items/{id}": {
      "put": {
        "responses": {"204": {"description": "Stored."}},
        "requestBody": {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/Item"}}}},
        "description": "Stores an item.", "summary": "Put item", "operationId": "put-item", "tags": ["x"],
        "parameters": [{"name": "id", "in": "path", "required": true, "schema": {"type": "string"}}]
      },
      "get": {
        "summary": "Get item", "description": "Get item", "operationId": "get-item",
        "parameters": [
          {"name": "limit", "in": "query", "schema": {"enum": ["10", "20"], "default": "10", "type": "integer"}},
          {"name": "id", "in": "path", "required": true, "schema": {"type": "string"}}
        ],
        "responses": {"200": {"description": "An item.",
          "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Thing"}, "example": {"id": "1"}}}}}
      }
    }
  },
  "components": {"schemas": {
    "Thing": {"$ref": "#/components/schemas/Item"},
    "Item": {
      "required": ["name", "id"], "type": "object",
      "properties": {
        "parent": {"$ref": "#/components/schemas/Thing"},
        "price": {"type": "number", "exclusiveMinimum": 0.0},
        "name": {"type": ["string", "null"]},
        "id": {"type": "string"}
      }
    }
  }}
}`

func TestEqual(t *testing.T) {
	got, err := apidef.Diff("a.yaml", []byte(itemsYAML), "b.json", []byte(itemsJSON))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string(nil), got); diff != "" {
		t.Errorf("Diff (-want +got):\n%s", diff)
	}
}

func TestOperations(t *testing.T) {
	got, err := apidef.Operations("a.yaml", []byte(itemsYAML))
	if err != nil {
		t.Fatal(err)
	}
	want := []apidef.Operation{
		{ID: "get-item", Method: "GET", Template: "/items/{id}"},
		{ID: "put-item", Method: "PUT", Template: "/items/{id}"},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("Operations (-want +got):\n%s", diff)
	}
}
