package artifacts

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"path"
	"reflect"
	"slices"
	"strings"

	"github.com/lockstep-apiops/lockstep/gateway"
)

// A Migration is a tree on its way to another layout.
type Migration struct {
	Files
	Moved int // resources that lie elsewhere then
	// Left are files of the tree that no resource has, and that therefore
	// stay, with the reason.
	Left []Problem
}

// Migrate returns the changes that bring a tree into a layout. Files go to
// their new places byte for byte; only what has another shape there is written
// anew. It fails if the changed tree would not read exactly as before.
func Migrate(kinds *gateway.Kinds, fsys fs.FS, layout string) (Migration, error) {
	if layouts := kinds.Layouts(); !slices.Contains(layouts, layout) {
		return Migration{}, fmt.Errorf("choose layout: %q is none of this gateway's: %s", layout, strings.Join(layouts, ", "))
	}
	before, problems, err := Decode(kinds, fsys)
	if err != nil {
		return Migration{}, err
	}
	old, err := NewTree(kinds, fsys)
	if err != nil {
		return Migration{}, err
	}
	m := migration{kinds: kinds, old: old, layout: layout, encoder: NewEncoder(kinds, old), removed: map[string]bool{},
		out: Migration{Files: Files{Write: map[string][]byte{}}, Left: problems}}
	for _, key := range old.keys {
		if err := m.move(key); err != nil {
			return Migration{}, fmt.Errorf("move %v: %w", key, err)
		}
	}
	if err := m.dropLists(); err != nil {
		return Migration{}, err
	}
	for p := range m.removed {
		if m.out.Write[p] == nil {
			m.out.Remove = append(m.out.Remove, p)
		}
	}
	slices.Sort(m.out.Remove)
	return m.out, m.verify(fsys, before)
}

// A migration is one run.
type migration struct {
	kinds   *gateway.Kinds
	old     *Tree
	layout  string
	encoder *Encoder
	removed map[string]bool
	out     Migration
}

// move brings a resource into the form that it has in the layout.
func (m *migration) move(key gateway.Key) error {
	e := m.old.entry(key)
	if err := m.cashIn(e); err != nil {
		return err
	}
	forms := m.kinds.Forms(key.Kind)
	to := m.kinds.FormIn(key.Kind, m.layout)
	if to.Twin(forms[0]) {
		to = forms[0]
	} else if e.form == to && to.Rank == 0 {
		if err := m.complete(e); err != nil {
			return err
		}
	}
	if e.form == to && len(e.also) == 0 {
		return nil
	}
	m.out.Moved++
	for _, one := range e.everywhere() {
		if one.form == to {
			m.keep(one)
			continue
		}
		if one.list == nil {
			for _, p := range one.paths() {
				m.removed[p] = true
			}
		}
	}
	if slices.ContainsFunc(e.everywhere(), func(one *entry) bool { return one.form == to }) {
		return nil
	}
	return m.place(e, to)
}

// cashIn gives a file of its own to what lies in the payload of another
// resource, if the layout wants that.
func (m *migration) cashIn(e *entry) error {
	if e.loan == nil || slices.Contains(e.loan.within.Layouts, m.layout) {
		return nil
	}
	s, err := m.old.load(e)
	if err != nil {
		return err
	}
	for _, p := range e.loan.paths() {
		m.removed[p] = true
	}
	m.out.Moved++
	return m.put(path.Join(e.dir, e.loan.within.File), s.files[e.loan.within.File])
}

// keep says that files are not removed for the sake of others.
func (m *migration) keep(e *entry) {
	for _, p := range e.paths() {
		delete(m.removed, p)
	}
}

// place writes the files of a resource in a form that it does not have yet.
func (m *migration) place(e *entry, to *gateway.Form) error {
	if to.List {
		anchor, name := to.Anchor(m.kinds, e.key)
		dir, err := m.encoder.dir(anchor)
		if err != nil {
			return err
		}
		edit := m.encoder.listAt(&entry{key: e.key, form: to, dir: dir})
		edit.add(name)
		return edit.save(&m.out.Files)
	}
	dir, err := m.homeOf(e, to)
	if err != nil {
		return err
	}
	if e.list != nil {
		text, err := m.payload(e.key, to)
		if err != nil {
			return err
		}
		return m.put(path.Join(dir, to.Kind.File), text)
	}
	files, err := m.reshape(e, to)
	if err != nil {
		return err
	}
	for _, name := range slices.Sorted(maps.Keys(files)) {
		if err := m.put(path.Join(dir, name), files[name]); err != nil {
			return err
		}
	}
	return nil
}

// complete writes the payload of a link whose file leaves to the path what the
// layout repeats in it.
func (m *migration) complete(e *entry) error {
	if e.form.Kind.Repeats == "" {
		return nil
	}
	s, err := m.old.load(e)
	if err != nil || len(s.payload.root.members) > 0 {
		return err
	}
	text, err := m.payload(e.key, e.form)
	m.out.Write[path.Join(e.dir, e.form.Kind.File)] = text
	return err
}

