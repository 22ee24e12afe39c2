package apispec

import (
	"slices"
	"strings"
)

// exportSwagger is the API as OpenAPI 2.0. What that version cannot say is left
// out: cookies, unions of schemas, named examples, bodies of several schemas.
func exportSwagger(d *Definition) (*object, error) {
	m := newModel(d)
	doc := &object{}
	doc.set("swagger", "2.0")
	doc.set("info", m.info())
	m.setHost(doc)
	paths, err := m.paths(func(method string) bool { return method != "TRACE" && openAPIMethod(method) })
	if err != nil {
		return nil, err
	}
	for _, path := range paths.members {
		item, _ := path.value.(*object)
		for _, op := range item.members {
			item.set(op.key, m.downgrade(op.value.(*object)))
		}
	}
	doc.set("paths", paths)
	if len(m.schemas) > 0 {
		definitions := make(map[string]any, len(m.schemas))
		for name, schema := range m.schemas {
			definitions[name] = schema20(schema)
		}
		doc.set("definitions", definitions)
	}
	return doc, nil
}

// schema20 is a schema in the dialect of 2.0.
func schema20(schema any) any {
	return mapSchema(copyJSON(plain(schema)), func(s any) any {
		s = to20(s)
		if s, ok := s.(map[string]any); ok {
			definition := func(ref string) string { return definitionsPrefix + componentOf(ref) }
			mapReferences(s, definition, definition)
		}
		return s
	})
}

func (m *model) setHost(doc *object) {
	scheme, rest, absolute := strings.Cut(m.d.ServiceURL, "://")
	host, base, _ := strings.Cut(rest, "/")
	base = strings.TrimSuffix(base, "/")
	if !absolute {
		host, base = "", m.d.Path
	}
	setMember(doc, "host", host)
	if base != "" {
		doc.set("basePath", "/"+base)
	}
	if host != "" {
		doc.set("schemes", []any{scheme})
	}
}

// downgrade puts an operation of 3.0 into the form of 2.0.
func (m *model) downgrade(op *object) *object {
	out := &object{}
	var params []any
	for _, v := range op.list("parameters") {
		if p, ok := v.(*object); ok && p.text("in") != "cookie" {
			params = append(params, m.downgradeParameter(p, p.text("in")))
		}
	}
	body := op.object("requestBody")
	content := body.object("content").all()
	params = append(params, m.downgradeBody(body, content)...)
	responses, produces := m.downgradeResponses(op.object("responses"))

	for _, key := range []string{"summary", "description", "operationId"} {
		setMember(out, key, op.text(key))
	}
	if len(content) > 0 {
		consumes := make([]any, len(content))
		for i, media := range content {
			consumes[i] = media.key
		}
		out.set("consumes", consumes)
	}
	if len(produces) > 0 {
		out.set("produces", produces)
	}
	if len(params) > 0 {
		out.set("parameters", params)
	}
	out.set("responses", responses)
	if op.truth("deprecated") {
		out.set("deprecated", true)
	}
	return out
}

// downgradeBody is the one body parameter, or the fields of a form.
func (m *model) downgradeBody(body *object, content []member) []any {
	if len(content) == 0 {
		return nil
	}
	schema, forms := bodySchemaOf(content)
	if forms {
		if fields := m.formFields(schema); len(fields) > 0 {
			return fields
		}
	}
	out := &object{}
	out.set("name", "body")
	out.set("in", "body")
	setMember(out, "description", body.text("description"))
	if body.truth("required") {
		out.set("required", true)
	}
	if schema == nil {
		schema = map[string]any{}
	}
	out.set("schema", schema20(schema))
	return []any{out}
}

// bodySchemaOf is the schema of the first media type that has one; forms are
// asked only where there is nothing else.
func bodySchemaOf(content []member) (schema any, forms bool) {
	forms = !slices.ContainsFunc(content, func(m member) bool { return !formType(m.key) })
	for _, c := range content {
		media, _ := c.value.(*object)
		if v := media.get("schema"); v != nil && formType(c.key) == forms {
			return v, forms
		}
	}
	return nil, forms
}

// formFields is the properties of a form's schema as parameters.
func (m *model) formFields(v any) []any {
	schema, _ := v.(*object)
	properties, required := schema.object("properties").all(), schema.list("required")
	if schema.get("$ref") != nil {
		resolved := m.resolve(schema)
		properties, required = sortedMembers(mapAt(resolved, "properties")), listAt(resolved, "required")
	}
	needed := map[any]bool{}
	for _, name := range required {
		if name, ok := name.(string); ok {
			needed[name] = true
		}
	}
	var out []any
	for _, p := range properties {
		if p.key == "" {
			continue
		}
		field := &object{}
		field.set("name", p.key)
		setMember(field, "description", textAt(m.resolve(p.value), "description"))
		if needed[p.key] {
			field.set("required", true)
		}
		field.set("schema", p.value)
		out = append(out, m.downgradeParameter(field, "formData"))
	}
	return out
}

func (m *model) downgradeResponses(all *object) (responses *object, produces []any) {
	responses = &object{}
	for _, r := range all.all() {
		if len(r.key) == len("4XX") && strings.HasSuffix(strings.ToUpper(r.key), "XX") {
			continue
		}
		from, _ := r.value.(*object)
		for _, c := range from.object("content").all() {
			if !slices.Contains(produces, any(c.key)) {
				produces = append(produces, c.key)
			}
		}
		responses.set(r.key, m.downgradeResponse(from))
	}
	return someResponse(responses), produces
}

// downgradeResponse takes the first schema for that of all media types.
func (m *model) downgradeResponse(from *object) *object {
	out, examples, headers := &object{}, &object{}, &object{}
	out.set("description", from.text("description"))
	for _, c := range from.object("content").all() {
		media, _ := c.value.(*object)
		if schema := media.get("schema"); schema != nil && out.get("schema") == nil {
			out.set("schema", schema20(schema))
		}
		if v := media.get("example"); v != nil {
			examples.set(c.key, v)
		}
	}
	for _, h := range from.object("headers").all() {
		header, _ := h.value.(*object)
		headers.set(h.key, m.downgradeParameter(header, ""))
	}
	if len(headers.members) > 0 {
		out.set("headers", headers)
	}
	if len(examples.members) > 0 {
		out.set("examples", examples)
	}
	return out
}
