package artifacts

import (
	"bytes"
	"encoding/json"
	"maps"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"github.com/lockstep-apiops/lockstep/gateway"
)

func TestRoundTrip(t *testing.T) {
	tables := []*gateway.Kinds{testKinds(t, true), testKinds(t, false)}
	for seed := range uint64(500) {
		ks := tables[seed%2]
		r := rand.New(rand.NewPCG(seed, 1))
		rs := random(r)
		files := mustEncode(t, ks, rs, nil)
		r.Shuffle(len(rs), func(i, j int) { rs[i], rs[j] = rs[j], rs[i] })
		if again := mustEncode(t, ks, rs, nil); !reflect.DeepEqual(again, files) {
			t.Fatalf("seed %d: encode depends on order:\n%s", seed, cmp.Diff(again, files))
		}
		tree := apply(nil, files)
		compare(t, ks, seed, decode(t, ks, tree), rs)
		if again := mustEncode(t, ks, rs, tree); !again.Empty() {
			t.Fatalf("seed %d: encoding over its own output changes %v", seed, again.Paths())
		}
		checkPaths(t, ks, tree)
	}
}

// Whatever the authors of a tree did to its form, what says the same stays,
// and what has to change then says the right thing.
func TestRoundTripOverForeignForm(t *testing.T) {
	ks := testKinds(t, true)
	for seed := range uint64(300) {
		r := rand.New(rand.NewPCG(seed, 2))
		rs := random(r)
		tree := reform(t, r, apply(nil, mustEncode(t, ks, rs, nil)))
		if again := mustEncode(t, ks, rs, tree); !again.Empty() {
			p := again.Paths()[0]
			t.Fatalf("seed %d: changes %v: %q to %q", seed, again.Paths(), tree[p].Data, again.Write[p])
		}
		for _, x := range rs {
			if r.IntN(3) == 0 && gateway.Field(x.Spec, "properties.format") == nil && x.Spec != nil {
				x.Spec = payload(r)
			}
		}
		next := apply(tree, mustEncode(t, ks, rs, tree))
		compare(t, ks, seed, decode(t, ks, next), rs)
		for p, f := range tree {
			if secret := []byte("s3cret"); bytes.Contains(f.Data, secret) && !bytes.Contains(next[p].Data, secret) {
				t.Fatalf("seed %d: %s has lost its secret:\n%s\n%s", seed, p, f.Data, next[p].Data)
			}
		}
	}
}

// reform gives the files of a tree another form without changing what they
// say, and adds secrets to some.
func reform(t *testing.T, r *rand.Rand, m fstest.MapFS) fstest.MapFS {
	t.Helper()
	for _, p := range slices.Sorted(maps.Keys(m)) {
		f := m[p]
		switch {
		case strings.HasSuffix(p, "specification.yaml"):
			b, err := reencode(f.Data, "x.yaml", "x.json")
			if err != nil {
				t.Fatal(err)
			}
			delete(m, p)
			m[strings.TrimSuffix(p, "yaml")+"json"] = &fstest.MapFile{Data: b}
			continue
		case strings.HasSuffix(p, ".json"):
			f.Data = reformJSON(t, r, p, f.Data)
		}
		if r.IntN(2) == 0 {
			f.Data = bytes.ReplaceAll(bytes.ReplaceAll(f.Data, []byte("\r"), nil), []byte("\n"), []byte("\r\n"))
		}
		if r.IntN(2) == 0 && len(f.Data) > 0 {
			f.Data = append(slices.Clone(bom), f.Data...)
		}
	}
	return m
}

func reformJSON(t *testing.T, r *rand.Rand, p string, data []byte) []byte {
	t.Helper()
	var v map[string]any
	d := json.NewDecoder(bytes.NewReader(data))
	d.UseNumber()
	if err := d.Decode(&v); err != nil {
		t.Fatal(err)
	}
	if strings.HasSuffix(p, "valueInformation.json") {
		v["id"] = "/x"
		gateway.SetField(v, "properties.headers.x-key", "s3cret")
		if on, _ := gateway.Field(v, "properties.kept").(bool); !on && gateway.Field(v, "properties.kept") == nil {
			gateway.SetField(v, "properties.kept", true)
		}
	}
	v["empty"] = map[string]any{"a": []any{}, "b": ""}
	var b []byte
	var err error
	switch r.IntN(3) { // also escapes < > & in strings
	case 0:
		b, err = json.Marshal(v)
	case 1:
		b, err = json.MarshalIndent(v, "", "\t")
	case 2:
		b, err = json.MarshalIndent(v, "", "    ")
		b = append(b, '\n')
	}
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func decode(t *testing.T, ks *gateway.Kinds, m fstest.MapFS) []*gateway.Resource {
	t.Helper()
	rs, problems, err := Decode(ks, m)
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range problems {
		t.Fatal(p)
	}
	if !slices.IsSortedFunc(rs, func(a, b *gateway.Resource) int { return a.Key.Compare(b.Key) }) {
		t.Fatal("not sorted")
	}
	return rs
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
