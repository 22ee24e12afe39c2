package apispec

import (
	"encoding/json"
	"strings"
)

// contract is an OpenAPI parameter or header in the shape of the management
// plane. What that shape cannot say goes into the sidecar under the slot.
func (r *operationReader) contract(name string, p *object, in, slot string) map[string]any {
	c := map[string]any{"name": name, "values": []any{}}
	setText(c, "description", p.text("description"))
	if p.truth("required") {
		c["required"] = true
	}
	if examples := r.examples(p); len(examples) > 0 {
		c["examples"] = examples
	}
	extra := parameterExtras(p, in)
	if content := p.object("content"); len(content.all()) > 0 {
		extra["content"] = r.parameterContent(content)
	}
	schema, _ := r.convert(p.get("schema")).(map[string]any)
	r.describe(c, schema)
	if c["typeName"] == nil && schema != nil && jsonText(contractSchema(c)) != jsonText(schema) {
		extra["schema"] = schema
	}
	if len(extra) > 0 {
		r.sidecar.put(r.name, sideParameters, slot, extra)
	}
	return c
}

// describe fills in what a contract says of its schema.
func (r *operationReader) describe(c, schema map[string]any) {
	if ref, ok := schema["$ref"].(string); ok {
		c["typeName"], c["schemaId"] = componentOf(ref), r.schemaName()
		c["type"] = r.typeOf(componentOf(ref))
		return
	}
	for key, v := range schemaFields(schema) {
		c[key] = v
	}
}

// typeOf is the JSON type of a component, string when it does not say.
func (r *operationReader) typeOf(name string) string {
	for range maxHops {
		schema, _ := r.components[name].(map[string]any)
		ref, ok := schema["$ref"].(string)
		if !ok {
			return textAt(schemaFields(schema), "type")
		}
		name = componentOf(ref)
	}
	return "string"
}

// componentOf is the component's name in a stored reference.
func componentOf(ref string) string {
	return ref[strings.LastIndexByte(ref, '/')+1:]
}

// schemaFields is the members of a parameter contract that come of its schema:
// type, values, and defaultValue if there is one.
func schemaFields(schema map[string]any) map[string]any {
	values := []any{}
	for _, v := range listAt(schema, "enum") {
		values = append(values, valueText(v))
	}
	t, ok := schema["type"].(string)
	if !ok {
		t = "string"
	}
	fields := map[string]any{"type": t, "values": values}
	if v, ok := schema["default"]; ok {
		fields["defaultValue"] = valueText(v)
	}
	return fields
}

// valueText is a value as the management plane keeps it: a text.
func valueText(v any) string {
	switch v.(type) {
	case map[string]any, []any, nil:
		return jsonText(v)
	}
	return scalarText(v)
}

// contractSchema is the schema that a contract alone describes.
func contractSchema(c map[string]any) map[string]any {
	t := textAt(c, "type")
	if t == "" {
		t = "string"
	}
	schema := map[string]any{"type": t}
	var enum []any
	for _, v := range listAt(c, "values") {
		enum = append(enum, typed(v, t))
	}
	if len(enum) > 0 {
		schema["enum"] = enum
	}
	if v, ok := c["defaultValue"]; ok && v != nil {
		schema["default"] = typed(v, t)
	}
	return schema
}

// typed is a text read as a value of the type, or the text where it is none.
func typed(v any, t string) any {
	text, ok := v.(string)
	if !ok {
		return v
	}
	switch t {
	case "integer", "number":
		if jsonNumber.MatchString(text) {
			return json.Number(text)
		}
	case "boolean":
		if text == "true" || text == "false" {
			return text == "true"
		}
	case "array", "object":
		if v, err := parseJSON(text); err == nil {
			return plain(v)
		}
	}
	return text
}

// parameterExtras is what OpenAPI says of how a parameter is written, where it
// differs from the default.
func parameterExtras(p *object, in string) map[string]any {
	extra := map[string]any{}
	for _, key := range []string{"deprecated", "allowReserved", "allowEmptyValue"} {
		if p.truth(key) {
			extra[key] = true
		}
	}
	style := defaultStyle(in)
	if s := p.text("style"); s != "" && s != style {
		extra["style"], style = s, s
	}
	if explode, ok := p.get("explode").(bool); ok && explode != (style == "form") {
		extra["explode"] = explode
	}
	return extra
}

func defaultStyle(in string) string {
	if in == "query" || in == "cookie" {
		return "form"
	}
	return "simple"
}

// parameterContent is the content of a parameter that has no schema of its own.
func (r *operationReader) parameterContent(content *object) map[string]any {
	out := map[string]any{}
	for _, m := range content.all() {
		media := map[string]any{}
		o, _ := m.value.(*object)
		if schema := o.get("schema"); schema != nil {
			media["schema"] = r.convert(schema)
		}
		out[m.key] = media
	}
	return out
}

// simpleForm is a form's schema if it is written in place and says no more than
// what its fields are.
func simpleForm(contentType string, v any) (*object, bool) {
	schema, ok := v.(*object)
	if !ok || !formType(contentType) || schema.text("type") != "object" {
		return nil, false
	}
	for _, m := range schema.members {
		if m.key != "type" && m.key != "properties" && m.key != "required" {
			return nil, false
		}
	}
	fields := schema.object("properties").all()
	for _, m := range fields {
		if _, ok := m.value.(*object); !ok || m.key == "" {
			return nil, false
		}
	}
	return schema, len(fields) > 0
}

// formType says whether a media type is that of a form.
func formType(contentType string) bool {
	media, _, _ := strings.Cut(contentType, ";")
	media = strings.ToLower(strings.TrimSpace(media))
	return media == formURLEncoded || media == formMultipart
}

const (
	formURLEncoded = "application/x-www-form-urlencoded"
	formMultipart  = "multipart/form-data"
)

func (r *operationReader) formParameters(contentType string, form *object) []any {
	required := map[any]bool{}
	for _, name := range form.list("required") {
		if name, ok := name.(string); ok {
			required[name] = true
		}
	}
	out := []any{}
	for _, m := range form.object("properties").all() {
		field, _ := m.value.(*object)
		p, schema := &object{}, &object{}
		for _, f := range field.members {
			if f.key == "description" && field.get("$ref") == nil {
				p.set("description", field.text("description"))
			} else {
				schema.set(f.key, f.value)
			}
		}
		p.set("schema", schema)
		p.set("required", required[m.key])
		out = append(out, r.contract(m.key, p, "form", formSlot(contentType, m.key)))
	}
	return out
}
