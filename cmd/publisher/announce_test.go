package main

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lockstep-apiops/lockstep/forge/githubtest"
	"github.com/lockstep-apiops/lockstep/internal/git"
)

// propose opens a pull request and returns the head of it.
func (w *world) propose() string {
	w.Helper()
	w.github.FromFork("dana/apis", "topic", "main")
	return w.github.Push("topic")
}

func TestComment(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.commit(nil, w.propose(), describe("proposed"))
	args := []string{"plan", "--comment"}

	w.expect(0, onPull, args, "1 to update")
	got := w.github.Comments(1)
	if len(got) != 1 || !strings.HasPrefix(got[0], "<!-- lockstep:lockstep/plan/contoso -->") || !strings.Contains(got[0], "### Plan: 1 to update") ||
		!strings.Contains(got[0], "](https://github.example/acme/apis/actions/runs/42)") {
		t.Fatalf("comments are %q, want one with the plan and the job", got)
	}
	w.expect(0, "", append(args, "--pull=1", "--require-approvals=1"), "later: approvals")
	got = w.github.Comments(1)
	if len(got) != 1 || !strings.Contains(got[0], "- later: approvals: the pull request is not merged yet") {
		t.Errorf("comments are %q, want one that tells of the approvals", got)
	}
}

func TestCommentTellsOfEveryEnd(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.commit(nil, w.propose(), describe("proposed"))
	only := func(text string) {
		t.Helper()
		if got := w.github.Comments(1); len(got) != 1 || !strings.Contains(got[0], text) {
			t.Errorf("comments are %q, want one with %q", got, text)
		}
	}
	args := []string{"plan", "--comment", "--pull=1"}
	w.expect(3, "", append(args, "--exit-code"), "1 to update")
	only("### Plan: 1 to update")
	w.expect(1, "", append(args, "--require-protected-branch"), "refused: protected branch")
	only("refused: protected branch: anybody who may write can push to main")
	w.expect(1, "", append(args, "--commit=nowhere"), "read commit nowhere")
	only("read commit nowhere")
	w.expect(1, "", append(args, "--out=no/such/folder"), "1 to update", "save plan")
	only("save plan: open no/such/folder")
	only("Update")
	w.expect(0, "", []string{}, "1 updated")
	w.expect(0, "", args, "nothing to do")
	only("nothing to do")
	w.expect(0, "", append(args, "--environment=prod"), "nothing to do")
	if got := w.github.Comments(1); len(got) != 2 || !strings.Contains(got[1], "Environment: prod") {
		t.Errorf("comments are %q, want a second one for the environment", got)
	}
}

func TestCommentThatCanNotBeWritten(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.commit(nil, w.propose(), describe("proposed"))
	args := []string{"plan", "--comment", "--pull=1"}

	code, out := w.run("LOCKSTEP_FORGE_TOKEN="+secret+"-reader", args...)
	if code != 1 || !strings.Contains(out, "needs pull-requests: write") || strings.Contains(out, "to update") {
		t.Errorf("a token that may not comment: got %d and\n%s\nwant the permission that is missing, and no plan", code, out)
	}
	w.github.Fail(githubtest.Fault{Method: http.MethodPost, Path: "/comments", Status: http.StatusForbidden, Body: `{"message": "Issue is locked"}`})
	w.expect(1, "", append(args, "--exit-code"), "1 to update", "comment on pull request 1", "Issue is locked")
	w.expect(1, "", []string{"plan", "--comment", "--pull=9"}, "1 to update", "no such pull request")
	w.expect(2, "", []string{"plan", "--comment"}, "say on which pull request with --pull N")
	w.expect(0, "GITHUB_ACTIONS=true GITHUB_REF=refs/heads/main", []string{"plan", "--comment"}, "no comment is written: this job is for no pull request", "1 to update")
}

