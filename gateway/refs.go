package gateway

import (
	"slices"
	"strings"
)

// References returns the keys of the resources that r cannot be without, as
// far as its own payload tells: its owner, what its name joins, and what its
// fields name. Mentions in text are not among them; see Set.
func (ks *Kinds) References(r *Resource) []Key {
	k := ks.Get(r.Key.Kind)
	var keys []Key
	if k.Parent != "" {
		keys = append(keys, ks.Parent(r.Key))
	}
	if k.Joins != "" {
		if key, ok := ks.near(r.Key, k.Joins, r.Key.Name()); ok {
			keys = append(keys, key)
		}
	}
	spec := ks.Normal(k, r.Spec)
	for _, ref := range k.Refs {
		for _, v := range Values(spec, ref.Field) {
			s, _ := v.(string)
			if key, ok := ks.resolve(r.Key, ref, s); ok && ks.Fold(key) != ks.Fold(r.Key) {
				keys = append(keys, key)
			}
		}
	}
	slices.SortFunc(keys, Key.Compare)
	return slices.Compact(keys)
}

func (ks *Kinds) resolve(from Key, ref Ref, value string) (Key, bool) {
	switch {
	case value == "":
		return Key{}, false
	case ref.ByName:
		return ks.near(from, ref.Kind, value)
	}
	return ks.ParseID(value)
}

// near returns the key of the resource of that kind and name that lies beside
// the one from names: the kind's owners are taken from those of from, and else
// from the name, in which a slash is between an owner's and its own.
func (ks *Kinds) near(from Key, kind, name string) (Key, bool) {
	k := ks.Get(kind)
	if k == nil {
		return Key{}, false
	}
	if k.Parent == "" {
		return NewKey(kind, name), true
	}
	for p := from; !p.IsZero(); p = ks.Parent(p) {
		if p.Kind == k.Parent {
			return p.Child(kind, name), true
		}
	}
	i := strings.LastIndexByte(name, '/')
	if i < 0 {
		return Key{}, false
	}
	owner, ok := ks.near(from, k.Parent, name[:i])
	return owner.Child(kind, name[i+1:]), ok
}

// A Set is a collection of resources that can be asked what one of them
// depends on, mentions in text included.
type Set struct {
	kinds   *Kinds
	byKey   map[Key]*Resource
	byValue map[valueKey]Key
}

type valueKey struct {
	owner       Key
	kind, field string
	value       string
}

// NewSet returns the set of these resources.
func (ks *Kinds) NewSet(rs ...*Resource) *Set {
	s := &Set{kinds: ks, byKey: make(map[Key]*Resource, len(rs)), byValue: map[valueKey]Key{}}
	fields := ks.mentionedFields()
	for _, r := range rs {
		s.byKey[ks.Fold(r.Key)] = r
		for _, f := range fields[ks.Get(r.Key.Kind).Row] {
			if v, ok := Field(r.Spec, f).(string); ok {
				s.byValue[valueKey{ks.Fold(ks.Parent(r.Key)), r.Key.Kind, f, v}] = r.Key
			}
		}
	}
	return s
}

// mentionedFields returns, by row, the fields by which text may name it. They
// are the unique ones: what does not identify a resource cannot name it.
func (ks *Kinds) mentionedFields() map[string][]string {
	m := map[string][]string{}
	for _, k := range ks.rows {
		m[k.Row] = k.Unique
	}
	return m
}

// Get returns the resource of that key in any spelling, or nil.
func (s *Set) Get(k Key) *Resource { return s.byKey[s.kinds.Fold(k)] }

// Len returns the number of resources.
func (s *Set) Len() int { return len(s.byKey) }

// Depends returns the keys, sorted, of what r depends on: its references, and
// those of its mentions that are in the set. The nearest wins: a resource
// beside r before one of the same name at the gateway.
func (s *Set) Depends(r *Resource) []Key {
	keys := s.kinds.References(r)
	k := s.kinds.Get(r.Key.Kind)
	if k.Mentions != nil {
		for _, m := range k.Mentions(r) {
			if key, ok := s.Find(r.Key, m); ok && s.kinds.Fold(key) != s.kinds.Fold(r.Key) {
				keys = append(keys, key)
			}
		}
	}
	slices.SortFunc(keys, Key.Compare)
	return slices.Compact(keys)
}

// Unmet returns the mentions of r that name nothing in the set.
func (s *Set) Unmet(r *Resource) []Mention {
	k := s.kinds.Get(r.Key.Kind)
	if k.Mentions == nil {
		return nil
	}
	var ms []Mention
	for _, m := range k.Mentions(r) {
		if _, ok := s.Find(r.Key, m); !ok {
			ms = append(ms, m)
		}
	}
	return ms
}

// Find returns the resource in the set that the one of key from mentions.
func (s *Set) Find(from Key, m Mention) (Key, bool) {
	for owner := s.kinds.Parent(from); ; owner = s.kinds.Parent(owner) {
		for _, k := range s.kinds.Children(owner.Kind) {
			if k.Row != m.Kind {
				continue
			}
			if m.Field == "" {
				if r := s.Get(owner.Child(k.Name, m.Value)); r != nil {
					return r.Key, true
				}
			} else if key, ok := s.byValue[valueKey{s.kinds.Fold(owner), k.Name, m.Field, m.Value}]; ok {
				return key, true
			}
		}
		if owner.IsZero() {
			return Key{}, false
		}
	}
}
