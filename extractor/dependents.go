package extractor

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"github.com/lockstep-apiops/lockstep/gateway"
)

// uses is which resources name which. It holds names alone: what is known of a
// gateway that does not fit into memory still does.
type uses struct {
	kinds *gateway.Kinds
	all   []use
	named []*gateway.Resource // of all resources the key, and the fields that text may name them by
}

// A use is what a resource names, except for its owner. What it mentions can be
// looked up when all resources are known.
type use struct {
	by       gateway.Key
	on       []gateway.Key
	mentions []gateway.Mention
}

// add remembers what a resource names, and what it is named by.
func (u *uses) add(r *gateway.Resource) {
	u.know(r)
	k := u.kinds.Get(r.Key.Kind)
	one := use{by: r.Key}
	if k.Joins != "" || len(k.Refs) > 0 {
		owner := u.kinds.Parent(r.Key)
		one.on = slices.DeleteFunc(u.kinds.References(r), func(on gateway.Key) bool { return on == owner })
	}
	if k.Mentions != nil {
		for _, m := range k.Mentions(r) {
			m.Value = strings.Clone(m.Value) // else it would keep all of the text
			one.mentions = append(one.mentions, m)
		}
	}
	if len(one.on)+len(one.mentions) > 0 {
		u.all = append(u.all, one)
	}
}

// know remembers what a resource is named by.
func (u *uses) know(r *gateway.Resource) {
	n := &gateway.Resource{Key: r.Key}
	for _, field := range u.kinds.Get(r.Key.Kind).Unique {
		if v, ok := gateway.Field(r.Spec, field).(string); ok {
			if n.Spec == nil {
				n.Spec = map[string]any{}
			}
			gateway.SetField(n.Spec, field, v)
		}
	}
	u.named = append(u.named, n)
}

// lookAround remembers of the tree what the gateway did not show: what is gone
// from there, and what was not read. What can not be read in the tree either is
// passed over, for a picture is no reason to fail.
func (x *extraction) lookAround(ctx context.Context, gone []gateway.Key) error {
	if x.uses == nil || len(x.result.Changes)+len(gone) == 0 {
		return nil
	}
	leaves := map[gateway.Key]bool{}
	for _, key := range gone {
		leaves[key] = true
	}
	for _, key := range x.base.Keys() {
		if x.seen[x.kinds.Fold(key)].self {
			continue
		}
		if err := context.Cause(ctx); err != nil {
			return err
		}
		r, _, err := x.base.Read(key)
		switch {
		case err != nil:
		case leaves[key]:
			x.uses.know(r)
		default:
			x.uses.add(r)
		}
	}
	return nil
}

// dependents returns what depends on changes, at most two steps away.
func (u *uses) dependents(changes []ResourceChange) []Dependent {
	changed := map[gateway.Key]bool{}
	var from []gateway.Key
	for _, c := range changes {
		changed[u.kinds.Fold(c.Key)] = true
		from = append(from, c.Key)
	}
	users := u.users()
	var all []Dependent
	reached := map[gateway.Key]bool{}
	for range 2 {
		var next []gateway.Key
		for _, on := range from {
			for _, by := range users[u.kinds.Fold(on)] {
				if f := u.kinds.Fold(by); !changed[f] {
					all = append(all, Dependent{Key: by, On: on})
					if !reached[f] {
						reached[f] = true
						next = append(next, by)
					}
				}
			}
		}
		from = next
	}
	slices.SortFunc(all, func(a, b Dependent) int { return cmp.Or(a.Key.Compare(b.Key), a.On.Compare(b.On)) })
	return slices.Compact(all)
}

// users returns by folded key what names a resource, once each.
func (u *uses) users() map[gateway.Key][]gateway.Key {
	set := u.kinds.NewSet(u.named...)
	users := map[gateway.Key][]gateway.Key{}
	for _, one := range u.all {
		self := u.kinds.Fold(one.by)
		told := map[gateway.Key]bool{self: true}
		name := func(on gateway.Key) {
			if on = u.kinds.Fold(on); !told[on] {
				told[on] = true
				users[on] = append(users[on], one.by)
			}
		}
		for _, on := range one.on {
			name(on)
		}
		for _, m := range one.mentions {
			if on, ok := set.Find(one.by, m); ok {
				name(on)
			}
		}
	}
	return users
}
