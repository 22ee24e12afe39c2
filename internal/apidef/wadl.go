package apidef

import (
	"slices"
	"strings"
)

// isWADL reports whether e is the root of a WADL document.
func (e *element) isWADL() bool {
	return e.name.Local == "application" && strings.HasPrefix(e.name.Space, "http://") &&
		strings.Contains(e.name.Space, "wadl")
}

// projectWADL makes the model of a WADL document.
func projectWADL(root *element) (*api, error) {
	w := wadlReader{byID: map[string]*element{}}
	w.index(root)
	for _, resources := range root.all("resources") {
		for _, r := range resources.all("resource") {
			if err := w.resource(r, "", nil); err != nil {
				return nil, err
			}
		}
	}
	a := newAPI(WADL, nil)
	a.put(w.ops)
	return a, nil
}

// A wadlReader collects operations.
type wadlReader struct {
	byID  map[string]*element
	ops   []*operation
	parts int // of operations read
}

func (w *wadlReader) index(e *element) {
	if id := e.attr("id"); id != "" {
		w.byID[id] = e
	}
	for _, c := range e.children {
		w.index(c)
	}
}

// follow returns the element of this document that e's href names, or e.
func (w *wadlReader) follow(e *element) *element {
	if id, ok := strings.CutPrefix(e.attr("href"), "#"); ok {
		if target := w.byID[id]; target != nil && target.name.Local == e.name.Local {
			return target
		}
	}
	return e
}

// resource adds the methods of a resource and of those inside it. Template
// parameters are handed down.
func (w *wadlReader) resource(e *element, path string, around []*param) error {
	path = strings.TrimSuffix(path, "/") + rooted(e.attr("path"))
	own := w.params(e)
	for _, m := range e.all("method") {
		m = w.follow(m)
		w.method(m, path, slices.Concat(around, own))
		if w.parts += len(around) + len(own) + len(m.children); w.parts > maxParts {
			return errorAt(e.line, "more than %d parts of operations", maxParts)
		}
	}
	for _, p := range own {
		if p.in == "path" {
			around = append(slices.Clip(around), p)
		}
	}
	for _, r := range e.all("resource") {
		if err := w.resource(r, path, around); err != nil {
			return err
		}
	}
	return nil
}

func (w *wadlReader) method(e *element, path string, params []*param) {
	op := &operation{
		id: e.attr("id"), method: strings.ToUpper(e.attr("name")), template: path,
		params: map[string]*param{}, responses: map[string]*response{},
	}
	op.summary, op.description = doc(e)
	for _, p := range params {
		own := *p
		op.add(&own)
	}
	op.body.content = map[string]*media{}
	for _, request := range e.all("request") {
		for _, p := range w.params(request) {
			op.add(p)
		}
		w.content(request, op.body.content)
	}
	for _, r := range e.all("response") {
		statuses := strings.Fields(r.attr("status"))
		if len(statuses) == 0 {
			statuses = []string{"200"}
		}
		for _, status := range statuses {
			op.responses[status] = w.response(r)
		}
	}
	w.ops = append(w.ops, op)
}

func (w *wadlReader) response(e *element) *response {
	r := &response{body: body{content: map[string]*media{}}, headers: map[string]*param{}}
	_, r.description = doc(e)
	for _, p := range w.params(e) {
		r.headers[strings.ToLower(p.name)] = p
	}
	w.content(e, r.content)
	return r
}

func (w *wadlReader) content(e *element, content map[string]*media) {
	for _, r := range e.all("representation") {
		if kind := w.follow(r).attr("mediaType"); kind != "" {
			content[contentType(kind)] = &media{}
		}
	}
}

// params returns the parameters that e declares itself.
func (w *wadlReader) params(e *element) []*param {
	var all []*param
	for _, p := range e.all("param") {
		p = w.follow(p)
		in := p.attr("style")
		switch in {
		case "template":
			in = "path"
		case "query", "header":
		default:
			continue
		}
		all = append(all, wadlParam(p, in))
	}
	return all
}

func wadlParam(e *element, in string) *param {
	schema := newObject()
	if kind := wadlType(e.attr("type")); kind != "" {
		schema.add("type", newText(kind))
	}
	if v := e.attr("default"); v != "" {
		schema.add("default", newText(v))
	}
	var values []*node
	for _, o := range e.all("option") {
		values = append(values, newText(o.attr("value")))
	}
	if len(values) > 0 {
		schema.add("enum", newList(values...))
	}
	_, description := doc(e)
	return &param{
		in: in, name: e.attr("name"), description: description, schema: schema,
		required: in == "path" || e.attr("required") == "true" || e.attr("required") == "1",
	}
}

// wadlType returns the JSON type of a type of XML Schema, "" if it has none.
func wadlType(qname string) string {
	switch qname[strings.IndexByte(qname, ':')+1:] {
	case "string", "date", "dateTime", "time", "anyURI":
		return "string"
	case "int", "integer", "long", "short", "byte", "nonNegativeInteger", "positiveInteger":
		return "integer"
	case "float", "double", "decimal", "number":
		return "number"
	case "boolean":
		return "boolean"
	}
	return ""
}

// doc returns the title and the text of the documentation of e.
func doc(e *element) (title, body string) {
	for _, d := range e.all("doc") {
		return prose(d.attr("title")), prose(d.text)
	}
	return "", ""
}
