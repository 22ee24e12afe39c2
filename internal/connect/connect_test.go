package connect

import (
	"bytes"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/spf13/pflag"

	"github.com/lockstep-apiops/lockstep/internal/cli"
	"github.com/lockstep-apiops/lockstep/internal/config"
	"github.com/lockstep-apiops/lockstep/internal/git"
	"github.com/lockstep-apiops/lockstep/internal/httpx"
	"github.com/lockstep-apiops/lockstep/internal/settings"
)

// host reads settings from an environment in one line.
func host(t *testing.T, env string) *Host {
	t.Helper()
	return hostOf(t, strings.Fields(env), nil)
}

func hostOf(t *testing.T, environ []string, log *slog.Logger) *Host {
	t.Helper()
	sys := cli.System{Environ: environ}
	set, flags := config.MustSet(settings.Pulls()), pflag.NewFlagSet("pulls", pflag.ContinueOnError)
	set.AddFlags(flags)
	v, err := set.Resolve(flags, sys.Environ)
	if err != nil {
		t.Fatal(err)
	}
	return New(v, Options{Env: sys.Getenv, Log: log})
}

func TestForge(t *testing.T) {
	t.Parallel()
	const (
		onGitHub = "GITHUB_ACTIONS=true GITHUB_SERVER_URL=https://github.com GITHUB_REPOSITORY=acme/apis"
		remote   = " LOCKSTEP_REPO=https://github.com/acme/apis"
		own      = "LOCKSTEP_REPO=../x LOCKSTEP_FORGE=github LOCKSTEP_FORGE_URL=https://git.acme.example LOCKSTEP_FORGE_REPO=a/b"
	)
	tests := []struct {
		name, env string
		want      string // kind, URL and repository
		tokens    string // where they are from
		fails     string // to open it
	}{
		{"a path", "LOCKSTEP_REPO=../apis.git", "local", "", ""},
		{"a path in CI", onGitHub + " LOCKSTEP_REPO=../apis.git", "local", "", ""},
		{"address", "GITHUB_TOKEN=t" + remote, "github https://github.com acme/apis", "GITHUB_TOKEN", ""},
		{"its own token first", "GITHUB_TOKEN=t GH_TOKEN=u LOCKSTEP_FORGE_TOKEN=v" + remote, "github https://github.com acme/apis", "LOCKSTEP_FORGE_TOKEN in the environment", ""},
		{"told otherwise", "LOCKSTEP_FORGE=local" + remote, "local", "", ""},
		{"told where", own + " GH_ENTERPRISE_TOKEN=t", "github https://git.acme.example a/b", "GH_ENTERPRISE_TOKEN", ""},
		{"told half", "LOCKSTEP_REPO=../x LOCKSTEP_FORGE=github GH_TOKEN=t", "github", "GH_TOKEN", "--forge-repo OWNER/NAME"},
		{"no token", remote, "github https://github.com acme/apis", "", "the forge github needs a token"},
		{"the token of another forge", "GITLAB_TOKEN=t GITEA_TOKEN=t AZURE_DEVOPS_EXT_PAT=t" + remote, "github https://github.com acme/apis", "", "the forge github needs a token"},
		{"the token of another server", own + " GITHUB_TOKEN=t", "github https://git.acme.example a/b", "", "that in GITHUB_TOKEN was made for another server"},
		{"the token of a job's git", "GITLAB_CI=true CI_SERVER_URL=https://gitlab.com CI_JOB_TOKEN=t LOCKSTEP_REPO=https://gitlab.com/a/b", "gitlab https://gitlab.com a/b", "CI_JOB_TOKEN", "CI_JOB_TOKEN serves git alone"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			h := host(t, tt.env)
			var from []string
			for _, token := range h.tokens {
				from = append(from, token.From)
			}
			if got := strings.Join(from, " "); h.conf.String() != tt.want || got != tt.tokens {
				t.Errorf("forge: got %q with tokens of %q, want %q with %q", h.conf, got, tt.want, tt.tokens)
			}
			if h.conf.Kind == local {
				return
			}
			_, err := h.Forge(nil)
			if (err == nil) != (tt.fails == "") || err != nil && !strings.Contains(err.Error(), tt.fails) {
				t.Errorf("open: got %v, want %q", err, tt.fails)
			}
			if err != nil && strings.Contains(err.Error(), "=t") {
				t.Errorf("the error shows a token: %v", err)
			}
		})
	}
}

