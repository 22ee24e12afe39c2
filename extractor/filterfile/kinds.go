package filterfile

import (
	"slices"

	"github.com/lockstep-apiops/lockstep/gateway"
)

// SaysKind is Says for all resources of a kind that an owner has: whether some
// may be named, and whether all are left out.
func (f *Filter) SaysKind(kind string, owner gateway.Key) (named, out bool) {
	if f == nil || f.root == nil || f.kinds.Get(kind) == nil {
		return false, false
	}
	k := f.kinds.Get(kind)
	if f.joinsNone(k, owner, false) {
		return false, true
	}
	return f.says(k, owner)
}

// SkipKind is Skip for all resources of a kind that an owner has.
func (f *Filter) SkipKind(kind string, owner gateway.Key) bool {
	if f == nil || f.root == nil || f.kinds.Get(kind) == nil {
		return false
	}
	k := f.kinds.Get(kind)
	named, out := f.says(k, owner)
	return out || f.root.closed && !named || f.joinsNone(k, owner, f.root.closed)
}

// says is SaysKind without what the kind joins.
func (f *Filter) says(k *gateway.Kind, owner gateway.Key) (named, out bool) {
	v := f.trace(owner, nil)
	switch {
	case v.out:
		return false, true
	case v.below == nil:
		return v.named, false
	}
	return f.someOf(v.below, k)
}

// someOf is SaysKind where the scope of the owner is known.
func (f *Filter) someOf(s *scope, k *gateway.Kind) (named, out bool) {
	l := s.lists[k.Name]
	switch {
	case s.none, l == nil && s.closed && !f.holds(k):
		return false, true
	case l == nil:
		return !f.holds(k), false
	case l.limited && len(l.entries) == 0, f.closure && l.limited && l.nobody(), slices.Contains(l.exclude, "*"):
		return false, true
	}
	return l.limited || !f.closure, false
}

// joinsNone reports whether all that a kind could link to its owner is left
// out, or, where closed, not named.
func (f *Filter) joinsNone(k *gateway.Kind, owner gateway.Key, closed bool) bool {
	for j := f.kinds.Get(k.Joins); j != nil; j = f.kinds.Get(j.Parent) {
		at := owner
		for !at.IsZero() && at.Kind != j.Parent {
			at = f.kinds.Parent(at)
		}
		if at.IsZero() && j.Parent != "" {
			continue // below one of many
		}
		if named, out := f.says(j, at); out || closed && !named {
			return true
		}
	}
	return false
}

// holds reports whether resources of the kind are a gateway's, or those of
// something like a gateway in it, rather than parts of their owner.
func (f *Filter) holds(kind *gateway.Kind) bool {
	if kind.Parent == "" {
		return true
	}
	above := f.kinds.Get(kind.Row)
	return kind.Row != kind.Name && (above == nil || above.Parent == "")
}
