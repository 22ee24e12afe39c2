package ongitea

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

const (
	line = "refs/heads/lockstep/contoso"
	file = "apimartifacts/named values/rate-per-minute/namedValueInformation.json"
)

// TestRealGitea tells stories of whole programs, each in a repository of its
// own.
func TestRealGitea(t *testing.T) {
	s := newSite(t)
	for _, story := range []struct {
		name string
		tell func(*world)
	}{
		{"drift", drift},
		{"people", people},
		{"publish", publish},
		{"guards", guards},
		{"signed", signed},
		{"trouble", trouble},
		{"teams", teams},
	} {
		t.Run(story.name, func(t *testing.T) { story.tell(s.newWorld(t, story.name)) })
	}
}

// drift opens a pull request, brings it up to date in place, and closes it.
func drift(w *world) {
	w.adopt()
	w.rate("120")
	const run = "extractor --pull-request --status --label drift --label gateway --reviewer rita --assignee dana"
	w.run(3, run+" --exit-code", "branch lockstep/contoso was pushed", "pull request 2 opened")
	first := w.pull(2)
	if !strings.Contains(first.Body, "| changed | named value `rate-per-minute` |") || len(first.Labels) != 2 || len(first.RequestedReviewers) != 1 {
		w.Errorf("got %+v", first)
	}
	var combined struct{ State string }
	w.call("root", "GET", "/commits/"+w.at("refs/heads/main")+"/status", nil, &combined)
	if combined.State != "failure" {
		w.Errorf("status of drift: got %q, want failure", combined.State)
	}

	w.run(0, run, "branch lockstep/contoso is up to date", "pull request 2 is up to date")
	if again := w.pull(2); again.UpdatedAt != first.UpdatedAt {
		w.Errorf("the same run again wrote: %s, then %s", first.UpdatedAt, again.UpdatedAt)
	}

	w.put("tags/fresh", `{"properties": {"displayName": "fresh"}}`)
	w.run(0, run, "branch lockstep/contoso was pushed", "pull request 2 updated")
	if p := w.pull(2); !strings.Contains(p.Title, "1 added") || !strings.Contains(p.Body, "tag `fresh`") || p.State != "open" {
		w.Errorf("after more drift: got %+v", p)
	}

	w.sync()
	w.write("main", "README.md", "The base moves.\n")
	w.run(0, run, "was pushed", "pull request 2 updated")
	if n := w.git(w.work, "ls-remote", "origin", line); n == "" {
		w.Error("no branch")
	}
	w.sync()
	if n := w.git(w.work, "rev-list", "--count", "main..origin/lockstep/contoso"); n != "1" {
		w.Errorf("commits on the branch: got %s, want 1", n)
	}

	text, err := os.ReadFile(filepath.Join(w.work, file))
	w.must(err)
	w.put("namedValues/rate-per-minute", string(text))
	w.run(0, "extractor --pull-request --status --exclude tag=fresh", "no drift", "pull request 2 is closed", "branch lockstep/contoso was deleted")
	if p := w.pull(2); p.State != "closed" || w.at(line) != "" || len(w.comments(2)) != 1 {
		w.Errorf("after the drift: got %+v, branch at %q, comments %q", p, w.at(line), w.comments(2))
	}
	w.call("root", "GET", "/commits/"+w.at("refs/heads/main")+"/status", nil, &combined)
	if combined.State != "success" {
		w.Errorf("status without drift: got %q, want success", combined.State)
	}

	// A protected base is no obstacle, a protected branch of ours one that is told.
	w.call("root", "POST", "/branch_protections", object{"rule_name": "main", "required_approvals": 1, "enable_push": false}, nil)
	w.rate("240")
	w.run(0, run, "pull request 3 opened")
	w.call("root", "POST", "/branch_protections", object{"rule_name": "lockstep/**", "enable_push": false}, nil)
	w.rate("250")
	w.run(1, run, "push lockstep/contoso", "branch lockstep/contoso is protected from force push")
}

// people commit to the branch.
func people(w *world) {
	w.adopt()
	w.rate("120")
	w.run(0, "extractor --pull-request", "pull request 2 opened")
	w.sync()
	w.git(w.work, "checkout", "--quiet", "--detach", "origin/lockstep/contoso")
	theirs := w.write("lockstep/contoso", "docs/why.md", "Because.\n")
	w.put("tags/fresh", `{"properties": {"displayName": "fresh"}}`)
	w.run(0, "extractor --pull-request", "commits of Dana are kept", "pull request 2 updated")
	w.sync()
	w.git(w.work, "merge-base", "--is-ancestor", theirs, "origin/lockstep/contoso")
	if p := w.pull(2); !strings.Contains(p.Body, "The commits of `Dana` on this branch are kept") {
		w.Errorf("the pull request says nothing of Dana:\n%s", p.Body)
	}

	// A contradiction goes to a second branch.
	w.git(w.work, "checkout", "--quiet", "--detach", "origin/lockstep/contoso")
	text, err := os.ReadFile(filepath.Join(w.work, file))
	w.must(err)
	w.write("lockstep/contoso", file, strings.ReplaceAll(string(text), `"120"`, `"99"`))
	head := w.at(line)
	w.rate("130")
	w.run(0, "extractor --pull-request", "branch lockstep/contoso is left as it is: Dana", "pull request 3 opened: lockstep/contoso-2 into main")
	w.run(0, "extractor --pull-request", "branch lockstep/contoso-2 is up to date", "pull request 3 is up to date")
	if c := w.comments(2); w.at(line) != head || len(c) != 1 || !strings.Contains(c[0], "lockstep/contoso-2") {
		w.Errorf("the first branch is at %s, was at %s; comments %q", w.at(line), head, c)
	}

	// It agrees again.
	w.rate("99")
	w.run(0, "extractor --pull-request", "commits of Dana are kept", "pull request 3 is closed", "branch lockstep/contoso-2 was deleted")

	// The drift is gone, and Dana's commits are there.
	w.rate("60")
	w.run(0, "extractor --pull-request --exclude tag=fresh", "no drift", "branch lockstep/contoso is needless and left: it holds commits of Dana")
	if p := w.pull(2); p.State != "open" {
		w.Errorf("pull request 2 is %s", p.State)
	}
	if c := w.comments(2); len(c) != 2 || !slices.ContainsFunc(c, func(s string) bool { return strings.Contains(s, "nothing contradicts it any more") }) {
		w.Errorf("comments: got %q", c)
	}
}

// pullOf makes a pull request of dana's with a change to the file, and returns
// its number and commit.
func (w *world) pullOf(branch, text string) (number int, commit string) {
	w.Helper()
	w.sync()
	w.git(w.work, "checkout", "--quiet", "--detach", "origin/main")
	commit = w.write(branch, file, text)
	var p pull
	w.call("dana", "POST", "/pulls", object{"head": branch, "base": "main", "title": "Change the rate"}, &p)
	return p.Number, commit
}
