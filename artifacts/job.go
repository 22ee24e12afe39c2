package artifacts

import (
	"fmt"
	"maps"
	"path"
	"reflect"
	"slices"
	"strings"

	"github.com/lockstep-apiops/lockstep/gateway"
)

// A job is the encoding of one resource.
type job struct {
	kinds *gateway.Kinds
	kind  *gateway.Kind // as the form has it
	bare  bool          // a new file says nothing
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
	if j.old != nil && j.old.payload == nil && j.says(map[string]any{}) {
		return nil
	}
	if j.old == nil || j.old.payload == nil {
		if j.bare {
			rest = nil
		} else {
			j.tell(rest, func(string) bool { return true })
		}
		if j.kind.Format == gateway.YAML {
			text, err := j.freshYAML(rest)
			j.files.Write[p] = text
			return err
		}
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
	j.tell(rest, func(field string) bool { return gateway.Field(j.old.resource.Spec, field) != nil })
	text, err := j.merge(rest)
	if err != nil {
		return err
	}
	j.files.Write[p] = text
	return nil
}

// tell names defaults that other tools need to see, where they are wanted.
func (j *job) tell(rest map[string]any, wanted func(field string) bool) {
	for _, field := range j.kind.Told {
		if gateway.Field(rest, field) == nil && wanted(field) {
			gateway.SetField(rest, field, gateway.Clone(j.kind.Defaults[field]))
		}
	}
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
	keeps := []func([]string) bool{
		func(p []string) bool { return !j.elsewhere(p) },
		func(p []string) bool { return hidden(j.kind, p) },
		func([]string) bool { return false },
	}
	if j.old.payload.yaml != nil {
		return j.mergeYAML(have, rest, keeps)
	}
	l := layoutOf(j.old.payload)
	for _, keep := range keeps {
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
