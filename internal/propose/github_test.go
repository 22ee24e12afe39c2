package propose_test

import (
	"context"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/lockstep-apiops/lockstep/forge"
	"github.com/lockstep-apiops/lockstep/forge/githubtest"
	"github.com/lockstep-apiops/lockstep/internal/git"
	"github.com/lockstep-apiops/lockstep/internal/propose"
)

// TestGitHubFails breaks a run on GitHub in one way each, and lets it end in the
// next: there is one branch with one commit, and one pull request.
func TestGitHubFails(t *testing.T) {
	t.Parallel()
	post := githubtest.Fault{Method: http.MethodPost, Path: "/pulls", Skip: 1, Status: http.StatusInternalServerError} // the first asks for permission
	lost := post
	lost.After = true
	unseen := githubtest.Fault{Method: http.MethodGet, Path: "/pulls", Skip: 2, Times: 9, Status: http.StatusBadGateway}
	for name, tc := range map[string]struct {
		faults []githubtest.Fault
		ok     bool // the run itself gets over it
		pushed bool // the branch is there after the first run
		isNew  bool // the second run opens the pull request
		want   string
	}{
		"the answer is lost, the pull request is there": {faults: []githubtest.Fault{lost}, ok: true, pushed: true},
		"the answer is lost, and what follows fails":    {faults: []githubtest.Fault{lost, unseen}, pushed: true, want: "502"},
		"the pull request is not opened":                {faults: []githubtest.Fault{post}, pushed: true, isNew: true, want: "GitHub answered 500"},
		"the push fails":                                {faults: []githubtest.Fault{{Method: http.MethodPost, Path: "/git-receive-pack", Status: http.StatusBadGateway}}, isNew: true, want: "502"},
		"the repository can not be read":                {faults: []githubtest.Fault{{Method: http.MethodPost, Path: "/git-upload-pack", Status: http.StatusBadGateway}}, isNew: true, want: "502"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := newHub(t, false)
			h.put("api", "a", "one")
			for _, f := range tc.faults {
				h.hub.Fail(f)
			}
			if tc.ok {
				if out := h.run(); out.Pull == nil || out.Pull.Number != 1 {
					t.Errorf("outcome: %+v", out)
				}
			} else if err := h.fails(name); !strings.Contains(err.Error(), tc.want) {
				t.Errorf("error: got %v, want one with %q", err, tc.want)
			}
			first := h.at(line)
			if (first != "") != tc.pushed {
				t.Errorf("after the first run the branch is at %q", first)
			}
			h.hub.Heal()
			out := h.run()
			if out.Pull == nil || out.Pull.New != tc.isNew || out.Pushed == tc.pushed || tc.pushed && out.Commit.String() != first {
				t.Errorf("the second run: %+v, want the commit %q", out, first)
			}
			h.one()
			h.steady()
		})
	}
}

// TestTheTokenEnds has a token expire on the way.
func TestTheTokenEnds(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		when func(h *hub, do func())
		want string
	}{
		"before the push": {(*hub).after, "check that the token is valid"},
		"before the pull request": {func(h *hub, do func()) {
			h.o.Forge = &late{Forge: h.o.Forge, do: do}
		}, "GitHub does not know the token (Bad credentials): it has expired"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := newHub(t, false)
			h.put("api", "a", "one")
			was := h.o
			tc.when(h, func() { h.hub.Expire(robotToken) })
			if err := h.fails(name); !strings.Contains(err.Error(), tc.want) {
				t.Errorf("error: got %v, want one with %q", err, tc.want)
			}
			h.o = was
			h.hub.SetClock(func() time.Time { return time.Now().Add(-time.Hour) })
			if out := h.run(); out.Pull == nil || !out.Pull.New {
				t.Errorf("the second run: %+v", out)
			}
			h.one()
		})
	}
}

// late does something before a pull request is proposed.
type late struct {
	forge.Forge
	do func()
}

func (l *late) Propose(ctx context.Context, p forge.Proposal) (forge.PullRequest, error) {
	l.do()
	return l.Forge.Propose(ctx, p)
}

// TestAnAppOutlivesItsToken has a run take longer than a token of its app lasts.
func TestAnAppOutlivesItsToken(t *testing.T) {
	t.Parallel()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	h := newHub(t, false)
	now := time.Now()
	clock := func() time.Time { return now }
	h.hub.SetClock(clock)
	h.hub.AddApp(githubtest.App{ID: "1", Key: &key.PublicKey, Login: "robot[bot]", Installation: 5, Permissions: map[string]string{"contents": "write", "pull_requests": "write"}})
	c := forge.Config{URL: h.url, Repo: "acme/apis", HTTP: &http.Client{Transport: &http.Transport{}}, Now: clock}
	text := pem.EncodeToMemory(&pem.Block{Type: "RSA PRIVATE KEY", Bytes: x509.MarshalPKCS1PrivateKey(key)})
	if c.Tokens, err = forge.GitHubAppTokens(c, forge.GitHubApp{ID: "1", Key: text}); err != nil {
		t.Fatal(err)
	}
	h.signIn(git.Auth{User: "x-access-token", Renew: c.Tokens}, c, false)
	h.put("api", "a", "one")
	h.after(func() { now = now.Add(2 * time.Hour) })
	if out := h.run(); out.Pull == nil || !out.Pull.New {
		t.Errorf("outcome: %+v", out)
	}
	if got := h.hub.Handed(); got != 2 {
		t.Errorf("tokens: got %d, want one before and one after the hour", got)
	}
	h.one()
}

