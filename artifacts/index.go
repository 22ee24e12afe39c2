package artifacts

import (
	"bytes"
	"encoding/json"
	"io/fs"
	"path"
	"slices"

	"github.com/lockstep-apiops/lockstep/gateway"
)

// An indexer fills a Tree by walking its folders. It goes only where the
// table of kinds leads.
type indexer struct {
	tree *Tree
	only gateway.Key // folded; visit only this resource and its owners. zero: all
}

// visit reads a folder and returns how many resources lie in it and below.
func (x *indexer) visit(dir string, s spot) (int, error) {
	t := x.tree
	for _, p := range s.places {
		x.home(p, dir)
	}
	list, err := fs.ReadDir(t.fsys, dir)
	if err != nil {
		return 0, err
	}
	files := map[place][]string{}
	var folders, payloads []string
	found := 0
	for _, e := range list {
		switch name := e.Name(); {
		case e.Type()&fs.ModeSymlink != 0:
			x.symlink(dir, name, s)
		case e.IsDir():
			folders = append(folders, name)
		case !e.Type().IsRegular():
			x.problem(Info, path.Join(dir, name), "not managed: no regular file")
		default:
			if folder, ok := s.flat(name); ok {
				payloads = append(payloads, folder)
				continue
			}
			n, err := x.file(files, dir, name, s)
			if err != nil {
				return 0, err
			}
			found += n
		}
	}
	if err := x.beside(dir, s, files); err != nil {
		return 0, err
	}
	for _, p := range s.places {
		stored, err := x.store(p, dir, files[p])
		if err != nil {
			return 0, err
		}
		if stored {
			found++
		}
	}
	alone, err := x.alone(dir, payloads, folders, s)
	if err != nil {
		return 0, err
	}
	below, err := x.folders(dir, folders, s)
	return found + alone + below, err
}

// home notes the folder of a resource. Of several, the row's own counts.
func (x *indexer) home(p place, dir string) {
	key := x.tree.kinds.Fold(p.key)
	if p.form != nil && p.form.Beside != "" || p.form != nil && p.form.Rank > 0 && x.tree.dirs[key] != "" {
		return
	}
	x.tree.dirs[key] = dir
}

// file notes which resource a file belongs to, or reads it if it is a list of
// some. It returns the number of those.
func (x *indexer) file(files map[place][]string, dir, name string, s spot) (int, error) {
	if l, ok := s.list(name); ok {
		return x.list(l, dir)
	}
	if p, ok := s.owner(name); ok {
		files[p] = append(files[p], name)
	} else {
		x.unknownFile(dir, name, s)
	}
	return 0, nil
}

// folders visits those folders in dir that the table leads to.
func (x *indexer) folders(dir string, names []string, s spot) (int, error) {
	total := 0
	for _, name := range names {
		p := path.Join(dir, name)
		next := s.enter(x.tree.kinds, name)
		if next.empty() {
			x.unknownFolder(dir, name, s)
			continue
		}
		if x.only != (gateway.Key{}) && !x.leads(next) {
			continue
		}
		if len(next.places) > 0 {
			if err := x.claim(p); err != nil {
				return 0, err
			}
		}
		n, err := x.visit(p, next)
		if err != nil {
			return 0, err
		}
		if n == 0 && len(next.places) > 0 {
			x.problem(Info, p, "not managed: holds no file of "+article(next.places[0].kind.Name))
		}
		total += n
	}
	return total, nil
}

// leads reports whether the wanted resource lies in the folder or below it.
func (x *indexer) leads(s spot) bool {
	kinds := x.tree.kinds
	for _, p := range s.places {
		if kinds.Fold(p.key) == x.only || p.kind != nil && kinds.Owns(p.key, x.only) {
			return true
		}
	}
	return x.lent(s) || slices.ContainsFunc(s.collections, func(c collection) bool {
		return kinds.Fold(c.anchor) == kinds.Fold(x.ownerOf(c.form.Kind))
	})
}

// ownerOf returns the owner of the wanted resource, or of that one of its
// owners that is of the kind.
func (x *indexer) ownerOf(kind *gateway.Kind) gateway.Key {
	for k := x.only; !k.IsZero(); k = x.tree.kinds.Parent(k) {
		if k.Kind == kind.Name {
			return x.tree.kinds.Parent(k)
		}
	}
	return gateway.NewKey("", "none")
}

// claim notes that a folder is a resource's, and refuses one that another
// has on some disks.
func (x *indexer) claim(dir string) error {
	folded := foldPath(dir)
	if other, ok := x.tree.taken[folded]; ok && other != dir {
		return &CollisionError{A: other, B: dir}
	}
	x.tree.taken[folded] = dir
	return nil
}

// store enters a resource into the tree if its files are there.
func (x *indexer) store(p place, dir string, files []string) (bool, error) {
	switch {
	case p.kind == nil || len(files) == 0:
		return false, nil
	case x.tree.kinds.IsBuiltin(p.key):
		x.unused(Info, dir, files, "not managed: the gateway owns "+p.key.String())
		return false, nil
	case !p.kind.Stored():
		x.unused(Info, dir, files, "not managed")
		return false, nil
	case p.kind.File != "" && !slices.Contains(files, p.kind.File) && !p.form.Either:
		x.unused(Warning, dir, files, "not used: there is no "+p.kind.File+" beside it")
		return false, nil
	case (p.kind.File == "" || p.form.Either) && !slices.ContainsFunc(files, func(f string) bool { return names(p.kind, f) }):
		x.unused(Warning, dir, files, "not used: there is no "+p.kind.Split[0].File+" beside it")
		return false, nil
	}
	if told, ok := x.inside(p); ok {
		x.unused(Info, dir, files, "not used: "+told+" says it all")
		return false, nil
	}
	if p.form.Maybe {
		if ok, err := x.isJSON(path.Join(dir, p.kind.File)); !ok || err != nil {
			return false, err
		}
	}
	x.tree.enter(&entry{key: p.key, form: p.form, dir: dir, files: files})
	return true, nil
}

// isJSON reports whether a file, which people may use for something else, holds
// a JSON object.
func (x *indexer) isJSON(p string) (bool, error) {
	data, err := readFile(x.tree.fsys, p)
	if err != nil {
		return false, err
	}
	switch text := bytes.TrimSpace(bytes.TrimPrefix(data, bom)); {
	case !bytes.HasPrefix(text, []byte("{")):
		x.problem(Info, p, "not managed: holds no JSON")
		return false, nil
	case !json.Valid(text):
		x.problem(Warning, p, "not used: looks like JSON, and is not valid")
		return false, nil
	}
	return true, nil
}

// enter enters a resource that may be there in another form.
func (t *Tree) enter(e *entry) {
	key := t.kinds.Fold(e.key)
	all := append(t.entries[key].everywhere(), e)
	slices.SortStableFunc(all, func(a, b *entry) int { return a.form.Rank - b.form.Rank })
	for _, one := range all {
		one.also = nil
	}
	all[0].also = all[1:]
	t.entries[key] = all[0]
}

// inside returns the attached file of the owner that tells all of a resource.
func (x *indexer) inside(p place) (string, bool) {
	if p.kind.Inside == "" {
		return "", false
	}
	owner := x.tree.entry(x.tree.kinds.Parent(p.key))
	if owner == nil {
		return "", false
	}
	a := gateway.Attachment{Pattern: p.kind.Inside}
	i := slices.IndexFunc(owner.files, a.Match)
	if i < 0 {
		return "", false
	}
	return path.Join(owner.dir, owner.files[i]), true
}
