package amplify

import "slices"

// store holds the resources and finds them by what requests ask for. Its caller
// holds the server's lock.
type store struct {
	items       map[string]*object
	collections map[string]map[string]*object // by path of the list, by key
	kinds       map[*kind]map[string]*object
	ids         map[string]string          // id → key
	referrers   map[string]map[string]bool // key of a target → keys of what refers to it
	dirty       map[string]bool            // keys that the running request changed
}

func newStore() *store {
	return &store{items: map[string]*object{}, collections: map[string]map[string]*object{}, kinds: map[*kind]map[string]*object{},
		ids: map[string]string{}, referrers: map[string]map[string]bool{}, dirty: map[string]bool{}}
}

// put stores an object in place of what has its key.
func (st *store) put(o *object) {
	key := o.key()
	if old := st.items[key]; old != nil {
		st.unindex(old)
	}
	o.targets = targetsOf(o)
	st.items[key] = o
	st.dirty[key] = true
	at := collectionOf(o.scope, o.kind)
	into(st.collections, at)[key] = o
	into(st.kinds, o.kind)[key] = o
	st.ids[o.id] = key
	for _, target := range o.targets {
		into(st.referrers, target.key)[key] = true
	}
}

// filled reports whether there are resources besides those that describe kinds.
func (st *store) filled() bool {
	for _, o := range st.items {
		if !o.kind.described {
			return true
		}
	}
	return false
}

// remove forgets an object. What depends on it is the caller's business.
func (st *store) remove(o *object) {
	st.unindex(o)
	delete(st.items, o.key())
	st.dirty[o.key()] = true
}

func (st *store) unindex(o *object) {
	key := o.key()
	delete(st.collections[collectionOf(o.scope, o.kind)], key)
	delete(st.kinds[o.kind], key)
	delete(st.ids, o.id)
	for _, target := range o.targets {
		delete(st.referrers[target.key], key)
		if len(st.referrers[target.key]) == 0 {
			delete(st.referrers, target.key)
		}
	}
}

// into returns the inner map, made when it is missing.
func into[K comparable, V any](outer map[K]map[string]V, at K) map[string]V {
	if outer[at] == nil {
		outer[at] = map[string]V{}
	}
	return outer[at]
}

// target is what a link of an object leads to, whether it is there or not.
type target struct {
	link link
	name string
	key  string
}

// targetsOf lists what an object refers to.
func targetsOf(o *object) []target {
	var out []target
	for _, l := range o.kind.links {
		for _, name := range l.names(o) {
			out = append(out, target{l, name, l.keyFor(o, name)})
		}
	}
	return out
}

// list returns the objects of a kind in a scope, or in all of them, sorted by key.
func (st *store) list(k *kind, scope string) []*object {
	found := st.kinds[k]
	if scope != "" {
		found = st.collections[collectionOf(scope, k)]
	}
	return sorted(found)
}

func sorted(found map[string]*object) []*object {
	out := make([]*object, 0, len(found))
	for _, key := range sortedKeys(found) {
		out = append(out, found[key])
	}
	return out
}

// held lists what stands in a scope, sorted by key.
func (st *store) held(t *table, scope *object) []*object {
	var out []*object
	for _, k := range t.kinds {
		if k.heldBy(scope.kind) {
			out = append(out, st.list(k, scope.key())...)
		}
	}
	return out
}

// closure lists an object and all that goes with it: what it holds, and what has a
// hard link to one of them. What stays and has a soft link is found by losers.
func (st *store) closure(t *table, o *object) []*object {
	seen := map[string]bool{o.key(): true}
	all := []*object{o}
	add := func(next *object) {
		if next != nil && !seen[next.key()] {
			seen[next.key()] = true
			all = append(all, next)
		}
	}
	for i := 0; i < len(all); i++ {
		for _, child := range st.held(t, all[i]) {
			add(child)
		}
		for _, key := range sortedKeys(st.referrers[all[i].key()]) {
			if st.items[key].refersHard(all[i].key()) {
				add(st.items[key])
			}
		}
	}
	return all
}

// refersHard reports whether the object has a hard link to the key.
func (o *object) refersHard(key string) bool {
	return slices.ContainsFunc(o.targets, func(t target) bool { return t.link.hard && t.key == key })
}

// forget takes the object out of what has a soft link to it.
func (st *store) forget(o *object) {
	for _, key := range sortedKeys(st.referrers[o.key()]) {
		for _, t := range st.items[key].targets {
			if t.key == o.key() {
				st.put(st.items[key].without(t.link, t.name))
			}
		}
	}
}
