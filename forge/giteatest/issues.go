package giteatest

import (
	"maps"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// userJSON returns a user. Programs and those who are gone have numbers below 1.
func (s *Server) userJSON(login string) map[string]any {
	id := slices.Index(slices.Sorted(maps.Keys(s.users)), login) + 1
	if login == "gitea-actions" {
		id = -2
	}
	return map[string]any{"id": id, "login": login}
}

func (s *Server) usersJSON(logins []string) []map[string]any {
	list := []map[string]any{}
	for _, l := range logins {
		list = append(list, s.userJSON(l))
	}
	return list
}

func (l label) json() map[string]any {
	return map[string]any{"id": l.id, "name": l.name, "color": "ededed"}
}

func (s *Server) labelsJSON(ids []int64) []any {
	list := []any{}
	for _, l := range s.labels {
		if slices.Contains(ids, l.id) {
			list = append(list, l.json())
		}
	}
	return list
}

func (s *Server) listLabels(r *request) answer {
	return s.page(r, s.labelList(false), false)
}

func (s *Server) listOrgLabels(r *request) answer {
	if !strings.EqualFold(r.PathValue("org"), s.repo.Owner) || s.repo.OrgLabels == nil {
		return refused(http.StatusNotFound, "GetOrgByName")
	}
	return s.page(r, s.labelList(true), false)
}

func (s *Server) labelList(ofOrg bool) (list []any) {
	for _, l := range s.labels {
		if l.ofOrg == ofOrg {
			list = append(list, l.json())
		}
	}
	return list
}

var color = regexp.MustCompile(`^#?[0-9a-fA-F]{6}$`)

// createLabel makes another of the same name without a word.
func (s *Server) createLabel(r *request) answer {
	name, _ := field[string](r, "name")
	if c, _ := field[string](r, "color"); !color.MatchString(c) {
		return refused(http.StatusUnprocessableEntity, "invalid color: #%s", c)
	}
	s.nextID++
	l := label{id: s.nextID, name: name}
	s.labels = append(s.labels, l)
	return created(l.json())
}

// addLabels ignores numbers of labels that are not there.
func (s *Server) addLabels(r *request) answer {
	p := s.pullOf(r)
	if p == nil {
		return s.notFound()
	}
	if !r.user.Write && !r.user.Admin {
		return refused(http.StatusForbidden, "write permission is required")
	}
	ids, _ := field[[]int64](r, "labels")
	for _, l := range s.labels {
		if slices.Contains(ids, l.id) && !slices.Contains(p.labels, l.id) {
			p.labels = append(p.labels, l.id)
		}
	}
	return ok(s.labelsJSON(p.labels))
}

func (s *Server) listAssignees(*request) answer {
	list := []any{}
	for _, name := range slices.Sorted(maps.Keys(s.users)) {
		if s.users[name].Write || s.users[name].Admin {
			list = append(list, s.userJSON(name))
		}
	}
	return ok(list)
}

func (s *Server) commentJSON(c *comment) map[string]any {
	return map[string]any{"id": c.id, "user": s.userJSON(c.user), "body": c.body}
}

// listComments fails for what is not there, and of Gitea hands out all at once.
func (s *Server) listComments(r *request) answer {
	p := s.pullOf(r)
	if p == nil {
		return refused(http.StatusInternalServerError, "")
	}
	list := []any{}
	for _, c := range s.comments {
		if c.number == p.number {
			list = append(list, s.commentJSON(c))
		}
	}
	if s.repo.Forgejo {
		return s.page(r, list, false)
	}
	a := ok(list)
	a.header = http.Header{"X-Total-Count": {strconv.Itoa(len(list))}}
	return a
}

func (s *Server) createComment(r *request) answer {
	p := s.pullOf(r)
	if p == nil {
		return refused(http.StatusInternalServerError, "")
	}
	body, _ := field[string](r, "body")
	return created(s.commentJSON(s.say(p.number, r.token.Login, body)))
}

func (s *Server) editComment(r *request) answer {
	i, a := s.commentOf(r)
	if i < 0 {
		return a
	}
	s.comments[i].body, _ = field[string](r, "body")
	return ok(s.commentJSON(s.comments[i]))
}

func (s *Server) deleteComment(r *request) answer {
	i, a := s.commentOf(r)
	if i < 0 {
		return a
	}
	s.comments = append(s.comments[:i:i], s.comments[i+1:]...)
	return answer{status: http.StatusNoContent}
}

// commentOf returns where the comment is that a path names, or the refusal.
func (s *Server) commentOf(r *request) (int, answer) {
	i := slices.IndexFunc(s.comments, func(c *comment) bool { return strconv.FormatInt(c.id, 10) == r.PathValue("id") })
	if i < 0 {
		return -1, s.notFound()
	}
	if s.comments[i].user != r.token.Login && !r.user.Write && !r.user.Admin {
		return -1, answer{status: http.StatusForbidden}
	}
	return i, answer{}
}
