package artifacts

import (
	"errors"
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/lockstep-apiops/lockstep/gateway"
)

// A list is a file that lists resources by name.
type list struct {
	listing
	path  string
	doc   *document
	names []string // in the file's order
	// idle says that files beside it tell otherwise, so that it is not used.
	idle bool
}

// list reads a file that lists resources, and returns how many it does.
func (x *indexer) list(l listing, dir string) (int, error) {
	p := path.Join(dir, l.form.Kind.File)
	data, err := readFile(x.tree.fsys, p)
	if err != nil {
		return 0, err
	}
	doc, err := parseList(p, data)
	if err != nil {
		return 0, err
	}
	file := &list{listing: l, path: p, doc: doc}
	for i, item := range doc.root.items {
		name, ok := itemName(item)
		if !ok {
			return 0, &FileError{Path: p, Err: fmt.Errorf(`element %d: want an object with a "name"`, i+1)}
		}
		file.names = append(file.names, name)
	}
	l.anchor = x.tree.kinds.Fold(l.anchor)
	x.tree.lists[l] = file
	return len(file.names), nil
}

// itemName returns the name that an element of a list has.
func itemName(n *node) (string, bool) {
	spec, _ := n.decoded().(map[string]any)
	name, _ := spec["name"].(string)
	return name, name != ""
}

// key returns the key of the resource that a list gives a name.
func (l *list) key(kinds *gateway.Kinds, name string) gateway.Key {
	return l.form.Anchored(kinds, l.anchor, name)
}

// enterLists enters what lists name. Where files tell of the same links as a
// list, the files count: lists are what older tools left behind.
func (t *Tree) enterLists() {
	if len(t.lists) == 0 {
		return
	}
	beside := t.besideLists()
	examples := examplesOf(beside)
	for id, l := range t.lists {
		if files := beside[id]; len(files) > 0 {
			t.compare(l, files)
		} else if other := examples[l.form]; other != "" && len(l.names) > 0 {
			t.problems = append(t.problems, Problem{Warning, l.path,
				"used as it is, though others have files, such as " + other + ": if an older tool left it behind, remove it, else bring the tree into one layout"})
		}
		for _, name := range l.names {
			switch key := l.key(t.kinds, name); {
			case l.idle:
			case t.kinds.IsBuiltin(key):
				t.problems = append(t.problems, Problem{Info, l.path, "not managed: the gateway owns " + key.String()})
			case t.entry(key) == nil || t.entry(key).form != l.form:
				t.enter(&entry{key: key, form: l.form, dir: path.Dir(l.path), files: []string{path.Base(l.path)}, list: l})
			}
		}
	}
}

// besideLists returns, by list, the resources that have files of their own and
// that the list should name.
func (t *Tree) besideLists() map[listing][]*entry {
	found := map[listing][]*entry{}
	for _, e := range t.entries {
		if e.list != nil {
			continue
		}
		for _, f := range t.kinds.Forms(e.key.Kind) {
			if !f.List {
				continue
			}
			anchor, _ := f.Anchor(t.kinds, e.key)
			id := listing{t.kinds.Fold(anchor), f}
			found[id] = append(found[id], e)
		}
	}
	return found
}

// examplesOf returns, by the form of lists, the first file that tells what a
// list of that form might.
func examplesOf(beside map[listing][]*entry) map[*gateway.Form]string {
	first := map[*gateway.Form]string{}
	for id, files := range beside {
		for _, e := range files {
			if p := e.paths()[0]; first[id.form] == "" || p < first[id.form] {
				first[id.form] = p
			}
		}
	}
	return first
}

