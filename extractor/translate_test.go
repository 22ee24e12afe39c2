package extractor

import (
	"context"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lockstep-apiops/lockstep/gateway"
	"github.com/lockstep-apiops/lockstep/gateway/memory"
)

// A translator has trees hold a name as an id where they did before.
type translator struct{ *memory.Gateway }

func (translator) FromTree(_ context.Context, r *gateway.Resource) (*gateway.Resource, error) {
	return r, nil
}

func (translator) ForTree(_ context.Context, r, old *gateway.Resource) (*gateway.Resource, error) {
	if old == nil || gateway.Field(old.Spec, "properties.id") == nil {
		return r, nil
	}
	return &gateway.Resource{Key: r.Key, Spec: props(map[string]any{"id": "7"}), Files: r.Files}, nil
}

// TestRunKeepsTheForm extracts into files in two forms, to one with another name,
// and to one that cannot be told to be in any.
func TestRunKeepsTheForm(t *testing.T) {
	ks := testKinds(t, true)
	named := func(name string) *gateway.Resource {
		return &gateway.Resource{Key: gateway.NewKey("api", name), Spec: props(map[string]any{"name": "seven"}), Files: map[string][]byte{"specification.json": []byte("{}")}}
	}
	g := translator{fill(t, ks, named("a"), named("b"), named("c"), named("d"))}
	base := newTree(map[string]string{
		"apis/a/apiInformation.json": `{"properties": {"id": "7"}}`, "apis/a/specification.json": "{}",
		"apis/b/apiInformation.json": `{"properties": {"name": "seven"}}`, "apis/b/specification.json": "{}",
		"apis/c/apiInformation.json": `{"properties": {"id": "6"}}`, "apis/c/specification.json": "{}",
		"apis/d/apiInformation.json": `{"properties": {"id": "7"}}`, "apis/d/specification.json": "{}", "apis/d/specification.yaml": "{}",
	})
	result := run(t, g, base, Filter{})
	got := map[string]string{}
	for _, c := range result.Changes {
		got[c.Key.String()] = string(c.Op)
	}
	if diff := cmp.Diff(map[string]string{"api c": string(Changed), "api d": string(Changed)}, got); diff != "" {
		t.Errorf("changes (-want +got):\n%s", diff)
	}
	if text := string(base.MapFS["apis/c/apiInformation.json"].Data); text != `{"properties": {"id": "7"}}` {
		t.Errorf("the file in the other form is %s", text)
	}
}
