package apispec_test

import (
	"flag"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "write the golden files instead of comparing with them")

// A fixed point alone may be an empty one: the golden files show what is kept.
func TestGolden(t *testing.T) {
	tests := []struct{ file, format, text, export string }{
		{"rich.yaml", "openapi", richDocument, "openapi"},
		{"rich.swagger.json", "openapi", richDocument, "swagger"},
		{"rich31.yaml", "openapi", rich31, "openapi"},
		{"rich20.swagger.json", "swagger-json", rich20, "swagger"},
		{"rich20.yaml", "swagger-json", rich20, "openapi"},
		{"pets.wadl", "openapi", petStore, "wadl"},
		{"weather.wadl", "wadl-xml", wadl, "wadl"},
	}
	for _, tt := range tests {
		t.Run(tt.file, func(t *testing.T) {
			got := mustExport(t, tt.export, mustImport(t, tt.format, tt.text, options(true)))
			path := filepath.Join("testdata", tt.file)
			if *update {
				if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(string(want), got); diff != "" {
				t.Errorf("Export() differs from %s (-want +got), see the flag -update:\n%s", path, diff)
			}
		})
	}
}
