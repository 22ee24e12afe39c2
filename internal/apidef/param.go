package apidef

import (
	"slices"
	"strings"
)

// param compares two parameters, or headers, of one name.
func (c *comparer) param(at *place, label string, x, y *param) {
	switch {
	case c.stopped:
		return
	case x == nil:
		c.differ(at, label+" added")
		return
	case y == nil:
		c.differ(at, label+" removed")
		return
	case x.implicit || y.implicit:
		return
	}
	at = at.in(label)
	if x.required != y.required {
		c.differ(at, "required "+newBool(x.required).text+" → "+newBool(y.required).text)
	}
	if c.params && c.words {
		c.text(at, "description", x.description, y.description)
	} else {
		c.both(at, "description", x.description, y.description)
	}
	v, w := c.a.paramWords(x), c.b.paramWords(y)
	c.paramType(at, v, w)
	for _, key := range []string{"default", "enum"} {
		if s, t := listed(v[key]), listed(w[key]); c.params || s != "" && t != "" {
			c.text(at, key, s, t)
		}
	}
	if c.words {
		c.text(at, "format", listed(v["format"]), listed(w["format"]))
		c.paramExtras(at, v, w)
	}
}

// paramWords returns the keywords of a parameter's schema.
func (a *api) paramWords(p *param) map[string]*node {
	if p.schema == nil {
		return nil
	}
	n, _ := a.follow(p.schema)
	return keywords(n)
}

// paramType compares types. Without one a parameter is a string, or what the
// schemas say that it is composed of. WADL has no lists and objects, and Swagger
// only lists of values.
func (c *comparer) paramType(at *place, v, w map[string]*node) {
	s, t := listed(v["type"]), listed(w["type"])
	if s == t || s == "" && c.mayBe(v, t) || t == "" && c.mayBe(w, s) {
		return
	}
	if (!c.params || c.mixed) && (s == "array" || s == "object" || t == "array" || t == "object") {
		return
	}
	c.text(at, "type", s, t)
}

// mayBe reports whether a schema without type may be of this one.
func (c *comparer) mayBe(words map[string]*node, kind string) bool {
	return !c.params || kind == "string" ||
		words["allOf"] != nil || words["anyOf"] != nil || words["oneOf"] != nil || words["enum"] != nil
}

// paramExtras compares what the service may or may not keep of a parameter.
func (c *comparer) paramExtras(at *place, v, w map[string]*node) {
	for _, key := range []string{
		"minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf", "minLength", "maxLength",
		"pattern", "minItems", "maxItems",
	} {
		if v[key] != nil && w[key] != nil {
			c.text(at, key, listed(v[key]), listed(w[key]))
		}
	}
	if x, y := v["items"], w["items"]; x != nil && y != nil && !c.mixed {
		c.schema(at.in("items"), x, y)
	}
}

// listed returns a value, or the values in a list in order, as text: the
// service keeps what parameters may be as strings.
func listed(n *node) string {
	if n == nil {
		return ""
	}
	if n.kind != list {
		return word(n)
	}
	all := make([]string, len(n.items))
	for i, item := range n.items {
		all[i] = word(item)
	}
	slices.Sort(all)
	return strings.Join(all, ", ")
}

func word(n *node) string {
	switch n.kind {
	case text, boolean:
		return n.text
	}
	return n.canonical()
}
