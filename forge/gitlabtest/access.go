package gitlabtest

import (
	"net/http"
	"slices"
	"strings"
)

// A route is a call that the API has.
type route struct {
	pattern string
	params  table
	level   int // the role that it takes in the project; 0 is any that sees it
	handle  func(*Server, *request) answer
	global  bool // not below the project
	// jobs tells that the token of a job may make the call.
	jobs bool
	// scopeless tells that a token of any scope may make the call.
	scopeless bool
}

// answer lets a request through to its handler, if its token may make it.
func (s *Server) answer(r *http.Request, route route) answer {
	token, known, a := s.identify(r, route)
	if a.status != 0 {
		return a
	}
	write := r.Method != http.MethodGet
	if !route.global {
		user := s.users[token.Username]
		if r.PathValue("id") != s.project.Path || s.project.Private && user.Level == 0 && !user.Admin {
			if write && !known {
				return refused(http.StatusUnauthorized, "401 Unauthorized")
			}
			return notFound("Project")
		}
		if write && !known {
			return refused(http.StatusUnauthorized, "401 Unauthorized")
		}
		if user.Level < route.level && !user.Admin || write && s.project.Archived ||
			s.project.NoRequests && strings.Contains(route.pattern, "/merge_requests") {
			return refused(http.StatusForbidden, "403 Forbidden")
		}
	}
	req := &request{Request: r, token: token}
	if a, bad := req.read(route.params); bad {
		return a
	}
	return route.handle(s, req)
}

// identify finds the token of a request. A job's may make few calls; to the
// others its request is one of nobody.
func (s *Server) identify(r *http.Request, route route) (token Token, known bool, a answer) {
	header := "PRIVATE-TOKEN"
	value := r.Header.Get(header)
	if value == "" {
		header = "JOB-TOKEN"
		value = r.Header.Get(header)
	}
	if value == "" {
		return Token{}, false, answer{}
	}
	token, known = s.tokens[value]
	if !known || token.Job != (header == "JOB-TOKEN") {
		return Token{}, false, refused(http.StatusUnauthorized, "401 Unauthorized")
	}
	if token.Job {
		if !route.jobs {
			return Token{}, false, answer{}
		}
		return token, true, answer{}
	}
	needs := []string{"api"}
	if r.Method == http.MethodGet {
		needs = append(needs, "read_api")
	}
	if !route.scopeless && !slices.ContainsFunc(needs, func(n string) bool { return slices.Contains(token.Scopes, n) }) {
		return token, true, answer{status: http.StatusForbidden, body: map[string]string{
			"error": "insufficient_scope", "scope": strings.Join(needs, " "),
			"error_description": "The request requires higher privileges than provided by the access token.",
		}}
	}
	return token, true, answer{}
}
