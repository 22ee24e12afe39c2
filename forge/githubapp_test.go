package forge_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/lockstep-apiops/lockstep/forge"
	"github.com/lockstep-apiops/lockstep/forge/githubtest"
)

// appKey is made once: to find primes is what takes these tests their time.
var appKey = sync.OnceValue(func() *rsa.PrivateKey {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		panic(err)
	}
	return key
})

func pkcs1(key *rsa.PrivateKey) []byte {
	return pem.EncodeToMemory(&pem.Block{Type: "RSA PRIVATE KEY", Bytes: x509.MarshalPKCS1PrivateKey(key)})
}

func pkcs8(t *testing.T, key any) []byte {
	t.Helper()
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})
}

// theApp is installed on the repository.
func theApp() githubtest.App {
	return githubtest.App{ID: "4711", Key: &appKey().PublicKey, Login: "lock[bot]", Installation: 99, Permissions: minimal}
}

func TestGitHubApp(t *testing.T) {
	t.Parallel()
	now := time.Date(2024, 5, 6, 7, 8, 9, 0, time.UTC)
	tests := []struct {
		name   string
		app    func(a *githubtest.App)
		mine   forge.GitHubApp
		repo   string
		off    time.Duration // of the clock here
		denied string
	}{
		{name: "PKCS #1", mine: forge.GitHubApp{Key: pkcs1(appKey())}},
		{name: "PKCS #8", mine: forge.GitHubApp{Key: pkcs8(t, appKey())}},
		{name: "a key in one line", mine: forge.GitHubApp{Key: []byte(strings.ReplaceAll(string(pkcs1(appKey())), "\n", `\n`))}},
		{name: "the installation is known", mine: forge.GitHubApp{Key: pkcs1(appKey()), Installation: 99}},
		{name: "a clock that is a little slow", mine: forge.GitHubApp{Key: pkcs1(appKey())}, off: -50 * time.Second},
		{name: "a clock that is a little fast", mine: forge.GitHubApp{Key: pkcs1(appKey())}, off: 50 * time.Second},
		{name: "a clock that is slow", mine: forge.GitHubApp{Key: pkcs1(appKey())}, off: -time.Hour, denied: "the clock of this machine is off by -1h0m0s"},
		{name: "a clock that is fast", mine: forge.GitHubApp{Key: pkcs1(appKey())}, off: 2 * time.Hour, denied: "the clock of this machine is off by 2h0m0s"},
		{name: "another app's id", mine: forge.GitHubApp{ID: "4712", Key: pkcs1(appKey())}, denied: "the id and the private key are of the same app"},
		{name: "installed nowhere", app: func(a *githubtest.App) { a.Installation = 0 }, mine: forge.GitHubApp{Key: pkcs1(appKey())}, denied: "the app is not installed on acme/apis"},
		{name: "installed on others", app: func(a *githubtest.App) { a.Elsewhere = true }, mine: forge.GitHubApp{Key: pkcs1(appKey())}, denied: "the app is not installed on acme/apis"},
		{name: "a known installation on others", app: func(a *githubtest.App) { a.Elsewhere = true }, mine: forge.GitHubApp{Key: pkcs1(appKey()), Installation: 99}, denied: "does not reach acme/apis"},
		{name: "another's installation", mine: forge.GitHubApp{Key: pkcs1(appKey()), Installation: 7}, denied: "no installation 7"},
		{name: "another repository", mine: forge.GitHubApp{Key: pkcs1(appKey())}, repo: "acme/others", denied: "not installed on acme/others"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s, app := newGitHub(), theApp()
			if tt.app != nil {
				tt.app(&app)
			}
			s.AddApp(app)
			s.SetClock(func() time.Time { return now })
			if tt.mine.ID == "" {
				tt.mine.ID = app.ID
			}
			if tt.repo == "" {
				tt.repo = "acme/apis"
			}
			c := forge.Config{Repo: tt.repo, HTTP: &http.Client{Transport: s}, Now: func() time.Time { return now.Add(tt.off) }}
			tokens, err := forge.GitHubAppTokens(c, tt.mine)
			if err != nil {
				t.Fatal(err)
			}
			token, err := tokens(t.Context())
			if tt.denied == "" {
				if err != nil || token == "" {
					t.Errorf("token: got %q, %v", token, err)
				}
				return
			}
			if !errors.Is(err, forge.ErrDenied) || !strings.Contains(err.Error(), tt.denied) {
				t.Errorf("error: got %v, want one with %q", err, tt.denied)
			}
		})
	}
}

