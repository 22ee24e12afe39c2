package gateway_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lockstep-apiops/lockstep/gateway"
)

// TestMasks makes sure that a value with a mask counts as one that is there, and as no more.
func TestMasks(t *testing.T) {
	kinds, err := gateway.NewKinds(gateway.Table{Rows: []gateway.Kind{{Name: "hook", Segment: "hooks", Dir: "hooks", File: "hook.json", Secret: []gateway.Secret{
		{Field: "headers.*", Mask: "***", Plain: func(v any) bool { return v == "***" }},
	}}}})
	if err != nil {
		t.Fatal(err)
	}
	hook := func(headers map[string]any) *gateway.Resource {
		return &gateway.Resource{Key: gateway.NewKey("hook", "a"), Spec: map[string]any{"headers": headers}}
	}
	masked, open, other := hook(map[string]any{"key": "***"}), hook(map[string]any{"key": "hush"}), hook(map[string]any{"key": "other"})
	if diff := cmp.Diff(masked.Spec, kinds.Public(kinds.Get("hook"), open.Spec)); diff != "" {
		t.Errorf("public form (-want +got):\n%s", diff)
	}
	if kinds.HoldsSecrets(masked) || !kinds.HoldsSecrets(open) {
		t.Error("a mask is taken for a secret, or a secret for a mask")
	}
	if !kinds.Equal(open, other) || !kinds.Equal(masked, open) || kinds.Digest(open) != kinds.Digest(other) {
		t.Error("a value that nobody may see is compared")
	}
	want := []gateway.Change{{Field: "headers", Have: map[string]any{"key": "***"}}}
	if diff := cmp.Diff(want, kinds.Diff(open, hook(nil))); diff != "" {
		t.Errorf("what changes when it goes (-want +got):\n%s", diff)
	}
}
