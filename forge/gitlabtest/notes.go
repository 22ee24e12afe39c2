package gitlabtest

import (
	"net/http"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// noteJSON has what GitLab itself notes by whoever caused it.
func (s *Server) noteJSON(n *note) map[string]any {
	author := n.user
	if n.system {
		author = s.requests[n.number-1].author
	}
	return map[string]any{"id": n.id, "body": n.body, "author": s.userJSON(author), "system": n.system}
}

func (s *Server) listNotes(r *request) answer {
	m := s.requestOf(r)
	if m == nil {
		return notFound("Not found")
	}
	list := []any{}
	for _, n := range s.notes {
		if n.number == m.number {
			list = append(list, s.noteJSON(n))
		}
	}
	if sort, _ := param[string](r, "sort"); sort != "asc" {
		slices.Reverse(list)
	}
	return page(r, list)
}

// badNote refuses what GitLab does not store.
func badNote(body string) (answer, bool) {
	switch {
	case strings.TrimSpace(body) == "":
		return refused(http.StatusBadRequest, map[string]any{"note": []string{"can't be blank"}}), true
	case utf8.RuneCountInString(body) > longestNote:
		return refused(http.StatusBadRequest, map[string]any{"note": []string{"is too long (maximum is 1000000 characters)"}}), true
	}
	return answer{}, false
}

func (s *Server) createNote(r *request) answer {
	m := s.requestOf(r)
	if m == nil {
		return notFound("Not found")
	}
	body, _ := param[string](r, "body")
	body = s.obey(m, body)
	if a, bad := badNote(body); bad {
		return a
	}
	return created(s.noteJSON(s.say(m.number, r.token.Username, body)))
}

func (s *Server) updateNote(r *request) answer {
	n := s.noteOf(r)
	if n == nil {
		return notFound("Note")
	}
	if n.user != r.token.Username && s.users[r.token.Username].Level < Maintainer {
		return refused(http.StatusForbidden, "403 Forbidden")
	}
	body, _ := param[string](r, "body")
	body = s.obey(s.requestOf(r), body)
	if a, bad := badNote(body); bad {
		return a
	}
	n.body = body
	return ok(s.noteJSON(n))
}

func (s *Server) deleteNote(r *request) answer {
	n := s.noteOf(r)
	if n == nil {
		return notFound("Note")
	}
	s.notes = slices.DeleteFunc(s.notes, func(o *note) bool { return o == n })
	return answer{status: http.StatusNoContent}
}

func (s *Server) noteOf(r *request) *note {
	m := s.requestOf(r)
	for _, n := range s.notes {
		if m != nil && n.number == m.number && strconv.Itoa(n.id) == r.PathValue("note") {
			return n
		}
	}
	return nil
}
