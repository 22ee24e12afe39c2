package apispec

// sidecarKey names, in the document of a schema resource, what a specification
// says of its operations and an operation resource has no field for. The
// service itself forgets most of it; it is kept so that an export is faithful.
// A caller that stores the document stores it too, and one that drops it loses
// detail, never an operation.
const sidecarKey = "x-lockstep-operations"

// Sections of an operation's entry.
const (
	sideDeprecated = "deprecated"      // true
	sideQuery      = "queryInPath"     // true: the document's path had the query of the URL template
	sideRequired   = "requestRequired" // true: the request body is
	sideParameters = "parameters"      // slot: members of the OpenAPI parameter beyond the contract
	sideCookies    = "cookies"         // contracts of the cookie parameters
	sideResponses  = "responses"       // status such as default or 4XX: response contract
	sideEncodings  = "encodings"       // media type: encoding of the request body
)

// sidecar is the entries by operation name.
type sidecar map[string]any

// entry is an operation's entry, nil when it has none; nil is fine to read.
func (s sidecar) entry(operation string) map[string]any {
	e, _ := s[operation].(map[string]any)
	return e
}

// set puts a value into a section of an operation's entry.
func (s sidecar) set(operation, section string, value any) {
	e := s.entry(operation)
	if e == nil {
		e = map[string]any{}
		s[operation] = e
	}
	e[section] = value
}

// put puts a value under a key of a section that is a map.
func (s sidecar) put(operation, section, key string, value any) {
	m := mapAt(s.entry(operation), section)
	if m == nil {
		m = map[string]any{}
		s.set(operation, section, m)
	}
	m[key] = value
}

// Slots tell parameters of one operation apart.

func parameterSlot(in, name string) string { return in + " " + name }

func headerSlot(status, name string) string { return "response " + status + " " + name }

func formSlot(contentType, name string) string { return "form " + contentType + " " + name }
