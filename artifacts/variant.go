package artifacts

import (
	"errors"
	"io/fs"
	"path"
	"slices"
	"strings"
	"sync"

	"github.com/lockstep-apiops/lockstep/gateway"
)

// Variant tells of a file that holds a text as it is in one environment,
// "apis/orders/policy.prod.xml", which text that is, "apis/orders/policy.xml",
// and of which environment. It looks at the path alone.
func Variant(kinds *gateway.Kinds, file string) (text, environment string, ok bool) {
	s, name := spotOf(kinds, file)
	base, environment, ok := s.variant(name)
	return path.Join(path.Dir(file), base), environment, ok
}

// variant is Variant for a file in this folder.
func (s *spot) variant(name string) (text, environment string, ok bool) {
	ext := path.Ext(name)
	stem := strings.TrimSuffix(name, ext)
	environment = strings.TrimPrefix(path.Ext(stem), ".")
	text = strings.TrimSuffix(stem, path.Ext(stem)) + ext
	p, owned := s.owner(text)
	return text, environment, owned && environment != "" && text != name && isText(p.kind, text)
}

// isText reports whether a kind keeps a field of the payload in that file.
func isText(k *gateway.Kind, file string) bool {
	return slices.ContainsFunc(k.Split, func(s gateway.Split) bool { return s.File == file })
}

// In returns a tree as it is in an environment: where a text has a variant for
// it beside it, that counts. used is told, once, of each that was read. "" is no
// environment.
func In(kinds *gateway.Kinds, fsys fs.FS, environment string, used func(file string)) fs.FS {
	if environment == "" || fsys == nil {
		return fsys
	}
	return &view{fsys: fsys, kinds: kinds, environment: environment, used: used}
}

// A view is a tree as it is in an environment.
type view struct {
	fsys        fs.FS
	kinds       *gateway.Kinds
	environment string
	used        func(string)
	told        sync.Map // files that used was told of
}

// Open implements fs.FS.
func (v *view) Open(name string) (fs.File, error) {
	text, err := v.fsys.Open(name)
	s, base := spotOf(v.kinds, name)
	if p, ok := s.owner(base); err != nil || !ok || !isText(p.kind, base) {
		return text, err
	}
	ext := path.Ext(name)
	variant := strings.TrimSuffix(name, ext) + "." + v.environment + ext
	f, err := v.fsys.Open(variant)
	if errors.Is(err, fs.ErrNotExist) {
		return text, nil
	}
	if _, told := v.told.LoadOrStore(variant, true); err == nil && !told {
		v.used(variant)
	}
	if cerr := text.Close(); err == nil {
		err = cerr
	}
	return f, err
}

// ReadDir implements fs.ReadDirFS.
func (v *view) ReadDir(name string) ([]fs.DirEntry, error) { return fs.ReadDir(v.fsys, name) }
