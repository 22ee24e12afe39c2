package githubtest

import (
	"net/http"
	"strconv"
	"strings"
)

// addLabels creates the labels that are not there yet.
func (s *Server) addLabels(r *request) answer {
	p := s.pullOf(r)
	if p == nil {
		return notFound
	}
	names, wrapped := field[[]string](r, "labels")
	if !wrapped {
		return refused(http.StatusUnprocessableEntity, "Invalid request.")
	}
	for _, n := range names {
		if strings.TrimSpace(n) == "" || len([]rune(n)) > 50 {
			return invalid("Label", "name", "invalid", "")
		}
		s.labels[n] = true
	}
	p.labels = merged(p.labels, names)
	return ok(named(p.labels, "name"))
}

// addAssignees leaves out who can not be assigned, and does not say so.
func (s *Server) addAssignees(r *request) answer {
	p := s.pullOf(r)
	if p == nil {
		return notFound
	}
	names, _ := field[[]string](r, "assignees")
	for _, n := range names {
		if s.users[n].Write && len(p.assignees) < 10 {
			p.assignees = merged(p.assignees, []string{n})
		}
	}
	return created(map[string]any{"number": p.number, "assignees": named(p.assignees, "login")})
}

func (s *Server) commentJSON(c *comment) map[string]any {
	return map[string]any{"id": c.id, "user": s.userJSON(c.user), "body": c.body}
}

func (s *Server) listComments(r *request) answer {
	p := s.pullOf(r)
	if p == nil {
		return notFound
	}
	var list []any
	for _, c := range s.comments {
		if c.number == p.number {
			list = append(list, s.commentJSON(c))
		}
	}
	return page(r, list)
}

func (s *Server) createComment(r *request) answer {
	p := s.pullOf(r)
	if p == nil {
		return notFound
	}
	body, _ := field[string](r, "body")
	if a, bad := badComment(body); bad {
		return a
	}
	return created(s.commentJSON(s.say(p.number, r.token.Login, body)))
}

func badComment(body string) (answer, bool) {
	if strings.TrimSpace(body) == "" {
		return invalid("IssueComment", "body", "custom", "body cannot be blank"), true
	}
	return tooLong("IssueComment", "", body)
}

func (s *Server) editComment(r *request) answer {
	i := s.commentOf(r)
	if i < 0 {
		return notFound
	}
	body, _ := field[string](r, "body")
	if a, bad := badComment(body); bad {
		return a
	}
	s.comments[i].body = body
	return ok(s.commentJSON(s.comments[i]))
}

func (s *Server) deleteComment(r *request) answer {
	i := s.commentOf(r)
	if i < 0 {
		return notFound
	}
	s.comments = append(s.comments[:i:i], s.comments[i+1:]...)
	return answer{status: http.StatusNoContent}
}

func (s *Server) commentOf(r *request) int {
	for i, c := range s.comments {
		if strconv.FormatInt(c.id, 10) == r.PathValue("id") {
			return i
		}
	}
	return -1
}

// graphql knows two mutations: to switch auto-merge on, and to move a branch. Its errors come with
// status 200.
func (s *Server) graphql(r *request) answer {
	query, _ := field[string](r, "query")
	vars, _ := field[map[string]string](r, "variables")
	fail := func(kind, message string) answer {
		return ok(map[string]any{"data": nil, "errors": []any{map[string]any{"type": kind, "message": message}}})
	}
	if strings.Contains(query, "updateRefs") {
		if wrong := s.updateRefs(vars); wrong != "" {
			return fail("UNPROCESSABLE", wrong)
		}
		return ok(map[string]any{"data": map[string]any{"updateRefs": map[string]any{"clientMutationId": nil}}})
	}
	if !strings.Contains(query, "enablePullRequestAutoMerge") {
		return fail("", "Field does not exist on type 'Mutation'")
	}
	n, err := strconv.Atoi(strings.TrimPrefix(vars["id"], "PR_"))
	if err != nil || n < 1 || n > len(s.pulls) {
		return fail("NOT_FOUND", "Could not resolve to a node with the global id of '"+vars["id"]+"'")
	}
	p := s.pulls[n-1]
	b := s.branches[p.base]
	switch {
	case !s.repo.AutoMerge:
		return fail("UNPROCESSABLE", "Pull request Auto merge is not allowed for this repository")
	case !b.protected && !b.rules:
		return fail("UNPROCESSABLE", "Pull request Pull request is in clean status")
	}
	p.auto = strings.ToLower(vars["method"])
	return ok(map[string]any{"data": map[string]any{"enablePullRequestAutoMerge": map[string]any{"clientMutationId": nil}}})
}
