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
	keys   map[string][]entry // by kind, sorted by folded
}

type entry struct {
	folded string // path in the form that is compared
	key    Key
}

// NewIndex returns the index of keys, which are all there are of the kinds
// named, to the gateway's best knowledge.
func (ks *Kinds) NewIndex(kinds []string, keys []Key) *Index {
	x := &Index{kinds: ks, covers: map[string]bool{}, keys: map[string][]entry{}}
	for _, k := range kinds {
		x.covers[k] = true
	}
	for _, k := range keys {
		x.keys[k.Kind] = append(x.keys[k.Kind], entry{ks.Fold(k).path, k})
	}
	for kind, es := range x.keys {
		slices.SortFunc(es, func(a, b entry) int { return Key{path: a.folded}.Compare(Key{path: b.folded}) })
		x.keys[kind] = slices.CompactFunc(es, func(a, b entry) bool { return a.folded == b.folded })
	}
	return x
}

// Covers reports whether the index speaks of the kind. A nil Index covers none.
func (x *Index) Covers(kind string) bool { return x != nil && x.covers[kind] }

// Below returns the keys of the kind that owner owns, at any depth, sorted.
func (x *Index) Below(kind string, owner Key) []Key {
	es := x.keys[kind]
	if !owner.IsZero() {
		folded := x.kinds.Fold(owner).path
		i := sort.Search(len(es), func(i int) bool { return es[i].folded >= folded+"\x00" })
		j := sort.Search(len(es), func(i int) bool { return es[i].folded >= folded+"\x01" })
		es = es[i:j]
	}
	keys := make([]Key, len(es))
	for i, e := range es {
		keys[i] = e.key
	}
	return keys
}
