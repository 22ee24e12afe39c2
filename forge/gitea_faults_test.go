package forge_test

import (
	"errors"
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/lockstep-apiops/lockstep/forge"
	"github.com/lockstep-apiops/lockstep/forge/giteatest"
)

// TestGiteaLostAnswers lets requests take effect whose answers get lost, or be
// no answers of Gitea.
func TestGiteaLostAnswers(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name  string
		fault giteatest.Fault
		fails bool // the first time
	}{
		{"create", giteatest.Fault{Method: "POST", Path: "/pulls", Status: 502, After: true}, false},
		{"create, and a page of a proxy", giteatest.Fault{Method: "POST", Path: "/pulls", Status: 200, After: true, Body: "<html>"}, false},
		{"create, without effect", giteatest.Fault{Method: "POST", Path: "/pulls", Status: 500}, true},
		{"update", giteatest.Fault{Method: "PATCH", Path: "/pulls/1", Status: 502, After: true}, true},
		{"label made", giteatest.Fault{Method: "POST", Path: "apis/labels", Status: 503, After: true}, true},
		{"labels", giteatest.Fault{Method: "POST", Path: "/1/labels", Status: 503, After: true}, true},
		{"comment", giteatest.Fault{Method: "POST", Path: "/comments", Status: 504, After: true}, true},
		{"list", giteatest.Fault{Method: "GET", Path: "/pulls", Status: 500}, true},
		{"token expires midway", giteatest.Fault{Method: "POST", Path: "/1/labels", Status: 401, Body: `{"message":"invalid username, password or token"}`}, true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				s := newGitea()
				f := openGitea(t, s, forge.Config{Token: "person"})
				s.Push("x")
				run := func(body string) error {
					p := simple
					p.Labels, p.Body = []string{"drift"}, body
					pr, err := f.Propose(t.Context(), p)
					if err != nil {
						return err
					}
					return f.Comment(t.Context(), pr.Number, "plan", "the plan")
				}
				if tt.fault.Method == "PATCH" {
					if err := run("before"); err != nil {
						t.Fatal(err)
					}
				}
				s.Fail(tt.fault)
				if err := run("after"); (err != nil) != tt.fails {
					t.Errorf("first run: got %v, want an error = %t", err, tt.fails)
				}
				if err := run("after"); err != nil {
					t.Errorf("second run: %v", err)
				}
				all, err := f.List(t.Context())
				if err != nil || len(all) != 1 || len(all[0].Labels) != 1 || all[0].Body != "after" {
					t.Errorf("list: got %+v, %v; want one", all, err)
				}
				if got := s.Comments(1); len(got) != 1 {
					t.Errorf("comments: got %q, want one", got)
				}
			})
		})
	}
}

// TestGiteaRivals has two pull requests opened for one branch, which Gitea does
// not refuse if both are asked for at once. The younger gives way.
func TestGiteaRivals(t *testing.T) {
	t.Parallel()
	s := newGitea()
	f := openGitea(t, s, forge.Config{Token: "person"})
	s.Push("x")
	s.Rival()
	pr := mustPropose(t, f, simple)
	if pr.New || pr.Number != 1 || pr.Title != simple.Title {
		t.Errorf("propose: got %+v, want the older one brought up to date", pr)
	}
	if got := s.Comments(2); !s.Pull(2).Closed || len(got) != 1 || !strings.Contains(got[0], "#1") {
		t.Errorf("the younger: got closed = %t, comments %q; want it closed for the older", s.Pull(2).Closed, got)
	}
	if pr := mustPropose(t, f, simple); pr.Number != 1 {
		t.Errorf("propose again: got number %d, want 1", pr.Number)
	}
}

// TestGiteaSettles lets a new pull request be unknown for a while.
func TestGiteaSettles(t *testing.T) {
	t.Parallel()
	testSettles(t, []string{"/1/labels", "/pulls/1", "/requested_reviewers", "/reviews", "/comments"}, "/1/labels", `{"message":"not found"}`,
		func(t *testing.T) (forge.Forge, fake[giteatest.Repository]) {
			s := newGitea()
			return openGitea(t, s, forge.Config{Token: "person"}), s
		})
}