func TestCommentIsCut(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.commit(nil, w.propose(), func(stage *git.Stage) {
		for i := range 320 {
			text := fmt.Sprintf(`{"properties": {"displayName": "%d", "description": %q}}`, i, strings.Repeat("long ", 40))
			w.must(stage.Add(fmt.Sprintf("tags/tag-%d-%s/tagInformation.json", i, strings.Repeat("x", 220)), []byte(text)))
		}
	})
	w.expect(0, "", []string{"plan", "--comment", "--pull=1"}, "320 to create")
	got := w.github.Comments(1)
	const limit = 65536
	if len(got) != 1 || len(got[0]) > limit || !strings.Contains(got[0], "not shown here for want of room") {
		t.Errorf("got %d comments of %d bytes, want one of at most %d that says what is not in it", len(got), len(strings.Join(got, "")), limit)
	}
}

func TestStatus(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	head := w.propose()
	w.commit(nil, head, describe("proposed"))
	status := func(context string) githubtest.Status {
		for _, s := range w.github.Statuses(head) {
			if s.Context == context {
				return s
			}
		}
		return githubtest.Status{}
	}
	sets := func() (n int) {
		for _, c := range w.github.Calls() {
			if strings.HasPrefix(c, "POST ") && strings.HasSuffix(c, "/statuses/"+head) {
				n++
			}
		}
		return n
	}
	const job = "https://github.example/acme/apis/actions/runs/42"
	event := filepath.Join(t.TempDir(), "event.json")
	w.must(os.WriteFile(event, fmt.Appendf(nil, `{"pull_request": {"head": {"sha": %q}}}`, w.known[head]), 0o600))
	onHead := onPull + " GITHUB_SHA=" + strings.Repeat("9", 40) + " GITHUB_EVENT_PATH=" + event

	tests := []struct {
		name, env string
		args      []string
		code      int
		want      githubtest.Status
	}{
		{"a plan", onHead, []string{"plan", "--status"}, 0, githubtest.Status{Context: "lockstep/plan/contoso", State: "success", Description: "0 to create, 1 to update, 0 to delete, 0 in conflict", URL: job}},
		{"a plan that is refused", onHead, []string{"plan", "--status", "--require-protected-branch"}, 1, githubtest.Status{Context: "lockstep/plan/contoso", State: "failure", Description: "refused: the commit is not fit to be published", URL: job}},
		{"no plan", "", []string{"plan", "--status", "--input=nowhere"}, 1, githubtest.Status{Context: "lockstep/plan/contoso", State: "error", Description: "no plan could be made: see the log"}},
		{"a stage", "", []string{"creator", "--status"}, 0, githubtest.Status{Context: "lockstep/creator/contoso", State: "success", Description: "0 created, 0 updated, 0 deleted"}},
		{"all", "", []string{"--status", "--environment=prod"}, 0, githubtest.Status{Context: "lockstep/publisher/contoso/prod", State: "success", Description: "0 created, 1 updated, 0 deleted"}},
		{"nothing to do", "", []string{"plan", "--status"}, 0, githubtest.Status{Context: "lockstep/plan/contoso", State: "success", Description: "nothing to do"}},
	}
	for _, tt := range tests { // one after another: each finds what the ones before did
		sets()
		w.expect(tt.code, tt.env, tt.args)
		if d := cmp.Diff(status(tt.want.Context), tt.want); d != "" {
			t.Errorf("%s: status (-got +want):\n%s", tt.name, d)
		}
		if n := sets(); n < 2 {
			t.Errorf("%s: the status was set %d times, want pending and then the end", tt.name, n)
		}
	}
	w.expect(2, "LOCKSTEP_FORGE=local", []string{"plan", "--status"}, "the forge local has no statuses of commits")
	code, out := w.run("LOCKSTEP_FORGE_TOKEN="+secret+"-reader", "plan", "--status")
	if code != 1 || !strings.Contains(out, "needs statuses: write") {
		t.Errorf("a token that may set no status: got %d and\n%s\nwant the permission that is missing", code, out)
	}
}
