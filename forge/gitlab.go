package forge

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/xanzy/go-gitlab"
)

const (
	// gitlabBody is how many characters GitLab stores of a comment. Of a
	// description it takes a few more, 1,048,576.
	gitlabBody = 1_000_000
	// gitlabTitle is how many it stores of a title.
	gitlabTitle = 255
	// gitlabStatus is how many it stores of a status's description.
	gitlabStatus = 255
)

// gitLab keeps pull requests on GitLab, which calls them merge requests:
// gitlab.com, or a server of one's own.
type gitLab struct {
	api  *gitlab.Client //nolint:staticcheck // see docs/decisions/0002-dependencies.md
	repo string         // path of the project, with those of its groups
	job  bool           // the token is that of a CI job
	wait func(context.Context, time.Duration) error

	mu    sync.Mutex
	fresh map[int]bool // opened by this program, so perhaps not everywhere yet
	self  *gitlab.User // the token's owner; nil if not asked yet
}

var _ interface {
	Forge
	Checker
	StatusSetter
	Inspector
} = (*gitLab)(nil)

func openGitLab(c Config) (Forge, error) {
	parts := strings.Split(c.Repo, "/")
	if len(parts) < 2 || slices.Contains(parts, "") || strings.ContainsAny(c.Repo, "?#% ") {
		return nil, fmt.Errorf("project %q: write GROUP/NAME, with all groups", c.Repo)
	}
	if c.Token == "" {
		return nil, errors.New("it needs a token that may write merge requests")
	}
	if c.HTTP == nil || c.HTTP.Transport == nil {
		return nil, errors.New("it needs an HTTP client with a transport")
	}
	base, err := gitlabAPI(c.URL)
	if err != nil {
		return nil, err
	}
	job := strings.HasPrefix(c.Token, "glcbt-")
	header := "PRIVATE-TOKEN"
	if job {
		header = "JOB-TOKEN"
	}
	own := *c.HTTP
	own.Transport = gitlabToken{header: header, token: c.Token, site: base, next: own.Transport}
	// The client would repeat writes, and slow down by itself: both are up to
	// the transport.
	options := []gitlab.ClientOptionFunc{
		gitlab.WithBaseURL(base.String()), gitlab.WithHTTPClient(&own), gitlab.WithoutRetries(), gitlab.WithCustomLimiter(gitlabPace{}),
	}
	api, err := gitlab.NewClient("", options...) //nolint:staticcheck // see docs/decisions/0002-dependencies.md
	if err != nil {
		return nil, err
	}
	return &gitLab{api: api, repo: c.Repo, job: job, wait: c.Wait, fresh: map[int]bool{}}, nil
}

// gitlabAPI returns the address of the API of a site, or of the API itself. A
// site may be below a path.
func gitlabAPI(site string) (*url.URL, error) {
	if site == "" {
		site = hosts["gitlab.com"].site
	}
	u, err := url.Parse(site)
	if err != nil || u.Host == "" {
		return nil, errors.New("the URL of the forge: write https://HOST")
	}
	if u.Scheme != "https" && !(u.Scheme == "http" && isLoopback(strings.ToLower(u.Hostname()))) {
		return nil, fmt.Errorf("the URL of the forge is of %s: a token is sent over https only", u.Scheme)
	}
	path := strings.TrimSuffix(strings.TrimSuffix(u.Path, "/"), "/api/v4")
	return &url.URL{Scheme: u.Scheme, Host: u.Host, Path: path + "/api/v4/"}, nil
}

// A gitlabToken adds the token to requests to one site: where redirects lead,
// nobody is to see it.
type gitlabToken struct {
	header, token string
	site          *url.URL
	next          http.RoundTripper
}

// RoundTrip implements [http.RoundTripper].
func (t gitlabToken) RoundTrip(r *http.Request) (*http.Response, error) {
	own := r.Clone(r.Context())
	own.Header.Del("PRIVATE-TOKEN") // the client sets it, to nothing
	if strings.EqualFold(r.URL.Host, t.site.Host) && r.URL.Scheme == t.site.Scheme {
		own.Header.Set(t.header, t.token)
	}
	return t.next.RoundTrip(own)
}

// gitlabPace never waits.
type gitlabPace struct{}

// Wait implements [gitlab.RateLimiter].
func (gitlabPace) Wait(ctx context.Context) error { return ctx.Err() }

