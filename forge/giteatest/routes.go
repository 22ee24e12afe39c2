package giteatest

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
)

// A route is a call that the API has.
type route struct {
	pattern string
	scope   string // of which a token needs one to read or write
	handle  func(*Server, *request) answer
	frozen  bool // refused while the repository is archived
	writer  bool // for those who may write to the repository
	body    map[string]kind
	must    []string // of the body
	query   []string
}

// A kind is what an attribute of a body may be, besides null.
type kind int

const (
	text kind = iota
	number
	truth
	texts
	numbers
)

var paged = []string{"page", "limit"}

// routes is what the API has, with the attributes that its description lists.
var routes = []route{
	{pattern: "GET /user", scope: "user", handle: (*Server).user},
	{pattern: "GET /orgs/{org}/labels", scope: "organization", handle: (*Server).listOrgLabels, query: paged},
	{pattern: "GET /repos/{owner}/{repo}", scope: "repository", handle: (*Server).repository},

	{pattern: "GET /repos/{owner}/{repo}/pulls", scope: "repository", handle: (*Server).listPulls, query: []string{"page", "limit", "state", "sort", "milestone", "labels", "poster", "base_branch"}},
	{
		pattern: "POST /repos/{owner}/{repo}/pulls", scope: "repository", handle: (*Server).createPull, frozen: true, must: []string{"head", "base", "title"},
		body: map[string]kind{
			"head": text, "base": text, "title": text, "body": text, "assignee": text, "assignees": texts, "milestone": number, "labels": numbers,
			"due_date": text, "reviewers": texts, "team_reviewers": texts, "allow_maintainer_edit": truth,
		},
	},
	{pattern: "GET /repos/{owner}/{repo}/pulls/{number}", scope: "repository", handle: (*Server).getPull},
	{
		pattern: "PATCH /repos/{owner}/{repo}/pulls/{number}", scope: "repository", handle: (*Server).editPull,
		body: map[string]kind{
			"title": text, "body": text, "base": text, "assignee": text, "assignees": texts, "milestone": number, "labels": numbers, "state": text,
			"due_date": text, "unset_due_date": truth, "allow_maintainer_edit": truth, "content_version": number,
		},
	},
	{
		pattern: "POST /repos/{owner}/{repo}/pulls/{number}/merge", scope: "repository", handle: (*Server).mergePull, frozen: true, must: []string{"Do"},
		body: map[string]kind{
			"Do": text, "MergeCommitID": text, "MergeTitleField": text, "MergeMessageField": text, "delete_branch_after_merge": truth, "force_merge": truth,
			"head_commit_id": text, "merge_when_checks_succeed": truth,
		},
	},
	{pattern: "GET /repos/{owner}/{repo}/pulls/{number}/reviews", scope: "repository", handle: (*Server).listReviews, query: paged},
	{
		pattern: "POST /repos/{owner}/{repo}/pulls/{number}/requested_reviewers", scope: "repository", handle: (*Server).requestReviewers,
		body: map[string]kind{"reviewers": texts, "team_reviewers": texts},
	},

	{pattern: "GET /repos/{owner}/{repo}/labels", scope: "issue", handle: (*Server).listLabels, query: paged},
	{
		pattern: "POST /repos/{owner}/{repo}/labels", scope: "issue", handle: (*Server).createLabel, writer: true, must: []string{"name", "color"},
		body: map[string]kind{"name": text, "color": text, "description": text, "exclusive": truth, "is_archived": truth},
	},
	{pattern: "POST /repos/{owner}/{repo}/issues/{number}/labels", scope: "issue", handle: (*Server).addLabels, body: map[string]kind{"labels": numbers}},
	{pattern: "GET /repos/{owner}/{repo}/issues/{number}/comments", scope: "issue", handle: (*Server).listComments, query: []string{"since", "before", "page", "limit"}},
	{
		pattern: "POST /repos/{owner}/{repo}/issues/{number}/comments", scope: "issue", handle: (*Server).createComment, frozen: true, must: []string{"body"},
		body: map[string]kind{"body": text},
	},
	{
		pattern: "PATCH /repos/{owner}/{repo}/issues/comments/{id}", scope: "issue", handle: (*Server).editComment, frozen: true, must: []string{"body"},
		body: map[string]kind{"body": text},
	},
	{pattern: "DELETE /repos/{owner}/{repo}/issues/comments/{id}", scope: "issue", handle: (*Server).deleteComment},
	{pattern: "GET /repos/{owner}/{repo}/assignees", scope: "repository", handle: (*Server).listAssignees},

	{
		pattern: "POST /repos/{owner}/{repo}/statuses/{sha}", scope: "repository", handle: (*Server).createStatus, writer: true,
		body: map[string]kind{"state": text, "target_url": text, "description": text, "context": text},
	},
	{pattern: "GET /repos/{owner}/{repo}/git/commits/{sha}", scope: "repository", handle: (*Server).getCommit},
	{pattern: "GET /repos/{owner}/{repo}/git/refs/pull/{number}/head", scope: "repository", handle: (*Server).headOfPull},
	{pattern: "GET /repos/{owner}/{repo}/commits/{sha}/pull", scope: "repository", handle: (*Server).pullOfCommit},
	{pattern: "GET /repos/{owner}/{repo}/branches/{branch...}", scope: "repository", handle: (*Server).getBranch},
	{pattern: "GET /repos/{owner}/{repo}/branch_protections/{branch}", scope: "repository", handle: (*Server).getProtection},
	{pattern: "GET /repos/{owner}/{repo}/collaborators/{user}/permission", scope: "repository", handle: (*Server).permission},
}

// check says what the API's description does not allow of a request.
func (r route) check(req *request) string {
	for _, name := range slices.Sorted(maps.Keys(req.URL.Query())) {
		if !slices.Contains(r.query, name) {
			return fmt.Sprintf("[%s]: there is no such parameter", name)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(req.body)) {
		k, known := r.body[name]
		if !known {
			return fmt.Sprintf("[%s]: there is no such attribute", name)
		}
		if !k.fits(req.body[name]) {
			return fmt.Sprintf("[%s]: json: cannot unmarshal %s", name, req.body[name])
		}
	}
	for _, name := range r.must {
		if raw := string(req.body[name]); raw == "" || raw == "null" || raw == `""` {
			return fmt.Sprintf("[%s]: Required", name)
		}
	}
	return ""
}

// fits reports whether a value is one of the kind.
func (k kind) fits(raw json.RawMessage) bool {
	into := map[kind]any{text: new(string), number: new(int64), truth: new(bool), texts: new([]string), numbers: new([]int64)}
	return json.Unmarshal(raw, into[k]) == nil
}
