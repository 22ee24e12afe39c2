// Package githubtest is a GitHub for tests: what the REST and GraphQL API answer
// about pull requests of one repository, out of one store in memory.
//
// It refuses what GitHub refuses, with GitHub's codes and words as far as they
// are published or were seen, and can be told to fail. It holds no files: a
// commit is a name and its parents. What the package forge does not call is not
// there, and answers 404.
package githubtest

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/lockstep-apiops/lockstep/forge/faulttest"
)

// A Server is a GitHub with one repository. It is an [http.Handler] for the API
// of github.com and, below /api, for that of GitHub Enterprise Server. Its
// methods may be called from several goroutines.
type Server struct {
	faulttest.Log

	mux *http.ServeMux

	mu     sync.Mutex
	repo   Repository
	users  map[string]User
	tokens map[string]Token
	apps   []App
	handed int
	now    func() time.Time
	git    *gitRepo // nil: branches are in memory

	commits  map[string]*commit
	branches map[string]*branch
	pulls    []*pull // by number
	labels   map[string]bool
	comments []*comment
	nextID   int64
}

// A Repository is what is set of the one that a server has.
type Repository struct {
	Owner, Name string
	Private     bool
	Archived    bool
	NoDrafts    bool // as on some plans
	AutoMerge   bool // allowed by the settings
}

// A User is somebody, or some program, that has an account.
type User struct {
	Bot   bool
	Write bool // may write to the repository: collaborators only can review
}

// A Token is what requests are made with.
type Token struct {
	Login string
	// Permissions of a fine-grained token or an app: name to "read" or
	// "write", as in "pull_requests": "write". Nil is a token of all rights.
	Permissions map[string]string
	// Installation is a token of an app, such as GITHUB_TOKEN. It has no user.
	Installation bool
	Expires      time.Time // zero: never
}

// A Fault is how requests fail.
type Fault = faulttest.Fault

// New returns a server whose repository has one commit, on the branches main
// and release, and whose tokens and users are those given.
func New(repo Repository, users map[string]User, tokens map[string]Token) *Server {
	s := &Server{
		mux: http.NewServeMux(), repo: repo, users: users, tokens: maps.Clone(tokens), now: time.Now,
		commits: map[string]*commit{}, branches: map[string]*branch{}, labels: map[string]bool{},
	}
	first := s.commit()
	for _, name := range []string{"main", "release"} {
		s.branches[name] = &branch{name: name, at: first}
	}
	for _, r := range slices.Concat(routes, gitRoutes) {
		method, path, _ := strings.Cut(r.pattern, " ")
		for _, prefix := range []string{"", "/api/v3"} {
			s.mux.HandleFunc(method+" "+prefix+path, func(w http.ResponseWriter, req *http.Request) { s.serve(w, req, r) })
		}
	}
	graph := route{handle: (*Server).graphql, needs: "pull_requests=write; contents=write", global: true}
	for _, path := range []string{"/graphql", "/api/graphql"} {
		s.mux.HandleFunc("POST "+path, func(w http.ResponseWriter, req *http.Request) { s.serve(w, req, graph) })
	}
	s.mux.HandleFunc("/", func(w http.ResponseWriter, _ *http.Request) { write(w, notFound) })
	return s
}

// ServeHTTP implements [http.Handler].
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) { s.mux.ServeHTTP(w, r) }

// RoundTrip implements [http.RoundTripper]: a client whose transport is the
// server reaches it without a network, whatever the host of its requests.
func (s *Server) RoundTrip(r *http.Request) (*http.Response, error) { return faulttest.RoundTrip(s, r) }

// Set changes the repository's settings.
func (s *Server) Set(change func(*Repository)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	change(&s.repo)
}

// Writes returns those of the calls that are not GET.
func Writes(calls []string) []string { return faulttest.Writes(calls) }

// A route is a call that the API has.
type route struct {
	pattern string
	// needs lists permissions as the header X-Accepted-GitHub-Permissions does.
	needs  string
	handle func(*Server, *request) answer
	global bool // not below the repository
	app    bool // asked by an app itself, which the handler checks
}

// A request is one on its way to its handler.
type request struct {
	*http.Request
	token Token
	body  map[string]json.RawMessage
}

// An answer is what a handler returns.
type answer struct {
	status int
	header http.Header
	body   any
}

func ok(body any) answer      { return answer{status: http.StatusOK, body: body} }
func created(body any) answer { return answer{status: http.StatusCreated, body: body} }

func refused(status int, message string, details ...any) answer {
	body := map[string]any{"message": message, "documentation_url": "https://docs.github.com/rest", "status": strconv.Itoa(status)}
	if details != nil {
		body["errors"] = details
	}
	return answer{status: status, body: body}
}

// invalid is the answer to what the store can not hold.
func invalid(resource, field, code, message string) answer {
	detail := map[string]string{"resource": resource, "field": field, "code": code}
	if message != "" {
		detail["message"] = message
	}
	return refused(http.StatusUnprocessableEntity, "Validation Failed", detail)
}

var notFound = refused(http.StatusNotFound, "Not Found")

func write(w http.ResponseWriter, a answer) {
	for name, values := range a.header {
		w.Header()[name] = values
	}
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.WriteHeader(a.status)
	if a.body != nil {
		_ = json.NewEncoder(w).Encode(a.body) // the test that reads it notices
	}
}

// serve answers one request, all others waiting.
func (s *Server) serve(w http.ResponseWriter, r *http.Request, route route) {
	s.mu.Lock()
	defer s.mu.Unlock()
	f := s.Note(r, r.URL.EscapedPath())
	w.Header().Set("Date", s.now().UTC().Format(http.TimeFormat))
	w.Header().Set("X-RateLimit-Limit", "5000")
	w.Header().Set("X-RateLimit-Remaining", "4999")
	w.Header().Set("X-RateLimit-Reset", "4102444800")
	if err := s.follow(); err != nil {
		write(w, refused(http.StatusInternalServerError, err.Error()))
		return
	}
	if f == nil || f.After {
		a := s.answer(r, route)
		if f == nil || a.status >= http.StatusBadRequest {
			write(w, a)
			return
		}
	}
	f.Write(w)
}

// field decodes a field of a request's body, and reports whether it is there
// and not null.
func field[T any](r *request, name string) (v T, ok bool) {
	raw, there := r.body[name]
	if !there || string(raw) == "null" {
		return v, false
	}
	return v, json.Unmarshal(raw, &v) == nil
}

// page returns the part of a list that a request asks for.
func page[T any](r *request, all []T) answer {
	size, at := 30, 1
	if n, err := strconv.Atoi(r.URL.Query().Get("per_page")); err == nil && n > 0 {
		size = min(n, 100)
	}
	if n, err := strconv.Atoi(r.URL.Query().Get("page")); err == nil && n > 0 {
		at = n
	}
	from := min(len(all), (at-1)*size)
	to := min(len(all), from+size)
	a := ok(append([]T{}, all[from:to]...))
	if to < len(all) {
		next := url.URL{Scheme: "https", Host: r.Host, Path: r.URL.Path}
		q := r.URL.Query()
		q.Set("page", strconv.Itoa(at+1))
		next.RawQuery = q.Encode()
		a.header = http.Header{"Link": {fmt.Sprintf("<%s>; rel=\"next\"", &next)}}
	}
	return a
}
