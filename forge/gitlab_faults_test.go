package forge_test

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/lockstep-apiops/lockstep/forge"
	"github.com/lockstep-apiops/lockstep/forge/gitlabtest"
)

// TestGitLabLostAnswers lets requests take effect whose answers get lost.
func TestGitLabLostAnswers(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name  string
		fault gitlabtest.Fault
		fails bool // the first time
	}{
		{"create", gitlabtest.Fault{Method: "POST", Path: "/merge_requests", Status: 502, After: true}, false},
		{"create, a proxy is impatient", gitlabtest.Fault{Method: "POST", Path: "/merge_requests", Status: 408, After: true}, false},
		{"create, without effect", gitlabtest.Fault{Method: "POST", Path: "/merge_requests", Status: 500}, true},
		{"edit", gitlabtest.Fault{Method: "PUT", Path: "/merge_requests/1", Status: 503, After: true}, true},
		{"auto-merge", gitlabtest.Fault{Method: "PUT", Path: "/merge", Status: 500, After: true}, true},
		{"comment", gitlabtest.Fault{Method: "POST", Path: "/notes", Status: 504, After: true}, true},
		{"list", gitlabtest.Fault{Method: "GET", Path: "/merge_requests", Status: 500}, true},
		{"token expires midway", gitlabtest.Fault{Path: "/notes", Status: 401, Body: `{"message":"401 Unauthorized"}`}, true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				s := newGitLab()
				s.Set(func(p *gitlabtest.Project) { p.PipelineMustSucceed = true })
				f := openGitLab(t, s, forge.Config{Token: "glpat-lock"})
				s.Push("x")
				s.Fail(tt.fault)
				run := func() (forge.PullRequest, error) {
					p := simple
					p.Labels, p.AutoMerge = []string{"drift"}, forge.Squash
					pr, err := f.Propose(t.Context(), p)
					if err != nil {
						return pr, err
					}
					return pr, f.Comment(t.Context(), pr.Number, "plan", "the plan")
				}
				pr, err := run()
				if (err != nil) != tt.fails {
					t.Errorf("first run: got %v, want an error = %t", err, tt.fails)
				}
				if err == nil && !pr.New {
					t.Error("first run: got new = false, want true: nobody else has opened it")
				}
				if _, err := run(); err != nil {
					t.Errorf("second run: %v", err)
				}
				all, err := f.List(t.Context())
				if err != nil || len(all) != 1 || len(all[0].Labels) != 1 {
					t.Errorf("list: got %+v, %v; want one", all, err)
				}
				if got := s.Comments(1); len(got) != 1 || !s.Request(1).AutoMerge {
					t.Errorf("got comments %q and auto-merge = %t, want one, and on", got, s.Request(1).AutoMerge)
				}
			})
		})
	}
}

// TestGitLabOpenedByAnother has another program open the merge request between
// looking for it and opening it.
func TestGitLabOpenedByAnother(t *testing.T) {
	t.Parallel()
	s := newGitLab()
	s.Push("x")
	other := openGitLab(t, s, forge.Config{Token: "glpat-dora"})
	between := roundTrip(func(r *http.Request) (*http.Response, error) {
		if r.Method == http.MethodPost {
			mustPropose(t, other, simple)
		}
		return s.RoundTrip(r)
	})
	f, err := forge.Open(forge.Config{Kind: "gitlab", Repo: "acme/platform/apis", Token: "glpat-lock", HTTP: &http.Client{Transport: between}})
	if err != nil {
		t.Fatal(err)
	}
	p := simple
	p.Body = "Ours."
	if pr := mustPropose(t, f, p); pr.New || pr.Number != 1 || pr.Author != "dora" || pr.Body != "Ours." {
		t.Errorf("propose: got %+v, want that of the other, with our body", pr)
	}
}