// compare puts a list aside that does not name what files tell.
func (t *Tree) compare(l *list, files []*entry) {
	listed := map[string]bool{}
	for _, name := range l.names {
		if !t.kinds.IsBuiltin(l.key(t.kinds, name)) {
			listed[t.kinds.FoldName(name)] = true
		}
	}
	var only []string // in files
	slices.SortFunc(files, func(a, b *entry) int { return a.key.Compare(b.key) })
	for _, e := range files {
		_, name := l.form.Anchor(t.kinds, e.key)
		if !listed[t.kinds.FoldName(name)] {
			only = append(only, fmt.Sprintf("%s is only in %s", name, e.paths()[0]))
		}
		delete(listed, t.kinds.FoldName(name))
	}
	for _, name := range l.names {
		if listed[t.kinds.FoldName(name)] {
			only = append(only, name+" is only in the list")
		}
	}
	if len(only) > 0 {
		l.idle = true
		t.problems = append(t.problems, Problem{Settled, l.path,
			fmt.Sprintf("not used, for %s and others beside it say otherwise: %s: remove the list, or the files", files[0].paths()[0], strings.Join(only, ", "))})
	}
}

// Revived returns warnings of lists that were put aside in an earlier tree, for
// files beside them said otherwise, and count now that those are gone.
func Revived(was, is *Tree) []Problem {
	var ps []Problem
	for id, l := range is.lists {
		if old := was.lists[id]; old != nil && old.idle && !l.idle && slices.Equal(old.names, l.names) {
			ps = append(ps, Problem{Warning, l.path,
				"comes into force, for the files beside it are gone: if an older tool left it behind, remove it as well"})
		}
	}
	sortProblems(ps)
	return ps
}

// A listEdit is a list with changes to it.
type listEdit struct {
	*list
	kinds   *gateway.Kinds
	added   []string // sorted
	removed map[string]bool
}

// newListEdit starts changes to a list; l is nil if there is none yet.
func newListEdit(kinds *gateway.Kinds, l *list, path string) *listEdit {
	if l == nil {
		l = &list{path: path}
	}
	e := &listEdit{list: l, kinds: kinds, removed: map[string]bool{}}
	if l.idle { // what it names does not count
		for _, name := range l.names {
			e.removed[kinds.FoldName(name)] = true
		}
	}
	return e
}

// add adds a name.
func (e *listEdit) add(name string) {
	folded := e.kinds.FoldName(name)
	if e.removed[folded] {
		delete(e.removed, folded)
		return
	}
	i, found := slices.BinarySearch(e.added, name)
	if !found && !e.has(folded) {
		e.added = slices.Insert(e.added, i, name)
	}
}

// has reports whether the file has the name.
func (e *listEdit) has(folded string) bool {
	return slices.ContainsFunc(e.names, func(n string) bool { return e.kinds.FoldName(n) == folded })
}

// remove removes a name.
func (e *listEdit) remove(name string) {
	folded := e.kinds.FoldName(name)
	e.added = slices.DeleteFunc(e.added, func(n string) bool { return e.kinds.FoldName(n) == folded })
	if e.has(folded) {
		e.removed[folded] = true
	}
}

// save enters the file as it is after all changes so far. A list of nothing
// has no file.
func (e *listEdit) save(f *Files) error {
	l := newLayout()
	d := document{after: []byte("\n"), root: &node{kind: '['}}
	if e.doc != nil {
		l = layoutOf(e.doc)
		d.before, d.after = e.doc.before, e.doc.after
		d.root.inline, d.root.head, d.root.tail = e.doc.root.inline, e.doc.root.head, e.doc.root.tail
		for i, item := range e.doc.root.items {
			if !e.removed[e.kinds.FoldName(e.names[i])] {
				d.root.items = append(d.root.items, item)
			}
		}
	}
	for _, name := range e.added {
		item, err := l.newNode(map[string]any{"name": name})
		if err != nil {
			return err
		}
		d.root.items = append(d.root.items, item)
	}
	switch {
	case len(d.root.items) == 0:
		f.Remove = append(f.Remove, e.path)
	case e.doc != nil && len(e.removed)+len(e.added) == 0:
		f.Write[e.path] = slices.Concat(d.before, e.doc.root.raw, d.after)
	default:
		f.Write[e.path] = d.bytes(l)
	}
	return nil
}

// errNoList says what a list is.
var errNoList = errors.New(`want a list: [{"name": "..."}]`)
