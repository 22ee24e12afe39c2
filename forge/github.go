package forge

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/google/go-github/v62/github"
)

const (
	// githubBody is how many characters GitHub stores of a body or comment.
	githubBody = 65536
	// githubTitle is how many it stores of a title.
	githubTitle = 256
	// githubStatus is how many it stores of a status's description.
	githubStatus = 140
)

// gitHub keeps pull requests on GitHub: github.com, a subdomain of ghe.com, or
// GitHub Enterprise Server.
type gitHub struct {
	api         *github.Client
	owner, name string
	wait        func(context.Context, time.Duration) error

	mu    sync.Mutex
	fresh map[int]bool // opened by this program, so perhaps not everywhere yet
	self  *string      // user name of the token's owner; "" for an app's; nil if not asked yet
}

var _ interface {
	Forge
	Checker
	StatusSetter
	Inspector
} = (*gitHub)(nil)

func openGitHub(c Config) (Forge, error) {
	owner, name, ok := strings.Cut(c.Repo, "/")
	if !ok || owner == "" || name == "" || strings.ContainsAny(name, "/?#%") || strings.ContainsAny(owner, "?#%") {
		return nil, fmt.Errorf("repository %q: write OWNER/NAME", c.Repo)
	}
	if c.Tokens == nil {
		c.Tokens = fixed(c.Token)
		if c.Token == "" {
			return nil, errors.New("it needs a token that may write pull requests")
		}
	}
	if c.HTTP == nil || c.HTTP.Transport == nil {
		return nil, errors.New("it needs an HTTP client with a transport")
	}
	base, err := githubAPI(c.URL)
	if err != nil {
		return nil, err
	}
	own := *c.HTTP
	own.Transport = bearer{token: c.Tokens, host: base.Host, next: own.Transport}
	api := github.NewClient(&own)
	api.BaseURL = base
	return &gitHub{api: api, owner: owner, name: name, wait: c.Wait, fresh: map[int]bool{}}, nil
}

// githubAPI returns the address of the API of a site, or of the API itself.
func githubAPI(site string) (*url.URL, error) {
	if site == "" {
		site = hosts["github.com"].site
	}
	u, err := url.Parse(site)
	if err != nil || u.Host == "" {
		return nil, errors.New("the URL of the forge: write https://HOST")
	}
	host := strings.ToLower(u.Hostname())
	switch {
	case u.Scheme != "https" && !(u.Scheme == "http" && isLoopback(host)):
		return nil, fmt.Errorf("the URL of the forge is of %s: a token is sent over https only", u.Scheme)
	case host == "github.com" || host == "www.github.com" || host == "api.github.com":
		return &url.URL{Scheme: "https", Host: "api.github.com", Path: "/"}, nil
	case strings.HasSuffix(host, ".ghe.com"):
		return &url.URL{Scheme: "https", Host: "api." + strings.TrimPrefix(host, "api."), Path: "/"}, nil
	}
	path := strings.TrimSuffix(strings.TrimSuffix(u.Path, "/"), "/api/v3")
	return &url.URL{Scheme: u.Scheme, Host: u.Host, Path: path + "/api/v3/"}, nil
}

// githubSite returns the site that people see, given the address of its API.
func githubSite(api *url.URL) *url.URL {
	host := api.Host
	if host == "api.github.com" || strings.HasSuffix(host, ".ghe.com") {
		host = strings.TrimPrefix(host, "api.")
	}
	return &url.URL{Scheme: api.Scheme, Host: host, Path: strings.TrimSuffix(strings.TrimSuffix(api.Path, "/"), "/api/v3")}
}

func isLoopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

// A bearer adds the token to requests to one host: where redirects lead, nobody
// is to see it.
type bearer struct {
	token func(context.Context) (string, error)
	host  string
	next  http.RoundTripper
}

// fixed hands out one token.
func fixed(token string) func(context.Context) (string, error) {
	return func(context.Context) (string, error) { return token, nil }
}

// RoundTrip implements [http.RoundTripper].
func (b bearer) RoundTrip(r *http.Request) (*http.Response, error) {
	if !strings.EqualFold(r.URL.Host, b.host) {
		return b.next.RoundTrip(r)
	}
	token, err := b.token(r.Context())
	if err != nil {
		if r.Body != nil {
			err = errors.Join(err, r.Body.Close()) // as every round tripper must
		}
		return nil, err
	}
	own := r.Clone(r.Context())
	own.Header.Set("Authorization", "Bearer "+token)
	return b.next.RoundTrip(own)
}

