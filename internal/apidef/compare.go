package apidef

import (
	"maps"
	"slices"
	"strings"
)

// A lens says what counts between two particular documents.
type lens struct {
	words  bool // ids, display names, formats and schemas, all of which WADL lacks
	params bool // the whole of a parameter: both or neither documents are WADL
	recent bool // keywords new in OpenAPI 3.1, and keys beside a $ref: both are of that version
	mixed  bool // one document is Swagger and the other OpenAPI
	empty  bool // content types without schema: neither document is Swagger
	bound  bool // schemas where operations use them; otherwise by name
}

// A comparer finds the differences of two APIs.
type comparer struct {
	a, b *api
	lens
	report  func(line string) bool
	stopped bool

	same    map[*node]*node // union-find over schemas taken for equal
	waiting []schemaPair    // named schemas still to compare
}

// compareAPIs reports what makes b another API than a.
func compareAPIs(a, b *api, report func(line string) bool) {
	aWADL, bWADL := a.format == WADL, b.format == WADL
	c := &comparer{a: a, b: b, report: report, same: map[*node]*node{}}
	c.lens = lens{
		words:  !aWADL && !bWADL,
		params: aWADL == bWADL,
		recent: a.is31() && b.is31(),
		mixed:  a.format != b.format && !aWADL && !bWADL,
		empty:  a.format != Swagger && b.format != Swagger,
		bound:  !a.unbound() && !b.unbound() || a.unbound() && b.unbound(),
	}
	for _, key := range union(a.operations, b.operations) {
		x, y := a.operations[key], b.operations[key]
		switch {
		case x == nil:
			c.differ(nil, "add operation "+key)
		case y == nil:
			c.differ(nil, "remove operation "+key)
		default:
			c.operation(&place{label: "change operation " + key}, x, y)
		}
	}
	if c.words && !c.bound {
		c.named()
	}
	for len(c.waiting) > 0 && !c.stopped {
		p := c.waiting[0]
		c.waiting = c.waiting[1:]
		c.contents(p.at, p.a, p.b)
	}
}

func (a *api) is31() bool {
	v := a.root.str("openapi")
	return strings.HasPrefix(v, "3.") && !strings.HasPrefix(v, "3.0")
}

// unbound reports whether an API has schemas and its operations use none. Some
// ways of import leave the service with such an API.
func (a *api) unbound() bool {
	if len(a.components.names()) == 0 {
		return false
	}
	for _, op := range a.operations {
		if op.body.bound() {
			return false
		}
		for _, r := range op.responses {
			if r.bound() {
				return false
			}
		}
	}
	return true
}

func (b body) bound() bool {
	for _, m := range b.content {
		if m.schema != nil {
			return true
		}
	}
	return false
}

// A place is where in a document a comparison stands. Its text is only made
// when there is something to say.
type place struct {
	around *place
	label  string
	depth  int
}

// in returns a place inside another.
func (p *place) in(label ...string) *place {
	return &place{p, strings.Join(label, " "), p.depth + 1}
}

// String returns the labels from the outermost place on.
func (p *place) String() string {
	labels := make([]string, p.depth+1)
	for ; p != nil; p = p.around {
		labels[p.depth] = p.label
	}
	return strings.Join(labels, ": ")
}

// differ reports a difference.
func (c *comparer) differ(at *place, what string) {
	if c.stopped {
		return
	}
	if at != nil {
		what = at.String() + ": " + what
	}
	c.stopped = !c.report(what)
}

// text compares two texts of which each may be empty.
func (c *comparer) text(at *place, what, x, y string) {
	if x != y {
		c.differ(at, what+" "+shown(x)+" → "+shown(y))
	}
}

// shown returns a value as a line of a plan has room for.
func shown(s string) string {
	if s == "" {
		return "(none)"
	}
	s = strings.Join(strings.Fields(s), " ")
	const room = 40
	if r := []rune(s); len(r) > room {
		return string(r[:room-1]) + "…"
	}
	return s
}

// union returns the keys of two maps, sorted.
func union[V any](a, b map[string]V) []string {
	keys := slices.AppendSeq(slices.Collect(maps.Keys(a)), maps.Keys(b))
	slices.Sort(keys)
	return slices.Compact(keys)
}
