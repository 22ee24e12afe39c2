package giteatest

import (
	"net/http"
	"slices"
)

func (s *Server) user(r *request) answer { return ok(s.userJSON(r.token.Login)) }

func (s *Server) repository(r *request) answer {
	may := r.user.Write || r.user.Admin
	return ok(map[string]any{
		"id": 1, "full_name": s.fullName(), "private": s.repo.Private, "archived": s.repo.Archived, "default_branch": "main",
		"permissions":         map[string]bool{"admin": r.user.Admin, "push": may, "pull": true},
		"allow_merge_commits": true, "allow_rebase": true, "allow_squash_merge": !s.repo.NoSquash,
	})
}

// createStatus fails for commits that are not there.
func (s *Server) createStatus(r *request) answer {
	c := s.commits[r.PathValue("sha")]
	if c == nil {
		return refused(http.StatusInternalServerError, "")
	}
	state, _ := field[string](r, "state")
	if !slices.Contains([]string{"error", "failure", "pending", "success", "warning"}, state) {
		return refused(http.StatusInternalServerError, "")
	}
	st := Status{State: state}
	st.Context, _ = field[string](r, "context")
	st.Description, _ = field[string](r, "description")
	st.URL, _ = field[string](r, "target_url")
	c.statuses = append(c.statuses, st)
	return created(map[string]any{"status": state, "context": st.Context, "description": st.Description, "target_url": st.URL})
}

func (s *Server) getCommit(r *request) answer {
	c := s.commits[r.PathValue("sha")]
	if c == nil {
		return refused(http.StatusNotFound, "commit doesn't exist: %s", r.PathValue("sha"))
	}
	verification := map[string]any{"verified": c.verified, "reason": c.reason, "signature": "", "signer": nil, "payload": ""}
	return ok(map[string]any{"sha": c.sha, "commit": map[string]any{"verification": verification}})
}

func (s *Server) headOfPull(r *request) answer {
	p := s.pullOf(r)
	if p == nil {
		return s.notFound()
	}
	ref := "refs/pull/" + r.PathValue("number") + "/head"
	return ok([]any{map[string]any{"ref": ref, "object": map[string]any{"type": "commit", "sha": p.headAt}}})
}

// pullOfCommit knows merged pull requests alone.
func (s *Server) pullOfCommit(r *request) answer {
	if s.repo.Old {
		return answer{status: http.StatusNotFound}
	}
	for _, p := range s.pulls {
		if p.merged && p.merge == r.PathValue("sha") {
			return ok(s.pullJSON(p, true))
		}
	}
	return refused(http.StatusNotFound, "pull request does not exist [id: 0, issue_id: 0, head_repo_id: 0, base_repo_id: 1, head_branch: , base_branch: ]")
}

func (s *Server) getBranch(r *request) answer {
	b := s.branches[r.PathValue("branch")]
	if b == nil {
		return s.notFound()
	}
	may := r.user.Write || r.user.Admin
	doc := map[string]any{"name": b.name, "commit": map[string]any{"id": b.at}, "protected": false, "user_can_push": may, "status_check_contexts": []string{}}
	if b.rule == nil {
		return ok(doc)
	}
	doc["protected"], doc["required_approvals"] = true, b.rule.Approvals
	doc["enable_status_check"], doc["status_check_contexts"] = b.rule.Checks != nil, b.rule.Checks
	doc["user_can_push"] = may && b.rule.Push && (b.rule.PushWhitelist == nil || slices.Contains(b.rule.PushWhitelist, r.token.Login))
	if r.user.Admin {
		doc["effective_branch_protection_name"] = b.name
	}
	return ok(doc)
}

func (s *Server) getProtection(r *request) answer {
	b := s.branches[r.PathValue("branch")]
	switch {
	case !r.user.Admin:
		return refused(http.StatusForbidden, "user should be an owner or a collaborator with admin write of a repository")
	case b == nil || b.rule == nil:
		return s.notFound()
	}
	return ok(map[string]any{
		"rule_name": b.name, "enable_push": b.rule.Push, "enable_push_whitelist": b.rule.PushWhitelist != nil, "push_whitelist_usernames": b.rule.PushWhitelist,
	})
}

// permission tells those who administer the repository, and oneself. It does not
// know of rights by a team's units.
func (s *Server) permission(r *request) answer {
	u, known := s.users[r.PathValue("user")]
	if !r.user.Admin && r.token.Login != r.PathValue("user") {
		return refused(http.StatusForbidden, "Only admins can query all permissions, repo admins can query all repo permissions, collaborators can query only their own")
	}
	if !known {
		return refused(http.StatusNotFound, "user does not exist [uid: 0, name: %s]", r.PathValue("user"))
	}
	level := "none"
	switch {
	case u.ByTeam:
	case u.Admin:
		level = "admin"
	case u.Write:
		level = "write"
	case u.Read:
		level = "read"
	}
	return ok(map[string]any{"permission": level, "user": s.userJSON(r.PathValue("user"))})
}
