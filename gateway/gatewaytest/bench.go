package gatewaytest

import (
	"cmp"
	"errors"
	"testing"

	"github.com/lockstep-apiops/lockstep/gateway"
)

// A bench is an open gateway with the calls that tests make, each of which
// fails the test if it fails.
type bench struct {
	*testing.T
	g     gateway.Gateway
	kinds *gateway.Kinds
	h     *Harness
}

func (h *Harness) bench(t *testing.T) *bench {
	t.Helper()
	g := h.Open(t)
	return &bench{t, g, g.Describe().Kinds, h}
}

// key returns the key under which the suite puts a resource of the kind.
func (b *bench) key(k *gateway.Kind) gateway.Key {
	if b.h.Key != nil {
		if key := b.h.Key(k); !key.IsZero() {
			return key
		}
	}
	var parent gateway.Key
	if k.Parent != "" {
		parent = b.key(b.kinds.Get(k.Parent))
	}
	return parent.Child(k.Name, cmp.Or(k.Only, "x1"))
}

// prepare puts what a resource refers to, and what that refers to.
func (b *bench) prepare(r *gateway.Resource, seen map[gateway.Key]bool) {
	b.Helper()
	needs := b.kinds.References(r)
	if b.h.Needs != nil {
		needs = append(needs, b.h.Needs(r)...)
	}
	for _, ref := range needs {
		if seen[ref] || b.kinds.IsBuiltin(ref) {
			continue
		}
		seen[ref] = true
		if b.kinds.Get(ref.Kind).Permanent {
			b.prepare(&gateway.Resource{Key: ref}, seen)
			continue
		}
		need := b.h.Sample(ref, 0)
		b.prepare(need, seen)
		if b.kinds.Get(ref.Kind).Stored() {
			b.put(need, nil)
		}
	}
}

func (b *bench) put(want, have *gateway.Resource) {
	b.Helper()
	if err := b.g.Put(b.Context(), want, have); err != nil {
		b.Fatalf("put %v: %v", want.Key, err)
	}
}

func (b *bench) get(key gateway.Key) *gateway.Resource {
	b.Helper()
	r, err := b.g.Get(b.Context(), key)
	if err != nil {
		b.Fatalf("get %v: %v", key, err)
	}
	return r
}

func (b *bench) same(got, want *gateway.Resource) {
	b.Helper()
	for _, c := range b.kinds.Diff(got, want) {
		b.Errorf("%v: %s is %v, want %v", want.Key, c.Field, c.Have, c.Want)
	}
}

// listed returns how often a list yields the key.
func (b *bench) listed(key gateway.Key) int {
	b.Helper()
	n := 0
	for r, err := range b.g.List(b.Context(), key.Kind, b.kinds.Parent(key)) {
		if err != nil {
			if errors.Is(err, gateway.ErrNotFound) {
				return n
			}
			b.Fatalf("list %s: %v", key.Kind, err)
		}
		if b.kinds.Fold(r.Key) == b.kinds.Fold(key) {
			n++
		}
	}
	return n
}