// TestGitLabSettles lets what is new be unknown for a while.
func TestGitLabSettles(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name  string
		fault gitlabtest.Fault
	}{
		{"merge request", gitlabtest.Fault{Method: "PUT", Path: "/merge_requests/1"}},
		{"comments", gitlabtest.Fault{Method: "GET", Path: "/notes"}},
		{"comment", gitlabtest.Fault{Method: "POST", Path: "/notes"}},
		{"branch", gitlabtest.Fault{Method: "GET", Path: "/branches/x"}},
	}
	for _, tt := range tests {
		synctest.Test(t, func(t *testing.T) {
			s := newGitLab()
			f := openGitLab(t, s, forge.Config{Token: "glpat-lock"})
			s.Push("x")
			tt.fault.Times, tt.fault.Status, tt.fault.Body = 2, 404, `{"message":"404 Not found"}`
			s.Fail(tt.fault)
			p := simple
			p.Labels = []string{"drift"}
			start := time.Now()
			pr := mustPropose(t, f, p)
			if err := f.Comment(t.Context(), pr.Number, "plan", "x"); err != nil {
				t.Errorf("%s: comment: %v", tt.name, err)
			}
			if len(pr.Notes) != 0 || time.Since(start) != 3*time.Second {
				t.Errorf("%s: got notes %q after %v, want none after 3s", tt.name, pr.Notes, time.Since(start))
			}
		})
	}
	synctest.Test(t, func(t *testing.T) {
		s := newGitLab()
		f := openGitLab(t, s, forge.Config{Token: "glpat-lock"})
		s.Push("x")
		s.Fail(gitlabtest.Fault{Path: "/branches/x", Times: 9, Status: 404})
		ctx, cancel := context.WithTimeout(t.Context(), 2*time.Second)
		defer cancel()
		if _, err := f.Propose(ctx, simple); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("deadline while waiting: got %v, want %v", err, context.DeadlineExceeded)
		}
	})
}

func TestGitLabRefusals(t *testing.T) {
	t.Parallel()
	const pulls = "/merge_requests"
	testRefusals(t, []refusal[gitlabtest.Project]{
		{name: "scope missing", token: "glpat-reader", denied: true, want: "the token needs the api scope"},
		{name: "role missing", token: "glpat-robbie", denied: true, want: "the token needs the Developer role in acme/platform/apis"},
		{name: "token unknown", token: "S3CRET", denied: true, want: "expired"},
		{name: "project not shown", token: "glpat-stella", want: "acme/platform/apis is not there, or the token may not see it"},
		{name: "token of a job", token: "glcbt-64-x", want: "use a project access token"},
		{name: "archived", token: "glpat-lock", set: func(p *gitlabtest.Project) { p.Archived = true }, denied: true, want: "unarchive it first"},
		{name: "no merge requests", token: "glpat-lock", set: func(p *gitlabtest.Project) { p.NoRequests = true }, denied: true, want: "switched off"},
		{name: "429", token: "glpat-lock", want: "run again in 60 seconds", fault: gitlabtest.Fault{
			Path: pulls, Status: 429, Header: http.Header{"Retry-After": {"60"}, "Ratelimit-Limit": {"1"}}, Body: "Retry later\n",
		}},
		{name: "429 without a time", token: "glpat-lock", want: "run again later", fault: gitlabtest.Fault{Path: pulls, Status: 429}},
		{name: "branch not there", token: "glpat-lock", want: `branch "x" is not there: push it first`, fault: gitlabtest.Fault{Path: "/branches/x", Status: 404}},
		{name: "texts by attribute", token: "glpat-lock", want: "400: description is too long: title can't be blank", fault: gitlabtest.Fault{
			Method: "POST", Path: pulls, Status: 400, Body: `{"message":{"title":["can't be blank"],"description":["is too long"]}}`,
		}},
		{name: "a page of a proxy", token: "glpat-lock", want: "GitLab answered 502: Bad Gateway", fault: gitlabtest.Fault{Path: pulls, Status: 502, Body: "<html>Oh</html>"}},
	}, func(t *testing.T, token string) (forge.Forge, fake[gitlabtest.Project]) {
		s := newGitLab()
		return openGitLab(t, s, forge.Config{Token: token}), s
	})
}

