package extractor

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"

	"golang.org/x/sync/errgroup"

	"github.com/lockstep-apiops/lockstep/gateway"
)

// A place is all resources of a kind that an owner has.
type place struct {
	kind  string
	owner gateway.Key
}

// A catalog is what there is of the kinds in which something is looked for. It
// is a gateway of which each place is listed once, and the index asked for once.
type catalog struct {
	*extraction
	gateway.Gateway
	index *gateway.Index
	lists map[place][]*gateway.Resource // by folded owner
	names []*gateway.Resource           // all that was listed or read: keys, and what names them
}

func newCatalog(x *extraction) *catalog {
	return &catalog{extraction: x, Gateway: x.Gateway, lists: map[place][]*gateway.Resource{}}
}

// Index implements gateway.Indexer.
func (c *catalog) Index(context.Context, func(string) bool) (*gateway.Index, error) {
	return c.index, nil
}

// List implements gateway.Gateway.
func (c *catalog) List(ctx context.Context, kind string, owner gateway.Key) iter.Seq2[*gateway.Resource, error] {
	rs, have := c.lists[c.fold(place{kind, owner})]
	if !have {
		return c.Gateway.List(ctx, kind, owner)
	}
	return func(yield func(*gateway.Resource, error) bool) {
		for _, r := range rs {
			if own := *r; !yield(&own, nil) {
				return
			}
		}
	}
}

// loadIndex asks for the index.
func (c *catalog) loadIndex(ctx context.Context, wanted func(kind string) bool) (err error) {
	if ix, ok := c.Gateway.(gateway.Indexer); ok {
		c.index, err = ix.Index(ctx, func(kind string) bool {
			k := c.kinds.Get(kind)
			for k.Parent != "" {
				k = c.kinds.Get(k.Parent)
			}
			return wanted(k.Name)
		})
	}
	return err
}

// remember notes that a resource is there. Of its payload only what may name
// it is kept.
func (c *catalog) remember(r *gateway.Resource) {
	slim := &gateway.Resource{Key: r.Key, Spec: map[string]any{}}
	for _, field := range c.kinds.Get(r.Key.Kind).Unique {
		if v := gateway.Field(r.Spec, field); v != nil {
			gateway.SetField(slim.Spec, field, v)
		}
	}
	c.names = append(c.names, slim)
}

// set returns all that was listed or read.
func (c *catalog) set() *gateway.Set { return c.kinds.NewSet(c.names...) }

// placeOf returns the place that a resource is in.
func (c *catalog) placeOf(key gateway.Key) place { return place{key.Kind, c.kinds.Parent(key)} }

func (c *catalog) fold(p place) place { return place{p.kind, c.kinds.Fold(p.owner)} }

// candidates returns the places in which what a resource mentions may be.
func (c *catalog) candidates(from gateway.Key, m gateway.Mention) []place {
	var ps []place
	for owner := c.kinds.Parent(from); ; owner = c.kinds.Parent(owner) {
		for _, k := range c.kinds.Children(owner.Kind) {
			if k.Row == m.Kind {
				ps = append(ps, place{k.Name, owner})
			}
		}
		if owner.IsZero() {
			return ps
		}
	}
}

// get returns a resource of a place that was loaded, or nil.
func (c *catalog) get(key gateway.Key) *gateway.Resource {
	for _, r := range c.lists[c.fold(c.placeOf(key))] {
		if c.kinds.Fold(r.Key) == c.kinds.Fold(key) {
			return r
		}
	}
	return nil
}

// load lists the places that were not listed yet, several at once.
func (c *catalog) load(ctx context.Context, ps []place) error {
	ps = slices.Clone(ps)
	slices.SortFunc(ps, func(a, b place) int { return cmp.Or(cmp.Compare(a.kind, b.kind), a.owner.Compare(b.owner)) })
	ps = slices.CompactFunc(ps, func(a, b place) bool { return c.fold(a) == c.fold(b) })
	ps = slices.DeleteFunc(ps, func(p place) bool { _, have := c.lists[c.fold(p)]; return have || p.kind == "" })
	found := make([][]*gateway.Resource, len(ps))
	notes := make([]gateway.Note, len(ps))
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(max(1, c.Workers))
	for i, p := range ps {
		group.Go(func() (err error) {
			found[i], notes[i], err = c.list(ctx, p)
			return err
		})
	}
	if err := group.Wait(); err != nil {
		return fmt.Errorf("read the gateway: %w", err)
	}
	for i, p := range ps {
		if notes[i].Err != nil {
			c.note(notes[i])
		}
		c.lists[c.fold(p)] = found[i]
		for _, r := range found[i] {
			c.remember(r)
		}
	}
	return nil
}

// list lists a place. What the gateway does not offer is a note.
func (c *catalog) list(ctx context.Context, p place) ([]*gateway.Resource, gateway.Note, error) {
	var rs []*gateway.Resource
	for r, err := range c.Gateway.List(ctx, p.kind, p.owner) {
		switch {
		case errors.Is(err, gateway.ErrNotFound): // the owner is gone
			return rs, gateway.Note{}, nil
		case errors.Is(err, gateway.ErrUnsupported):
			return rs, gateway.Note{Kind: p.kind, Parent: p.owner, Err: err}, nil
		case err != nil:
			return nil, gateway.Note{}, err
		}
		rs = append(rs, r)
	}
	return rs, gateway.Note{}, nil
}
