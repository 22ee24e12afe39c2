package apispec

import (
	"net/http"
	"strconv"
	"strings"
)

// operationReader is one operation on its way in.
type operationReader struct {
	*importer
	name     string // resource name
	template string // URL template
	method   string
}

func (im *importer) readOperation(path, method string, op *object, shared []*object) {
	if im.dialect == openapi20 {
		op = im.upgrade(op, shared)
		shared = nil
	}
	r := operationReader{importer: im, template: path, method: method}
	id := strings.TrimSpace(op.text("operationId"))
	r.name = operationName(id)
	if r.name == "" {
		r.name = synthesizedName(method, path)
	}
	r.name = im.opNames.claim(r.name)

	props := map[string]any{"method": method}
	display := op.text("summary")
	if display == "" {
		display = id
	}
	if display == "" {
		display = synthesizedDisplayName(method, path)
	}
	props["displayName"] = truncate(display)
	setText(props, "description", op.text("description"))
	if op.truth("deprecated") {
		im.sidecar.set(r.name, sideDeprecated, true)
	}
	if strings.Contains(path, "?") {
		im.sidecar.set(r.name, sideQuery, true)
	}
	request := r.request(op.get("requestBody"))
	template, query, headers := r.inputs(im.parameters(shared, op.list("parameters")))
	request["queryParameters"], request["headers"] = query, headers
	props["templateParameters"], props["request"] = template, request
	props["responses"] = r.responses(op.object("responses"))
	props["urlTemplate"] = r.template
	im.add(Operation{Name: r.name, Properties: props})
}

// add takes an operation unless one with its method and template is there.
func (im *importer) add(op Operation) {
	method, template := textAt(op.Properties, "method"), textAt(op.Properties, "urlTemplate")
	if key := method + " " + template; im.templates[key] {
		im.fail(ErrDuplicateOperation, "urlTemplate",
			"Operation with the same method and URL template already exists: %s, %s", method, template)
	} else {
		im.templates[key] = true
	}
	im.operations = append(im.operations, op)
}

// inputs sorts the parameters into the places an operation has for them, and
// moves required query parameters into the template where that is wanted.
func (r *operationReader) inputs(params []*object) (template, query, headers []any) {
	template, query, headers = []any{}, []any{}, []any{}
	cookies, declared := []any(nil), map[string]bool{}
	names := placeholders(r.template)
	_, asked, _ := strings.Cut(r.template, "?")
	inQuery := placeholders(asked)
	for _, p := range params {
		in, name := p.text("in"), p.text("name")
		lower := strings.ToLower(name)
		c := r.contract(name, p, in, parameterSlot(in, name))
		moved := in == "query" && p.truth("required") && r.o.RequiredQueryAsTemplate && !strings.ContainsAny(name, "{}")
		switch {
		case in == "path" && names[lower], in == "query" && inQuery[lower], moved:
			if declared[lower] || moved && names[lower] && !inQuery[lower] {
				r.failDuplicate(name)
				continue
			}
			if !names[lower] {
				r.template += querySeparator(r.template) + name + "={" + name + "}"
			}
			declared[lower] = true
			c["required"] = true
			template = append(template, c)
		case in == "query":
			query = append(query, c)
		case in == "header":
			headers = append(headers, c)
		case in == "cookie":
			cookies = append(cookies, c)
		}
	}
	r.checkDeclared(names, declared)
	if len(cookies) > 0 {
		r.sidecar.set(r.name, sideCookies, cookies)
	}
	return template, query, headers
}

func (r *operationReader) failDuplicate(name string) {
	r.fail(ErrDuplicateParameter, "templateParameters",
		"Parameter '%s' of %s %s is declared more than once; names must be unique within a URL template.",
		name, r.method, r.template)
}

