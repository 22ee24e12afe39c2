package loop

import (
	"fmt"
	"slices"
	"testing"

	"github.com/lockstep-apiops/lockstep/artifacts"
	"github.com/lockstep-apiops/lockstep/gateway"
	"github.com/lockstep-apiops/lockstep/gateway/apim"
	"github.com/lockstep-apiops/lockstep/gateway/apim/apimtest"
)

// written returns a new tree of resources in a layout.
func written(t testing.TB, kinds *gateway.Kinds, rs []*gateway.Resource, layout string) tree {
	t.Helper()
	e := artifacts.NewEncoder(kinds, nil)
	if err := e.SetLayout(layout); err != nil {
		t.Fatal(err)
	}
	out := tree{}
	for _, r := range rs {
		f, err := e.Encode(r)
		if err != nil {
			t.Fatal(err)
		}
		for p, text := range f.Write {
			out[p] = string(text)
		}
	}
	return out
}

// TestSpellings writes random resources in every layout, reads them, takes the
// tree to every other layout, and reads them again.
func TestSpellings(t *testing.T) {
	kinds, err := apim.Kinds()
	if err != nil {
		t.Fatal(err)
	}
	for seed := range uint64(6) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			t.Parallel()
			var rs []*gateway.Resource
			for _, r := range apimtest.Random(numbers(seed), kinds) {
				if !kinds.IsBuiltin(r.Key) && kinds.Get(r.Key.Kind).Stored() {
					rs = append(rs, r)
				}
			}
			first := written(t, kinds, rs, "v7")
			want := readTree(t, kinds, first)
			for _, layout := range kinds.Layouts() {
				files := written(t, kinds, rs, layout)
				wantSays(t, kinds, readTree(t, kinds, files), want, layout)
				for _, to := range kinds.Layouts() {
					moved := migrated(t, files, to)
					wantSays(t, kinds, readTree(t, kinds, moved), want, layout+" to "+to)
					if odd := elsewhere(kinds, moved, to); len(odd) > 0 {
						t.Errorf("%s to %s: not of that layout: %v", layout, to, odd)
					}
				}
			}
		})
	}
}

func readTree(t testing.TB, kinds *gateway.Kinds, files tree) []*gateway.Resource {
	t.Helper()
	rs, problems, err := artifacts.Decode(kinds, files.fs())
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range problems {
		if p.Level != artifacts.Info {
			t.Errorf("%v", p)
		}
	}
	return rs
}

func wantSays(t testing.TB, kinds *gateway.Kinds, got, want []*gateway.Resource, when string) {
	t.Helper()
	set := kinds.NewSet(got...)
	for _, r := range want {
		if is := set.Get(r.Key); is == nil {
			t.Errorf("%s: %v is lost", when, r.Key)
		} else if cs := kinds.Diff(is, r); len(cs) > 0 {
			t.Errorf("%s: %v differs: %v", when, r.Key, cs)
		}
	}
	if set.Len() != len(want) {
		t.Errorf("%s: %d resources, want %d", when, set.Len(), len(want))
	}
}

// elsewhere returns the files of a tree that another layout would have.
func elsewhere(kinds *gateway.Kinds, files tree, layout string) []string {
	var odd []string
	for p := range files {
		key, ok := artifacts.KeyOf(kinds, p)
		if !ok && !artifacts.IsList(kinds, p) {
			odd = append(odd, p)
		} else if ok && kinds.FormIn(key.Kind, layout).List {
			odd = append(odd, p)
		}
	}
	slices.Sort(odd)
	return odd
}
