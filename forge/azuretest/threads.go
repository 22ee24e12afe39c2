package azuretest

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"
)

func (s *Server) threadJSON(t *thread) map[string]any {
	comments := []any{}
	for _, c := range t.comments {
		comments = append(comments, s.commentJSON(c))
	}
	doc := map[string]any{
		"id": t.id, "publishedDate": t.when, "lastUpdatedDate": t.when, "comments": comments, "isDeleted": t.deleted,
		"threadContext": nil, "properties": map[string]any{}, "identities": nil,
	}
	if t.status != "" {
		doc["status"] = t.status
	}
	if t.voter != "" {
		property := func(v string) map[string]any { return map[string]any{"$type": "System.String", "$value": v} }
		doc["properties"] = map[string]any{
			"CodeReviewThreadType": property("VoteUpdate"), "CodeReviewVoteResult": property(strconv.Itoa(t.vote)),
			"CodeReviewVotedByInitiatorIdentity": property("1"), "CodeReviewVotedByIdentity": property("1"),
		}
		doc["identities"] = map[string]any{"1": s.ref(t.voter)}
	}
	return doc
}

func (s *Server) commentJSON(c *comment) map[string]any {
	kind := "text"
	if c.system {
		kind = "system"
	}
	doc := map[string]any{"id": c.id, "parentCommentId": 0, "author": s.ref(c.author), "commentType": kind, "isDeleted": c.deleted}
	if !c.deleted {
		doc["content"] = c.text
	}
	return doc
}

// getThreads returns all at once, with what was deleted.
func (s *Server) getThreads(r *request) answer {
	var all []map[string]any
	for _, t := range s.pull(r).threads {
		all = append(all, s.threadJSON(t))
	}
	return list(all)
}

func (s *Server) createThread(r *request) answer {
	comments, _ := r.body["comments"].([]any)
	if len(comments) != 1 {
		return invalid("comments")
	}
	first, _ := comments[0].(map[string]any)
	text, _ := first["content"].(string)
	if a, bad := badComment(text); bad {
		return a
	}
	status, given := r.text("status")
	if !given {
		status = "unknown"
	}
	return ok(s.threadJSON(s.say(s.pull(r), r.token.User, text, status)))
}

func badComment(text string) (answer, bool) {
	if strings.TrimSpace(text) == "" || tooLong(text, longestComment) {
		return invalid(fmt.Sprintf("A comment must have between 1 and %d characters.", longestComment)), true
	}
	return answer{}, false
}

// commentOf returns the comment that a path names, if its author asks.
func (s *Server) commentOf(r *request) (*thread, *comment, answer) {
	for _, t := range s.pull(r).threads {
		for _, c := range t.comments {
			switch {
			case t.id != r.number("threadId") || c.id != r.number("commentId") || c.deleted:
			case c.author != r.token.User:
				return nil, nil, refused(http.StatusForbidden, "DiscussionPermissionDeniedException", "TF401289: You can only edit your own comments.")
			default:
				return t, c, answer{}
			}
		}
	}
	return nil, nil, refused(http.StatusNotFound, "DiscussionCommentNotFoundException", "TF401256: The comment could not be found.")
}

func (s *Server) editComment(r *request) answer {
	_, c, problem := s.commentOf(r)
	if c == nil {
		return problem
	}
	text, _ := r.text("content")
	if a, bad := badComment(text); bad {
		return a
	}
	c.text = text
	return ok(s.commentJSON(c))
}

// deleteComment leaves a thread without content.
func (s *Server) deleteComment(r *request) answer {
	t, c, problem := s.commentOf(r)
	if c == nil {
		return problem
	}
	c.deleted, t.deleted = true, len(t.comments) == 1
	return answer{status: http.StatusOK}
}

func (s *Server) getIterations(r *request) answer {
	var all []map[string]any
	for i, it := range s.pull(r).iterations {
		all = append(all, map[string]any{
			"id": i + 1, "createdDate": it.when, "updatedDate": it.when, "reason": "push",
			"sourceRefCommit": map[string]any{"commitId": it.at},
		})
	}
	return list(all)
}

func (s *Server) repositoryJSON() map[string]any {
	return map[string]any{
		"id": identifier(s.repo.Name), "name": s.repo.Name, "defaultBranch": "refs/heads/main", "isDisabled": s.repo.Disabled,
		"project": map[string]any{"id": identifier(s.repo.Project), "name": s.repo.Project, "state": "wellFormed", "visibility": "private"},
	}
}

func (s *Server) repository(*request) answer { return ok(s.repositoryJSON()) }

// configurations returns policies one at a time, with some that do not block.
func (s *Server) configurations(r *request) answer {
	q := r.URL.Query()
	if q.Get("repositoryId") != identifier(s.repo.Name) {
		return invalid("repositoryId")
	}
	branch := strings.TrimPrefix(q.Get("refName"), "refs/heads/")
	all := []map[string]any{
		{"id": 1, "isEnabled": false, "isBlocking": true, "isDeleted": false, "type": map[string]any{"id": MinimumReviewers}},
		{"id": 2, "isEnabled": true, "isBlocking": false, "isDeleted": false, "type": map[string]any{"id": MinimumReviewers}},
	}
	for i, kind := range s.policies[branch] {
		all = append(all, map[string]any{
			"id": 3 + i, "isEnabled": true, "isBlocking": true, "isDeleted": false, "type": map[string]any{"id": kind, "displayName": "a policy"},
		})
	}
	at, _ := strconv.Atoi(q.Get("continuationToken"))
	a := list(all[at : at+1])
	if at+1 < len(all) {
		a.header = http.Header{"X-Ms-Continuationtoken": {strconv.Itoa(at + 1)}}
	}
	return a
}

func statusOf(r *request) (Status, answer, bool) {
	var st Status
	context, _ := r.body["context"].(map[string]any)
	st.Genre, _ = context["genre"].(string)
	st.Name, _ = context["name"].(string)
	st.State, _ = r.text("state")
	st.Description, _ = r.text("description")
	st.URL, _ = r.text("targetUrl")
	n, _ := r.body["iterationId"].(float64)
	st.Iteration = int(n)
	if st.Name == "" || st.State == "" {
		return st, invalid("context.name and state"), false
	}
	return st, answer{}, true
}

func (s *Server) setStatus(r *request) answer {
	sha := r.path["commitId"]
	if _, there := s.commits[sha]; !there {
		return refused(http.StatusNotFound, "GitCommitDoesNotExistException", "TF401175: The version descriptor <Commit: "+sha+" > could not be resolved.")
	}
	st, a, good := statusOf(r)
	if !good {
		return a
	}
	s.statuses[sha] = append(s.statuses[sha], st)
	return created(r.body)
}

func (s *Server) setPullStatus(r *request) answer {
	p := s.pull(r)
	st, a, good := statusOf(r)
	if !good {
		return a
	}
	if st.Iteration < 0 || st.Iteration > len(p.iterations) {
		return invalid("iterationId")
	}
	p.statuses = append(p.statuses, st)
	return ok(r.body)
}
