package forge

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// environment reads NAME=value lines.
func environment(lines string) func(string) string {
	values := map[string]string{}
	for line := range strings.Lines(lines) {
		name, value, _ := strings.Cut(strings.TrimSpace(line), "=")
		values[name] = value
	}
	return func(name string) string { return values[name] }
}

const (
	onGitHub = `GITHUB_ACTIONS=true
		GITHUB_SERVER_URL=https://github.com
		GITHUB_REPOSITORY=acme/apis`
	onEnterprise = `GITHUB_ACTIONS=true
		GITHUB_SERVER_URL=https://git.acme.example:8443
		GITHUB_REPOSITORY=platform/apis`
	onGitea = `GITEA_ACTIONS=true
		GITHUB_ACTIONS=true
		GITHUB_SERVER_URL=https://tea.acme.example/git/
		GITHUB_REPOSITORY=acme/apis`
	onForgejo = `FORGEJO_ACTIONS=true
		GITHUB_ACTIONS=true
		GITHUB_SERVER_URL=https://codeberg.org
		GITHUB_REPOSITORY=acme/apis`
	onGitLab = `GITLAB_CI=true
		CI_SERVER_URL=https://code.acme.example/gl
		CI_PROJECT_PATH=group/sub/apis`
	onAzure = `TF_BUILD=True
		SYSTEM_COLLECTIONURI=https://dev.azure.com/acme/
		SYSTEM_TEAMPROJECT=Platform
		BUILD_REPOSITORY_PROVIDER=TfsGit
		BUILD_REPOSITORY_NAME=apis`
	onAzureForGitHub = `TF_BUILD=True
		SYSTEM_COLLECTIONURI=https://dev.azure.com/acme/
		SYSTEM_TEAMPROJECT=Platform
		BUILD_REPOSITORY_PROVIDER=GitHub
		BUILD_REPOSITORY_NAME=acme/apis
		BUILD_REPOSITORY_URI=https://github.com/acme/apis`
	onJenkins = `JENKINS_URL=https://jenkins.acme.example/
		GIT_URL=git@gitlab.com:group/apis.git`
)

