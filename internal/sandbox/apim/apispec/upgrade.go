package apispec

import "strings"

// server20 is the address that host, basePath and schemes of OpenAPI 2.0 make;
// https where there is a choice.
func server20(root *object) string {
	host, base := root.text("host"), root.text("basePath")
	if host == "" {
		return base
	}
	if strings.Contains(host, "://") {
		return host + base
	}
	scheme := "https"
	if schemes := root.list("schemes"); len(schemes) > 0 {
		first := scalarText(schemes[0])
		for _, s := range schemes {
			if s == scheme {
				first = scheme
			}
		}
		if first != "" {
			scheme = first
		}
	}
	if base != "" && !strings.HasPrefix(base, "/") {
		base = "/" + base
	}
	return scheme + "://" + host + strings.TrimSuffix(base, "/")
}

// upgrade puts an operation of OpenAPI 2.0 into the form of 3.0. Schemas of
// bodies stay as they are; those of other parameters are written anew.
func (im *importer) upgrade(op *object, shared []*object) *object {
	out := &object{}
	for _, key := range []string{"operationId", "summary", "description", "deprecated"} {
		if v := op.get(key); v != nil {
			out.set(key, v)
		}
	}
	params, body, form := []any{}, (*object)(nil), []*object(nil)
	for _, p := range im.parameters(shared, op.list("parameters")) {
		switch p.text("in") {
		case "body":
			body = p
		case "formData":
			form = append(form, p)
		default:
			params = append(params, upgradeParameter(p))
		}
	}
	out.set("parameters", params)
	consumes := im.mediaTypes(op, "consumes")
	switch {
	case body != nil:
		out.set("requestBody", upgradeBody(body, consumes))
	case len(form) > 0:
		out.set("requestBody", upgradeForm(form, consumes))
	}
	responses := &object{}
	produces := im.mediaTypes(op, "produces")
	for _, m := range op.object("responses").all() {
		if !strings.HasPrefix(m.key, "x-") {
			responses.set(m.key, upgradeResponse(im.deref(m.value), produces))
		}
	}
	out.set("responses", responses)
	return out
}

// mediaTypes is the operation's consumes or produces, or else the document's.
func (im *importer) mediaTypes(op *object, key string) []string {
	list := op.list(key)
	if list == nil {
		list = im.root.list(key)
	}
	var out []string
	for _, v := range list {
		if s := scalarText(v); s != "" {
			out = append(out, s)
		}
	}
	return out
}

const mediaJSON = "application/json"

func upgradeBody(body *object, consumes []string) *object {
	if len(consumes) == 0 {
		consumes = []string{mediaJSON}
	}
	content := &object{}
	for _, contentType := range consumes {
		media := &object{}
		if schema := body.get("schema"); schema != nil {
			media.set("schema", schema)
		}
		content.set(contentType, media)
	}
	out := &object{}
	out.set("description", body.get("description"))
	out.set("required", body.truth("required"))
	out.set("content", content)
	return out
}

// upgradeForm makes form fields the properties of an object, for each media
// type of a form that the operation consumes.
func upgradeForm(form []*object, consumes []string) *object {
	properties, required, file := &object{}, []any{}, false
	for _, p := range form {
		up := upgradeParameter(p)
		field := up.object("schema")
		if description := p.text("description"); description != "" {
			field.set("description", description)
		}
		properties.set(p.text("name"), field)
		if p.truth("required") {
			required = append(required, p.text("name"))
		}
		file = file || p.text("type") == "file"
	}
	schema := &object{}
	schema.set("type", "object")
	schema.set("required", required)
	schema.set("properties", properties)
	media := &object{}
	media.set("schema", schema)
	content := &object{}
	for _, contentType := range consumes {
		if formType(contentType) {
			content.set(contentType, media)
		}
	}
	if len(content.members) == 0 && file {
		content.set(formMultipart, media)
	} else if len(content.members) == 0 {
		content.set(formURLEncoded, media)
	}
	out := &object{}
	out.set("content", content)
	return out
}

// upgradeResponse gives each media type the response's schema, as the service
// does even where there is none.
func upgradeResponse(response *object, produces []string) *object {
	schema, examples := response.get("schema"), response.object("examples")
	if len(produces) == 0 && schema != nil {
		produces = []string{mediaJSON}
	}
	content := &object{}
	for _, contentType := range produces {
		media := &object{}
		if schema != nil {
			media.set("schema", schema)
		}
		if v := examples.get(contentType); v != nil {
			media.set("example", v)
		}
		content.set(contentType, media)
	}
	headers := &object{}
	for _, m := range response.object("headers").all() {
		if h, ok := m.value.(*object); ok {
			headers.set(m.key, upgradeParameter(h))
		}
	}
	out := &object{}
	out.set("description", response.get("description"))
	out.set("headers", headers)
	out.set("content", content)
	return out
}

// upgradeParameter puts a parameter or a header, whose schema 2.0 writes among
// its own members, into the form of 3.0.
func upgradeParameter(p *object) *object {
	out, schema := &object{}, &object{}
	collection := "csv"
	for _, m := range p.all() {
		switch {
		case m.key == "collectionFormat":
			collection = scalarText(m.value)
		case m.key == "name", m.key == "in", m.key == "description", m.key == "required", m.key == "allowEmptyValue":
			out.set(m.key, m.value)
		case schemaMember20(m.key):
			upgradeMember(schema, m)
		}
	}
	if schema.text("type") == "array" {
		upgradeCollection(out, collection)
	}
	out.set("schema", schema)
	return out
}

// schemaMember20 names the members of a parameter that describe its value.
func schemaMember20(key string) bool {
	switch key {
	case "type", "format", "items", "default", "enum", "maximum", "exclusiveMaximum", "minimum", "exclusiveMinimum",
		"maxLength", "minLength", "pattern", "maxItems", "minItems", "uniqueItems", "multipleOf", "x-nullable":
		return true
	}
	return false
}

func upgradeMember(schema *object, m member) {
	switch {
	case m.key == "x-nullable":
		schema.set("nullable", m.value)
	case m.key == "type" && m.value == "file":
		schema.set("type", "string")
		schema.set("format", "binary")
	case m.key == "items":
		items := &object{}
		inner, _ := m.value.(*object)
		for _, i := range inner.all() {
			if schemaMember20(i.key) {
				upgradeMember(items, i)
			}
		}
		schema.set("items", items)
	default:
		schema.set(m.key, m.value)
	}
}

// upgradeCollection says in 3.0 how the items of a list are joined. Tabs have
// no equal there and are taken for commas.
func upgradeCollection(out *object, collection string) {
	if out.text("in") != "query" {
		return
	}
	switch collection {
	case "multi":
	case "ssv":
		out.set("style", "spaceDelimited")
	case "pipes":
		out.set("style", "pipeDelimited")
	default:
		out.set("explode", false)
	}
}