func TestGitAuth(t *testing.T) {
	t.Parallel()
	const jwt = "eyJ0eXAi.eyJhdWQi.c2ln"
	tests := []struct {
		name, env string
		want      git.Auth
	}{
		{"GitHub", "LOCKSTEP_REPO=https://github.com/a/b GITHUB_TOKEN=t", git.Auth{User: "x-access-token", Password: "t"}},
		{"its own token first", "LOCKSTEP_REPO=https://github.com/a/b GITHUB_TOKEN=t LOCKSTEP_GIT_TOKEN=u", git.Auth{Password: "u"}},
		{"a user", "LOCKSTEP_REPO=https://github.com/a/b GITHUB_TOKEN=t LOCKSTEP_GIT_USER=me", git.Auth{User: "me", Password: "t"}},
		{"GitLab", "LOCKSTEP_REPO=https://gitlab.com/a/b GITLAB_TOKEN=t GITHUB_TOKEN=u", git.Auth{User: "oauth2", Password: "t"}},
		{"a job of GitLab", "LOCKSTEP_REPO=https://gitlab.com/a/b GITLAB_CI=true CI_SERVER_URL=https://gitlab.com CI_JOB_TOKEN=t", git.Auth{User: "gitlab-ci-token", Password: "t"}},
		{"a job of Azure Pipelines", "LOCKSTEP_REPO=https://dev.azure.com/o/p/_git/r TF_BUILD=True SYSTEM_COLLECTIONURI=https://dev.azure.com/o/ SYSTEM_ACCESSTOKEN=" + jwt, git.Auth{Bearer: jwt}},
		{"a personal token of Azure", "LOCKSTEP_REPO=https://dev.azure.com/o/p/_git/r AZURE_DEVOPS_EXT_PAT=t", git.Auth{Password: "t"}},
		{"Gitea", "LOCKSTEP_REPO=https://codeberg.org/a/b FORGEJO_TOKEN=t", git.Auth{Password: "t"}},
		{"the token of another forge", "LOCKSTEP_REPO=https://gitlab.com/a/b GITHUB_TOKEN=t GITEA_TOKEN=u", git.Auth{}},
		{"a host that is no forge", "LOCKSTEP_REPO=https://git.example/a/b GITHUB_TOKEN=t LOCKSTEP_FORGE_TOKEN=u", git.Auth{}},
		{"a forge elsewhere", "LOCKSTEP_REPO=https://git.example/a/b LOCKSTEP_FORGE=github LOCKSTEP_FORGE_URL=https://github.com LOCKSTEP_FORGE_REPO=a/b LOCKSTEP_FORGE_TOKEN=u", git.Auth{}},
		{"in clear", "LOCKSTEP_REPO=http://github.com/a/b GITHUB_TOKEN=t", git.Auth{}},
		{"in the address", "LOCKSTEP_REPO=https://me:mine@github.com/a/b GITHUB_TOKEN=t", git.Auth{}},
		{"ssh", "LOCKSTEP_REPO=git@github.com:a/b GITHUB_TOKEN=t", git.Auth{}},
		{"a path", "LOCKSTEP_REPO=../apis.git GITHUB_TOKEN=t", git.Auth{}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got := host(t, tt.env).gitAuth()
			if got.User != tt.want.User || got.Password != tt.want.Password || got.Bearer != tt.want.Bearer || got.Renew != nil {
				t.Errorf("got user %q, password %q, bearer %q; want %q, %q, %q", got.User, got.Password, got.Bearer, tt.want.User, tt.want.Password, tt.want.Bearer)
			}
		})
	}
}

// TestTokensStayAtHome has servers that lead git and the API elsewhere, and looks
// at what arrives there.
func TestTokensStayAtHome(t *testing.T) {
	t.Parallel()
	var mu sync.Mutex
	var here, elsewhere []string
	record := func(to *[]string, r *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		*to = append(*to, r.Header.Get("Authorization"))
	}
	other := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		record(&elsewhere, r)
		http.NotFound(w, r)
	}))
	defer other.Close()
	home := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		record(&here, r)
		http.Redirect(w, r, other.URL+r.URL.RequestURI(), http.StatusTemporaryRedirect)
	}))
	defer home.Close()
	var log bytes.Buffer
	h := hostOf(t, []string{
		"LOCKSTEP_REPO=" + home.URL + "/acme/apis.git", "LOCKSTEP_FORGE=github", "LOCKSTEP_FORGE_URL=" + home.URL,
		"LOCKSTEP_FORGE_REPO=acme/apis", "LOCKSTEP_FORGE_TOKEN=t0ken-t0ken",
	}, slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug})))
	repo, err := h.Repository(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	_, gitErr := repo.Branches(t.Context())
	f, err := h.Forge(repo)
	if err != nil {
		t.Fatal(err)
	}
	_, listErr := f.List(t.Context())
	if err := repo.Close(); err != nil {
		t.Fatal(err)
	}
	if len(here) < 2 || len(elsewhere) < 2 || slices.Contains(here, "") {
		t.Fatalf("requests: got %d here and %d elsewhere, want git and the API on both", len(here), len(elsewhere))
	}
	if strings.Join(elsewhere, "") != "" {
		t.Errorf("elsewhere arrived %q, want no credentials", elsewhere)
	}
	for _, text := range []string{log.String(), errors.Join(gitErr, listErr).Error()} {
		if strings.Contains(text, "t0ken") {
			t.Errorf("the token is shown: %s", text)
		}
	}
}