// TestSomebodyPushesBetween has somebody commit to the branch between the look
// and the move, whoever makes the commit.
func TestSomebodyPushesBetween(t *testing.T) {
	t.Parallel()
	for name, api := range map[string]bool{"git": false, "API": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := newHub(t, api)
			h.put("api", "a", "one")
			h.run()
			h.put("api", "a", "two")
			h.after(func() { h.edit(line, "ann", map[string]string{"docs/a.md": "theirs"}) })
			out := h.run()
			if d := cmp.Diff(h.differs(line), map[string]string{fileA: "two", "docs/a.md": "theirs"}); d != "" {
				t.Errorf("the branch changes, got -, want +:\n%s", d)
			}
			if d := cmp.Diff(out.Kept, []string{"ann"}); d != "" {
				t.Errorf("kept, got -, want +:\n%s", d)
			}
			h.steady()

			// The base moves on as well: a commit of two parents.
			h.edit("main", "max", map[string]string{"README": "one"})
			h.run()
			if got := strings.Fields(h.git("-C", h.path, "rev-list", "--parents", "-1", line)); len(got) != 3 || got[2] != h.at("main") {
				t.Errorf("commit and parents: %q, want two parents, the base last", got)
			}
			h.steady()
		})
	}
}

// TestAProtectedBranch has the reason reach the user.
func TestAProtectedBranch(t *testing.T) {
	t.Parallel()
	h := newHub(t, false)
	h.put("api", "a", "one")
	hook := "#!/bin/sh\necho 'error: GH006: Protected branch update failed for refs/heads/lockstep/test.' >&2\nexit 1\n"
	if err := os.MkdirAll(filepath.Join(h.path, "hooks"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(h.path, "hooks", "pre-receive"), []byte(hook), 0o755); err != nil {
		t.Fatal(err)
	}
	err := h.fails("a hook refuses")
	if !errors.Is(err, git.ErrRefused) || !strings.Contains(err.Error(), "GH006: Protected branch update failed") {
		t.Errorf("error: got %v, want the hook's reason", err)
	}
	if err := os.Remove(filepath.Join(h.path, "hooks", "pre-receive")); err != nil {
		t.Fatal(err)
	}
	h.run()
	h.one()
}

// TestTheForgeCommits checks what the API makes of a run.
func TestTheForgeCommits(t *testing.T) {
	t.Parallel()
	h := newHub(t, true)
	h.o.Status, h.o.Title = true, "The gateway has moved"
	h.o.Reviewers, h.o.Assignees, h.o.AutoMerge = []string{"rita"}, []string{"rita"}, forge.Squash
	h.put("api", "a", "one")
	h.put("tag", "t", "one")
	out := h.run()
	if got := h.git("-C", h.path, "log", "-1", "--format=%an, %cn: %s", line); got != "robot[bot], GitHub: The gateway has moved" {
		t.Errorf("the commit says %q", got)
	}
	in, err := h.o.Forge.(forge.Inspector).Inspect(t.Context(), out.Commit.String(), line)
	if err != nil || in.Verified != forge.Yes {
		t.Errorf("the commit is verified: got %v, %v", in.Verified, err)
	}
	base := h.at("main")
	want := []githubtest.Status{{Context: "lockstep/drift/test", State: "failure", Description: "drift: 2 added, 0 changed, 0 removed", URL: out.Pull.URL}}
	if d := cmp.Diff(h.hub.Statuses(base), want); d != "" {
		t.Errorf("statuses, got -, want +:\n%s", d)
	}
	pull := h.hub.Pull(1)
	if strings.Join(pull.Reviewers, "") != "rita" || strings.Join(pull.Assignees, "") != "rita" || out.Pull.Title != "The gateway has moved" {
		t.Errorf("pull request: %+v, %+v", out.Pull, pull)
	}
	h.one()
	h.steady()

	// What goes from the gateway goes from the branch, which is one commit still.
	h.delete("tag", "t")
	h.run()
	if d := cmp.Diff(h.differs(line), map[string]string{fileA: "one"}); d != "" {
		t.Errorf("the branch changes, got -, want +:\n%s", d)
	}
	h.one()

	// A branch that is protected stays, and the reason reaches the user.
	h.put("api", "a", "two")
	h.hub.Protect(line, false)
	if err := h.fails("protected"); !strings.Contains(err.Error(), "Cannot update this protected ref.") {
		t.Errorf("error: got %v", err)
	}

	// No drift is a success.
	h.delete("api", "a")
	h.run()
	want = []githubtest.Status{{Context: "lockstep/drift/test", State: "success", Description: "no drift"}}
	if d := cmp.Diff(h.hub.Statuses(base), want); d != "" {
		t.Errorf("statuses, got -, want +:\n%s", d)
	}
}

// TestWhatAForgeCanNotDo is refused before the gateway is read.
func TestWhatAForgeCanNotDo(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	if _, err := propose.NewForgeWriter(b.repo, b.o.Forge, nil); err == nil || !strings.Contains(err.Error(), "commit by git") {
		t.Errorf("commits by the forge local: got %v", err)
	}
	b.o.Status = true
	if _, err := propose.Run(t.Context(), b.o); err == nil || !strings.Contains(err.Error(), "no statuses") {
		t.Errorf("statuses on the forge local: got %v", err)
	}
}
