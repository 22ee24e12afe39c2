package artifacts

import (
	"reflect"
	"slices"
	"strings"

	"github.com/lockstep-apiops/lockstep/gateway"
)

// A merger changes a JSON file to say something else and leaves alone what
// already says it: order, spelling, and fields that mean nothing to the
// gateway.
type merger struct {
	kind   *gateway.Kind
	layout layout
	keep   func(path []string) bool // of fields that mean nothing in either payload
}

// object returns old, which means have, made to mean want.
func (m *merger) object(old *node, have, want map[string]any, path []string) (*node, error) {
	n := &node{kind: '{', inline: old.inline || len(old.members) == 0 && m.layout.inline, head: old.head, tail: old.tail}
	seen := map[string]bool{}
	for _, e := range old.members {
		seen[e.name] = true
		v, err := m.member(e, have, want, append(slices.Clip(path), e.name))
		if err != nil {
			return nil, err
		}
		if v != nil {
			e.value = v
			n.members = append(n.members, e)
		}
	}
	for _, name := range sortedNames(want) {
		if seen[name] || matches(m.kind.Loose, append(slices.Clip(path), name)) {
			continue
		}
		e, err := m.layout.newMember(name, want[name])
		if err != nil {
			return nil, err
		}
		n.members = append(n.members, e)
	}
	return n, nil
}

// member returns the new value of a member, or nil to drop it.
func (m *merger) member(e member, have, want map[string]any, path []string) (*node, error) {
	h, hok := have[e.name]
	w, wok := want[e.name]
	switch {
	case matches(m.kind.Loose, path):
		return e.value, nil
	case !hok && !wok:
		if m.keep(path) {
			return e.value, nil
		}
		return m.rest(e.value, path)
	case !wok:
		return m.rest(e.value, path)
	case hok && reflect.DeepEqual(h, w):
		return e.value, nil
	}
	return m.value(e.value, h, w, path)
}

// rest returns what stays of a value that has to go: what the gateway would
// not show anyway, such as secrets. It is nil if nothing does.
func (m *merger) rest(old *node, path []string) (*node, error) {
	if old.kind != '{' {
		return nil, nil
	}
	keep := m.keep
	rest := merger{m.kind, m.layout, func(p []string) bool { return keep(p) && hidden(m.kind, p) }}
	n, err := rest.object(old, nil, nil, path)
	if err != nil || len(n.members) == 0 {
		return nil, err
	}
	return n, nil
}

func (m *merger) value(old *node, have, want any, path []string) (*node, error) {
	switch w := want.(type) {
	case map[string]any:
		if old.kind == '{' {
			h, _ := have.(map[string]any)
			return m.object(old, h, w, path)
		}
	case []any:
		h, _ := have.([]any)
		if old.kind == '[' && len(old.items) == len(h) && len(h) > 0 {
			return m.array(old, h, w, path)
		}
	}
	return m.layout.newNode(want)
}

func (m *merger) array(old *node, have, want []any, path []string) (*node, error) {
	if matches(m.kind.Sets, path) {
		return m.set(old, want)
	}
	n := &node{kind: '[', inline: old.inline, head: old.head, tail: old.tail}
	from, to := 0, 0 // what is the same at the start and at the end
	for from < min(len(have), len(want)) && reflect.DeepEqual(have[from], want[from]) {
		from++
	}
	for to < min(len(have), len(want))-from && reflect.DeepEqual(have[len(have)-1-to], want[len(want)-1-to]) {
		to++
	}
	each := slices.Clone(path)
	each[len(each)-1] += "[]"
	n.items = append(n.items, old.items[:from]...)
	for i := from; i < len(want)-to; i++ {
		var v *node
		var err error
		if len(have) == len(want) {
			if v, err = m.value(old.items[i], have[i], want[i], each); err == nil {
				v.lead = old.items[i].lead
			}
		} else {
			v, err = m.layout.newNode(want[i])
		}
		if err != nil {
			return nil, err
		}
		n.items = append(n.items, v)
	}
	n.items = append(n.items, old.items[len(have)-to:]...)
	return n, nil
}

// set keeps the elements that stay in the order they have, and adds the new.
func (m *merger) set(old *node, want []any) (*node, error) {
	n := &node{kind: '[', inline: old.inline, head: old.head, tail: old.tail}
	want = slices.Clone(want)
	for _, e := range old.items {
		v := e.decoded()
		if i := slices.IndexFunc(want, func(w any) bool { return reflect.DeepEqual(v, w) }); i >= 0 {
			want = slices.Delete(want, i, i+1)
			n.items = append(n.items, e)
		}
	}
	for _, w := range want {
		v, err := m.layout.newNode(w)
		if err != nil {
			return nil, err
		}
		n.items = append(n.items, v)
	}
	return n, nil
}

func sortedNames(m map[string]any) []string {
	names := make([]string, 0, len(m))
	for name := range m {
		names = append(names, name)
	}
	slices.SortFunc(names, compareNames)
	return names
}

// hidden reports whether a field is kept in the tree though the gateway does
// not show it or it is not compared.
func hidden(k *gateway.Kind, path []string) bool {
	if matches(k.Loose, path) {
		return true
	}
	for _, s := range k.Secret {
		if matches([]string{s.Field}, path) {
			return true
		}
	}
	return false
}

// matches reports whether one of the patterns names the field.
func matches(patterns []string, path []string) bool {
	return slices.ContainsFunc(patterns, func(p string) bool {
		for i, part := range path {
			head, tail, deep := strings.Cut(p, ".")
			if head != "*" && head != part || deep == (i == len(path)-1) {
				return false
			}
			p = tail
		}
		return true
	})
}
