package forge_test

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/lockstep-apiops/lockstep/forge"
	"github.com/lockstep-apiops/lockstep/forge/gitlabtest"
)

func TestGitLabAutoMerge(t *testing.T) {
	t.Parallel()
	must := func(p *gitlabtest.Project) { p.PipelineMustSucceed = true }
	tests := []struct {
		name, token string
		set         func(*gitlabtest.Project)
		method      forge.MergeMethod
		draft       bool
		pipeline    string // of the branch, in place of one that runs
		behind      bool
		protect     bool
		state       string // afterwards
		auto        bool
		note        string // a piece of it; "" is none
	}{
		{name: "waits for the pipeline", set: must, state: "opened", auto: true},
		{name: "waits for approvals", set: func(p *gitlabtest.Project) { p.Approvals = 1 }, state: "opened", auto: true},
		{name: "all is there", set: must, pipeline: "success", state: "merged"},
		{name: "nothing required, pipeline runs", state: "opened", note: "nothing is required"},
		{name: "nothing required, pipeline done", pipeline: "success", state: "opened", note: "nothing is required"},
		{name: "no pipeline", set: must, pipeline: "none", state: "opened", note: "no pipeline runs for it"},
		{name: "pipeline failed", set: must, pipeline: "failed", state: "opened", note: "can not merge it now"},
		{name: "pushed a moment ago", set: must, behind: true, state: "opened", note: "does not know yet"},
		{name: "draft", set: must, draft: true, state: "opened", note: "it is a draft"},
		{name: "no right to merge", token: "glpat-dora", set: must, protect: true, state: "opened", note: "may not merge into main"},
		{name: "old server", set: func(p *gitlabtest.Project) { p.PipelineMustSucceed, p.Old = true, true }, state: "opened", auto: true},
		{name: "old server, nothing to wait for", set: func(p *gitlabtest.Project) { p.Approvals, p.Old = 1, true }, pipeline: "none", state: "opened", note: "no pipeline"},
		{name: "squash", set: must, method: forge.Squash, state: "opened", auto: true},
		{name: "no squash", set: func(p *gitlabtest.Project) { p.SquashOption = "never" }, method: forge.Squash, state: "opened", note: "does not squash"},
		{name: "always squash", set: func(p *gitlabtest.Project) { p.SquashOption = "always" }, state: "opened", note: "always squashes"},
		{name: "no merge commits", set: func(p *gitlabtest.Project) { p.MergeMethod = "ff" }, state: "opened", note: "ask for rebase"},
		{name: "no rebase", set: must, method: forge.Rebase, state: "opened", note: "ask for merge"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				s := newGitLab()
				if tt.set != nil {
					s.Set(tt.set)
				}
				if tt.token == "" {
					tt.token = "glpat-lock"
				}
				if tt.protect {
					s.Protect("main", false)
				}
				f := openGitLab(t, s, forge.Config{Token: tt.token})
				s.Push("x")
				p := simple
				p.Draft = tt.draft
				mustPropose(t, f, p)
				switch {
				case tt.pipeline == "none":
					s.Pipeline("x", "")
				case tt.pipeline != "":
					s.Pipeline("x", tt.pipeline)
				case tt.behind:
					s.Behind("x")
				}
				if p.AutoMerge = tt.method; tt.method == "" {
					p.AutoMerge = forge.MergeCommit
				}
				pr := mustPropose(t, f, p)
				got := s.Request(pr.Number)
				if got.State != tt.state || got.AutoMerge != tt.auto || got.Squash != (tt.method == forge.Squash && tt.auto) {
					t.Errorf("got %s, auto-merge = %t, squash = %t; want %s, %t", got.State, got.AutoMerge, got.Squash, tt.state, tt.auto)
				}
				if (pr.State == forge.StateMerged) != (tt.state == "merged") {
					t.Errorf("state told: got %s, want %s", pr.State, tt.state)
				}
				if notes := strings.Join(pr.Notes, "\n"); (notes != "") != (tt.note != "") || !strings.Contains(notes, tt.note) {
					t.Errorf("notes: got %q, want %q", notes, tt.note)
				}
			})
		})
	}
}

// TestGitLabWaitsForPipelines lets the pipeline start a while after the push.
func TestGitLabWaitsForPipelines(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newGitLab()
		s.Set(func(p *gitlabtest.Project) { p.PipelineMustSucceed, p.CI = true, false })
		f := openGitLab(t, s, forge.Config{Token: "glpat-lock"})
		s.Push("x")
		time.AfterFunc(2*time.Second, func() { s.Pipeline("x", "pending") })
		p := simple
		p.AutoMerge = forge.MergeCommit
		start := time.Now()
		pr := mustPropose(t, f, p)
		if got := s.Request(pr.Number); !got.AutoMerge || len(pr.Notes) != 0 || time.Since(start) != 3*time.Second {
			t.Errorf("got auto-merge = %t and notes %q after %v; want it on after 3s", got.AutoMerge, pr.Notes, time.Since(start))
		}
	})
}