// checkDeclared refuses names of the template that no parameter declares.
func (r *operationReader) checkDeclared(names, declared map[string]bool) {
	for _, name := range sortedKeys(names) {
		if !declared[name] {
			r.fail(ErrUndeclaredParameter, "templateParameters",
				"All parameters of a URL template must be declared: '%s' of %s %s is not.", name, r.method, r.template)
		}
	}
}

func querySeparator(template string) string {
	if strings.Contains(template, "?") {
		return "&"
	}
	return "?"
}

// placeholders is the lower-cased names in braces of a URL template. The
// service compares them without case.
func placeholders(template string) map[string]bool {
	names := map[string]bool{}
	for _, name := range placeholderList(template) {
		names[strings.ToLower(name)] = true
	}
	return names
}

// placeholderList is the names in braces in their order.
func placeholderList(template string) []string {
	var names []string
	for {
		_, rest, ok := strings.Cut(template, "{")
		if !ok {
			return names
		}
		name, after, ok := strings.Cut(rest, "}")
		if !ok {
			return names
		}
		names = append(names, name)
		template = after
	}
}

func (r *operationReader) request(v any) map[string]any {
	request := map[string]any{"representations": []any{}}
	body := r.deref(v)
	if body == nil || !bodyAllowed(r.method) {
		return request
	}
	setText(request, "description", body.text("description"))
	if body.truth("required") {
		r.sidecar.set(r.name, sideRequired, true)
	}
	request["representations"] = r.representations(body.object("content"), typeName(r.template, r.method)+"Request", true)
	return request
}

// representations is the contract of a body's media types. A form written in
// place becomes parameters; any other schema goes by name.
func (r *operationReader) representations(content *object, name string, request bool) []any {
	out := []any{}
	for _, m := range content.all() {
		media, _ := m.value.(*object)
		if m.key == "" {
			continue
		}
		c := map[string]any{"contentType": m.key}
		schema := media.get("schema")
		if form, ok := simpleForm(m.key, schema); ok && request {
			c["formParameters"] = r.formParameters(m.key, form)
		} else {
			suggested := name
			if !request {
				suggested += camel(m.key) + "Response"
			}
			if t := r.bodySchema(schema, suggested); t != "" {
				c["typeName"], c["schemaId"] = t, r.schemaName()
			}
		}
		if examples := r.examples(media); len(examples) > 0 {
			c["examples"] = examples
		}
		if encoding := media.object("encoding"); request && len(encoding.all()) > 0 {
			r.sidecar.put(r.name, sideEncodings, m.key, encodings(encoding))
		}
		out = append(out, c)
	}
	return out
}

// encodings is the encoding of a form without its headers, which would refer to
// components that are not kept.
func encodings(o *object) map[string]any {
	out := map[string]any{}
	for _, m := range o.all() {
		e, _ := plain(m.value).(map[string]any)
		delete(e, "headers")
		if len(e) > 0 {
			out[m.key] = e
		}
	}
	return out
}

func (r *operationReader) responses(all *object) []any {
	out := []any{}
	for _, m := range all.all() {
		if strings.HasPrefix(m.key, "x-") {
			continue
		}
		response := r.deref(m.value)
		c := map[string]any{
			"headers":         r.responseHeaders(m.key, response.object("headers")),
			"representations": r.representations(response.object("content"), typeName(r.template, r.method)+camel(m.key), false),
		}
		setText(c, "description", response.text("description"))
		code, err := strconv.Atoi(m.key)
		if err != nil || len(m.key) != 3 || code < http.StatusContinue {
			r.sidecar.put(r.name, sideResponses, m.key, c)
			continue
		}
		c["statusCode"] = code
		out = append(out, c)
	}
	return out
}

func (r *operationReader) responseHeaders(status string, headers *object) []any {
	out := []any{}
	for _, m := range headers.all() {
		if h := r.deref(m.value); h != nil && m.key != "" {
			out = append(out, r.contract(m.key, h, "header", headerSlot(status, m.key)))
		}
	}
	return out
}
