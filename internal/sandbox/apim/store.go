package apim

import (
	"maps"
	"slices"
	"strings"
	"sync"
	"time"
)

// item is one stored resource. Its props are replaced, never changed in place, so
// they can be read after the lock is gone.
type item struct {
	kind   *kind
	key    string // canonical path below the service, lower case
	name   string // as it was created; of a revision: the API's name
	rev    string // of a revision: its number
	parent *item  // nil at the top of the service
	props  map[string]any
	row    uint64   // row version, shown as ETag
	refs   []string // keys of what it refers to
}

// service is one API Management instance: its resources and their indexes.
type service struct {
	ready    sync.Once // what it starts with is there
	notReady error     // why it is not

	mu  sync.RWMutex
	srv *Server
	key string // lower-case id
	id  string // "/subscriptions/…/service/name"

	items     map[string]*item
	children  map[string][]*item         // by collection key, sorted by name
	referrers map[string]map[string]bool // target key → keys of items that refer to it
	roots     map[string]*apiRoot        // "apis/x" → its revisions
	paths     map[string]map[string]bool // API path → root keys
	display   map[string]string          // key of a named value by display name, of a user by mail address
	pairs     map[string]string          // link owner, collection, target → link key
	props     map[string]any             // of the service resource itself
	row       uint64                     // last row version given out
	dirty     map[string]bool            // keys changed by the running request
	ops       map[string]*operation
}

// apiRoot is an API as the sum of its revisions.
type apiRoot struct {
	key       string
	name      string
	current   string          // revision number
	revs      map[string]bool // revision numbers
	busyUntil time.Time       // an operation on it runs until then
}

func newService(srv *Server, id string) *service {
	return &service{srv: srv, key: strings.ToLower(id), id: id, items: map[string]*item{}, children: map[string][]*item{},
		referrers: map[string]map[string]bool{}, roots: map[string]*apiRoot{}, paths: map[string]map[string]bool{},
		display: map[string]string{}, pairs: map[string]string{}, dirty: map[string]bool{}, ops: map[string]*operation{}}
}

// collectionKey is where the children of a kind below parent are listed.
func collectionKey(parent *item, k *kind) string {
	name := strings.ToLower(k.collection())
	if parent == nil {
		return name
	}
	return parent.key + "/" + name
}

func byName(it *item, name string) int { return strings.Compare(it.sortName(), name) }

func (it *item) sortName() string { return it.key[strings.LastIndexByte(it.key, '/')+1:] }

// put stores an item, replacing what has its key, and keeps the indexes right.
func (v *service) put(it *item) {
	old := v.items[it.key]
	if old != nil {
		v.unindex(old)
	}
	v.row++
	it.row = v.row
	v.items[it.key] = it
	v.dirty[it.key] = true
	v.index(it, old)
}

func (v *service) index(it, old *item) {
	at := collectionKey(it.parent, it.kind)
	list := v.children[at]
	i, found := slices.BinarySearchFunc(list, it.sortName(), byName)
	if found {
		list[i] = it
	} else {
		v.children[at] = slices.Insert(list, i, it)
	}
	if old != nil {
		for _, c := range v.below(old) {
			c.parent = it
		}
	}
	for _, target := range it.refs {
		if v.referrers[target] == nil {
			v.referrers[target] = map[string]bool{}
		}
		v.referrers[target][it.key] = true
	}
	v.indexNames(it, true)
}

// below lists the direct children of an item, of every kind.
func (v *service) below(it *item) []*item {
	var out []*item
	for _, k := range v.srv.table.below[it.kind] {
		out = append(out, v.children[collectionKey(it, k)]...)
	}
	return out
}

// remove forgets an item and everything below it. Those who refer to it are the caller's business.
func (v *service) remove(it *item) {
	for _, c := range v.below(it) {
		v.remove(c)
	}
	v.unindex(it)
	at := collectionKey(it.parent, it.kind)
	if i, found := slices.BinarySearchFunc(v.children[at], it.sortName(), byName); found {
		v.children[at] = slices.Delete(v.children[at], i, i+1)
	}
	if len(v.children[at]) == 0 {
		delete(v.children, at)
	}
	delete(v.items, it.key)
	v.dirty[it.key] = true
}

func (v *service) unindex(it *item) {
	for _, target := range it.refs {
		delete(v.referrers[target], it.key)
		if len(v.referrers[target]) == 0 {
			delete(v.referrers, target)
		}
	}
	v.indexNames(it, false)
}

// indexNames keeps the indexes that find an item by something else than its key.
func (v *service) indexNames(it *item, there bool) {
	switch {
	case it.kind.path == "namedValues":
		note(v.display, displayKey(it.scopeOf(), text(it.props, "displayName")), it.key, there)
	case it.kind.path == "users":
		note(v.display, mailKey(it.props), it.key, there)
	case it.kind.link != nil && len(it.refs) > 0:
		note(v.pairs, pairKey(it.parent, it.kind, it.refs[0]), it.key, there)
	case it.kind.path == "apis":
		v.indexPath(it, there)
	}
}

// note adds an entry to an index, or takes it out when it is still the item's.
func note(index map[string]string, at, key string, there bool) {
	if there {
		index[at] = key
	} else if index[at] == key {
		delete(index, at)
	}
}

func (v *service) indexPath(it *item, there bool) {
	at := apiPath(it)
	root := rootKey(it.key)
	if there {
		if v.paths[at] == nil {
			v.paths[at] = map[string]bool{}
		}
		v.paths[at][root] = true
		return
	}
	for rev := range v.revisionsOf(root) {
		other := v.items[root+";rev="+rev]
		if other != nil && other != it && apiPath(other) == at {
			return
		}
	}
	delete(v.paths[at], root)
	if len(v.paths[at]) == 0 {
		delete(v.paths, at)
	}
}

func (v *service) revisionsOf(root string) map[string]bool {
	if r := v.roots[root]; r != nil {
		return r.revs
	}
	return nil
}

func displayKey(scope, name string) string { return scope + "\x00" + name }

// mailKey is where a user is found by mail address.
func mailKey(props map[string]any) string {
	return displayKey("users", strings.ToLower(text(props, "email")))
}

func pairKey(owner *item, k *kind, target string) string {
	return collectionKey(owner, k) + "\x00" + target
}

// sortedReferrers lists who refers to a key.
func (v *service) sortedReferrers(target string) []*item {
	var out []*item
	for _, key := range slices.Sorted(maps.Keys(v.referrers[target])) {
		if it := v.items[key]; it != nil {
			out = append(out, it)
		}
	}
	return out
}
