package amplify

import (
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/lockstep-apiops/lockstep/internal/sandbox"
)

// Server emulates an organization's platform, API Server and DevOps API. It is an
// http.Handler.
type Server struct {
	o        Options
	table    *table
	teams    []team
	accounts map[string]*account // by client id
	key      []byte              // signs tokens and seals secrets; new with each server
	guard    *sandbox.Guard
	journal  *sandbox.Journal
	log      *slog.Logger
	now      func() time.Time

	mu      sync.RWMutex
	store   *store
	proxies *proxies
}

// New makes a server and loads the state it kept.
func New(o Options) (*Server, error) {
	o = withDefaults(o)
	s := &Server{o: o, log: o.Logger, now: time.Now, key: make([]byte, 32), accounts: map[string]*account{},
		store: newStore(), proxies: newProxies()}
	_, _ = rand.Read(s.key) // Never fails.
	var err error
	if s.table, err = newTable(o.ExtraKinds, o.ExtraLinks); err != nil {
		return nil, err
	}
	if s.teams, err = newTeams(o.Teams); err != nil {
		return nil, err
	}
	for _, a := range o.Accounts {
		if err := s.enroll(a); err != nil {
			return nil, err
		}
	}
	s.guard, err = sandbox.NewGuard(sandbox.GuardOptions{
		Latency: o.Latency, ReadRate: o.ReadRate, ReadBurst: o.ReadBurst, WriteRate: o.WriteRate, WriteBurst: o.WriteBurst,
		Faults: o.Faults, Throttled: s.throttled, Unlimited: isLogin, Broken: s.broken,
	}, http.HandlerFunc(s.serve))
	if err != nil {
		return nil, err
	}
	s.describe()
	if o.StateFile != "" {
		if err := s.load(o.StateFile); err != nil {
			return nil, err
		}
	}
	if !s.store.filled() {
		if err := s.seed(o.Seed); err != nil {
			return nil, errors.Join(err, s.Close())
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

func isLogin(r *http.Request) bool { return strings.HasPrefix(r.URL.Path, "/auth/") }

func (s *Server) throttled(w http.ResponseWriter, wait time.Duration) {
	seconds := int(wait/time.Second) + 1
	a := errorAnswer(failed(http.StatusTooManyRequests, "Too many requests. Try again in %d seconds.", seconds), s.o.OrgID, nil)
	a.header = http.Header{"Retry-After": {fmt.Sprint(seconds)}}
	render(a).send(w)
}

// broken answers a request that shall fail, in the shape of the part of Amplify that
// it was for.
func (s *Server) broken(w http.ResponseWriter, r *http.Request, f *sandbox.Fault) {
	switch {
	case isLogin(r):
		render(&answer{status: f.Status, body: map[string]any{"error": f.Reason(), "error_description": sandbox.FaultText}}).send(w)
	case isPlatform(r.URL.Path):
		render(platformError(f.Status, sandbox.FaultText)).send(w)
	default:
		said := failed(f.Status, sandbox.FaultText)
		if f.Code != "" {
			said = said.with("code", f.Code)
		}
		render(errorAnswer(said, s.o.OrgID, nil)).send(w)
	}
}

func (s *Server) serve(w http.ResponseWriter, r *http.Request) {
	if isLogin(r) {
		s.login(w, r)
		return
	}
	var out rendered
	who, err := s.authenticate(r)
	if isDocumentation(r) {
		out, err = s.document(r)
	} else if err == nil {
		out, err = s.route(r, who)
	}
	if err != nil {
		out = render(errorAnswer(err, s.o.OrgID, who))
	}
	s.log.DebugContext(r.Context(), "answered", "method", r.Method, "path", r.URL.Path, "status", out.status, "error", err)
	if r.Method == http.MethodHead {
		out.text = nil
	}
	out.send(w)
}

// route leads a request to the part of Amplify that answers it.
func (s *Server) route(r *http.Request, who *identity) (rendered, error) {
	switch path := r.URL.Path; {
	case isDocument(path):
		return s.document(r)
	case strings.HasPrefix(path, "/apis/"):
		return s.resources(r, who)
	case isDevOps(path):
		return s.devOps(r, who)
	case isPlatform(path):
		return s.platform(r, who)
	}
	return rendered{}, notFound("There is nothing at %s.", r.URL.Path)
}
