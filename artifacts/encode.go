package artifacts

import (
	"errors"
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/lockstep-apiops/lockstep/gateway"
)

// An Encoder encodes resources one by one and remembers the folders they
// have. It is not for use by several goroutines at once.
type Encoder struct {
	kinds *gateway.Kinds
	old   *Tree
	dirs  map[gateway.Key]string // by folded key
	taken map[string]string      // by folded path; "": free again
	done  map[gateway.Key]bool   // by folded key
	lists map[string]*listEdit   // by path
	habit habit
}

// NewEncoder returns an Encoder that makes changes to old, nil for an empty tree.
func NewEncoder(kinds *gateway.Kinds, old *Tree) *Encoder {
	return &Encoder{
		kinds: kinds, old: old,
		dirs: map[gateway.Key]string{}, taken: map[string]string{}, done: map[gateway.Key]bool{}, lists: map[string]*listEdit{},
		habit: habit{kinds: kinds, tree: old},
	}
}

// SetLayout says in which layout resources are written that the tree does not
// hold yet. "" and [AutoLayout] are the one that their neighbours have.
func (e *Encoder) SetLayout(name string) error {
	if name == AutoLayout {
		name = ""
	}
	if layouts := e.kinds.Layouts(); name != "" && !slices.Contains(layouts, name) {
		return fmt.Errorf("choose layout: %q is none of this gateway's: %s", name, strings.Join(append([]string{AutoLayout}, layouts...), ", "))
	}
	e.habit.layout = name
	return nil
}

// AutoLayout is the name of no layout, but of the wish to keep to the one that
// a tree has.
const AutoLayout = "auto"

// Encode is the function Encode. A resource that the tree speaks of through
// what it owns alone gets no files: see gateway.Kind.Implied. It refuses a resource that it has encoded
// before, and with a *[CollisionError] one that would share the folder of
// another on a disk that ignores case.
func (e *Encoder) Encode(r *gateway.Resource) (Files, error) {
	f, err := e.encode(r)
	if err != nil {
		return Files{}, fmt.Errorf("encode %v: %w", r.Key, err)
	}
	return f, nil
}

// Forget says that the tree will no longer hold a resource, so that another
// may have its folder.
func (e *Encoder) Forget(key gateway.Key) {
	if e.old == nil {
		return
	}
	if dir, ok := e.old.dirs[e.kinds.Fold(key)]; ok {
		e.taken[foldPath(dir)] = ""
	}
}

func (e *Encoder) encode(r *gateway.Resource) (Files, error) {
	k := e.kinds.Get(r.Key.Kind)
	switch {
	case k == nil:
		return Files{}, errors.New("the kind is not in the table")
	case !k.Stored():
		return Files{}, errors.New("the kind has no files")
	case e.done[e.kinds.Fold(r.Key)]:
		return Files{}, errors.New("the same resource comes twice")
	}
	f := Files{Write: map[string][]byte{}}
	want := &gateway.Resource{Key: r.Key, Spec: e.kinds.Public(k, r.Spec), Files: r.Files, Unread: r.Unread}
	entries := e.old.entry(r.Key).everywhere()
	if len(entries) == 0 && !e.old.implies(r.Key.Kind) {
		var err error
		if entries, err = e.fresh(r.Key, k); err != nil {
			return Files{}, err
		}
	}
	for _, en := range entries {
		if err := e.encodeAt(&f, en, want); err != nil {
			return Files{}, err
		}
	}
	e.done[e.kinds.Fold(r.Key)] = true
	return f, nil
}

// fresh returns where a resource is going to be that the tree does not hold.
func (e *Encoder) fresh(key gateway.Key, k *gateway.Kind) ([]*entry, error) {
	var all []*entry
	form := e.habit.form(key, k)
	if form.List {
		anchor, _ := form.Anchor(e.kinds, key)
		dir, err := e.dir(anchor)
		if err != nil {
			return nil, err
		}
		return []*entry{{key: key, form: form, dir: dir}}, nil
	}
	dir, err := e.formDir(key, form)
	if err != nil {
		return nil, err
	}
	all = append(all, &entry{key: key, form: flatForm(form, path.Base(dir)), dir: dir})
	if l := e.habit.list(key); l != nil { // one that says the same as the files so far
		all = append(all, &entry{key: key, form: l.form, dir: path.Dir(l.path)})
	}
	return all, nil
}

