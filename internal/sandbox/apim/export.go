package apim

import (
	"context"
	"encoding/json"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/lockstep-apiops/lockstep/internal/sandbox"
	"github.com/lockstep-apiops/lockstep/internal/sandbox/apim/apispec"
)

const (
	linkLifetime = 5 * time.Minute
	exportTime   = 2 * time.Millisecond // how long the service works on one at least
)

// exportFormat is what one format of an export asks for and answers.
type exportFormat struct {
	write  string // format handed to the writer of definitions
	answer string // "format" of the answer
	link   bool
}

func exportFormats() map[string]exportFormat {
	return map[string]exportFormat{
		"openapi-link":      {"openapi", "openapi-link", true},
		"openapi+json-link": {"openapi+json", "openapi+json-link", true},
		"swagger-link":      {"swagger", "swagger-link-json", true},
		"wadl-link":         {"wadl", "wadl-link-json", true},
		"wsdl-link":         {"wsdl", "wsdl-link+xml", true},
		"graphql-link":      {"graphql", "graphql-link", true},
		"openapi":           {"openapi", "openapi", false},
		"openapi+json":      {"openapi+json", "openapi+json", false},
		"swagger":           {"swagger", "swagger-json", false},
		"wadl":              {"wadl", "wadl-xml", false},
		"wsdl":              {"wsdl", "wsdl", false},
	}
}

// document is an exported definition.
type document struct{ text, contentType string }

// export answers GET apis/{id}?export=true&format=…. The caller holds the lock; the
// work that takes time is done when it is gone.
func (c *call) export(it *item) (*answer, error) {
	f, known := exportFormats()[strings.ToLower(strings.ReplaceAll(c.query.Get("format"), " ", "+"))]
	if !known {
		return nil, invalid("format", "Export format %q is not supported.", c.query.Get("format"))
	}
	if f.write == "graphql" {
		return nil, &fault{status: http.StatusNotAcceptable, code: "NotAcceptable", message: "The API cannot be exported in this format."}
	}
	d := c.svc.definitionOf(it)
	group := rootKey(it.key)
	for _, target := range it.refs {
		group = target // APIs of one version set share their exports
	}
	body := map[string]any{"id": c.svc.idOf(it), "format": f.answer}
	workspace := c.at.scope != nil
	c.later = append(c.later, func() error {
		doc, err := c.srv.runExport(c.r.Context(), c.svc.key+"/"+group, f.write, d)
		if err != nil {
			return err
		}
		value := f.value(c, doc)
		if workspace {
			body["properties"] = map[string]any{"format": f.answer, "value": value}
		} else {
			body["value"] = value
		}
		return nil
	})
	return ok(body), nil
}

func (f exportFormat) value(c *call, doc document) any {
	if f.link {
		return map[string]any{"link": absolute(c.r, c.srv.blobs.keep(doc, c.srv.now()))}
	}
	if f.write == "openapi+json" || f.write == "swagger" {
		var parsed any
		if json.Unmarshal([]byte(doc.text), &parsed) == nil {
			return parsed
		}
	}
	return doc.text
}

func (s *Server) runExport(ctx context.Context, group, format string, d *apispec.Definition) (document, error) {
	produce := func() (document, error) {
		text, contentType, err := s.o.Definitions.Export(format, d)
		if err != nil {
			return document{}, &fault{status: http.StatusInternalServerError, code: "InternalServerError", message: "Request processing failed due to internal error: " + err.Error()}
		}
		return document{text, contentType}, nil
	}
	if s.o.NoMixup {
		return produce()
	}
	doc, done, err := s.exports.begin(group+" "+format, produce)
	defer done()
	sandbox.Wait(ctx, exportTime)
	return doc, err
}

// mixer has the service's export race: who asks while another export of the same
// group runs is handed the other's document.
type mixer struct {
	mu      sync.Mutex
	running map[string]*mixed
}

type mixed struct {
	doc   document
	err   error
	users int
}

func (m *mixer) begin(group string, produce func() (document, error)) (doc document, done func(), err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	e := m.running[group]
	if e == nil {
		e = &mixed{}
		e.doc, e.err = produce()
		if m.running == nil {
			m.running = map[string]*mixed{}
		}
		m.running[group] = e
	}
	e.users++
	return e.doc, func() {
		m.mu.Lock()
		defer m.mu.Unlock()
		if e.users--; e.users == 0 {
			delete(m.running, group)
		}
	}, e.err
}

// blobs plays the storage account that exports are downloaded from.
type blobs struct {
	mu   sync.Mutex
	docs map[string]blob
}

type blob struct {
	document
	until time.Time
}

// keep stores a document and gives the path to fetch it.
func (b *blobs) keep(doc document, now time.Time) string {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.docs == nil {
		b.docs = map[string]blob{}
	}
	for name, old := range b.docs {
		if now.After(old.until) {
			delete(b.docs, name)
		}
	}
	name := newID()
	b.docs[name] = blob{doc, now.Add(linkLifetime)}
	return "/_blob/api-export/" + name + "?sp=r&sig=" + newID()
}

// serve hands out a document, but not to those who bring a token: a real storage
// account refuses those.
func (b *blobs) serve(w http.ResponseWriter, r *http.Request, now time.Time) {
	b.mu.Lock()
	doc, found := b.docs[r.URL.Path[strings.LastIndexByte(r.URL.Path, '/')+1:]]
	b.mu.Unlock()
	switch {
	case r.Header.Get("Authorization") != "":
		http.Error(w, "<Error><Code>InvalidAuthenticationInfo</Code></Error>", http.StatusBadRequest)
	case !found || now.After(doc.until) || r.URL.Query().Get("sig") == "":
		http.Error(w, "<Error><Code>AuthenticationFailed</Code></Error>", http.StatusForbidden)
	case r.Method != http.MethodGet && r.Method != http.MethodHead:
		http.Error(w, "<Error><Code>UnsupportedHttpVerb</Code></Error>", http.StatusMethodNotAllowed)
	default:
		w.Header().Set("Content-Type", doc.contentType)
		_, _ = w.Write([]byte(doc.text)) // The client is gone: nobody is left to tell.
	}
}
