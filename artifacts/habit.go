package artifacts

import (
	"slices"

	"github.com/lockstep-apiops/lockstep/gateway"
)

// A habit is how a tree keeps its resources, so that new ones are kept
// likewise. It is found out when first asked for.
type habit struct {
	kinds  *gateway.Kinds
	tree   *Tree
	layout string           // asked for; "": as the tree has it
	rows   map[string][]int // how many resources of a row have the form of each rank
	found  string           // layout of the tree
	looked map[string]bool  // by row: what bare found
}

// form returns how a resource is to be kept that the tree does not hold.
func (h *habit) form(key gateway.Key, k *gateway.Kind) *gateway.Form {
	if h.layout != "" {
		return h.kinds.FormIn(key.Kind, h.layout)
	}
	forms := h.kinds.Forms(key.Kind)
	if h.tree == nil || len(forms) == 1 {
		return forms[0]
	}
	if l, alone := h.listFor(key); l != nil && alone {
		return l.form
	}
	h.count()
	best := -1
	for rank, n := range h.rows[k.Row] {
		if n > 0 && (best < 0 || n > h.rows[k.Row][best]) {
			best = rank
		}
	}
	if best < 0 {
		return h.kinds.FormIn(key.Kind, h.found)
	}
	if twin := twinOf(forms); best == 0 && twin != nil && h.bare(k.Row) {
		return twin
	}
	return forms[best]
}

// list returns the list that is to name a new resource besides its own files:
// one that has told the same as files so far.
func (h *habit) list(key gateway.Key) *list {
	if l, alone := h.listFor(key); !alone {
		return l
	}
	return nil
}

// listFor returns the list in which a resource belongs, if there is one in
// use, and whether it tells what no other files do.
func (h *habit) listFor(key gateway.Key) (l *list, alone bool) {
	if h.tree == nil {
		return nil, false
	}
	for _, f := range h.kinds.Forms(key.Kind) {
		if !f.List {
			continue
		}
		anchor, _ := f.Anchor(h.kinds, key)
		l := h.tree.lists[listing{h.kinds.Fold(anchor), f}]
		if l == nil || l.idle {
			continue
		}
		return l, !slices.ContainsFunc(l.names, func(name string) bool {
			e := h.tree.entry(l.key(h.kinds, name))
			return e != nil && e.list != l
		})
	}
	return nil, false
}

// count finds out how the tree keeps its resources.
func (h *habit) count() {
	if h.rows != nil {
		return
	}
	h.rows = map[string][]int{}
	fits := map[string]int{}
	for _, e := range h.tree.entries {
		k := h.kinds.Get(e.key.Kind)
		if len(k.Spellings) == 0 {
			continue
		}
		if h.rows[k.Row] == nil {
			h.rows[k.Row] = make([]int, len(k.Spellings)+1)
		}
		h.rows[k.Row][e.form.Rank]++
		if e.form.Rank > 0 || twinOf(h.kinds.Forms(k.Name)) == nil {
			for _, l := range e.form.Layouts {
				fits[l]++
			}
		}
	}
	for _, k := range h.kinds.All() { // what only a look into a file can tell
		forms := h.kinds.Forms(k.Name)
		if twin := twinOf(forms); twin != nil && k.Name == k.Row && len(h.rows[k.Row]) > 0 && h.rows[k.Row][0] > 0 {
			form := forms[0]
			if h.bare(k.Row) {
				form = twin
			}
			for _, l := range form.Layouts {
				fits[l] += h.rows[k.Row][0]
			}
		}
	}
	for _, l := range h.kinds.Layouts() {
		if h.found == "" || fits[l] > fits[h.found] {
			h.found = l
		}
	}
}

// twinOf returns the form that keeps its files where the row's own does.
func twinOf(forms []*gateway.Form) *gateway.Form {
	i := slices.IndexFunc(forms, func(f *gateway.Form) bool { return f.Twin(forms[0]) })
	if i < 0 {
		return nil
	}
	return forms[i]
}

// bare reports whether the first resource of a row has a file that says
// nothing.
func (h *habit) bare(row string) bool {
	bare, ok := h.looked[row]
	if !ok {
		bare = h.look(row)
		if h.looked == nil {
			h.looked = map[string]bool{}
		}
		h.looked[row] = bare
	}
	return bare
}

func (h *habit) look(row string) bool {
	for _, key := range h.tree.keys {
		e := h.tree.entry(key)
		if h.kinds.Get(key.Kind).Row != row || e.form.Rank != 0 {
			continue
		}
		s, err := h.tree.load(e)
		return err == nil && s.payload != nil && len(s.payload.root.members) == 0
	}
	return false
}
