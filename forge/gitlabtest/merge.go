package gitlabtest

import (
	"net/http"
	"slices"
	"time"
)

// acceptRequest merges at once or later, as GitLab decides: at once also what is
// to be merged later, if its pipeline has succeeded already.
func (s *Server) acceptRequest(r *request) answer {
	m := s.requestOf(r)
	if m == nil {
		return notFound("Not found")
	}
	user := s.users[r.token.Username]
	if user.Level < Developer || s.branches[m.target].protected && user.Level < Maintainer {
		return refused(http.StatusUnauthorized, "401 Unauthorized")
	}
	auto, _ := param[bool](r, "merge_when_pipeline_succeeds")
	if !s.project.Old {
		later, _ := param[bool](r, "auto_merge")
		auto = auto || later
	}
	pipeline := s.pipelines[m.sha]
	waits := auto && (slices.Contains([]string{"pending", "running"}, pipeline) || !s.project.Old && len(m.approvals) < s.project.Approvals)
	atOnce := m.state == "opened" && !isDraft(m.title)
	if auto {
		atOnce = pipeline == "success"
	}
	mergeable := m.state == "opened" && !isDraft(m.title) && len(m.approvals) >= s.project.Approvals &&
		(!s.project.PipelineMustSucceed || pipeline == "success")
	sha, given := param[string](r, "sha")
	switch {
	case !waits && !atOnce || m.state != "opened":
		return refused(http.StatusMethodNotAllowed, "405 Method Not Allowed")
	case !waits && !mergeable:
		return refused(http.StatusUnprocessableEntity, "Branch cannot be merged")
	case given && sha != m.sha:
		return refused(http.StatusConflict, "SHA does not match HEAD of source branch: "+m.sha)
	}
	m.squash, _ = param[bool](r, "squash")
	if atOnce {
		s.merge(m)
	} else {
		m.auto = true
	}
	return ok(s.oneJSON(m))
}

// merge merges in the way of the project.
func (s *Server) merge(m *mergeRequest) {
	base := s.branches[m.target]
	tip := m.sha
	if m.squash {
		tip = s.commit(base.at)
		m.squashedAs = tip
	}
	if s.project.MergeMethod != "ff" {
		tip = s.commit(base.at, tip)
		m.mergedAs = tip
	}
	base.at, m.state, m.auto = tip, "merged", false
}

func (s *Server) approvals(r *request) answer {
	m := s.requestOf(r)
	if m == nil {
		return notFound("Not found")
	}
	by := []any{}
	for _, a := range m.approvals {
		doc := map[string]any{"user": s.userJSON(a.user)}
		if !s.project.Old {
			doc["approved_at"] = a.at.Format(time.RFC3339Nano)
		}
		by = append(by, doc)
	}
	return ok(map[string]any{"approvals_required": s.project.Approvals, "approved_by": by})
}

func (s *Server) versions(r *request) answer {
	m := s.requestOf(r)
	if m == nil {
		return notFound("Not found")
	}
	list := []any{}
	for i, at := range slices.Backward(m.versions) {
		list = append(list, map[string]any{"id": i + 1, "state": "collected", "created_at": at.Format(time.RFC3339Nano)})
	}
	return page(r, list)
}
