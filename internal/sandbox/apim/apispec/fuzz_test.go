package apispec_test

import (
	"testing"

	"github.com/lockstep-apiops/lockstep/internal/sandbox/apim/apispec"
)

// FuzzImport looks for texts that break the importers, and for imports that do
// not survive an export in their own format.
func FuzzImport(f *testing.F) {
	formats := []struct{ format, export string }{
		{"openapi", "openapi"}, {"openapi+json", "openapi+json"}, {"swagger-json", "swagger"},
		{"wadl-xml", "wadl"}, {"wsdl", "wadl"}, {"graphql", "graphql"},
	}
	f.Add(0, petStore)
	f.Add(0, richDocument)
	f.Add(0, rich31)
	f.Add(0, "openapi: 3.0.0\npaths: {'/{a}?b={b}': {get: {parameters: [{in: path, name: a}, {in: query, name: b}]}}}")
	f.Add(1, `{"openapi": "3.1.0", "components": {"schemas": {"A": {"$ref": "#/components/schemas/A"}}}}`)
	f.Add(2, rich20)
	f.Add(3, wadl)
	f.Add(4, calculator)
	f.Add(5, "type Query { a: Int }")
	f.Fuzz(func(t *testing.T, kind int, text string) {
		chosen := formats[max(kind, -kind, 0)%len(formats)]
		d, err := apispec.Import(chosen.format, text, options(false))
		if err != nil {
			return
		}
		if chosen.format == "wsdl" || chosen.format == "graphql" {
			if _, _, err := apispec.Export(chosen.export, d); err != nil {
				t.Errorf("Export() of what was imported: %v", err)
			}
			return
		}
		if _, err := fixedPoint(d, chosen.export, chosen.format, false); err != nil {
			t.Error(err)
		}
	})
}
