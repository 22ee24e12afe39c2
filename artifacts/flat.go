package artifacts

import (
	"errors"
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/lockstep-apiops/lockstep/gateway"
)

// A kind whose File has a * keeps its payload beside the folder of a resource:
// orders.yaml beside orders, which has the other files and what the resource
// owns, and need not be there. Seen from the folder it is ../orders.yaml, and
// under that name the rest of the package knows it.

// flatForm returns a form with the payload's file as it is for the resource of
// a folder.
func flatForm(f *gateway.Form, folder string) *gateway.Form {
	if !f.Kind.Flat() {
		return f
	}
	kind, form := *f.Kind, *f
	kind.File = f.Kind.FileOf(folder)
	form.Kind = &kind
	return &form
}

// flat returns the folder of the resource of which a file in this one is the
// payload.
func (s *spot) flat(file string) (folder string, ok bool) {
	for _, c := range s.collections {
		if len(c.rest) > 0 || !c.form.Kind.Flat() {
			continue
		}
		before, after, _ := strings.Cut(c.form.Kind.File, "*")
		name, starts := strings.CutPrefix(file, before)
		name, ends := strings.CutSuffix(name, after)
		if _, isName := resourceName(name); starts && ends && isName {
			return name, true
		}
	}
	return "", false
}

// beside adds the payloads that lie beside a folder to the files in it.
func (x *indexer) beside(dir string, s spot, files map[place][]string) error {
	for _, p := range s.places {
		if p.kind == nil || !strings.HasPrefix(p.kind.File, "../") {
			continue
		}
		switch info, err := fs.Stat(x.tree.fsys, path.Join(dir, p.kind.File)); {
		case errors.Is(err, fs.ErrNotExist):
		case err != nil:
			return err
		case info.Mode().IsRegular():
			files[p] = slices.Insert(files[p], 0, p.kind.File)
		}
	}
	return nil
}

// alone enters the resources of which there is the payload and no folder. It
// returns how many there are.
func (x *indexer) alone(dir string, names, folders []string, s spot) (int, error) {
	found := 0
	for _, folder := range names {
		if slices.Contains(folders, folder) {
			continue
		}
		at := path.Join(dir, folder)
		for _, p := range s.enter(x.tree.kinds, folder).places {
			if p.kind == nil || !strings.HasPrefix(p.kind.File, "../") {
				continue
			}
			if err := x.claim(at); err != nil {
				return 0, err
			}
			x.home(p, at)
			stored, err := x.store(p, at, []string{p.kind.File})
			if err != nil {
				return 0, err
			}
			if stored {
				found++
			}
		}
	}
	return found, nil
}
