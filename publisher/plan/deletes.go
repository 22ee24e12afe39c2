package plan

import "github.com/lockstep-apiops/lockstep/gateway"

// planDeletes plans what the gateway has and git does not. What a deleted
// resource owns goes with it and gets no action of its own.
func (b *builder) planDeletes() {
	b.deleted = map[gateway.Key]bool{}
	gone := b.unwanted()
	if !b.opts.Delete {
		for _, f := range sorted(gone) {
			b.extra = append(b.extra, b.have[f].Key)
		}
		return
	}
	b.spareOwners(gone)
	b.spareConflicts(gone)
	for _, f := range sorted(b.have) { // owners come before what they own
		top, ok := b.topmost(f, gone)
		switch {
		case !ok:
			continue
		case top == f:
			b.add(b.action(Delete, b.have[f].Key, b.have[f], nil))
		default:
			n := b.carrier[top]
			n.Cascades = append(n.Cascades, b.have[f].Key)
			b.carrier[f] = n
		}
		b.deleted[f] = true
		if b.drifted(f) {
			b.carrier[f].Note = "deletes what was changed on the gateway"
		}
	}
}

// unwanted returns the folded keys of what git does not want and the plan may
// delete. An owner of what git wants is not among them: a tree may lack the
// file of an owner and still speak of what it owns.
func (b *builder) unwanted() map[gateway.Key]bool {
	gone := map[gateway.Key]bool{}
	for f, h := range b.have {
		switch {
		case b.want[f] != nil, b.around[f] != nil, b.held[f], !b.mine(f, h), b.kinds.Get(f.Kind).Permanent:
		case b.opts.Incremental != nil && b.base[f] == nil: // git never held it
		case b.opts.Incremental == nil && b.kinds.Get(f.Kind).Implied && !b.tells(f.Kind): // git holds none, whichever there are
		default:
			gone[f] = true
		}
	}
	return gone
}

// tells reports whether git holds a resource of the kind.
func (b *builder) tells(kind string) bool {
	for f := range b.want {
		if f.Kind == kind {
			return true
		}
	}
	return false
}

// spareOwners takes from gone what owns something outside the scope, which
// would go with it.
func (b *builder) spareOwners(gone map[gateway.Key]bool) {
	if b.opts.Scope == nil {
		return
	}
	for _, f := range sorted(b.have) {
		if b.opts.Scope(b.have[f].Key) {
			continue
		}
		for p := b.kinds.Parent(f); !p.IsZero(); p = b.kinds.Parent(p) {
			if gone[p] {
				delete(gone, p)
				b.problem(Warning, b.have[p].Key, "not deleted, for it owns %v, which is outside the scope", b.have[f].Key)
			}
		}
	}
}

// spareConflicts takes from gone what was changed on the gateway since git
// published it, and what owns that.
func (b *builder) spareConflicts(gone map[gateway.Key]bool) {
	if b.opts.Overwrite {
		return
	}
	notes := map[gateway.Key]string{}
	for _, f := range sorted(gone) {
		if !b.drifted(f) {
			continue
		}
		notes[f] = ""
		for p := b.kinds.Parent(f); !p.IsZero(); p = b.kinds.Parent(p) {
			if _, own := notes[p]; gone[p] && !own {
				notes[p] = "owns " + b.have[f].Key.String() + ", which was changed on the gateway"
			}
		}
	}
	for _, f := range sorted(notes) {
		delete(gone, f)
		b.conflict(f, b.action(Delete, b.have[f].Key, b.have[f], nil), notes[f])
	}
}

// topmost returns the outermost of gone that owns f or is f.
func (b *builder) topmost(f gateway.Key, gone map[gateway.Key]bool) (top gateway.Key, ok bool) {
	for k := f; !k.IsZero(); k = b.kinds.Parent(k) {
		if gone[k] {
			top, ok = k, true
		}
	}
	return top, ok
}
