package forge_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/lockstep-apiops/lockstep/forge"
)

// TestFileURL has the addresses as the forges write them themselves.
func TestFileURL(t *testing.T) {
	t.Parallel()
	tests := []struct{ name, kind, url, repo, want string }{
		{"GitHub", "github", "", "acme/apis", "https://github.com/acme/apis/blob/lock/x/named%20values/v.json"},
		{"GitHub by its API", "github", "https://api.github.com", "acme/apis", "https://github.com/acme/apis/blob/lock/x/named%20values/v.json"},
		{"GitHub with data residency", "github", "https://acme.ghe.com", "acme/apis", "https://acme.ghe.com/acme/apis/blob/lock/x/named%20values/v.json"},
		{"GitHub Enterprise Server", "github", "https://git.acme.example/api/v3", "acme/apis", "https://git.acme.example/acme/apis/blob/lock/x/named%20values/v.json"},
		{"GitLab", "gitlab", "", "acme/platform/apis", "https://gitlab.com/acme/platform/apis/-/blob/lock/x/named%20values/v.json"},
		{"GitLab below a path", "gitlab", "https://acme.example/gitlab/", "acme/apis", "https://acme.example/gitlab/acme/apis/-/blob/lock/x/named%20values/v.json"},
		{"Azure", "azure", "https://dev.azure.com/acme", "Api Platform/apis", "https://dev.azure.com/acme/Api%20Platform/_git/apis?path=/named%20values/v.json&version=GBlock/x"},
		{"Gitea", "gitea", "https://codeberg.org", "acme/apis", "https://codeberg.org/acme/apis/src/branch/lock/x/named%20values/v.json"},
		{"Gitea below a path", "gitea", "http://localhost:3000/git", "acme/apis", "http://localhost:3000/git/acme/apis/src/branch/lock/x/named%20values/v.json"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			f, err := forge.Open(forge.Config{Kind: tt.kind, URL: tt.url, Repo: tt.repo, Token: "t", HTTP: &http.Client{Transport: http.DefaultTransport}})
			if err != nil {
				t.Fatal(err)
			}
			if got := f.Abilities().FileURL("lock/x", "named values/v.json"); got != tt.want {
				t.Errorf("got %s, want %s", got, tt.want)
			}
		})
	}
	if got := (forge.Abilities{}).FileURL("x", "a"); got != "" {
		t.Errorf("without pages: got %q, want nothing", got)
	}
}

// FuzzFileURL checks that a name stays within its place in the address.
func FuzzFileURL(f *testing.F) {
	f.Add("lock/x", "named values/a;rev=2#%/v.json")
	f.Add("{path}", "{branch}](x)`")
	a := forge.Abilities{FilePage: "https://forge.example/r?path=/{path}&version=GB{branch}"}
	f.Fuzz(func(t *testing.T, branch, path string) {
		got := a.FileURL(branch, path)
		if got == "" {
			return
		}
		u, err := url.Parse(got)
		if err != nil || u.Query().Get("path") != "/"+path || u.Query().Get("version") != "GB"+branch || len(u.Query()) != 2 || u.Fragment != "" {
			t.Errorf("branch %q, path %q: got %s, %v", branch, path, got, err)
		}
		if strings.ContainsFunc(got, func(r rune) bool { return r <= ' ' || r > '~' || strings.ContainsRune("()<>[]{}`|\\\"'!*;#$@", r) }) {
			t.Errorf("branch %q, path %q: %q means something in Markdown", branch, path, got)
		}
	})
}
