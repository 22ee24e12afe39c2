package artifacts

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"path"
	"reflect"
	"slices"
	"strings"

	"github.com/lockstep-apiops/lockstep/gateway"
)

// maxFile is the size in bytes of the largest file that is read.
const maxFile = 64 << 20

// Decode returns the resources that the files of fsys hold, owners first, in
// normal form and with the secrets that the files hold, and what in fsys is
// not used. If a file cannot be read it returns errors for all that cannot.
func Decode(kinds *gateway.Kinds, fsys fs.FS) ([]*gateway.Resource, []Problem, error) {
	t, err := NewTree(kinds, fsys)
	if err != nil {
		return nil, nil, fmt.Errorf("decode tree: %w", err)
	}
	problems := t.Problems()
	rs := make([]*gateway.Resource, 0, t.Len())
	var errs []error
	for _, key := range t.keys {
		r, ps, err := t.Read(key)
		if err != nil {
			errs = append(errs, err)
			continue
		}
		problems = append(problems, ps...)
		if generated(kinds, r) {
			problems = append(problems, Problem{Info, t.Files(key)[0], "not managed: the gateway makes it by itself"})
			continue
		}
		rs = append(rs, r)
	}
	if len(errs) > 0 {
		return nil, problems, errors.Join(errs...)
	}
	sortProblems(problems)
	return rs, problems, nil
}

// DecodeKey is Decode for one resource; it is false if fsys does not hold it.
// It reads no more folders than lead to the resource, if those tell all: see
// gateway.Kinds.Elsewhere.
func DecodeKey(kinds *gateway.Kinds, fsys fs.FS, key gateway.Key) (*gateway.Resource, bool, error) {
	only := key
	if kinds.Elsewhere(key.Kind) {
		only = gateway.Key{}
	}
	t, err := newTree(kinds, fsys, only)
	if err != nil {
		return nil, false, fmt.Errorf("decode %v: %w", key, err)
	}
	return t.Find(key)
}

// Find is Read for a resource that the tree may not hold: then it is false. It
// is so, too, for what the gateway makes by itself.
func (t *Tree) Find(key gateway.Key) (*gateway.Resource, bool, error) {
	if !t.Has(key) {
		return nil, false, nil
	}
	r, _, err := t.Read(key)
	if err != nil || generated(t.kinds, r) {
		return nil, false, err
	}
	return r, true, nil
}

// Generated reports whether the tree holds the resource although the gateway
// makes it by itself.
func (t *Tree) Generated(key gateway.Key) bool {
	if k := t.kinds.Get(key.Kind); k == nil || k.Generated == nil || !t.Has(key) {
		return false
	}
	s, err := t.load(t.entry(key))
	return err == nil && generated(t.kinds, s.resource)
}

func generated(kinds *gateway.Kinds, r *gateway.Resource) bool {
	k := kinds.Get(r.Key.Kind)
	return k.Generated != nil && k.Generated(r.Spec)
}

// Read returns a resource that the tree holds, as Decode does. One that it
// does not hold is an error that wraps gateway.ErrNotFound.
func (t *Tree) Read(key gateway.Key) (*gateway.Resource, []Problem, error) {
	e := t.entry(key)
	if e == nil {
		return nil, nil, fmt.Errorf("decode %v: %w", key, gateway.ErrNotFound)
	}
	s, err := t.load(e)
	if err != nil {
		return nil, nil, fmt.Errorf("decode %v: %w", key, err)
	}
	k := t.kinds.Get(key.Kind)
	for i := range k.Attach {
		if names := s.group(k, &k.Attach[i]); len(names) > 1 && k.Attach[i].Order == nil {
			return nil, nil, fmt.Errorf("decode %v: %s: keep only one of %s", key, e.dir, strings.Join(names, ", "))
		}
	}
	for _, other := range e.also {
		o, err := t.load(other)
		if err != nil {
			return nil, nil, fmt.Errorf("decode %v: %w", key, err)
		}
		if !t.kinds.Equal(s.resource, o.resource) {
			return nil, nil, fmt.Errorf("decode %v: %s and %s say different things: keep one of them", key, e.paths()[0], other.paths()[0])
		}
	}
	return s.resource, s.problems, nil
}

// A stored is what a tree holds of a resource: the files, and what they say.
type stored struct {
	dir      string
	kind     *gateway.Kind // as the files are; nil: a list
	files    map[string][]byte
	payload  *document // of the kind's File; nil: there is none
	lender   *stored   // of the resource that holds one of the files; nil: none does
	resource *gateway.Resource
	spare    []string // names of attached files that do not count, for another of their group does
	problems []Problem
}

