package amplify

import "net/http"

// The documents that the API Server has of itself. What they hold is the emulator's
// own, made from the table of kinds; how the service words them is not known here.
const (
	docsPath    = "/apis/docs"       // OpenAPI; needs no token, as with the service
	schemaPath  = "/apis/jsonschema" // JSON Schema
	graphQLPath = "/apis/graphql"
)

func isDocument(path string) bool {
	return path == docsPath || path == schemaPath || path == graphQLPath
}

// isDocumentation reports whether the request is for what everybody may read.
func isDocumentation(r *http.Request) bool { return r.URL.Path == docsPath }

// document answers what describes the API Server. There is no GraphQL: which types
// and fields the service has is not published, and a made-up few would mislead.
func (s *Server) document(r *http.Request) (rendered, error) {
	switch {
	case r.URL.Path == graphQLPath:
		return rendered{}, failed(http.StatusNotImplemented, "The sandbox has no GraphQL. Use the resources below /apis.")
	case r.Method != http.MethodGet && r.Method != http.MethodHead:
		return rendered{}, failed(http.StatusMethodNotAllowed, "%s is not supported here.", r.Method)
	case r.URL.Path == schemaPath:
		return render(ok(s.jsonSchema())), nil
	}
	return render(ok(s.openAPI(baseURL(r)))), nil
}
