// Package giteatest is a Gitea for tests: what its API answers about pull
// requests of one repository, out of one store in memory.
//
// It refuses what Gitea refuses, with the codes and words that Gitea itself gave
// to the same requests, and can be told to fail. It is stricter where Gitea hides
// mistakes: parameters and attributes that the API does not have, which Gitea
// ignores. It holds no files: a commit is a name and its parents. What the
// package forge does not call is not there, and answers 404.
package giteatest

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"

	"github.com/lockstep-apiops/lockstep/forge/faulttest"
)

// A Server is a Gitea with one repository, served at the root of its site and
// below /git. Its methods may be called from several goroutines.
type Server struct {
	faulttest.Log

	mux *http.ServeMux

	mu     sync.Mutex
	repo   Repository
	users  map[string]User
	tokens map[string]Token

	commits   map[string]*commit
	branches  map[string]*branch
	pulls     []*pull // by number
	labels    []label
	comments  []*comment
	nextID    int64
	rival     bool
	checkings int
}

// A Repository is what is set of the one that a server has.
type Repository struct {
	Owner, Name string
	Private     bool
	Archived    bool
	// Forgejo has it say in Forgejo's words what it says in other ones.
	Forgejo bool
	// PageLimit is the most items at once, by the settings of the site; 0 is 50.
	PageLimit int
	// DraftWords begin the title of a draft; nil is what sites have at first.
	DraftWords []string
	NoSquash   bool // is not allowed by the settings
	OrgLabels  []string
	// Old has no call for the pull request of a commit.
	Old bool
}

// A User is somebody who has an account.
type User struct {
	Read, Write, Admin bool // may so much of the repository, each more than the one before
	ByTeam             bool // through a team whose rights differ by unit
}

// A Token is what requests are made with.
type Token struct {
	Login string
	// Scopes such as "write:issue"; nil is a token of all scopes.
	Scopes []string
}

// A Fault is how requests fail.
type Fault = faulttest.Fault

// New returns a server whose repository has one commit, on the branches main
// and release, and whose tokens and users are those given.
func New(repo Repository, users map[string]User, tokens map[string]Token) *Server {
	s := &Server{
		mux: http.NewServeMux(), repo: repo, users: users, tokens: tokens,
		commits: map[string]*commit{}, branches: map[string]*branch{},
	}
	first := s.commit()
	for _, name := range []string{"main", "release"} {
		s.branches[name] = &branch{name: name, at: first}
	}
	for _, name := range repo.OrgLabels {
		s.nextID++
		s.labels = append(s.labels, label{s.nextID, name, true})
	}
	for _, r := range routes {
		method, path, _ := strings.Cut(r.pattern, " ")
		for _, prefix := range []string{"/api/v1", "/git/api/v1"} {
			s.mux.HandleFunc(method+" "+prefix+path, func(w http.ResponseWriter, req *http.Request) { s.serve(w, req, r) })
		}
	}
	s.mux.HandleFunc("/", func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusNotFound)
		_, _ = io.WriteString(w, "404 page not found\n")
	})
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

// An answer is what a handler returns.
type answer struct {
	status int
	header http.Header
	body   any
}

func ok(body any) answer      { return answer{status: http.StatusOK, body: body} }
func created(body any) answer { return answer{status: http.StatusCreated, body: body} }

func refused(status int, format string, args ...any) answer {
	return answer{status: status, body: map[string]any{"message": fmt.Sprintf(format, args...), "url": "https://git.example.com/api/swagger"}}
}

// notFound is the answer for what is not there, or not shown.
func (s *Server) notFound() answer {
	if s.repo.Forgejo {
		return refused(http.StatusNotFound, "The target couldn't be found.")
	}
	return refused(http.StatusNotFound, "not found")
}

func write(w http.ResponseWriter, a answer) {
	for name, values := range a.header {
		w.Header()[name] = values
	}
	w.Header().Set("Content-Type", "application/json;charset=utf-8")
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

// page returns the part of a list that a request asks for. Only some lists say
// where the next part is; all say how much there is.
func (s *Server) page(r *request, all []any, linked bool) answer {
	size, at, most := 30, 1, 50
	if s.repo.PageLimit > 0 {
		most = s.repo.PageLimit
	}
	if n, err := strconv.Atoi(r.URL.Query().Get("limit")); err == nil && n > 0 {
		size = min(n, most)
	}
	if n, err := strconv.Atoi(r.URL.Query().Get("page")); err == nil && n > 0 {
		at = n
	}
	from := min(len(all), (at-1)*size)
	to := min(len(all), from+size)
	a := ok(append([]any{}, all[from:to]...))
	a.header = http.Header{"X-Total-Count": {strconv.Itoa(len(all))}}
	if linked && to < len(all) {
		next := url.URL{Scheme: "https", Host: r.Host, Path: r.URL.Path}
		q := r.URL.Query()
		q.Set("page", strconv.Itoa(at+1))
		next.RawQuery = q.Encode()
		a.header.Set("Link", fmt.Sprintf("<%s>; rel=\"next\"", &next))
	}
	return a
}
