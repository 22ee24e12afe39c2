package apispec

import (
	"net/http"
	"strconv"
	"strings"
)

// wadlReader reads a WADL document. Operations get names from NewID, as on the
// service, whose WADL operations have random ones.
type wadlReader struct {
	o    ImportOptions
	byID map[string]*element
	def  *Definition
	err  *ValidationError
	seen map[string]bool
}

func importWADL(value string, o ImportOptions) (*Definition, error) {
	root, err := parseXML(value)
	if err != nil {
		return nil, err
	}
	if root.name.Local != "application" {
		return nil, malformed(root.line, "the root element is not application")
	}
	r := &wadlReader{o: o, byID: map[string]*element{}, def: &Definition{Type: TypeHTTP}, err: &ValidationError{}, seen: map[string]bool{}}
	r.index(root)
	doc := root.first("doc")
	r.def.Title, r.def.Description = doc.attr("title"), doc.content()
	base := root.first("resources").attr("base")
	r.def.ServiceURL, r.def.Path = splitServer(base)
	if r.def.Title == "" {
		r.def.Title = strings.TrimSpace(base)
	}
	for _, resources := range root.all("resources") {
		for _, resource := range resources.all("resource") {
			r.resource(resource, "", nil)
		}
	}
	if len(r.err.Details) > 0 {
		return nil, r.err
	}
	return r.def, nil
}

func (r *wadlReader) index(e *element) {
	if id := e.attr("id"); id != "" {
		r.byID[id] = e
	}
	for _, c := range e.children {
		r.index(c)
	}
}

// deref is what an element's href names, or the element itself.
func (r *wadlReader) deref(e *element) *element {
	href := e.attr("href")
	if href == "" {
		return e
	}
	id, local := strings.CutPrefix(href, "#")
	target := r.byID[id]
	switch {
	case !local:
		r.fail(ErrExternalReference, targetDocument, e.line, "Parsing error(s): the reference '"+href+"' leaves the document.")
	case target == nil || target.attr("href") != "":
		r.fail(ErrUnresolvedReference, targetDocument, e.line, "Parsing error(s): the reference '"+href+"' points at nothing.")
	default:
		return target
	}
	return &element{line: e.line}
}

func (r *wadlReader) fail(kind error, target string, line int, message string) {
	if len(r.err.Details) < maxDetails {
		r.err.Details = append(r.err.Details, Detail{Kind: kind, Target: target, Message: message, Line: line})
	}
}

// resource reads a resource and those inside; its parameters hold for all.
func (r *wadlReader) resource(e *element, parent string, inherited []*element) {
	path := parent
	if own := e.attr("path"); own != "" {
		path = strings.TrimSuffix(parent, "/") + "/" + strings.TrimPrefix(own, "/")
	}
	params := append(append([]*element(nil), inherited...), e.all("param")...)
	for _, m := range e.all("method") {
		r.method(r.deref(m), path, params)
	}
	for _, inner := range e.all("resource") {
		r.resource(inner, path, params)
	}
}

func (r *wadlReader) method(e *element, path string, inherited []*element) {
	if path == "" {
		path = "/"
	}
	method := strings.ToUpper(e.attr("name"))
	if method == "" {
		r.fail(ErrMalformed, targetDocument, e.line, "Parsing error(s): a method has no name.")
		return
	}
	if r.seen[method+" "+path] {
		r.fail(ErrDuplicateOperation, "urlTemplate", e.line,
			"Operation with the same method and URL template already exists: "+method+", "+path)
	}
	r.seen[method+" "+path] = true
	doc := e.first("doc")
	display := doc.attr("title")
	for _, candidate := range []string{e.attr("id"), synthesizedDisplayName(method, path)} {
		if display == "" {
			display = candidate
		}
	}
	props := map[string]any{"method": method, "urlTemplate": path, "displayName": truncate(display)}
	setText(props, "description", doc.content())
	request := e.first("request")
	params := append(append([]*element(nil), inherited...), request.all("param")...)
	props["templateParameters"] = r.templateParameters(params, path)
	req := map[string]any{
		"queryParameters": r.params(params, "query"),
		"headers":         r.params(params, "header"),
		"representations": []any{},
	}
	if bodyAllowed(method) {
		setText(req, "description", request.first("doc").content())
		req["representations"] = r.representations(request)
	}
	props["request"] = req
	props["responses"] = r.responses(e)
	r.def.Operations = append(r.def.Operations, Operation{Name: r.o.NewID(), Properties: props})
}

