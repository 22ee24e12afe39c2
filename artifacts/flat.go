package artifacts

import (
	"errors"
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/lockstep-apiops/lockstep/gateway"
	"github.com/lockstep-apiops/lockstep/internal/nearest"
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

// misnamed returns the name under which a file in this folder would be the
// payload of a resource, where all that is wrong is what its name ends in: other
// tools write the same as .yml, or in JSON, which is YAML as well.
func (s *spot) misnamed(file string) (right string, ok bool) {
	stem, ok := strings.CutSuffix(file, ".yml")
	if !ok {
		stem, ok = strings.CutSuffix(file, ".json")
	}
	for _, c := range s.collections {
		k := c.form.Kind
		if _, isName := resourceName(stem); ok && isName && len(c.rest) == 0 && k.Flat() && k.Format == gateway.YAML {
			return strings.Replace(k.File, "*", stem, 1), true
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

// astrayFile says what is wrong with a file that nothing is made of and that
// looks like the payload of a resource; "": it does not. At the root of a tree
// there may be any files.
func astrayFile(dir, name string, s spot) string {
	for _, c := range s.collections {
		if dir != "." && len(c.rest) > 0 && c.form.Kind.Flat() && strings.HasSuffix(name, path.Ext(c.form.Kind.File)) {
			return "each resource lies in the folder of its kind, such as " + c.rest[0]
		}
	}
	return ""
}

// astrayFolder is astrayFile for a folder: one with payloads in it, where some
// kinds have folders and none has this.
func (x *indexer) astrayFolder(dir, name string, s spot) string {
	var known []string
	for _, c := range s.collections {
		if dir == "." || len(c.rest) == 0 || !c.form.Kind.Flat() {
			continue
		}
		known = append(known, c.rest[0])
		if files, err := fs.Glob(x.tree.fsys, path.Join(globText(dir), globText(name), c.form.Kind.File)); err != nil || len(files) == 0 {
			return ""
		}
	}
	if known == nil {
		return ""
	}
	return "no kind has a folder of that name here" + nearest.Hint(name, known)
}

// globText returns a pattern that only the text itself matches.
func globText(text string) string {
	return strings.NewReplacer(`\`, `\\`, "*", `\*`, "?", `\?`, "[", `\[`).Replace(text)
}
