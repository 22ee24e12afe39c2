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
