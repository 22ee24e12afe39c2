package artifacts

import (
	"math/rand/v2"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"github.com/lockstep-apiops/lockstep/gateway"
)

func TestRoundTrip(t *testing.T) {
	for _, fold := range []bool{true, false} {
		ks := testKinds(t, fold)
		for seed := range uint64(250) {
			r := rand.New(rand.NewPCG(seed, 1))
			rs := random(ks, r)
			files := mustEncode(t, ks, rs, nil)
			r.Shuffle(len(rs), func(i, j int) { rs[i], rs[j] = rs[j], rs[i] })
			if d := cmp.Diff(mustEncode(t, ks, rs, nil), files); d != "" {
				t.Fatalf("seed %d: encode depends on order:\n%s", seed, d)
			}
			tree := apply(nil, files)
			back, problems, err := Decode(ks, tree)
			if err != nil {
				t.Fatalf("seed %d: %v", seed, err)
			}
			for _, p := range problems {
				if !strings.Contains(p.Text, "holds no file") {
					t.Fatalf("seed %d: %v", seed, p)
				}
			}
			compare(t, ks, seed, back, rs)
			if again := mustEncode(t, ks, rs, tree); !again.Empty() {
				t.Fatalf("seed %d: encoding over its own output changes %v", seed, again.Paths())
			}
			checkPaths(t, ks, tree)
		}
	}
}

// compare fails unless two sets of resources mean the same.
func compare(t *testing.T, ks *gateway.Kinds, seed uint64, got, want []*gateway.Resource) {
	t.Helper()
	set := ks.NewSet(got...)
	if set.Len() != len(want) || len(got) != len(want) {
		t.Fatalf("seed %d: got %d resources, want %d", seed, len(got), len(want))
	}
	for _, w := range want {
		g := set.Get(w.Key)
		if g == nil {
			t.Fatalf("seed %d: %v is gone", seed, w.Key)
		}
		if d := ks.Diff(g, w); len(d) > 0 {
			t.Fatalf("seed %d: %v differs: %+v", seed, w.Key, d)
		}
	}
}

// checkPaths fails unless the ways to ask which file is whose agree.
func checkPaths(t *testing.T, ks *gateway.Kinds, m fstest.MapFS) {
	t.Helper()
	tree := mustTree(t, ks, m)
	left := map[string]bool{}
	for p := range m {
		left[p] = true
	}
	for _, key := range tree.Keys() {
		dir, err := Path(ks, key)
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range tree.Files(key) {
			if got, ok := KeyOf(ks, p); !ok || got != key {
				t.Fatalf("KeyOf(%q) = %v, %v, want %v", p, got, ok, key)
			}
			if dir != "." && !strings.HasPrefix(p, dir+"/") {
				t.Fatalf("%v has %s, want it in %s", key, p, dir)
			}
			delete(left, p)
		}
	}
	if len(left) > 0 {
		t.Fatalf("nobody's files: %v", left)
	}
}
