package apidef

import (
	"slices"
	"strings"
)

// projectOpenAPI makes the model of an OpenAPI 3 document.
func projectOpenAPI(root *node) (*api, error) {
	a := newAPI(OpenAPI, root)
	a.components = root.get("components").get("schemas")
	return a, a.project(a.openAPIOperation)
}

// project adds the operations of all paths, each made by read from its own
// parameters and those of its path.
func (a *api) project(read func(op *operation, n *node, params []*node)) error {
	paths := a.root.get("paths")
	if paths != nil && paths.kind != object && paths.kind != null {
		return errorAt(paths.line, "paths is no object")
	}
	var ops []*operation
	for path, item := range paths.entries {
		if strings.HasPrefix(path, "x-") {
			continue
		}
		item, _ = a.follow(item)
		for method, n := range item.entries {
			if !isMethod(method) || n.kind != object {
				continue
			}
			op := &operation{
				id:          n.str("operationId"),
				method:      strings.ToUpper(method),
				template:    rooted(path),
				summary:     displayName(n.str("summary")),
				description: prose(n.str("description")),
				params:      map[string]*param{},
				responses:   map[string]*response{},
			}
			read(op, n, slices.Concat(item.get("parameters").elements(), n.get("parameters").elements()))
			ops = append(ops, op)
			if a.parts > maxParts {
				return errorAt(n.line, "more than %d parts of operations", maxParts)
			}
		}
	}
	a.put(ops)
	return nil
}

func isMethod(key string) bool {
	switch key {
	case "get", "put", "post", "delete", "options", "head", "patch", "trace":
		return true
	}
	return false
}

func (a *api) openAPIOperation(op *operation, n *node, params []*node) {
	for _, p := range params {
		p, _ = a.follow(p)
		if in := p.str("in"); in == "path" || in == "query" || in == "header" {
			op.add(a.openAPIParam(p, in, p.str("name")))
		}
	}
	request, _ := a.follow(n.get("requestBody"))
	op.body = a.openAPIBody(request)
	for status, r := range n.get("responses").entries {
		if strings.HasPrefix(status, "x-") {
			continue
		}
		r, _ = a.follow(r)
		answer := &response{body: a.openAPIBody(r), headers: map[string]*param{}}
		for name, h := range r.get("headers").entries {
			h, _ = a.follow(h)
			answer.headers[strings.ToLower(name)] = a.openAPIParam(h, "header", name)
		}
		op.responses[strings.ToLower(status)] = answer
	}
}

// add puts a parameter into the operation, if it has a name; a later one of its
// name wins.
func (op *operation) add(p *param) {
	if p.name != "" {
		op.params[p.in+" "+p.name] = p
	}
}

func (a *api) openAPIParam(n *node, in, name string) *param {
	a.parts++
	p := &param{in: in, name: name, description: prose(n.str("description")), required: in == "path" || n.is("required")}
	p.schema, _ = a.follow(n.get("schema"))
	for _, m := range n.get("content").entries {
		if p.schema == nil {
			p.schema, _ = a.follow(m.get("schema"))
		}
	}
	return p
}

func (a *api) openAPIBody(n *node) body {
	b := body{description: prose(n.str("description")), content: map[string]*media{}}
	a.parts++
	for kind, m := range n.get("content").entries {
		a.parts++
		b.content[contentType(kind)] = &media{schema: given(m.get("schema")), examples: a.examples(m)}
	}
	return b
}

// given returns a schema, or nil if it is empty and so the same as none.
func given(schema *node) *node {
	if schema != nil && schema.kind == object && len(schema.keys) == 0 {
		return nil
	}
	return schema
}

// examples returns the values of the examples of a media type or schema, in
// each of the ways to write them.
func (a *api) examples(n *node) []*node {
	var values []*node
	if v := n.get("example"); v != nil {
		values = append(values, v)
	}
	named := n.get("examples")
	values = append(values, named.elements()...)
	for _, e := range named.entries {
		e, _ = a.follow(e)
		if v := e.get("value"); v != nil {
			values = append(values, v)
		}
	}
	return values
}

// contentType returns a media type as it is compared.
func contentType(s string) string { return strings.ToLower(strings.TrimSpace(s)) }

// prose returns a text for people as it is compared: line ends and white space
// around it do not count.
func prose(s string) string {
	return strings.TrimSpace(strings.ReplaceAll(s, "\r\n", "\n"))
}

// maxDisplayName is how many characters the service keeps of a summary.
const maxDisplayName = 300

// displayName returns what the service makes of a summary.
func displayName(summary string) string {
	s := prose(summary)
	if r := []rune(s); len(r) > maxDisplayName {
		s = strings.TrimSpace(string(r[:maxDisplayName]))
	}
	return s
}
