package validate_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lockstep-apiops/lockstep/gateway"
	"github.com/lockstep-apiops/lockstep/internal/validate"
)

// TestPayloadsAreForTheProduct has a product find a flaw at a line of the file,
// and lets it name secrets in its own way.
func TestPayloadsAreForTheProduct(t *testing.T) {
	kinds, err := gateway.NewKinds(gateway.Table{Rows: []gateway.Kind{{
		Name: "thing", Segment: "things", Dir: "things", File: "*.yaml", Format: gateway.YAML,
		Secret: []gateway.Secret{{Field: "password", Plain: func(v any) bool { return v == "${env:SECRET}" }}},
	}}})
	if err != nil {
		t.Fatal(err)
	}
	look := func(text []byte) []gateway.Flaw {
		at := strings.Index(string(text), "wrong")
		return []gateway.Flaw{{Rule: "schema-value", Line: 1 + strings.Count(string(text[:at]), "\n"), Text: "is wrong"}}
	}
	r, err := validate.Run(t.Context(), validate.Options{
		Kinds: kinds, Checks: gateway.Checks{Payloads: map[string]func([]byte) []gateway.Flaw{"thing": look}},
		Tree: tree(map[string]string{"things/a.yaml": "password: ${env:SECRET}\n# wrong\nother: ${env:SECRET}\n"}),
	})
	if err != nil {
		t.Fatal(err)
	}
	want := []string{
		"things/a.yaml:2: error schema-value: is wrong (thing a)",
		"things/a.yaml:3: error token: other holds the token ${env:SECRET} (thing a)",
	}
	if diff := cmp.Diff(want, found(r)); diff != "" {
		t.Errorf("findings (-want +got):\n%s", diff)
	}
}

// TestFaultsAreForEverybody: what keeps a plan from being applied is told by whoever
// validates, once, and by no product twice.
func TestFaultsAreForEverybody(t *testing.T) {
	faults := func(r *gateway.Resource) []gateway.Fault {
		if name, _ := r.Spec["name"].(string); name != r.Key.Name() {
			return []gateway.Fault{{Pointer: "/name", Text: "name is not that of the file"}}
		}
		return nil
	}
	kinds, err := gateway.NewKinds(gateway.Table{Rows: []gateway.Kind{{
		Name: "thing", Segment: "things", Dir: "things", File: "*.yaml", Format: gateway.YAML, Faults: faults,
	}}})
	if err != nil {
		t.Fatal(err)
	}
	look := func(text []byte) []gateway.Flaw {
		if strings.Contains(string(text), "odd") {
			return []gateway.Flaw{{Rule: "schema-value", Warning: strings.Contains(string(text), "perhaps"), Line: 2, Text: "is odd"}}
		}
		return nil
	}
	files := map[string]string{"things/a.yaml": "name: a\n", "things/b.yaml": "name: a\n", "things/c.yaml": "name: a\n# odd\n", "things/d.yaml": "name: a\n# perhaps odd\n"}
	for _, test := range []struct {
		name   string
		checks gateway.Checks
		want   []string
	}{
		{"table alone", gateway.Checks{}, []string{
			"things/b.yaml:1: error refused: name is not that of the file (thing b)",
			"things/c.yaml:1: error refused: name is not that of the file (thing c)",
			"things/d.yaml:1: error refused: name is not that of the file (thing d)"}},
		{"product looks, too", gateway.Checks{Payloads: map[string]func([]byte) []gateway.Flaw{"thing": look}}, []string{
			"things/b.yaml:1: error refused: name is not that of the file (thing b)",
			"things/c.yaml:2: error schema-value: is odd (thing c)",
			"things/d.yaml:1: error refused: name is not that of the file (thing d)",
			"things/d.yaml:2: warning schema-value: is odd (thing d)"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			r, err := validate.Run(t.Context(), validate.Options{Kinds: kinds, Checks: test.checks, Tree: tree(files)})
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.want, found(r)); diff != "" {
				t.Errorf("findings (-want +got):\n%s", diff)
			}
		})
	}
}
