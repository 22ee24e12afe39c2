package giteatest

import (
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
)

// pullJSON returns a pull request as a list has it, or as one that is asked for.
func (s *Server) pullJSON(p *pull, whole bool) map[string]any {
	own := map[string]any{"id": 1, "full_name": s.fullName()}
	head := map[string]any{"label": p.head, "ref": fmt.Sprintf("refs/pull/%d/head", p.number), "sha": p.headAt, "repo_id": 1, "repo": own}
	if b := s.branches[p.head]; b != nil && !p.fork {
		head["ref"] = p.head
		if whole { // of a list, the sha is that of the pull request's own ref
			head["sha"] = b.at
		}
	}
	if p.fork {
		head["ref"], head["repo_id"], head["repo"] = p.head, 2, map[string]any{"id": 2}
	}
	doc := map[string]any{
		"id": 1000 + p.number, "number": p.number, "title": p.title, "body": p.body, "user": s.userJSON(p.author),
		"state": "open", "draft": s.isDraft(p.title), "html_url": fmt.Sprintf("https://git.example.com/%s/pulls/%d", s.fullName(), p.number),
		"labels": s.labelsJSON(p.labels), "assignees": s.usersJSON(p.assignees), "merged": p.merged, "merge_commit_sha": nil,
		"requested_reviewers": nil, "requested_reviewers_teams": nil,
		"head": head, "base": map[string]any{"label": p.base, "ref": p.base, "repo_id": 1, "repo": own},
	}
	if whole {
		doc["requested_reviewers"], doc["requested_reviewers_teams"] = s.requested(p)
	}
	if p.closed {
		doc["state"] = "closed"
	}
	if p.merged {
		doc["merge_commit_sha"], doc["merged_at"] = p.merge, "2024-05-06T07:08:09Z"
	}
	return doc
}

// requested lists all that were asked or have reviewed, as Gitea does.
func (s *Server) requested(p *pull) (users, teams []map[string]any) {
	users, teams = []map[string]any{}, []map[string]any{}
	for _, r := range p.reviews {
		switch {
		case r.team != "":
			teams = append(teams, map[string]any{"name": r.team})
		case !r.dismissed:
			users = append(users, s.userJSON(r.user))
		}
	}
	return users, teams
}

func (s *Server) listPulls(r *request) answer {
	state := r.URL.Query().Get("state")
	var list []any
	for _, p := range slices.Backward(s.pulls) {
		if state == "all" || p.closed == (state == "closed") {
			list = append(list, s.pullJSON(p, false))
		}
	}
	return s.page(r, list, true)
}

func (s *Server) createPull(r *request) answer {
	title, _ := field[string](r, "title")
	body, _ := field[string](r, "body")
	head, _ := field[string](r, "head")
	base, _ := field[string](r, "base")
	if head == base {
		return refused(http.StatusUnprocessableEntity, "Invalid PullRequest: There are no changes between the head and the base")
	}
	if s.branches[head] == nil || s.branches[base] == nil {
		return s.notFound()
	}
	if s.rival {
		s.rival = false
		s.pulls = append(s.pulls, &pull{
			number: len(s.pulls) + 1, title: "rival", author: r.token.Login, head: head, base: base, headAt: s.branches[head].at,
		})
	} else if i := slices.IndexFunc(s.pulls, func(p *pull) bool { return !p.closed && !p.fork && p.head == head && p.base == base }); i >= 0 {
		return refused(http.StatusConflict, "pull request already exists for these targets [id: %d, issue_id: %d, head_repo_id: 1, base_repo_id: 1, head_branch: %s, base_branch: %s]", i+1, i+1, head, base)
	}
	p := &pull{
		number: len(s.pulls) + 1, title: cutTitle(title), body: body, author: r.token.Login,
		head: head, base: base, headAt: s.branches[head].at,
	}
	s.pulls = append(s.pulls, p)
	return created(s.pullJSON(p, true))
}

// cutTitle shortens a title without a word, as Gitea does.
func cutTitle(title string) string {
	const longest = 255
	runes := []rune(title)
	return string(runes[:min(len(runes), longest)])
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
		return ok(s.pullJSON(p, true))
	}
	return s.notFound()
}