func TestDetect(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, env, remote string
		want              string // kind, URL and repository; "" for none
	}{
		{"GitHub, https", "", "https://github.com/acme/apis.git", "github https://github.com acme/apis"},
		{"GitHub, token in the URL", "", "https://x-access-token:secret@github.com/acme/apis", "github https://github.com acme/apis"},
		{"GitHub, scp", "", "git@github.com:acme/apis.git", "github https://github.com acme/apis"},
		{"GitHub, ssh", "", "ssh://git@github.com/acme/apis.git/", "github https://github.com acme/apis"},
		{"GitHub, ssh on the port of https", "", "ssh://git@ssh.github.com:443/acme/apis.git", "github https://github.com acme/apis"},
		{"GitHub, other case", "", "https://GitHub.com/Acme/apis", "github https://github.com Acme/apis"},
		{"GitLab, groups in groups", "", "https://gitlab.com/group/sub/apis.git", "gitlab https://gitlab.com group/sub/apis"},
		{"Azure, https", "", "https://acme@dev.azure.com/acme/Platform/_git/apis", "azure https://dev.azure.com/acme Platform/apis"},
		{"Azure, repository of the project's name", "", "https://dev.azure.com/acme/_git/apis", "azure https://dev.azure.com/acme apis/apis"},
		{"Azure, blank in the name", "", "https://dev.azure.com/acme/My%20Project/_git/my%20apis", "azure https://dev.azure.com/acme My Project/my apis"},
		{"Azure, ssh", "", "git@ssh.dev.azure.com:v3/acme/Platform/apis", "azure https://dev.azure.com/acme Platform/apis"},
		{"Azure, old address", "", "https://acme.visualstudio.com/Platform/_git/apis", "azure https://acme.visualstudio.com Platform/apis"},
		{"Azure, old address and collection", "", "https://acme.visualstudio.com/DefaultCollection/Platform/_git/apis", "azure https://acme.visualstudio.com/DefaultCollection Platform/apis"},
		{"Azure, old address, ssh", "", "acme@vs-ssh.visualstudio.com:v3/acme/Platform/apis", "azure https://dev.azure.com/acme Platform/apis"},
		{"Azure, own server", "", "https://tfs.acme.example/tfs/Main/Platform/_git/apis", "azure https://tfs.acme.example/tfs/Main Platform/apis"},
		{"Azure, not a repository", "", "https://dev.azure.com/acme", ""},
		{"Codeberg", "", "https://codeberg.org/acme/apis.git", "gitea https://codeberg.org acme/apis"},
		{"own GitHub", "", "git@github.acme.example:platform/apis.git", "github https://github.acme.example platform/apis"},
		{"own GitLab, port", "", "http://gitlab.acme.example:8080/group/apis.git", "gitlab http://gitlab.acme.example:8080 group/apis"},
		{"own Forgejo", "", "ssh://git@forgejo-1.acme.example:2222/acme/apis", "gitea https://forgejo-1.acme.example acme/apis"},
		{"own host of no known name", "", "https://git.acme.example/platform/apis.git", ""},
		{"path", "", "../apis.git", ""},
		{"absolute path", "", "/srv/git/apis.git", ""},
		{"path of Windows", "", `C:\git\apis`, ""},
		{"file URL", "", "file:///srv/git/apis.git", ""},
		{"no repository", "", "https://github.com/", ""},
		{"nothing", "", "", ""},

		{"GitHub Actions", onGitHub, "", "github https://github.com acme/apis"},
		{"GitHub Actions, a fork's remote", onGitHub, "https://github.com/other/apis", "github https://github.com other/apis"},
		{"GitHub Actions, a path", onGitHub, "../apis.git", ""},
		{"GitHub Actions, another forge", onGitHub, "https://gitlab.com/group/apis", "gitlab https://gitlab.com group/apis"},
		{"Enterprise Actions", onEnterprise, "", "github https://git.acme.example:8443 platform/apis"},
		{"Enterprise Actions, ssh", onEnterprise, "git@git.acme.example:platform/apis.git", "github https://git.acme.example:8443 platform/apis"},
		{"Gitea Actions", onGitea, "", "gitea https://tea.acme.example/git acme/apis"},
		{"Gitea Actions, https", onGitea, "https://tea.acme.example/git/acme/apis.git", "gitea https://tea.acme.example/git acme/apis"},
		{"Forgejo Actions", onForgejo, "", "gitea https://codeberg.org acme/apis"},
		{"GitLab CI", onGitLab, "", "gitlab https://code.acme.example/gl group/sub/apis"},
		{"GitLab CI, https", onGitLab, "https://gitlab-ci-token:t@code.acme.example/gl/group/other.git", "gitlab https://code.acme.example/gl group/other"},
		{"Azure Pipelines", onAzure, "", "azure https://dev.azure.com/acme Platform/apis"},
		{"Azure Pipelines, another project", onAzure, "https://dev.azure.com/acme/Other/_git/more", "azure https://dev.azure.com/acme Other/more"},
		{"Azure Pipelines for GitHub", onAzureForGitHub, "", "github https://github.com acme/apis"},
		{"Jenkins", onJenkins, "", "gitlab https://gitlab.com group/apis"},
		{"switched off", "GITHUB_ACTIONS=false\nGITHUB_REPOSITORY=a/b", "", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got, ok := Detect(environment(tt.env), tt.remote)
			if got.String() != tt.want || ok != (tt.want != "") {
				t.Errorf("detect %q: got %q, %t; want %q", tt.remote, got, ok, tt.want)
			}
		})
	}
}

