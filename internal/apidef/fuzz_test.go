package apidef_test

import (
	"errors"
	"testing"

	"github.com/lockstep-apiops/lockstep/internal/apidef"
)

// seeds are definitions of all formats, well-formed and not.
var seeds = []string{
	shop, petsSwagger, petsOpenAPI, petsWADL, wrong,
	"schema { query: Query }\n\"\"\"d\"\"\" type Query implements A & B { a(b: [Int!] = [1]): C @d }",
	"<definitions xmlns='http://schemas.xmlsoap.org/wsdl/' xmlns:a='b'><types>a:b</types></definitions>",
	"openapi: 3.1.0\na: &x {b: 1}\nc: {<<: *x, d: 0x1f}\npaths: {'/a?b={c}': {get: {parameters: [{$ref: '#/d'}]}}}\n",
	`{"openapi":"3.1.0","paths":{"/a":{"post":{"requestBody":{"content":{"a/b":{"schema":{"$ref":"#/components/schemas/A","title":"x"}}}}}}},"components":{"schemas":{"A":{"items":{"$ref":"#/components/schemas/A"},"type":["null","array"]}}}}`,
	"openapi: 3.0.1\na: &x [*x]\n", "{", "type A {", "<a", "- a\n- ? b", "\"a\": 'b",
}

func FuzzParse(f *testing.F) {
	for _, s := range seeds {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		d, err := apidef.Parse("f", text)
		if err != nil {
			var syntax *apidef.SyntaxError
			if !errors.As(err, &syntax) {
				t.Fatalf("Parse = %v, want a *SyntaxError", err)
			}
			return
		}
		if _, err := apidef.Operations("f", text); err != nil {
			t.Fatalf("Operations = %v after Parse without error", err)
		}
		other := append(text[:len(text):len(text)], '\n', '\n')
		if same, err := apidef.Equal("f", text, "g", other); !same && err == nil {
			t.Fatalf("Equal to itself and blank lines = false")
		}
		if d.Format != apidef.OpenAPI && d.Format != apidef.Swagger {
			return
		}
		to := "g.yaml"
		if d.YAML {
			to = "g.json"
		}
		out, err := apidef.Reencode(text, "f", to)
		if err != nil {
			t.Fatal(err)
		}
		if same, err := apidef.Equal("f", text, "g", out); !same {
			t.Fatalf("Equal to itself reencoded = false, %v\n%q", err, out)
		}
	})
}

func FuzzEqual(f *testing.F) {
	for i, s := range seeds {
		f.Add([]byte(s), []byte(seeds[(i+1)%len(seeds)]))
	}
	f.Fuzz(func(t *testing.T, a, b []byte) {
		same, err := apidef.Equal("a", a, "b", b)
		if same && err != nil {
			t.Fatalf("Equal = true and %v", err)
		}
		reverse, reverseErr := apidef.Equal("b", b, "a", a)
		if reverse != same || (reverseErr == nil) != (err == nil) {
			t.Fatalf("Equal = %t, %v; the other way %t, %v", same, err, reverse, reverseErr)
		}
		lines, diffErr := apidef.Diff("a", a, "b", b)
		if (diffErr == nil) != (err == nil) || err == nil && same != (len(lines) == 0) {
			t.Fatalf("Equal = %t, %v; Diff = %q, %v", same, err, lines, diffErr)
		}
	})
}
