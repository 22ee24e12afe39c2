package forge

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"code.gitea.io/sdk/gitea"
)

const (
	// giteaBody is how many bytes of a body or comment are sent. Gitea has no
	// limit of its own; proxies in front of it commonly take a megabyte, and
	// JSON makes text longer.
	giteaBody = 400_000
	// giteaTitle is how many characters Gitea stores of a title.
	giteaTitle = 255
	// giteaStatus is how much of a status's description people see.
	giteaStatus = 255
	// giteaPage is the most items that Gitea hands out at once.
	giteaPage = 50
)

// giteaForge keeps pull requests on a site that runs Gitea or Forgejo. What the two
// do differently it finds out by their answers, not by their version.
type giteaForge struct {
	site        *url.URL // with the path that it is served below
	http        *http.Client
	owner, name string
	wait        func(context.Context, time.Duration) error
	opening     chan struct{} // is full while somebody opens a pull request

	mu    sync.Mutex
	fresh map[int64]bool // opened by this program, so perhaps not everywhere yet
	self  string         // user name of the token's owner; "" if not asked yet
}

var _ interface {
	Forge
	Checker
	StatusSetter
	Inspector
} = (*giteaForge)(nil)

func openGitea(c Config) (Forge, error) {
	owner, name, ok := strings.Cut(c.Repo, "/")
	if !ok || owner == "" || name == "" || strings.ContainsAny(name, "/?#%") || strings.ContainsAny(owner, "?#%") {
		return nil, fmt.Errorf("repository %q: write OWNER/NAME", c.Repo)
	}
	if c.Token == "" {
		return nil, errors.New("it needs a token that may write repositories and issues")
	}
	if c.HTTP == nil || c.HTTP.Transport == nil {
		return nil, errors.New("it needs an HTTP client with a transport")
	}
	site, err := giteaSite(c.URL)
	if err != nil {
		return nil, err
	}
	own := *c.HTTP
	own.Transport = bearer{token: fixed(c.Token), host: site.Host, next: own.Transport}
	return &giteaForge{
		site: site, http: &own, owner: owner, name: name, wait: c.Wait,
		opening: make(chan struct{}, 1), fresh: map[int64]bool{},
	}, nil
}

// giteaSite returns the address of a site, given that or the address of its API.
// No site is the one of the makers: most people have one of their own.
func giteaSite(site string) (*url.URL, error) {
	if site == "" {
		return nil, errors.New("it needs the URL of the site, such as https://codeberg.org")
	}
	u, err := url.Parse(site)
	if err != nil || u.Host == "" {
		return nil, errors.New("the URL of the forge: write https://HOST")
	}
	if u.Scheme != "https" && !(u.Scheme == "http" && isLoopback(strings.ToLower(u.Hostname()))) {
		return nil, fmt.Errorf("the URL of the forge is of %s: a token is sent over https only", u.Scheme)
	}
	path := strings.TrimSuffix(strings.TrimSuffix(u.Path, "/"), "/api/v1")
	return &url.URL{Scheme: u.Scheme, Host: u.Host, Path: path}, nil
}

// api returns a client for one call: the SDK's keep the context. The version of
// the site does not matter, so it is not asked for.
func (g *giteaForge) api(ctx context.Context) *gitea.Client {
	c, err := gitea.NewClient(g.site.String(), gitea.SetGiteaVersion(""), gitea.SetHTTPClient(g.http), gitea.SetContext(ctx))
	if err != nil {
		panic("forge: a client of Gitea without a version check can not fail: " + err.Error())
	}
	return c
}

// Abilities implements [Forge]. What a body may have leaves room for the mark.
func (g *giteaForge) Abilities() Abilities {
	return Abilities{
		BodyLimit: giteaBody - markSize, Draft: true, Reviewers: true, TeamReviewers: true, Assignees: true, AutoMerge: true,
		Mermaid: true, FilePage: filePage(g.site, "/"+g.owner+"/"+g.name+"/src/branch/", "{branch}/{path}"),
	}
}

// Find implements [Forge].
func (g *giteaForge) Find(ctx context.Context, head, base string) (PullRequest, bool, error) {
	pull, err := g.find(ctx, head, base)
	if err != nil || pull == nil {
		return PullRequest{}, false, wrap(err, "find pull request")
	}
	return fromGitea(pull), true, nil
}

