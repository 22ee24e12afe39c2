package autoflow

import (
	"context"
	"fmt"
	"sync"

	"github.com/lockstep-apiops/lockstep/gateway"
)

// A transaction is a configuration that is being changed. Nobody else that
// keeps to the lock changes it meanwhile.
type transaction struct {
	*view
	before state
	lock   lock

	mu      sync.Mutex
	base    *config
	work    *config        // never changed in place: readers may hold it
	secrets map[string]any // of base, by name
}

// Begin implements gateway.Transactor.
func (g *Gateway) Begin(ctx context.Context) (gateway.Transaction, error) {
	lock, err := g.target.lock(ctx, g.o.LockWait)
	if err != nil {
		return nil, fmt.Errorf("begin: %w", err)
	}
	t := &transaction{lock: lock}
	t.view = g.view(func(ctx context.Context) (*config, error) {
		t.mu.Lock()
		defer t.mu.Unlock()
		return t.work, ctx.Err()
	})
	if err := t.load(ctx); err != nil {
		return nil, fmt.Errorf("begin: %w", joinUndo(err, lock.release()))
	}
	return t, nil
}

func (t *transaction) load(ctx context.Context) (err error) {
	if t.before, err = t.g.target.read(ctx); err != nil {
		return err
	}
	if t.base, err = parse(t.before.contents().config); err != nil {
		return fmt.Errorf("read %s: %w", t.g.o.Target, err)
	}
	t.work = t.base
	t.secrets = t.g.secretsOf(t.base)
	return nil
}

// secretsOf returns the secrets of a configuration by name.
func (g *Gateway) secretsOf(c *config) map[string]any {
	all := map[string]any{}
	var below func(owner gateway.Key)
	below = func(owner gateway.Key) {
		for _, k := range g.kinds.Children(owner.Kind) {
			for _, name := range g.holders[k.Name].names(c, owner) {
				key := owner.Child(k.Name, name)
				spec, _ := gateway.Clone(g.holders[k.Name].get(c, key)).(map[string]any)
				for name, v := range mask(key, spec) {
					if other, twice := all[name]; twice && other != v {
						v = nil // nobody can tell which one is meant
					}
					all[name] = v
				}
				below(key)
			}
		}
	}
	below(gateway.Key{})
	return all
}

// Describe implements gateway.Gateway.
func (t *transaction) Describe() gateway.Description { return t.g.Describe() }

// Put implements gateway.Gateway.
func (t *transaction) Put(ctx context.Context, want, have *gateway.Resource) error {
	if err := t.change(ctx, want.Key, have, func(c *config) error { return t.put(c, want) }); err != nil {
		return &gateway.Error{Op: "put", Key: want.Key, Err: err}
	}
	return nil
}

// Delete implements gateway.Gateway.
func (t *transaction) Delete(ctx context.Context, have *gateway.Resource) error {
	if err := t.change(ctx, have.Key, have, func(c *config) error {
		if t.g.resource(c, have.Key) != nil {
			t.g.holders[have.Key.Kind].remove(c, have.Key)
		}
		return nil
	}); err != nil {
		return &gateway.Error{Op: "delete", Key: have.Key, Err: err}
	}
	return nil
}

// change does something to a copy of the configuration, and keeps the copy if
// that goes well.
func (t *transaction) change(ctx context.Context, key gateway.Key, have *gateway.Resource, do func(*config) error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	now := t.g.resource(t.work, key)
	switch {
	case have == nil || have.ETag == "":
	case now == nil && have.ETag != "", now.ETag != have.ETag:
		return gateway.ErrStale
	}
	next := t.work.clone()
	if err := do(next); err != nil {
		return err
	}
	t.work = next
	return nil
}

func (t *transaction) put(c *config, want *gateway.Resource) error {
	kinds := t.g.kinds
	if owner := kinds.Parent(want.Key); !owner.IsZero() && t.g.resource(c, owner) == nil {
		return fmt.Errorf("%w: %v is not there", gateway.ErrInvalid, owner)
	}
	holder := t.g.holders[want.Key.Kind]
	old := holder.get(c, want.Key)
	next := kinds.Normal(kinds.Get(want.Key.Kind), want.Spec)
	v := vault{env: t.g.o.Secret, current: func(name string) any { return t.secrets[name] }}
	if err := v.fill(next, old); err != nil {
		return err
	}
	if !t.g.o.LiveExamples {
		keepLive(old, next)
	}
	if t.g.o.NoVisualIDs {
		keepVisualIDs(old, next)
	}
	return holder.set(c, want.Key, next)
}

// Rollback implements gateway.Transaction.
func (t *transaction) Rollback() error {
	if err := t.lock.release(); err != nil {
		return fmt.Errorf("roll back: %w", err)
	}
	return nil
}
