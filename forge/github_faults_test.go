package forge_test

import (
	"errors"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/lockstep-apiops/lockstep/forge"
	"github.com/lockstep-apiops/lockstep/forge/githubtest"
)

// TestGitHubLostAnswers lets requests take effect whose answers get lost.
func TestGitHubLostAnswers(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name  string
		fault githubtest.Fault
		fails bool // the first time
	}{
		{"create", githubtest.Fault{Method: "POST", Path: "/pulls", Status: 502, After: true}, false},
		{"create, and it cannot be seen", githubtest.Fault{Method: "POST", Path: "/pulls", Status: 500, After: true}, false},
		{"create, without effect", githubtest.Fault{Method: "POST", Path: "/pulls", Status: 500}, true},
		{"update", githubtest.Fault{Method: "PATCH", Path: "/pulls/1", Status: 502, After: true}, false},
		{"labels", githubtest.Fault{Method: "POST", Path: "/labels", Status: 503, After: true}, true},
		{"comment", githubtest.Fault{Method: "POST", Path: "/comments", Status: 504, After: true}, true},
		{"list", githubtest.Fault{Method: "GET", Path: "/pulls", Status: 500}, true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				s := newGitHub()
				f := openGitHub(t, s, forge.Config{Token: "person"})
				s.Push("x")
				s.Fail(tt.fault)
				run := func() error {
					p := simple
					p.Labels = []string{"drift"}
					pr, err := f.Propose(t.Context(), p)
					if err != nil {
						return err
					}
					return f.Comment(t.Context(), pr.Number, "plan", "the plan")
				}
				if err := run(); (err != nil) != tt.fails {
					t.Errorf("first run: got %v, want an error = %t", err, tt.fails)
				}
				if err := run(); err != nil {
					t.Errorf("second run: %v", err)
				}
				all, err := f.List(t.Context())
				if err != nil || len(all) != 1 || len(all[0].Labels) != 1 {
					t.Errorf("list: got %+v, %v; want one", all, err)
				}
				if got := s.Comments(1); len(got) != 1 {
					t.Errorf("comments: got %q, want one", got)
				}
			})
		})
	}
}

// TestGitHubSettles lets a new pull request be unknown for a while.
func TestGitHubSettles(t *testing.T) {
	t.Parallel()
	testSettles(t, []string{"/labels", "/assignees", "/requested_reviewers", "/reviews", "/comments"}, "/labels", `{"message":"Not Found"}`,
		func(t *testing.T) (forge.Forge, fake[githubtest.Repository]) {
			s := newGitHub()
			return openGitHub(t, s, forge.Config{Token: "person"}), s
		})
}

func TestGitHubRefusals(t *testing.T) {
	t.Parallel()
	testRefusals(t, []refusal[githubtest.Repository]{
		{name: "permission missing", token: "reader", denied: true, want: "the token needs pull-requests: write"},
		{name: "token unknown", token: "S3CRET", denied: true, want: "expired"},
		{name: "repository not shown", token: "nothing", want: "does not show it"},
		{name: "archived", token: "person", set: func(r *githubtest.Repository) { r.Archived = true }, denied: true, want: "archived"},
		{name: "secondary limit", token: "person", want: "run again in 1m0s", fault: githubtest.Fault{
			Path: "/pulls", Status: 403, Header: http.Header{"Retry-After": {"60"}},
			Body: `{"message":"You have exceeded a secondary rate limit.","documentation_url":"https://docs.github.com/rest/overview/rate-limits-for-the-rest-api#about-secondary-rate-limits"}`,
		}},
		{name: "secondary limit in other words", token: "person", want: "run again later", fault: githubtest.Fault{
			Path: "/pulls", Status: 403, Header: http.Header{"Retry-After": {"60"}}, Body: `{"message":"Slow down"}`,
		}},
		{name: "429", token: "person", want: "run again later", fault: githubtest.Fault{Path: "/pulls", Status: 429, Body: `{"message":"Slow down"}`}},
		{name: "hour used up", token: "person", want: "used up: run again after 00:00 UTC", fault: githubtest.Fault{
			Path: "/pulls", Status: 403, Body: `{"message":"API rate limit exceeded"}`,
			Header: http.Header{"X-Ratelimit-Remaining": {"0"}, "X-Ratelimit-Limit": {"1000"}, "X-Ratelimit-Reset": {"4102444800"}},
		}},
		{name: "not allowed to Actions", token: "person", denied: true, want: "Workflow permissions", fault: githubtest.Fault{
			Method: "POST", Path: "/pulls", Status: 403, Body: `{"message":"GitHub Actions is not permitted to create or approve pull requests."}`,
		}},
		{name: "single sign-on", token: "person", denied: true, want: "single sign-on", fault: githubtest.Fault{
			Path: "/pulls", Status: 403, Header: http.Header{"X-Github-Sso": {"required; url=https://github.com/orgs/acme/sso"}},
			Body: `{"message":"Resource protected by organization SAML enforcement."}`,
		}},
		{name: "old kind of token", token: "person", denied: true, want: "the scope public_repo or repo", fault: githubtest.Fault{
			Path: "/pulls", Status: 403, Header: http.Header{"X-Accepted-Oauth-Scopes": {"public_repo, repo"}}, Body: `{"message":"Forbidden"}`,
		}},
		{name: "a page of a proxy", token: "person", want: "502", fault: githubtest.Fault{Path: "/pulls", Status: 502, Body: "<html>Bad gateway</html>"}},
	}, func(t *testing.T, token string) (forge.Forge, fake[githubtest.Repository]) {
		s := newGitHub()
		return openGitHub(t, s, forge.Config{Token: token}), s
	})
}

