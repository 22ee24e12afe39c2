package forge_test

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/lockstep-apiops/lockstep/forge"
	"github.com/lockstep-apiops/lockstep/forge/azuretest"
	"github.com/lockstep-apiops/lockstep/internal/httpx"
)

// TestAzureLostAnswers lets requests take effect whose answers get lost.
func TestAzureLostAnswers(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name  string
		fault azuretest.Fault
		fails bool // the first time
	}{
		{"create", azuretest.Fault{Method: "POST", Path: "/pullrequests", Status: 502, After: true, Body: "<html>"}, false},
		{"create, without effect", azuretest.Fault{Method: "POST", Path: "/pullrequests", Status: 500}, true},
		{"update", azuretest.Fault{Method: "PATCH", Path: "/pullrequests/1", Status: 502, After: true}, true},
		{"reading it whole", azuretest.Fault{Method: "GET", Path: "/pullrequests/1", Status: 502}, true},
		{"labels", azuretest.Fault{Method: "POST", Path: "/labels", Status: 503, After: true}, true},
		{"reviewers", azuretest.Fault{Method: "PUT", Path: "", Status: 503, After: true}, true},
		{"comment", azuretest.Fault{Method: "POST", Path: "/threads", Status: 504, After: true}, true},
		{"list", azuretest.Fault{Method: "GET", Path: "/pullrequests", Status: 500}, true},
		{"locations", azuretest.Fault{Method: "OPTIONS", Path: "/_apis", Status: 500}, true},
		{"no JSON", azuretest.Fault{Method: "GET", Path: "/pullrequests", Status: 200, Body: "{"}, true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				s := newAzure()
				f := openAzure(t, s, forge.Config{Token: personal})
				s.Push("x")
				if strings.HasSuffix(tt.fault.Path, "/1") {
					p := simple
					p.Body = "older"
					mustPropose(t, f, p)
				}
				s.Fail(tt.fault)
				run := func() error {
					p := simple
					p.Labels, p.Reviewers = []string{"drift"}, []string{rita}
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
				if err != nil || len(all) != 1 || len(all[0].Labels) != 1 || all[0].Body != simple.Body {
					t.Errorf("list: got %+v, %v; want one", all, err)
				}
				if got := s.Comments(1); len(got) != 1 {
					t.Errorf("comments: got %q, want one", got)
				}
			})
		})
	}
}

// TestAzureNewAfterAll checks that what a lost answer has opened is told as new,
// and what somebody else was faster with is not.
func TestAzureNewAfterAll(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name   string
		before bool // somebody else has opened it meanwhile
		fault  azuretest.Fault
		isNew  bool
	}{
		{"lost answer", false, azuretest.Fault{Method: "POST", Path: "/pullrequests", Status: 502, After: true}, true},
		{"not listed yet", true, azuretest.Fault{Method: "GET", Path: "/pullrequests", Status: 200, Body: `{"count":0,"value":[]}`}, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				s := newAzure()
				f := openAzure(t, s, forge.Config{Token: personal})
				s.Push("x")
				if tt.before {
					mustPropose(t, openAzure(t, s, forge.Config{Token: job}), simple)
				}
				s.Fail(tt.fault)
				if pr := mustPropose(t, f, simple); pr.New != tt.isNew || pr.Number != 1 {
					t.Errorf("propose: got number %d, new = %t; want 1, %t", pr.Number, pr.New, tt.isNew)
				}
			})
		})
	}
	synctest.Test(t, func(t *testing.T) {
		s := newAzure()
		f := openAzure(t, s, forge.Config{Token: personal})
		s.Push("x")
		s.Fail(azuretest.Fault{Method: "POST", Path: "/pullrequests", Status: 409, Body: `{"typeKey":"GitPullRequestExistsException","message":"TF401179"}`})
		ctx, cancel := context.WithTimeout(t.Context(), 2*time.Second)
		defer cancel()
		if _, err := f.Propose(ctx, simple); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("deadline while waiting: got %v, want %v", err, context.DeadlineExceeded)
		}
	})
}

