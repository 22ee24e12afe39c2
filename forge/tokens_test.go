package forge

import (
	"fmt"
	"net/url"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// environ looks up what stands in a line of NAME=value.
func environ(line string) func(string) string {
	return func(name string) string {
		for _, pair := range strings.Fields(line) {
			if value, ok := strings.CutPrefix(pair, name+"="); ok {
				return value
			}
		}
		return ""
	}
}

func TestFindTokens(t *testing.T) {
	t.Parallel()
	// Everything that somebody could have set, each with its own name as value.
	const all = " GITHUB_TOKEN=GITHUB_TOKEN GH_TOKEN=GH_TOKEN GH_ENTERPRISE_TOKEN=GH_ENTERPRISE_TOKEN GITHUB_ENTERPRISE_TOKEN=GITHUB_ENTERPRISE_TOKEN" +
		" GITLAB_TOKEN=GITLAB_TOKEN CI_JOB_TOKEN=CI_JOB_TOKEN SYSTEM_ACCESSTOKEN=SYSTEM_ACCESSTOKEN AZURE_DEVOPS_EXT_PAT=AZURE_DEVOPS_EXT_PAT" +
		" GITEA_TOKEN=GITEA_TOKEN FORGEJO_TOKEN=FORGEJO_TOKEN"
	const (
		onGitHub     = " GITHUB_ACTIONS=true GITHUB_SERVER_URL=https://github.com"
		onEnterprise = " GITHUB_ACTIONS=true GITHUB_SERVER_URL=https://git.acme.example"
		onGitLab     = " GITLAB_CI=true CI_SERVER_URL=https://gitlab.acme.example"
		onAzure      = " TF_BUILD=True SYSTEM_COLLECTIONURI=https://dev.azure.com/acme/"
		onOldAzure   = " TF_BUILD=True SYSTEM_COLLECTIONURI=https://acme.visualstudio.com/"
		onGitea      = " GITEA_ACTIONS=true GITHUB_ACTIONS=true GITHUB_SERVER_URL=https://git.acme.example"
	)
	tests := []struct {
		name, kind, url, env string
		want                 string
	}{
		{"github.com", "github", "https://github.com", "", "GITHUB_TOKEN GH_TOKEN"},
		{"its API", "github", "https://api.github.com", "", "GITHUB_TOKEN GH_TOKEN"},
		{"no address", "github", "", "", "GITHUB_TOKEN GH_TOKEN"},
		{"a subdomain of ghe.com", "github", "https://acme.ghe.com", "", "GITHUB_TOKEN GH_TOKEN"},
		{"Enterprise Server", "github", "https://git.acme.example", "", "GH_ENTERPRISE_TOKEN GITHUB_ENTERPRISE_TOKEN"},
		{"a host that calls itself GitHub", "github", "https://github-com.example", "", "GH_ENTERPRISE_TOKEN GITHUB_ENTERPRISE_TOKEN"},
		{"in a job of github.com", "github", "https://github.com", onGitHub, "GITHUB_TOKEN GH_TOKEN"},
		{"Enterprise Server from a job of github.com", "github", "https://git.acme.example", onGitHub, "GH_ENTERPRISE_TOKEN GITHUB_ENTERPRISE_TOKEN"},
		{"in a job of Enterprise Server", "github", "https://git.acme.example", onEnterprise, "GITHUB_TOKEN GH_TOKEN GH_ENTERPRISE_TOKEN GITHUB_ENTERPRISE_TOKEN"},
		{"github.com from a job of Enterprise Server", "github", "https://github.com", onEnterprise, "GH_TOKEN"},
		{"github.com from a job of Gitea", "github", "https://github.com", onGitea, "GH_TOKEN"},
		{"gitlab.com", "gitlab", "https://gitlab.com", "", "GITLAB_TOKEN"},
		{"gitlab.com from a job of another GitLab", "gitlab", "https://gitlab.com", onGitLab, "GITLAB_TOKEN"},
		{"in a job of GitLab", "gitlab", "https://gitlab.acme.example", onGitLab, "GITLAB_TOKEN CI_JOB_TOKEN"},
		{"Azure DevOps", "azure", "https://dev.azure.com/acme", "", "AZURE_DEVOPS_EXT_PAT"},
		{"in a job of Azure Pipelines", "azure", "https://dev.azure.com/acme", onAzure, "SYSTEM_ACCESSTOKEN AZURE_DEVOPS_EXT_PAT"},
		{"by its old address", "azure", "https://dev.azure.com/acme", onOldAzure, "SYSTEM_ACCESSTOKEN AZURE_DEVOPS_EXT_PAT"},
		{"another server from a job of Azure Pipelines", "azure", "https://tfs.acme.example/DefaultCollection", onAzure, "AZURE_DEVOPS_EXT_PAT"},
		{"codeberg.org", "gitea", "https://codeberg.org", "", "GITEA_TOKEN FORGEJO_TOKEN"},
		{"in a job of Gitea", "gitea", "https://git.acme.example", onGitea, "GITEA_TOKEN FORGEJO_TOKEN GITHUB_TOKEN"},
		{"codeberg.org from a job of Gitea", "gitea", "https://codeberg.org", onGitea, ""},
		{"in the repository", "local", "", "", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			var got []string
			for _, token := range FindTokens(environ(all+tt.env), Config{Kind: tt.kind, URL: tt.url}) {
				if token.Value != token.From {
					t.Errorf("token of %s: got that of %s", token.From, token.Value)
				}
				if token.GitOnly != (token.From == "CI_JOB_TOKEN") {
					t.Errorf("token of %s serves git only: got %t", token.From, token.GitOnly)
				}
				got = append(got, token.From)
			}
			if d := cmp.Diff(strings.Join(got, " "), tt.want); d != "" {
				t.Errorf("tokens, got -, want +:\n%s", d)
			}
		})
	}
}