// Abilities implements [Forge]. What a body may have leaves room for the mark.
func (g *gitLab) Abilities() Abilities {
	site := *g.api.BaseURL()
	site.Path = strings.TrimSuffix(site.Path, "/api/v4/")
	return Abilities{
		BodyLimit: gitlabBody - markSize, Draft: true, Reviewers: true, Assignees: true, AutoMerge: true,
		Mermaid: true, FilePage: filePage(&site, "/"+g.repo+"/-/blob/", "{branch}/{path}"),
	}
}

// Find implements [Forge].
func (g *gitLab) Find(ctx context.Context, head, base string) (PullRequest, bool, error) {
	mr, err := g.find(ctx, head, base)
	if err != nil || mr == nil {
		return PullRequest{}, false, wrap(err, "find merge request")
	}
	return fromGitLab(mr), true, nil
}

// find returns the open merge request from a branch of this project.
func (g *gitLab) find(ctx context.Context, head, base string) (*gitlab.MergeRequest, error) {
	if head == "" || base == "" {
		return nil, nil
	}
	var found *gitlab.MergeRequest
	o := gitlab.ListProjectMergeRequestsOptions{State: gitlab.Ptr("opened"), SourceBranch: &head, TargetBranch: &base}
	err := g.requests(ctx, o, func(mr *gitlab.MergeRequest) bool {
		if mr.SourceBranch == head && mr.TargetBranch == base {
			found = mr
		}
		return found == nil
	})
	return found, err
}

// List implements [Forge].
func (g *gitLab) List(ctx context.Context) ([]PullRequest, error) {
	all := []PullRequest{}
	o := gitlab.ListProjectMergeRequestsOptions{State: gitlab.Ptr("all"), OrderBy: gitlab.Ptr("created_at"), Sort: gitlab.Ptr("desc")}
	err := g.requests(ctx, o, func(mr *gitlab.MergeRequest) bool {
		all = append(all, fromGitLab(mr))
		return true
	})
	if err != nil {
		return nil, wrap(err, "list merge requests")
	}
	return all, nil
}

// requests hands over merge requests from branches of the project itself, until
// do returns false. Branches of forks have the same names, and GitLab has no
// filter for them that all its versions know.
func (g *gitLab) requests(ctx context.Context, o gitlab.ListProjectMergeRequestsOptions, do func(*gitlab.MergeRequest) bool) error {
	o.PerPage = 100
	for {
		page, resp, err := g.api.MergeRequests.ListProjectMergeRequests(g.repo, &o, gitlab.WithContext(ctx))
		if err != nil {
			return g.explain(ctx, heard(err))
		}
		for _, mr := range page {
			if mr.SourceProjectID == mr.TargetProjectID && !do(mr) {
				return nil
			}
		}
		if resp.NextPage == 0 {
			return nil
		}
		o.Page = resp.NextPage
	}
}

// call makes a call below the project that the client lacks, or of whose answer
// it drops what is needed.
func (g *gitLab) call(ctx context.Context, method, path string, ask, answer any) (*gitlab.Response, error) {
	path = "projects/" + gitlab.PathEscape(g.repo) + "/" + path
	req, err := g.api.NewRequest(method, path, ask, []gitlab.RequestOptionFunc{gitlab.WithContext(ctx)})
	if err != nil {
		return nil, err
	}
	resp, err := g.api.Do(req, answer)
	return resp, heard(err)
}

// project returns what the project is set to.
func (g *gitLab) project(ctx context.Context) (*gitlab.Project, error) {
	p, _, err := g.api.Projects.GetProject(g.repo, nil, gitlab.WithContext(ctx))
	return p, heard(err)
}

// fromGitLab translates a merge request. What makes it a draft is no part of the
// title.
func fromGitLab(mr *gitlab.MergeRequest) PullRequest {
	pr := PullRequest{
		Number: mr.IID, URL: mr.WebURL, Head: mr.SourceBranch, Base: mr.TargetBranch,
		Title: mr.Title[len(draftPrefix(mr)):], Draft: mr.Draft, State: StateOpen, Labels: cleanNames(mr.Labels),
	}
	if mr.Author != nil {
		pr.Author = mr.Author.Username
	}
	switch mr.State {
	case "merged":
		pr.State = StateMerged
	case "closed":
		pr.State = StateClosed
	}
	body := strings.ReplaceAll(mr.Description, "\r\n", "\n")
	mark, rest, ours := ParseMark(body)
	if ours {
		rest = withQuickActions(rest)
	}
	pr.Mark, pr.Body = mark, rest
	return pr
}