// find returns the open pull request from a branch of this repository, the oldest
// if others were opened at the same time. There is a call for two branches, but it
// finds closed ones, too, and only one of all.
func (g *giteaForge) find(ctx context.Context, head, base string) (*gitea.PullRequest, error) {
	if head == "" || base == "" {
		return nil, nil
	}
	pulls, err := g.pulls(ctx, gitea.StateOpen)
	if err != nil {
		return nil, err
	}
	var found *gitea.PullRequest
	for _, p := range pulls {
		if p.Head.Ref == head && p.Base.Ref == base && (found == nil || p.Index < found.Index) {
			found = p
		}
	}
	return found, nil
}

// List implements [Forge].
func (g *giteaForge) List(ctx context.Context) ([]PullRequest, error) {
	pulls, err := g.pulls(ctx, gitea.StateAll)
	if err != nil {
		return nil, wrap(err, "list pull requests")
	}
	all := make([]PullRequest, 0, len(pulls))
	for _, p := range pulls {
		all = append(all, fromGitea(p))
	}
	slices.SortFunc(all, func(a, b PullRequest) int { return cmp.Compare(b.Number, a.Number) })
	return all, nil
}

// pulls returns the pull requests of a state from branches of the repository
// itself.
func (g *giteaForge) pulls(ctx context.Context, state gitea.StateType) ([]*gitea.PullRequest, error) {
	all, err := giteaPages(func(p *gitea.PullRequest) int64 { return p.Index }, func(o gitea.ListOptions) ([]*gitea.PullRequest, *gitea.Response, error) {
		return g.api(ctx).ListRepoPullRequests(g.owner, g.name, gitea.ListPullRequestsOptions{ListOptions: o, State: state})
	})
	return slices.DeleteFunc(all, func(p *gitea.PullRequest) bool { return !giteaOfItself(p) }), err
}

// giteaPages reads all pages of a list. Servers may hand out less than they are
// asked for, say in either of two headers how much there is, or ignore the page
// and hand out all each time.
func giteaPages[T any](id func(T) int64, list func(gitea.ListOptions) ([]T, *gitea.Response, error)) ([]T, error) {
	var all []T
	seen := map[int64]bool{}
	for page := 1; ; page++ {
		items, resp, err := list(gitea.ListOptions{Page: page, PageSize: giteaPage})
		if err = giteaAnswer(resp, err); err != nil {
			return nil, err
		}
		before := len(all)
		for _, item := range items {
			if !seen[id(item)] {
				seen[id(item)] = true
				all = append(all, item)
			}
		}
		total := resp.Header.Get("X-Total-Count")
		if len(all) == before || resp.NextPage == 0 && (resp.Header.Get("Link") != "" || fmt.Sprint(len(all)) == total) {
			return all, nil
		}
	}
}

// giteaOfItself reports whether the head of a pull request is a branch of the
// repository of its base. A fork may be gone. What was pushed for review without
// a branch has neither a name nor a fork.
func giteaOfItself(p *gitea.PullRequest) bool {
	return p.Head != nil && p.Base != nil && p.Head.RepoID == p.Base.RepoID && giteaHead(p) != ""
}

// giteaHead returns the name of the head branch, which may be gone.
func giteaHead(p *gitea.PullRequest) string {
	if strings.HasPrefix(p.Head.Ref, "refs/pull/") {
		return p.Head.Name
	}
	return p.Head.Ref
}

// fromGitea translates a pull request.
func fromGitea(p *gitea.PullRequest) PullRequest {
	pr := PullRequest{
		Number: int(p.Index), URL: p.HTMLURL, Head: giteaHead(p), Base: p.Base.Ref,
		Title: p.Title, Author: giteaLogin(p.Poster), Draft: p.Draft, State: StateOpen,
	}
	if p.Draft {
		pr.Title = strings.TrimPrefix(p.Title, giteaDraftPrefix(p.Title))
	}
	switch {
	case p.HasMerged:
		pr.State = StateMerged
	case p.State != gitea.StateOpen:
		pr.State = StateClosed
	}
	pr.Mark, pr.Body, _ = ParseMark(strings.ReplaceAll(p.Body, "\r\n", "\n"))
	labels := make([]string, 0, len(p.Labels))
	for _, l := range p.Labels {
		labels = append(labels, l.Name)
	}
	pr.Labels = cleanNames(labels)
	return pr
}

// giteaLogin returns the name of a user, who may be gone.
func giteaLogin(u *gitea.User) string {
	if u == nil {
		return ""
	}
	return u.UserName
}
