package forge

import (
	"cmp"
	"net/url"
	"slices"
	"strings"
)

// A Token is what to sign in to a forge with. It prints without its value.
type Token struct {
	Value string
	From  string // what it was found in, such as a variable
	// GitOnly is a token that git takes and the API of pull requests does not.
	GitOnly bool
}

// String returns what of the token can be shown.
func (t Token) String() string { return t.From }

// GoString returns the same as String, for %#v.
func (t Token) GoString() string { return t.From }

// A place is where the token of a variable may be sent.
type place int

const (
	jobOnly  place = iota // to the server that the job is of, nowhere else
	makers                // to the sites of the forge's makers, and to the job's server
	others                // to servers that people run themselves
	anywhere              // to any server of the kind
)

// A tokenVariable is one that users and CI systems keep a token in.
type tokenVariable struct {
	name, kind string
	to         place
	// by are the CI systems that set the variable themselves: in their jobs it
	// holds the token of their own server, whatever its name says.
	by      []string
	gitOnly bool
}

// tokenVariables is where tokens are looked for, the first that fits counts.
var tokenVariables = []tokenVariable{
	{name: "GITHUB_TOKEN", kind: "github", to: makers, by: []string{"github", "gitea"}},
	{name: "GH_TOKEN", kind: "github", to: makers},
	{name: "GH_ENTERPRISE_TOKEN", kind: "github", to: others},
	{name: "GITHUB_ENTERPRISE_TOKEN", kind: "github", to: others},
	{name: "GITLAB_TOKEN", kind: "gitlab", to: anywhere},
	{name: "CI_JOB_TOKEN", kind: "gitlab", to: jobOnly, by: []string{"gitlab"}, gitOnly: true},
	{name: "SYSTEM_ACCESSTOKEN", kind: "azure", to: jobOnly, by: []string{"azure"}},
	{name: "AZURE_DEVOPS_EXT_PAT", kind: "azure", to: anywhere},
	{name: "GITEA_TOKEN", kind: "gitea", to: anywhere, by: []string{"gitea"}},
	{name: "FORGEJO_TOKEN", kind: "gitea", to: anywhere, by: []string{"gitea"}},
	{name: "GITHUB_TOKEN", kind: "gitea", to: jobOnly, by: []string{"gitea"}},
}

// TokenVariables returns the names of the variables that hold a token for a
// kind of forge, the first to count first; "" asks for those of all kinds.
func TokenVariables(kind string) []string {
	var names []string
	for _, v := range tokenVariables {
		if (kind == "" || v.kind == kind) && !slices.Contains(names, v.name) {
			names = append(names, v.name)
		}
	}
	return names
}

// FindTokens returns the tokens that the environment holds for a forge, the one
// to prefer first. A token that was made for another forge is not among them,
// nor one that a CI system made for its own server if the forge is elsewhere.
func FindTokens(env func(string) string, c Config) []Token {
	var found []Token
	for _, v := range tokenVariables {
		if value := strings.TrimSpace(env(v.name)); value != "" && v.fits(env, c) {
			found = append(found, Token{Value: value, From: v.name, GitOnly: v.gitOnly})
		}
	}
	return found
}

// fits reports whether the variable's token is one for the forge.
func (v tokenVariable) fits(env func(string) string, c Config) bool {
	if v.kind != c.Kind {
		return false
	}
	ci := ciOf(env)
	atJob := onServerOf(env, ci, c)
	if slices.Contains(v.by, ci) {
		return atJob
	}
	switch v.to {
	case anywhere:
		return true
	case makers:
		return atJob || byMakers(c)
	case others:
		return !byMakers(c)
	}
	return false
}

// onServerOf reports whether a forge is the server that a CI job is of, which is
// not always where the job's repository is.
func onServerOf(env func(string) string, ci string, c Config) bool {
	var site string
	switch ci {
	case "github", "gitea":
		site = cmp.Or(env("GITHUB_SERVER_URL"), hosts["github.com"].site)
	case "gitlab":
		site = cmp.Or(env("CI_SERVER_URL"), env("CI_API_V4_URL"))
	case "azure":
		site = env("SYSTEM_COLLECTIONURI")
	}
	return site != "" && siteHost(site) == siteHost(c.URL)
}

// byMakers reports whether a forge is a site of its makers.
func byMakers(c Config) bool {
	host := siteHost(c.URL)
	_, known := hosts[host]
	return c.URL == "" || known || strings.HasSuffix(host, ".ghe.com")
}

// siteHost returns the host of a site, or of its API, with the port. The names
// of one site are one.
func siteHost(site string) string {
	u, err := url.Parse(site)
	if err != nil {
		return ""
	}
	host := strings.ToLower(u.Host)
	if name, isAPI := strings.CutPrefix(host, "api."); isAPI && (name == "github.com" || strings.HasSuffix(name, ".ghe.com")) {
		host = name
	}
	if strings.HasSuffix(host, ".visualstudio.com") {
		host = "dev.azure.com"
	}
	if known, ok := hosts[host]; ok {
		return strings.TrimPrefix(known.site, "https://")
	}
	return host
}

// A GitLogin is how a token signs in for git over https.
type GitLogin struct {
	User   string // any if the forge does not mind
	Bearer bool   // the token is no password but sent as a bearer's
}

// GitLogin tells how a token of the forge signs in for git to the repository at
// remoteURL. It is false if the repository is not on the forge's own host, or is
// not reached by https: then the token is not for it.
func (c Config) GitLogin(t Token, remoteURL string) (GitLogin, bool) {
	u, err := url.Parse(remoteURL)
	if err != nil || u.Host == "" || c.URL == "" || siteHost(c.URL) != siteHost(remoteURL) {
		return GitLogin{}, false
	}
	if u.Scheme != "https" && !(u.Scheme == "http" && isLoopback(u.Hostname())) {
		return GitLogin{}, false
	}
	switch c.Kind {
	case "github":
		return GitLogin{User: "x-access-token"}, true
	case "gitlab":
		if t.GitOnly {
			return GitLogin{User: "gitlab-ci-token"}, true
		}
		return GitLogin{User: "oauth2"}, true
	case "azure":
		return GitLogin{Bearer: isJWT(t.Value)}, true
	case "gitea":
		return GitLogin{}, true
	}
	return GitLogin{}, false
}

// isJWT reports whether a token has the form of those that Entra and Azure
// Pipelines give out. A personal access token has no dots.
func isJWT(token string) bool {
	return strings.HasPrefix(token, "eyJ") && strings.Count(token, ".") == 2
}
