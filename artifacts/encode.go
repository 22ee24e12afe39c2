package artifacts

import (
	"bytes"
	"fmt"
	"maps"
	"path"
	"reflect"
	"slices"
	"strings"

	"github.com/lockstep-apiops/lockstep/gateway"
)

// Files are the changes that make a tree hold a resource. What is in neither
// Write nor Remove stays as it is.
type Files struct {
	Write  map[string][]byte // content by path
	Remove []string          // paths, sorted

	// Fields are the names of what the resource says otherwise than the
	// tree, sorted; none if the tree did not hold it.
	Fields []string
	// Lost are the fields of the payload that the kind has no file for.
	Lost []string
}

// Empty reports whether there is nothing to change.
func (f *Files) Empty() bool { return len(f.Write) == 0 && len(f.Remove) == 0 }

// Paths returns the paths of all changed files, sorted.
func (f *Files) Paths() []string {
	return slices.Sorted(func(yield func(string) bool) {
		for p := range f.Write {
			if !yield(p) {
				return
			}
		}
		for _, p := range f.Remove {
			if !yield(p) {
				return
			}
		}
	})
}

// Encode returns the changes that make a tree hold a resource, without its
// secrets. old is the tree as it is; nil is an empty one.
func Encode(kinds *gateway.Kinds, r *gateway.Resource, old *Tree) (Files, error) {
	return NewEncoder(kinds, old).Encode(r)
}

// EncodeAll is Encode for several resources, in any order. It refuses two
// that would share a folder on a disk that ignores case. Resources that the
// tree holds and rs lacks stay.
func EncodeAll(kinds *gateway.Kinds, rs []*gateway.Resource, old *Tree) (Files, error) {
	rs = slices.SortedFunc(slices.Values(rs), func(a, b *gateway.Resource) int { return a.Key.Compare(b.Key) })
	all := Files{Write: map[string][]byte{}}
	e := NewEncoder(kinds, old)
	for _, r := range rs {
		f, err := e.Encode(r)
		if err != nil {
			return Files{}, err
		}
		maps.Copy(all.Write, f.Write)
		all.Remove = append(all.Remove, f.Remove...)
		all.Fields = append(all.Fields, f.Fields...)
		all.Lost = append(all.Lost, f.Lost...)
	}
	for _, list := range []*[]string{&all.Remove, &all.Fields, &all.Lost} {
		slices.Sort(*list)
		*list = slices.Compact(*list)
	}
	return all, nil
}

// An Encoder encodes resources one by one and remembers the folders they
// have. It is not for use by several goroutines at once.
type Encoder struct {
	kinds *gateway.Kinds
	old   *Tree
	dirs  map[gateway.Key]string // by folded key
	taken map[string]string      // by folded path; "": free again
	done  map[gateway.Key]bool   // by folded key
}

// NewEncoder returns an Encoder that makes changes to old, nil for an empty tree.
func NewEncoder(kinds *gateway.Kinds, old *Tree) *Encoder {
	return &Encoder{
		kinds: kinds, old: old,
		dirs: map[gateway.Key]string{}, taken: map[string]string{}, done: map[gateway.Key]bool{},
	}
}

// Encode is the function Encode. It refuses a resource that it has encoded
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
		return Files{}, fmt.Errorf("the kind is not in the table")
	case !k.Stored():
		return Files{}, fmt.Errorf("the kind has no files")
	case e.done[e.kinds.Fold(r.Key)]:
		return Files{}, fmt.Errorf("the same resource comes twice")
	}
	dir, err := e.dir(r.Key)
	if err != nil {
		return Files{}, err
	}
	e.done[e.kinds.Fold(r.Key)] = true
	j := job{kinds: e.kinds, kind: k, dir: dir, files: Files{Write: map[string][]byte{}}}
	j.want = &gateway.Resource{Key: r.Key, Spec: e.kinds.Public(k, r.Spec), Files: r.Files, Unread: r.Unread}
	if entry := e.old.entry(r.Key); entry != nil {
		if j.old, err = e.old.load(entry); err != nil {
			return Files{}, err
		}
	}
	return j.run()
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
	if other := e.occupant(dir); other != "" && other != dir {
		return "", &CollisionError{A: min(dir, other), B: max(dir, other)}
	}
	e.taken[foldPath(dir)] = dir
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

// A job is the encoding of one resource.
type job struct {
	kinds *gateway.Kinds
	kind  *gateway.Kind
	dir   string
	want  *gateway.Resource // without secrets
	old   *stored           // nil: the tree does not hold it
	files Files
}