func TestGitLabChecks(t *testing.T) {
	t.Parallel()
	both := forge.Needs{PullRequests: true, Statuses: true}
	tests := []struct {
		name, token string
		needs       forge.Needs
		set         func(*gitlabtest.Project)
		want        []string // in the error; none means no error
		notDenied   bool
	}{
		{name: "all there", token: "glpat-dora", needs: both},
		{name: "role by a shared group", token: "glpat-dora", needs: both, set: func(p *gitlabtest.Project) { p.SharedOnly = true }},
		{name: "administrator", token: "glpat-root", needs: both},
		{name: "server that tells no scopes", token: "glpat-dora", needs: both, set: func(p *gitlabtest.Project) { p.Old = true }},
		{name: "role missing", token: "glpat-robbie", needs: both, want: []string{"acme/platform/apis", "the token needs the Developer role"}},
		{name: "scope missing", token: "glpat-reader", needs: both, want: []string{"the token needs the api scope"}},
		{name: "both missing", token: "glpat-both", needs: both, want: []string{"the token needs the Developer role and the api scope"}},
		{name: "statuses alone", token: "glpat-robbie", needs: forge.Needs{Statuses: true}, want: []string{"the Developer role"}},
		{name: "not needed", token: "glpat-both"},
		{name: "git alone", token: "glpat-git", want: []string{"the api scope"}},
		{name: "nothing to see", token: "glpat-stella", want: []string{"acme/platform/apis is not there, or the token may not see it"}},
		{name: "token unknown", token: "S3CRET", needs: both, want: []string{"expired"}},
		{name: "token of a job", token: "glcbt-64-x", needs: both, want: []string{"CI_JOB_TOKEN", "project access token", "Developer role", "api scope"}},
		{name: "token of a job, to read", token: "glcbt-64-x", want: []string{"project access token"}},
		{name: "archived", token: "glpat-lock", needs: both, set: func(p *gitlabtest.Project) { p.Archived = true }, want: []string{"archived"}, notDenied: true},
		{name: "no merge requests", token: "glpat-lock", needs: both, set: func(p *gitlabtest.Project) { p.NoRequests = true }, want: []string{"switched off"}, notDenied: true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s := newGitLab()
			if tt.set != nil {
				s.Set(tt.set)
			}
			err := openGitLab(t, s, forge.Config{Token: tt.token}).(forge.Checker).Check(t.Context(), tt.needs)
			if (err != nil) != (tt.want != nil) || err != nil && errors.Is(err, forge.ErrDenied) == tt.notDenied {
				t.Fatalf("check: got %v, want %q", err, tt.want)
			}
			for _, want := range tt.want {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("check: got %v, want %q in it", err, want)
				}
			}
			if got := gitlabtest.Writes(s.Calls()); len(got) != 0 {
				t.Errorf("check: got %q, want nothing written", got)
			}
		})
	}
}

