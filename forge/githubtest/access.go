package githubtest

import (
	"encoding/json"
	"io"
	"net/http"
	"strings"
)

// answer lets a request through to its handler, if its token may make it.
func (s *Server) answer(r *http.Request, route route) answer {
	token, known := s.tokens[strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer ")]
	given := r.Header.Get("Authorization") != ""
	if given && !route.app && (!known || s.expired(token)) {
		return refused(http.StatusUnauthorized, "Bad credentials")
	}
	if !route.global && !(strings.EqualFold(r.PathValue("owner"), s.repo.Owner) && strings.EqualFold(r.PathValue("repo"), s.repo.Name)) {
		return notFound
	}
	if !given && !route.app && (s.repo.Private || r.Method != http.MethodGet) {
		if s.repo.Private {
			return notFound
		}
		return refused(http.StatusUnauthorized, "Requires authentication")
	}
	if a, denied := s.deny(r, route, token); denied && !route.app {
		return a
	}
	req := decoded(r, token)
	if req == nil {
		return refused(http.StatusBadRequest, "Problems parsing JSON")
	}
	return route.handle(s, req)
}

// expired reports whether a token's time is over.
func (s *Server) expired(t Token) bool { return !t.Expires.IsZero() && !s.now().Before(t.Expires) }

// decoded reads the body of a request; nil means that it is no JSON.
func decoded(r *http.Request, token Token) *request {
	req := &request{Request: r, token: token}
	if r.Method != http.MethodGet && r.Body != nil {
		raw, err := io.ReadAll(r.Body)
		if err != nil || len(raw) > 0 && !json.Valid(raw) {
			return nil
		}
		_ = json.Unmarshal(raw, &req.body) // what is no object has no fields
	}
	return req
}

// deny refuses what the token may not do.
func (s *Server) deny(r *http.Request, route route, token Token) (answer, bool) {
	if token.Permissions != nil && len(token.Permissions) == 0 && s.repo.Private && !route.global {
		return notFound, true
	}
	if token.Permissions != nil && !grants(token.Permissions, route.needs) {
		actor := "personal access token"
		if token.Installation {
			actor = "integration"
		}
		a := refused(http.StatusForbidden, "Resource not accessible by "+actor)
		a.header = http.Header{"X-Accepted-Github-Permissions": {route.needs}}
		return a, true
	}
	if s.repo.Archived && r.Method != http.MethodGet {
		return refused(http.StatusForbidden, "Repository was archived so is read-only."), true
	}
	return answer{}, false
}

// grants reports whether permissions hold one of the sets of needs.
func grants(have map[string]string, needs string) bool {
	for set := range strings.SplitSeq(needs, ";") {
		all := true
		for need := range strings.SplitSeq(set, ",") {
			name, level, _ := strings.Cut(strings.TrimSpace(need), "=")
			all = all && (name == "" || name == "metadata" || have[name] == level || level == "read" && have[name] == "write")
		}
		if all {
			return true
		}
	}
	return false
}
