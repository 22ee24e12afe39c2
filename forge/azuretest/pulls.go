package azuretest

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"unicode/utf16"
)

// What is stored at most, in units of UTF-16.
const (
	longestDescription = 4000
	longestTitle       = 400
	longestComment     = 150000
	listedDescription  = 400
)

func tooLong(text string, limit int) bool { return len(utf16.Encode([]rune(text))) > limit }

// start returns the first units of a text.
func start(text string, limit int) string {
	units := utf16.Encode([]rune(text))
	return string(utf16.Decode(units[:min(limit, len(units))]))
}

func (s *Server) pullJSON(p *pull) map[string]any {
	doc := map[string]any{
		"pullRequestId": p.number, "codeReviewId": p.number, "status": p.status, "createdBy": s.ref(p.author), "title": p.title,
		"sourceRefName": "refs/heads/" + p.head, "targetRefName": "refs/heads/" + p.base, "isDraft": p.draft, "mergeStatus": "succeeded",
		"lastMergeSourceCommit": map[string]any{"commitId": p.headAt}, "supportsIterations": true,
		// An open pull request has a commit that was merged on trial.
		"lastMergeCommit": map[string]any{"commitId": "7e57" + p.headAt[4:]}, "repository": s.repositoryJSON(),
		"url": s.URL() + "/_apis/git/repositories/x/pullRequests/" + fmt.Sprint(p.number), "creationDate": p.iterations[0].when,
	}
	if p.description != "" {
		doc["description"] = p.description
	}
	if p.fork {
		doc["forkSource"] = map[string]any{"name": "refs/heads/" + p.head, "repository": map[string]any{"name": "fork"}}
	}
	if p.merge != "" {
		doc["lastMergeCommit"] = map[string]any{"commitId": p.merge}
	}
	if p.auto != "" {
		doc["autoCompleteSetBy"] = s.ref(p.auto)
		doc["completionOptions"] = map[string]any{"mergeStrategy": p.strategy}
	}
	reviewers := []any{}
	for _, v := range p.reviewers {
		reviewers = append(reviewers, s.reviewerJSON(v))
	}
	doc["reviewers"] = reviewers
	return doc
}

// listedJSON is a pull request in a list: with labels, and with the start of its
// description.
func (s *Server) listedJSON(p *pull) map[string]any {
	doc := s.pullJSON(p)
	if p.description != "" {
		doc["description"] = start(p.description, listedDescription)
	}
	if len(p.labels) > 0 {
		doc["labels"] = labelsJSON(p.labels)
	}
	return doc
}

func labelsJSON(names []string) []map[string]any {
	all := []map[string]any{}
	for _, n := range names {
		all = append(all, map[string]any{"id": identifier(n), "name": n, "active": true})
	}
	return all
}

// pull returns the pull request that a path names.
func (s *Server) pull(r *request) *pull {
	if n := r.number("pullRequestId"); n > 0 && n <= len(s.pulls) {
		return s.pulls[n-1]
	}
	return nil
}

func (s *Server) getPulls(r *request) answer {
	if p := s.pull(r); p != nil {
		return ok(s.pullJSON(p))
	}
	q := r.URL.Query()
	want := q.Get("searchCriteria.status")
	if want == "" {
		want = "active"
	}
	if !slices.Contains(enums["PullRequestStatus"], want) {
		return invalid("searchCriteria.status")
	}
	var found []map[string]any
	for _, p := range slices.Backward(s.pulls) {
		from, to := q.Get("searchCriteria.sourceRefName"), q.Get("searchCriteria.targetRefName")
		if (want == "all" || p.status == want) && (from == "" || strings.EqualFold(from, "refs/heads/"+p.head)) &&
			(to == "" || strings.EqualFold(to, "refs/heads/"+p.base)) {
			found = append(found, s.listedJSON(p))
		}
	}
	return list(page(q, found))
}

