package apidef

import (
	"slices"
	"strings"
)

// projectSwagger makes the model of a Swagger 2.0 document.
func projectSwagger(root *node) (*api, error) {
	a := newAPI(Swagger, root)
	a.components = root.get("definitions")
	return a, a.project(a.swaggerOperation)
}

func (a *api) swaggerOperation(op *operation, n *node, params []*node) {
	consumes := a.mediaTypes(n, "consumes")
	form := &formBody{}
	for _, p := range params {
		a.parts++
		p, _ = a.follow(p)
		switch in := p.str("in"); in {
		case "path", "query", "header":
			op.add(&param{
				in: in, name: p.str("name"), description: prose(p.str("description")),
				required: in == "path" || p.is("required"), schema: p,
			})
		case "body":
			op.body = body{description: prose(p.str("description")), content: map[string]*media{}}
			for _, kind := range orJSON(consumes) {
				op.body.content[kind] = &media{schema: given(p.get("schema"))}
			}
		case "formData":
			form.add(p)
		}
	}
	if form.schema != nil {
		op.body = form.body(consumes)
	}
	produces := a.mediaTypes(n, "produces")
	for status, r := range n.get("responses").entries {
		if !strings.HasPrefix(status, "x-") {
			r, _ = a.follow(r)
			op.responses[strings.ToLower(status)] = a.swaggerResponse(r, produces)
		}
	}
}

// mediaTypes returns the content types of an operation, or of the document if
// the operation gives none.
func (a *api) mediaTypes(n *node, key string) []string {
	given := n.get(key)
	if given == nil {
		given = a.root.get(key)
	}
	kinds := given.strings()
	for i, k := range kinds {
		kinds[i] = contentType(k)
	}
	return kinds
}

func orJSON(kinds []string) []string {
	if len(kinds) == 0 {
		return []string{"application/json"}
	}
	return kinds
}

func (a *api) swaggerResponse(n *node, produces []string) *response {
	r := &response{
		body:    body{description: prose(n.str("description")), content: map[string]*media{}},
		headers: map[string]*param{},
	}
	schema := given(n.get("schema"))
	if schema != nil {
		produces = orJSON(produces)
	}
	a.parts += 1 + len(produces) + len(n.get("headers").names())
	for _, kind := range produces {
		r.content[kind] = &media{schema: schema}
	}
	for kind, example := range n.get("examples").entries {
		if m := r.content[contentType(kind)]; m != nil {
			m.examples = []*node{example}
		}
	}
	for name, h := range n.get("headers").entries {
		r.headers[strings.ToLower(name)] = &param{
			in: "header", name: name, description: prose(h.str("description")), schema: h,
		}
	}
	return r
}

// A formBody collects the fields of a form into the schema of a body.
type formBody struct {
	schema   *node
	fields   *node
	required []*node
	file     bool
}

func (f *formBody) add(p *node) {
	if f.schema == nil {
		f.schema, f.fields = newObject(), newObject()
		f.schema.add("type", newText("object"))
	}
	field := newObject()
	for k, v := range p.entries {
		if !slices.Contains([]string{"name", "in", "required", "collectionFormat", "allowEmptyValue"}, k) {
			field.add(k, v)
		}
	}
	f.fields.add(p.str("name"), field)
	if p.is("required") {
		f.required = append(f.required, newText(p.str("name")))
	}
	f.file = f.file || p.str("type") == "file"
}

func (f *formBody) body(consumes []string) body {
	f.schema.add("properties", f.fields)
	f.schema.add("required", newList(f.required...))
	if len(consumes) == 0 {
		consumes = []string{"application/x-www-form-urlencoded"}
		if f.file {
			consumes = []string{"multipart/form-data"}
		}
	}
	b := body{content: map[string]*media{}}
	for _, kind := range consumes {
		b.content[kind] = &media{schema: f.schema}
	}
	return b
}