func (j *job) run() (Files, error) {
	rest, err := j.rest()
	if err != nil {
		return Files{}, err
	}
	if err := j.checkAttached(); err != nil {
		return Files{}, err
	}
	if j.old != nil {
		for _, c := range j.kinds.Diff(j.old.resource, j.want) {
			j.files.Fields = append(j.files.Fields, c.Field)
		}
	}
	for i := range j.kind.Attach {
		j.attach(&j.kind.Attach[i])
	}
	if j.old != nil && len(j.files.Fields) == 0 {
		return j.done()
	}
	for i := range j.kind.Split {
		if err := j.split(i); err != nil {
			return Files{}, err
		}
	}
	if j.kind.File == "" {
		j.files.Lost = leaves(rest, "")
		return j.done()
	}
	if err := j.payload(rest); err != nil {
		return Files{}, err
	}
	return j.done()
}

func (j *job) done() (Files, error) {
	slices.Sort(j.files.Remove)
	return j.files, nil
}

// rest returns the payload without what other files hold, and completes want
// by what no file holds.
func (j *job) rest() (map[string]any, error) {
	spec := j.want.Spec
	rest, _ := gateway.Clone(spec).(map[string]any)
	for _, s := range j.kind.Split {
		cut(rest, s.Field)
	}
	for field, v := range j.kind.Const {
		always := map[string]any{}
		gateway.SetField(always, field, gateway.Clone(v))
		v = gateway.Field(j.kinds.Normal(j.kind, always), field)
		if has := cut(rest, field); has != nil && !reflect.DeepEqual(has, v) {
			return nil, fmt.Errorf("%s is %v, and the tree can only hold %v", field, has, v)
		}
		if v != nil {
			gateway.SetField(spec, field, v)
		}
	}
	return rest, nil
}

// cut removes a field, and the objects that are empty without it.
func cut(spec map[string]any, field string) any {
	head, tail, deep := strings.Cut(field, ".")
	if !deep {
		v := spec[head]
		delete(spec, head)
		return v
	}
	sub, ok := spec[head].(map[string]any)
	if !ok {
		return nil
	}
	v := cut(sub, tail)
	if len(sub) == 0 {
		delete(spec, head)
	}
	return v
}

// leaves returns the names of the fields of a payload, sorted.
func leaves(v map[string]any, prefix string) []string {
	var names []string
	for _, name := range slices.Sorted(maps.Keys(v)) {
		if sub, ok := v[name].(map[string]any); ok {
			names = append(names, leaves(sub, prefix+name+".")...)
			continue
		}
		names = append(names, prefix+name)
	}
	return names
}

// payload writes the payload's file unless it says the same already.
func (j *job) payload(rest map[string]any) error {
	p := path.Join(j.dir, j.kind.File)
	if j.old == nil {
		l := newLayout()
		root, err := l.newNode(rest)
		if err != nil {
			return err
		}
		d := document{root: root, after: []byte("\n")}
		j.files.Write[p] = d.bytes(l)
		return nil
	}
	if j.says(j.old.payload.spec()) {
		return nil
	}
	text, err := j.merge(rest)
	if err != nil {
		return err
	}
	j.files.Write[p] = text
	return nil
}

// merge returns the payload's file changed as little as possible to say what
// rest says. The less a try leaves of the old file, the surer it is right.
func (j *job) merge(rest map[string]any) ([]byte, error) {
	have := j.kinds.Public(j.kind, j.old.resource.Spec)
	for _, s := range j.kind.Split {
		cut(have, s.Field)
	}
	for field := range j.kind.Const {
		cut(have, field)
	}
	l := layoutOf(j.old.payload)
	for _, keep := range []func([]string) bool{
		func(p []string) bool { return !j.elsewhere(p) },
		func(p []string) bool { return hidden(j.kind, p) },
		func(p []string) bool { return false },
	} {
		m := merger{kind: j.kind, layout: l, keep: keep}
		root, err := m.object(j.old.payload.root, have, rest, nil)
		if err != nil {
			return nil, err
		}
		d := document{before: j.old.payload.before, root: root, after: j.old.payload.after}
		if j.says(d.spec()) {
			return d.bytes(l), nil
		}
	}
	root, err := l.newNode(rest)
	if err != nil {
		return nil, err
	}
	d := document{before: j.old.payload.before, root: root, after: j.old.payload.after}
	return d.bytes(l), nil
}

// elsewhere reports whether the field has no place in the payload's file.
func (j *job) elsewhere(p []string) bool {
	fields := slices.Collect(maps.Keys(j.kind.Const))
	for _, s := range j.kind.Split {
		fields = append(fields, s.Field)
	}
	return matches(fields, p)
}

// says reports whether the payload's file, with that content, says what it should.
func (j *job) says(spec map[string]any) bool {
	for _, s := range j.kind.Split {
		if gateway.Field(spec, s.Field) != nil {
			return false // has a file of its own
		}
		if v := gateway.Field(j.want.Spec, s.Field); v != nil {
			gateway.SetField(spec, s.Field, v)
		}
	}
	for field, v := range j.kind.Const {
		gateway.SetField(spec, field, gateway.Clone(v))
	}
	return len(j.kinds.Diff(
		&gateway.Resource{Key: j.want.Key, Spec: spec},
		&gateway.Resource{Key: j.want.Key, Spec: j.want.Spec})) == 0
}

