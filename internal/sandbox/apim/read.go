package apim

import (
	"maps"
	"net/http"
	"strings"
	"time"
)

// dispatch finds out what the path means and hands on to its handler.
func (c *call) dispatch() (*answer, error) {
	if len(c.segs) == 0 {
		return c.serviceObject()
	}
	if err := c.srv.tierAllows(c.segs); err != nil {
		return nil, err
	}
	if a, done, err := c.operationResult(); done {
		return a, err
	}
	at, err := c.svc.locate(c.segs)
	if err != nil {
		return nil, err
	}
	c.at = at
	switch {
	case at.tail != "" && c.r.Method == http.MethodPost:
		return c.post()
	case at.tail != "":
		return c.aggregate()
	case at.name == "":
		return c.list()
	case at.kind.assoc != nil && at.kind.assoc.links != "":
		return c.view()
	}
	return c.one()
}

// one serves a single item.
func (c *call) one() (*answer, error) {
	k := c.at.kind
	verb := map[string]string{http.MethodGet: "G", http.MethodHead: "H", http.MethodPut: "P",
		http.MethodPatch: "U", http.MethodDelete: "D"}[c.r.Method]
	if verb == "" || !k.can(verb) {
		return nil, methodNotAllowed(c.r.Method)
	}
	switch verb {
	case "G":
		return c.get()
	case "H":
		return c.head()
	case "D":
		return c.delete()
	}
	return c.put(verb == "U")
}

func (c *call) get() (*answer, error) {
	it := c.at.item
	if c.query.Get("export") == "true" && c.at.kind.path == "apis" && it != nil {
		return c.export(it)
	}
	if a, done, err := c.pollLocation(); done {
		return a, err
	}
	if it == nil {
		return nil, c.absent()
	}
	out := c.svc.show(it, inGet)
	if f := c.query.Get("format"); f != "" && it.kind.noun == policyNoun {
		c.svc.showPolicyAs(it, out, f)
	}
	return ok(out).with("ETag", it.etag()), nil
}

// absent is the error for an item that is not there; wikis have their own.
func (c *call) absent() error {
	if c.at.kind.collection() == "wikis" {
		return internalError()
	}
	return notFound(c.at.kind.noun)
}

func (c *call) head() (*answer, error) {
	it := c.at.item
	if it == nil {
		return nil, notFound(c.at.kind.noun)
	}
	status := http.StatusOK
	if c.at.kind.linkHead {
		status = http.StatusNoContent
	}
	return (&answer{status: status}).with("ETag", it.etag()), nil
}

// show renders an item for a client.
func (v *service) show(it *item, how shown) map[string]any {
	props := maps.Clone(it.props)
	if props == nil {
		props = map[string]any{}
	}
	k := it.kind
	for _, path := range k.secrets {
		props = without(props, strings.Split(path, "."))
	}
	if how == inList {
		for _, name := range k.listOmit {
			delete(props, name)
		}
		for _, name := range k.listNull {
			if _, there := props[name]; there {
				props[name] = nil
			}
		}
	}
	if k.link != nil && len(it.refs) > 0 {
		if id := v.targetID(it.refs[0]); id != "" {
			props[k.link.field] = id
		}
	}
	if how != inPut {
		for _, name := range k.times {
			props[name] = trimmed(props[name])
		}
	}
	if k.hooks.show != nil {
		k.hooks.show(v, it, props, how)
	}
	return map[string]any{"id": v.idOf(it), "type": typeOf(it), "name": v.nameOf(it), "properties": props}
}

// targetID renders the id behind a reference key; "" when it is gone.
func (v *service) targetID(key string) string {
	if r := v.roots[key]; r != nil {
		return v.rootID(r)
	}
	if it := v.items[key]; it != nil {
		return v.idOf(it)
	}
	return ""
}

func typeOf(it *item) string {
	path := it.kind.path
	if it.kind.armType != "" {
		path = it.kind.armType
	}
	if it.kind.path != "workspaces" && it.scopeOf() != "" {
		path = "workspaces/" + path
	}
	return "Microsoft.ApiManagement/service/" + path
}

// without is props less one nested property; props itself stays as it is.
func without(props map[string]any, path []string) map[string]any {
	v, there := props[path[0]]
	if !there {
		return props
	}
	out := maps.Clone(props)
	if len(path) == 1 {
		delete(out, path[0])
	} else if m, ok := v.(map[string]any); ok {
		out[path[0]] = without(m, path[1:])
	}
	return out
}

// trimmed is a time as reads show it: with less of the fraction than the answer to
// the write had.
func trimmed(v any) any {
	s, _ := v.(string)
	at, err := time.Parse(time.RFC3339Nano, s)
	if err != nil {
		return v
	}
	return at.UTC().Format("2006-01-02T15:04:05.999Z")
}
