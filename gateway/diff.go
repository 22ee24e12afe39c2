package gateway

import (
	"fmt"
	"maps"
	"path"
	"reflect"
	"slices"
	"strings"
)

// A Change is one difference between two states of a resource.
type Change struct {
	Field      string   // path in the payload, or name of a file
	Have, Want any      // nil: not there
	Lines      []string // for text and files, what differs, where that can be told in short
}

// Equal reports whether two states of a resource mean the same.
func (ks *Kinds) Equal(a, b *Resource) bool { return len(ks.Diff(a, b)) == 0 }

// HoldsSecrets reports whether a payload has values that are never compared, or
// stand for such.
func (ks *Kinds) HoldsSecrets(r *Resource) bool {
	k := ks.Get(r.Key.Kind)
	for _, s := range k.Secret {
		if s.Stands == nil {
			continue
		}
		found := false
		spec, _ := Clone(r.Spec).(map[string]any)
		s.Edit(spec, func(v any) (any, bool) {
			found = found || s.Stands(v)
			return v, true
		})
		if found {
			return true
		}
	}
	return !reflect.DeepEqual(ks.Normal(k, r.Spec), ks.Public(k, r.Spec))
}

// Diff returns how want differs from have, sorted by field. Only the normal
// form counts, without secrets and without what the gateway may choose as it
// likes. An attached file counts only if both sides were able to say whether
// they have it.
func (ks *Kinds) Diff(have, want *Resource) []Change {
	if cs, ok := ks.unseen(have, want); ok {
		return cs
	}
	k := ks.Get(want.Key.Kind)
	h, w := ks.Compared(have), ks.Compared(want)
	var cs []Change
	for _, s := range k.Split {
		a, b := CutField(h, s.Field), CutField(w, s.Field)
		if !s.same(a, b) {
			cs = append(cs, Change{Field: s.Field, Have: a, Want: b})
		}
	}
	dropEmpty(ks, k, h)
	dropEmpty(ks, k, w)
	diffValue(&cs, "", h, w)
	for _, a := range k.Attach {
		if c, ok := a.diff(have, want); ok {
			cs = append(cs, c)
		}
	}
	slices.SortStableFunc(cs, func(a, b Change) int { return strings.Compare(a.Field, b.Field) })
	return veiled(cs, slices.Concat(have.Hidden, want.Hidden))
}

// Compared returns the part of a payload that counts where two states of a
// resource are compared.
func (ks *Kinds) Compared(r *Resource) map[string]any {
	k := ks.Get(r.Key.Kind)
	spec := ks.Public(k, r.Spec)
	for _, f := range k.Loose {
		CutField(spec, f)
	}
	if k.Follows != nil {
		for _, f := range k.Follows(r.Key) {
			CutField(spec, f)
		}
	}
	for _, s := range k.Secret {
		if s.Alike == nil {
			continue
		}
		s.Edit(spec, func(v any) (any, bool) {
			if s.Alike(v) {
				return "of the gateway's own", true
			}
			return v, true
		})
	}
	return spec
}

func (s *Split) same(a, b any) bool {
	x, xok := a.(string)
	y, yok := b.(string)
	switch {
	case xok != yok:
		return false
	case x == y:
		return true
	case s.Equal != nil:
		return s.Equal(x, y)
	}
	return lineEnds.Replace(x) == lineEnds.Replace(y)
}

var lineEnds = strings.NewReplacer("\r\n", "\n", "\ufeff", "")

func diffValue(cs *[]Change, field string, have, want any) {
	h, hok := have.(map[string]any)
	w, wok := want.(map[string]any)
	if hok && wok {
		for _, name := range slices.Sorted(maps.Keys(union(h, w))) {
			diffValue(cs, strings.TrimPrefix(field+"."+name, "."), h[name], w[name])
		}
		return
	}
	hl, hok := have.([]any)
	wl, wok := want.([]any)
	if hok && wok && len(hl) == len(wl) {
		for i := range hl {
			diffValue(cs, fmt.Sprintf("%s[%d]", field, i), hl[i], wl[i])
		}
		return
	}
	if !reflect.DeepEqual(have, want) {
		*cs = append(*cs, Change{Field: field, Have: have, Want: want})
	}
}

func union(a, b map[string]any) map[string]any {
	u := maps.Clone(a)
	maps.Copy(u, b)
	return u
}

// File returns the file of the group that a resource has.
func (a *Attachment) File(r *Resource) (name string, text []byte, ok bool) {
	for _, name := range slices.Sorted(maps.Keys(r.Files)) {
		if a.Match(name) {
			return name, r.Files[name], true
		}
	}
	return "", nil, false
}

// Match reports whether a file of that name belongs to the group.
func (a *Attachment) Match(name string) bool {
	ok, err := path.Match(a.Pattern, name)
	return ok && err == nil
}

// Rank returns which place a file of that name has in the order of the group.
func (a *Attachment) Rank(name string) int {
	if i := slices.Index(a.Order, name); i >= 0 {
		return i
	}
	return len(a.Order)
}

func (a *Attachment) unread(r *Resource) bool { return slices.Contains(r.Unread, a.Pattern) }

func (a *Attachment) diff(have, want *Resource) (Change, bool) {
	hn, h, hok := a.File(have)
	wn, w, wok := a.File(want)
	switch {
	case !hok && a.unread(have), !wok && a.unread(want):
		return Change{}, false
	case !hok && !wok:
		return Change{}, false
	case !hok:
		return Change{Field: wn, Want: w}, true
	case !wok:
		return Change{Field: hn, Have: h}, true
	case string(h) == string(w), a.Equal != nil && a.Equal(hn, h, wn, w):
		return Change{}, false
	}
	c := Change{Field: wn, Have: h, Want: w}
	if a.Diff != nil {
		c.Lines = a.Diff(hn, h, wn, w)
	}
	return c, true
}
