package apim

import (
	"errors"
	"net/http"
	"slices"
	"strings"

	"github.com/lockstep-apiops/lockstep/internal/sandbox/apim/apispec"
)

// Definitions reads and writes API definition documents.
type Definitions interface {
	// Import reads a document in one of the service's import formats.
	Import(format, value string, o apispec.ImportOptions) (*apispec.Definition, error)
	// Export writes one: openapi, openapi+json, swagger, wadl, wsdl or graphql.
	Export(format string, d *apispec.Definition) (text, contentType string, err error)
}

// specDefinitions is what a server uses unless it is given something else.
type specDefinitions struct{}

func (specDefinitions) Import(format, value string, o apispec.ImportOptions) (*apispec.Definition, error) {
	return apispec.Import(format, value, o)
}

func (specDefinitions) Export(format string, d *apispec.Definition) (text, contentType string, err error) {
	return apispec.Export(format, d)
}

// importFormats are those that carry the document in the request.
func importFormats() []string {
	return []string{"openapi", "openapi+json", "swagger-json", "wadl-xml", "wsdl", "graphql"}
}

// inlineLimit is how many bytes a document in a request may have.
const inlineLimit = 4 << 20

// takeDefinition reads the document of an import, if the request is one.
func (w *write) takeDefinition() error {
	format, value := text(w.sent, "format"), text(w.sent, "value")
	switch {
	case format == "" && w.sent["value"] == nil:
		return nil
	case format == "" || strings.TrimSpace(value) == "":
		return invalid("value", "An import needs both format and value.")
	case len(value) > inlineLimit:
		return invalid("value", "The document has %d bytes; inline, the service takes %d.", len(value), inlineLimit)
	case strings.Contains(format, "link"):
		return invalid("value", "The document at %q could not be fetched: the sandbox reads inline documents only.", value)
	case !slices.Contains(importFormats(), strings.ToLower(format)):
		return invalid("format", "Import format %q is not supported.", format)
	}
	apiType := text(w.sent, "apiType")
	d, err := w.svc.srv.o.Definitions.Import(strings.ToLower(format), value, apispec.ImportOptions{APIType: apiType, NewID: newID,
		RequiredQueryAsTemplate: !strings.EqualFold(text(w.sent, "translateRequiredQueryParameters"), "query")})
	w.op = &operation{until: w.svc.srv.now()}
	if !w.atOnce {
		w.op.until = w.op.until.Add(w.svc.srv.o.OperationTime)
	}
	if err != nil {
		w.op.failure = importFailure(err)
		return nil
	}
	w.definition = d
	w.fillFrom(d, format)
	return nil
}

// importFailure is how the service says that a document is wrong.
func importFailure(err error) *fault {
	var wrong *apispec.ValidationError
	f := &fault{status: http.StatusBadRequest, code: "ValidationError", message: "One or more fields contain incorrect values:",
		details: []detail{{Code: "ValidationError", Target: "representation", Message: err.Error()}}}
	if errors.As(err, &wrong) && len(wrong.Details) > 0 {
		f.details = nil
		for _, d := range wrong.Details {
			f.details = append(f.details, detail{Code: "ValidationError", Target: d.Target, Message: d.Message})
		}
	}
	return f
}

// fillFrom takes from the document what the request leaves open.
func (w *write) fillFrom(d *apispec.Definition, format string) {
	props := w.item.props
	for name, value := range map[string]string{"displayName": d.Title, "description": d.Description, "serviceUrl": d.ServiceURL} {
		if value != "" && w.sent[name] == nil {
			props[name] = value
		}
	}
	if strings.EqualFold(format, "wsdl") {
		props["description"] = nil
	}
	if d.Type != "" {
		props["type"] = d.Type
	}
}

// replaceDefinition makes the API's operations and component schemas those of the
// imported document. Operations that stay keep their policies.
func (w *write) replaceDefinition() {
	d := w.definition
	if d == nil {
		return
	}
	v := w.svc
	keep := map[string]bool{}
	for _, op := range d.Operations {
		keep[strings.ToLower(op.Name)] = true
	}
	for _, it := range slices.Clone(v.itemsOf(w.item, v.srv.table.get("apis/operations"))) {
		if !keep[strings.ToLower(it.name)] {
			v.cascade(it)
		}
	}
	for _, op := range d.Operations {
		v.add(w.item, "apis/operations", op.Name, op.Properties)
	}
	for _, it := range slices.Clone(v.itemsOf(w.item, v.srv.table.get("apis/schemas"))) {
		if text(it.props, "contentType") != graphqlSchema {
			v.remove(it)
		}
	}
	for _, s := range d.Schemas {
		name := s.Name
		if name == "" {
			name = newID()
		}
		v.add(w.item, "apis/schemas", name, s.Properties)
	}
}

// definitionOf gathers what an export writes.
func (v *service) definitionOf(it *item) *apispec.Definition {
	d := &apispec.Definition{Title: text(it.props, "displayName"), Description: text(it.props, "description"), Version: text(it.props, "apiVersion"),
		Path: text(it.props, "path"), Type: text(it.props, "type")}
	if d.Type == "" {
		d.Type = apispec.TypeHTTP
	}
	d.ServiceURL = "https://" + strings.ToLower(v.name()) + ".azure-api.net/" + strings.Trim(d.Path, "/")
	for _, op := range v.itemsOf(it, v.srv.table.get("apis/operations")) {
		d.Operations = append(d.Operations, apispec.Operation{Name: op.name, Properties: op.props})
	}
	for _, s := range v.itemsOf(it, v.srv.table.get("apis/schemas")) {
		d.Schemas = append(d.Schemas, apispec.Schema{Name: s.name, Properties: s.props})
	}
	return d
}
