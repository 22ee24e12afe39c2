package apispec

func (m *model) requestBody(request, side map[string]any) *object {
	out := &object{}
	representations := mapsAt(request, "representations")
	description := textAt(request, "description")
	required := side[sideRequired] == true
	if len(representations) == 0 && description == "" && !required {
		return out
	}
	setMember(out, "description", description)
	out.set("content", m.content(representations, side, func(contentType, name string) string {
		return formSlot(contentType, name)
	}))
	if required {
		out.set("required", true)
	}
	return out
}

// content is the media types of a body. slot names the sidecar's slot of a form
// field; nil means that there are no forms here.
func (m *model) content(representations []map[string]any, side map[string]any, slot func(contentType, name string) string) *object {
	out := &object{}
	for _, c := range representations {
		contentType := textAt(c, "contentType")
		media := &object{}
		form := mapsAt(c, "formParameters")
		if ref := m.reference(c); ref != nil {
			media.set("schema", ref)
		} else if len(form) > 0 && slot != nil {
			media.set("schema", m.form(form, side, func(name string) string { return slot(contentType, name) }))
		}
		setExamples(media, c)
		if encoding := mapAt(mapAt(side, sideEncodings), contentType); slot != nil && len(encoding) > 0 {
			media.set("encoding", encoding)
		}
		out.set(contentType, media)
	}
	return out
}

// form is the schema of a form whose fields are parameters.
func (m *model) form(fields []map[string]any, side map[string]any, slot func(name string) string) *object {
	properties, required := &object{}, []any{}
	for _, c := range fields {
		name := textAt(c, "name")
		extra := mapAt(mapAt(side, sideParameters), slot(name))
		field := &object{}
		for _, f := range schemaMembersOf(m.parameterSchema(c, extra)) {
			field.set(f.key, f.value)
		}
		if description := textAt(c, "description"); field.get("$ref") == nil {
			setMember(field, "description", description)
		}
		if c["required"] == true {
			required = append(required, name)
		}
		properties.set(name, field)
	}
	out := &object{}
	out.set("type", "object")
	if len(required) > 0 {
		out.set("required", required)
	}
	out.set("properties", properties)
	return out
}

// schemaMembersOf is the members of a schema in either form.
func schemaMembersOf(schema any) []member {
	members, _ := mapping(schema)
	return members
}

// responses is the responses by status: those with a number in the order of the
// operation, then the others. A document must name one at least.
func (m *model) responses(op Operation, side map[string]any) *object {
	out := &object{}
	for _, c := range mapsAt(op.Properties, "responses") {
		status := textAt(c, "statusCode")
		out.set(status, m.response(c, status, side))
	}
	rest := mapAt(side, sideResponses)
	for _, status := range sortedKeys(rest) {
		if c, ok := rest[status].(map[string]any); ok && out.get(status) == nil {
			out.set(status, m.response(c, status, side))
		}
	}
	return someResponse(out)
}

// someResponse adds the response that the service writes where there is none.
func someResponse(responses *object) *object {
	if len(responses.members) == 0 {
		empty := &object{}
		empty.set("description", "")
		responses.set("200", empty)
	}
	return responses
}

func (m *model) response(c map[string]any, status string, side map[string]any) *object {
	out := &object{}
	out.set("description", textAt(c, "description"))
	headers := &object{}
	for _, h := range mapsAt(c, "headers") {
		header := &object{}
		extra := mapAt(mapAt(side, sideParameters), headerSlot(status, textAt(h, "name")))
		m.describe(header, h, h["required"] == true, extra)
		headers.set(textAt(h, "name"), header)
	}
	if len(headers.members) > 0 {
		out.set("headers", headers)
	}
	if representations := mapsAt(c, "representations"); len(representations) > 0 {
		out.set("content", m.content(representations, side, nil))
	}
	return out
}
