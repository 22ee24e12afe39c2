package gitlabtest

import (
	"net/http"
	"strconv"
	"strings"
)

// routes is what the API has, and what it takes to call it.
var routes = []route{
	{pattern: "GET /user", handle: (*Server).user, global: true},
	{pattern: "GET /users", params: findUsers, handle: (*Server).findUsers, global: true},
	{pattern: "GET /users/{user}", handle: (*Server).getUser, global: true},
	{pattern: "GET /personal_access_tokens/self", handle: (*Server).self, global: true, scopeless: true},

	{pattern: "GET /projects/{id}", handle: (*Server).getProject},
	{pattern: "GET /projects/{id}/members/all/{user}", handle: (*Server).member},
	{pattern: "GET /projects/{id}/approvals", handle: (*Server).approvalSettings},

	{pattern: "GET /projects/{id}/merge_requests", params: listRequests, handle: (*Server).listRequests, jobs: true},
	{pattern: "POST /projects/{id}/merge_requests", params: newRequest, level: Developer, handle: (*Server).createRequest},
	{pattern: "GET /projects/{id}/merge_requests/{iid}", handle: (*Server).getRequest, jobs: true},
	{pattern: "PUT /projects/{id}/merge_requests/{iid}", params: editRequest, level: Developer, handle: (*Server).updateRequest},
	{pattern: "PUT /projects/{id}/merge_requests/{iid}/merge", params: acceptRequest, handle: (*Server).acceptRequest},
	{pattern: "GET /projects/{id}/merge_requests/{iid}/approvals", handle: (*Server).approvals},
	{pattern: "GET /projects/{id}/merge_requests/{iid}/versions", params: paging, handle: (*Server).versions},

	{pattern: "GET /projects/{id}/merge_requests/{iid}/notes", params: listNotes, handle: (*Server).listNotes},
	{pattern: "POST /projects/{id}/merge_requests/{iid}/notes", params: newNote, level: Reporter, handle: (*Server).createNote},
	{pattern: "PUT /projects/{id}/merge_requests/{iid}/notes/{note}", params: editNote, level: Reporter, handle: (*Server).updateNote},
	{pattern: "DELETE /projects/{id}/merge_requests/{iid}/notes/{note}", level: Reporter, handle: (*Server).deleteNote},

	{pattern: "POST /projects/{id}/statuses/{sha}", params: newStatus, level: Developer, handle: (*Server).setStatus},
	{pattern: "GET /projects/{id}/repository/branches/{branch}", handle: (*Server).getBranch},
	{pattern: "GET /projects/{id}/repository/commits/{sha}", handle: (*Server).getCommit},
	{pattern: "GET /projects/{id}/repository/commits/{sha}/signature", handle: (*Server).getSignature},
	{pattern: "GET /projects/{id}/repository/commits/{sha}/merge_requests", params: paging, handle: (*Server).requestsOf},
}

func (s *Server) userJSON(name string) map[string]any {
	return map[string]any{"id": s.ids[name], "username": name, "name": strings.ToUpper(name), "state": "active"}
}

func (s *Server) usersJSON(names []string) []map[string]any {
	list := []map[string]any{}
	for _, n := range names {
		list = append(list, s.userJSON(n))
	}
	return list
}

// userOf returns the user whose number a path names.
func (s *Server) userOf(r *request) (string, bool) {
	for name, id := range s.ids {
		if strconv.Itoa(id) == r.PathValue("user") {
			return name, true
		}
	}
	return "", false
}

func (s *Server) user(r *request) answer {
	if r.token.Username == "" {
		return refused(http.StatusUnauthorized, "401 Unauthorized")
	}
	u := s.userJSON(r.token.Username)
	u["bot"] = s.users[r.token.Username].Bot
	if s.users[r.token.Username].Admin {
		u["is_admin"] = true
	}
	return ok(u)
}

func (s *Server) findUsers(r *request) answer {
	name, _ := param[string](r, "username")
	list := []any{}
	for n := range s.users {
		if strings.EqualFold(n, name) {
			list = append(list, s.userJSON(n))
		}
	}
	return page(r, list)
}

func (s *Server) getUser(r *request) answer {
	name, known := s.userOf(r)
	if !known {
		return notFound("User")
	}
	u := s.userJSON(name)
	u["bot"] = s.users[name].Bot
	return ok(u)
}

func (s *Server) self(r *request) answer {
	if s.project.Old {
		return answer{status: http.StatusNotFound, body: map[string]string{"error": "404 Not Found"}}
	}
	if r.token.Username == "" {
		return refused(http.StatusUnauthorized, "401 Unauthorized")
	}
	return ok(map[string]any{"id": 1, "scopes": r.token.Scopes, "active": true, "revoked": false, "user_id": s.ids[r.token.Username]})
}

// projectID is the number of the project; forks have others.
const projectID = 7

func (s *Server) getProject(r *request) answer {
	p := s.project
	level := s.users[r.token.Username].Level
	var access, visibility any
	if level > 0 && !p.SharedOnly {
		access = map[string]int{"access_level": level}
	}
	visibility = "public"
	if p.Private {
		visibility = "private"
	}
	requests, method, squash := "enabled", p.MergeMethod, p.SquashOption
	if p.NoRequests {
		requests = "disabled"
	}
	if method == "" {
		method = "merge"
	}
	if squash == "" {
		squash = "default_off"
	}
	return ok(map[string]any{
		"id": projectID, "path_with_namespace": p.Path, "visibility": visibility, "archived": p.Archived, "default_branch": "main",
		"merge_requests_access_level": requests, "merge_method": method, "squash_option": squash,
		"only_allow_merge_if_pipeline_succeeds": p.PipelineMustSucceed,
		"permissions":                           map[string]any{"project_access": nil, "group_access": access},
	})
}

func (s *Server) member(r *request) answer {
	name, _ := s.userOf(r)
	u := s.users[name]
	if u.Level == 0 {
		return notFound("Member")
	}
	m := s.userJSON(name)
	m["access_level"] = u.Level
	return ok(m)
}

func (s *Server) approvalSettings(*request) answer {
	return ok(map[string]any{"reset_approvals_on_push": s.project.ResetApprovals})
}
