package apim

import (
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/lockstep-apiops/lockstep/internal/sandbox"
)

// Options say how a Server behaves. The zero value is a server that makes any
// service on first use, keeps nothing, and is neither slow nor limited.
type Options struct {
	Services []string // names served; empty: every name is made on first use
	Bare     bool     // new services are empty, without the service's usual contents
	Seed     []string // artifact folders new services start with: "DIR", or "NAME=DIR" for one service
	SKU      string   // "Developer" when empty

	StateFile string        // where the state is kept; empty: in memory only
	Latency   time.Duration // added to each request
	ReadRate  float64       // reads a second; 0: unlimited
	ReadBurst int
	WriteRate float64 // writes a second; 0: unlimited
	// WriteBurst is also the budget of deletes, which are counted apart.
	WriteBurst int
	Faults     []string // see sandbox.ParseFault

	PageSize      int           // items a list page has; 100 when 0
	OperationTime time.Duration // how long an import runs; 20 ms when 0
	CheckToken    bool          // demand a bearer token
	StrictIfMatch bool          // demand If-Match where the contract documents it as required
	Compat202     bool          // answer long-running writes as older API versions did
	NoMixup       bool          // do without the service's export race
	Incomplete    []string      // aggregates that silently leave items out
	Missing       []string      // aggregates that answer 404

	Definitions Definitions  // reads and writes API definitions; nil: the built-in one
	Logger      *slog.Logger // nil: silent
}

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

	background sync.WaitGroup
	compacting atomic.Bool

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
		Faults: o.Faults, Unlimited: isBlob, Throttled: throttled, Remaining: remaining,
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

func withDefaults(o Options) Options {
	if o.PageSize <= 0 {
		o.PageSize = 100
	}
	if o.OperationTime == 0 {
		o.OperationTime = 20 * time.Millisecond
	}
	if o.SKU == "" {
		o.SKU = "Developer"
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.Definitions == nil {
		o.Definitions = specDefinitions{}
	}
	return o
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
	s.background.Wait()
	return errors.Join(s.compact(), s.journal.Close())
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

// call is one request on its way through the handlers.
type call struct {
	srv     *Server
	svc     *service
	r       *http.Request
	query   url.Values
	version string
	segs    []string
	at      location
	body    map[string]any
	atOnce  bool           // operations do not take time
	later   []func() error // run when the lock is gone, before the answer is sent
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

// answer reads the body and runs the request.
func (c *call) answer() (*answer, error) {
	if err := c.readBody(); err != nil {
		return nil, err
	}
	return c.locked()
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

// locked runs the request under the service's lock, then commits what it changed.
func (c *call) locked() (*answer, error) {
	a, err := c.dispatchLocked()
	for _, f := range c.later {
		if err == nil {
			err = f()
		}
	}
	return a, err
}

func (c *call) dispatchLocked() (*answer, error) {
	v := c.svc
	if c.r.Method == http.MethodGet || c.r.Method == http.MethodHead {
		v.mu.RLock()
		defer v.mu.RUnlock()
		return c.dispatch()
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	a, err := c.dispatch()
	if saveErr := v.commit(); saveErr != nil {
		return nil, saveErr
	}
	return a, err
}

func (c *call) readBody() error {
	if c.r.Body == nil || c.r.Method == http.MethodGet || c.r.Method == http.MethodHead {
		return nil
	}
	raw, err := io.ReadAll(c.r.Body)
	if err != nil {
		return badRequest("InvalidRequestContent", "The request content could not be read: %s.", err)
	}
	if len(strings.TrimSpace(string(raw))) == 0 {
		return nil
	}
	dec := json.NewDecoder(strings.NewReader(string(raw)))
	dec.UseNumber()
	if err := dec.Decode(&c.body); err != nil {
		return badRequest("InvalidRequestContent", "The request content was invalid and could not be deserialized: '%s'.", err)
	}
	return nil
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
