package apispec

import (
	"fmt"
	"net/http"
	"strings"
)

// Content types of the schema resources of a SOAP API: an XML schema of the
// WSDL, and the WSDL itself, which only this emulator keeps.
const (
	ContentTypeXSD  = "application/vnd.ms-azure-apim.xsd+xml"
	ContentTypeWSDL = "application/wsdl+xml"
)

const (
	soap11 = "http://schemas.xmlsoap.org/wsdl/soap/"
	soap12 = "http://schemas.xmlsoap.org/wsdl/soap12/"
)

// wsdlReader reads a WSDL 1.1 document: the operations of the first service's
// first SOAP port, 1.1 before 1.2.
type wsdlReader struct {
	o       ImportOptions
	root    *element
	binding *element
	version string // namespace of the binding's SOAP version
	schemas map[string]string
	def     *Definition
}

func importWSDL(value string, o ImportOptions) (*Definition, error) {
	root, err := parseXML(value)
	if err != nil {
		return nil, err
	}
	if root.name.Local != "definitions" {
		return nil, invalid(ErrUnsupported, targetDocument, "Parsing error(s): the document is not WSDL 1.1.")
	}
	r := &wsdlReader{o: o, root: root, schemas: map[string]string{}, def: &Definition{Type: TypeHTTP}}
	if o.APIType == TypeSOAP {
		r.def.Type = TypeSOAP
	}
	if err := r.checkImports(); err != nil {
		return nil, err
	}
	if !r.chooseBinding() {
		return nil, invalid(ErrUnsupported, targetDocument, "Parsing error(s): the document has no SOAP binding.")
	}
	r.readSchemas(value)
	if err := r.operations(); err != nil {
		return nil, err
	}
	r.def.Schemas = append(r.def.Schemas, textSchema(o.NewID(), ContentTypeWSDL, value))
	return r.def, nil
}

func exportWSDL(d *Definition) (string, error) {
	text, ok := schemaText(d, ContentTypeWSDL)
	if !ok {
		return "", fmt.Errorf("export as wsdl: %w", ErrNoSource)
	}
	return text, nil
}

// checkImports refuses what is described in other documents.
func (r *wsdlReader) checkImports() error {
	var found *element
	for _, e := range r.root.all("import") {
		found = e
	}
	for _, schema := range r.root.first("types").all("schema") {
		for _, e := range append(schema.all("import"), schema.all("include")...) {
			if e.attr("schemaLocation") != "" {
				found = e
			}
		}
	}
	if found == nil {
		return nil
	}
	return &ValidationError{Details: []Detail{{
		Kind: ErrExternalReference, Target: targetDocument, Line: found.line,
		Message: "Parsing error(s): the document imports another one; put what it describes into the document.",
	}}}
}

func (r *wsdlReader) chooseBinding() bool {
	service := r.root.first("service")
	r.def.Title = service.attr("name")
	if r.def.Title == "" {
		r.def.Title = r.root.attr("name")
	}
	for _, version := range []string{soap11, soap12} {
		for _, port := range service.all("port") {
			if b := r.named("binding", port.attr("binding")); isSOAP(b, version) {
				r.binding, r.version = b, version
				r.def.ServiceURL = strings.TrimSpace(port.first("address").attr("location"))
				return true
			}
		}
	}
	for _, version := range []string{soap11, soap12} {
		for _, b := range r.root.all("binding") {
			if isSOAP(b, version) {
				r.binding, r.version = b, version
				return true
			}
		}
	}
	return false
}

func isSOAP(binding *element, version string) bool {
	inner := binding.first("binding")
	return inner != nil && inner.name.Space == version
}

// named is the definition of the kind that a qualified name stands for.
func (r *wsdlReader) named(kind, qualified string) *element {
	for _, e := range r.root.all(kind) {
		if e.attr("name") == localName(qualified) {
			return e
		}
	}
	return nil
}

