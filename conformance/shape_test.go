package conformance

import (
	"fmt"
	"slices"
	"strings"
)

// disagreements lists where an answer lacks what the documented one has: a property,
// or its JSON type. An answer may say more.
func disagreements(got, want any) []string {
	var out []string
	compare(got, want, "", &out)
	slices.Sort(out)
	return slices.Compact(out)
}

func compare(got, want any, at string, out *[]string) {
	if want == nil {
		return
	}
	if g, w := jsonType(got), jsonType(want); g != w {
		*out = append(*out, fmt.Sprintf("%s: %s, want %s", at, g, w))
		return
	}
	switch w := want.(type) {
	case map[string]any:
		g, _ := got.(map[string]any)
		for name, sub := range w {
			v, there := g[name]
			if !there {
				*out = append(*out, join(at, name)+": absent")
				continue
			}
			compare(v, sub, join(at, name), out)
		}
	case []any:
		g, _ := got.([]any)
		compareLists(g, w, at, out)
	}
}

// compareLists compares items by their names, or else with the item that agrees,
// or else by their place.
func compareLists(got, want []any, at string, out *[]string) {
	for i, w := range want {
		g, found := named(got, w)
		if !found {
			g, found = agreeing(got, w)
		}
		if !found && i < len(got) {
			g, found = got[i], true
		}
		if !found {
			*out = append(*out, fmt.Sprintf("%s: %d items, want %d", at, len(got), len(want)))
			return
		}
		compare(g, w, at+"[]", out)
	}
}

// agreeing finds the item of a list that has all that another has.
func agreeing(list []any, like any) (any, bool) {
	for _, item := range list {
		if len(disagreements(item, like)) == 0 {
			return item, true
		}
	}
	return nil, false
}

// named finds the item of a list that has the same name as another.
func named(list []any, like any) (any, bool) {
	l, _ := like.(map[string]any)
	name, ok := l["name"].(string)
	if !ok {
		return nil, false
	}
	for _, item := range list {
		if m, isObject := item.(map[string]any); isObject {
			if n, isText := m["name"].(string); isText && strings.EqualFold(n, name) {
				return item, true
			}
		}
	}
	return nil, false
}

func join(at, name string) string {
	if at == "" {
		return name
	}
	return at + "." + name
}

func jsonType(v any) string {
	switch v.(type) {
	case nil:
		return "null"
	case bool:
		return "boolean"
	case float64:
		return "number"
	case string:
		return "string"
	case []any:
		return "array"
	}
	return "object"
}

// identity lists what is wrong with the id, name and type of an answer to a request
// for the item at a path. Memberships show the id of what they join; then only its
// form is compared.
func identity(got, want any, path string) []string {
	g, _ := got.(map[string]any)
	w, _ := want.(map[string]any)
	var out []string
	if _, documented := w["name"].(string); documented {
		if name := path[strings.LastIndexByte(path, '/')+1:]; !strings.EqualFold(text(g, "name"), name) {
			out = append(out, fmt.Sprintf("name: %q, want %q", text(g, "name"), name))
		}
	}
	if sameForm := collections(text(w, "id")) == collections(path); sameForm && !strings.EqualFold(text(g, "id"), path) {
		out = append(out, fmt.Sprintf("id: %q, want %q", text(g, "id"), path))
	}
	return append(out, kindred(got, want)...)
}

// kindred lists where types differ, and ids whose form differs: everything but names.
func kindred(got, want any) []string {
	g, _ := got.(map[string]any)
	w, _ := want.(map[string]any)
	var out []string
	if t := text(w, "type"); t != "" && !strings.EqualFold(text(g, "type"), t) && strings.Contains(t, "/") {
		out = append(out, fmt.Sprintf("type: %q, want %q", text(g, "type"), t))
	}
	if id := text(w, "id"); strings.HasPrefix(id, "/subscriptions/") && !strings.EqualFold(collections(text(g, "id")), collections(id)) {
		out = append(out, fmt.Sprintf("id: %s, want %s", collections(text(g, "id")), collections(id)))
	}
	return out
}

// collections is an id without its names.
func collections(id string) string {
	segments := strings.Split(strings.Trim(serviceInID.ReplaceAllLiteralString(id, ""), "/"), "/")
	var out []string
	for i := 0; i < len(segments); i += 2 {
		out = append(out, segments[i])
	}
	return strings.Join(out, "/")
}

func text(m map[string]any, name string) string {
	s, _ := m[name].(string)
	return s
}