func TestGitLabOpen(t *testing.T) {
	t.Parallel()
	const project = "projects/acme%2Fplatform%2Fapis%2Ev2/"
	tests := []struct {
		name, url, repo, token string
		want                   string // address that is called, or in the error
		fails                  bool
	}{
		{"gitlab.com", "", "acme/platform/apis.v2", "t", "https://gitlab.com/api/v4/" + project, false},
		{"its site", "https://gitlab.com/", "acme/platform/apis.v2", "t", "https://gitlab.com/api/v4/" + project, false},
		{"own server", "https://git.acme.example:8443", "acme/platform/apis.v2", "t", "https://git.acme.example:8443/api/v4/" + project, false},
		{"below a path", "https://acme.example/gitlab/", "acme/platform/apis.v2", "t", "https://acme.example/gitlab/api/v4/" + project, false},
		{"its API", "https://acme.example/gitlab/api/v4/", "acme/platform/apis.v2", "t", "https://acme.example/gitlab/api/v4/" + project, false},
		{"on this machine", "http://127.0.0.1:8080", "acme/platform/apis.v2", "t", "http://127.0.0.1:8080/api/v4/" + project, false},
		{"job", "", "acme/platform/apis.v2", "glcbt-t", "https://gitlab.com/api/v4/" + project, false},
		{"not encrypted", "http://git.acme.example", "acme/apis", "t", "https only", true},
		{"no address", "git.acme.example", "acme/apis", "t", "https://HOST", true},
		{"no token", "", "acme/apis", "", "token", true},
		{"no group", "", "apis", "t", "GROUP/NAME", true},
		{"empty group", "", "acme//apis", "t", "GROUP/NAME", true},
		{"escaped", "", "acme%2Fapis", "t", "GROUP/NAME", true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			var called string
			seen := roundTrip(func(r *http.Request) (*http.Response, error) {
				called = r.URL.String()
				header := "PRIVATE-TOKEN"
				if strings.HasPrefix(tt.token, "glcbt-") {
					header = "JOB-TOKEN"
				}
				if got := r.Header.Values(header); len(got) != 1 || got[0] != tt.token {
					t.Errorf("%s: got %q", header, got)
				}
				if header == "JOB-TOKEN" && r.Header.Get("PRIVATE-TOKEN") != "" {
					t.Error("PRIVATE-TOKEN: got one besides that of the job")
				}
				return nil, errors.New("enough")
			})
			f, err := forge.Open(forge.Config{Kind: "gitlab", URL: tt.url, Repo: tt.repo, Token: tt.token, HTTP: &http.Client{Transport: seen}})
			if tt.fails {
				if err == nil || !strings.Contains(err.Error(), tt.want) {
					t.Errorf("open: got %v, want %q", err, tt.want)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if _, err := f.List(t.Context()); err == nil || !strings.HasPrefix(called, tt.want) {
				t.Errorf("list: got %v from %q, want %q", err, called, tt.want)
			}
		})
	}
}

// TestGitLabRedirects checks that the token stays with the forge.
func TestGitLabRedirects(t *testing.T) {
	t.Parallel()
	for _, to := range []string{"https://evil.example/", "http://gitlab.com/"} {
		var token []string
		next := roundTrip(func(r *http.Request) (*http.Response, error) {
			if r.URL.Path != "/" {
				h := http.Header{"Location": {to}}
				return &http.Response{StatusCode: http.StatusMovedPermanently, Header: h, Body: http.NoBody, Request: r}, nil
			}
			token = append([]string{"called"}, r.Header.Values("PRIVATE-TOKEN")...)
			return nil, errors.New("enough")
		})
		f, err := forge.Open(forge.Config{Kind: "gitlab", Repo: "acme/apis", Token: "t", HTTP: &http.Client{Transport: next}})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := f.List(t.Context()); err == nil || len(token) != 1 {
			t.Errorf("redirect to %s: got %v and tokens %q, want none", to, err, token)
		}
	}
}

// TestGitLabSendsOnce checks that the client does not repeat requests by itself.
func TestGitLabSendsOnce(t *testing.T) {
	t.Parallel()
	s := newGitLab()
	f := openGitLab(t, s, forge.Config{Token: "glpat-lock"})
	s.Push("x")
	n := mustPropose(t, f, simple).Number
	s.Calls()
	s.Fail(gitlabtest.Fault{Method: "POST", Path: "/notes", Status: 500, Times: 9})
	if err := f.Comment(t.Context(), n, "plan", "x"); err == nil {
		t.Error("comment: got no error")
	}
	if got := gitlabtest.Writes(s.Calls()); len(got) != 1 {
		t.Errorf("writes: got %q, want one", got)
	}
}