// split writes a text field's file unless it says the same already.
func (j *job) split(i int) error {
	s := &j.kind.Split[i]
	p := path.Join(j.dir, s.File)
	v := gateway.Field(j.want.Spec, s.Field)
	text, isText := v.(string)
	if v != nil && !isText {
		return fmt.Errorf("%s is no text", s.Field)
	}
	if err := checkText(p, []byte(text)); err != nil {
		return err
	}
	var old []byte
	had := false
	if j.old != nil {
		old, had = j.old.files[s.File]
	}
	switch {
	case !had:
		// The first of them shows that the resource is there, if nothing else does.
		if isText || j.old == nil && j.kind.File == "" && i == 0 {
			j.files.Write[p] = []byte(text)
		}
	case !isText && j.kind.File != "":
		j.files.Remove = append(j.files.Remove, p)
	case !j.sameText(s, string(old), text):
		j.files.Write[p] = adapt(old, []byte(text), func(b []byte) bool { return j.sameText(s, string(b), text) })
	}
	return nil
}

// sameText reports whether a file of the field with that text says the same.
func (j *job) sameText(s *gateway.Split, old, text string) bool {
	a := map[string]any{}
	b := map[string]any{}
	gateway.SetField(a, s.Field, strings.TrimPrefix(old, string(bom)))
	gateway.SetField(b, s.Field, text)
	key := j.want.Key
	return len(j.kinds.Diff(&gateway.Resource{Key: key, Spec: a}, &gateway.Resource{Key: key, Spec: b})) == 0
}

// adapt gives text the byte-order mark, line ends and final newline that old
// has, if it still says the same then.
func adapt(old, text []byte, same func([]byte) bool) []byte {
	lf, crlf := []byte("\n"), []byte("\r\n")
	out := bytes.TrimPrefix(text, bom)
	lines, pairs := bytes.Count(old, lf), bytes.Count(old, crlf)
	if lines > 0 && (pairs == 0 || pairs == lines) {
		out = bytes.ReplaceAll(out, crlf, lf)
		switch was, is := bytes.HasSuffix(old, lf), bytes.HasSuffix(out, lf); {
		case was && !is:
			out = slices.Concat(out, lf)
		case is && !was:
			out = bytes.TrimSuffix(out, lf)
		}
		if pairs > 0 {
			out = bytes.ReplaceAll(out, lf, crlf)
		}
	}
	if bytes.HasPrefix(old, bom) {
		out = slices.Concat(bom, out)
	}
	if same(out) {
		return out
	}
	return text
}

// checkAttached refuses files that the tree could not hold.
func (j *job) checkAttached() error {
	groups := map[*gateway.Attachment]string{}
	for _, name := range slices.Sorted(maps.Keys(j.want.Files)) {
		a := firstGroup(j.kind, name)
		if back, ok := resourceName(name); a == nil || names(j.kind, name) || !ok || back != name {
			return fmt.Errorf("the kind has no place for a file named %q", name)
		}
		if groups[a] != "" {
			return fmt.Errorf("both %s and %s: only one can be kept", groups[a], name)
		}
		groups[a] = name
	}
	return nil
}

// attach writes the file of a group unless one there says the same already.
func (j *job) attach(a *gateway.Attachment) {
	var name string
	for n := range j.want.Files {
		if firstGroup(j.kind, n) == a {
			name = n
		}
	}
	have := j.old.group(j.kind, a)
	if name == "" {
		if !slices.Contains(j.want.Unread, a.Pattern) {
			j.remove(have, "")
		}
		return
	}
	text := j.want.Files[name]
	for _, n := range have {
		old := j.old.files[n]
		if bytes.Equal(old, text) || a.Equal != nil && a.Equal(n, old, name, text) {
			j.remove(have, n)
			return
		}
	}
	if len(have) > 0 && !slices.Contains(have, name) && a.Reencode != nil {
		if b, err := a.Reencode(text, name, have[0]); err == nil && (a.Equal == nil || a.Equal(have[0], b, name, text)) {
			name, text = have[0], b
		}
	}
	if old, ok := j.oldFile(name); ok && a.Equal != nil {
		text = adapt(old, text, func(b []byte) bool { return a.Equal(name, b, name, text) })
	}
	j.remove(have, name)
	j.files.Write[path.Join(j.dir, name)] = text
}

func (j *job) oldFile(name string) ([]byte, bool) {
	if j.old == nil {
		return nil, false
	}
	b, ok := j.old.files[name]
	return b, ok
}

// remove removes all files of a group but one.
func (j *job) remove(group []string, but string) {
	for _, name := range group {
		if name != but {
			j.files.Remove = append(j.files.Remove, path.Join(j.dir, name))
		}
	}
}
