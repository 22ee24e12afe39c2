package apim

import (
	"net/http"
)

// drop is a DELETE on its way.
type drop struct {
	*call
	item  *item
	also  []*item // deleted with it
	quiet bool    // the service itself deletes; references do not hold it back
}

func (c *call) delete() (*answer, error) {
	if err := c.svc.busy(c.at); err != nil {
		return nil, err
	}
	it := c.at.item
	if it == nil {
		return &answer{status: http.StatusNoContent}, nil
	}
	if err := c.condition("D"); err != nil {
		return nil, err
	}
	if err := c.svc.erase(&drop{call: c, item: it}); err != nil {
		return nil, err
	}
	return c.deleted(), nil
}

// erase deletes an item with what depends on it, or says why it can not go.
func (v *service) erase(d *drop) error {
	if !d.quiet {
		if err := v.held(d.item); err != nil {
			return err
		}
	}
	if d.item.kind.hooks.deletes != nil {
		if err := d.item.kind.hooks.deletes(v, d); err != nil {
			return err
		}
	}
	v.cascade(d.item)
	for _, it := range d.also {
		if v.items[it.key] == it {
			v.cascade(it)
		}
	}
	return nil
}

// cascade removes an item, and the memberships that pointed to it or below it.
func (v *service) cascade(it *item) {
	for _, c := range v.below(it) {
		v.cascade(c)
	}
	for _, r := range v.sortedReferrers(it.key) {
		if r.kind.follows {
			v.remove(r)
		}
	}
	v.remove(it)
	if it.rev != "" {
		v.forgetRevision(it)
	}
}