// Abilities implements [Forge]. What a body may have leaves room for the mark.
func (g *gitHub) Abilities() Abilities {
	return Abilities{
		BodyLimit: githubBody - markSize, Draft: true, Reviewers: true, TeamReviewers: true, Assignees: true, AutoMerge: true,
		Mermaid: true, FilePage: filePage(githubSite(g.api.BaseURL), "/"+g.owner+"/"+g.name+"/blob/", "{branch}/{path}"),
	}
}

// Find implements [Forge].
func (g *gitHub) Find(ctx context.Context, head, base string) (PullRequest, bool, error) {
	pull, err := g.find(ctx, head, base)
	if err != nil || pull == nil {
		return PullRequest{}, false, wrap(err, "find pull request")
	}
	return fromGitHub(pull), true, nil
}

// find returns the open pull request from a branch of this repository.
func (g *gitHub) find(ctx context.Context, head, base string) (*github.PullRequest, error) {
	if head == "" || base == "" {
		return nil, nil
	}
	// Without the owner the service would ignore the filter.
	o := github.PullRequestListOptions{State: "open", Head: g.owner + ":" + head, Base: base}
	return g.search(ctx, o, head, base)
}

// scan is find without trust in the service's filter by head, which misses
// branches of repositories that were renamed or have forks of the same owner.
func (g *gitHub) scan(ctx context.Context, head, base string) (*github.PullRequest, error) {
	return g.search(ctx, github.PullRequestListOptions{State: "open", Base: base}, head, base)
}

func (g *gitHub) search(ctx context.Context, o github.PullRequestListOptions, head, base string) (*github.PullRequest, error) {
	var found *github.PullRequest
	err := g.pulls(ctx, o, func(p *github.PullRequest) bool {
		if p.GetHead().GetRef() == head && p.GetBase().GetRef() == base {
			found = p
		}
		return found == nil
	})
	return found, err
}

// List implements [Forge].
func (g *gitHub) List(ctx context.Context) ([]PullRequest, error) {
	all := []PullRequest{}
	o := github.PullRequestListOptions{State: "all", Sort: "created", Direction: "desc"}
	err := g.pulls(ctx, o, func(p *github.PullRequest) bool {
		all = append(all, fromGitHub(p))
		return true
	})
	if err != nil {
		return nil, wrap(err, "list pull requests")
	}
	return all, nil
}

// pulls hands over pull requests from branches of the repository itself, until
// do returns false.
func (g *gitHub) pulls(ctx context.Context, o github.PullRequestListOptions, do func(*github.PullRequest) bool) error {
	o.PerPage = 100
	for {
		pulls, resp, err := g.api.PullRequests.List(ctx, g.owner, g.name, &o)
		if err != nil {
			return explain(err)
		}
		for _, p := range pulls {
			if ofItself(p) && !do(p) {
				return nil
			}
		}
		if resp.NextPage == 0 {
			return nil
		}
		o.Page = resp.NextPage
	}
}

// ofItself reports whether the head of a pull request is in the repository of
// its base, whose name may have changed. A fork may be gone.
func ofItself(p *github.PullRequest) bool {
	head, base := p.GetHead().GetRepo().GetFullName(), p.GetBase().GetRepo().GetFullName()
	return head != "" && strings.EqualFold(head, base)
}

// fromGitHub translates a pull request.
func fromGitHub(p *github.PullRequest) PullRequest {
	pr := PullRequest{
		Number: p.GetNumber(), URL: p.GetHTMLURL(), Head: p.GetHead().GetRef(), Base: p.GetBase().GetRef(),
		Title: p.GetTitle(), Author: p.GetUser().GetLogin(), Draft: p.GetDraft(), State: StateOpen,
	}
	switch {
	case p.MergedAt != nil:
		pr.State = StateMerged
	case p.GetState() != "open":
		pr.State = StateClosed
	}
	pr.Mark, pr.Body, _ = ParseMark(strings.ReplaceAll(p.GetBody(), "\r\n", "\n"))
	labels := make([]string, 0, len(p.Labels))
	for _, l := range p.Labels {
		labels = append(labels, l.GetName())
	}
	pr.Labels = cleanNames(labels)
	return pr
}