func TestTokenShowsNothing(t *testing.T) {
	t.Parallel()
	token := Token{Value: "s3cret", From: "GH_TOKEN"}
	for _, text := range []string{fmt.Sprint(token), fmt.Sprintf("%+v", token), fmt.Sprintf("%#v", token), fmt.Sprintf("%v", []Token{token})} {
		if strings.Contains(text, "s3cret") || !strings.Contains(text, "GH_TOKEN") {
			t.Errorf("token prints as %s", text)
		}
	}
}

func TestTokenVariables(t *testing.T) {
	t.Parallel()
	if d := cmp.Diff(TokenVariables("gitea"), []string{"GITEA_TOKEN", "FORGEJO_TOKEN", "GITHUB_TOKEN"}); d != "" {
		t.Errorf("of Gitea, got -, want +:\n%s", d)
	}
	if got := strings.Count(strings.Join(TokenVariables(""), " ")+" ", "GITHUB_TOKEN "); got != 1 {
		t.Errorf("of all: GITHUB_TOKEN is there %d times, want once", got)
	}
}

func TestGitLogin(t *testing.T) {
	t.Parallel()
	const jwt = "eyJ0eXAi.eyJhdWQi.c2ln"
	tests := []struct {
		name, kind, site, remote, token string
		gitOnly                         bool
		want                            string
	}{
		{"GitHub", "github", "https://github.com", "https://github.com/acme/apis", "t", false, "x-access-token"},
		{"its other names", "github", "https://api.github.com", "https://www.github.com/acme/apis.git", "t", false, "x-access-token"},
		{"GitLab", "gitlab", "https://gitlab.com", "https://gitlab.com/acme/apis.git", "t", false, "oauth2"},
		{"a job's token", "gitlab", "https://gitlab.com", "https://gitlab.com/acme/apis.git", "t", true, "gitlab-ci-token"},
		{"Azure with a personal token", "azure", "https://dev.azure.com/acme", "https://acme@dev.azure.com/acme/p/_git/r", "abc", false, ""},
		{"Azure with a job's token", "azure", "https://dev.azure.com/acme", "https://dev.azure.com/acme/p/_git/r", jwt, false, "bearer"},
		{"Gitea", "gitea", "https://codeberg.org", "https://codeberg.org/acme/apis", "t", false, ""},
		{"a port", "gitea", "https://git.example:3000", "https://git.example:3000/acme/apis", "t", false, ""},
		{"loopback", "gitea", "http://127.0.0.1:3000", "http://127.0.0.1:3000/acme/apis", "t", false, ""},
		{"another port", "gitea", "https://git.example:3000", "https://git.example/acme/apis", "t", false, "none"},
		{"another host", "github", "https://github.com", "https://git.example/acme/apis", "t", false, "none"},
		{"a host that looks alike", "github", "https://github.com", "https://github.com.example/acme/apis", "t", false, "none"},
		{"in clear", "github", "https://github.com", "http://github.com/acme/apis", "t", false, "none"},
		{"ssh", "github", "https://github.com", "ssh://git@github.com/acme/apis", "t", false, "none"},
		{"ssh in short", "github", "https://github.com", "git@github.com:acme/apis", "t", false, "none"},
		{"a path", "github", "https://github.com", "../apis.git", "t", false, "none"},
		{"no forge", "local", "", "https://git.example/acme/apis", "t", false, "none"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			login, ok := Config{Kind: tt.kind, URL: tt.site}.GitLogin(Token{Value: tt.token, GitOnly: tt.gitOnly}, tt.remote)
			got := login.User
			switch {
			case !ok:
				got = "none"
			case login.Bearer:
				got = "bearer"
			}
			if got != tt.want {
				t.Errorf("login: got %q, want %q", got, tt.want)
			}
		})
	}
}

// FuzzGitLogin holds that a token is for the host of its forge, over a connection
// that nobody listens to.
func FuzzGitLogin(f *testing.F) {
	for _, seed := range [][3]string{
		{"github", "https://github.com", "https://github.com/acme/apis"},
		{"gitlab", "https://gitlab.com", "https://gitlab.com@evil.example/acme/apis"},
		{"github", "https://api.github.com", "https://api.github.com.evil.example/a"},
		{"azure", "https://dev.azure.com/acme", "https://acme.visualstudio.com/p/_git/r"},
		{"gitea", "http://127.0.0.1:3000", "http://127.0.0.1:3000/a/b"},
		{"gitea", "https://", "https:///a"},
	} {
		f.Add(seed[0], seed[1], seed[2])
	}
	f.Fuzz(func(t *testing.T, kind, site, remote string) {
		_, ok := Config{Kind: kind, URL: site}.GitLogin(Token{Value: "t"}, remote)
		if !ok {
			return
		}
		from, err := url.Parse(site)
		to, toErr := url.Parse(remote)
		if err != nil || toErr != nil || to.Host == "" {
			t.Fatalf("a token of %q goes to %q, which is no address", site, remote)
		}
		same := strings.EqualFold(from.Host, to.Host) || siteHost(site) == siteHost(remote) && byMakers(Config{URL: site})
		if !same || to.Scheme != "https" && !isLoopback(to.Hostname()) {
			t.Errorf("a token of %q goes to %q", site, remote)
		}
	})
}
