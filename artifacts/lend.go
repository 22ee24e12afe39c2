package artifacts

import (
	"maps"
	"path"
	"reflect"
	"slices"

	"github.com/lockstep-apiops/lockstep/gateway"
)

// A loan is an attached file that the tree has in the payload of another
// resource.
type loan struct {
	*entry // of the other
	within *gateway.Within
}

// borrow takes resources that only hold a file of their owner for that file.
func (t *Tree) borrow() {
	lenders := map[string]bool{}
	for _, k := range t.kinds.Lenders() {
		lenders[k.Name] = true
	}
	if len(lenders) == 0 {
		return
	}
	for key, e := range t.entries {
		if !lenders[key.Kind] || len(e.also) > 0 {
			continue
		}
		owner, w := t.kinds.Lends(key)
		o := t.entry(owner)
		if w == nil || o == nil || !t.holds(e, w) {
			continue
		}
		o.loan = &loan{e, w}
		delete(t.entries, key)
	}
}

// holds reports whether a resource is but a place for a file. What cannot be
// read is not: whoever reads the resource will tell.
func (t *Tree) holds(e *entry, w *gateway.Within) bool {
	s, err := t.load(e)
	if err != nil {
		return false
	}
	for field, v := range w.Const {
		if !reflect.DeepEqual(gateway.Field(s.resource.Spec, field), v) {
			return false
		}
	}
	text, _ := gateway.Field(s.resource.Spec, w.Field).(string)
	return text != ""
}

// lend adds a file that lies in the payload of another resource.
func (t *Tree) lend(s *stored, l *loan) error {
	lender, err := t.load(l.entry)
	if err != nil {
		return err
	}
	text, _ := gateway.Field(lender.resource.Spec, l.within.Field).(string)
	s.lender, s.files[l.within.File] = lender, []byte(text)
	s.resource.Files = maps.Clone(s.resource.Files)
	if s.resource.Files == nil {
		s.resource.Files = map[string][]byte{}
	}
	s.resource.Files[l.within.File] = []byte(text)
	return nil
}

// repay turns changes of the file of a loan into changes of where it lies.
func (e *Encoder) repay(f *Files, l *loan, old *stored, dir string) error {
	p := path.Join(dir, l.within.File)
	if i := slices.Index(f.Remove, p); i >= 0 {
		f.Remove = append(slices.Delete(f.Remove, i, i+1), l.paths()...)
		slices.Sort(f.Remove)
	}
	text, ok := f.Write[p]
	if !ok {
		return nil
	}
	delete(f.Write, p)
	spec, _ := gateway.Clone(old.lender.resource.Spec).(map[string]any)
	gateway.SetField(spec, l.within.Field, string(text))
	j := job{
		kinds: e.kinds, kind: old.lender.kind, dir: old.lender.dir, old: old.lender, files: Files{Write: f.Write},
		want: &gateway.Resource{Key: l.key, Spec: spec},
	}
	_, err := j.run()
	return err
}

// lent reports whether the wanted resource may have a file in the folder, or
// below it, that another holds for it.
func (x *indexer) lent(s spot) bool {
	kinds := x.tree.kinds
	for _, p := range s.places {
		if owner, w := kinds.Lends(p.key); w != nil && kinds.Fold(owner) == x.only {
			return true
		}
	}
	return slices.ContainsFunc(s.collections, func(c collection) bool {
		return kinds.Fold(c.anchor) == x.only && slices.ContainsFunc(kinds.Get(x.only.Kind).Attach, func(a gateway.Attachment) bool {
			return a.Within != nil && a.Within.Row == c.form.Kind.Row
		})
	})
}
