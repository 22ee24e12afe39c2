package policy

import (
	"cmp"
	"slices"
	"strings"
)

// A Reference is another resource that a policy names.
type Reference struct {
	Kind string // singular, lower case: "named value", "backend"
	Name string // as the policy writes it; of an authorization "provider/authorization"
}

// A place is an attribute that names a resource.
type place struct {
	element string // a trailing * stands for any rest
	within  string // an element that must be open around it, "" for any
	attr    string
	owner   string // attribute that names the resource's owner, if it has one
	kind    string
}

// places are the attributes that the policy reference documents as the name of
// another resource of the service. Certificates may also be named by their
// thumbprint and backends by a URL, which name no resource; caching-type says
// which sort of cache to use, not which cache.
var places = []place{
	{element: "include-fragment", attr: "fragment-id", kind: "policy fragment"},
	{element: "set-backend-service", attr: "backend-id", kind: "backend"},
	{element: "azure-openai-*", attr: "backend-id", kind: "backend"},
	{element: "azure-openai-*", attr: "embeddings-backend-id", kind: "backend"},
	{element: "llm-*", attr: "backend-id", kind: "backend"},
	{element: "llm-*", attr: "embeddings-backend-id", kind: "backend"},
	{element: "authentication-certificate", attr: "certificate-id", kind: "certificate"},
	{element: "key", within: "validate-jwt", attr: "certificate-id", kind: "certificate"},
	{element: "key", within: "validate-azure-ad-token", attr: "certificate-id", kind: "certificate"},
	{element: "identity", within: "validate-client-certificate", attr: "issuer-certificate-id", kind: "certificate"},
	{element: "get-authorization-context", attr: "provider-id", kind: "authorization provider"},
	{element: "get-authorization-context", attr: "authorization-id", owner: "provider-id", kind: "authorization"},
	{element: "log-to-eventhub", attr: "logger-id", kind: "logger"},
	{element: "content", within: "validate-content", attr: "schema-id", kind: "schema"},
	{element: "api", within: "rate-limit", attr: "id", kind: "api"},
	{element: "api", within: "quota", attr: "id", kind: "api"},
}

// References returns the resources that a policy names, sorted by kind and
// name, each once:
//   - named values as {{display name}}, in text, attributes, expressions and
//     CDATA, but not in a set-body that is a Liquid template, where double
//     braces are Liquid's, and not after three braces;
//   - policy fragments, backends, certificates, authorization providers and
//     authorizations, loggers, schemas and APIs, where an attribute gives the
//     name as a literal. What an expression or a named value comes to is not
//     known before the policy runs.
//
// What stands in XML comments does not count. Of a text whose structure it can
// not follow it returns what looks like a reference.
func References(text string) []Reference {
	text = plain(text)
	c := collector{}
	if !c.scan(text) {
		c = collector{}
		c.skim(text)
	}
	var found []Reference
	for r := range c {
		found = append(found, r)
	}
	slices.SortFunc(found, func(a, b Reference) int {
		return cmp.Or(cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Name, b.Name))
	})
	return found
}

// A collector is the set of references found so far.
type collector map[Reference]struct{}

// scan collects the references of a text, and reports whether it could follow
// the text to its end.
func (c collector) scan(text string) bool {
	w := walker{scanner: scanner{text: text}, open: map[string]int{}}
	for {
		if _, more := w.step(c); !more {
			return !w.lost
		}
	}
}

// A walker goes over a text token by token.
type walker struct {
	scanner
	open map[string]int // how many elements of a name are open
	lost bool           // the text has no structure from here on
}

// step collects the references in the next token. It returns where that lies,
// and whether there may be more.
func (w *walker) step(c collector) (at span, more bool) {
	liquid := w.liquid > 0
	t, err := w.next()
	if err != nil {
		w.lost = true
		return t.at, false
	}
	switch t.kind {
	case endOfText:
		return t.at, false
	case textRun, cdata:
		if !liquid {
			c.namedValues(w.text[t.at.from:t.at.to])
		}
	case openTag:
		if !liquid {
			c.namedValues(w.text[t.at.from:t.at.to])
			c.element(w.text, t, w.open)
		}
		if !t.empty {
			w.open[t.name]++
		}
	case closeTag:
		w.open[t.name]--
	}
	return t.at, true
}

// element collects what the attributes of t name. Inside a set-body elements
// are data.
func (c collector) element(text string, t token, open map[string]int) {
	if open["set-body"] > 0 {
		return
	}
	for _, p := range places {
		if !p.matches(t.name) || p.within != "" && open[p.within] == 0 {
			continue
		}
		name := t.value(text, p.attr)
		if !isLiteral(name) {
			continue
		}
		if p.owner != "" {
			owner := t.value(text, p.owner)
			if !isLiteral(owner) {
				continue
			}
			name = owner + "/" + name
		}
		c[Reference{p.kind, name}] = struct{}{}
	}
}

func (p place) matches(element string) bool {
	if stem, ok := strings.CutSuffix(p.element, "*"); ok {
		return strings.HasPrefix(element, stem)
	}
	return element == p.element
}

// isLiteral reports whether an attribute's value is a name, rather than
// something that becomes one when the policy runs.
func isLiteral(value string) bool {
	return value != "" && value[0] != '@' && !strings.Contains(value, "{{")
}

// namedValues collects the {{names}} in text.
func (c collector) namedValues(text string) {
	for {
		n := strings.Index(text, "{{")
		if n < 0 {
			return
		}
		text = text[n+2:]
		if strings.HasPrefix(text, "{") {
			text = strings.TrimLeft(text, "{")
			continue
		}
		inner := strings.TrimLeft(text, " \t")
		end := 0
		for end < len(inner) && isDisplayByte(inner[end]) {
			end++
		}
		name, after := inner[:end], strings.TrimLeft(inner[end:], " \t")
		if name != "" && strings.HasPrefix(after, "}}") {
			c[Reference{"named value", name}] = struct{}{}
		}
	}
}

// isDisplayByte reports whether c may stand in the display name of a named
// value.
func isDisplayByte(c byte) bool {
	return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || c == '-' || c == '.' || c == '_'
}
