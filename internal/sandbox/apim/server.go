package apim

import (
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"log/slog"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/lockstep-apiops/lockstep/internal/sandbox"
)

// Server emulates API Management services. It is an http.Handler.
type Server struct {
	o       Options
	table   *table
	guard   *sandbox.Guard
	journal *sandbox.Journal
	log     *slog.Logger
	blobs   blobs
	exports mixer
	now     func() time.Time

	mu       sync.Mutex
	services map[string]*service
}

// New makes a server and loads the state it kept.
func New(o Options) (*Server, error) {
	t, err := sharedTable()
	if err != nil {
		return nil, err
	}
	s := &Server{o: withDefaults(o), table: t, now: time.Now, services: map[string]*service{}}
	s.log = s.o.Logger
	s.guard, err = sandbox.NewGuard(sandbox.GuardOptions{
		Latency: o.Latency, ReadRate: o.ReadRate, ReadBurst: o.ReadBurst, WriteRate: o.WriteRate, WriteBurst: o.WriteBurst,
		Faults: o.Faults, Unlimited: isBlob, Throttled: throttled, Remaining: remaining, Broken: broken,
	}, http.HandlerFunc(s.serve))
	if err != nil {
		return nil, err
	}
	if err := s.rehearseSeeds(); err != nil {
		return nil, err
	}
	if o.StateFile != "" {
		if err := s.load(o.StateFile); err != nil {
			return nil, err
		}
	}
	return s, nil
}

// Handler is the server as an http.Handler.
func (s *Server) Handler() http.Handler { return s }

// ServeHTTP answers one request.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) { s.guard.ServeHTTP(w, r) }

// Stats is what the server counted since it started, or since ResetStats.
func (s *Server) Stats() sandbox.Stats { return s.guard.Stats() }

// ResetStats starts counting anew.
func (s *Server) ResetStats() { s.guard.ResetStats() }

// Close saves the state. Requests still running may not be in it.
func (s *Server) Close() error {
	if s.journal == nil {
		return nil
	}
	return s.journal.Finish(s.compact)
}

// isBlob tells requests that a storage account would serve.
func isBlob(r *http.Request) bool { return strings.HasPrefix(r.URL.Path, "/_blob/") }

func throttled(w http.ResponseWriter, wait time.Duration) {
	seconds := int(wait/time.Second) + 1
	f := &fault{status: http.StatusTooManyRequests, code: "TooManyRequests", gateway: true,
		message: fmt.Sprintf("The request is being throttled as the limit has been reached for operation type. Try again after %d seconds.", seconds)}
	a := errorAnswer(f).with("Retry-After", fmt.Sprint(seconds))
	send(w, a, nil)
}

// broken answers a request that shall fail.
func broken(w http.ResponseWriter, _ *http.Request, f *sandbox.Fault) {
	send(w, errorAnswer(&fault{status: f.Status, code: f.Reason(), message: sandbox.FaultText}), nil)
}

// remaining tells the client its budget.
func remaining(h http.Header, method string, left int) {
	kind := "writes"
	switch method {
	case http.MethodGet, http.MethodHead:
		kind = "reads"
	case http.MethodDelete:
		kind = "deletes"
	}
	h.Set("x-ms-ratelimit-remaining-subscription-"+kind, fmt.Sprint(left))
}

func (s *Server) serve(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("x-ms-request-id", newID())
	if isBlob(r) {
		s.blobs.serve(w, r, s.now())
		return
	}
	a, err := s.answer(r)
	s.log.DebugContext(r.Context(), "answered", "method", r.Method, "path", r.URL.Path, "error", err)
	send(w, a, err)
}

func (s *Server) answer(r *http.Request) (*answer, error) {
	if token, isBearer := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer "); s.o.CheckToken && (!isBearer || strings.TrimSpace(token) == "") {
		return nil, &fault{status: http.StatusUnauthorized, code: "AuthenticationFailed", gateway: true,
			message: "Authentication failed. The 'Authorization' header is missing."}
	}
	c := &call{srv: s, r: r, query: r.URL.Query()}
	c.version = c.query.Get("api-version")
	if c.version == "" {
		return nil, badRequest("MissingApiVersionParameter",
			"The api-version query parameter (?api-version=) is required for all requests.")
	}
	if m := listPath.FindStringSubmatch(r.URL.Path); m != nil {
		return s.listServices(c, m[1], m[2])
	}
	m := servicePath.FindStringSubmatch(r.URL.EscapedPath())
	if m == nil {
		return s.outside(c)
	}
	segs, err := splitPath(m[2])
	if err != nil {
		return nil, err
	}
	c.segs = segs
	if c.svc, err = s.service(m[1], len(segs) == 0 && r.Method == http.MethodPut); err != nil {
		return nil, err
	}
	return c.answer()
}

// service finds a service by its id, and makes it where that is allowed.
func (s *Server) service(id string, create bool) (*service, error) {
	v, err := s.registered(id, create)
	if err != nil {
		return nil, err
	}
	v.ready.Do(func() { v.notReady = s.equip(v) })
	return v, v.notReady
}

func (s *Server) registered(id string, create bool) (*service, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if v := s.services[strings.ToLower(id)]; v != nil {
		return v, nil
	}
	name := id[strings.LastIndexByte(id, '/')+1:]
	known := slices.ContainsFunc(s.o.Services, func(n string) bool { return strings.EqualFold(n, name) })
	if len(s.o.Services) > 0 && !known && !create {
		return nil, &fault{status: http.StatusNotFound, code: "ResourceNotFound", gateway: true, message: fmt.Sprintf(
			"The Resource 'Microsoft.ApiManagement/service/%s' under resource group '%s' was not found.", name, strings.Split(id, "/")[4])}
	}
	v := newService(s, id)
	s.services[v.key] = v
	return v, nil
}

// equip gives a new service what it starts with.
func (s *Server) equip(v *service) error {
	if err := v.equipUsual(); err != nil {
		return err
	}
	return s.seed(v)
}

func (v *service) equipUsual() error {
	v.mu.Lock()
	defer v.mu.Unlock()
	if err := v.furnish(); err != nil {
		return err
	}
	return v.commit()
}

// newID is a fresh 24-digit hexadecimal name, as the service makes them.
func newID() string {
	var b [12]byte
	_, _ = rand.Read(b[:]) // Never fails.
	return hex.EncodeToString(b[:])
}

// sortedServices lists the services in order.
func (s *Server) sortedServices() []*service {
	s.mu.Lock()
	defer s.mu.Unlock()
	var out []*service
	for _, key := range slices.Sorted(maps.Keys(s.services)) {
		out = append(out, s.services[key])
	}
	return out
}
