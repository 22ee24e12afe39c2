package apidef_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lockstep-apiops/lockstep/internal/apidef"
)

// shop is a definition that has a bit of everything.
const shop = `openapi: 3.0.1
info: {title: Shop, description: Sells., version: '1.0'}
servers: [{url: 'https://shop.example/api'}]
paths:
  /items:
    get:
      operationId: list-items
      summary: List items
      description: All of them.
      parameters:
        - name: limit
          in: query
          description: How many.
          required: true
          schema: {type: integer, format: int32, default: 10, enum: [10, 20], maximum: 50}
        - {name: X-Trace, in: header, schema: {type: string}}
      responses:
        '200':
          description: Some items.
          headers:
            X-Total: {description: Of all., schema: {type: integer}}
          content:
            application/json:
              schema: {type: array, items: {$ref: '#/components/schemas/Item'}}
              example: [{id: a}]
        default: {description: Something else.}
  /items/{id}:
    put:
      operationId: put-item
      summary: Put item
      parameters:
        - {name: id, in: path, required: true, schema: {type: string}}
      requestBody:
        description: The item.
        required: true
        content:
          application/json: {schema: {$ref: '#/components/schemas/Item'}}
          application/xml: {}
      responses:
        '204': {description: Stored.}
components:
  schemas:
    Item:
      type: object
      description: What is sold.
      required: [id, name]
      properties:
        id: {type: string, minLength: 1}
        name: {type: string, nullable: true}
        price: {type: number, minimum: 0, exclusiveMinimum: true}
        kind: {type: string, enum: [good, bad]}
        parent: {$ref: '#/components/schemas/Item'}
        any: {oneOf: [{type: string}, {type: integer}]}
      additionalProperties: {type: string}
    Unused: {type: string}
`

// edit returns shop with an edit: each old text, which must be there, by the new
// one after it.
func edit(t *testing.T, oldNew ...string) string {
	t.Helper()
	text := shop
	for i := 0; i < len(oldNew); i += 2 {
		if !strings.Contains(text, oldNew[i]) {
			t.Fatalf("the document has no %q", oldNew[i])
		}
		text = strings.Replace(text, oldNew[i], oldNew[i+1], 1)
	}
	return text
}

// diff returns Diff and fails if Equal disagrees.
func diff(t *testing.T, a, b string) []string {
	t.Helper()
	lines, err := apidef.Diff("a", []byte(a), "b", []byte(b))
	if err != nil {
		t.Fatal(err)
	}
	same, err := apidef.Equal("a", []byte(a), "b", []byte(b))
	if err != nil {
		t.Fatal(err)
	}
	if same != (len(lines) == 0) {
		t.Errorf("Equal = %t, but Diff = %q", same, lines)
	}
	return lines
}