func TestGitHubApp(t *testing.T) {
	t.Parallel()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	text := string(pem.EncodeToMemory(&pem.Block{Type: "RSA PRIVATE KEY", Bytes: x509.MarshalPKCS1PrivateKey(key)}))
	file := filepath.Join(t.TempDir(), "app.pem")
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	const repo, id = "LOCKSTEP_REPO=https://github.com/a/b", "LOCKSTEP_GITHUB_APP_ID=1"
	inEnv, inFile := "LOCKSTEP_GITHUB_APP_KEY="+text, "LOCKSTEP_GITHUB_APP_KEY_FILE="+file
	tests := []struct {
		name  string
		env   []string
		wrong string
	}{
		{"a key", []string{repo, id, inEnv}, ""},
		{"a file", []string{repo, id, inFile, "LOCKSTEP_GITHUB_APP_INSTALLATION=7"}, ""},
		{"a token of the job besides", []string{repo, id, inFile, "GITHUB_TOKEN=t"}, ""},
		{"a token besides", []string{repo, id, inFile, "LOCKSTEP_FORGE_TOKEN=t"}, "exclude each other"},
		{"both keys", []string{repo, id, inFile, inEnv}, "exclude each other"},
		{"no key", []string{repo, id}, "needs its private key"},
		{"no id", []string{repo, inFile}, "--github-app-id"},
		{"no file", []string{repo, id, inFile + ".not"}, "read private key"},
		{"no PEM", []string{repo, id, "LOCKSTEP_GITHUB_APP_KEY=hello"}, "not in PEM"},
		{"another forge", []string{"LOCKSTEP_REPO=https://gitlab.com/a/b", id, inFile}, "needs a repository on GitHub"},
		{"a path", []string{"LOCKSTEP_REPO=../apis.git", id, inFile}, "needs a repository on GitHub"},
		{"no name", []string{"LOCKSTEP_REPO=../apis.git", "LOCKSTEP_FORGE=github", id, inFile}, "--forge-repo OWNER/NAME"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			h := hostOf(t, tt.env, nil)
			_, err := h.Forge(nil)
			if tt.wrong != "" {
				_, gitErr := h.Repository(t.Context())
				for _, err := range []error{err, gitErr} {
					if err == nil || !strings.Contains(err.Error(), tt.wrong) {
						t.Errorf("got %v, want an error with %q", err, tt.wrong)
					}
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if a := h.gitAuth(); a.Renew == nil || a.User != "x-access-token" || a.Password != "" {
				t.Errorf("git signs in as %q with %v, want the app's tokens", a.User, a)
			}
		})
	}
}

func TestDecide(t *testing.T) {
	t.Parallel()
	used := http.Header{"X-Ratelimit-Remaining": {"0"}}
	tests := []struct {
		name   string
		answer httpx.Answer
		want   httpx.Verdict
	}{
		{"secondary limit", httpx.Answer{Status: 403, Header: http.Header{"Retry-After": {"5"}}}, httpx.Throttled},
		{"too many", httpx.Answer{Status: 429, Header: http.Header{}}, httpx.Throttled},
		{"hour used up", httpx.Answer{Status: 429, Header: used}, httpx.Stop},
		{"not permitted", httpx.Answer{Status: 403, Header: http.Header{}}, httpx.Stop},
		{"bad gateway", httpx.Answer{Status: 502, Header: http.Header{}}, httpx.Broken},
	}
	for _, tt := range tests {
		if got := decide(tt.answer); got != tt.want {
			t.Errorf("%s: got %v, want %v", tt.name, got, tt.want)
		}
	}
}
