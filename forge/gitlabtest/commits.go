package gitlabtest

import (
	"fmt"
	"net/http"
	"slices"
	"unicode/utf8"
)

// setStatus changes the pending status of the same name and user, or adds one.
func (s *Server) setStatus(r *request) answer {
	c := s.commits[r.PathValue("sha")]
	if c == nil {
		return notFound("Commit")
	}
	about, _ := param[string](r, "description")
	if utf8.RuneCountInString(about) > 255 {
		return refused(http.StatusBadRequest, map[string]any{"description": []string{"is too long (maximum is 255 characters)"}})
	}
	name, given := param[string](r, "name")
	if !given {
		name = "default"
	}
	target, _ := param[string](r, "target_url")
	state, _ := param[string](r, "state")
	i := slices.IndexFunc(c.statuses, func(st Status) bool {
		return st.Name == name && st.User == r.token.Username && (st.State == "pending" || st.State == "running")
	})
	if i < 0 {
		c.statuses = append(c.statuses, Status{Name: name, User: r.token.Username})
		i = len(c.statuses) - 1
	} else if event := map[string]string{"pending": "enqueue", "running": "run"}[state]; event != "" && (state == c.statuses[i].State || state == "pending") {
		return refused(http.StatusBadRequest, fmt.Sprintf("Cannot transition status via :%s from :%s (Reason(s): Status cannot transition via \"%s\")", event, c.statuses[i].State, event))
	}
	st := &c.statuses[i]
	if about != "" || !s.project.Lossy {
		st.Description = about
	}
	if target != "" || !s.project.Lossy {
		st.URL = target
	}
	st.State = state
	return created(map[string]any{"id": i, "sha": c.sha, "name": name, "status": state, "description": st.Description, "target_url": st.URL})
}

func (s *Server) getBranch(r *request) answer {
	b := s.branches[r.PathValue("branch")]
	if b == nil {
		return notFound("Branch")
	}
	return ok(map[string]any{
		"name": b.name, "protected": b.protected, "developers_can_push": b.developers, "developers_can_merge": b.developers,
		"can_push": !b.protected, "commit": map[string]any{"id": b.at},
	})
}

func (s *Server) getCommit(r *request) answer {
	c := s.commits[r.PathValue("sha")]
	if c == nil {
		return notFound("Commit")
	}
	return ok(map[string]any{"id": c.sha, "parent_ids": append([]string{}, c.parents...)})
}

func (s *Server) getSignature(r *request) answer {
	c := s.commits[r.PathValue("sha")]
	switch {
	case c == nil:
		return notFound("Commit")
	case c.signature == "":
		return notFound("Signature")
	}
	return ok(map[string]any{"signature_type": "SSH", "verification_status": c.signature})
}

// requestsOf lists merge requests that a commit is of, whatever became of them.
func (s *Server) requestsOf(r *request) answer {
	sha := r.PathValue("sha")
	if s.commits[sha] == nil {
		return notFound("Commit")
	}
	list := []any{}
	for _, m := range s.requests {
		if slices.Contains([]string{m.mergedAs, m.squashedAs, m.sha}, sha) {
			list = append(list, s.requestJSON(m))
		}
	}
	return page(r, list)
}
