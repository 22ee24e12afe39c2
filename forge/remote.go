package forge

import (
	"cmp"
	"net/url"
	"regexp"
	"strings"
)

// A remote is where a git repository is, by its URL.
type remote struct {
	scheme string // of the site: https, unless the URL is of http
	host   string // with the port of the site, if known
	path   string // without slashes at the ends, and without .git
}

// scp matches what git takes for SSH besides URLs: user@host:path.
var scp = regexp.MustCompile(`^(?:[^@/:]+@)?([^/:@]{2,}):([^/].*)$`)

// parseRemote reads the URL of a git repository on a server. A path is none.
func parseRemote(location string) (remote, bool) {
	r := remote{scheme: "https"}
	if u, err := url.Parse(location); err == nil && u.Host != "" {
		switch u.Scheme {
		case "http", "https":
			r.scheme, r.host = u.Scheme, u.Host
		case "ssh", "git", "git+ssh":
			r.host = u.Hostname() // the port is not the site's
		default:
			return remote{}, false
		}
		r.path = u.Path
	} else if m := scp.FindStringSubmatch(location); m != nil && !strings.Contains(location, "://") {
		r.host, r.path = m[1], m[2]
	} else {
		return remote{}, false
	}
	r.host = strings.ToLower(r.host)
	r.path = strings.TrimSuffix(strings.Trim(r.path, "/"), ".git")
	return r, r.host != "" && r.path != ""
}

// hosts are the sites that are known, by the host of their remotes. What is
// served there is the same under several names.
var hosts = map[string]struct{ kind, site string }{
	"github.com":              {"github", "https://github.com"},
	"www.github.com":          {"github", "https://github.com"},
	"ssh.github.com":          {"github", "https://github.com"},
	"gitlab.com":              {"gitlab", "https://gitlab.com"},
	"altssh.gitlab.com":       {"gitlab", "https://gitlab.com"},
	"dev.azure.com":           {"azure", "https://dev.azure.com"},
	"ssh.dev.azure.com":       {"azure", "https://dev.azure.com"},
	"vs-ssh.visualstudio.com": {"azure", "https://dev.azure.com"},
	"codeberg.org":            {"gitea", "https://codeberg.org"},
	"gitea.com":               {"gitea", "https://gitea.com"},
}

// words in the name of a host tell what most likely runs there.
var words = []struct{ word, kind string }{
	{"github", "github"}, {"ghe", "github"}, {"gitlab", "gitlab"}, {"gitea", "gitea"}, {"forgejo", "gitea"},
}

// config tells the forge of a remote from its URL alone, if that is possible.
func (r remote) config() (Config, bool) {
	if known, ok := hosts[r.host]; ok {
		if known.kind == "azure" {
			return r.azure(known.site)
		}
		return Config{Kind: known.kind, URL: known.site, Repo: r.path}, true
	}
	if strings.HasSuffix(r.host, ".visualstudio.com") || strings.Contains("/"+r.path, "/_git/") {
		return r.azure(r.site())
	}
	for _, label := range strings.Split(r.host, ".") {
		for _, w := range words {
			if label == w.word || strings.HasPrefix(label, w.word+"-") {
				return Config{Kind: w.kind, URL: r.site(), Repo: r.path}, true
			}
		}
	}
	return Config{}, false
}

func (r remote) site() string { return r.scheme + "://" + r.host }

// azure takes apart a path of Azure DevOps, [ORG/]PROJECT/_git/REPO or over SSH
// v3/ORG/PROJECT/REPO. The repository of a project's own name has the short form
// [ORG/]_git/REPO.
func (r remote) azure(site string) (Config, bool) {
	path := r.path
	if short, ok := strings.CutPrefix(path, "v3/"); ok {
		parts := strings.Split(short, "/")
		if len(parts) != 3 {
			return Config{}, false
		}
		return Config{Kind: "azure", URL: site + "/" + parts[0], Repo: parts[1] + "/" + parts[2]}, true
	}
	above, repo, ok := strings.Cut("/"+path, "/_git/")
	if !ok {
		return Config{}, false
	}
	org, project := "", strings.Trim(above, "/")
	if i := strings.LastIndexByte(project, '/'); i >= 0 {
		org, project = project[:i], project[i+1:]
	} else if site == hosts["dev.azure.com"].site {
		org, project = project, ""
	}
	if org != "" {
		site += "/" + org
	}
	return Config{Kind: "azure", URL: site, Repo: cmp.Or(project, repo) + "/" + repo}, true
}
