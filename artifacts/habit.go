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
	layout string               // asked for; "": as the tree has it
	rows   map[string][]int     // how many resources of a row have the form of each rank
	found  string               // layout of the tree
	looked map[string]bool      // by row: what bare found
	files  map[listing][]*entry // resources with files of their own, by the list that might name them
}

// form returns how a resource is to be kept that the tree does not hold. Where
// lists and files tell of the same links, only the files count: so whatever was
// asked for, a link joins its neighbours.
func (h *habit) form(key gateway.Key, k *gateway.Kind) *gateway.Form {
	if l, alone := h.listFor(key); l != nil && alone {
		return l.form
	}
	f := h.kinds.FormIn(key.Kind, h.layout)
	if h.layout == "" {
		f = h.usual(key, k)
	}
	if f.List && h.tree != nil {
		anchor, _ := f.Anchor(h.kinds, key)
		if files := h.beside(listing{h.kinds.Fold(anchor), f}); len(files) > 0 {
			return files[0].form
		}
	}
	return f
}

// usual returns the form that most of a kind have, or else the tree.
func (h *habit) usual(key gateway.Key, k *gateway.Kind) *gateway.Form {
	forms := h.kinds.Forms(key.Kind)
	if h.tree == nil || len(forms) == 1 {
		return forms[0]
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

// beside returns the resources with files of their own that a list, which may
// not be there, would have to name.
func (h *habit) beside(id listing) []*entry {
	if h.files == nil {
		h.files = h.tree.besideLists()
		for _, files := range h.files {
			slices.SortFunc(files, func(a, b *entry) int { return a.key.Compare(b.key) })
		}
	}
	return h.files[id]
}

// leave says that a resource loses its files, and returns the idle lists that
// would come into force with the last of them.
func (h *habit) leave(e *entry) []*list {
	var lists []*list
	for _, f := range h.kinds.Forms(e.key.Kind) {
		if !f.List || e.list != nil {
			continue
		}
		anchor, _ := f.Anchor(h.kinds, e.key)
		id := listing{h.kinds.Fold(anchor), f}
		l := h.tree.lists[id]
		if l == nil || !l.idle {
			continue
		}
		rest := slices.DeleteFunc(h.beside(id), func(o *entry) bool { return o.key == e.key })
		if h.files[id] = rest; len(rest) == 0 {
			lists = append(lists, l)
		}
	}
	return lists
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
