package apispec

import "fmt"

// API kinds, as the management plane names them.
const (
	TypeHTTP    = "http"
	TypeSOAP    = "soap"
	TypeGraphQL = "graphql"
)

// Definition is an API as a specification describes it.
type Definition struct {
	Title       string
	Description string
	Version     string
	// ServiceURL is the absolute address of the backend. For an export the
	// caller puts there what the specification shall name as its server.
	ServiceURL string
	// Path is the API's path suffix; an import sets it only when the
	// specification names a server by path alone.
	Path       string
	Type       string
	Operations []Operation
	Schemas    []Schema
}

// Operation is one operation: its resource name, and the properties of the
// management plane's operation contract made of JSON values only.
type Operation struct {
	Name       string
	Properties map[string]any
}

// Schema is one schema resource of an API: its name, and contentType with
// document.
type Schema struct {
	Name       string
	Properties map[string]any
}

// ImportOptions say how to read a specification.
type ImportOptions struct {
	// APIType is the kind of API wanted: http, soap or graphql; empty is http.
	APIType string
	// RequiredQueryAsTemplate moves required query parameters into the URL
	// template.
	RequiredQueryAsTemplate bool
	// NewID returns a fresh name for a resource that has none of its own;
	// 24 hexadecimal digits on the real service. It must not be nil.
	NewID func() string
}

// Import reads value, a specification in the given format, and returns the API
// it describes. Formats are openapi, openapi+json, swagger-json, wadl-xml, wsdl
// and graphql. What is wrong with the text comes back as *ValidationError.
func Import(format, value string, o ImportOptions) (*Definition, error) {
	switch format {
	case "openapi", "openapi+json", "swagger-json":
		return importOpenAPI(format, value, o)
	case "wadl-xml":
		return importWADL(value, o)
	case "wsdl":
		return importWSDL(value, o)
	case "graphql":
		return importGraphQL(value)
	default:
		return nil, invalid(ErrUnsupported, "format", fmt.Sprintf("The format %q cannot be imported inline.", format))
	}
}

// Export writes d in the given format and returns the text with its media type.
// Formats are openapi, openapi+json, swagger, wadl, wsdl and graphql. Equal
// definitions give equal bytes.
func Export(format string, d *Definition) (text, contentType string, err error) {
	var doc *object
	switch format {
	case "openapi", "openapi+json":
		doc, err = exportOpenAPI(d)
	case "swagger":
		doc, err = exportSwagger(d)
	case "wadl":
		return exportWADL(d), "application/vnd.sun.wadl+xml", nil
	case "wsdl":
		text, err = exportWSDL(d)
		return text, "text/xml", err
	case "graphql":
		text, err = exportGraphQL(d)
		return text, "application/graphql", err
	default:
		return "", "", fmt.Errorf("export as %q: %w", format, ErrUnsupported)
	}
	if err != nil {
		return "", "", err
	}
	switch format {
	case "openapi":
		return writeYAML(doc), "application/vnd.oai.openapi", nil
	case "openapi+json":
		return writeJSON(doc), "application/vnd.oai.openapi+json", nil
	}
	return writeJSON(doc), "application/vnd.swagger.doc+json", nil
}