// TestGiteaChangedMeanwhile has the text changed by others while it is written.
func TestGiteaChangedMeanwhile(t *testing.T) {
	t.Parallel()
	for times, fails := range map[int]bool{1: false, 3: false, 4: true} {
		synctest.Test(t, func(t *testing.T) {
			s := newGitea()
			f := openGitea(t, s, forge.Config{Token: "person"})
			s.Push("x")
			mustPropose(t, f, simple)
			s.Fail(giteatest.Fault{Method: "PATCH", Path: "/pulls/1", Times: times, Status: 409, Body: `{"message":"the issue is already changed"}`})
			p := simple
			p.Body = "Because of that."
			pr, err := f.Propose(t.Context(), p)
			if (err != nil) != fails || err == nil && pr.Body != p.Body {
				t.Errorf("refused %d times: got %q, %v; want an error = %t", times, pr.Body, err, fails)
			}
		})
	}
}

func TestGiteaAutoMerge(t *testing.T) {
	t.Parallel()
	checks := giteatest.Rule{Checks: []string{"lockstep/plan"}}
	tests := []struct {
		name  string
		rule  giteatest.Rule
		set   func(*giteatest.Server)
		draft bool
		want  string // in the only note; "" for none
	}{
		{name: "statuses are required", rule: checks},
		{name: "nothing is required of statuses", rule: giteatest.Rule{Checks: []string{}}, want: "nothing is required"},
		{name: "conflicts are looked for", rule: checks, set: func(s *giteatest.Server) { s.Checking(3) }},
		{name: "conflict", rule: checks, set: func(s *giteatest.Server) { s.Checking(4) }, want: "in conflict with main"},
		{name: "draft", rule: checks, draft: true, want: "Work in progress"},
		{name: "not allowed", rule: checks, set: func(s *giteatest.Server) {
			s.Set(func(r *giteatest.Repository) { r.NoSquash = true })
		}, want: `do not allow "squash"`},
		{name: "branch hidden", rule: checks, set: func(s *giteatest.Server) {
			s.Fail(giteatest.Fault{Path: "/branches/main", Status: 404, Body: `{"message":"not found"}`})
		}, want: "not merged by itself"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				s := newGitea()
				s.Protect("main", tt.rule)
				if tt.set != nil {
					tt.set(s)
				}
				f := openGitea(t, s, forge.Config{Token: "minimal"})
				s.Push("x")
				p := simple
				p.AutoMerge, p.Draft = forge.Squash, tt.draft
				pr := mustPropose(t, f, p)
				notes := strings.Join(pr.Notes, "\n")
				if (notes == "") != (tt.want == "") || !strings.Contains(notes, tt.want) || (s.Pull(1).AutoMerge == "squash") != (tt.want == "") {
					t.Errorf("got %q and notes %q, want %q", s.Pull(1).AutoMerge, notes, tt.want)
				}
			})
		})
	}
}

func TestGiteaRefusals(t *testing.T) {
	t.Parallel()
	testRefusals(t, []refusal[giteatest.Repository]{
		{name: "scope missing", token: "reader", denied: true, want: "the token needs the scope write:repository"},
		{name: "scope missing, as Forgejo says it", token: "reader", set: func(r *giteatest.Repository) { r.Forgejo = true }, denied: true, want: "the token needs the scope write:repository"},
		{name: "token unknown", token: "S3CRET", denied: true, want: "expired"},
		{name: "repository not shown", token: "stella", want: "does not show it"},
		{name: "archived", token: "person", set: func(r *giteatest.Repository) { r.Archived = true }, want: "unarchive it first"},
		{name: "blocked", token: "person", denied: true, want: "needs the right to write", fault: giteatest.Fault{Method: "POST", Path: "/pulls", Status: 403}},
		{name: "429", token: "person", want: "run again later", fault: giteatest.Fault{Path: "/pulls", Status: 429}},
		{name: "a page of a proxy", token: "person", want: "502: Bad Gateway", fault: giteatest.Fault{Path: "/pulls", Status: 502, Body: "<html>Bad gateway S3CRET</html>"}},
		{name: "a page to sign in", token: "person", want: "URL of the forge may be wrong", fault: giteatest.Fault{Path: "/pulls", Status: 200, Body: "<html>"}},
	}, func(t *testing.T, token string) (forge.Forge, fake[giteatest.Repository]) {
		s := newGitea()
		return openGitea(t, s, forge.Config{Token: token}), s
	})
}

