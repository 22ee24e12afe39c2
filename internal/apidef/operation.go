package apidef

import (
	"maps"
	"slices"
	"strings"
)

// operation compares two operations of one method and template.
func (c *comparer) operation(at *place, x, y *operation) {
	if c.stopped {
		return
	}
	if c.words {
		if x.id != "" && y.id != "" && !sameID(x.id, y.id, c.a.repeats(x.id) || c.b.repeats(y.id)) {
			c.text(at, "operation id", x.id, y.id)
		}
		if !sameSummary(x, y) {
			c.text(at, "summary", x.summary, y.summary)
		}
		if !sameDescription(x, y) {
			c.text(at, "description", x.description, y.description)
		}
	} else {
		c.both(at, "description", x.description, y.description)
	}
	for _, key := range union(x.params, y.params) {
		c.param(at, paramLabel(key), x.params[key], y.params[key])
	}
	c.both(at, "request description", x.body.description, y.body.description)
	c.content(at.in("request"), x.body.content, y.body.content, false)
	c.responses(at, x.responses, y.responses)
}

// paramLabel turns "path id" into "template parameter id", as the service
// calls it.
func paramLabel(key string) string {
	in, name, _ := strings.Cut(key, " ")
	if in == "path" {
		in = "template"
	}
	return in + " parameter " + name
}

// both compares two texts if there are two.
func (c *comparer) both(at *place, what, x, y string) {
	if x != "" && y != "" {
		c.text(at, what, x, y)
	}
}

// maxID is how much the service keeps of an operation id.
const maxID = 76

// sameID reports whether two operation ids are the same to the service, which
// has them without upper case and marks. It cuts long ones, and adds a number to
// one that is repeated.
func sameID(x, y string, repeated bool) bool {
	const short = maxID - 8 // one that is not cut, whatever marks it has
	x, y = dashed(x), dashed(y)
	if len(x) > len(y) && !repeated {
		x, y = y, x
	}
	switch {
	case x == y:
		return true
	case repeated:
		return withoutNumber(x) == y || x == withoutNumber(y)
	case len(y) <= short:
		return false
	}
	x = withoutNumber(x)
	return len(x) > short && strings.HasPrefix(y, x)
}

// withoutNumber returns an id without the number that the service put behind
// it, if there is one.
func withoutNumber(id string) string {
	if i := strings.LastIndexByte(id, '-'); i > 0 && strings.Trim(id[i:], "-0123456789") == "" {
		return id[:i]
	}
	return id
}

// dashed returns the letters and digits of an id in lower case, and a dash for
// each run of other characters between them.
func dashed(id string) string {
	words := strings.FieldsFunc(strings.ToLower(id), func(r rune) bool {
		return (r < 'a' || r > 'z') && (r < '0' || r > '9')
	})
	if len(words) == 0 {
		return id
	}
	return strings.Join(words, "-")
}

// sameSummary reports whether two display names are the same, or one is missing
// and the other is what the service makes up for it: the id, or method and
// template with some marks between them.
func sameSummary(x, y *operation) bool {
	if x.summary == y.summary {
		return true
	}
	if x.summary != "" && y.summary != "" {
		return false
	}
	given := x.summary + y.summary
	if given == x.id || given == y.id {
		return true
	}
	for _, form := range []string{"METHOD TEMPLATE", "METHOD - TEMPLATE", "TEMPLATE METHOD", "TEMPLATE - METHOD"} {
		if strings.EqualFold(given, strings.NewReplacer("METHOD", x.method, "TEMPLATE", x.template).Replace(form)) {
			return true
		}
	}
	return false
}

func sameDescription(x, y *operation) bool {
	if x.description == y.description {
		return true
	}
	if x.description != "" && y.description != "" {
		return false
	}
	made := x.description + y.description
	return made == x.summary || made == y.summary || made == x.id || made == y.id
}

// responses compares what two operations answer. The service keeps numeric
// statuses only, and gives an operation without any an empty 200.
func (c *comparer) responses(at *place, x, y map[string]*response) {
	if isFilledIn(x, y) || isFilledIn(y, x) {
		return
	}
	if s, t := contentTypes(x), contentTypes(y); c.mixed && s != "" && t != "" {
		c.text(at, "response content types", s, t)
	}
	for _, status := range union(x, y) {
		r, s := x[status], y[status]
		switch label := "response " + status; {
		case r != nil && s != nil:
			c.response(at.in(label), r, s)
		case !isStatus(status):
		case r == nil:
			c.differ(at, label+" added")
		default:
			c.differ(at, label+" removed")
		}
	}
}

// contentTypes returns the content types of all answers, which is how Swagger
// has them.
func contentTypes(responses map[string]*response) string {
	var all []string
	for _, r := range responses {
		all = slices.AppendSeq(all, maps.Keys(r.content))
	}
	slices.Sort(all)
	return strings.Join(slices.Compact(all), ", ")
}

func isFilledIn(none, made map[string]*response) bool {
	for status := range none {
		if isStatus(status) {
			return false
		}
	}
	r := made["200"]
	return r != nil && len(made) == 1 && len(r.headers) == 0 && len(r.content) == 0
}

func isStatus(s string) bool { return len(s) == 3 && strings.Trim(s, "0123456789") == "" }

func (c *comparer) response(at *place, x, y *response) {
	if c.words {
		c.text(at, "description", x.description, y.description)
	} else {
		c.both(at, "description", x.description, y.description)
	}
	for _, name := range union(x.headers, y.headers) {
		h, k := x.headers[name], y.headers[name]
		if h != nil {
			name = h.name
		} else {
			name = k.name
		}
		c.param(at, "header "+name, h, k)
	}
	c.content(at, x.content, y.content, true)
}

// content compares bodies by content type.
func (c *comparer) content(at *place, x, y map[string]*media, inResponse bool) {
	for _, kind := range union(x, y) {
		m, n := x[kind], y[kind]
		switch {
		case m != nil && n != nil:
			c.media(at.in(kind), m, n)
		case !c.empty && (m == nil || m.schema == nil) && (n == nil || n.schema == nil):
			// Swagger lists content types for answers that have no body.
		case c.mixed && inResponse:
			// Swagger has the content types of all answers in one list.
		case m == nil:
			c.differ(at, "content type "+kind+" added")
		default:
			c.differ(at, "content type "+kind+" removed")
		}
	}
}

func (c *comparer) media(at *place, x, y *media) {
	if !c.words {
		return
	}
	c.examples(at, x.examples, y.examples)
	switch {
	case !c.bound || x.schema == nil && y.schema == nil:
	case c.mixed && (x.schema == nil || y.schema == nil):
		// Swagger has one schema for all content types.
	case x.schema == nil:
		c.differ(at, "schema added")
	case y.schema == nil:
		c.differ(at, "schema removed")
	default:
		c.schema(at.in("schema"), x.schema, y.schema)
	}
}

// examples compares the values of examples. The service may lose some of them.
func (c *comparer) examples(at *place, x, y []*node) {
	if len(x) > len(y) {
		x, y = y, x
	}
	if len(x) == 0 || c.stopped {
		return
	}
	known := map[string]bool{}
	for _, v := range y {
		known[exampleValue(v)] = true
	}
	for _, v := range x {
		if !known[exampleValue(v)] {
			c.differ(at, "example changed")
			return
		}
	}
}

// exampleValue returns an example as it is compared: one that is written as a
// string of JSON is the value in it.
func exampleValue(n *node) string {
	if n.kind == text {
		if v, err := readJSON([]byte(n.text)); err == nil {
			return v.canonical()
		}
	}
	return n.canonical()
}