// readSchemas makes each XML schema a resource, with the prefixes that the
// document declares around it.
func (r *wsdlReader) readSchemas(text string) {
	text = strings.TrimPrefix(text, "\ufeff")
	for _, e := range r.root.first("types").all("schema") {
		name := r.o.NewID()
		r.schemas[e.attr("targetNamespace")] = name
		raw := text[e.start:e.end]
		cut := strings.IndexAny(raw, " \t\r\n/>")
		value := raw[:cut] + inheritedPrefixes(e) + raw[cut:]
		r.def.Schemas = append(r.def.Schemas, textSchema(name, ContentTypeXSD, value))
	}
}

func inheritedPrefixes(e *element) string {
	own := map[string]bool{}
	var b strings.Builder
	for at := e; at != nil; at = at.parent {
		for _, a := range at.attrs {
			prefix := a.Name.Local
			if a.Name.Space == "" && prefix == "xmlns" {
				prefix = ""
			} else if a.Name.Space != "xmlns" {
				continue
			}
			if at != e && !own[prefix] {
				fmt.Fprintf(&b, ` %s="%s"`, strings.TrimSuffix("xmlns:"+prefix, ":"), escapeXML(a.Value))
			}
			own[prefix] = true
		}
	}
	return b.String()
}

func (r *wsdlReader) operations() error {
	portType := r.named("portType", r.binding.attr("type"))
	seen := map[string]bool{}
	for _, bound := range r.binding.all("operation") {
		name := bound.attr("name")
		op := r.operation(name, bound, portType)
		template := textAt(op.Properties, "urlTemplate")
		if seen[template] {
			return invalid(ErrDuplicateOperation, "urlTemplate",
				"Operation with the same method and URL template already exists: POST, "+template)
		}
		seen[template] = true
		r.def.Operations = append(r.def.Operations, op)
	}
	return nil
}

func (r *wsdlReader) operation(name string, bound, portType *element) Operation {
	var declared *element
	for _, e := range portType.all("operation") {
		if e.attr("name") == name {
			declared = e
		}
	}
	props := map[string]any{
		"displayName": truncate(name), "method": http.MethodPost, "urlTemplate": "/" + name,
		"templateParameters": []any{},
	}
	setText(props, "description", declared.first("documentation").content())
	if r.def.Type == TypeSOAP {
		action := bound.first("operation").attr("soapAction")
		if action == "" {
			action = name
		}
		// Braces would declare a parameter of the template.
		props["urlTemplate"] = "/?soapAction=" + strings.NewReplacer("{", "%7B", "}", "%7D").Replace(action)
	}
	prefix := portType.attr("name") + "_" + name + "_"
	props["request"] = map[string]any{
		"description": prefix + "InputMessage", "headers": []any{}, "queryParameters": []any{},
		"representations": r.message(declared.first("input")),
	}
	props["responses"] = []any{map[string]any{
		"statusCode": http.StatusOK, "description": prefix + "OutputMessage", "headers": []any{},
		"representations": r.message(declared.first("output")),
	}}
	return Operation{Name: r.o.NewID(), Properties: props}
}

// message is the representation of a message's first part.
func (r *wsdlReader) message(e *element) []any {
	if e == nil {
		return []any{}
	}
	c := map[string]any{"contentType": "text/xml"}
	if r.version == soap12 {
		c["contentType"] = "application/soap+xml"
	}
	part := r.named("message", e.attr("message")).first("part")
	if name := part.attr("element"); name != "" {
		setText(c, "typeName", localName(name))
		setText(c, "schemaId", r.schemas[part.namespace(name)])
	}
	return []any{c}
}

// namespace is what the prefix of a qualified name stands for at the element.
func (e *element) namespace(qualified string) string {
	prefix, _, ok := strings.Cut(qualified, ":")
	for at := e; at != nil; at = at.parent {
		for _, a := range at.attrs {
			if ok && a.Name.Space == "xmlns" && a.Name.Local == prefix || !ok && a.Name.Space == "" && a.Name.Local == "xmlns" {
				return a.Value
			}
		}
	}
	return ""
}
