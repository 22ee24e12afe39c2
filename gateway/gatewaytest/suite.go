// Package gatewaytest holds the tests that every gateway must pass.
//
// They are driven by the gateway's own table of kinds: a new row is tested as
// soon as there is a sample of it. They know no product.
package gatewaytest

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/lockstep-apiops/lockstep/gateway"
)

// A Harness lets the suite drive one product.
type Harness struct {
	// Open returns a gateway that holds nothing but what the product makes
	// itself. It is called once for each test.
	Open func(t *testing.T) gateway.Gateway
	// Sample returns a valid resource of that key. Variants 0 and 1 differ.
	// What it refers to is put first, under the keys that it names.
	Sample func(key gateway.Key, variant int) *gateway.Resource
	// Key returns the key that a resource of the kind may have, if the
	// product is particular about it; the zero Key leaves it to the suite.
	Key func(kind *gateway.Kind) gateway.Key
	// Needs returns what a sample names in its text, besides what its
	// references tell. nil: nothing.
	Needs func(r *gateway.Resource) []gateway.Key
	// Fixed are kinds of which both variants are the same, since they have
	// no payload of their own.
	Fixed func(kind *gateway.Kind) bool
	// OddNames are names, for the kind OddKind, that a careless client
	// would spoil on their way into a URL.
	OddKind  string
	OddNames []string
	// OneCase says that the product takes names of one case alone, so that
	// there are no other spellings to fold.
	OneCase bool
	// Crowd is how many resources of OddKind take more than one page.
	Crowd int
}

// Run tests the gateway that the harness opens.
func Run(t *testing.T, h Harness) {
	kinds := h.Open(t).Describe().Kinds
	for _, k := range kinds.All() {
		if !k.Stored() {
			continue
		}
		t.Run(k.Name, func(t *testing.T) {
			if k.Permanent {
				h.permanent(t, k)
				return
			}
			t.Run("lifecycle", func(t *testing.T) { h.lifecycle(t, k) })
			t.Run("update", func(t *testing.T) { h.update(t, k) })
			t.Run("stale", func(t *testing.T) { h.stale(t, k) })
			t.Run("cancelled", func(t *testing.T) { h.cancelled(t, k) })
		})
	}
	t.Run("dangling references", h.dangling)
	t.Run("odd names", h.oddNames)
	t.Run("paging", h.paging)
	t.Run("fold", h.fold)
}

