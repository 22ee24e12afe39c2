package rest

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/lockstep-apiops/lockstep/gateway"
)

// Put implements gateway.Gateway.
func (g *Gateway) Put(ctx context.Context, want, have *gateway.Resource) error {
	if err := g.put(ctx, want, have); err != nil {
		return g.fail("put", want.Key, err)
	}
	return nil
}

func (g *Gateway) put(ctx context.Context, want, have *gateway.Resource) error {
	row, k := g.row(want.Key.Kind)
	unlock, err := g.caller.Lock(ctx, row.Serial)
	if err != nil {
		return err
	}
	defer unlock()
	switch {
	case row.Link != nil:
		return g.putLink(ctx, row, k, want)
	case row.Bare:
		_, _, err := g.caller.Put(ctx, g.caller.Path(want.Key), nil, nil, "")
		return err
	}
	spec := g.kinds.Normal(k, want.Spec)
	if have != nil && (have.ETag == "" || g.lacksSecret(k, spec)) {
		if have, err = g.reread(ctx, k, have, spec); err != nil {
			return err
		}
	}
	w := &Write{Kind: row, Want: want, Have: have, Body: g.caller.Absolute(k, spec)}
	for f, v := range k.Const {
		gateway.SetField(w.Body, f, v)
	}
	if have != nil {
		w.IfMatch = have.ETag
		g.sayDefaults(k, w.Body, have.Spec)
	}
	if row.Store != nil {
		return row.Store(ctx, g.caller, w)
	}
	_, _, err = g.caller.Put(ctx, g.caller.Path(want.Key), nil, w.Body, w.IfMatch)
	return err
}

// sayDefaults spells out a default that takes the place of another value: the
// normal form leaves it out, and an API may take silence for "as before".
func (g *Gateway) sayDefaults(k *gateway.Kind, body, have map[string]any) {
	have = g.kinds.Public(k, have)
	for field, def := range k.Defaults {
		if gateway.Field(body, field) == nil && gateway.Field(have, field) != nil {
			gateway.SetField(body, field, def)
		}
	}
}

// lacksSecret reports whether the payload leaves out a secret field, so that
// a put of it alone would lose the value that the API has.
func (g *Gateway) lacksSecret(k *gateway.Kind, spec map[string]any) bool {
	for _, s := range k.Secret {
		if len(gateway.Values(spec, s.Field)) == 0 {
			return true
		}
	}
	return false
}

// reread asks anew for a resource of which the caller's read carries no
// version, or not the secrets, and fills the secrets that the API hands out
// into spec. It fails if the resource is no longer as the caller read it.
func (g *Gateway) reread(ctx context.Context, k *gateway.Kind, have *gateway.Resource, spec map[string]any) (*gateway.Resource, error) {
	now, err := g.get(ctx, have.Key)
	if errors.Is(g.sentinel(err), gateway.ErrNotFound) {
		return nil, fmt.Errorf("%w: it was deleted", gateway.ErrStale)
	}
	if err != nil {
		return nil, err
	}
	if have.ETag != "" && now.ETag != have.ETag || !g.kinds.Equal(have, now) {
		return nil, gateway.ErrStale
	}
	full, public := g.kinds.Normal(k, now.Spec), g.kinds.Public(k, now.Spec)
	for _, secret := range k.Secret {
		fill(spec, full, public, strings.Split(secret.Field, "."))
	}
	return now, nil
}

// fill copies what src holds at a path and neither dst nor seen does. What is
// in seen, the part of src that is no secret, dst leaves out on purpose, and
// with an object the secrets among its fields.
func fill(dst, src, seen map[string]any, path []string) {
	names := path[:1]
	if path[0] == "*" {
		names = slices.Sorted(maps.Keys(src))
	}
	for _, name := range names {
		v, ok := src[name]
		_, has := dst[name]
		_, shown := seen[name]
		if !ok || !has && shown && (len(path) == 1 || len(path) == 2 && path[1] != "*") {
			continue
		}
		if len(path) == 1 {
			if !has {
				dst[name] = v
			}
			continue
		}
		if sub, ok := v.(map[string]any); ok {
			below, ok := dst[name].(map[string]any)
			if !ok {
				below = map[string]any{}
			}
			known, _ := seen[name].(map[string]any)
			if fill(below, sub, known, path[1:]); len(below) > 0 {
				dst[name] = below
			}
		}
	}
}