func TestDetectRun(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, env string
		want      Run
	}{
		{"GitHub, push", onGitHub + `
			GITHUB_REF=refs/heads/feature/a
			GITHUB_SHA=abc
			GITHUB_RUN_ID=7`,
			Run{Branch: "feature/a", Commit: "abc", URL: "https://github.com/acme/apis/actions/runs/7"}},
		{"GitHub, pull request", onGitHub + `
			GITHUB_REF=refs/pull/12/merge
			GITHUB_HEAD_REF=feature/a
			GITHUB_BASE_REF=main
			GITHUB_SHA=trial`,
			Run{Branch: "feature/a", Base: "main", Commit: "trial", Pull: 12}},
		{"GitHub, tag", onGitHub + "\nGITHUB_REF=refs/tags/v1\nGITHUB_SHA=abc", Run{Commit: "abc"}},
		{"GitLab, merge request", onGitLab + `
			CI_COMMIT_SHA=merged
			CI_MERGE_REQUEST_IID=5
			CI_MERGE_REQUEST_SOURCE_BRANCH_NAME=a
			CI_MERGE_REQUEST_SOURCE_BRANCH_SHA=head
			CI_MERGE_REQUEST_TARGET_BRANCH_NAME=main
			CI_JOB_URL=https://code.acme.example/jobs/1`,
			Run{Branch: "a", Base: "main", Commit: "head", Pull: 5, URL: "https://code.acme.example/jobs/1"}},
		{"GitLab, branch", onGitLab + "\nCI_COMMIT_BRANCH=main\nCI_COMMIT_SHA=abc", Run{Branch: "main", Commit: "abc"}},
		{"Azure, branch with slashes", onAzure + `
			BUILD_SOURCEBRANCH=refs/heads/feature/a
			BUILD_SOURCEBRANCHNAME=a
			BUILD_SOURCEVERSION=abc
			BUILD_BUILDID=9`,
			Run{Branch: "feature/a", Commit: "abc", URL: "https://dev.azure.com/acme/Platform/_build/results?buildId=9"}},
		{"Azure, pull request", onAzure + `
			BUILD_SOURCEBRANCH=refs/pull/3/merge
			BUILD_SOURCEVERSION=trial
			SYSTEM_PULLREQUEST_PULLREQUESTID=3
			SYSTEM_PULLREQUEST_SOURCEBRANCH=refs/heads/a
			SYSTEM_PULLREQUEST_SOURCECOMMITID=head
			SYSTEM_PULLREQUEST_TARGETBRANCH=refs/heads/main`,
			Run{Branch: "a", Base: "main", Commit: "head", Pull: 3}},
		{"Jenkins, pull request", onJenkins + `
			BRANCH_NAME=PR-7
			CHANGE_ID=7
			CHANGE_BRANCH=a
			CHANGE_TARGET=main
			GIT_COMMIT=abc
			BUILD_URL=https://jenkins.acme.example/7/`,
			Run{Branch: "a", Base: "main", Commit: "abc", Pull: 7, URL: "https://jenkins.acme.example/7/"}},
		{"Jenkins, branch", onJenkins + "\nGIT_BRANCH=origin/main", Run{Branch: "main"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got, ok := DetectRun(environment(tt.env))
			if diff := cmp.Diff(tt.want, got); diff != "" || !ok {
				t.Errorf("run: ok = %t (-want +got):\n%s", ok, diff)
			}
		})
	}
	if got, ok := DetectRun(environment("")); ok {
		t.Errorf("outside of CI: got %+v, want none", got)
	}
}

// FuzzDetect checks that no URL of a remote puts its password into the answer.
func FuzzDetect(f *testing.F) {
	f.Add("https://u:S3CRET@github.com/a/b.git")
	f.Add("ssh://u:S3CRET@gitlab.x:22/a")
	f.Add("git@ssh.dev.azure.com:v3/a/b/c")
	f.Fuzz(func(t *testing.T, location string) {
		c, ok := Detect(environment(""), location)
		if ok && (c.Kind == "" || c.URL == "" || c.Repo == "") {
			t.Errorf("detect %q: got %q, which lacks something", location, c)
		}
		if strings.Contains(location, ":S3CRET@github.com/") && strings.Contains(c.String(), "S3CRET") {
			t.Errorf("detect %q: got the password", location)
		}
	})
}

func TestConfigHidesToken(t *testing.T) {
	t.Parallel()
	c := Config{Kind: "github", URL: "https://github.com", Repo: "a/b", Token: "S3CRET"}
	for _, format := range []string{"%v", "%+v", "%#v", "%s", "%q"} {
		if got := fmt.Sprintf(format, c); strings.Contains(got, "S3CRET") || !strings.Contains(got, "a/b") {
			t.Errorf("%s: got %s, want all but the token", format, got)
		}
	}
}

func TestThrottled(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		status int
		body   string
		header http.Header
		want   bool
	}{
		{"429", 429, "Retry later", nil, true},
		{"secondary limit", 403, `{"message":"You have exceeded a Secondary rate limit."}`, nil, true},
		{"secondary limit with a time", 403, "", http.Header{"Retry-After": {"60"}}, true},
		{"hour used up", 403, `{"message":"API rate limit exceeded"}`, http.Header{"X-Ratelimit-Remaining": {"0"}}, false},
		{"hour used up, as 429", 429, "", http.Header{"X-Ratelimit-Remaining": {"0"}}, false},
		{"not permitted", 403, `{"message":"Resource not accessible by integration"}`, nil, false},
		{"server error", 500, "secondary rate limit", nil, false},
	}
	for _, tt := range tests {
		if got := Throttled(tt.status, tt.header, []byte(tt.body)); got != tt.want {
			t.Errorf("%s: got %t, want %t", tt.name, got, tt.want)
		}
	}
}
