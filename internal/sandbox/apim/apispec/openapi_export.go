package apispec

import (
	"fmt"
	"strings"
)

// exportedOpenAPI is the version the service writes.
const exportedOpenAPI = "3.0.1"

// exportedVersion stands in for the version of an API that has none.
const exportedVersion = "1.0"

func exportOpenAPI(d *Definition) (*object, error) {
	m := newModel(d)
	doc := &object{}
	doc.set("openapi", exportedOpenAPI)
	doc.set("info", m.info())
	if server := m.server(); server != "" {
		first := &object{}
		first.set("url", server)
		doc.set("servers", []any{first})
	}
	paths, err := m.paths(openAPIMethod)
	if err != nil {
		return nil, err
	}
	doc.set("paths", paths)
	if len(m.schemas) > 0 {
		components := &object{}
		components.set("schemas", m.schemas)
		doc.set("components", components)
	}
	return doc, nil
}

func (m *model) info() *object {
	info := &object{}
	info.set("title", m.d.Title)
	if m.d.Description != "" {
		info.set("description", m.d.Description)
	}
	version := m.d.Version
	if version == "" {
		version = exportedVersion
	}
	info.set("version", version)
	return info
}

// server is the server's URL, absolute or by path.
func (m *model) server() string {
	if m.d.ServiceURL == "" && m.d.Path != "" {
		return "/" + m.d.Path
	}
	return m.d.ServiceURL
}

// paths is the operations by path and method, each in the order of its first.
func (m *model) paths(known func(method string) bool) (*object, error) {
	paths := &object{}
	keys := m.pathKeys()
	for i, op := range m.d.Operations {
		method := strings.ToUpper(textAt(op.Properties, "method"))
		if !known(method) {
			continue
		}
		item := paths.object(keys[i])
		if item == nil {
			item = &object{}
			paths.set(keys[i], item)
		}
		lower := strings.ToLower(method)
		if item.get(lower) != nil {
			return nil, fmt.Errorf("export operation %q: %w: %s %s", op.Name, ErrDuplicateOperation, method, keys[i])
		}
		item.set(lower, m.operation(op, keys[i]))
	}
	return paths, nil
}

// pathKeys is the path of each operation. A query of nothing but parameters
// becomes query parameters, unless the imported document had it in the path or
// the path is taken by an operation without it: then it stays.
func (m *model) pathKeys() []string {
	ops := m.d.Operations
	keys := make([]string, len(ops))
	taken := map[string]bool{}
	var later []int
	for i, op := range ops {
		keys[i] = "/" + strings.TrimPrefix(textAt(op.Properties, "urlTemplate"), "/")
		if _, ok := withoutQuery(keys[i]); ok && m.sidecar.entry(op.Name)[sideQuery] != true {
			later = append(later, i)
		} else {
			taken[textAt(op.Properties, "method")+" "+keys[i]] = true
		}
	}
	for _, i := range later {
		path, _ := withoutQuery(keys[i])
		if key := textAt(ops[i].Properties, "method") + " " + path; !taken[key] {
			keys[i], taken[key] = path, true
		}
	}
	return keys
}

// withoutQuery is the template without a query such as ?a={a}&b={b}; false when
// it has no query or another one.
func withoutQuery(template string) (string, bool) {
	path, query, ok := strings.Cut(template, "?")
	if !ok {
		return "", false
	}
	for _, pair := range strings.Split(query, "&") {
		name, value, _ := strings.Cut(pair, "=")
		if name == "" || value != "{"+name+"}" {
			return "", false
		}
	}
	return path, true
}

// operation is one operation in the form of OpenAPI 3.0.
func (m *model) operation(op Operation, path string) *object {
	out, side := &object{}, m.sidecar.entry(op.Name)
	method := strings.ToUpper(textAt(op.Properties, "method"))
	setMember(out, "summary", textAt(op.Properties, "displayName"))
	setMember(out, "description", textAt(op.Properties, "description"))
	out.set("operationId", op.Name)
	request := mapAt(op.Properties, "request")
	if params := m.parameters(op, request, path, side); len(params) > 0 {
		out.set("parameters", params)
	}
	if body := m.requestBody(request, side); len(body.members) > 0 && bodyAllowed(method) {
		out.set("requestBody", body)
	}
	out.set("responses", m.responses(op, side))
	if side[sideDeprecated] == true {
		out.set("deprecated", true)
	}
	return out
}

// setMember adds a text unless it is empty.
func setMember(o *object, key, text string) {
	if text != "" {
		o.set(key, text)
	}
}

func (m *model) parameters(op Operation, request map[string]any, path string, side map[string]any) []any {
	var out []any
	inPath := placeholders(path)
	for _, c := range mapsAt(op.Properties, "templateParameters") {
		name := textAt(c, "name")
		in, other := "query", "path"
		if inPath[strings.ToLower(name)] {
			in, other = other, in
		}
		extra := mapAt(mapAt(side, sideParameters), parameterSlot(in, name))
		if extra == nil {
			extra = mapAt(mapAt(side, sideParameters), parameterSlot(other, name))
		}
		out = append(out, m.parameter(c, in, true, extra))
	}
	add := func(list []map[string]any, in string) {
		for _, c := range list {
			extra := mapAt(mapAt(side, sideParameters), parameterSlot(in, textAt(c, "name")))
			out = append(out, m.parameter(c, in, c["required"] == true, extra))
		}
	}
	add(mapsAt(request, "queryParameters"), "query")
	add(mapsAt(request, "headers"), "header")
	add(mapsAt(side, sideCookies), "cookie")
	return out
}

func (m *model) parameter(c map[string]any, in string, required bool, extra map[string]any) *object {
	out := &object{}
	out.set("name", textAt(c, "name"))
	out.set("in", in)
	m.describe(out, c, required, extra)
	return out
}

// describe writes what a parameter and a header have in common.
func (m *model) describe(out *object, c map[string]any, required bool, extra map[string]any) {
	setMember(out, "description", textAt(c, "description"))
	if required {
		out.set("required", true)
	}
	for _, key := range []string{"deprecated", "allowEmptyValue", "style", "explode", "allowReserved"} {
		if v, ok := extra[key]; ok {
			out.set(key, v)
		}
	}
	if content := mapAt(extra, "content"); len(content) > 0 {
		out.set("content", content)
	} else {
		out.set("schema", m.parameterSchema(c, extra))
	}
	setExamples(out, c)
}

// parameterSchema is the schema kept from the import as long as the contract
// says the same as then, or else what the contract says.
func (m *model) parameterSchema(c, extra map[string]any) any {
	if ref := m.reference(c); ref != nil {
		return ref
	}
	schema, ok := extra["schema"].(map[string]any)
	if !ok || !sameFields(schemaFields(schema), c) {
		return contractSchema(c)
	}
	return schema
}

// sameFields says whether a contract still has the fields a schema gave it.
func sameFields(fields, c map[string]any) bool {
	for key, v := range fields {
		if jsonText(v) != jsonText(c[key]) && (key != "values" || len(listAt(c, key))+len(listAt(fields, key)) > 0) {
			return false
		}
	}
	_, had := fields["defaultValue"]
	return had == (c["defaultValue"] != nil)
}
