package rest

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"strings"

	"github.com/lockstep-apiops/lockstep/gateway"
)

// List implements gateway.Gateway.
func (g *Gateway) List(ctx context.Context, kind string, parent gateway.Key) iter.Seq2[*gateway.Resource, error] {
	row, k := g.row(kind)
	if k.Only != "" && !row.FromList {
		return g.probe(ctx, parent.Child(kind, k.Only))
	}
	return func(yield func(*gateway.Resource, error) bool) {
		for item, err := range g.caller.Pages(ctx, g.caller.Collection(parent, kind), nil) {
			if err != nil {
				yield(nil, g.fail("list", parent.Child(kind, "*"), g.unlisted(err)))
				return
			}
			r, ok := g.listed(row, k, parent, item)
			if ok && !yield(r, nil) {
				return
			}
		}
	}
}

// unlisted makes of a list that is not found one that this instance does not
// offer: nothing may be taken for deleted because of it.
func (g *Gateway) unlisted(err error) error {
	if errors.Is(g.sentinel(err), gateway.ErrNotFound) {
		return fmt.Errorf("%w: %s", gateway.ErrUnsupported, err.Error())
	}
	return err
}

// probe lists the one resource that an owner may have by asking for it.
func (g *Gateway) probe(ctx context.Context, key gateway.Key) iter.Seq2[*gateway.Resource, error] {
	return func(yield func(*gateway.Resource, error) bool) {
		r, err := g.Get(ctx, key)
		if !errors.Is(err, gateway.ErrNotFound) {
			yield(r, err)
		}
	}
}

// listed makes a resource of a listed item.
func (g *Gateway) listed(row *Kind, k *gateway.Kind, parent gateway.Key, item map[string]any) (*gateway.Resource, bool) {
	if row.Link != nil {
		return g.linked(row, k, parent, item)
	}
	name, _ := item["name"].(string)
	if row.Item != nil {
		var keep bool
		if name, keep = row.Item(item); !keep {
			return nil, false
		}
	}
	if name == "" {
		return nil, false
	}
	r := &gateway.Resource{Key: parent.Child(k.Name, name), Spec: item}
	if row.Bare {
		r.Spec = map[string]any{}
	}
	r.Partial = g.poor(row, k)
	return r, true
}

// linked makes a resource of a listed link.
func (g *Gateway) linked(row *Kind, k *gateway.Kind, parent gateway.Key, item map[string]any) (*gateway.Resource, bool) {
	id, _ := gateway.Field(item, row.Link.Field).(string)
	target, ok := g.kinds.ParseID(id)
	if !ok {
		return nil, false
	}
	names := target.Names()
	name := strings.Join(names[max(0, len(names)-max(1, row.Link.Depth)):], "/")
	r := &gateway.Resource{Key: parent.Child(k.Name, name), Spec: map[string]any{}}
	if row.Link.Keep {
		r.Spec = g.kinds.Normal(k, item)
	}
	return r, true
}

// Get implements gateway.Gateway.
func (g *Gateway) Get(ctx context.Context, key gateway.Key) (*gateway.Resource, error) {
	r, err := g.get(ctx, key)
	if err != nil {
		return nil, g.fail("get", key, err)
	}
	return r, nil
}

func (g *Gateway) get(ctx context.Context, key gateway.Key) (*gateway.Resource, error) {
	row, _ := g.row(key.Kind)
	switch {
	case row.Link != nil:
		r, _, err := g.findLink(ctx, key)
		return r, err
	case row.Bare:
		_, found, err := g.caller.Head(ctx, g.caller.Path(key), nil)
		if err == nil && !found {
			err = gateway.ErrNotFound
		}
		return &gateway.Resource{Key: key, Spec: map[string]any{}}, err
	case row.FromList:
		return g.getListed(ctx, key)
	}
	body, etag, err := g.caller.Get(ctx, g.caller.Path(key), row.Query)
	if err != nil {
		return nil, err
	}
	r := &gateway.Resource{Key: g.spelled(key, body), Spec: body, ETag: etag}
	if row.Fetch != nil {
		if err := row.Fetch(ctx, g.caller, r); err != nil {
			return nil, err
		}
	}
	return r, nil
}

// spelled returns the key with its name as the API spells it.
func (g *Gateway) spelled(key gateway.Key, body map[string]any) gateway.Key {
	name, _ := body["name"].(string)
	if name == key.Name() || g.kinds.FoldName(name) != g.kinds.FoldName(key.Name()) {
		return key
	}
	return g.kinds.Parent(key).Child(key.Kind, name)
}

func (g *Gateway) getListed(ctx context.Context, key gateway.Key) (*gateway.Resource, error) {
	for item, err := range g.caller.Pages(ctx, g.caller.Collection(g.kinds.Parent(key), key.Kind), nil) {
		if err != nil {
			return nil, err
		}
		if name, _ := item["name"].(string); g.kinds.FoldName(name) == g.kinds.FoldName(key.Name()) {
			return &gateway.Resource{Key: key, Spec: item}, nil
		}
	}
	return nil, gateway.ErrNotFound
}

// findLink looks for the link that a key names among its owner's, and returns
// it with the name that the API has for it.
func (g *Gateway) findLink(ctx context.Context, key gateway.Key) (*gateway.Resource, string, error) {
	row, k := g.row(key.Kind)
	parent := g.kinds.Parent(key)
	for item, err := range g.caller.Pages(ctx, g.caller.Collection(parent, key.Kind), nil) {
		if err != nil {
			return nil, "", err
		}
		r, ok := g.linked(row, k, parent, item)
		if ok && g.kinds.Fold(r.Key) == g.kinds.Fold(key) {
			name, _ := item["name"].(string)
			return r, name, nil
		}
	}
	return nil, "", gateway.ErrNotFound
}
