package gateway

import "testing"

func TestWhatIsKnownByItsDigest(t *testing.T) {
	ks := testKinds(t)
	api := func(path string) *Resource {
		return &Resource{Key: NewKey("api", "a"), Spec: map[string]any{"path": path, "id": "of the gateway"}}
	}
	seen := &Resource{Key: NewKey("api", "a"), Digest: ks.Digest(api("x"))}
	if got := ks.Digest(seen); got != seen.Digest || got == "" {
		t.Errorf("its digest is %q, want %q", got, seen.Digest)
	}
	for _, tt := range []struct {
		name       string
		have, want *Resource
		changes    int
	}{
		{"the same", seen, api("x"), 0},
		{"the same, the other way", api("x"), seen, 0},
		{"itself", seen, seen, 0},
		{"another", seen, api("y"), 1},
		{"another, the other way", api("y"), seen, 1},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := ks.Diff(tt.have, tt.want); len(got) != tt.changes {
				t.Errorf("changes are %v, want %d", got, tt.changes)
			}
		})
	}
	if got := ks.Digest(nil); got != "" {
		t.Errorf("digest of nothing is %q", got)
	}
}
