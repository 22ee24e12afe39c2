package amplify

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"maps"
	"net/url"

	"github.com/lockstep-apiops/lockstep/gateway"
)

// List implements gateway.Gateway.
func (g *Gateway) List(ctx context.Context, kind string, parent gateway.Key) iter.Seq2[*gateway.Resource, error] {
	return func(yield func(*gateway.Resource, error) bool) {
		_, s := g.kind(kind)
		if _, none := g.unserved.Load(s.row.id()); none {
			yield(nil, fail("list", parent.Child(kind, "*"), fmt.Errorf("%w: the server has no %s", gateway.ErrUnsupported, s.row.Plural)))
			return
		}
		for item, err := range g.api.List(ctx, g.collection(kind, parent), g.query(s.row)) {
			if err != nil {
				yield(nil, fail("list", parent.Child(kind, "*"), g.unlisted(ctx, s.row, parent, err)))
				return
			}
			r, err := g.read(ctx, parent.Child(kind, nameIn(item)), item)
			if err != nil {
				yield(nil, fail("list", parent.Child(kind, nameIn(item)), err))
				return
			}
			if !yield(r, nil) {
				return
			}
		}
	}
}

// query returns what is sent with a list of a kind.
func (g *Gateway) query(r *Row) url.Values {
	q := expand()
	if text := g.opts.Queries[r.Kind]; text != "" {
		q = maps.Clone(q)
		q.Set("query", text)
	}
	return q
}

// unlisted makes of a collection that is not found one that the server does
// not have, unless it is the owner that is not there: nothing may be taken for
// deleted because of it.
func (g *Gateway) unlisted(ctx context.Context, r *Row, parent gateway.Key, err error) error {
	if !errors.Is(sentinel(err), gateway.ErrNotFound) {
		return err
	}
	if !parent.IsZero() {
		if _, gone := g.api.Get(ctx, g.path(parent), nil); errors.Is(sentinel(gone), gateway.ErrNotFound) {
			return gone
		}
	}
	g.unserved.Store(r.id(), true)
	return fmt.Errorf("%w: %s", gateway.ErrUnsupported, err.Error())
}

// Get implements gateway.Gateway.
func (g *Gateway) Get(ctx context.Context, key gateway.Key) (*gateway.Resource, error) {
	err := g.teams.try(ctx) // a plan is to know of teams that are not there
	if err != nil {
		return nil, fail("get", key, err)
	}
	r, err := g.get(ctx, key)
	if err != nil {
		return nil, fail("get", key, err)
	}
	return r, nil
}

func (g *Gateway) get(ctx context.Context, key gateway.Key) (*gateway.Resource, error) {
	item, err := g.api.Get(ctx, g.path(key), expand())
	if err != nil {
		return nil, err
	}
	if nameIn(item) == "" {
		return nil, fmt.Errorf("the answer holds no resource of a name")
	}
	return g.read(ctx, key, item)
}

func nameIn(item map[string]any) string {
	name, _ := item["name"].(string)
	return name
}

// read makes a resource of what the server hands out: ids become names, files
// come out of the payload, and values of secrets are left out.
func (g *Gateway) read(ctx context.Context, key gateway.Key, item map[string]any) (*gateway.Resource, error) {
	k, s := g.kind(key.Kind)
	r := &gateway.Resource{Key: key, Spec: item, ETag: versionOf(item)}
	g.acls.note(s.row, item)
	if err := g.teams.name(ctx, item); err != nil {
		return nil, err
	}
	if err := g.nameLists(ctx, key, item); err != nil {
		return nil, err
	}
	unpack(s.row, r)
	hide(k, item)
	return r, nil
}

// versionOf returns the version of a resource, which is a number or a text.
func versionOf(item map[string]any) string {
	switch v := gateway.Field(item, "metadata.resourceVersion").(type) {
	case string:
		return v
	case json.Number:
		return v.String()
	}
	return ""
}