// encodeAt adds the changes to what a tree has, or is to have, of a resource
// at one place.
func (e *Encoder) encodeAt(f *Files, en *entry, want *gateway.Resource) error {
	if en.form.List {
		if len(en.files) > 0 { // it is in the list
			return nil
		}
		edit := e.listAt(en)
		_, name := en.form.Anchor(e.kinds, en.key)
		edit.add(name)
		return edit.save(f)
	}
	j := job{
		kinds: e.kinds, kind: en.form.Kind, bare: en.form.Bare, dir: en.dir, files: Files{Write: map[string][]byte{}},
		want: &gateway.Resource{Key: want.Key, Spec: gateway.Clone(want.Spec).(map[string]any), Files: want.Files, Unread: want.Unread},
	}
	if len(en.files) > 0 {
		dir, err := e.dirOf(en)
		if err != nil {
			return err
		}
		if j.old, err = e.old.load(en); err != nil {
			return err
		}
		j.dir, j.kind = dir, j.old.kind
	}
	got, err := j.run()
	if err == nil && en.loan != nil {
		err = e.repay(&got, en.loan, j.old, j.dir)
	}
	if err != nil {
		return err
	}
	maps.Copy(f.Write, got.Write)
	f.Remove = append(f.Remove, got.Remove...)
	f.Fields = append(f.Fields, got.Fields...)
	f.Lost = append(f.Lost, got.Lost...)
	return nil
}

// Remove returns the changes that make the tree no longer hold a resource.
// Other files beside its own stay, and so do others in the same list.
func (e *Encoder) Remove(key gateway.Key) (Files, error) {
	f := Files{Write: map[string][]byte{}}
	for _, en := range e.old.entry(key).everywhere() {
		if en.list == nil {
			f.Remove = append(f.Remove, en.paths()...)
			for _, l := range e.habit.leave(en) {
				f.Remove = append(f.Remove, l.path)
			}
			continue
		}
		edit := e.listAt(en)
		_, name := en.form.Anchor(e.kinds, key)
		edit.remove(name)
		if err := edit.save(&f); err != nil {
			return Files{}, fmt.Errorf("remove %v: %w", key, err)
		}
	}
	slices.Sort(f.Remove)
	return f, nil
}

// listAt returns the changes to the list of an entry.
func (e *Encoder) listAt(en *entry) *listEdit {
	p := path.Join(en.dir, en.form.Kind.File)
	if e.lists[p] == nil {
		var l *list
		if e.old != nil {
			anchor, _ := en.form.Anchor(e.kinds, en.key)
			l = e.old.lists[listing{e.kinds.Fold(anchor), en.form}]
		}
		e.lists[p] = newListEdit(e.kinds, l, p)
	}
	return e.lists[p]
}

// dirOf returns the folder of what the tree has.
func (e *Encoder) dirOf(en *entry) (string, error) {
	if en.form.Rank == 0 {
		return e.dir(en.key)
	}
	e.taken[foldPath(en.dir)] = en.dir
	return en.dir, nil
}

// formDir returns the folder that a new resource gets.
func (e *Encoder) formDir(key gateway.Key, f *gateway.Form) (string, error) {
	if f.Rank == 0 || f.Twin(e.kinds.Forms(key.Kind)[0]) {
		return e.dir(key)
	}
	anchor, name := f.Anchor(e.kinds, key)
	base, err := e.dir(anchor)
	if err != nil || f.Kind.Only != "" {
		return base, err
	}
	folder, err := folderName(name)
	if err != nil {
		return "", fmt.Errorf("%v: %w", key, err)
	}
	dir := path.Join(base, f.Kind.Dir, folder)
	if f.Beside == "" && e.old != nil && e.old.dirs[e.kinds.Fold(key)] != "" && path.Dir(e.old.dirs[e.kinds.Fold(key)]) == path.Dir(dir) {
		dir = e.old.dirs[e.kinds.Fold(key)]
	}
	return dir, e.claim(dir)
}

// claim takes a folder.
func (e *Encoder) claim(dir string) error {
	if other := e.occupant(dir); other != "" && other != dir {
		return &CollisionError{A: min(dir, other), B: max(dir, other)}
	}
	e.taken[foldPath(dir)] = dir
	return nil
}

// dir returns the folder of a resource: the one that the tree has for it, in
// the tree's spelling, or a new one.
func (e *Encoder) dir(key gateway.Key) (string, error) {
	if key.IsZero() {
		return ".", nil
	}
	folded := e.kinds.Fold(key)
	if dir, ok := e.dirs[folded]; ok {
		return dir, nil
	}
	owner, err := e.dir(e.kinds.Parent(key))
	if err != nil {
		return "", err
	}
	dir, err := below(e.kinds, owner, key)
	if err != nil {
		return "", err
	}
	if e.old != nil && e.old.dirs[folded] != "" {
		dir = e.old.dirs[folded]
	}
	if err := e.claim(dir); err != nil {
		return "", err
	}
	e.dirs[folded] = dir
	return dir, nil
}

// occupant returns the folder that a disk which ignores case takes for dir.
func (e *Encoder) occupant(dir string) string {
	folded := foldPath(dir)
	if other, ok := e.taken[folded]; ok {
		return other
	}
	if e.old != nil {
		return e.old.taken[folded]
	}
	return ""
}