// templateParameters is the declared ones that the path has, and a text for
// each that is not declared: WADL does not ask for a declaration.
func (r *wadlReader) templateParameters(params []*element, path string) []any {
	names := placeholders(path)
	out := []any{}
	for _, v := range r.params(params, "template") {
		c, _ := v.(map[string]any)
		if lower := strings.ToLower(textAt(c, "name")); names[lower] {
			delete(names, lower)
			c["required"] = true
			out = append(out, c)
		}
	}
	for _, name := range placeholderList(path) {
		if lower := strings.ToLower(name); names[lower] {
			delete(names, lower)
			out = append(out, map[string]any{"name": name, "type": "string", "required": true, "values": []any{}})
		}
	}
	return out
}

// params is the parameters of one style; a later one of the same name replaces
// the earlier.
func (r *wadlReader) params(all []*element, style string) []any {
	out, at := []any{}, map[string]int{}
	for _, e := range all {
		e = r.deref(e)
		name := e.attr("name")
		if e.attr("style") != style || name == "" {
			continue
		}
		if i, ok := at[name]; ok {
			out[i] = wadlParam(e)
			continue
		}
		at[name] = len(out)
		out = append(out, wadlParam(e))
	}
	return out
}

func wadlParam(e *element) map[string]any {
	values := []any{}
	for _, option := range e.all("option") {
		values = append(values, option.attr("value"))
	}
	c := map[string]any{"name": e.attr("name"), "type": typeOfXSD(e), "values": values}
	setText(c, "description", e.first("doc").content())
	setText(c, "defaultValue", e.attr("default"))
	if e.attr("required") == "true" {
		c["required"] = true
	}
	return c
}

func typeOfXSD(e *element) string {
	if e.attr("repeating") == "true" {
		return "array"
	}
	switch localName(e.attr("type")) {
	case "int", "integer", "long", "short", "byte", "nonNegativeInteger", "positiveInteger", "unsignedInt", "unsignedLong":
		return "integer"
	case "decimal", "double", "float":
		return "number"
	case "boolean":
		return "boolean"
	}
	return "string"
}

func (r *wadlReader) representations(e *element) []any {
	out := []any{}
	for _, representation := range e.all("representation") {
		representation = r.deref(representation)
		media := representation.attr("mediaType")
		if media == "" {
			continue
		}
		c := map[string]any{"contentType": media}
		if form := r.params(representation.all("param"), "query"); len(form) > 0 {
			c["formParameters"] = form
		}
		out = append(out, c)
	}
	return out
}

func (r *wadlReader) responses(method *element) []any {
	out := []any{}
	for _, e := range method.all("response") {
		statuses := strings.Fields(e.attr("status"))
		if len(statuses) == 0 {
			statuses = []string{strconv.Itoa(http.StatusOK)}
		}
		for _, status := range statuses {
			code, err := strconv.Atoi(status)
			if err != nil {
				r.fail(ErrMalformed, targetDocument, e.line, "Parsing error(s): the status '"+status+"' is no number.")
				continue
			}
			c := map[string]any{
				"statusCode":      code,
				"headers":         r.params(e.all("param"), "header"),
				"representations": r.representations(e),
			}
			setText(c, "description", e.first("doc").content())
			out = append(out, c)
		}
	}
	return out
}