func (h *Harness) lifecycle(t *testing.T, k *gateway.Kind) {
	b := h.bench(t)
	want := h.Sample(b.key(k), 0)
	b.prepare(want, map[gateway.Key]bool{})
	if _, err := b.g.Get(t.Context(), want.Key); !errors.Is(err, gateway.ErrNotFound) {
		t.Errorf("get before put: %v, want %v", err, gateway.ErrNotFound)
	}
	for range 2 {
		b.put(want, nil)
		b.same(b.get(want.Key), want)
	}
	if n := b.listed(want.Key); n != 1 {
		t.Errorf("list yields it %d times, want once", n)
	}
	for range 2 {
		err := b.g.Delete(t.Context(), &gateway.Resource{Key: want.Key})
		if errors.Is(err, gateway.ErrUnsupported) {
			b.same(b.get(want.Key), want)
			return
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if _, err := b.g.Get(t.Context(), want.Key); !errors.Is(err, gateway.ErrNotFound) {
		t.Errorf("get after delete: %v, want %v", err, gateway.ErrNotFound)
	}
	if n := b.listed(want.Key); n != 0 {
		t.Errorf("list after delete yields it %d times, want never", n)
	}
}

func (h *Harness) update(t *testing.T, k *gateway.Kind) {
	b := h.bench(t)
	first, second := h.Sample(b.key(k), 0), h.Sample(b.key(k), 1)
	b.prepare(first, map[gateway.Key]bool{})
	b.prepare(second, map[gateway.Key]bool{})
	b.put(first, nil)
	if !h.fixed(k) && b.kinds.Equal(first, second) {
		t.Fatalf("the two samples of %s do not differ", k.Name)
	}
	b.put(second, b.get(first.Key))
	b.same(b.get(first.Key), second)
	b.put(first, b.get(first.Key))
	b.same(b.get(first.Key), first)
}

func (h *Harness) fixed(k *gateway.Kind) bool { return h.Fixed != nil && h.Fixed(k) }

// stale puts on the strength of a read that another put has overtaken.
func (h *Harness) stale(t *testing.T, k *gateway.Kind) {
	b := h.bench(t)
	if !b.g.Describe().ETags || h.fixed(k) {
		return
	}
	first, second := h.Sample(b.key(k), 0), h.Sample(b.key(k), 1)
	b.prepare(first, map[gateway.Key]bool{})
	b.prepare(second, map[gateway.Key]bool{})
	b.put(first, nil)
	old := b.get(first.Key)
	b.put(second, old)
	if err := b.g.Put(t.Context(), first, old); !errors.Is(err, gateway.ErrStale) {
		t.Errorf("put on an old read: %v, want %v", err, gateway.ErrStale)
	}
	b.same(b.get(first.Key), second)
	if old.ETag == "" {
		return
	}
	if err := b.g.Delete(t.Context(), old); !errors.Is(err, gateway.ErrStale) {
		t.Errorf("delete on an old read: %v, want %v", err, gateway.ErrStale)
	}
	b.same(b.get(first.Key), second)
}

func (h *Harness) cancelled(t *testing.T, k *gateway.Kind) {
	b := h.bench(t)
	want := h.Sample(b.key(k), 0)
	b.prepare(want, map[gateway.Key]bool{})
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := b.g.Put(ctx, want, nil); !errors.Is(err, context.Canceled) {
		t.Errorf("put: %v, want %v", err, context.Canceled)
	}
	if _, err := b.g.Get(ctx, want.Key); !errors.Is(err, context.Canceled) {
		t.Errorf("get: %v, want %v", err, context.Canceled)
	}
	for _, err := range b.g.List(ctx, k.Name, b.kinds.Parent(want.Key)) {
		if !errors.Is(err, context.Canceled) {
			t.Errorf("list: %v, want %v", err, context.Canceled)
		}
	}
	if _, err := b.g.Get(t.Context(), want.Key); !errors.Is(err, gateway.ErrNotFound) {
		t.Errorf("get after a cancelled put: %v, want %v", err, gateway.ErrNotFound)
	}
}

func (h *Harness) permanent(t *testing.T, k *gateway.Kind) {
	b := h.bench(t)
	for _, variant := range []int{0, 1} {
		want := h.Sample(b.key(k), variant)
		b.prepare(want, map[gateway.Key]bool{})
		b.put(want, b.get(want.Key))
		b.same(b.get(want.Key), want)
	}
	if n := b.listed(b.key(k)); n != 1 {
		t.Errorf("list yields it %d times, want once", n)
	}
}

// dangling puts each resource that refers to another without it.
func (h *Harness) dangling(t *testing.T) {
	for _, k := range h.Open(t).Describe().Kinds.All() {
		if !k.Stored() || len(k.Refs) == 0 && k.Joins == "" && k.Parent == "" {
			continue
		}
		t.Run(k.Name, func(t *testing.T) {
			b := h.bench(t)
			r := h.Sample(b.key(k), 0)
			refs := 0
			for _, ref := range b.kinds.References(r) {
				if rk := b.kinds.Get(ref.Kind); rk.Stored() && !rk.Permanent && !b.kinds.IsBuiltin(ref) {
					refs++
				}
			}
			if refs == 0 {
				return
			}
			if err := b.g.Put(t.Context(), r, nil); err == nil {
				t.Errorf("put without what it refers to is accepted")
			}
		})
	}
}

func (h *Harness) oddNames(t *testing.T) {
	b := h.bench(t)
	for _, name := range h.OddNames {
		r := h.Sample(gateway.NewKey(h.OddKind, name), 0)
		b.prepare(r, map[gateway.Key]bool{})
		b.put(r, nil)
		got := b.get(r.Key)
		b.same(got, r)
		if got.Key != r.Key {
			t.Errorf("get %q gives the key %v", name, got.Key)
		}
		if n := b.listed(r.Key); n != 1 {
			t.Errorf("list yields %q %d times, want once", name, n)
		}
	}
}

func (h *Harness) paging(t *testing.T) {
	b := h.bench(t)
	want := map[gateway.Key]bool{}
	for i := range h.Crowd {
		r := h.Sample(gateway.NewKey(h.OddKind, fmt.Sprintf("crowd-%04d", i)), 0)
		b.prepare(r, map[gateway.Key]bool{})
		b.put(r, nil)
		want[r.Key] = true
	}
	for r, err := range b.g.List(t.Context(), h.OddKind, gateway.Key{}) {
		if err != nil {
			t.Fatal(err)
		}
		if !want[r.Key] && b.kinds.Get(h.OddKind) != nil && len(r.Key.Name()) == len("crowd-0000") {
			t.Errorf("list yields %v twice", r.Key)
		}
		delete(want, r.Key)
	}
	if len(want) > 0 {
		t.Errorf("list leaves out %d of %d", len(want), h.Crowd)
	}
}

// fold asks for a resource under another spelling of its name.
func (h *Harness) fold(t *testing.T) {
	if h.OneCase {
		return
	}
	b := h.bench(t)
	r := h.Sample(gateway.NewKey(h.OddKind, "Mixed-Case"), 0)
	b.prepare(r, map[gateway.Key]bool{})
	b.put(r, nil)
	other := gateway.NewKey(h.OddKind, "mixed-CASE")
	_, err := b.g.Get(t.Context(), other)
	switch same := b.kinds.Fold(other) == b.kinds.Fold(r.Key); {
	case same && err != nil:
		t.Errorf("get %v: %v", other, err)
	case !same && !errors.Is(err, gateway.ErrNotFound):
		t.Errorf("get %v: %v, want %v", other, err, gateway.ErrNotFound)
	}
}