func TestGitHubChecks(t *testing.T) {
	t.Parallel()
	both := forge.Needs{PullRequests: true, Statuses: true}
	tests := []struct {
		name, token string
		needs       forge.Needs
		archived    bool
		want        []string // in the error; none means no error
	}{
		{"all there", "actions", both, false, nil},
		{"both missing", "reader", both, false, []string{"acme/apis", "pull-requests: write", "statuses: write"}},
		{"not needed", "reader", forge.Needs{}, false, nil},
		{"nothing to see", "nothing", forge.Needs{}, false, []string{"acme/apis is not there, or the token may not see it"}},
		{"token unknown", "S3CRET", both, false, []string{"expired"}},
		{"archived", "actions", both, true, []string{"archived"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s := newGitHub()
			s.Set(func(r *githubtest.Repository) { r.Archived = tt.archived })
			err := openGitHub(t, s, forge.Config{Token: tt.token}).(forge.Checker).Check(t.Context(), tt.needs)
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

// TestGitHubThrottledIdentity checks that a program which may not ask who it is
// just now does not take itself for somebody else, and comment twice.
func TestGitHubThrottledIdentity(t *testing.T) {
	t.Parallel()
	s := newGitHub()
	f := openGitHub(t, s, forge.Config{Token: "person"})
	s.Push("x")
	n := mustPropose(t, f, simple).Number
	s.Say(n, "lock", "<!-- lockstep:plan -->\nold")
	s.Fail(githubtest.Fault{Path: "/user", Status: 403, Header: http.Header{"Retry-After": {"60"}}, Body: `{"message":"Slow down"}`})
	if err := f.Comment(t.Context(), n, "plan", "new"); err == nil || errors.Is(err, forge.ErrDenied) {
		t.Errorf("throttled: got %v, want an error that is no lack of permission", err)
	}
	if err := f.Comment(t.Context(), n, "plan", "new"); err != nil {
		t.Error(err)
	}
	if got := s.Comments(n); len(got) != 1 {
		t.Errorf("comments: got %q, want one", got)
	}
}

func TestGitHubDrafts(t *testing.T) {
	t.Parallel()
	s := newGitHub()
	s.Set(func(r *githubtest.Repository) { r.NoDrafts, r.AutoMerge = true, false })
	f := openGitHub(t, s, forge.Config{Token: "person"})
	s.Push("x")
	p := simple
	p.Draft, p.AutoMerge, p.Title = true, forge.Rebase, strings.Repeat("名", 300)
	pr := mustPropose(t, f, p)
	if pr.Draft || len(pr.Notes) != 2 || !strings.Contains(pr.Notes[0], "no draft") || !strings.Contains(pr.Notes[1], "allow auto-merge") {
		t.Errorf("in a repository without drafts: got draft = %t, notes %q", pr.Draft, pr.Notes)
	}
	if len(pr.Title) > 256 || !strings.HasSuffix(pr.Title, "名…") {
		t.Errorf("long title: got %d bytes, %q", len(pr.Title), pr.Title)
	}
}

func TestGitHubOpen(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, url, repo, token string
		want                   string // address that is called, or in the error
		fails                  bool
	}{
		{"github.com", "", "acme/apis", "t", "https://api.github.com/repos/", false},
		{"its site", "https://github.com/", "acme/apis", "t", "https://api.github.com/repos/", false},
		{"its API", "https://api.github.com", "acme/apis", "t", "https://api.github.com/repos/", false},
		{"data residency", "https://acme.ghe.com", "acme/apis", "t", "https://api.acme.ghe.com/repos/", false},
		{"own server", "https://git.acme.example:8443", "acme/apis", "t", "https://git.acme.example:8443/api/v3/repos/", false},
		{"own server's API", "https://git.acme.example/api/v3/", "acme/apis", "t", "https://git.acme.example/api/v3/repos/", false},
		{"on this machine", "http://127.0.0.1:8080", "acme/apis", "t", "http://127.0.0.1:8080/api/v3/repos/", false},
		{"not encrypted", "http://git.acme.example", "acme/apis", "t", "https only", true},
		{"no address", "git.acme.example", "acme/apis", "t", "https://HOST", true},
		{"no token", "", "acme/apis", "", "token", true},
		{"no owner", "", "apis", "t", "OWNER/NAME", true},
		{"path", "", "acme/apis/more", "t", "OWNER/NAME", true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			var called string
			seen := roundTrip(func(r *http.Request) (*http.Response, error) {
				called = r.URL.String()
				if got := r.Header.Get("Authorization"); got != "Bearer t" {
					t.Errorf("authorization: got %q", got)
				}
				return nil, errors.New("enough")
			})
			f, err := forge.Open(forge.Config{Kind: "github", URL: tt.url, Repo: tt.repo, Token: tt.token, HTTP: &http.Client{Transport: seen}})
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

type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// TestGitHubRedirects checks that the token stays with the forge.
func TestGitHubRedirects(t *testing.T) {
	t.Parallel()
	seen := map[string]string{}
	next := roundTrip(func(r *http.Request) (*http.Response, error) {
		seen[r.URL.Host] = r.Header.Get("Authorization")
		if r.URL.Host == "api.github.com" {
			h := http.Header{"Location": {"https://evil.example/"}}
			return &http.Response{StatusCode: http.StatusMovedPermanently, Header: h, Body: http.NoBody, Request: r}, nil
		}
		return nil, errors.New("enough")
	})
	f, err := forge.Open(forge.Config{Kind: "github", Repo: "acme/apis", Token: "t", HTTP: &http.Client{Transport: next}})
	if err != nil {
		t.Fatal(err)
	}
	_, _ = f.List(t.Context())
	if token, called := seen["evil.example"]; !called || token != "" {
		t.Errorf("host of a redirect: got called = %t with authorization %q, want none", called, token)
	}
}
