package gitlabtest

import (
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// What GitLab stores of texts, in characters.
const (
	longestTitle       = 255
	longestDescription = 1_048_576
	longestNote        = 1_000_000
)

func (s *Server) requestJSON(m *mergeRequest) map[string]any {
	from := projectID
	if m.fork {
		from++
	}
	doc := map[string]any{
		"id": 1000 + m.number, "iid": m.number, "project_id": projectID, "source_project_id": from, "target_project_id": projectID,
		"title": m.title, "description": m.description, "state": m.state, "draft": isDraft(m.title), "author": s.userJSON(m.author),
		"web_url":       fmt.Sprintf("https://gitlab.com/%s/-/merge_requests/%d", s.project.Path, m.number),
		"source_branch": m.source, "target_branch": m.target, "sha": m.sha, "labels": append([]string{}, m.labels...),
		"reviewers": s.usersJSON(m.reviewers), "assignees": s.usersJSON(m.assignees),
		"merge_when_pipeline_succeeds": m.auto, "squash": m.squash, "merge_commit_sha": nil, "squash_commit_sha": nil,
		"created_at": s.now.Format(time.RFC3339),
	}
	if m.mergedAs != "" {
		doc["merge_commit_sha"] = m.mergedAs
	}
	if m.squashedAs != "" {
		doc["squash_commit_sha"] = m.squashedAs
	}
	return doc
}

// oneJSON has what lists leave out.
func (s *Server) oneJSON(m *mergeRequest) map[string]any {
	doc := s.requestJSON(m)
	doc["head_pipeline"] = nil
	if status := s.pipelines[m.sha]; status != "" {
		doc["head_pipeline"] = map[string]any{"id": 1, "sha": m.sha, "ref": m.source, "status": status}
	}
	return doc
}

func isDraft(title string) bool {
	for _, p := range []string{"draft:", "[draft]", "(draft)"} {
		if strings.HasPrefix(strings.ToLower(strings.TrimSpace(title)), p) {
			return true
		}
	}
	return false
}

// requestOf returns the merge request that a path names.
func (s *Server) requestOf(r *request) *mergeRequest {
	n, err := strconv.Atoi(r.PathValue("iid"))
	if err != nil || n < 1 || n > len(s.requests) {
		return nil
	}
	return s.requests[n-1]
}

func (s *Server) listRequests(r *request) answer {
	state, _ := param[string](r, "state")
	source, bySource := param[string](r, "source_branch")
	target, byTarget := param[string](r, "target_branch")
	list := []any{}
	for _, m := range slices.Backward(s.requests) {
		switch {
		case state != "" && state != "all" && m.state != state:
		case bySource && m.source != source:
		case byTarget && m.target != target:
		default:
			list = append(list, s.requestJSON(m))
		}
	}
	if sort, _ := param[string](r, "sort"); sort == "asc" {
		slices.Reverse(list)
	}
	return page(r, list)
}

func (s *Server) getRequest(r *request) answer {
	if m := s.requestOf(r); m != nil {
		return ok(s.oneJSON(m))
	}
	return notFound("Not found")
}

// createRequest takes branches that are not there, as GitLab does.
func (s *Server) createRequest(r *request) answer {
	m := &mergeRequest{number: len(s.requests) + 1, state: "opened", author: r.token.Username}
	m.source, _ = param[string](r, "source_branch")
	m.target, _ = param[string](r, "target_branch")
	if m.source == m.target {
		return refused(http.StatusUnprocessableEntity, []string{"You can't use same project/branch for source and target"})
	}
	for _, other := range s.requests {
		if other.state == "opened" && !other.fork && other.source == m.source && other.target == m.target {
			return refused(http.StatusConflict, []string{fmt.Sprintf("Another open merge request already exists for this source branch: !%d", other.number)})
		}
	}
	if b := s.branches[m.source]; b != nil {
		m.sha = b.at
	}
	if a, bad := s.apply(r, m); bad {
		return a
	}
	m.versions = []time.Time{s.tick()}
	s.requests = append(s.requests, m)
	return created(s.oneJSON(m))
}

func (s *Server) updateRequest(r *request) answer {
	m := s.requestOf(r)
	if m == nil {
		return notFound("Not found")
	}
	if len(r.params) == 0 {
		return answer{status: http.StatusBadRequest, body: map[string]string{"error": "assignee_id, assignee_ids, … are missing, at least one parameter must be provided"}}
	}
	if a, bad := s.apply(r, m); bad {
		return a
	}
	return ok(s.oneJSON(m))
}

// apply makes of a merge request what the parameters say, or nothing.
func (s *Server) apply(r *request, m *mergeRequest) (answer, bool) {
	title, hasTitle := param[string](r, "title")
	body, hasBody := param[string](r, "description")
	if title = strings.TrimSpace(title); hasTitle {
		switch {
		case title == "":
			return refused(http.StatusBadRequest, map[string]any{"title": []string{"can't be blank"}}), true
		case utf8.RuneCountInString(title) > longestTitle:
			return refused(http.StatusBadRequest, map[string]any{"title": []string{"is too long (maximum is 255 characters)"}}), true
		}
	}
	if utf8.RuneCountInString(body) > longestDescription {
		return refused(http.StatusBadRequest, map[string]any{"description": []string{"is too long (maximum is 1048576 characters)"}}), true
	}
	added, _ := param[[]string](r, "add_labels")
	for _, label := range added {
		if utf8.RuneCountInString(label) > 255 {
			return refused(http.StatusBadRequest, map[string]any{"title": []string{"is too long (maximum is 255 characters)"}}), true
		}
	}
	if hasTitle {
		m.title = title
	}
	if hasBody {
		m.description = s.obey(m, body)
	}
	m.labels = merged(m.labels, added)
	if ids, given := param[[]int](r, "reviewer_ids"); given {
		m.reviewers = s.people(ids, m.reviewers)
	}
	if ids, given := param[[]int](r, "assignee_ids"); given {
		m.assignees = s.people(ids, m.assignees)
	}
	if event, _ := param[string](r, "state_event"); event == "close" && m.state == "opened" {
		m.state, m.auto = "closed", false
	}
	return answer{}, false
}

// people returns those of the numbers that can see the project. If none can,
// all stays as it is.
func (s *Server) people(ids []int, before []string) []string {
	var chosen []string
	if s.project.One {
		ids = ids[:min(1, len(ids))]
	}
	for _, id := range ids {
		for name, u := range s.users {
			if s.ids[name] == id && (u.Level > 0 || !s.project.Private) {
				chosen = append(chosen, name)
			}
		}
	}
	if chosen == nil && len(ids) > 0 {
		return before
	}
	slices.Sort(chosen)
	return chosen
}

// quickActions are some of the words behind a slash that GitLab carries out.
var quickActions = []string{"approve", "assign", "close", "draft", "label", "merge", "ready", "title"}

// obey carries out the quick actions of a text and returns the rest of it. Code
// blocks are no exception: what GitLab takes for one is not what Markdown does.
func (s *Server) obey(m *mergeRequest, body string) string {
	var kept []string
	for line := range strings.SplitSeq(body, "\n") {
		word, _, _ := strings.Cut(strings.TrimPrefix(line, "/"), " ")
		if !strings.HasPrefix(line, "/") || !slices.Contains(quickActions, strings.ToLower(word)) {
			kept = append(kept, line)
			continue
		}
		if strings.EqualFold(word, "close") {
			m.state = "closed"
		}
	}
	body = strings.Join(kept, "\n")
	if s.project.Lossy {
		body = strings.TrimRight(body, " \t\n")
	}
	return body
}

func merged(have, more []string) []string {
	return slices.Compact(slices.Sorted(slices.Values(append(slices.Clone(have), more...))))
}
