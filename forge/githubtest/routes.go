package githubtest

import (
	"net/http"
	"slices"
	"strings"
)

// routes is what the API has, and which permissions it wants.
var routes = []route{
	{pattern: "GET /user", handle: (*Server).user, global: true},
	{pattern: "GET /repos/{owner}/{repo}/installation", handle: (*Server).installation, app: true},
	{pattern: "POST /app/installations/{id}/access_tokens", handle: (*Server).accessToken, global: true, app: true},
	{pattern: "GET /repos/{owner}/{repo}", needs: "metadata=read", handle: (*Server).repository},

	{pattern: "GET /repos/{owner}/{repo}/pulls", needs: "pull_requests=read", handle: (*Server).listPulls},
	{pattern: "POST /repos/{owner}/{repo}/pulls", needs: "pull_requests=write", handle: (*Server).createPull},
	{pattern: "GET /repos/{owner}/{repo}/pulls/{number}", needs: "pull_requests=read", handle: (*Server).getPull},
	{pattern: "PATCH /repos/{owner}/{repo}/pulls/{number}", needs: "pull_requests=write", handle: (*Server).editPull},
	{pattern: "GET /repos/{owner}/{repo}/pulls/{number}/reviews", needs: "pull_requests=read", handle: (*Server).listReviews},
	{pattern: "POST /repos/{owner}/{repo}/pulls/{number}/requested_reviewers", needs: "pull_requests=write", handle: (*Server).requestReviewers},

	{pattern: "POST /repos/{owner}/{repo}/issues/{number}/labels", needs: "issues=write; pull_requests=write", handle: (*Server).addLabels},
	{pattern: "POST /repos/{owner}/{repo}/issues/{number}/assignees", needs: "issues=write; pull_requests=write", handle: (*Server).addAssignees},
	{pattern: "GET /repos/{owner}/{repo}/issues/{number}/comments", needs: "issues=read; pull_requests=read", handle: (*Server).listComments},
	{pattern: "POST /repos/{owner}/{repo}/issues/{number}/comments", needs: "issues=write; pull_requests=write", handle: (*Server).createComment},
	{pattern: "PATCH /repos/{owner}/{repo}/issues/comments/{id}", needs: "issues=write; pull_requests=write", handle: (*Server).editComment},
	{pattern: "DELETE /repos/{owner}/{repo}/issues/comments/{id}", needs: "issues=write; pull_requests=write", handle: (*Server).deleteComment},

	{pattern: "POST /repos/{owner}/{repo}/statuses/{sha}", needs: "statuses=write", handle: (*Server).createStatus},
	{pattern: "GET /repos/{owner}/{repo}/commits/{sha}", needs: "contents=read", handle: (*Server).getCommit},
	{pattern: "GET /repos/{owner}/{repo}/commits/{sha}/pulls", needs: "pull_requests=read,contents=read", handle: (*Server).pullsOfCommit},
	{pattern: "GET /repos/{owner}/{repo}/branches/{branch}", needs: "contents=read", handle: (*Server).getBranch},
	{pattern: "GET /repos/{owner}/{repo}/rules/branches/{branch...}", needs: "metadata=read", handle: (*Server).rulesOfBranch},
	{pattern: "GET /repos/{owner}/{repo}/collaborators/{user}/permission", needs: "metadata=read", handle: (*Server).permission},
}

func (s *Server) fullName() string { return s.repo.Owner + "/" + s.repo.Name }

func (s *Server) userJSON(login string) map[string]any {
	kind := "User"
	if s.users[login].Bot {
		kind = "Bot"
	}
	return map[string]any{"login": login, "type": kind}
}

func (s *Server) user(r *request) answer {
	switch {
	case r.token.Login == "":
		return refused(http.StatusUnauthorized, "Requires authentication")
	case r.token.Installation:
		return refused(http.StatusForbidden, "Resource not accessible by integration")
	}
	return ok(s.userJSON(r.token.Login))
}

func (s *Server) repository(r *request) answer {
	may := s.users[r.token.Login].Write
	return ok(map[string]any{
		"node_id": repositoryNode, "full_name": s.fullName(), "private": s.repo.Private, "archived": s.repo.Archived, "default_branch": "main",
		"allow_auto_merge": s.repo.AutoMerge, "permissions": map[string]bool{"pull": true, "push": may},
	})
}

func (s *Server) createStatus(r *request) answer {
	c := s.commits[r.PathValue("sha")]
	if c == nil {
		return refused(http.StatusUnprocessableEntity, "No commit found for SHA: "+r.PathValue("sha"))
	}
	state, _ := field[string](r, "state")
	if !slices.Contains([]string{"error", "failure", "pending", "success"}, state) {
		return invalid("Status", "state", "custom", "state must be one of error, failure, pending, success")
	}
	about, _ := field[string](r, "description")
	if len([]rune(about)) > 140 {
		return invalid("Status", "description", "custom", "description is too long (maximum is 140 characters)")
	}
	name, given := field[string](r, "context")
	if !given {
		name = "default"
	}
	target, _ := field[string](r, "target_url")
	c.statuses = append(c.statuses, Status{name, state, about, target})
	return created(map[string]any{"state": state, "context": name, "description": about, "target_url": target})
}

func (s *Server) getCommit(r *request) answer {
	c := s.commits[r.PathValue("sha")]
	if c == nil {
		return refused(http.StatusUnprocessableEntity, "No commit found for SHA: "+r.PathValue("sha"))
	}
	return ok(map[string]any{
		"sha": c.sha, "commit": map[string]any{"verification": map[string]any{"verified": c.verified, "reason": c.reason}},
	})
}

// pullsOfCommit lists merged pull requests that a commit is of, and open ones.
func (s *Server) pullsOfCommit(r *request) answer {
	sha := r.PathValue("sha")
	if s.commits[sha] == nil {
		return refused(http.StatusUnprocessableEntity, "No commit found for SHA: "+sha)
	}
	var list []any
	for _, p := range s.pulls {
		if p.merge == sha || p.headAt == sha {
			list = append(list, s.pullJSON(p))
		}
	}
	return page(r, list)
}

func (s *Server) getBranch(r *request) answer {
	b := s.branches[r.PathValue("branch")]
	if b == nil {
		return refused(http.StatusNotFound, "Branch not found")
	}
	return ok(map[string]any{"name": b.name, "protected": b.protected, "commit": map[string]any{"sha": b.at}})
}

func (s *Server) rulesOfBranch(r *request) answer {
	list := []any{}
	if b := s.branches[r.PathValue("branch")]; b != nil && b.rules {
		list = append(list, map[string]any{"type": "pull_request", "ruleset_source_type": "Repository", "ruleset_source": s.fullName(), "ruleset_id": 1})
	}
	return page(r, list)
}

func (s *Server) permission(r *request) answer {
	u, known := s.users[r.PathValue("user")]
	if !known {
		return refused(http.StatusNotFound, r.PathValue("user")+" is not a user")
	}
	level := "read"
	if u.Write {
		level = "write"
	}
	return ok(map[string]any{"permission": level, "user": s.userJSON(strings.ToLower(r.PathValue("user")))})
}