func (s *Server) createPull(r *request) answer {
	source, _ := r.text("sourceRefName")
	target, _ := r.text("targetRefName")
	title, _ := r.text("title")
	description, _ := r.text("description")
	head, isHead := strings.CutPrefix(source, "refs/heads/")
	base, isBase := strings.CutPrefix(target, "refs/heads/")
	if !isHead || !isBase {
		return invalid("sourceRefName and targetRefName are full names of branches.")
	}
	if a, bad := badText(title, description); bad {
		return a
	}
	if s.branches[head] == "" || s.branches[base] == "" || head == base {
		return refused(http.StatusBadRequest, "GitPullRequestStaleException", "TF401398: The pull request cannot be activated because the source and/or the target branch no longer exists.")
	}
	for _, p := range s.pulls {
		if p.status == "active" && !p.fork && p.head == head && p.base == base {
			return refused(http.StatusConflict, "GitPullRequestExistsException", "TF401179: An active pull request for the source and target branch already exists.")
		}
	}
	draft, _ := r.body["isDraft"].(bool)
	p := s.open(&pull{
		title: strings.TrimSpace(title), description: description, author: r.token.User,
		head: head, base: base, headAt: s.branches[head], draft: draft,
	})
	return created(s.pullJSON(p))
}

func badText(title, description string) (answer, bool) {
	switch {
	case strings.TrimSpace(title) == "":
		return invalid("A title for a pull request must not be empty."), true
	case tooLong(title, longestTitle):
		return invalid("A title for a pull request must not be longer than 400 characters."), true
	case tooLong(description, longestDescription):
		return invalid("A description for a pull request must not be longer than 4000 characters."), true
	}
	return answer{}, false
}

// updatable is what can be changed of a pull request.
var updatable = []string{"status", "title", "description", "completionOptions", "mergeOptions", "autoCompleteSetBy", "targetRefName", "isDraft"}

func (s *Server) updatePull(r *request) answer {
	p := s.pull(r)
	for name := range r.body {
		if !slices.Contains(updatable, name) {
			return invalid(name + " can not be changed.")
		}
	}
	title, description := p.title, p.description
	if v, given := r.text("title"); given {
		title = v
	}
	if v, given := r.text("description"); given {
		description = v
	}
	if a, bad := badText(title, description); bad {
		return a
	}
	status, changes := r.text("status")
	if p.status != "active" && !(changes && status == "active" && p.status == "abandoned") {
		return refused(http.StatusBadRequest, "GitPullRequestNotEditableException", "TF401181: The pull request cannot be edited due to its state.")
	}
	if a, bad := s.setAutoComplete(r, p); bad {
		return a
	}
	if changes {
		p.status = status
	}
	p.title, p.description = strings.TrimSpace(title), description
	return ok(s.pullJSON(p))
}

// setAutoComplete has a pull request merged once the policies are met, which may
// be now.
func (s *Server) setAutoComplete(r *request, p *pull) (answer, bool) {
	if o, given := r.body["completionOptions"].(map[string]any); given {
		p.strategy, _ = o["mergeStrategy"].(string)
	}
	by, given := r.body["autoCompleteSetBy"].(map[string]any)
	if !given {
		return answer{}, false
	}
	id, _ := by["id"].(string)
	if s.nameOf(id) != r.token.User {
		return invalid("autoCompleteSetBy"), true
	}
	p.auto = r.token.User
	if !slices.Contains(s.policies[p.base], MinimumReviewers) {
		s.complete(p)
	}
	return answer{}, false
}

func (s *Server) getLabels(r *request) answer { return list(labelsJSON(s.pull(r).labels)) }

// addLabel creates the label if it is not there yet.
func (s *Server) addLabel(r *request) answer {
	p := s.pull(r)
	name, _ := r.text("name")
	if strings.TrimSpace(name) == "" || tooLong(name, 400) || strings.ContainsAny(name, ",;") {
		return refused(http.StatusBadRequest, "InvalidTagNameException", "VS402335: The tag name is not valid.")
	}
	if !slices.ContainsFunc(p.labels, func(l string) bool { return strings.EqualFold(l, name) }) {
		p.labels = append(p.labels, name)
	}
	return ok(labelsJSON([]string{name})[0])
}

// queryPulls finds pull requests by their commits.
func (s *Server) queryPulls(r *request) answer {
	queries, _ := r.body["queries"].([]any)
	results := []any{}
	for _, q := range queries {
		query, _ := q.(map[string]any)
		items, _ := query["items"].([]any)
		found := map[string][]any{}
		for _, item := range items {
			sha, _ := item.(string)
			for _, p := range s.pulls {
				made := p.merge == sha || "7e57"+p.headAt[4:] == sha
				has := slices.ContainsFunc(p.iterations, func(i iteration) bool { return i.at == sha })
				if query["type"] == "lastMergeCommit" && made || query["type"] == "commit" && has {
					found[sha] = append(found[sha], s.listedJSON(p))
				}
			}
		}
		results = append(results, found)
	}
	return ok(map[string]any{"queries": queries, "results": results})
}
