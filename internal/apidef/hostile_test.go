package apidef_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/lockstep-apiops/lockstep/internal/apidef"
)

// TestHostile has texts that make a careless reader slow, deep or large. It
// takes minutes if one of them does.
func TestHostile(t *testing.T) {
	const head = "openapi: 3.0.1\n"
	tests := []struct {
		name, text string
		err        string // "" if the text is fine
	}{
		{"alias bomb", head + bomb(12), "aliases add more than"},
		{"aliases", head + bomb(8), ""},
		{"aliases of aliases of merges", head + merges(40), "aliases add more than"},
		{"deep JSON", strings.Repeat(`{"a":`, 100_000), "levels deep"},
		{"deep list of JSON", `{"openapi":` + strings.Repeat(`[`, 100_000), "levels deep"},
		{"deep YAML", head + "a: " + strings.Repeat("[", 5000) + strings.Repeat("]", 5000), "levels deep"},
		{"too deep YAML", head + "a: " + strings.Repeat("[", 100_000), "depth"},
		{"deep through aliases", head + chain(2000), "levels deep"},
		{"deep XML", "<definitions>" + strings.Repeat("<a>", 100_000), "levels deep"},
		{"deep GraphQL", "type A { a: " + strings.Repeat("[", 100_000), "not closed"},
		{"large numbers", `{"openapi":"3.0.1","a":1e999999999999999999999,"b":-0.0e-99999999}`, ""},
		{"references in a circle", head + "paths: {/a: {$ref: '#/paths/~1b'}, /b: {$ref: '#/paths/~1a'}}", ""},
		{"references to the document", head + "paths: {/a: {$ref: '#'}, /b: {get: {responses: {200: {$ref: '#/paths'}}}}}", ""},
		{"references that multiply", head + multiply(1100), "parts of operations"},
		{"everything of the wrong kind", wrong, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := apidef.Parse("f", []byte(tt.text))
			if (err != nil) != (tt.err != "") || err != nil && !strings.Contains(err.Error(), tt.err) {
				t.Fatalf("Parse = %v, want %q", err, tt.err)
			}
			if err != nil {
				return
			}
			if same, err := apidef.Equal("f", []byte(tt.text), "g", []byte(tt.text+" ")); !same || err != nil {
				t.Errorf("Equal to itself = %t, %v; want true", same, err)
			}
		})
	}
}

// bomb is a list of four lists of four lists of four lists.
func bomb(levels int) string {
	var b strings.Builder
	b.WriteString("x0: &x0 [1]\n")
	for i := 1; i <= levels; i++ {
		fmt.Fprintf(&b, "x%d: &x%d [%s]\n", i, i, strings.TrimSuffix(strings.Repeat(fmt.Sprintf("*x%d,", i-1), 4), ","))
	}
	return b.String()
}

// merges doubles a mapping a level.
func merges(levels int) string {
	var b strings.Builder
	b.WriteString("y0: &y0 {a: 1}\n")
	for i := 1; i <= levels; i++ {
		fmt.Fprintf(&b, "y%d: &y%d {<<: *y%d, k%d: *y%d}\n", i, i, i-1, i, i-1)
	}
	return b.String()
}

// chain nests one list more with every alias.
func chain(levels int) string {
	var b strings.Builder
	b.WriteString("z0: &z0 [1]\n")
	for i := 1; i <= levels; i++ {
		fmt.Fprintf(&b, "z%d: &z%d [*z%d]\n", i, i, i-1)
	}
	return b.String()
}

// multiply has n paths that share a path item of n parameters.
func multiply(n int) string {
	var b strings.Builder
	b.WriteString("x-item:\n  get:\n    parameters:\n")
	for i := range n {
		fmt.Fprintf(&b, "    - {name: p%d, in: query}\n", i)
	}
	b.WriteString("paths:\n")
	for i := range n {
		fmt.Fprintf(&b, "  /p%d: {$ref: '#/x-item'}\n", i)
	}
	return b.String()
}

const wrong = `openapi: 3.0.1
components: []
paths:
  /a: 1
  /b: {get: [], put: x, parameters: {a: b}}
  /c:
    get:
      operationId: [a]
      summary: {}
      parameters: [1, [], {in: query}, {in: path, name: [x]}, {in: query, name: y, schema: [1]}, {in: query, name: z, schema: true}]
      responses: {200: 1, 201: {content: 1, headers: [x]}, 202: {content: {a/b: 1, c/d: {schema: 1, examples: 1}}}}
    post:
      requestBody: 1
      responses:
        200: {content: {a/b: {schema: {type: 1, required: x, properties: [a], allOf: {a: b}, items: 1, enum: x, $ref: [1]}}}}
        201: {content: {a/b: {schema: {items: [{type: string}, true, false], discriminator: x, exclusiveMinimum: true, const: null}}}}
        202: {content: {a/b: {schema: {properties: {a: 1, b: null, c: [x]}, additionalProperties: x, type: [null, 1, x]}}}}
`

// TestLarge reads some megabytes, which takes minutes if time grows with the
// square of the length.
func TestLarge(t *testing.T) {
	var b strings.Builder
	b.WriteString(`{"openapi":"3.0.1","components":{"schemas":{`)
	const n = 3000
	for i := range n {
		fmt.Fprintf(&b, `"S%d":{"type":"object","description":"Schema %d","properties":{"a":{"type":"string"},"next":{"$ref":"#/components/schemas/S%d"},"other":{"$ref":"#/components/schemas/S%d"}}},`+"\n", i, i, (i+1)%n, (i*7)%n)
	}
	b.WriteString(`"Z":{}}},"paths":{`)
	for i := range n {
		fmt.Fprintf(&b, `"/p%d/{id}":{"get":{"operationId":"get-%d","responses":{"200":{"description":"x","content":{"application/json":{"schema":{"$ref":"#/components/schemas/S%d"}}}}}}},`+"\n", i, i, i)
	}
	b.WriteString(`"/z":{}}}`)
	a := b.String()
	if same, err := apidef.Equal("a", []byte(a), "b", []byte(a+"\n")); !same || err != nil {
		t.Errorf("Equal to itself = %t, %v; want true", same, err)
	}
	other := strings.ReplaceAll(a, `"string"`, `"integer"`)
	lines, err := apidef.Diff("a", []byte(a), "b", []byte(other))
	if err != nil {
		t.Fatal(err)
	}
	if len(lines) != 50 || !strings.HasPrefix(lines[49], "and ") {
		t.Errorf("Diff of many changes has %d lines, the last %q; want 50 and a count", len(lines), lines[len(lines)-1])
	}
}
