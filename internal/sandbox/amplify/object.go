package amplify

import (
	"maps"
	"slices"
	"strings"
	"time"
)

// object is one stored resource. It is replaced, never changed in place, and so is
// what its maps hold.
type object struct {
	kind       *kind
	scope      string // key of what holds it; empty: it stands alone
	name       string
	id         string
	title      string
	attributes map[string]any
	finalizers []any
	tags       []any
	spec       map[string]any
	subs       map[string]any // by name
	owner      string         // team; empty: its scope's, or the administrators'
	acl        []any
	created    stamp
	modified   stamp
	version    int
	deleting   bool  // finalizers hold it
	gone       []any // what it referred to, and is no more

	targets []target // what it refers to; the store finds them
}

// stamp is who did something, and when.
type stamp struct {
	At time.Time `json:"at"`
	By string    `json:"by"`
}

// text is the time as the service writes it.
func (s stamp) text() string { return s.At.UTC().Format("2006-01-02T15:04:05.000-0700") }

// keyOf is the canonical path of a resource below /apis, without version.
func keyOf(scope string, k *kind, name string) string { return collectionOf(scope, k) + "/" + name }

// collectionOf is the canonical path of the list that a resource stands in.
func collectionOf(scope string, k *kind) string {
	if scope == "" {
		return k.path()
	}
	return scope + "/" + k.plural
}

func (o *object) key() string { return keyOf(o.scope, o.kind, o.name) }

// selfLink is the path of the resource in a version.
func (o *object) selfLink(version string) string {
	group, rest, _ := strings.Cut(o.key(), "/")
	return "/" + group + "/" + version + "/" + rest
}

// body is what links can point from: the spec and the subresources.
func (o *object) body() map[string]any {
	out := maps.Clone(o.subs)
	if out == nil {
		out = map[string]any{}
	}
	out["spec"] = o.spec
	return out
}

// changed is a copy that is about to become the next version.
func (o *object) changed(by stamp) *object {
	next := *o
	next.version++
	next.modified = by
	return &next
}

// without is a copy whose link no longer holds the name.
func (o *object) without(l link, name string) *object {
	next := *o
	next.version++
	body, _ := deepCopy(o.body()).(map[string]any)
	l.walk(body, func(held string) any {
		if held == name {
			return nil
		}
		return held
	})
	next.spec, _ = body["spec"].(map[string]any)
	delete(body, "spec")
	next.subs = body
	next.gone = append(slices.Clone(o.gone), map[string]any{
		"group": l.target.group, "kind": l.target.name, "name": name, "type": linkType(l),
	})
	return &next
}

func linkType(l link) string {
	if l.hard {
		return "hard"
	}
	return "soft"
}

// deepCopy copies decoded JSON.
func deepCopy(v any) any {
	switch v := v.(type) {
	case map[string]any:
		out := make(map[string]any, len(v))
		for name, field := range v {
			out[name] = deepCopy(field)
		}
		return out
	case []any:
		out := make([]any, len(v))
		for i, entry := range v {
			out[i] = deepCopy(entry)
		}
		return out
	}
	return v
}
