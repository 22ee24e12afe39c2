package apispec

import (
	"fmt"
	"strings"
)

// exportWADL writes one resource element for each operation, so that operations
// of one path may describe its parameters each in their own words. Schemas,
// examples and what the sidecar holds are left out: WADL has no place for them.
func exportWADL(d *Definition) string {
	w := &wadlWriter{ids: newUniqueNames(keepCase)}
	w.line(`<?xml version="1.0" encoding="utf-8"?>`)
	w.open("application", "xmlns", "http://wadl.dev.java.net/2009/02", "xmlns:xsd", "http://www.w3.org/2001/XMLSchema")
	base := d.ServiceURL
	if base == "" && d.Path != "" {
		base = "/" + d.Path
	}
	title := d.Title
	if title == "" {
		title = base // what an import would call it
	}
	w.doc(title, d.Description)
	w.open("resources", "base", base)
	for _, op := range d.Operations {
		w.operation(op)
	}
	w.close("resources")
	w.close("application")
	return w.b.String()
}

type wadlWriter struct {
	b     strings.Builder
	depth int
	ids   *uniqueNames
}

func (w *wadlWriter) line(s string) {
	indent(&w.b, w.depth)
	w.b.WriteString(s)
	w.b.WriteByte('\n')
}

// tag is an element's name with the attributes that are not empty.
func tag(name string, attrs []string) string {
	var b strings.Builder
	b.WriteString(name)
	for i := 0; i+1 < len(attrs); i += 2 {
		if attrs[i+1] != "" {
			fmt.Fprintf(&b, ` %s="%s"`, attrs[i], escapeXML(attrs[i+1]))
		}
	}
	return b.String()
}

func (w *wadlWriter) open(name string, attrs ...string) {
	w.line("<" + tag(name, attrs) + ">")
	w.depth++
}

func (w *wadlWriter) close(name string) {
	w.depth--
	w.line("</" + name + ">")
}

func (w *wadlWriter) empty(name string, attrs ...string) { w.line("<" + tag(name, attrs) + " />") }

func (w *wadlWriter) doc(title, text string) {
	text = strings.TrimSpace(text)
	if title == "" && text == "" {
		return
	}
	if text == "" {
		w.empty("doc", "title", title)
		return
	}
	w.line("<" + tag("doc", []string{"title", title}) + ">" + escapeXML(text) + "</doc>")
}

func (w *wadlWriter) operation(op Operation) {
	w.open("resource", "path", "/"+strings.TrimPrefix(textAt(op.Properties, "urlTemplate"), "/"))
	w.params(mapsAt(op.Properties, "templateParameters"), "template")
	display := textAt(op.Properties, "displayName")
	if display == "" {
		display = op.Name
	}
	w.open("method", "id", w.id(display), "name", strings.ToUpper(textAt(op.Properties, "method")))
	w.doc(display, textAt(op.Properties, "description"))
	request := mapAt(op.Properties, "request")
	if hasRequest(request) {
		w.open("request")
		w.doc("", textAt(request, "description"))
		w.params(mapsAt(request, "queryParameters"), "query")
		w.params(mapsAt(request, "headers"), "header")
		w.representations(request)
		w.close("request")
	}
	for _, response := range mapsAt(op.Properties, "responses") {
		w.open("response", "status", textAt(response, "statusCode"))
		w.doc("", textAt(response, "description"))
		w.params(mapsAt(response, "headers"), "header")
		w.representations(response)
		w.close("response")
	}
	w.close("method")
	w.close("resource")
}

// id is an XML name made of a display name, since resource names are random.
func (w *wadlWriter) id(display string) string {
	id := operationName(display)
	if id == "" || id[0] >= '0' && id[0] <= '9' || id[0] == '.' {
		id = "_" + id
	}
	return w.ids.claim(id)
}

func hasRequest(request map[string]any) bool {
	return strings.TrimSpace(textAt(request, "description")) != "" || len(listAt(request, "queryParameters")) > 0 ||
		len(listAt(request, "headers")) > 0 || len(listAt(request, "representations")) > 0
}

func (w *wadlWriter) params(list []map[string]any, style string) {
	for _, c := range list {
		attrs := []string{
			"name", textAt(c, "name"), "style", style, "type", "xsd:" + xsdOfType(textAt(c, "type")),
			"default", textAt(c, "defaultValue"),
		}
		if textAt(c, "type") == "array" {
			attrs = append(attrs, "repeating", "true")
		}
		if c["required"] == true {
			attrs = append(attrs, "required", "true")
		}
		values := listAt(c, "values")
		if len(values) == 0 && strings.TrimSpace(textAt(c, "description")) == "" {
			w.empty("param", attrs...)
			continue
		}
		w.open("param", attrs...)
		w.doc("", textAt(c, "description"))
		for _, v := range values {
			w.line(`<option value="` + escapeXML(scalarText(v)) + `" />`)
		}
		w.close("param")
	}
}

func xsdOfType(t string) string {
	switch t {
	case "integer":
		return "int"
	case "number":
		return "double"
	case "boolean":
		return "boolean"
	}
	return "string"
}

func (w *wadlWriter) representations(of map[string]any) {
	for _, c := range mapsAt(of, "representations") {
		form := mapsAt(c, "formParameters")
		if len(form) == 0 {
			w.empty("representation", "mediaType", textAt(c, "contentType"))
			continue
		}
		w.open("representation", "mediaType", textAt(c, "contentType"))
		w.params(form, "query")
		w.close("representation")
	}
}
