package gateway_test

import (
	"context"
	"iter"
	"runtime"
	"testing"
	"weak"

	"github.com/lockstep-apiops/lockstep/gateway"
)

// forgetful is a gateway that makes up resources and keeps none of them.
type forgetful struct {
	gateway.Gateway
	kinds *gateway.Kinds
	n     int
	given []weak.Pointer[gateway.Resource]
}

func (f *forgetful) Describe() gateway.Description { return gateway.Description{Kinds: f.kinds} }

func (f *forgetful) List(_ context.Context, kind string, parent gateway.Key) iter.Seq2[*gateway.Resource, error] {
	return func(yield func(*gateway.Resource, error) bool) {
		for range f.n {
			if kind != "api" {
				return
			}
			r := &gateway.Resource{Key: parent.Child(kind, "x"), Files: map[string][]byte{"f": make([]byte, 1<<10)}}
			f.given = append(f.given, weak.Make(r))
			if !yield(r, nil) {
				return
			}
		}
	}
}

// A walk forgets what it has handed on, even while what that owns is unread.
func TestWalkForgets(t *testing.T) {
	kinds, err := gateway.NewKinds(gateway.Table{Rows: []gateway.Kind{
		{Name: "api", Segment: "apis", Dir: "apis", File: "api.json"},
		{Name: "policy", Parent: "api", Only: "policy", Segment: "policies", File: "policy.json"},
	}})
	if err != nil {
		t.Fatal(err)
	}
	g := &forgetful{kinds: kinds, n: 100}
	read, most := 0, 0 // most: how many were alive when the last one came
	for _, err := range gateway.Walk(t.Context(), g, gateway.WalkOptions{}) {
		if err != nil {
			t.Fatal(err)
		}
		if read++; read < g.n {
			continue
		}
		runtime.GC()
		alive := 0
		for _, w := range g.given {
			if w.Value() != nil {
				alive++
			}
		}
		most = max(most, alive)
	}
	if read != g.n || most > 10 {
		t.Errorf("read %d of %d resources and held %d of them at the end", read, g.n, most)
	}
}