// group returns the names of the attached files of a group, what counts first.
func (s *stored) group(k *gateway.Kind, a *gateway.Attachment) []string {
	if s == nil {
		return nil
	}
	names := slices.Concat(slices.Sorted(maps.Keys(s.resource.Files)), s.spare)
	names = slices.DeleteFunc(names, func(name string) bool { return !a.Match(name) || firstGroup(k, name) != a })
	slices.SortStableFunc(names, func(x, y string) int { return a.Rank(x) - a.Rank(y) })
	return names
}

// settle leaves of each group that has an order the file that counts.
func (s *stored) settle(k *gateway.Kind) {
	for i := range k.Attach {
		names := s.group(k, &k.Attach[i])
		if k.Attach[i].Order == nil || len(names) < 2 {
			continue
		}
		for _, name := range names[1:] {
			delete(s.resource.Files, name)
			s.problems = append(s.problems, Problem{Settled, path.Join(s.dir, name), "not used, for " + names[0] + " beside it counts: keep one of them"})
		}
		s.spare = append(s.spare, names[1:]...)
	}
}

// firstGroup returns the group that an attached file belongs to, or nil.
func firstGroup(k *gateway.Kind, name string) *gateway.Attachment {
	for i := range k.Attach {
		if k.Attach[i].Match(name) {
			return &k.Attach[i]
		}
	}
	return nil
}

// load reads the files of a resource.
func (t *Tree) load(e *entry) (*stored, error) {
	k := e.form.Kind
	s := &stored{dir: e.dir, kind: k, files: map[string][]byte{}, resource: &gateway.Resource{Key: e.key}}
	if e.list != nil {
		s.resource.Spec = map[string]any{}
		return s, nil
	}
	spec := map[string]any{}
	for _, name := range e.files {
		p := path.Join(e.dir, name)
		data, err := readFile(t.fsys, p)
		if err != nil {
			return nil, err
		}
		s.files[name] = data
		switch {
		case name == k.File:
			if s.payload, err = parsePayload(k, p, data); err != nil {
				return nil, err
			}
			spec = s.payload.spec()
		case names(k, name):
			if err := checkText(p, data); err != nil {
				return nil, err
			}
		default:
			if s.resource.Files == nil {
				s.resource.Files = map[string][]byte{}
			}
			s.resource.Files[name] = data
		}
	}
	if e.loan != nil {
		if err := t.lend(s, e.loan); err != nil {
			return nil, err
		}
	}
	s.settle(k)
	s.kind = s.whole(e.form, spec)
	s.paste(s.kind, spec)
	s.resource.Spec = t.kinds.Normal(t.kinds.Get(e.key.Kind), spec)
	return s, nil
}

// parsePayload reads the file of a payload, in the format of the kind.
func parsePayload(k *gateway.Kind, path string, data []byte) (*document, error) {
	if k.Format == gateway.YAML {
		return parseYAML(path, data)
	}
	return parseJSON(path, data)
}

// whole returns the kind without the text fields that the payload's file holds,
// and may keep, for want of a file of their own.
func (s *stored) whole(f *gateway.Form, spec map[string]any) *gateway.Kind {
	k := f.Kind
	inside := func(part gateway.Split) bool {
		_, ok := s.files[part.File]
		return (f.Either || part.Within) && !ok && gateway.Field(spec, part.Field) != nil
	}
	if !slices.ContainsFunc(k.Split, inside) {
		return k
	}
	w := *k
	w.Split = slices.DeleteFunc(slices.Clone(k.Split), inside)
	return &w
}

// paste puts into a payload what the file of the payload does not hold.
func (s *stored) paste(k *gateway.Kind, spec map[string]any) {
	for _, part := range k.Split {
		text, ok := s.files[part.File]
		if !ok {
			continue
		}
		if old, ok := gateway.Field(spec, part.Field).(string); ok && old != string(text) {
			s.warn(k, part.Field+" is kept in "+part.File+": the one in here is not used")
		}
		gateway.SetField(spec, part.Field, string(bytes.TrimPrefix(text, bom)))
	}
	for _, field := range slices.Sorted(maps.Keys(k.Const)) {
		if old := gateway.Field(spec, field); old != nil && !reflect.DeepEqual(old, k.Const[field]) {
			s.warn(k, fmt.Sprintf("%s is always %v: the one in here is not used", field, k.Const[field]))
		}
		gateway.SetField(spec, field, gateway.Clone(k.Const[field]))
	}
}

func (s *stored) warn(k *gateway.Kind, text string) {
	s.problems = append(s.problems, Problem{Warning, path.Join(s.dir, k.File), text})
}

// readFile reads a file of reasonable size.
func readFile(fsys fs.FS, name string) (data []byte, err error) {
	f, err := fsys.Open(name)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	data, err = io.ReadAll(io.LimitReader(f, maxFile+1))
	if err != nil {
		return nil, &FileError{Path: name, Err: err}
	}
	if len(data) > maxFile {
		return nil, &FileError{Path: name, Err: fmt.Errorf("larger than %d MB", maxFile>>20)}
	}
	return data, nil
}