func TestAzureRefusals(t *testing.T) {
	t.Parallel()
	testRefusals(t, []refusal[azuretest.Repository]{
		{name: "permission missing", token: "reader", denied: true, want: `TF401027`},
		{name: "permission missing, by its name", token: "reader", denied: true, want: `allow "Contribute to pull requests"`},
		{name: "token unknown", token: "S3CRET", denied: true, want: "asks to sign in"},
		{name: "token unknown, other page", token: "S3CRET", set: func(r *azuretest.Repository) { r.Redirects = true }, denied: true, want: "asks to sign in"},
		{name: "bearer unknown", token: "eyJS3CRET.a.b", denied: true, want: "expired"},
		{name: "scope missing", token: "read-scoped", denied: true, want: "scope Code (read & write)"},
		{name: "repository not shown", token: "blind", want: "does not show it"},
		{name: "disabled", token: personal, set: func(r *azuretest.Repository) { r.Disabled = true }, want: "TF401019"},
		{name: "renamed project", token: personal, set: func(r *azuretest.Repository) { r.Project = "Other" }, want: "TF200016"},
		{name: "expired in the middle", token: personal, denied: true, want: "expired", fault: azuretest.Fault{Method: "POST", Path: "/pullrequests", Status: 401}},
		{name: "expired in the middle, a page", token: personal, denied: true, want: "sign in", fault: azuretest.Fault{
			Method: "POST", Path: "/pullrequests", Status: 203, Header: http.Header{"Content-Type": {"text/html"}}, Body: "<html>",
		}},
		{name: "too many", token: personal, want: "run again in 30 s", fault: azuretest.Fault{
			Path: "/pullrequests", Status: 429, Header: http.Header{"Retry-After": {"30"}}, Body: `{"message":"TF400733: The request has been canceled"}`,
		}},
		{name: "too many, by its key", token: personal, want: "run again later", fault: azuretest.Fault{
			Path: "/pullrequests", Status: 503, Body: `{"message":"TF400733: The request has been canceled","typeKey":"RequestBlockedException"}`,
		}},
		{name: "a page of a proxy", token: personal, want: "answered 502: Bad Gateway", fault: azuretest.Fault{
			Path: "/pullrequests", Status: 502, Header: http.Header{"Content-Type": {"text/html"}}, Body: "<html>Bad gateway</html>",
		}},
		{name: "no words", token: personal, want: "answered 500: Internal Server Error", fault: azuretest.Fault{Path: "/pullrequests", Status: 500}},
		{name: "plain words", token: personal, want: "answered 418: I am a teapot", fault: azuretest.Fault{Path: "/pullrequests", Status: 418, Body: "I am\na teapot"}},
		{name: "improper words", token: personal, want: "answered 400: not so", fault: azuretest.Fault{Path: "/pullrequests", Status: 400, Body: `{"count":1,"value":{"Message":"not so"}}`}},
		{name: "forbidden for other reasons", token: personal, denied: true, want: "VS403463", fault: azuretest.Fault{
			Path: "/pullrequests", Status: 403, Body: `{"message":"VS403463: The conditional access policy failed","typeKey":"AadConditionalAccessException"}`,
		}},
		{name: "unknown permission", token: personal, denied: true, want: `allow "NewOne"`, fault: azuretest.Fault{
			Path: "/pullrequests", Status: 403, Body: `{"message":"TF401027: You need the Git 'NewOne' permission","typeKey":"GitNeedsPermissionException"}`,
		}},
	}, func(t *testing.T, token string) (forge.Forge, fake[azuretest.Repository]) {
		s := newAzure()
		return openAzure(t, s, forge.Config{Token: token}), s
	})
}

// TestAzureMissingBranch checks that a missing branch is named.
func TestAzureMissingBranch(t *testing.T) {
	t.Parallel()
	f := openAzure(t, newAzure(), forge.Config{Token: personal})
	if _, err := f.Propose(t.Context(), simple); err == nil || !strings.Contains(err.Error(), `branch "x" or branch "main" is not there`) {
		t.Errorf("propose: got %v, want the branches in it", err)
	}
}

