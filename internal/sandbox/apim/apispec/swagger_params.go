package apispec

// downgradeParameter puts a parameter into the form of 2.0, where its schema is
// among its members and can be nothing but a scalar or a list of them. An empty
// place means a response header.
func (m *model) downgradeParameter(p *object, in string) *object {
	out := &object{}
	if in != "" {
		out.set("name", p.get("name"))
		out.set("in", in)
	}
	setMember(out, "description", p.text("description"))
	if in != "" && p.truth("required") {
		out.set("required", true)
	}
	if (in == "query" || in == "formData") && p.truth("allowEmptyValue") {
		out.set("allowEmptyValue", true)
	}
	for _, s := range m.scalarSchema(p.get("schema"), maxHops) {
		out.set(s.key, s.value)
	}
	if out.text("type") == "array" && in == "query" {
		setMember(out, "collectionFormat", collectionFormat(p))
	}
	if in == "formData" && out.text("type") == "string" && out.text("format") == "binary" {
		file := &object{}
		for _, f := range out.members {
			switch f.key {
			case "name", "in", "description", "required", "allowEmptyValue":
				file.set(f.key, f.value)
			}
		}
		file.set("type", "file")
		return file
	}
	return out
}

// collectionFormat is how 2.0 says that the items of a list are joined; empty
// for commas.
func collectionFormat(p *object) string {
	switch p.text("style") {
	case "spaceDelimited":
		return "ssv"
	case "pipeDelimited":
		return "pipes"
	case "", "form":
		if p.get("explode") == false {
			return ""
		}
	}
	return "multi"
}

// scalarSchema is the members of a schema that a parameter of 2.0 can have. A
// schema that is neither scalar nor list becomes a text.
func (m *model) scalarSchema(v any, depth int) []member {
	schema := m.resolve(v)
	t, _ := schema["type"].(string)
	switch t {
	case "string", "integer", "number", "boolean":
	case "array":
		if depth > 0 {
			break
		}
		fallthrough
	default:
		return []member{{"type", "string"}}
	}
	out := []member{{"type", t}}
	for _, s := range sortedMembers(schema) {
		if s.key == "type" || s.key == "items" || s.key == "x-nullable" || !schemaMember20(s.key) {
			continue
		}
		out = append(out, s)
	}
	if t == "array" {
		items := &object{}
		for _, s := range m.scalarSchema(schema["items"], depth-1) {
			items.set(s.key, s.value)
		}
		out = append(out, member{"items", items})
	}
	return out
}