func TestGitLabApprovals(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		set    func(*gitlabtest.Project)
		events []string // users who approve, and "push"
		want   string
	}{
		{"none", nil, nil, ""},
		{"two", nil, []string{"rolf", "rita"}, "rita rolf"},
		{"author", nil, []string{"lock"}, ""},
		{"programs", nil, []string{"project_7_bot_a1b2", "ci"}, ""},
		{"stale", nil, []string{"rita", "push", "rolf"}, "rolf"},
		{"again", nil, []string{"rita", "push", "rita"}, "rita"},
		{"taken back at a push", func(p *gitlabtest.Project) { p.ResetApprovals = true }, []string{"rita", "push", "rolf"}, "rolf"},
		{"nobody tells when, nothing pushed", func(p *gitlabtest.Project) { p.Old = true }, []string{"rita"}, "rita"},
		{"nobody tells when", func(p *gitlabtest.Project) { p.Old = true }, []string{"rita", "push", "rolf"}, ""},
		{"nobody tells when, taken back", func(p *gitlabtest.Project) { p.Old, p.ResetApprovals = true, true }, []string{"rita", "push", "rolf"}, "rolf"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s := newGitLab()
			if tt.set != nil {
				s.Set(tt.set)
			}
			f := openGitLab(t, s, forge.Config{Token: "glpat-lock"})
			s.Push("x")
			n := mustPropose(t, f, simple).Number
			for _, e := range tt.events {
				if e == "push" {
					s.Push("x")
				} else {
					s.Approve(n, e)
				}
			}
			in, err := f.(forge.Inspector).Inspect(t.Context(), s.Merge(n), "main")
			if err != nil {
				t.Fatal(err)
			}
			var users []string
			for _, a := range in.Approvals {
				users = append(users, a.User)
			}
			if got := strings.Join(users, " "); got != tt.want {
				t.Errorf("approvals: got %q, want %q", got, tt.want)
			}
		})
	}
}

func TestGitLabInspects(t *testing.T) {
	t.Parallel()
	s := newGitLab()
	f := openGitLab(t, s, forge.Config{Token: "glpat-lock"})
	inspect := func(commit, branch string) forge.Inspection {
		t.Helper()
		in, err := f.(forge.Inspector).Inspect(t.Context(), commit, branch)
		if err != nil {
			t.Fatal(err)
		}
		return in
	}
	s.Push("x")
	mustPropose(t, f, simple)
	if got := inspect(s.Head("x"), "main"); got.Merged != forge.No {
		t.Errorf("head of an open merge request: got merged = %s, want no", got.Merged)
	}
	for verdict, want := range map[string]forge.Answer{
		"verified": forge.Yes, "verified_system": forge.Yes, "unverified_key": forge.No, "revoked_key": forge.No, "same_user_different_email": forge.No,
	} {
		s.Sign(s.Head("main"), verdict)
		if got := inspect(s.Head("main"), "main"); got.Verified != want || got.Reason != verdict {
			t.Errorf("signature %s: got %s, %s; want %s", verdict, got.Verified, got.Reason, want)
		}
	}
	s.Protect("main", true)
	if got := inspect(s.Head("main"), "main"); got.Protected != forge.No {
		t.Errorf("branch that developers push to: got protected = %s, want no", got.Protected)
	}
	unknown := forge.Inspection{}
	if got := inspect(strings.Repeat("e", 40), "nope"); !cmp.Equal(got, unknown) {
		t.Errorf("what is not there: got %+v, want unknown throughout", got)
	}
	blind := openGitLab(t, s, forge.Config{Token: "glpat-git"}).(forge.Inspector)
	if got, err := blind.Inspect(t.Context(), s.Head("main"), "main"); err != nil || !cmp.Equal(got, unknown) {
		t.Errorf("token that may see nothing: got %+v, %v; want unknown throughout", got, err)
	}
	lost := openGitLab(t, s, forge.Config{Token: "S3CRET"}).(forge.Inspector)
	if got, err := lost.Inspect(t.Context(), s.Head("main"), "main"); err == nil {
		t.Errorf("unknown token: got %+v, want an error", got)
	}
}

// TestGitLabMergedAs finds the merge request of a commit by each way to merge.
func TestGitLabMergedAs(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, method string
		squash       bool
	}{{"merge", "merge", false}, {"squash and merge", "merge", true}, {"fast-forward", "ff", false}, {"squash", "ff", true}} {
		s := newGitLab()
		s.Set(func(p *gitlabtest.Project) { p.MergeMethod = tt.method })
		f := openGitLab(t, s, forge.Config{Token: "glpat-lock"})
		s.Push("x")
		n := mustPropose(t, f, simple).Number
		if tt.squash {
			s.Squash(n)
		}
		in, err := f.(forge.Inspector).Inspect(t.Context(), s.Merge(n), "main")
		if err != nil || in.Merged != forge.Yes || in.Pull.Number != n {
			t.Errorf("%s: got %+v, %v; want merge request %d", tt.name, in, err, n)
		}
	}
}

func TestGitLabStatuses(t *testing.T) {
	t.Parallel()
	s := newGitLab()
	s.Set(func(p *gitlabtest.Project) { p.Lossy = true })
	f := openGitLab(t, s, forge.Config{Token: "glpat-lock"}).(forge.StatusSetter)
	commit := s.Push("x")
	for _, tt := range []struct {
		state forge.State
		want  string
	}{
		{forge.Pending, "pending"}, {forge.Pending, "pending"}, {forge.Broken, "failed"}, {forge.Failure, "failed"},
		{forge.Pending, "pending"}, {forge.Success, "success"}, {forge.Success, "success"},
	} {
		st := forge.Status{Context: "lockstep/plan", State: tt.state, Description: "so", URL: "https://ci.example.com/1"}
		if err := f.SetStatus(t.Context(), commit, st); err != nil {
			t.Fatalf("state %s: %v", tt.state, err)
		}
		if got := s.Statuses(commit); len(got) != 1 || got[0].State != tt.want {
			t.Errorf("state %s: got %+v, want %s", tt.state, got, tt.want)
		}
	}
}