// TestGitHubAppRenews has a run that takes longer than a token lasts.
func TestGitHubAppRenews(t *testing.T) {
	t.Parallel()
	s := newGitHub()
	s.AddApp(theApp())
	now := time.Date(2024, 5, 6, 7, 8, 9, 0, time.UTC)
	clock := func() time.Time { return now }
	s.SetClock(clock)
	c := forge.Config{Kind: "github", Repo: "acme/apis", HTTP: &http.Client{Transport: s}, Now: clock}
	var err error
	if c.Tokens, err = forge.GitHubAppTokens(c, forge.GitHubApp{ID: "4711", Key: pkcs1(appKey())}); err != nil {
		t.Fatal(err)
	}
	f, err := forge.Open(c)
	if err != nil {
		t.Fatal(err)
	}
	var handed []int
	for _, after := range []time.Duration{0, 30 * time.Minute, 24 * time.Minute, 2 * time.Minute, 3 * time.Hour} {
		now = now.Add(after)
		if _, err := f.List(t.Context()); err != nil {
			t.Errorf("list after %v: %v", after, err)
		}
		handed = append(handed, s.Handed())
	}
	if d := cmp.Diff(handed, []int{1, 1, 1, 2, 3}); d != "" {
		t.Errorf("tokens handed out after each call, got -, want +:\n%s", d)
	}
	var all []string
	for _, call := range s.Calls() {
		if strings.HasSuffix(call, "/installation") {
			all = append(all, call)
		}
	}
	if len(all) != 1 {
		t.Errorf("asked for the installation %d times, want once", len(all))
	}
}

// TestGitHubAppInParallel has many calls wait for one token.
func TestGitHubAppInParallel(t *testing.T) {
	t.Parallel()
	s := newGitHub()
	s.AddApp(theApp())
	tokens, err := forge.GitHubAppTokens(forge.Config{Repo: "acme/apis", HTTP: &http.Client{Transport: s}}, forge.GitHubApp{ID: "4711", Key: pkcs1(appKey())})
	if err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			if _, err := tokens(t.Context()); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if got := s.Handed(); got != 1 {
		t.Errorf("tokens handed out: got %d, want 1", got)
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	fresh, err := forge.GitHubAppTokens(forge.Config{Repo: "acme/apis", HTTP: &http.Client{Transport: s}}, forge.GitHubApp{ID: "4711", Key: pkcs1(appKey())})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := fresh(ended); !errors.Is(err, context.Canceled) {
		t.Errorf("token after the end: got %v", err)
	}
}

func TestGitHubAppErrors(t *testing.T) {
	t.Parallel()
	ec, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	good := string(pkcs1(appKey()))
	tests := []struct {
		name, id, key, repo, url string
		want                     string
	}{
		{"no key", "1", "", "a/b", "", "not in PEM"},
		{"half a key", "1", good[:400], "a/b", "", "not in PEM"},
		{"a certificate", "1", string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: []byte("x")})), "a/b", "", `block "CERTIFICATE"`},
		{"a key of another kind", "1", string(pkcs8(t, ec)), "a/b", "", "not of RSA"},
		{"no id", "", good, "a/b", "", "the app's id"},
		{"no owner", "1", good, "b", "", "OWNER/NAME"},
		{"a path", "1", good, "a/b/c", "", "OWNER/NAME"},
		{"in clear", "1", good, "a/b", "http://git.example", "over https only"},
	}
	for _, tt := range tests {
		_, err := forge.GitHubAppTokens(forge.Config{Repo: tt.repo, URL: tt.url, HTTP: &http.Client{Transport: newGitHub()}}, forge.GitHubApp{ID: tt.id, Key: []byte(tt.key)})
		if err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: got %v, want an error with %q", tt.name, err, tt.want)
		}
		if err != nil && len(tt.key) > 100 && strings.Contains(err.Error(), tt.key[60:90]) {
			t.Errorf("%s: the error shows the key: %v", tt.name, err)
		}
	}
	shown := fmt.Sprintf("%v %+v %#v", forge.GitHubApp{ID: "1", Key: []byte(good)}, forge.GitHubApp{ID: "1", Key: []byte(good)}, forge.GitHubApp{ID: "1", Key: []byte(good)})
	if strings.Contains(shown, "BEGIN") || strings.Contains(shown, "45 45 45") {
		t.Errorf("an app prints as %s", shown)
	}
}

// TestGitHubAppFails has GitHub fail in ways that are not the app's.
func TestGitHubAppFails(t *testing.T) {
	t.Parallel()
	s := newGitHub()
	s.AddApp(theApp())
	tokens, err := forge.GitHubAppTokens(forge.Config{Repo: "acme/apis", HTTP: &http.Client{Transport: s}}, forge.GitHubApp{ID: "4711", Key: pkcs1(appKey())})
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		fault githubtest.Fault
		want  string
	}{
		{githubtest.Fault{Path: "/installation", Status: 502, Body: "<html>"}, "GitHub answered 502: Bad Gateway"},
		{githubtest.Fault{Path: "/access_tokens", Status: 403, Body: `{"message":"This installation has been suspended"}`}, "suspended"},
		{githubtest.Fault{Path: "/access_tokens", Status: 201, Body: `{}`}, "without a token"},
		{githubtest.Fault{Path: "/access_tokens", Status: 201, Body: `<html>`}, "read GitHub's answer"},
	} {
		s.Fail(tt.fault)
		if token, err := tokens(t.Context()); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%+v: got %q, %v; want an error with %q", tt.fault, token, err, tt.want)
		}
	}
	if _, err := tokens(t.Context()); err != nil {
		t.Errorf("after the failures: %v", err)
	}
}