func (g *Gateway) sentinel(err error) error {
	if err == nil || g.opts.Sentinel == nil {
		return err
	}
	if s := g.opts.Sentinel(err); s != nil {
		return s
	}
	return err
}

// putLink joins the two resources unless they are joined already, by whatever
// name the API has for it.
func (g *Gateway) putLink(ctx context.Context, row *Kind, k *gateway.Kind, want *gateway.Resource) error {
	_, _, err := g.findLink(ctx, want.Key)
	if err == nil || !errors.Is(g.sentinel(err), gateway.ErrNotFound) {
		return err
	}
	id, err := g.target(row, k, want)
	if err != nil {
		return err
	}
	name, _ := want.Spec["name"].(string)
	if name == "" {
		name = linkName(want.Key.Name())
	}
	body := map[string]any{}
	gateway.SetField(body, row.Link.Field, g.caller.Root+id)
	path := g.caller.Collection(g.kinds.Parent(want.Key), want.Key.Kind) + "/" + Escape(name)
	_, _, err = g.caller.Put(ctx, path, nil, body, "")
	if errors.Is(g.sentinel(err), gateway.ErrConflict) { // somebody joined them meanwhile
		if _, _, again := g.findLink(ctx, want.Key); again == nil {
			return nil
		}
	}
	return err
}

// target returns the relative id of the resource that a link points at, which
// lies beside the link's owner.
func (g *Gateway) target(row *Kind, k *gateway.Kind, want *gateway.Resource) (string, error) {
	for _, ref := range k.Refs {
		if ref.Field == row.Link.Field {
			return g.targetOf(ref.Kind, want, max(1, row.Link.Depth))
		}
	}
	return g.targetOf(k.Joins, want, 1)
}

func (g *Gateway) targetOf(kind string, want *gateway.Resource, depth int) (string, error) {
	names := strings.SplitN(want.Key.Name(), "/", depth)
	if len(names) != depth {
		return "", fmt.Errorf("%w: the name must have %d parts with a slash between", gateway.ErrInvalid, depth)
	}
	scope := want.Key.Names()
	chain := 0
	for k := g.kinds.Get(kind); k != nil; k = g.kinds.Get(k.Parent) {
		chain++
	}
	return g.kinds.ID(gateway.NewKey(kind, append(scope[:max(0, chain-depth)], names...)...)), nil
}

// linkName returns the name for a link to a resource of that name: itself
// where the API takes it.
func linkName(target string) string {
	if len(target) <= 80 && !strings.ContainsAny(target, "/*#&+:<>?;=%") {
		return target
	}
	sum := sha256.Sum256([]byte(target))
	return "link-" + hex.EncodeToString(sum[:12])
}

// Delete implements gateway.Gateway.
func (g *Gateway) Delete(ctx context.Context, have *gateway.Resource) error {
	err := g.remove(ctx, have)
	if err == nil || errors.Is(g.sentinel(err), gateway.ErrNotFound) {
		return nil
	}
	return g.fail("delete", have.Key, err)
}

func (g *Gateway) remove(ctx context.Context, have *gateway.Resource) error {
	row, _ := g.row(have.Key.Kind)
	unlock, err := g.caller.Lock(ctx, row.Serial)
	if err != nil {
		return err
	}
	defer unlock()
	switch {
	case row.Remove != nil:
		return row.Remove(ctx, g.caller, have)
	case row.Link != nil:
		_, name, err := g.findLink(ctx, have.Key)
		if err != nil {
			return err
		}
		path := g.caller.Collection(g.kinds.Parent(have.Key), have.Key.Kind) + "/" + Escape(name)
		return g.caller.Client.Delete(ctx, path, nil, "")
	}
	return g.caller.Client.Delete(ctx, g.caller.Path(have.Key), row.DeleteAll, Match(have))
}

// Match returns the condition for a write to what have is: its version, or
// any version where that is not known, since some APIs ask for a condition.
func Match(have *gateway.Resource) string {
	if have == nil || have.ETag == "" {
		return "*"
	}
	return have.ETag
}