func TestGiteaMissingBranches(t *testing.T) {
	t.Parallel()
	f := openGitea(t, newGitea(), forge.Config{Token: "person"})
	for want, p := range map[string]forge.Proposal{
		`branch "nope" is not there`: {Head: "nope", Base: "main", Title: "x"},
		`branch "gone" is not there`: {Head: "release", Base: "gone", Title: "x"},
	} {
		if _, err := f.Propose(t.Context(), p); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("propose: got %v, want %q", err, want)
		}
	}
}

func TestGiteaChecks(t *testing.T) {
	t.Parallel()
	both := forge.Needs{PullRequests: true, Statuses: true}
	tests := []struct {
		name, token string
		needs       forge.Needs
		archived    bool
		want        []string // in the error; none means no error
	}{
		{"all there", "minimal", both, false, nil},
		{"who may write", "writer", both, false, nil},
		{"scopes missing", "reader", both, false, []string{"acme/apis", "write:repository", "write:issue", "read:user"}},
		{"for statuses alone", "reader", forge.Needs{Statuses: true}, false, []string{"write:repository"}},
		{"not needed", "reader", forge.Needs{}, false, nil},
		{"who may read", "rosa", both, false, []string{"needs the right to write"}},
		{"nothing to see", "stella", forge.Needs{}, false, []string{"acme/apis is not there, or the token may not see it"}},
		{"token unknown", "S3CRET", both, false, []string{"expired"}},
		{"archived", "minimal", both, true, []string{"archived"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s := newGitea()
			s.Set(func(r *giteatest.Repository) { r.Archived = tt.archived })
			err := openGitea(t, s, forge.Config{Token: tt.token}).(forge.Checker).Check(t.Context(), tt.needs)
			if (err != nil) != (tt.want != nil) || err != nil && errors.Is(err, forge.ErrDenied) == tt.archived {
				t.Fatalf("check: got %v, want %q", err, tt.want)
			}
			for _, want := range tt.want {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("check: got %v, want %q in it", err, want)
				}
			}
		})
	}
}

func TestGiteaOpen(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, url, repo, token string
		want                   string // address that is called, or in the error
		fails                  bool
	}{
		{"site", "https://git.acme.example", "acme/apis", "t", "https://git.acme.example/api/v1/repos/acme/apis/", false},
		{"its API", "https://git.acme.example:8443/api/v1/", "acme/apis", "t", "https://git.acme.example:8443/api/v1/repos/", false},
		{"below a path", "https://acme.example/git/", "acme/apis", "t", "https://acme.example/git/api/v1/repos/", false},
		{"on this machine", "http://127.0.0.1:3000", "acme/apis", "t", "http://127.0.0.1:3000/api/v1/repos/", false},
		{"not encrypted", "http://git.acme.example", "acme/apis", "t", "https only", true},
		{"no address", "", "acme/apis", "t", "URL of the site", true},
		{"half an address", "git.acme.example", "acme/apis", "t", "https://HOST", true},
		{"no token", "https://git.acme.example", "acme/apis", "", "token", true},
		{"no owner", "https://git.acme.example", "apis", "t", "OWNER/NAME", true},
		{"path", "https://git.acme.example", "acme/apis/more", "t", "OWNER/NAME", true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			var called []string
			seen := roundTrip(func(r *http.Request) (*http.Response, error) {
				called = append(called, r.URL.String())
				if got := r.Header.Get("Authorization"); got != "Bearer t" {
					t.Errorf("authorization: got %q", got)
				}
				return nil, errors.New("enough")
			})
			f, err := forge.Open(forge.Config{Kind: "gitea", URL: tt.url, Repo: tt.repo, Token: tt.token, HTTP: &http.Client{Transport: seen}})
			if tt.fails {
				if err == nil || !strings.Contains(err.Error(), tt.want) {
					t.Errorf("open: got %v, want %q", err, tt.want)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			_, err = f.List(t.Context())
			if err == nil || !slices.ContainsFunc(called, func(c string) bool { return strings.HasPrefix(c, tt.want) }) {
				t.Errorf("list: got %v from %q, want %q", err, called, tt.want)
			}
		})
	}
}
