package ongitea

import (
	"fmt"
	"path/filepath"
	"strings"
)

const record = "refs/lockstep/published/contoso"

// changed returns the file of the named value with another value.
func (w *world) changed(value string) string {
	return fmt.Sprintf("{\n  \"properties\": {\n    \"displayName\": \"rate-per-minute\",\n    \"value\": %q\n  }\n}\n", value)
}

// approve approves a pull request.
func (w *world) approve(number int, user string) {
	w.Helper()
	w.call(user, "POST", fmt.Sprintf("/pulls/%d/reviews", number), object{"event": "APPROVED", "body": "fine"}, nil)
}

// publish plans below a pull request, publishes what is merged, and records it.
func publish(w *world) {
	w.adopt()
	w.run(0, "publisher --record", "recorded: ")
	if w.at(record) == "" {
		w.Fatalf("%s is not there", record)
	}
	w.run(0, "publisher --record", "recorded already")

	n, commit := w.pullOf("topic", w.changed("90"))
	job := fmt.Sprintf("GITEA_ACTIONS=true GITHUB_ACTIONS=true GITHUB_SERVER_URL=%s GITHUB_REPOSITORY=acme/%s GITHUB_REF=refs/pull/%d/merge GITHUB_HEAD_REF=topic GITHUB_BASE_REF=main GITHUB_SHA=%s GITHUB_RUN_ID=7 ",
		w.Site, w.name, n, commit)
	w.run(0, job+"publisher plan --commit topic --comment --status --since last", "1 to update")
	w.run(0, job+"publisher plan --commit topic --comment --environment prod", "1 to update")
	w.pullPush("topic", w.changed("91"))
	w.run(0, job+"publisher plan --commit topic --comment", "1 to update")
	if c := w.comments(n); len(c) != 2 {
		w.Errorf("comments: got %d, want one for each environment:\n%s", len(c), strings.Join(c, "\n---\n"))
	}
	var combined struct{ State string }
	w.call("root", "GET", "/commits/"+commit+"/status", nil, &combined)
	if combined.State != "success" {
		w.Errorf("status of the plan: got %q, want success", combined.State)
	}

	w.merge(n, "merge")
	w.run(0, "publisher --record --since last", "1 updated", "recorded: ")
	w.run(0, "publisher --record --since last", "nothing to do")
	w.run(0, "extractor --pull-request", "no drift")

	// From a checkout as jobs have it: shallow, with a detached HEAD.
	w.write("main", file, w.changed("92"))
	shallow := filepath.Join(w.TempDir(), "checkout")
	w.git(".", "clone", "--quiet", "--depth=1", w.remote("dana"), shallow)
	w.git(shallow, "checkout", "--quiet", "--detach")
	w.run(0, "LOCKSTEP_REPO="+shallow+" publisher --record --since last", "1 updated", "recorded: ")

	// History is rewritten.
	w.git(w.work, "reset", "--quiet", "--hard", "HEAD~1")
	w.git(w.work, "commit", "--quiet", "--allow-empty", "--message", "Another")
	w.git(w.work, "push", "--quiet", "--force", "origin", "HEAD:main")
	w.run(1, "publisher --record", "is not in the history of", "--allow-rewrite")
	w.run(1, "publisher plan --record", "is not in the history of")
	w.run(0, "publisher --record --allow-rewrite", "recorded: ")
	w.git(w.work, "fetch", "--quiet", "origin", record)
	if text := w.git(w.work, "log", "-1", "--format=%B", "FETCH_HEAD"); !strings.Contains(text, "Lockstep-Rewrite: allowed") {
		w.Errorf("the record says nothing of it:\n%s", text)
	}
}

// pullPush adds a commit with a change to the file to a branch.
func (w *world) pullPush(branch, text string) {
	w.Helper()
	w.sync()
	w.git(w.work, "checkout", "--quiet", "--detach", "origin/"+branch)
	w.write(branch, file, text)
}

// guards hold a commit against what the forge knows of it.
func guards(w *world) {
	w.adopt()
	const run = "publisher --require-approvals 1 --require-protected-branch --record"
	w.run(1, run, "refused: approvals: pull request 1 has 0 of 1 approvals", "protected branch: anybody who may write can push to main")
	w.call("root", "POST", "/branch_protections", object{"rule_name": "main", "required_approvals": 1, "enable_push": false}, nil)

	for i, how := range []string{"merge", "squash", "rebase-merge"} {
		n, _ := w.pullOf("topic-"+how, w.changed(fmt.Sprint(100+i)))
		w.approve(n, "eve")
		w.approve(n, "rita")
		w.merge(n, how)
		w.run(0, run, fmt.Sprintf("held: approvals: pull request %d was approved by rita", n), "held: protected branch: main is protected", "1 updated", "recorded: ")
	}
	n, _ := w.pullOf("topic-eve", w.changed("110"))
	w.approve(n, "eve")
	w.merge(n, "squash")
	w.run(1, run, fmt.Sprintf("refused: approvals: pull request %d has 0 of 1 approvals", n))

	// Who approves what then changes has not approved it.
	n, _ = w.pullOf("topic-late", w.changed("111"))
	w.approve(n, "rita")
	w.pullPush("topic-late", w.changed("666"))
	w.pull(n)
	w.merge(n, "squash")
	w.run(1, run, fmt.Sprintf("refused: approvals: pull request %d has 0 of 1 approvals", n))
}
