package gateway

import "strings"

// Moves tell what becomes of keys when names come to stand for other resources:
// when another revision of an API becomes the one that the name of the API
// means, what was "orders/list" is "orders;rev=1/list" afterwards, and what was
// "orders;rev=2/list" is "orders/list". See Kind.Stands.
type Moves struct {
	kinds *Kinds
	moves []move
}

// A move is a name that is to stand for another resource.
type move struct {
	key  Key  // with the name
	old  Key  // keeps the state that the name stood for
	next Key  // had the state that the name will stand for
	made bool // there is none: it is made as a copy of what the name stood for
}

// Moves returns how names move between two states: was and is. there reports
// whether the first has a resource; it is asked of a few.
func (ks *Kinds) Moves(was, is []*Resource, there func(Key) bool) *Moves {
	m := &Moves{kinds: ks}
	before := map[Key]*Resource{}
	for _, r := range was {
		if r != nil && ks.Get(r.Key.Kind).Stands != nil {
			before[ks.Fold(r.Key)] = r
		}
	}
	for _, r := range is {
		if r == nil || before[ks.Fold(r.Key)] == nil {
			continue
		}
		stands, beside := ks.Get(r.Key.Kind).Stands, ks.Parent(r.Key)
		one := move{
			key: r.Key, old: beside.Child(r.Key.Kind, stands(before[ks.Fold(r.Key)])), next: beside.Child(r.Key.Kind, stands(r)),
		}
		if ks.Fold(one.old) != ks.Fold(one.next) {
			one.made = !there(one.next)
			m.moves = append(m.moves, one)
		}
	}
	return m
}

// None reports whether no name moves.
func (m *Moves) None() bool { return len(m.moves) == 0 }

// Next returns the key of the resource that a name is to stand for.
func (m *Moves) Next(name Key) Key {
	one, _, _ := m.find(name)
	return one.next
}

// Before returns the key that the state which is k's after the move has before
// it. It is zero if there is none: the name stands for nothing of its own then.
func (m *Moves) Before(k Key) Key {
	if joined, ok := m.joins(k); ok {
		return m.join(k, m.before(joined, true))
	}
	return m.before(k, false)
}

// before is Before for what bears no link, or for what only a link leads to: no
// link comes with a copy.
func (m *Moves) before(k Key, linked bool) Key {
	one, at, ok := m.find(k)
	switch {
	case !ok:
		return k
	case at == one.next:
		return Key{}
	case at == one.old:
		return m.swap(k, at, one.key)
	case one.made && linked:
		return Key{}
	case one.made, m.stays(one, k):
		return k
	}
	return m.swap(k, at, one.next)
}

// After is the opposite: it returns the keys that the state which is k's before
// the move has after it. What the move changes itself has two.
func (m *Moves) After(k Key) []Key {
	joined, ok := m.joins(k)
	if !ok {
		return m.after(k, false)
	}
	var keys []Key
	for _, to := range m.after(joined, true) {
		keys = append(keys, m.join(k, to))
	}
	return keys
}

func (m *Moves) after(k Key, linked bool) []Key {
	one, at, ok := m.find(k)
	root := ok && m.kinds.Fold(k) == m.kinds.Fold(at)
	switch {
	case !ok, at == one.old:
		return []Key{k}
	case at == one.next && root:
		return nil
	case at == one.next:
		return []Key{m.swap(k, at, one.key)}
	case !root && m.stays(one, k):
		return []Key{k}
	case root, one.made && !linked:
		return []Key{k, m.swap(k, at, one.old)}
	}
	return []Key{m.swap(k, at, one.old)}
}

// Resources returns resources as they would be called after the move.
func (m *Moves) Resources(rs []*Resource) []*Resource {
	if m.None() {
		return rs
	}
	var out []*Resource
	seen := map[Key]bool{}
	for _, r := range rs {
		for _, key := range m.After(r.Key) {
			if f := m.kinds.Fold(key); !seen[f] {
				seen[f] = true
				out = append(out, m.Rename(r, key))
			}
		}
	}
	return out
}

// Rename returns a resource under one of the keys that it has after the move, or
// had before it. A link names what it leads to by that key.
func (m *Moves) Rename(r *Resource, key Key) *Resource {
	if r.Key == key {
		return r
	}
	c := *r
	c.Key = key
	from, ok := m.joins(r.Key)
	to, _ := m.joins(key)
	if !ok {
		return &c
	}
	c.Spec, _ = Clone(r.Spec).(map[string]any)
	for _, ref := range m.kinds.Get(key.Kind).Refs {
		EditField(c.Spec, ref.Field, func(v any) (any, bool) {
			s, _ := v.(string)
			if named, ok := m.kinds.ParseID(s); ok && m.kinds.Fold(named) == m.kinds.Fold(from) {
				return m.kinds.ID(to), true
			}
			return v, true
		})
	}
	return &c
}

// joins returns the key of what a link leads to, if that is below one of the
// names: a link to the name itself is one whatever the name stands for.
func (m *Moves) joins(k Key) (Key, bool) {
	kind := m.kinds.Get(k.Kind)
	if kind.Joins == "" || len(m.moves) == 0 {
		return Key{}, false
	}
	to, ok := m.kinds.near(k, kind.Joins, k.Name())
	if !ok {
		return Key{}, false
	}
	_, at, ok := m.find(to)
	return to, ok && m.kinds.Fold(to) != m.kinds.Fold(at)
}

// join returns the key of a link beside another that leads elsewhere.
func (m *Moves) join(k, to Key) Key {
	if to.IsZero() {
		return Key{}
	}
	names := to.Names()
	return m.kinds.Parent(k).Child(k.Kind, strings.Join(names[len(names)-1-strings.Count(k.Name(), "/"):], "/"))
}

// find returns the move that a key has a part in, and the one of its three
// keys that leads to it.
func (m *Moves) find(k Key) (one move, at Key, ok bool) {
	for p := k; !p.IsZero() && len(m.moves) > 0; p = m.kinds.Parent(p) {
		for _, one := range m.moves {
			for _, at := range []Key{one.key, one.old, one.next} {
				if m.kinds.Fold(p) == m.kinds.Fold(at) {
					return one, at, true
				}
			}
		}
	}
	return move{}, Key{}, false
}

// stays reports whether a key is that of the name itself, or of what only such
// a name can own, whatever it stands for.
func (m *Moves) stays(one move, k Key) bool {
	for !k.IsZero() && m.kinds.Fold(k) != m.kinds.Fold(one.key) {
		applies := m.kinds.Get(k.Kind).Applies
		if k = m.kinds.Parent(k); m.kinds.Fold(k) == m.kinds.Fold(one.key) {
			return applies != nil && applies(&Resource{Key: one.key}) && !applies(&Resource{Key: one.old})
		}
	}
	return true
}

// swap returns a key with another owner, or the other key itself.
func (m *Moves) swap(k, owner, by Key) Key {
	names := k.Names()
	return NewKey(k.Kind, append(by.Names(), names[len(owner.Names()):]...)...)
}
