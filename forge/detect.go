package forge

import (
	"cmp"
	"net/url"
	"regexp"
	"strconv"
	"strings"
)

// Detect tells which forge a repository is on, and under which name, from the
// URL of its remote and from the variables of the CI system that runs this
// program. The URL counts more: a job may work on a repository elsewhere.
// Without a URL it is the repository that the job is for. A repository on a
// path, or of an unknown host, is on none.
//
// The kind need not be one that [Open] has. There is no token in the answer.
func Detect(env func(string) string, remoteURL string) (Config, bool) {
	ci, inCI := ciConfig(env)
	if remoteURL == "" {
		return ci, inCI
	}
	r, ok := parseRemote(remoteURL)
	if !ok {
		return Config{}, false
	}
	if inCI && sameHost(ci.URL, r) {
		if c, ok := r.config(); ok && c.Kind == "azure" {
			return c, true
		}
		return Config{Kind: ci.Kind, URL: ci.URL, Repo: underPath(ci.URL, r.path)}, true
	}
	return r.config()
}

// sameHost reports whether a remote is on a site, whatever its port for SSH.
func sameHost(site string, r remote) bool {
	u, err := url.Parse(site)
	return err == nil && (strings.EqualFold(u.Host, r.host) || strings.EqualFold(u.Hostname(), r.host))
}

// underPath takes the path of a site that is not at the root of its host off
// the path of a repository.
func underPath(site, path string) string {
	u, err := url.Parse(site)
	if err != nil {
		return path
	}
	return strings.TrimPrefix(strings.TrimPrefix(path, strings.Trim(u.Path, "/")), "/")
}

// ciConfig is the repository that a job is for.
func ciConfig(env func(string) string) (Config, bool) {
	var c Config
	switch ciOf(env) {
	case "gitea":
		c = Config{Kind: "gitea", URL: env("GITHUB_SERVER_URL"), Repo: env("GITHUB_REPOSITORY")}
	case "github":
		c = Config{Kind: "github", URL: cmp.Or(env("GITHUB_SERVER_URL"), hosts["github.com"].site), Repo: env("GITHUB_REPOSITORY")}
	case "gitlab":
		c = Config{Kind: "gitlab", URL: cmp.Or(env("CI_SERVER_URL"), strings.TrimSuffix(env("CI_API_V4_URL"), "/api/v4")), Repo: env("CI_PROJECT_PATH")}
	case "azure":
		return azureConfig(env)
	case "jenkins":
		r, ok := parseRemote(env("GIT_URL"))
		if !ok {
			return Config{}, false
		}
		return r.config()
	}
	c.URL = strings.TrimSuffix(c.URL, "/")
	return c, c.URL != "" && c.Repo != ""
}

// azureConfig is the repository of a job of Azure Pipelines, which builds those
// of other forges, too.
func azureConfig(env func(string) string) (Config, bool) {
	switch provider := env("BUILD_REPOSITORY_PROVIDER"); provider {
	case "", "TfsGit":
		collection, project := strings.TrimSuffix(env("SYSTEM_COLLECTIONURI"), "/"), env("SYSTEM_TEAMPROJECT")
		repo := cmp.Or(env("BUILD_REPOSITORY_NAME"), env("BUILD_REPOSITORY_ID"))
		return Config{Kind: "azure", URL: collection, Repo: project + "/" + repo}, collection != "" && project != "" && repo != ""
	case "GitHub", "GitHubEnterprise":
		if r, ok := parseRemote(env("BUILD_REPOSITORY_URI")); ok {
			return Config{Kind: "github", URL: r.site(), Repo: r.path}, true
		}
		if repo := env("BUILD_REPOSITORY_NAME"); provider == "GitHub" && repo != "" {
			return Config{Kind: "github", URL: hosts["github.com"].site, Repo: repo}, true
		}
	}
	return Config{}, false
}

// ciOf names the CI system that runs this program, or "". Gitea and Forgejo set
// what GitHub sets, too.
func ciOf(env func(string) string) string {
	for _, ci := range []struct{ variable, name string }{
		{"GITEA_ACTIONS", "gitea"}, {"FORGEJO_ACTIONS", "gitea"}, {"GITHUB_ACTIONS", "github"},
		{"GITLAB_CI", "gitlab"}, {"TF_BUILD", "azure"}, {"JENKINS_URL", "jenkins"},
	} {
		if v := env(ci.variable); v != "" && !strings.EqualFold(v, "false") {
			return ci.name
		}
	}
	return ""
}

