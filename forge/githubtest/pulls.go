package githubtest

import (
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// longest is how many characters a body or comment may have.
const longest = 65536

func (s *Server) pullJSON(p *pull) map[string]any {
	owner, from := s.repo.Owner, s.fullName()
	if p.fork != "" {
		owner, from = strings.Split(p.fork, "/")[0], p.fork
	}
	state := "open"
	if p.closed {
		state = "closed"
	}
	doc := map[string]any{
		"number": p.number, "node_id": "PR_" + strconv.Itoa(p.number), "state": state, "title": p.title, "draft": p.draft,
		"html_url": fmt.Sprintf("https://github.com/%s/pull/%d", s.fullName(), p.number), "user": s.userJSON(p.author),
		"head":   map[string]any{"label": owner + ":" + p.head, "ref": p.head, "sha": p.headAt, "repo": map[string]any{"full_name": from}},
		"base":   map[string]any{"label": s.repo.Owner + ":" + p.base, "ref": p.base, "repo": map[string]any{"full_name": s.fullName()}},
		"labels": named(p.labels, "name"), "requested_teams": named(p.teams, "slug"),
		"requested_reviewers": named(p.reviewers, "login"), "assignees": named(p.assignees, "login"),
		// An open pull request has a commit that was merged on trial.
		"merge_commit_sha": "7e57" + p.headAt[4:],
	}
	if p.body != "" {
		doc["body"] = p.body
	} else {
		doc["body"] = nil
	}
	if p.merged {
		doc["merged_at"], doc["merge_commit_sha"] = "2024-05-06T07:08:09Z", p.merge
	}
	if p.auto != "" {
		doc["auto_merge"] = map[string]any{"merge_method": p.auto, "enabled_by": s.userJSON(p.author)}
	}
	return doc
}

func named(names []string, key string) []map[string]any {
	list := []map[string]any{}
	for _, n := range names {
		list = append(list, map[string]any{key: n})
	}
	return list
}

// listPulls filters by head only if that names an owner, as GitHub does.
func (s *Server) listPulls(r *request) answer {
	q := r.URL.Query()
	state := q.Get("state")
	owner, head, byHead := strings.Cut(q.Get("head"), ":")
	var list []any
	for _, p := range slices.Backward(s.pulls) {
		of := s.repo.Owner
		if p.fork != "" {
			of = strings.Split(p.fork, "/")[0]
		}
		switch {
		case state != "all" && p.closed != (state == "closed"):
		case byHead && (!strings.EqualFold(of, owner) || p.head != head):
		case q.Get("base") != "" && q.Get("base") != p.base:
		default:
			list = append(list, s.pullJSON(p))
		}
	}
	if q.Get("direction") == "asc" {
		slices.Reverse(list)
	}
	return page(r, list)
}

func (s *Server) createPull(r *request) answer {
	title, _ := field[string](r, "title")
	body, _ := field[string](r, "body")
	head, hasHead := field[string](r, "head")
	base, hasBase := field[string](r, "base")
	draft, _ := field[bool](r, "draft")
	if !hasHead || !hasBase {
		return refused(http.StatusUnprocessableEntity, "Invalid request.\n\n\"base\", \"head\" weren't supplied.")
	}
	head = strings.TrimPrefix(head, s.repo.Owner+":")
	if s.branches[head] == nil {
		return invalid("PullRequest", "head", "invalid", "")
	}
	if s.branches[base] == nil {
		return invalid("PullRequest", "base", "invalid", "")
	}
	if strings.TrimSpace(title) == "" {
		return invalid("PullRequest", "title", "missing_field", "")
	}
	if a, bad := tooLong("PullRequest", title, body); bad {
		return a
	}
	if s.contains(s.branches[base].at, s.branches[head].at) {
		return invalid("PullRequest", "", "custom", fmt.Sprintf("No commits between %s and %s", base, head))
	}
	for _, p := range s.pulls {
		if !p.closed && p.fork == "" && p.head == head && p.base == base {
			return invalid("PullRequest", "", "custom", fmt.Sprintf("A pull request already exists for %s:%s.", s.repo.Owner, head))
		}
	}
	if draft && s.repo.NoDrafts {
		return refused(http.StatusUnprocessableEntity, "Draft pull requests are not supported in this repository.")
	}
	p := &pull{
		number: len(s.pulls) + 1, title: strings.TrimSpace(title), body: body, author: r.token.Login,
		head: head, base: base, headAt: s.branches[head].at, draft: draft,
	}
	s.pulls = append(s.pulls, p)
	return created(s.pullJSON(p))
}

func tooLong(resource, title, body string) (answer, bool) {
	if utf8.RuneCountInString(title) > 256 {
		return invalid(resource, "title", "custom", "title is too long (maximum is 256 characters)"), true
	}
	if utf8.RuneCountInString(body) > longest {
		return invalid(resource, "body", "custom", fmt.Sprintf("body is too long (maximum is %d characters)", longest)), true
	}
	return answer{}, false
}

// pullOf returns the pull request that a path names.
func (s *Server) pullOf(r *request) *pull {
	n, err := strconv.Atoi(r.PathValue("number"))
	if err != nil || n < 1 || n > len(s.pulls) {
		return nil
	}
	return s.pulls[n-1]
}

func (s *Server) getPull(r *request) answer {
	if p := s.pullOf(r); p != nil {
		return ok(s.pullJSON(p))
	}
	return notFound
}

func (s *Server) editPull(r *request) answer {
	p := s.pullOf(r)
	if p == nil {
		return notFound
	}
	title, body := p.title, p.body
	if v, given := field[string](r, "title"); given {
		title = strings.TrimSpace(v)
	}
	if v, given := field[string](r, "body"); given {
		body = v
	}
	if a, bad := tooLong("PullRequest", title, body); bad {
		return a
	}
	switch state, _ := field[string](r, "state"); {
	case state == "closed":
		p.closed = true
	case state == "open" && p.merged:
		return invalid("PullRequest", "state", "invalid", "state cannot be changed. The pull request is merged.")
	case state == "open":
		p.closed = false
	}
	p.title, p.body = title, body
	return ok(s.pullJSON(p))
}

func (s *Server) listReviews(r *request) answer {
	p := s.pullOf(r)
	if p == nil {
		return notFound
	}
	var list []any
	for _, v := range p.reviews {
		list = append(list, map[string]any{"user": s.userJSON(v.user), "state": v.state, "commit_id": v.commit})
	}
	return page(r, list)
}

// requestReviewers takes all or none.
func (s *Server) requestReviewers(r *request) answer {
	p := s.pullOf(r)
	if p == nil {
		return notFound
	}
	users, _ := field[[]string](r, "reviewers")
	teams, _ := field[[]string](r, "team_reviewers")
	for _, u := range users {
		if strings.EqualFold(u, p.author) {
			return refused(http.StatusUnprocessableEntity, "Review cannot be requested from pull request author.")
		}
		if !s.users[u].Write {
			return refused(http.StatusUnprocessableEntity, "Reviews may only be requested from collaborators. One or more of the users or teams you specified is not a collaborator of the "+s.fullName()+" repository.")
		}
	}
	for _, team := range teams {
		if team != Team || r.token.Installation {
			return refused(http.StatusUnprocessableEntity, "Could not resolve to a node with the global id of '"+team+"'.")
		}
	}
	p.reviewers = merged(p.reviewers, users)
	p.teams = merged(p.teams, teams)
	return created(s.pullJSON(p))
}

// Team is the name of the one team that there is.
const Team = "core"

func merged(have, more []string) []string {
	return slices.Compact(slices.Sorted(slices.Values(append(slices.Clone(have), more...))))
}