// editPull answers 201, for whatever reason.
func (s *Server) editPull(r *request) answer {
	p := s.pullOf(r)
	if p == nil {
		return s.notFound()
	}
	may := r.user.Write || r.user.Admin
	if p.author != r.token.Login && !may {
		return answer{status: http.StatusForbidden}
	}
	if v, _ := field[string](r, "title"); v != "" {
		p.title = cutTitle(v)
	}
	if v, given := field[string](r, "body"); given {
		p.body = v
	}
	if names, given := field[[]string](r, "assignees"); given && may {
		for _, n := range names {
			u, known := s.users[n]
			if !known {
				return refused(http.StatusUnprocessableEntity, "Assignee does not exist: [name: user does not exist [uid: 0, name: %s]]", n)
			}
			if !u.Write && !u.Admin {
				return refused(http.StatusInternalServerError, "")
			}
		}
		p.assignees = slices.Compact(slices.Sorted(slices.Values(names)))
	}
	if state, given := field[string](r, "state"); given {
		if p.merged {
			return refused(http.StatusPreconditionFailed, "cannot change state of this pull request, it was already merged")
		}
		p.closed = state == "closed"
	}
	return created(s.pullJSON(p, true))
}

// mergePull merges at once what requires nothing, and puts off what does.
func (s *Server) mergePull(r *request) answer {
	p := s.pullOf(r)
	if p == nil || p.closed && !p.merged {
		return s.notFound()
	}
	style, _ := field[string](r, "Do")
	later, _ := field[bool](r, "merge_when_checks_succeed")
	rule := s.branches[p.base].rule
	switch {
	case p.merged:
		return refused(http.StatusMethodNotAllowed, "The PR is already merged")
	case !r.user.Write && !r.user.Admin:
		return refused(http.StatusMethodNotAllowed, "User not allowed to merge PR")
	case s.isDraft(p.title):
		return refused(http.StatusMethodNotAllowed, "Work in progress PRs cannot be merged")
	case s.checkings > 0:
		s.checkings--
		return refused(http.StatusMethodNotAllowed, "Please try again later")
	case later && p.auto != "":
		return refused(http.StatusConflict, "pull request is already scheduled to auto merge when checks succeed [pull_id: %d]", p.number)
	case later:
		p.auto = style
		if rule == nil || rule.Approvals == 0 && len(rule.Checks) == 0 {
			s.merge(p)
		}
		return answer{status: http.StatusCreated}
	}
	return refused(http.StatusMethodNotAllowed, "not all required status checks successful")
}

func (s *Server) listReviews(r *request) answer {
	p := s.pullOf(r)
	if p == nil {
		return s.notFound()
	}
	var list []any
	for _, v := range p.reviews {
		doc := map[string]any{
			"id": v.id, "user": nil, "team": nil, "state": v.state, "commit_id": v.commit,
			"stale": v.stale, "dismissed": v.dismissed, "official": v.official,
		}
		if v.team != "" {
			doc["team"] = map[string]any{"name": v.team}
		} else {
			doc["user"] = s.userJSON(v.user)
		}
		list = append(list, doc)
	}
	return s.page(r, list, false)
}

// requestReviewers asks one after the other, up to the first that can not be.
func (s *Server) requestReviewers(r *request) answer {
	p := s.pullOf(r)
	if p == nil {
		return s.notFound()
	}
	users, _ := field[[]string](r, "reviewers")
	teams, _ := field[[]string](r, "team_reviewers")
	for _, u := range users {
		if _, known := s.users[u]; !known {
			return refused(http.StatusNotFound, "User '%s' not exist", u)
		}
	}
	for _, team := range teams {
		if team != Team {
			return refused(http.StatusNotFound, "Team '%s' not exist", team)
		}
	}
	for _, u := range users {
		switch v := s.users[u]; {
		case !v.Read && !v.Write && !v.Admin && s.repo.Private:
			return refused(http.StatusUnprocessableEntity, "Reviewer can't read [user_id: 1, repo_id: 1]")
		case strings.EqualFold(u, p.author):
			return refused(http.StatusUnprocessableEntity, "poster of pr can't be reviewer [user_id: 1, repo_id: 1]")
		}
		s.ask(p, review{user: u})
	}
	for _, team := range teams {
		s.ask(p, review{team: team})
	}
	return created([]any{})
}

// ask asks for a review, unless it is asked for already.
func (s *Server) ask(p *pull, r review) {
	for _, have := range p.reviews {
		if have.user == r.user && have.team == r.team && have.state == "REQUEST_REVIEW" {
			return
		}
	}
	s.nextID++
	r.id, r.state = s.nextID, "REQUEST_REVIEW"
	p.reviews = append(p.reviews, &r)
}

// Team is the name of the one team that there is.
const Team = "core"