// A Run is the CI job that runs this program.
type Run struct {
	Branch string // that the job is for; of a pull request, its head
	Commit string // that was checked out; of a pull request this may be a trial merge
	Pull   int    // number of the pull request that the job is for; 0 if none
	Base   string // branch that the pull request goes to
	URL    string // where people read the job's log
}

// pullRef matches the refs of trial merges.
var pullRef = regexp.MustCompile(`^refs/pull/(\d+)/`)

// DetectRun tells what is known of the CI job that runs this program; ok is
// false outside of CI.
func DetectRun(env func(string) string) (r Run, ok bool) {
	switch ciOf(env) {
	case "github", "gitea":
		r = githubRun(env)
	case "gitlab":
		r = Run{
			Branch: cmp.Or(env("CI_MERGE_REQUEST_SOURCE_BRANCH_NAME"), env("CI_COMMIT_BRANCH")),
			Commit: cmp.Or(env("CI_MERGE_REQUEST_SOURCE_BRANCH_SHA"), env("CI_COMMIT_SHA")),
			Pull:   number(env("CI_MERGE_REQUEST_IID")), Base: env("CI_MERGE_REQUEST_TARGET_BRANCH_NAME"),
			URL: env("CI_JOB_URL"),
		}
	case "azure":
		r = azureRun(env)
	case "jenkins":
		r = Run{
			Branch: cmp.Or(env("CHANGE_BRANCH"), env("BRANCH_NAME"), strings.TrimPrefix(env("GIT_BRANCH"), "origin/")),
			Commit: env("GIT_COMMIT"), Pull: number(env("CHANGE_ID")), Base: env("CHANGE_TARGET"), URL: env("BUILD_URL"),
		}
	default:
		return Run{}, false
	}
	return r, true
}

func githubRun(env func(string) string) Run {
	r := Run{Branch: env("GITHUB_HEAD_REF"), Commit: env("GITHUB_SHA"), Base: env("GITHUB_BASE_REF")}
	if m := pullRef.FindStringSubmatch(env("GITHUB_REF")); m != nil {
		r.Pull = number(m[1])
	}
	if r.Branch == "" {
		r.Branch, _ = strings.CutPrefix(env("GITHUB_REF"), "refs/heads/")
		if strings.HasPrefix(r.Branch, "refs/") {
			r.Branch = ""
		}
	}
	if id := env("GITHUB_RUN_ID"); id != "" {
		r.URL = env("GITHUB_SERVER_URL") + "/" + env("GITHUB_REPOSITORY") + "/actions/runs/" + id
	}
	return r
}

func azureRun(env func(string) string) Run {
	short := func(ref string) string {
		name, ok := strings.CutPrefix(ref, "refs/heads/")
		if !ok && strings.HasPrefix(ref, "refs/") {
			return ""
		}
		return name
	}
	r := Run{
		Branch: short(cmp.Or(env("SYSTEM_PULLREQUEST_SOURCEBRANCH"), env("BUILD_SOURCEBRANCH"))),
		Commit: cmp.Or(env("SYSTEM_PULLREQUEST_SOURCECOMMITID"), env("BUILD_SOURCEVERSION")),
		Pull:   number(cmp.Or(env("SYSTEM_PULLREQUEST_PULLREQUESTNUMBER"), env("SYSTEM_PULLREQUEST_PULLREQUESTID"))),
		Base:   short(env("SYSTEM_PULLREQUEST_TARGETBRANCH")),
	}
	if id := env("BUILD_BUILDID"); id != "" {
		r.URL = env("SYSTEM_COLLECTIONURI") + url.PathEscape(env("SYSTEM_TEAMPROJECT")) + "/_build/results?buildId=" + id
	}
	return r
}

// number returns a number above 0, or 0.
func number(s string) int {
	n, err := strconv.Atoi(s)
	if err != nil {
		return 0
	}
	return max(0, n)
}
