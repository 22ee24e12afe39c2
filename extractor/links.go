package extractor

import (
	"context"
	"errors"
	"fmt"

	"github.com/lockstep-apiops/lockstep/gateway"
)

// A linkage is a kind of links, those of one owner of what they link.
type linkage struct {
	kind string
	at   gateway.Key // the gateway, or a workspace; folded
}

// An edge is a link, by its owner, to something that may be kept.
type edge struct{ link, owner, target gateway.Key }

// linking returns what links to what is kept: the owners of the links, or the
// links themselves where the owners are kept already.
func (c *closure) linking(ctx context.Context, fresh []dependent) ([]gateway.Key, error) {
	for _, d := range fresh {
		for _, k := range c.kinds.All() {
			if at, ok := c.linked(k, d.key); ok {
				if err := c.loadLinks(ctx, k, at); err != nil {
					return nil, err
				}
			}
		}
	}
	var keys []gateway.Key
	for _, edges := range c.side {
		for _, e := range edges {
			switch _, have := c.whole.get(c.kinds.Fold(e.owner)); {
			case !c.kept(e.target):
			case have:
				keys = append(keys, e.link)
			default:
				keys = append(keys, e.owner)
			}
		}
	}
	return c.sorted(keys), nil
}

// linked reports whether links of a kind may lead to a resource or to what it
// owns, and whose the owners of such links are.
func (c *closure) linked(k *gateway.Kind, key gateway.Key) (at gateway.Key, ok bool) {
	if k.Joins == "" || k.Parent == "" || !hasParts(c.kinds, k.Joins) {
		return gateway.Key{}, false
	}
	for j := c.kinds.Get(k.Joins); j != nil; j = c.kinds.Get(j.Parent) {
		if j.Name == key.Kind {
			ok = true
		}
	}
	holder := c.kinds.Get(k.Parent).Parent
	for at = key; !at.IsZero() && at.Kind != holder; {
		at = c.kinds.Parent(at)
	}
	return at, ok && at.Kind == holder
}

// loadLinks finds the links of a kind, once: those that the index tells, or
// those of each owner. What the tree holds and the index does not name is
// asked for.
func (c *closure) loadLinks(ctx context.Context, k *gateway.Kind, at gateway.Key) error {
	owners, id := place{k.Parent, at}, linkage{k.Name, c.kinds.Fold(at)}
	if _, have := c.side[id]; have || !c.silent(owners) {
		return nil
	}
	c.side[id] = nil
	if err := c.load(ctx, []place{owners}); err != nil {
		return err
	}
	if c.index.Covers(k.Name) {
		return c.indexedLinks(ctx, k, id, at)
	}
	var below []place
	for _, owner := range c.lists[c.fold(owners)] {
		if !c.bars(owner.Key) && !c.kinds.IsBuiltin(owner.Key) && !c.out(k.Name, owner.Key) {
			below = append(below, place{k.Name, owner.Key})
		}
	}
	if err := c.load(ctx, below); err != nil {
		return err
	}
	for _, p := range below {
		for _, r := range c.lists[c.fold(p)] {
			c.enter(id, r.Key)
		}
	}
	return nil
}

func (c *closure) indexedLinks(ctx context.Context, k *gateway.Kind, id linkage, at gateway.Key) error {
	told := map[gateway.Key]bool{}
	for _, r := range c.index.Below(k.Name, at) {
		told[c.kinds.Fold(r.Key)] = true
		c.enter(id, r.Key)
	}
	for _, key := range c.base.Known(k.Name, at) {
		if told[c.kinds.Fold(key)] || c.unneeded(key) {
			continue
		}
		switch _, err := c.Get(ctx, key); {
		case errors.Is(err, gateway.ErrNotFound):
		case err != nil:
			return fmt.Errorf("read the gateway: %w", err)
		default:
			c.enter(id, key)
		}
	}
	return nil
}

// unneeded reports whether a link is left out, or leads to what is not kept.
func (c *closure) unneeded(link gateway.Key) bool {
	target, ok := c.joined(link)
	return !ok || c.bars(link) || !c.kept(target)
}

// enter notes a link that the filters do not leave out.
func (c *closure) enter(id linkage, link gateway.Key) {
	if target, ok := c.joined(link); ok {
		if !c.bars(link) {
			c.side[id] = append(c.side[id], edge{link, c.kinds.Parent(link), target})
		}
	}
}
