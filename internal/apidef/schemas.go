package apidef

import "slices"

// A schemaPair is two schemas that have to be equal.
type schemaPair struct {
	at   *place
	a, b view
}

// named compares the schemas that both documents give a name, and reports the
// names that only one has.
func (c *comparer) named() {
	x, y := c.a.components, c.b.components
	names := slices.Concat(x.names(), y.names())
	slices.Sort(names)
	for _, name := range slices.Compact(names) {
		v, w := x.get(name), y.get(name)
		switch {
		case v == nil:
			c.differ(nil, "add schema "+name)
		case w == nil:
			c.differ(nil, "remove schema "+name)
		default:
			c.schema(&place{label: "change schema " + name}, v, w)
		}
	}
}

// schema compares two schemas. Each pair is compared once, and a pair that
// comes round again inside itself is taken for equal, so schemas may refer to
// themselves. Pairs of named schemas wait, and are reported under their name.
func (c *comparer) schema(at *place, x, y *node) {
	if c.stopped {
		return
	}
	v, w := c.a.view(x), c.b.view(y)
	if c.a.is31() != c.b.is31() { // 3.0 has no keys beside a $ref
		switch {
		case w.layers == nil && v.beside():
			v.layers = nil
		case v.layers == nil && w.beside():
			w.layers = nil
		}
	}
	if v.name == "" && w.name == "" {
		c.contents(at, v, w)
		return
	}
	if c.joined(v.key(), w.key()) {
		return
	}
	if v.name == "" || w.name == "" {
		c.contents(at, v, w)
		return
	}
	if v.layers == nil && w.layers == nil || at.depth > maxLayers {
		at = &place{label: "change schema " + v.name}
	}
	c.waiting = append(c.waiting, schemaPair{at, v, w})
}

func (c *comparer) contents(at *place, v, w view) {
	c.keywords(at, c.a.spelled(v), c.b.spelled(w))
	c.examples(at, c.a.examples(v.base), c.b.examples(w.base))
}

// joined takes two schemas for equal from now on, and reports whether it did so
// before.
func (c *comparer) joined(x, y *node) bool {
	x, y = c.root(x), c.root(y)
	if x != y {
		c.same[x] = y
		return false
	}
	return true
}

// root returns the schema that stands for all that n is equal to.
func (c *comparer) root(n *node) *node {
	for {
		up, ok := c.same[n]
		if !ok {
			return n
		}
		if top, ok := c.same[up]; ok {
			c.same[n] = top
		}
		n = up
	}
}

// keywords compares what two schemas say.
func (c *comparer) keywords(at *place, v, w map[string]*node) {
	if s, t := listed(v["type"]), listed(w["type"]); s != t {
		c.text(at, "type", s, t) // what else differs follows from it
		return
	}
	for _, key := range union(v, w) {
		if c.stopped {
			return
		}
		x, y := v[key], w[key]
		if (x == nil || y == nil) && c.unsaid(key) {
			continue
		}
		which := x
		if x == nil {
			which = y
		}
		switch roleOf(key, which) {
		case schemaMap:
			c.schemaMap(at, key, x, y)
		case schemaList:
			c.schemaList(at, key, x, y)
		case oneSchema:
			if c.present(at, key, x, y) {
				c.schema(at.in(key), x, y)
			}
		case setValue:
			c.text(at, key, listed(x), listed(y))
		case proseValue:
			c.text(at, key, proseOf(x), proseOf(y))
		default:
			if s, t := x.canonical(), y.canonical(); s != t {
				c.text(at, key, shownValue(x), shownValue(y))
			}
		}
	}
}

// unsaid reports whether one of the documents has no way to say a keyword.
func (c *comparer) unsaid(key string) bool {
	switch key {
	case "oneOf", "anyOf", "not", "nullable", "deprecated", "writeOnly":
		return c.mixed // not in Swagger
	case "patternProperties", "propertyNames", "dependentSchemas", "dependentRequired", "if", "then", "else",
		"prefixItems", "contains", "minContains", "maxContains", "unevaluatedItems", "unevaluatedProperties",
		"contentEncoding", "contentMediaType", "contentSchema", "$anchor", "$dynamicAnchor", "$dynamicRef":
		return !c.recent // not in OpenAPI 3.0, which the service writes
	}
	return false
}

// present reports whether both of two values are there, and reports one that is
// not.
func (c *comparer) present(at *place, what string, x, y *node) bool {
	switch {
	case x == nil:
		c.differ(at, what+" added")
	case y == nil:
		c.differ(at, what+" removed")
	default:
		return true
	}
	return false
}

func (c *comparer) schemaMap(at *place, key string, x, y *node) {
	label := "property"
	if key != "properties" {
		label = key
	}
	names := slices.Concat(x.names(), y.names())
	slices.Sort(names)
	for _, name := range slices.Compact(names) {
		if v, w := x.get(name), y.get(name); c.present(at, label+" "+name, v, w) {
			c.schema(at.in(label, name), v, w)
		}
	}
}

func (c *comparer) schemaList(at *place, key string, x, y *node) {
	if !c.present(at, key, x, y) {
		return
	}
	if len(x.items) != len(y.items) {
		c.differ(at, key+" has another number of schemas")
		return
	}
	for i := range x.items {
		c.schema(at.in(key), x.items[i], y.items[i])
	}
}

func proseOf(n *node) string {
	if n == nil {
		return ""
	}
	return prose(word(n))
}

// shownValue returns a value for a line of a plan.
func shownValue(n *node) string {
	if n == nil {
		return ""
	}
	return word(n)
}