func TestAzureChecks(t *testing.T) {
	t.Parallel()
	both := forge.Needs{PullRequests: true, Statuses: true}
	tests := []struct {
		name, token string
		needs       forge.Needs
		disabled    bool
		fault       azuretest.Fault
		denied      bool
		want        []string // in the error; none means no error
	}{
		{name: "all there", token: job, needs: both},
		{name: "few scopes", token: "minimal", needs: both},
		{name: "scope missing", token: "read-scoped", needs: forge.Needs{PullRequests: true}, denied: true, want: []string{"Code (read & write)"}},
		{name: "both missing", token: "reader", needs: both, denied: true, want: []string{"Api Platform/apis", `"Contribute to pull requests"`, "TF401027"}},
		{name: "not needed", token: "reader"},
		{name: "nothing to see", token: "blind", denied: true, want: []string{"Api Platform/apis is not there, or the token may not see it"}},
		{name: "token unknown", token: "S3CRET", needs: both, denied: true, want: []string{"expired"}},
		{name: "disabled", token: personal, needs: both, disabled: true, want: []string{"the repository is disabled"}},
		{name: "not told", token: "reader", needs: both, denied: true, want: []string{"Contribute to pull requests"}, fault: azuretest.Fault{Path: "/16384", Status: 403, Times: 9}},
		{name: "no answer", token: personal, needs: both, want: []string{"503"}, fault: azuretest.Fault{Path: "/16384", Status: 503}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s := newAzure()
			s.Set(func(r *azuretest.Repository) { r.Disabled = tt.disabled })
			if tt.fault.Status != 0 {
				s.Fail(tt.fault)
			}
			err := openAzure(t, s, forge.Config{Token: tt.token}).(forge.Checker).Check(t.Context(), tt.needs)
			if (err != nil) != (tt.want != nil) || errors.Is(err, forge.ErrDenied) != tt.denied {
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

func TestAzureOpen(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, url, repo, token string
		want                   string // address that is called, or in the error
		auth                   string // how the authorization begins
		fails                  bool
	}{
		{"cloud", "https://dev.azure.com/Acme/", "p/r", "t", "https://dev.azure.com/acme/_apis", "Basic OnQ=", false},
		{"cloud, by its old name", "https://acme.visualstudio.com", "p/r", "t", "https://acme.visualstudio.com/_apis", "Basic ", false},
		{"own server", "https://tfs.acme.example:8443/tfs/Main", "p/r", "t", "https://tfs.acme.example:8443/tfs/main/_apis", "Basic ", false},
		{"on this machine", "http://127.0.0.1:8080/c", "p/r", "t", "http://127.0.0.1:8080/c/_apis", "Basic ", false},
		{"token of a job", "https://dev.azure.com/jobs", "p/r", job, "https://dev.azure.com/jobs/_apis", "Bearer eyJ", false},
		{"personal token that looks alike", "https://dev.azure.com/alike", "p/r", "eyJabc", "https://dev.azure.com/alike/_apis", "Basic ", false},
		{"names as in a remote", "https://dev.azure.com/escaped", "my%20project/r", "t", "https://dev.azure.com/escaped/_apis", "Basic ", false},
		{"no organisation", "https://dev.azure.com", "p/r", "t", "lacks the organisation", "", true},
		{"nothing", "", "p/r", "t", "https://dev.azure.com/ORGANISATION", "", true},
		{"password in it", "https://me:pw@dev.azure.com/acme", "p/r", "t", "https://dev.azure.com/ORGANISATION", "", true},
		{"not encrypted", "http://tfs.acme.example/c", "p/r", "t", "https only", "", true},
		{"no token", "https://dev.azure.com/acme", "p/r", "", "token", "", true},
		{"no project", "https://dev.azure.com/acme", "r", "t", "PROJECT/NAME", "", true},
		{"path", "https://dev.azure.com/acme", "p/r/more", "t", "PROJECT/NAME", "", true},
		{"path in disguise", "https://dev.azure.com/acme", "p/..", "t", "PROJECT/NAME", "", true},
		{"escaped path", "https://dev.azure.com/acme", "p/r%2fmore", "t", "PROJECT/NAME", "", true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			var called string
			seen := roundTrip(func(r *http.Request) (*http.Response, error) {
				called = r.URL.String()
				if got := r.Header.Get("Authorization"); !strings.HasPrefix(got, tt.auth) {
					t.Errorf("authorization: got %q, want %q", got, tt.auth)
				}
				return nil, errors.New("enough")
			})
			f, err := forge.Open(forge.Config{Kind: "azure", URL: tt.url, Repo: tt.repo, Token: tt.token, HTTP: &http.Client{Transport: seen}})
			if tt.fails {
				if err == nil || !strings.Contains(err.Error(), tt.want) || strings.Contains(err.Error(), ":pw@") {
					t.Errorf("open: got %v, want %q", err, tt.want)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if _, err := f.List(t.Context()); err == nil || called != tt.want {
				t.Errorf("list: got %v from %q, want %q", err, called, tt.want)
			}
		})
	}
	if _, err := forge.Open(forge.Config{Kind: "azure", URL: "https://dev.azure.com/a", Repo: "p/r", Token: "t"}); err == nil {
		t.Error("open without a client: got no error")
	}
}

// TestAzureTokenStays checks where the token goes: to the hosts of the service,
// not to where redirects and answers point.
func TestAzureTokenStays(t *testing.T) {
	t.Parallel()
	for site, want := range map[string]map[string]bool{
		"https://dev.azure.com/stays":        {"dev.azure.com": true, "vssps.dev.azure.com": true, "x.visualstudio.com": true, "evil.example": false, "evildev.azure.com": false},
		"https://stays.visualstudio.com":     {"vssps.dev.azure.com": true, "stays.vssps.visualstudio.com": true, "dev.azure.com.evil.example": false},
		"https://tfs.acme.example/tfs/stays": {"tfs.acme.example": true, "acme.example": false, "other.acme.example": false, "evil.example": false},
	} {
		for host, trusted := range want {
			seen := map[string]string{}
			first, _ := url.Parse(site)
			next := roundTrip(func(r *http.Request) (*http.Response, error) {
				if r.URL.Host == first.Host && len(seen) == 0 && host != first.Host {
					h := http.Header{"Location": {"https://" + host + "/elsewhere"}}
					return &http.Response{StatusCode: http.StatusTemporaryRedirect, Header: h, Body: http.NoBody, Request: r}, nil
				}
				seen[r.URL.Host] = r.Header.Get("Authorization")
				return nil, errors.New("enough")
			})
			f, err := forge.Open(forge.Config{Kind: "azure", URL: site, Repo: "p/r", Token: "t", HTTP: &http.Client{Transport: next}})
			if err != nil {
				t.Fatal(err)
			}
			_, _ = f.List(t.Context())
			if token, called := seen[host]; !called || (token != "") != trusted {
				t.Errorf("%s, host %s: got called = %t with authorization %q, want it = %t", site, host, called, token, trusted)
			}
		}
	}
}

// TestAzureWaits checks that a request which was refused for the number of them
// is sent again, with its body, by the client that the programs use.
func TestAzureWaits(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newAzure()
		s.Push("x")
		client := httpx.New(httpx.Options{Transport: s}).With(httpx.Policy{Decide: func(a httpx.Answer) httpx.Verdict {
			if forge.Throttled(a.Status, a.Header, a.Body) {
				return httpx.Throttled
			}
			return httpx.Transient(a)
		}})
		f, err := forge.Open(forge.Config{Kind: "azure", URL: s.URL(), Repo: "Api Platform/apis", Token: personal, HTTP: client.StandardClient()})
		if err != nil {
			t.Fatal(err)
		}
		s.Fail(azuretest.Fault{
			Method: "POST", Path: "/pullrequests", Times: 2, Status: 429, Header: http.Header{"Retry-After": {"30"}},
			Body: `{"message":"TF400733: The request has been canceled","typeKey":"RequestBlockedException"}`,
		})
		start := time.Now()
		if pr := mustPropose(t, f, simple); !pr.New || time.Since(start) < time.Minute {
			t.Errorf("propose: got new = %t after %v, want so after a minute", pr.New, time.Since(start))
		}
	})
}
