package apidef_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lockstep-apiops/lockstep/internal/apidef"
)

func TestParse(t *testing.T) {
	tests := []struct {
		name, file, text string
		want             apidef.Document
	}{
		{"OpenAPI as JSON in a file of YAML", "a.yaml", "\ufeff {\"openapi\": \"3.1.0\"}", apidef.Document{Format: apidef.OpenAPI, Version: "3.1.0"}},
		{"OpenAPI as YAML in a file of JSON", "a.json", "---\n'openapi' : 3.0.1\n", apidef.Document{Format: apidef.OpenAPI, Version: "3.0.1", YAML: true}},
		{"Swagger as YAML", "a", "# x\nswagger: '2.0'\n", apidef.Document{Format: apidef.Swagger, Version: "2.0", YAML: true}},
		{"Swagger whose version is a number", "a", "swagger: 2.0\n", apidef.Document{Format: apidef.Swagger, Version: "2.0", YAML: true}},
		{"WADL", "a", "\r\n<application xmlns='http://wadl.dev.java.net/2009/02'/>", apidef.Document{Format: apidef.WADL}},
		{"WSDL 1.1", "a", "<d:definitions xmlns:d='http://schemas.xmlsoap.org/wsdl/'/>", apidef.Document{Format: apidef.WSDL}},
		{"WSDL 2.0", "a", "<description xmlns='http://www.w3.org/ns/wsdl'/>", apidef.Document{Format: apidef.WSDL}},
		{"GraphQL", "a", "type openapi { a: Int }", apidef.Document{Format: apidef.GraphQL}},
		{"GraphQL with description", "a", "# x\n\"swagger: 1\" schema { query: Q }", apidef.Document{Format: apidef.GraphQL}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := apidef.Parse(tt.file, []byte(tt.text))
			if err != nil {
				t.Fatal(err)
			}
			tt.want.Name = tt.file
			if d := cmp.Diff(tt.want, apidef.Document{Name: got.Name, Format: got.Format, Version: got.Version, YAML: got.YAML}, cmp.AllowUnexported(apidef.Document{})); d != "" {
				t.Errorf("Parse (-want +got):\n%s", d)
			}
		})
	}
}

func TestParseErrors(t *testing.T) {
	tests := []struct {
		name, text string
		line       int
		msg        string
	}{
		{"nothing", " \n", 1, "neither OpenAPI"},
		{"comment", "# nothing", 1, "neither OpenAPI"},
		{"text", "hello", 1, "neither openapi nor swagger"},
		{"other YAML", "a: b", 1, "neither openapi nor swagger"},
		{"other JSON", "\n{\"a\": 1}", 2, "neither openapi nor swagger"},
		{"other XML", "<a/>", 1, "neither WADL nor WSDL"},
		{"old Swagger", "\nswagger: '1.2'", 2, "only 2.0"},
		{"new OpenAPI", "{\n\"openapi\": \"4.0\"}", 2, "only 3.x"},
		{"JSON", "{\"openapi\": \"3.0.1\",\n\n\"a\": ]}", 3, ""},
		{"short JSON", "{\"openapi\": \"3.0.1\",\n\"a\": [", 2, "ends too early"},
		{"long JSON", "{\"openapi\": \"3.0.1\"}\n}", 2, "after the end"},
		{"key twice in JSON", "{\"openapi\": \"3.0.1\",\n\"openapi\": 1}", 2, "twice"},
		{"key twice in YAML", "openapi: 3.0.1\npaths: {}\npaths: {}\n", 3, "twice"},
		{"key twice in two forms", "openapi: 3.0.1\na:\n  200: b\n  '200': c\n", 4, "twice"},
		{"YAML", "openapi: 3.0.1\na: b\n c: d\n", 3, ""},
		{"two YAML documents", "openapi: 3.0.1\n---\na: b\n", 2, "more than one"},
		{"key that is a list", "openapi: 3.0.1\n[a]: b\n", 2, "no scalar"},
		{"alias of itself", "openapi: 3.0.1\na: &x [*x]\n", 2, "around it"},
		{"paths that are a list", "openapi: 3.0.1\npaths: []\n", 2, "no object"},
		{"XML", "<application xmlns='http://wadl.dev.java.net/2009/02'>\n<a>\n</b>", 3, ""},
		{"short XML", "<application xmlns='http://wadl.dev.java.net/2009/02'>\n", 2, ""},
		{"entity", "<!DOCTYPE a [<!ENTITY x 'y'>]>\n<definitions>&x;</definitions>", 2, "entity"},
		{"bracket of GraphQL", "type A {\nb: [C\n}", 3, "closes nothing"},
		{"open bracket of GraphQL", "type A {\nb: C\n", 1, "not closed"},
		{"string of GraphQL", "type A {\n\"b: C }\n", 2, "not closed"},
		{"not UTF-8", "{\"openapi\": \"\xff\"}", 0, "UTF-8"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := apidef.Parse("f.yaml", []byte(tt.text))
			var syntax *apidef.SyntaxError
			if !errors.As(err, &syntax) {
				t.Fatalf("Parse = %v, want a *SyntaxError", err)
			}
			if syntax.Name != "f.yaml" || syntax.Line != tt.line || !strings.Contains(syntax.Msg, tt.msg) {
				t.Errorf("Parse = %v, want line %d and %q", err, tt.line, tt.msg)
			}
		})
	}
}

func TestEqualUnreadable(t *testing.T) {
	tests := []struct {
		name, a, b    string
		same, failing bool
	}{
		{"same bytes", "<<<", "<<<", true, false},
		{"same but for line ends", "<<<\n", "\ufeff<<<\r\n", true, false},
		{"one unreadable", shop, shop + "\n}", false, true},
		{"both unreadable", "<<<", "<<<<", false, true},
		{"empty and blank", "", "\n", false, true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := apidef.Equal("a", []byte(tt.a), "b", []byte(tt.b))
			if got != tt.same || (err != nil) != tt.failing {
				t.Errorf("Equal = %t, %v; want %t and an error: %t", got, err, tt.same, tt.failing)
			}
		})
	}
}
