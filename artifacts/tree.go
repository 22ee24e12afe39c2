package artifacts

import (
	"io/fs"
	"path"
	"slices"

	"github.com/lockstep-apiops/lockstep/gateway"
)

// A Tree is what a tree of files holds, known by the names of folders and
// files alone: contents are read when asked for.
type Tree struct {
	kinds *gateway.Kinds
	fsys  fs.FS

	dirs     map[gateway.Key]string   // folder by folded key, of resources stored or not
	taken    map[string]string        // folders of resources, by folded path
	entries  map[gateway.Key]*entry   // by folded key
	lists    map[listing]*list        // by folded anchor: files that list resources
	keys     []gateway.Key            // of what is stored, sorted
	byKind   map[string][]gateway.Key // the same, by folded name
	implied  map[string]bool          // kinds of which the tree speaks through what they own
	problems []Problem
}

// An entry is a stored resource in a tree.
type entry struct {
	key   gateway.Key
	form  *gateway.Form
	dir   string
	files []string // names within dir, sorted
	also  []*entry // the same resource in forms that count less
	list  *list    // the only file, if it is a list
	loan  *loan    // a file that another resource holds; nil: none
}

// everywhere returns all that the tree has of a resource, what counts first.
func (e *entry) everywhere() []*entry {
	if e == nil {
		return nil
	}
	return append([]*entry{e}, e.also...)
}

// paths returns the paths of the files.
func (e *entry) paths() []string {
	paths := make([]string, len(e.files))
	for i, name := range e.files {
		paths[i] = path.Join(e.dir, name)
	}
	if e.loan != nil {
		paths = append(paths, e.loan.paths()...)
	}
	return paths
}

// NewTree reads the folders of fsys, in which nil is an empty tree, and the
// files that list resources. It fails if one cannot be read or two resources
// would share a folder on a disk that ignores case.
func NewTree(kinds *gateway.Kinds, fsys fs.FS) (*Tree, error) {
	return newTree(kinds, fsys, gateway.Key{})
}

// newTree is NewTree for the resource that key names and its owners, or for
// all if key is zero.
func newTree(kinds *gateway.Kinds, fsys fs.FS, only gateway.Key) (*Tree, error) {
	t := &Tree{
		kinds: kinds, fsys: fsys,
		dirs: map[gateway.Key]string{}, taken: map[string]string{}, entries: map[gateway.Key]*entry{}, lists: map[listing]*list{},
	}
	if fsys != nil {
		x := indexer{tree: t, only: kinds.Fold(only)}
		if _, err := x.visit(".", rootSpot(kinds)); err != nil {
			return nil, err
		}
		t.enterLists()
		t.borrow()
	}
	for _, e := range t.entries {
		t.keys = append(t.keys, e.key)
	}
	slices.SortFunc(t.keys, gateway.Key.Compare)
	sortProblems(t.problems)
	t.byKind = map[string][]gateway.Key{}
	for _, key := range t.keys {
		t.byKind[key.Kind] = append(t.byKind[key.Kind], key)
	}
	for _, keys := range t.byKind {
		slices.SortFunc(keys, func(a, b gateway.Key) int { return kinds.Fold(a).Compare(kinds.Fold(b)) })
	}
	t.implied = map[string]bool{}
	for _, keys := range t.byKind {
		for owner := kinds.Parent(keys[0]); !owner.IsZero(); owner = kinds.Parent(owner) {
			t.implied[owner.Kind] = t.implied[owner.Kind] || kinds.Get(owner.Kind).Implied
		}
	}
	return t, nil
}

// implies reports whether the tree speaks of resources of the kind only
// through what they own, so that they have no files of their own in it.
func (t *Tree) implies(kind string) bool {
	return t != nil && t.implied[kind] && len(t.byKind[kind]) == 0
}

// Keys returns the keys of the resources that the tree holds, owners first.
func (t *Tree) Keys() []gateway.Key { return slices.Clone(t.keys) }

// Len returns the number of resources that the tree holds.
func (t *Tree) Len() int { return len(t.keys) }

// Has reports whether the tree holds the resource, in any spelling of its name.
func (t *Tree) Has(key gateway.Key) bool { return t.entry(key) != nil }

// Known returns the keys that the tree holds of a kind below an owner, at any
// depth, sorted. It serves as gateway.WalkOptions.Known.
func (t *Tree) Known(kind string, owner gateway.Key) []gateway.Key {
	keys := t.byKind[kind]
	if !owner.IsZero() {
		// What owner owns lies together, right behind where it would be itself.
		first := t.kinds.Fold(owner).Child(kind, "")
		i, _ := slices.BinarySearchFunc(keys, first, func(k, first gateway.Key) int {
			return t.kinds.Fold(k).Compare(first)
		})
		keys = keys[i:]
		for i = 0; i < len(keys) && t.kinds.Owns(owner, keys[i]); {
			i++
		}
		keys = keys[:i]
	}
	return slices.Clone(keys)
}

// Files returns the paths of the files that belong to a resource, sorted. A
// file that lists resources belongs to each of them.
func (t *Tree) Files(key gateway.Key) []string {
	var paths []string
	for _, e := range t.entry(key).everywhere() {
		paths = append(paths, e.paths()...)
	}
	slices.Sort(paths)
	return paths
}

// File returns the path of the file that tells of a resource, before all others
// that belong to it: its payload, or a text field, or a list. It is "" if the
// tree does not hold the resource.
func (t *Tree) File(key gateway.Key) string {
	e := t.entry(key)
	if e == nil {
		return ""
	}
	for _, name := range fileNames(e.form.Kind) {
		if slices.Contains(e.files, name) {
			return path.Join(e.dir, name)
		}
	}
	return e.paths()[0]
}

// Problems returns what in the tree is not used, by path.
func (t *Tree) Problems() []Problem { return slices.Clone(t.problems) }

// entry returns what the tree stores of a resource, or nil.
func (t *Tree) entry(key gateway.Key) *entry {
	if t == nil {
		return nil
	}
	return t.entries[t.kinds.Fold(key)]
}
