package gateway

import (
	"slices"
	"sort"
)

// An Index says which resources of some kinds exist, as service-wide lists
// told. Such lists are documented, not proven complete: see WalkOptions.
type Index struct {
	kinds  *Kinds
	covers map[string]bool
	found  map[string][]entry // by kind, sorted by path
}

type entry struct {
	path string // folded
	r    *Resource
}

// NewIndex returns the index of resources that are all there are of the kinds
// named, to the gateway's best knowledge. Those marked Partial say only that
// they exist.
func (ks *Kinds) NewIndex(kinds []string, rs []*Resource) *Index {
	x := &Index{kinds: ks, covers: map[string]bool{}, found: map[string][]entry{}}
	for _, k := range kinds {
		x.covers[k] = true
	}
	for _, r := range rs {
		x.found[r.Key.Kind] = append(x.found[r.Key.Kind], entry{ks.Fold(r.Key).path, r})
	}
	for kind, es := range x.found {
		slices.SortStableFunc(es, func(a, b entry) int { return Key{path: a.path}.Compare(Key{path: b.path}) })
		x.found[kind] = slices.CompactFunc(es, func(a, b entry) bool { return a.path == b.path })
	}
	return x
}

// Covers reports whether the index speaks of the kind. A nil Index covers none.
func (x *Index) Covers(kind string) bool { return x != nil && x.covers[kind] }

// Below returns the resources of the kind that owner owns, at any depth,
// sorted by name.
func (x *Index) Below(kind string, owner Key) []*Resource {
	es := x.found[kind]
	if !owner.IsZero() {
		path := x.kinds.Fold(owner).path
		i := sort.Search(len(es), func(i int) bool { return es[i].path >= path+"\x00" })
		j := sort.Search(len(es), func(i int) bool { return es[i].path >= path+"\x01" })
		es = es[i:j]
	}
	rs := make([]*Resource, len(es))
	for i, e := range es {
		rs[i] = e.r
	}
	return rs
}
