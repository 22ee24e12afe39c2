package apim

import (
	"maps"
	"reflect"
	"slices"
	"strconv"
	"strings"
)

const revMark = ";rev="

// rootKey is the key of the API a revision, or something below one, belongs to.
func rootKey(key string) string {
	root, _, _ := strings.Cut(key, revMark)
	return root
}

// revisionKey is where the API of a URL is stored: a bare name means the current revision.
func (v *service) revisionKey(key string) string {
	if strings.Contains(key[strings.LastIndexByte(key, '/'):], revMark) {
		return key
	}
	if r := v.roots[key]; r != nil {
		return key + revMark + r.current
	}
	return key + revMark + "1"
}

// enroll makes a stored revision known to its API.
func (v *service) enroll(it *item) *apiRoot {
	key := rootKey(it.key)
	r := v.roots[key]
	if r == nil {
		r = &apiRoot{key: key, name: it.name, current: it.rev, revs: map[string]bool{}}
		v.roots[key] = r
		v.dirty[rootMark+key] = true
	}
	r.revs[it.rev] = true
	return r
}

// forgetRevision undoes enroll. An API without revisions is gone, and takes with it
// what pointed to it and its version set when that is empty now.
func (v *service) forgetRevision(it *item) {
	key := rootKey(it.key)
	r := v.roots[key]
	if r == nil {
		return
	}
	delete(r.revs, it.rev)
	if len(r.revs) == 0 {
		delete(v.roots, key)
		v.dirty[rootMark+key] = true
		for _, ref := range v.sortedReferrers(key) {
			if ref.kind.follows || ref.kind.path == "subscriptions" {
				v.cascade(ref)
			}
		}
	}
	for _, target := range it.refs {
		set := v.items[target]
		if set != nil && set.kind.path == "apiVersionSets" && len(v.referrers[target]) == 0 {
			v.remove(set)
		}
	}
}

// makeCurrent switches the revision that an API's bare name means. Releases belong
// to the API, so they move along.
func (v *service) makeCurrent(r *apiRoot, rev string) {
	v.dirty[rootMark+r.key] = true
	old, next := v.items[r.key+revMark+r.current], v.items[r.key+revMark+rev]
	r.current = rev
	if old == nil || next == nil || old == next {
		return
	}
	releases := v.srv.table.get("apis/releases")
	for _, it := range slices.Clone(v.itemsOf(old, releases)) {
		v.remove(it)
		moved := *it
		moved.parent, moved.key = next, collectionKey(next, releases)+"/"+strings.ToLower(it.name)
		v.put(&moved)
	}
}

// rootWide are the properties that all revisions of an API share.
func rootWide() []string {
	return []string{"displayName", "path", "protocols", "apiVersion", "apiVersionSetId", "subscriptionKeyParameterNames", "type"}
}

// shareRootWide makes the revisions of an API agree: the current one decides.
func (v *service) shareRootWide(r *apiRoot) {
	current := v.items[r.key+revMark+r.current]
	if current == nil {
		return
	}
	for _, rev := range v.sortedRevisions(r) {
		it := v.items[r.key+revMark+rev]
		if it == nil || it == current {
			continue
		}
		props := maps.Clone(it.props)
		for _, name := range rootWide() {
			if value, there := current.props[name]; there {
				props[name] = value
			} else {
				delete(props, name)
			}
		}
		if reflect.DeepEqual(props, it.props) {
			continue // a write would change its ETag for nothing
		}
		next := *it
		next.props, next.refs = props, slices.Clone(current.refs)
		v.put(&next)
	}
}

// sortedRevisions lists an API's revision numbers, newest first.
func (v *service) sortedRevisions(r *apiRoot) []string {
	revs := slices.Collect(maps.Keys(r.revs))
	slices.SortFunc(revs, func(a, b string) int {
		x, errX := strconv.Atoi(a)
		y, errY := strconv.Atoi(b)
		if errX != nil || errY != nil {
			return strings.Compare(b, a)
		}
		return y - x
	})
	return revs
}

// rootID renders the id of an API, without a revision.
func (v *service) rootID(r *apiRoot) string {
	if it := v.items[r.key+revMark+r.current]; it != nil {
		return v.idOf(it)
	}
	return v.id + "/" + r.key
}

// copyChildren gives a new revision, or copy, of an API what its source has.
func (v *service) copyChildren(from, to *item) {
	for _, k := range v.srv.table.below[from.kind] {
		switch k.collection() {
		case "releases", "issues", "wikis", "tags":
			continue
		}
		for _, it := range slices.Clone(v.itemsOf(from, k)) {
			v.copyItem(it, to)
		}
	}
}

func (v *service) copyItem(it, parent *item) {
	c := *it
	c.parent, c.key = parent, collectionKey(parent, it.kind)+"/"+strings.ToLower(it.name)
	v.put(&c)
	for _, child := range v.below(it) {
		v.copyItem(child, &c)
	}
}

// listRevisions answers apis/{id}/revisions, whose entries are no ARM resources.
func (c *call) listRevisions() (*answer, error) {
	r := c.svc.roots[rootKey(c.at.item.key)]
	var out []any
	for _, rev := range c.svc.sortedRevisions(r) {
		it := c.svc.items[r.key+revMark+rev]
		base := c.svc.rootID(r)
		entry := map[string]any{"apiId": base + revMark + rev, "apiRevision": rev, "isOnline": true, "isCurrent": rev == r.current,
			"createdDateTime": text(it.props, createdAt), "updatedDateTime": text(it.props, updatedAt),
			"description": it.props["apiRevisionDescription"], "privateUrl": "/" + text(it.props, "path") + revMark + rev}
		if rev == r.current {
			entry["privateUrl"] = nil
		}
		out = append(out, entry)
	}
	a, err := c.pageOf(out)
	if err == nil {
		if body, isMap := a.body.(map[string]any); isMap && body["nextLink"] == nil {
			body["nextLink"] = nil // this list says so outright
		}
	}
	return a, err
}
