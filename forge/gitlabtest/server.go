// Package gitlabtest is a GitLab for tests: what the REST API answers about
// merge requests of one project, out of one store in memory.
//
// It refuses what GitLab refuses, with GitLab's codes and words as far as they
// are published or stand in its source, and can be told to fail. It is stricter
// with what it is asked: parameters that GitLab's API does not have are refused,
// where GitLab would take no notice of a misspelt one. It holds no files: a
// commit is a name and its parents. What the package forge does not call is not
// there, and answers 404.
package gitlabtest

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/lockstep-apiops/lockstep/forge/faulttest"
)

// A Server is a GitLab with one project. It is an [http.Handler] for the API,
// at the root of a host and below /gitlab. Its methods may be called from
// several goroutines.
type Server struct {
	faulttest.Log

	mux *http.ServeMux

	mu      sync.Mutex
	project Project
	users   map[string]User
	ids     map[string]int // of users, by name
	tokens  map[string]Token

	now       time.Time
	commits   map[string]*commit
	branches  map[string]*branch
	requests  []*mergeRequest // by number
	labels    map[string]bool
	notes     []*note
	pipelines map[string]string // status, by commit
	nextID    int
}

// A Project is what is set of the one that a server has.
type Project struct {
	Path       string // with that of its groups
	Private    bool
	Archived   bool
	NoRequests bool // merge requests are switched off

	MergeMethod, SquashOption string // "" is merge, and default_off
	PipelineMustSucceed       bool
	Approvals                 int  // that a merge request needs
	ResetApprovals            bool // at a push
	CI                        bool // every push starts a pipeline
	// SharedOnly hides roles from the answer about the project, as GitLab does
	// with those by groups that it is shared with.
	SharedOnly bool

	// One is GitLab on the free plan: one reviewer, one assignee.
	One bool
	// Old is a server that does not know auto_merge yet, tells neither scopes
	// of tokens nor when an approval was given.
	Old bool
	// Lossy is GitLab as it is with what the contract of a forge is strict on:
	// it drops blank ends of texts, and a status keeps the address and the
	// description of the pending one that it follows.
	Lossy bool
}

// The levels of roles in a project.
const (
	Guest      = 10
	Reporter   = 20
	Developer  = 30
	Maintainer = 40
)

// A User is somebody, or some program, that has an account.
type User struct {
	Level int // in the project; 0 is no member
	Bot   bool
	Admin bool
}

// A Token is what requests are made with.
type Token struct {
	Username string
	Scopes   []string
	// Job is the token of a CI job, which has no scopes.
	Job bool
}

// A Fault is how requests fail.
type Fault = faulttest.Fault

// New returns a server whose project has one commit, on the branches main and
// release, and whose tokens and users are those given.
func New(project Project, users map[string]User, tokens map[string]Token) *Server {
	s := &Server{
		mux: http.NewServeMux(), project: project, users: users, ids: map[string]int{}, tokens: tokens,
		now: time.Date(2024, 5, 6, 7, 8, 9, 0, time.UTC), commits: map[string]*commit{}, branches: map[string]*branch{},
		labels: map[string]bool{}, pipelines: map[string]string{},
	}
	for name := range users {
		s.ids[name] = 100 + len(s.ids)
	}
	first := s.commit()
	for _, name := range []string{"main", "release"} {
		s.branches[name] = &branch{name: name, at: first}
	}
	for _, r := range routes {
		method, path, _ := strings.Cut(r.pattern, " ")
		for _, prefix := range []string{"/api/v4", "/gitlab/api/v4"} {
			s.mux.HandleFunc(method+" "+prefix+path, func(w http.ResponseWriter, req *http.Request) { s.serve(w, req, r) })
		}
	}
	s.mux.HandleFunc("/", func(w http.ResponseWriter, _ *http.Request) {
		write(w, answer{status: http.StatusNotFound, body: map[string]string{"error": "404 Not Found"}})
	})
	return s
}

// ServeHTTP implements [http.Handler].
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) { s.mux.ServeHTTP(w, r) }

// RoundTrip implements [http.RoundTripper]: a client whose transport is the
// server reaches it without a network, whatever the host of its requests.
func (s *Server) RoundTrip(r *http.Request) (*http.Response, error) { return faulttest.RoundTrip(s, r) }

// Set changes the project's settings.
func (s *Server) Set(change func(*Project)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	change(&s.project)
}

// Writes returns those of the calls that are not GET.
func Writes(calls []string) []string { return faulttest.Writes(calls) }

// A request is one on its way to its handler.
type request struct {
	*http.Request
	token  Token
	params map[string]any // of the body or the query, by name, of the types that the route has
}

// An answer is what a handler returns.
type answer struct {
	status int
	header http.Header
	body   any
}

func ok(body any) answer      { return answer{status: http.StatusOK, body: body} }
func created(body any) answer { return answer{status: http.StatusCreated, body: body} }

// refused is an answer whose message is a text, a list or texts by attribute.
func refused(status int, message any) answer {
	return answer{status: status, body: map[string]any{"message": message}}
}

func notFound(what string) answer {
	return refused(http.StatusNotFound, "404 "+what+" Not Found")
}

func write(w http.ResponseWriter, a answer) {
	for name, values := range a.header {
		w.Header()[name] = values
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(a.status)
	if a.body != nil {
		_ = json.NewEncoder(w).Encode(a.body) // the test that reads it notices
	}
}

// serve answers one request, all others waiting.
func (s *Server) serve(w http.ResponseWriter, r *http.Request, route route) {
	s.mu.Lock()
	defer s.mu.Unlock()
	_, below, _ := strings.Cut(r.URL.EscapedPath(), "/api/v4/")
	f := s.Note(r, strings.TrimPrefix(below, "projects/"+url.PathEscape(s.project.Path)))
	if f == nil || f.After {
		a := s.answer(r, route)
		if f == nil || a.status >= http.StatusBadRequest {
			write(w, a)
			return
		}
	}
	f.Write(w)
}

// page returns the part of a list that a request asks for: a hundred at most.
func page[T any](r *request, all []T) answer {
	size, at := 20, 1
	if n, given := param[int](r, "per_page"); given {
		size = min(max(n, 1), 100)
	}
	if n, given := param[int](r, "page"); given {
		at = max(n, 1)
	}
	from := min(len(all), (at-1)*size)
	to := min(len(all), from+size)
	a := ok(append([]T{}, all[from:to]...))
	next := ""
	if to < len(all) {
		next = strconv.Itoa(at + 1)
	}
	a.header = http.Header{"X-Page": {strconv.Itoa(at)}, "X-Per-Page": {strconv.Itoa(size)}, "X-Next-Page": {next}}
	return a
}
