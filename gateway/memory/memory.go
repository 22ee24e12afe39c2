// Package memory is a gateway that keeps its resources in memory.
//
// It is the reference for what a Gateway must do, and the fake that tests use.
// It refuses what real gateways refuse: resources without their owner,
// references to what is not there, deleting what is referred to, writes that
// rest on an old read, and two resources that share what must be unique. It
// knows no product.
package memory

import (
	"context"
	"fmt"
	"iter"
	"maps"
	"slices"
	"strconv"
	"sync"

	"github.com/lockstep-apiops/lockstep/gateway"
)

// A Gateway holds resources in memory. Use New.
type Gateway struct {
	kinds *gateway.Kinds

	mu      sync.Mutex
	version int
	all     map[gateway.Key]*gateway.Resource // by folded key
}

var _ gateway.Gateway = (*Gateway)(nil)

// New returns an empty gateway with these kinds.
func New(kinds *gateway.Kinds) *Gateway {
	return &Gateway{kinds: kinds, all: map[gateway.Key]*gateway.Resource{}}
}

// Describe implements gateway.Gateway.
func (g *Gateway) Describe() gateway.Description {
	return gateway.Description{Product: "memory", Instance: "memory", Kinds: g.kinds, ETags: true}
}

// List implements gateway.Gateway.
func (g *Gateway) List(ctx context.Context, kind string, parent gateway.Key) iter.Seq2[*gateway.Resource, error] {
	return func(yield func(*gateway.Resource, error) bool) {
		if err := ctx.Err(); err != nil {
			yield(nil, &gateway.Error{Op: "list", Key: parent.Child(kind, "*"), Err: err})
			return
		}
		for _, r := range g.below(kind, parent) {
			if !yield(r, nil) {
				return
			}
		}
	}
}

func (g *Gateway) below(kind string, parent gateway.Key) []*gateway.Resource {
	g.mu.Lock()
	defer g.mu.Unlock()
	var rs []*gateway.Resource
	for k, r := range g.all {
		if k.Kind == kind && g.kinds.Parent(k) == g.kinds.Fold(parent) {
			rs = append(rs, g.public(r))
		}
	}
	slices.SortFunc(rs, func(a, b *gateway.Resource) int { return a.Key.Compare(b.Key) })
	return rs
}

// public returns a copy of a resource as a read hands it out: without secrets.
func (g *Gateway) public(r *gateway.Resource) *gateway.Resource {
	return &gateway.Resource{
		Key: r.Key, ETag: r.ETag, Files: maps.Clone(r.Files),
		Spec: g.kinds.Public(g.kinds.Get(r.Key.Kind), r.Spec),
	}
}

// Get implements gateway.Gateway.
func (g *Gateway) Get(ctx context.Context, key gateway.Key) (*gateway.Resource, error) {
	if err := ctx.Err(); err != nil {
		return nil, &gateway.Error{Op: "get", Key: key, Err: err}
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	if r := g.all[g.kinds.Fold(key)]; r != nil {
		return g.public(r), nil
	}
	return nil, &gateway.Error{Op: "get", Key: key, Err: gateway.ErrNotFound}
}

// Put implements gateway.Gateway.
func (g *Gateway) Put(ctx context.Context, want, have *gateway.Resource) error {
	g.mu.Lock()
	defer g.mu.Unlock()
	if err := g.put(ctx, want, have); err != nil {
		return &gateway.Error{Op: "put", Key: want.Key, Err: err}
	}
	return nil
}

func (g *Gateway) put(ctx context.Context, want, have *gateway.Resource) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	old := g.all[g.kinds.Fold(want.Key)]
	if err := g.fresh(old, have); err != nil {
		return err
	}
	k := g.kinds.Get(want.Key.Kind)
	for _, ref := range g.kinds.References(want) {
		if rk := g.kinds.Get(ref.Kind); rk.Stored() && !g.kinds.IsBuiltin(ref) && g.all[g.kinds.Fold(ref)] == nil {
			return fmt.Errorf("%w: %v is not there", gateway.ErrInvalid, ref)
		}
	}
	next := &gateway.Resource{Key: want.Key, Spec: g.kinds.Normal(k, want.Spec), Files: maps.Clone(want.Files)}
	if old != nil {
		next.Key = old.Key
		g.keepSecrets(k, next, old)
	}
	if err := g.unique(k, next); err != nil {
		return err
	}
	g.version++
	next.ETag = strconv.Itoa(g.version)
	g.all[g.kinds.Fold(want.Key)] = next
	return nil
}

func (g *Gateway) fresh(old, have *gateway.Resource) error {
	if have != nil && have.ETag != "" && (old == nil || old.ETag != have.ETag) {
		return gateway.ErrStale
	}
	return nil
}

func (g *Gateway) keepSecrets(k *gateway.Kind, next, old *gateway.Resource) {
	for _, s := range k.Secret {
		if gateway.Field(next.Spec, s.Field) == nil {
			if v := gateway.Field(old.Spec, s.Field); v != nil {
				gateway.SetField(next.Spec, s.Field, v)
			}
		}
	}
}

func (g *Gateway) unique(k *gateway.Kind, next *gateway.Resource) error {
	for _, f := range k.Unique {
		v := gateway.Field(next.Spec, f)
		for key, r := range g.all {
			if v != nil && key.Kind == k.Name && key != g.kinds.Fold(next.Key) &&
				g.kinds.Parent(key) == g.kinds.Fold(g.kinds.Parent(next.Key)) && gateway.Field(r.Spec, f) == v {
				return fmt.Errorf("%w: %s %q belongs to %v", gateway.ErrConflict, f, v, r.Key)
			}
		}
	}
	return nil
}

// Delete implements gateway.Gateway.
func (g *Gateway) Delete(ctx context.Context, have *gateway.Resource) error {
	g.mu.Lock()
	defer g.mu.Unlock()
	if err := g.remove(ctx, have); err != nil {
		return &gateway.Error{Op: "delete", Key: have.Key, Err: err}
	}
	return nil
}

func (g *Gateway) remove(ctx context.Context, have *gateway.Resource) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	old := g.all[g.kinds.Fold(have.Key)]
	if old == nil {
		return nil
	}
	if err := g.fresh(old, have); err != nil {
		return err
	}
	for _, r := range g.all {
		if g.kinds.Owns(old.Key, r.Key) || r == old {
			continue
		}
		for _, ref := range g.kinds.References(r) {
			if g.kinds.Fold(ref) == g.kinds.Fold(old.Key) {
				return fmt.Errorf("%w: %v refers to it", gateway.ErrConflict, r.Key)
			}
		}
	}
	maps.DeleteFunc(g.all, func(k gateway.Key, _ *gateway.Resource) bool {
		return k == g.kinds.Fold(old.Key) || g.kinds.Owns(old.Key, k)
	})
	return nil
}
