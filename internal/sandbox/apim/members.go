package apim

import (
	"net/http"
	"slices"
	"strings"
)

// resolveLink checks a link resource: its target exists, and no other link joins the pair.
func (w *write) resolveLink() error {
	l := w.kind.link
	id := text(w.item.props, l.field)
	_, isAbsolute, _ := w.svc.relativeID(id)
	at, found := w.svc.find(nil, id)
	if w.at.scope != nil && !isAbsolute {
		found = false
	}
	if !found || at.kind.path != l.target {
		return invalid(l.field, "%s %q could not be found.", w.svc.srv.table.get(l.target).noun, id)
	}
	target := refKey(at.item)
	if other := w.svc.pairs[pairKey(w.at.parent, w.kind, target)]; other != "" && other != w.item.key {
		return conflict("Link already exists between specified %s.", l.what)
	}
	w.item.refs = []string{target}
	return nil
}

// resolveMember checks a membership that stores itself.
func (w *write) resolveMember() error {
	target := w.svc.named(w.at.scope, w.kind.assoc.target, w.at.name)
	if target == nil {
		return notFound(w.svc.srv.table.get(w.kind.assoc.target).noun)
	}
	w.item.refs = []string{refKey(target)}
	return nil
}

// named finds an item at the top of a workspace, or of the service. Users exist at
// service level only.
func (v *service) named(scope *item, path, name string) *item {
	k := v.srv.table.get(path)
	var parent *item
	if k.ws {
		parent = scope
	}
	key := collectionKey(parent, k) + "/" + strings.ToLower(name)
	if path == "apis" {
		key = v.revisionKey(key)
	}
	return v.items[key]
}

// view serves products/{p}/apis/{a} and its like: names for a pair that a link joins.
func (c *call) view() (*answer, error) {
	k := c.at.kind
	owner, target := c.at.parent, c.svc.named(c.at.scope, k.assoc.target, c.at.name)
	if k.assoc.inverse {
		owner, target = target, owner
	}
	links := c.srv.table.get(k.assoc.links)
	var link *item
	if owner != nil && target != nil {
		link = c.svc.items[c.svc.pairs[pairKey(owner, links, refKey(target))]]
	}
	switch {
	case c.r.Method == http.MethodPut && k.can("P"):
		if owner == nil || target == nil {
			return nil, notFound(k.noun)
		}
		return c.join(owner, target, link), nil
	case c.r.Method == http.MethodDelete && k.can("D"):
		if link == nil {
			return &answer{status: http.StatusNoContent}, nil
		}
		c.svc.remove(link)
		return &answer{status: http.StatusOK}, nil
	case c.r.Method == http.MethodGet && k.can("G"), c.r.Method == http.MethodHead && k.can("H"):
		if link == nil {
			return nil, notFound(k.noun)
		}
		if c.r.Method == http.MethodHead {
			c.at.item = link
			return c.head()
		}
		return ok(c.svc.showMember(c.at, link, inGet)).with("ETag", link.etag()), nil
	}
	return nil, methodNotAllowed(c.r.Method)
}

// join links a pair, unless it is linked.
func (c *call) join(owner, target, link *item) *answer {
	status := http.StatusOK
	if link == nil {
		status = http.StatusCreated
		link = c.svc.newLink(owner, target, c.srv.table.get(c.at.kind.assoc.links))
	}
	return (&answer{status: status, body: c.svc.showMember(c.at, link, inPut)}).with("ETag", link.etag())
}

func (v *service) newLink(owner, target *item, links *kind) *item {
	name := newID()
	link := &item{kind: links, key: collectionKey(owner, links) + "/" + name, name: name, parent: owner,
		props: map[string]any{links.link.field: v.idOf(target)}, refs: []string{refKey(target)}}
	v.put(link)
	return link
}

// viewItems lists the links behind an association.
func (v *service) viewItems(at location) []*item {
	links := v.srv.table.get(at.kind.assoc.links)
	if !at.kind.assoc.inverse {
		out := slices.Clone(v.itemsOf(at.parent, links))
		slices.SortFunc(out, func(a, b *item) int { return strings.Compare(a.refs[0], b.refs[0]) })
		return out
	}
	var out []*item
	for _, r := range v.sortedReferrers(refKey(at.parent)) {
		if r.kind == links {
			out = append(out, r)
		}
	}
	return out
}

// showMember renders the far end of a membership. Tags and users keep their own id, and
// so does everything in the answer to the PUT that joins; in lists the rest looks as if
// it lived below the near end.
func (v *service) showMember(at location, m *item, how shown) map[string]any {
	a := at.kind.assoc
	var far *item
	if a.inverse {
		far = m.parent
	} else if len(m.refs) > 0 {
		far = v.target(m.refs[0])
	}
	if far == nil {
		return map[string]any{}
	}
	out := v.show(far, how)
	joined := how != inList && a.links != ""
	if a.inverse || (joined && a.target == "apis") {
		return out
	}
	if !joined && (a.target != "users" || a.only != "") {
		out["id"] = v.idOf(at.parent) + "/" + at.kind.collection() + "/" + v.nameOf(far)
	}
	if a.only != "" {
		out["properties"] = map[string]any{a.only: v.idOf(far)}
	}
	out["type"] = "Microsoft.ApiManagement/service/" + at.kind.path
	if at.scope != nil {
		out["type"] = "Microsoft.ApiManagement/service/workspaces/" + at.kind.path
	}
	return out
}

// target finds the item behind a reference key: of an API its current revision.
func (v *service) target(key string) *item {
	if r := v.roots[key]; r != nil {
		return v.items[r.key+";rev="+r.current]
	}
	return v.items[key]
}
