package apispec

import (
	"fmt"
	"slices"
	"strings"
)

// Content types of the schema resources that hold named JSON schemas.
const (
	ContentTypeComponents  = "application/vnd.oai.openapi.components+json"
	ContentTypeDefinitions = "application/vnd.ms-azure-apim.swagger.definitions+json"
)

const (
	componentsPrefix  = "#/components/schemas/"
	definitionsPrefix = "#/definitions/"
)

// maxDetails is how many faults one import reports before it gives up.
const maxDetails = 20

type dialect int

const (
	openapi20 dialect = iota
	openapi30
	openapi31
)

// importer reads one OpenAPI document, whatever its version: an operation of
// 2.0 is put into the form of 3.0 first.
type importer struct {
	o       ImportOptions
	root    *object
	dialect dialect

	schemaID   string            // name of the schema resource, once needed
	components map[string]any    // its schemas by final name
	rawNames   map[string]string // a component's name in the document: its final name
	hoisted    map[*object]string
	names      *uniqueNames

	operations []Operation
	opNames    *uniqueNames
	templates  map[string]bool // methods and URL templates so far
	sidecar    sidecar
	details    []Detail
}

func importOpenAPI(format, value string, o ImportOptions) (*Definition, error) {
	root, err := parseDocument(format, value)
	if err != nil {
		return nil, err
	}
	d, err := dialectOf(format, root)
	if err != nil {
		return nil, err
	}
	im := &importer{
		o: o, root: root, dialect: d,
		components: map[string]any{}, rawNames: map[string]string{}, hoisted: map[*object]string{},
		names: newUniqueNames(keepCase), opNames: newUniqueNames(strings.ToLower),
		templates: map[string]bool{}, sidecar: sidecar{},
	}
	im.readComponents()
	im.readPaths(im.root.object("paths"))
	im.readPaths(im.root.object("x-ms-paths"))
	if len(im.details) > 0 {
		return nil, &ValidationError{Details: im.details}
	}
	info := root.object("info")
	def := &Definition{
		Title: info.text("title"), Description: info.text("description"), Version: info.text("version"),
		Type: TypeHTTP, Operations: im.operations, Schemas: im.schemas(),
	}
	def.ServiceURL, def.Path = im.server()
	return def, nil
}

// parseDocument reads JSON where the format or the text says so, else YAML. A
// flow mapping of YAML begins like JSON, so YAML has the second try.
func parseDocument(format, value string) (*object, error) {
	var v any
	var err error
	switch {
	case format != "openapi":
		v, err = parseJSON(value)
	case strings.HasPrefix(strings.TrimLeft(value, "\ufeff \t\r\n"), "{"):
		if v, err = parseJSON(value); err != nil {
			if y, yamlErr := parseYAML(value); yamlErr == nil {
				v, err = y, nil
			}
		}
	default:
		v, err = parseYAML(value)
	}
	if err != nil {
		return nil, err
	}
	root, ok := v.(*object)
	if !ok {
		return nil, malformed(1, "the document is not an object")
	}
	return root, nil
}

func dialectOf(format string, root *object) (dialect, error) {
	swagger, openapi := root.text("swagger"), root.text("openapi")
	switch {
	case strings.HasPrefix(swagger, "2"):
		return openapi20, nil
	case format == "swagger-json":
	case strings.HasPrefix(openapi, "3.0"):
		return openapi30, nil
	case strings.HasPrefix(openapi, "3."):
		return openapi31, nil
	}
	return 0, invalid(ErrUnsupported, targetDocument, fmt.Sprintf(
		"Parsing error(s): the document's version (openapi %q, swagger %q) is not one that the format %q takes.",
		openapi, swagger, format))
}

// fail records a fault, each once; the first ones are enough to tell.
func (im *importer) fail(kind error, target, format string, args ...any) {
	d := Detail{Kind: kind, Target: target, Message: fmt.Sprintf(format, args...)}
	if len(im.details) < maxDetails && !slices.Contains(im.details, d) {
		im.details = append(im.details, d)
	}
}

// server is the address of the first server: an absolute URL, or else a path.
func (im *importer) server() (serviceURL, path string) {
	raw := ""
	if im.dialect == openapi20 {
		raw = server20(im.root)
	} else if servers := im.root.list("servers"); len(servers) > 0 {
		first, _ := servers[0].(*object)
		raw = first.text("url")
		for _, v := range first.object("variables").all() {
			variable, _ := v.value.(*object)
			if value := variable.text("default"); value != "" {
				raw = strings.ReplaceAll(raw, "{"+v.key+"}", value)
			}
		}
	}
	return splitServer(raw)
}

// splitServer takes a server's address for a URL, or else for a path.
func splitServer(raw string) (serviceURL, path string) {
	raw = strings.TrimSpace(raw)
	if rest, ok := strings.CutPrefix(strings.TrimPrefix(raw, ":"), "//"); ok {
		raw = "https://" + rest
	}
	if strings.Contains(raw, "://") {
		return raw, ""
	}
	return "", strings.Trim(raw, "/")
}

func (im *importer) readPaths(paths *object) {
	for _, m := range paths.all() {
		if strings.HasPrefix(m.key, "x-") {
			continue
		}
		item := im.deref(m.value)
		template := "/" + strings.TrimPrefix(m.key, "/")
		shared := im.parameters(nil, item.list("parameters"))
		for _, candidate := range item.all() {
			op, ok := candidate.value.(*object)
			if method := strings.ToUpper(candidate.key); ok && openAPIMethod(method) {
				im.readOperation(template, method, op, shared)
			}
		}
	}
}

// openAPIMethod says whether a path item can hold the method.
func openAPIMethod(method string) bool {
	switch method {
	case "GET", "PUT", "POST", "DELETE", "OPTIONS", "HEAD", "PATCH", "TRACE":
		return true
	}
	return false
}

// bodyAllowed says whether the service keeps a request body for the method.
func bodyAllowed(method string) bool {
	switch method {
	case "GET", "HEAD", "OPTIONS":
		return false
	}
	return true
}

// parameters adds a list of parameters to those of the path; one of the same
// place and name replaces the other.
func (im *importer) parameters(shared []*object, list []any) []*object {
	out := append([]*object(nil), shared...)
	at := make(map[string]int, len(out)+len(list))
	for i, p := range out {
		at[p.text("in")+" "+p.text("name")] = i
	}
	for _, v := range list {
		p := im.deref(v)
		if p == nil || p.text("name") == "" {
			continue
		}
		key := p.text("in") + " " + p.text("name")
		if i, ok := at[key]; ok {
			out[i] = p
			continue
		}
		at[key] = len(out)
		out = append(out, p)
	}
	return out
}

// schemas is the one schema resource of the document, if anything is in it.
func (im *importer) schemas() []Schema {
	if len(im.components) == 0 && len(im.sidecar) == 0 {
		return nil
	}
	document := map[string]any{}
	contentType := ContentTypeComponents
	if im.dialect == openapi20 {
		contentType = ContentTypeDefinitions
		document["definitions"] = im.components
	} else {
		document["components"] = map[string]any{"schemas": im.components}
	}
	if len(im.sidecar) > 0 {
		document[sidecarKey] = map[string]any(im.sidecar)
	}
	return []Schema{{Name: im.schemaName(), Properties: map[string]any{"contentType": contentType, "document": document}}}
}

// schemaName is the name of the schema resource, made when first asked for.
func (im *importer) schemaName() string {
	if im.schemaID == "" {
		im.schemaID = im.o.NewID()
	}
	return im.schemaID
}
