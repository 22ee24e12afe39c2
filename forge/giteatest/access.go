package giteatest

import (
	"encoding/json"
	"io"
	"net/http"
	"slices"
	"strings"
)

// A request is one on its way to its handler.
type request struct {
	*http.Request
	token Token
	user  User
	body  map[string]json.RawMessage
}

// answer lets a request through to its handler, if its token may make it. Gitea
// looks at scopes first, then at the repository, then at the body.
func (s *Server) answer(r *http.Request, route route) answer {
	_, value, given := strings.Cut(r.Header.Get("Authorization"), " ")
	token, known := s.tokens[value]
	if given && !known {
		return refused(http.StatusUnauthorized, "invalid username, password or token")
	}
	if a, denied := s.deny(r, route, token, given); denied {
		return a
	}
	req := &request{Request: r, token: token, user: s.users[token.Login]}
	if r.Method != http.MethodGet && r.Body != nil {
		raw, err := io.ReadAll(r.Body)
		if err != nil || len(raw) > 0 && json.Unmarshal(raw, &req.body) != nil {
			return refused(http.StatusUnprocessableEntity, "[]: invalid character")
		}
	}
	if why := route.check(req); why != "" {
		return refused(http.StatusUnprocessableEntity, "%s", why)
	}
	return route.handle(s, req)
}

// deny refuses what the token, or its owner, may not do.
func (s *Server) deny(r *http.Request, route route, token Token, given bool) (answer, bool) {
	level := "read:"
	if r.Method != http.MethodGet {
		level = "write:"
	}
	if given && !token.has(level, route.scope) {
		if s.repo.Forgejo {
			return refused(http.StatusForbidden, "token does not have at least one of required scope(s): [%s%s]", level, route.scope), true
		}
		return refused(http.StatusForbidden, "token does not have at least one of required scope(s), required=[%s%s], token scope=%s", level, route.scope, strings.Join(token.Scopes, ",")), true
	}
	user := s.users[token.Login]
	if route.scope == "repository" || route.scope == "issue" {
		same := strings.EqualFold(r.PathValue("owner"), s.repo.Owner) && strings.EqualFold(r.PathValue("repo"), s.repo.Name)
		if !same || s.repo.Private && !user.Read && !user.Write && !user.Admin {
			return s.notFound(), true
		}
	}
	if !given && (r.Method != http.MethodGet || route.scope == "user") {
		return refused(http.StatusUnauthorized, "token is required"), true
	}
	if route.frozen && s.repo.Archived {
		return refused(http.StatusLocked, "%s is archived", s.fullName()), true
	}
	if route.writer && !user.Write && !user.Admin {
		return refused(http.StatusForbidden, "user should have a permission to write to a repo"), true
	}
	return answer{}, false
}

// has reports whether a token has a scope, or one that is more.
func (t Token) has(level, category string) bool {
	return t.Scopes == nil || slices.Contains(t.Scopes, "write:"+category) || slices.Contains(t.Scopes, level+category)
}
