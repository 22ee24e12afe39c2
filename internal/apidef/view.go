package apidef

import (
	"slices"
	"strings"
)

// A view is a schema as it is compared: what it refers to, and what it says
// besides. OpenAPI 3.1 says it beside the $ref; 3.0 has to put the $ref into an
// allOf of one. A schema or null is that schema with nullable.
type view struct {
	base   *node
	name   string  // that the reference to base ends in, if there is one
	layers []*node // schemas around base, the outermost first
}

// maxLayers is how many layers are looked through. It ends schemas that are made
// of themselves.
const maxLayers = 32

// key stands for the view among the schemas that are taken for equal.
func (v view) key() *node {
	if v.layers != nil {
		return v.layers[0]
	}
	return v.base
}

// beside reports whether all that the view says besides stands beside a $ref.
func (v view) beside() bool { return len(v.layers) == 1 && v.layers[0].get("$ref") != nil }

// view looks at a schema up to the first named one.
func (a *api) view(n *node) view {
	var v view
	for range maxLayers {
		if v.base, v.name = a.follow(n); v.name != "" {
			if a.is31() && len(keywords(n)) > 1 {
				v.layers = append(v.layers, n)
			}
			return v
		}
		inner, says := unwrap(n)
		if inner == nil {
			return v
		}
		if says {
			v.layers = append(v.layers, n)
		}
		n = inner
	}
	return v
}

// spelled returns the keywords of a view, those of outer layers over those of
// inner ones.
func (a *api) spelled(v view) map[string]*node {
	layers := slices.Clone(v.layers)
	base := v.base
	for range maxLayers { // the target of a reference may be a view itself
		inner, _ := unwrap(base)
		if inner == nil {
			break
		}
		layers = append(layers, base)
		base, _ = a.follow(inner)
	}
	words := keywords(base)
	for i := len(layers) - 1; i >= 0; i-- {
		for k, w := range annotations(layers[i]) {
			words[k] = w
		}
	}
	return words
}

// unwrap returns the one schema that n is made of, if all else that it says is
// annotation, and whether it says anything else.
func unwrap(n *node) (inner *node, says bool) {
	if n.kind != object || n.get("$ref") != nil {
		return nil, false
	}
	for k, v := range n.entries {
		switch {
		case k == "allOf" && len(v.elements()) == 1 && inner == nil:
			inner = v.items[0]
		case (k == "anyOf" || k == "oneOf") && inner == nil && orNull(v) != nil:
			inner, says = orNull(v), true
		case isAnnotation(k):
			says = says || !ignored(k) && !saysNothing(k, v)
		case !ignored(k):
			return nil, false
		}
	}
	return inner, says
}

// orNull returns the other of two schemas of which one is null.
func orNull(alternatives *node) *node {
	all := alternatives.elements()
	if len(all) != 2 {
		return nil
	}
	for i, n := range all {
		if len(n.names()) == 1 && n.str("type") == "null" {
			return all[1-i]
		}
	}
	return nil
}

// annotations returns what a layer says about the schema inside it.
func annotations(layer *node) map[string]*node {
	words := keywords(layer)
	for _, key := range []string{"anyOf", "oneOf"} {
		if words[key] != nil {
			words["nullable"] = newBool(true)
		}
		delete(words, key)
	}
	delete(words, "allOf")
	delete(words, "$ref")
	return words
}

// isAnnotation reports whether a keyword may stand around a schema without
// making another one of it.
func isAnnotation(key string) bool {
	switch key {
	case "title", "description", "default", "nullable", "readOnly", "writeOnly", "deprecated", "xml", "example", "examples":
		return true
	}
	return strings.HasPrefix(key, "x-")
}
