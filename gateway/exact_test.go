package gateway_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lockstep-apiops/lockstep/gateway"
)

// exact is a table with a kind of which what is empty counts, and whose
// secrets no path can name.
func exact(t *testing.T) *gateway.Kinds {
	t.Helper()
	kinds, err := gateway.NewKinds(gateway.Table{Rows: []gateway.Kind{{
		Name: "flow", Segment: "flows", Dir: "flows", File: "flow.yaml", Exact: true, Omit: []string{"made"},
		Secret: []gateway.Secret{{Each: func(spec map[string]any, edit func(any) (any, bool)) {
			for name := range spec {
				if strings.HasPrefix(name, "secret") {
					gateway.EditField(spec, name, edit)
				}
			}
		}}},
	}}})
	if err != nil {
		t.Fatal(err)
	}
	return kinds
}

func TestExactKeepsWhatIsEmpty(t *testing.T) {
	kinds := exact(t)
	spec := map[string]any{"none": nil, "number": json.Number("1.0"), "text": "", "object": map[string]any{"list": []any{}}, "made": 1}
	want := map[string]any{"none": nil, "number": json.Number("1.0"), "text": "", "object": map[string]any{"list": []any{}}}
	if diff := cmp.Diff(want, kinds.Public(kinds.Get("flow"), spec)); diff != "" {
		t.Errorf("normal form (-want +got):\n%s", diff)
	}
	have := &gateway.Resource{Key: gateway.NewKey("flow", "a"), Spec: want}
	other := &gateway.Resource{Key: have.Key, Spec: map[string]any{"none": nil, "number": json.Number("1.0"), "text": "", "object": map[string]any{}}}
	got := kinds.Diff(have, other)
	if len(got) != 1 || got[0].Field != "object.list" {
		t.Errorf("diff without the empty list = %v, want that of object.list", got)
	}
}

func TestSecretsThatNoPathNames(t *testing.T) {
	kinds := exact(t)
	spec := map[string]any{"secretOne": "a", "open": "b"}
	if diff := cmp.Diff(map[string]any{"open": "b"}, kinds.Public(kinds.Get("flow"), spec)); diff != "" {
		t.Errorf("public form (-want +got):\n%s", diff)
	}
	if !kinds.HoldsSecrets(&gateway.Resource{Key: gateway.NewKey("flow", "a"), Spec: spec}) {
		t.Error("a payload with a secret is said to hold none")
	}
}

func TestPointers(t *testing.T) {
	steps := []string{"paths", "/a~b", "", "0"}
	const want = "/paths/~1a~0b//0"
	if got := gateway.Pointer(steps...); got != want {
		t.Errorf("pointer = %q, want %q", got, want)
	}
	if diff := cmp.Diff(steps, gateway.PointerSteps(want)); diff != "" {
		t.Errorf("steps (-want +got):\n%s", diff)
	}
	if got := gateway.PointerSteps(gateway.Pointer()); len(got) > 0 {
		t.Errorf("steps of nothing = %q, want none", got)
	}
}

func TestValuesThatStandForSecrets(t *testing.T) {
	stands := func(v any) bool { return v == "(kept elsewhere)" }
	kinds, err := gateway.NewKinds(gateway.Table{Rows: []gateway.Kind{{
		Name: "flow", Segment: "flows", Dir: "flows", File: "flow.yaml", Secret: []gateway.Secret{{Field: "key", Plain: stands, Stands: stands}},
	}}})
	if err != nil {
		t.Fatal(err)
	}
	r := &gateway.Resource{Key: gateway.NewKey("flow", "a"), Spec: map[string]any{"key": "(kept elsewhere)"}}
	if !kinds.HoldsSecrets(r) {
		t.Error("a payload with what stands for a secret is said to hold none")
	}
	if diff := cmp.Diff(r.Spec, kinds.Public(kinds.Get("flow"), r.Spec)); diff != "" {
		t.Errorf("what stands for a secret is no secret (-want +got):\n%s", diff)
	}
	delete(r.Spec, "key")
	if kinds.HoldsSecrets(r) {
		t.Error("a payload without secrets is said to hold some")
	}
}
