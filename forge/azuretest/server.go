// Package azuretest is an Azure DevOps for tests: what the REST API answers about
// pull requests of one repository, out of one store in memory.
//
// It refuses what Azure DevOps refuses, with its codes and words as far as they
// are published or were seen, and can be told to fail. It is stricter than the
// service in one way: an attribute or a query parameter that the documentation
// does not have, or of another type, is refused and not ignored. It holds no
// files: a commit is a name and its parents. What the package forge does not
// call is not there, and answers 404.
package azuretest

import (
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/lockstep-apiops/lockstep/forge/faulttest"
)

// A Server is an Azure DevOps with one repository. It is an [http.Handler], and
// its methods may be called from several goroutines.
type Server struct {
	faulttest.Log

	host string

	mu     sync.Mutex
	repo   Repository
	users  map[string]User
	tokens map[string]Token
	clock  time.Time

	commits  map[string][]string // parents
	statuses map[string][]Status // of commits
	branches map[string]string
	policies map[string][]string // kinds of those that block, by branch
	pulls    []*pull             // by number
}

// A Repository is what is set of the one that a server has.
type Repository struct {
	Project, Name string
	Disabled      bool
	// OnPremises serves all of the API at one address, as Azure DevOps Server
	// does. Else people are known on a host of their own.
	OnPremises bool
	// Redirects sends those who are not signed in to another page, instead of
	// answering with one.
	Redirects bool
	// Elsewhere says that people are known on a host of somebody else.
	Elsewhere bool
	// NoVotes writes no threads when somebody votes.
	NoVotes bool
}

// A User is somebody, or some program, that is known. Users are named by what
// they sign in with.
type User struct {
	Display string
	Program bool // such as a build service
	Gone    bool // is in the organisation no more
}

// A Token is what requests are made with.
type Token struct {
	User   string
	Rights []string // of the user on the repository; nil for all
	Scopes []string // of the token; nil for all
}

// A Fault is how requests fail.
type Fault = faulttest.Fault

// Team is the name of the one team that there is.
const Team = "core"

// New returns a server whose repository has one commit, on the branches main
// and release, and whose tokens and users are those given. No other server has
// its address: the SDK remembers what it learns at one for the whole process.
func New(repo Repository, users map[string]User, tokens map[string]Token) *Server {
	s := &Server{
		host: strings.ToLower(rand.Text()) + ".azure.example", repo: repo, users: users, tokens: tokens,
		clock: time.Date(2024, 5, 6, 7, 8, 9, 0, time.UTC), commits: map[string][]string{}, statuses: map[string][]Status{},
		branches: map[string]string{}, policies: map[string][]string{},
	}
	s.branches["main"] = s.commit()
	s.branches["release"] = s.branches["main"]
	return s
}

// URL is the address of the organisation or collection. Those of the service may
// have letters of both cases.
func (s *Server) URL() string { return "https://" + s.host + "/Acme" }

// RoundTrip implements [http.RoundTripper]: a client whose transport is the
// server reaches it without a network.
func (s *Server) RoundTrip(r *http.Request) (*http.Response, error) { return faulttest.RoundTrip(s, r) }

// Set changes the repository's settings.
func (s *Server) Set(change func(*Repository)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	change(&s.repo)
}

// Writes returns those of the calls that may change something.
func Writes(calls []string) []string {
	return slices.DeleteFunc(calls, func(c string) bool {
		return strings.HasPrefix(c, "GET ") || strings.HasPrefix(c, "OPTIONS ") || strings.HasSuffix(c, "/pullRequestQuery")
	})
}

// A request is one on its way to its handler.
type request struct {
	*http.Request
	token Token
	path  map[string]string // by the names in the route
	body  map[string]any
}

// number returns a number of the path, or 0.
func (r *request) number(name string) int {
	n, err := strconv.Atoi(r.path[name])
	if err != nil {
		return 0
	}
	return n
}

// text returns a string of the body, and whether it is there.
func (r *request) text(name string) (string, bool) {
	v, ok := r.body[name].(string)
	return v, ok
}

// An answer is what a handler returns.
type answer struct {
	status int
	header http.Header
	body   any
}

func ok(body any) answer      { return answer{status: http.StatusOK, body: body} }
func created(body any) answer { return answer{status: http.StatusCreated, body: body} }

// list is the answer with a collection.
func list[T any](all []T) answer {
	return ok(map[string]any{"count": len(all), "value": append([]T{}, all...)})
}

func refused(status int, key, message string) answer {
	return answer{status: status, body: map[string]any{
		"$id": "1", "innerException": nil, "message": message, "typeKey": key, "errorCode": 0, "eventId": 3000,
		"typeName": "Microsoft.TeamFoundation.Git.Server." + key + ", Microsoft.TeamFoundation.Git.Server",
	}}
}

// invalid is the answer to what the service can not hold.
func invalid(what string) answer {
	return refused(http.StatusBadRequest, "InvalidArgumentValueException", "Invalid argument value.\r\nParameter name: "+what)
}

// signIn is the answer to those whom the service does not know.
func (s *Server) signIn(w http.ResponseWriter) {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	if s.repo.Redirects {
		w.Header().Set("Location", "https://login.example/_signin?realm="+s.host)
		w.WriteHeader(http.StatusFound)
		return
	}
	w.WriteHeader(http.StatusNonAuthoritativeInfo)
	_, _ = io.WriteString(w, "\r\n<!DOCTYPE html><html><title>Azure DevOps Services | Sign In</title></html>")
}

func write(w http.ResponseWriter, a answer) {
	for name, values := range a.header {
		w.Header()[name] = values
	}
	w.Header().Set("Content-Type", "application/json; charset=utf-8; api-version=7.1")
	w.Header().Set("X-TFS-Session", rand.Text())
	w.WriteHeader(a.status)
	if a.body != nil {
		_ = json.NewEncoder(w).Encode(a.body) // the test that reads it notices
	}
}

// ServeHTTP implements [http.Handler]. It answers one request after the other.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	f := s.Note(r, r.URL.EscapedPath())
	if f == nil || f.After {
		token, known := s.tokenOf(r)
		if !known {
			s.signIn(w)
			return
		}
		a := s.answer(r, token)
		if f == nil || a.status >= http.StatusBadRequest {
			write(w, a)
			return
		}
	}
	f.Write(w)
}

// tokenOf returns the token of a request. Signed ones are bearer tokens, personal
// ones the password of nobody in particular.
func (s *Server) tokenOf(r *http.Request) (Token, bool) {
	scheme, sent, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	switch scheme {
	case "Bearer":
		if !strings.HasPrefix(sent, "eyJ") {
			return Token{}, false
		}
	case "Basic":
		raw, err := base64.StdEncoding.DecodeString(sent)
		_, password, found := strings.Cut(string(raw), ":")
		if err != nil || !found || strings.HasPrefix(password, "eyJ") {
			return Token{}, false
		}
		sent = password
	}
	t, known := s.tokens[sent]
	return t, known
}

// tick returns a time after all that were returned before.
func (s *Server) tick() string {
	s.clock = s.clock.Add(time.Second)
	return s.clock.Format(time.RFC3339)
}

// page returns the part of a list that a request asks for.
func page[T any](q url.Values, all []T) []T {
	top, skip := 100, 0
	if n, err := strconv.Atoi(q.Get("$top")); err == nil && n > 0 {
		top = min(n, 100)
	}
	if n, err := strconv.Atoi(q.Get("$skip")); err == nil && n > 0 {
		skip = n
	}
	from := min(len(all), skip)
	return all[from:min(len(all), from+top)]
}