func TestDiff(t *testing.T) {
	const (
		list = "change operation GET /items: "
		put  = "change operation PUT /items/{id}: "
		item = "change schema Item: "
	)
	tests := []struct {
		name string
		edit []string
		want []string
	}{
		{"method", []string{"    get:", "    post:"}, []string{"add operation POST /items", "remove operation GET /items"}},
		{"template", []string{"  /items:", "  /things:"}, []string{"add operation GET /things", "remove operation GET /items"}},
		{"operation id", []string{"list-items", "all-items"}, []string{list + "operation id list-items → all-items"}},
		{"summary", []string{"summary: List items", "summary: All items"}, []string{list + "summary List items → All items"}},
		{"no summary", []string{"      summary: List items\n", ""}, []string{list + "summary List items → (none)"}},
		{"description", []string{"All of them.", "Every one."}, []string{list + "description All of them. → Every one."}},
		{"new description", []string{"summary: Put item", "summary: Put item\n      description: New."}, []string{put + "description (none) → New."}},

		{"parameter name", []string{"name: limit", "name: max"}, []string{list + "query parameter limit removed", list + "query parameter max added"}},
		{"parameter place", []string{"in: query", "in: header"}, []string{list + "header parameter limit added", list + "query parameter limit removed"}},
		{"required", []string{"          required: true\n", ""}, []string{list + "query parameter limit: required true → false"}},
		{"parameter description", []string{"How many.", "How much."}, []string{list + "query parameter limit: description How many. → How much."}},
		{"parameter type", []string{"type: integer, format", "type: string, format"}, []string{list + "query parameter limit: type integer → string"}},
		{"parameter format", []string{"int32", "int64"}, []string{list + "query parameter limit: format int32 → int64"}},
		{"default", []string{"default: 10", "default: 20"}, []string{list + "query parameter limit: default 10 → 20"}},
		{"enum", []string{"enum: [10, 20]", "enum: [10, 30]"}, []string{list + "query parameter limit: enum 10, 20 → 10, 30"}},
		{"maximum", []string{"maximum: 50", "maximum: 60"}, []string{list + "query parameter limit: maximum 50 → 60"}},
		{"template parameter", []string{"in: path, required: true, schema: {type: string}", "in: path, required: true, schema: {type: integer}"}, []string{put + "template parameter id: type string → integer"}},

		{"request content type", []string{"application/xml", "text/xml"}, []string{put + "request: content type application/xml removed", put + "request: content type text/xml added"}},
		{"request schema", []string{"application/xml: {}", "application/xml: {schema: {type: string}}"}, []string{put + "request: application/xml: schema added"}},
		{"request description", []string{"The item.", "An item."}, []string{put + "request description The item. → An item."}},
		{"status", []string{"'204'", "'202'"}, []string{put + "response 202 added", put + "response 204 removed"}},
		{"response description", []string{"Stored.", "Kept."}, []string{put + "response 204: description Stored. → Kept."}},
		{"other response", []string{"Something else.", "An error."}, []string{list + "response default: description Something else. → An error."}},
		{"response header", []string{"X-Total", "X-Count"}, []string{list + "response 200: header X-Count added", list + "response 200: header X-Total removed"}},
		{"response header type", []string{"Of all., schema: {type: integer}", "Of all., schema: {type: number}"}, []string{list + "response 200: header X-Total: type integer → number"}},
		{"response schema", []string{"{type: array, items: {$ref: '#/components/schemas/Item'}}", "{$ref: '#/components/schemas/Item'}"}, []string{
			list + "response 200: application/json: schema: type array → object",
		}},
		{"example", []string{"example: [{id: a}]", "example: [{id: b}]"}, []string{list + "response 200: application/json: example changed"}},

		{"schema type", []string{"id: {type: string", "id: {type: integer"}, []string{item + "property id: type string → integer"}},
		{"schema limit", []string{"minLength: 1", "minLength: 2"}, []string{item + "property id: minLength 1 → 2"}},
		{"schema description", []string{"What is sold.", "What is bought."}, []string{item + "description What is sold. → What is bought."}},
		{"required property", []string{"required: [id, name]", "required: [id]"}, []string{item + "required id, name → id"}},
		{"property", []string{"name: {type: string, nullable: true}", "title: {type: string, nullable: true}"}, []string{item + "property name removed", item + "property title added"}},
		{"nullable", []string{", nullable: true", ""}, []string{item + "property name: nullable true → (none)"}},
		{"exclusive limit", []string{", exclusiveMinimum: true", ""}, []string{item + "property price: exclusiveMinimum 0 → (none)", item + "property price: minimum (none) → 0"}},
		{"schema enum", []string{"[good, bad]", "[good, worse]"}, []string{item + "property kind: enum bad, good → good, worse"}},
		{"one of", []string{"{type: integer}]}", "{type: number}]}"}, []string{item + "property any: oneOf: type integer → number"}},
		{"one of more", []string{"{type: integer}]}", "{type: integer}, {type: number}]}"}, []string{item + "property any: oneOf has another number of schemas"}},
		{"additional properties", []string{"additionalProperties: {type: string}", "additionalProperties: {type: integer}"}, []string{item + "additionalProperties: type string → integer"}},
		{"no additional properties", []string{"additionalProperties: {type: string}", "additionalProperties: false"}, []string{item + "additionalProperties: type string → (none)"}},
		{"key around a reference", []string{"parent: {$ref: '#/components/schemas/Item'}", "parent: {allOf: [{$ref: '#/components/schemas/Item'}], description: Up.}"}, []string{item + "property parent: description What is sold. → Up."}},
		{"no reference", []string{"parent: {$ref: '#/components/schemas/Item'}", "parent: {type: string}"}, []string{
			item + "property parent: type object → string",
		}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := diff(t, shop, edit(t, tt.edit...))
			if d := cmp.Diff(tt.want, got); d != "" {
				t.Errorf("Diff (-want +got):\n%s", d)
			}
		})
	}
}