// payload returns the file of a link of which only the ends are known.
func (m *migration) payload(key gateway.Key, to *gateway.Form) ([]byte, error) {
	spec := map[string]any{}
	for _, ref := range m.kinds.References(&gateway.Resource{Key: key}) {
		if !to.Bare && to.Kind.Repeats != "" && ref.Kind == to.Kind.Joins {
			spec["name"] = key.Name()
			gateway.SetField(spec, to.Kind.Repeats, m.kinds.ID(ref))
		}
	}
	l := newLayout()
	root, err := l.newNode(spec)
	if err != nil {
		return nil, err
	}
	d := document{root: root, after: []byte("\n")}
	return d.bytes(l), nil
}

// homeOf returns the folder of a resource in a form.
func (m *migration) homeOf(e *entry, to *gateway.Form) (string, error) {
	anchor, name := to.Anchor(m.kinds, e.key)
	base, err := m.encoder.dir(anchor)
	if err != nil || to.Kind.Only != "" {
		return base, err
	}
	folder, err := folderName(name)
	if err != nil {
		return "", err
	}
	dir := path.Join(base, to.Kind.Dir, folder)
	if foldPath(dir) == foldPath(e.dir) {
		dir = e.dir
	}
	return dir, m.encoder.claim(dir)
}

// put writes a file at a place that must be free.
func (m *migration) put(p string, text []byte) error {
	if _, err := fs.Stat(m.old.fsys, p); err == nil && !m.removed[p] {
		return fmt.Errorf("%s: %w, and is no part of it: move it away", p, fs.ErrExist)
	}
	delete(m.removed, p)
	m.out.Write[p] = text
	return nil
}

// reshape returns the files of a resource as a form has them. Text that lies
// in the payload's file gets a file of its own where the form wants that.
func (m *migration) reshape(e *entry, to *gateway.Form) (map[string][]byte, error) {
	s, err := m.old.load(e)
	if err != nil {
		return nil, err
	}
	files := map[string][]byte{}
	for name, text := range s.files {
		if name == e.form.Kind.File {
			name = to.Kind.File
		}
		files[name] = text
	}
	if to.Either || !e.form.Either {
		return files, nil
	}
	if s.payload == nil {
		files[to.Kind.File] = []byte("{}\n")
		return files, nil
	}
	l := layoutOf(s.payload)
	for _, part := range to.Kind.Split {
		text, ok := gateway.Field(s.payload.spec(), part.Field).(string)
		if ok && files[part.File] == nil {
			files[part.File] = []byte(text)
		}
		s.payload.root = s.payload.root.without(part.Field)
	}
	for field := range to.Kind.Const {
		s.payload.root = s.payload.root.without(field)
	}
	files[to.Kind.File] = s.payload.bytes(l)
	return files, nil
}

// dropLists takes away lists of which everything has files by now.
func (m *migration) dropLists() error {
	for _, l := range m.old.lists {
		if to := m.kinds.FormIn(l.form.Kind.Name, m.layout); to == l.form || l.idle {
			continue
		}
		m.removed[l.path] = true
		for _, name := range l.names {
			key := l.key(m.kinds, name)
			if !m.kinds.IsBuiltin(key) {
				continue
			}
			err := m.place(&entry{key: key, list: l}, m.kinds.FormIn(key.Kind, m.layout))
			if err != nil && !errors.Is(err, fs.ErrExist) { // it may stand there beside
				return fmt.Errorf("move %v: %w", key, err)
			}
		}
	}
	return nil
}

// errChanged says that a migration would change what a tree means.
var errChanged = errors.New("the tree would not say the same afterwards: nothing was written")

// verify reads the tree as it will be, and compares it with what it was.
func (m *migration) verify(fsys fs.FS, before []*gateway.Resource) error {
	after, _, err := Decode(m.kinds, newPatched(fsys, m.out.Files))
	if err != nil {
		return fmt.Errorf("%w: %w", errChanged, err)
	}
	set := m.kinds.NewSet(after...)
	for _, r := range before {
		is := set.Get(r.Key)
		if is == nil {
			return fmt.Errorf("%w: %v is lost", errChanged, r.Key)
		}
		k := m.kinds.Get(r.Key.Kind)
		a, b := gateway.Clone(r.Spec).(map[string]any), gateway.Clone(is.Spec).(map[string]any)
		for _, f := range k.Loose {
			gateway.CutField(a, f)
			gateway.CutField(b, f)
		}
		if !reflect.DeepEqual(a, b) || !maps.EqualFunc(r.Files, is.Files, bytes.Equal) {
			return fmt.Errorf("%w: %v differs", errChanged, r.Key)
		}
	}
	if set.Len() != len(before) {
		return fmt.Errorf("%w: it has %d resources more", errChanged, set.Len()-len(before))
	}
	return nil
}