func TestSame(t *testing.T) {
	tests := []struct {
		name string
		base []string // edits of both sides
		edit []string // edits of one side
	}{
		{"nothing", nil, nil},
		{"comment", nil, []string{"paths:", "# the paths\npaths:"}},
		{"info", nil, []string{"title: Shop, description: Sells., version: '1.0'", "title: Another, version: '2.0'"}},
		{"servers", nil, []string{"https://shop.example/api", "https://gateway.example/shop"}},
		{"tags, security, extensions", nil, []string{"summary: Put item", "summary: Put item\n      tags: [a]\n      security: []\n      deprecated: true\n      x-y: 1\n      externalDocs: {url: 'https://x'}\n      callbacks: {}"}},
		{"webhooks", nil, []string{"paths:", "webhooks: {a: {get: {}}}\npaths:"}},
		{"cookie", nil, []string{"- {name: id,", "- {name: c, in: cookie, schema: {type: string}}\n        - {name: id,"}},
		{"links", nil, []string{"{description: Stored.}", "{description: Stored., links: {a: {operationId: b}}}"}},
		{"style", nil, []string{"in: query", "in: query\n          style: form\n          explode: false"}},
		{"body required", nil, []string{"        required: true\n        content", "        content"}},
		{"unused schema", nil, []string{"Unused: {type: string}", "Unused: {type: integer}"}},
		{"no operation id", nil, []string{"      operationId: put-item\n", ""}},
		{"repeated operation id", []string{"list-items", "a", "put-item", "A"}, []string{"operationId: A", "operationId: A-1"}},
		{"bytes in 3.1", []string{"minLength: 1", "format: byte"}, []string{"3.0.1", "3.1.0", "format: byte", "contentEncoding: base64"}},
		{"parameter without name", nil, []string{"- {name: id,", "- {in: query}\n        - {name: id,"}},
		{"long operation id", []string{"put-item", strings.Repeat("put.", 19) + "item"}, []string{strings.Repeat("put.", 19) + "item", strings.Repeat("put-", 18) + "put-7"}},
		{"long summary", []string{"Put item", strings.Repeat("Put ", 100)}, []string{strings.Repeat("Put ", 100), strings.Repeat("Put ", 75)}},
		{"operation id as the service keeps it", nil, []string{"operationId: put-item", "operationId: Put_Item"}},
		{"summary made of the id", []string{"summary: Put item", "summary: put-item"}, []string{"      summary: put-item\n", ""}},
		{"summary made of the template", []string{"summary: Put item", "summary: /items/{id} - PUT"}, []string{"      summary: /items/{id} - PUT\n", ""}},
		{"summary made of the method", []string{"summary: Put item", "summary: Put - /items/{id}"}, []string{"      summary: Put - /items/{id}\n", ""}},
		{"description made of the id", []string{"summary: Put item", "description: put-item"}, []string{"      description: put-item\n", ""}},
		{"description made of the summary", nil, []string{"summary: Put item", "summary: Put item\n      description: Put item"}},
		{"empty description", nil, []string{"summary: Put item", "summary: Put item\n      description: ''"}},
		{"white space around a description", nil, []string{"description: All of them.", "description: |\n        All of them.\n\n"}},
		{"lost example", nil, []string{"              example: [{id: a}]\n", ""}},
		{"named examples", nil, []string{"example: [{id: a}]", "examples: {default: {value: [{id: a}]}, other: {value: []}}"}},
		{"example as text", nil, []string{"example: [{id: a}]", "example: '[ {\"id\": \"a\"} ]'"}},
		{"lost request description", nil, []string{"        description: The item.\n", ""}},
		{"lost default response", nil, []string{"        default: {description: Something else.}\n", ""}},
		{"lost maximum", nil, []string{", maximum: 50", ""}},
		{"values as text", nil, []string{"default: 10, enum: [10, 20]", "default: '10', enum: ['20', '10']"}},
		{"number in another form", nil, []string{"maximum: 50", "maximum: 5.0e1"}},
		{"string without type", nil, []string{"X-Trace, in: header, schema: {type: string}", "X-Trace, in: header, schema: {}"}},
		{"required parameter in the template", nil, []string{"  /items:", "  '/items?limit={max}':", "name: limit\n          in: query", "name: max\n          in: path"}},
		{"undeclared template parameter", nil, []string{"      parameters:\n        - {name: id, in: path, required: true, schema: {type: string}}\n", ""}},
		{"parameter of the path", nil, []string{"    put:\n", "    parameters: [{name: id, in: path, required: true, schema: {type: string}}]\n    put:\n", "      parameters:\n        - {name: id, in: path, required: true, schema: {type: string}}\n", ""}},
		{"component parameter", nil, []string{"- {name: id, in: path, required: true, schema: {type: string}}", "- $ref: '#/components/parameters/id'", "components:", "components:\n  parameters: {id: {name: id, in: path, required: true, schema: {$ref: '#/components/schemas/Unused'}}}"}},
		{"component response", nil, []string{"'204': {description: Stored.}", "'204': {$ref: '#/components/responses/stored'}", "components:", "components:\n  responses: {stored: {description: Stored.}}"}},
		{"component header", nil, []string{"{description: Of all., schema: {type: integer}}", "{$ref: '#/components/headers/total'}", "components:", "components:\n  headers: {total: {description: Of all., schema: {type: integer}}}"}},
		{"path by reference", nil, []string{"  /items/{id}:\n", "  /items/{id}: {$ref: '#/x-path'}\nx-path:\n"}},
		{"body of a GET", nil, []string{"      parameters:\n        - name: limit", "      requestBody: {content: {text/plain: {}}}\n      parameters:\n        - name: limit"}},
		{"content type in capitals", nil, []string{"application/xml: {}", "Application/XML: {}"}},
		{"schema inline", nil, []string{"{type: array, items: {$ref: '#/components/schemas/Item'}}", "{$ref: '#/components/schemas/Items'}", "    Unused:", "    Items: {type: array, items: {$ref: '#/components/schemas/Item'}}\n    Unused:"}},
		{"schema under another name", nil, []string{"parent: {$ref: '#/components/schemas/Item'}", "parent: {$ref: '#/components/schemas/Thing'}", "    Unused:", "    Thing: {$ref: '#/components/schemas/Item'}\n    Unused:"}},
		{"reference in an allOf", nil, []string{"parent: {$ref: '#/components/schemas/Item'}", "parent: {allOf: [{$ref: '#/components/schemas/Item'}]}"}},
		{"keys beside a reference", []string{"3.0.1", "3.1.0"}, []string{"3.1.0", "3.0.1", "parent: {$ref: '#/components/schemas/Item'}", "parent: {$ref: '#/components/schemas/Item', description: Lost.}"}},
		{"keys around a reference", []string{"3.0.1", "3.1.0", "parent: {$ref: '#/components/schemas/Item'}", "parent: {$ref: '#/components/schemas/Item', description: Up.}"}, []string{
			"3.1.0", "3.0.1", "parent: {$ref: '#/components/schemas/Item', description: Up.}", "parent: {allOf: [{$ref: '#/components/schemas/Item'}], description: Up.}",
		}},
		{"schema or null", nil, []string{"3.0.1", "3.1.0", "name: {type: string, nullable: true}", "name: {anyOf: [{type: string}, {type: 'null'}]}"}},
		{"empty schema", nil, []string{"application/xml: {}", "application/xml: {schema: {}}"}},
		{"order in a schema", nil, []string{"required: [id, name]", "required: [name, id]", "[good, bad]", "[bad, good]"}},
		{"type as a list", nil, []string{"name: {type: string, nullable: true}", "name: {type: ['null', string]}"}},
		{"limit as a number", nil, []string{"minimum: 0, exclusiveMinimum: true", "exclusiveMinimum: 0.0"}},
		{"flags that are false", nil, []string{"minLength: 1", "minLength: 1, nullable: false, readOnly: false, deprecated: false"}},
		{"schema example", nil, []string{"minLength: 1", "minLength: 1, example: a"}},
		{"schema extension", nil, []string{"minLength: 1", "minLength: 1, x-a: b, externalDocs: {url: 'https://x'}"}},
		{"lost keyword of 3.1", nil, []string{"minLength: 1", "minLength: 1, contentEncoding: quoted-printable", "any: {", "any: {if: {type: string}, "}},
		{"version 3.1", nil, []string{"3.0.1", "3.1.0"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			base, other := edit(t, tt.base...), edit(t, slices.Concat(tt.base, tt.edit)...)
			if got := diff(t, base, other); got != nil {
				t.Errorf("Diff = %q, want none", got)
			}
			if got := diff(t, other, base); got != nil {
				t.Errorf("Diff the other way = %q, want none", got)
			}
		})
	}
}
