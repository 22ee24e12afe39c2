package forge

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/microsoft/azure-devops-go-api/azuredevops/v7"
	"github.com/microsoft/azure-devops-go-api/azuredevops/v7/core"
	"github.com/microsoft/azure-devops-go-api/azuredevops/v7/git"
	"github.com/microsoft/azure-devops-go-api/azuredevops/v7/identity"
	"github.com/microsoft/azure-devops-go-api/azuredevops/v7/webapi"
)

// What Azure DevOps stores at most, in units of UTF-16, of which there are never
// more than bytes.
const (
	azureBody    = 4000
	azureTitle   = 400
	azureComment = 150000
	// azureListed is how much of a description its lists show.
	azureListed = 400
	// azurePage is how many items are asked for at once.
	azurePage = 100
)

// azureRepos keeps pull requests in Azure Repos: of Azure DevOps Services, or of
// Azure DevOps Server.
type azureRepos struct {
	client        *azuredevops.Client
	git           *git.ClientImpl
	http          *http.Client
	site          *url.URL // the organisation or collection
	project, name string
	wait          func(context.Context, time.Duration) error

	mu     sync.Mutex
	repo   *git.GitRepository   // nil if not asked yet
	self   *string              // id of the token's owner; "" if that is not told; nil if not asked yet
	people *identity.ClientImpl // nil if not asked yet where that is
}

var _ interface {
	Forge
	Checker
	StatusSetter
	Inspector
} = (*azureRepos)(nil)

func openAzure(c Config) (Forge, error) {
	project, name, err := azureRepository(c.Repo)
	if err != nil {
		return nil, err
	}
	if c.Token == "" {
		return nil, errors.New("it needs a token that may contribute to pull requests")
	}
	if c.HTTP == nil || c.HTTP.Transport == nil {
		return nil, errors.New("it needs an HTTP client with a transport")
	}
	site, err := azureSite(c.URL)
	if err != nil {
		return nil, err
	}
	own := *c.HTTP
	own.Transport = azureWire{authorization: azureAuthorization(c.Token), site: site, next: own.Transport}
	a := &azureRepos{http: &own, site: site, project: project, name: name, wait: c.Wait}
	a.client = a.clientAt(site.String())
	a.git = &git.ClientImpl{Client: *a.client}
	return a, nil
}

// azureRepository takes "project/name" apart. A remote of SSH has its names
// escaped.
func azureRepository(repo string) (project, name string, err error) {
	project, name, ok := strings.Cut(repo, "/")
	for _, s := range []*string{&project, &name} {
		if plain, err := url.PathUnescape(*s); err == nil {
			*s = plain
		}
		ok = ok && *s != "" && *s != "." && *s != ".." && !strings.ContainsAny(*s, `/\?#`)
	}
	if !ok {
		return "", "", fmt.Errorf("repository %q: write PROJECT/NAME", repo)
	}
	return project, name, nil
}

// azureSite checks the address of an organisation or collection.
func azureSite(site string) (*url.URL, error) {
	u, err := url.Parse(strings.TrimRight(site, "/"))
	if err != nil || u.Host == "" || u.RawQuery != "" || u.User != nil {
		return nil, errors.New("the URL of the forge: write https://dev.azure.com/ORGANISATION, or that of a collection")
	}
	host := strings.ToLower(u.Hostname())
	switch {
	case u.Scheme != "https" && !(u.Scheme == "http" && isLoopback(host)):
		return nil, fmt.Errorf("the URL of the forge is of %s: a token is sent over https only", u.Scheme)
	case host == "dev.azure.com" && strings.Trim(u.Path, "/") == "":
		return nil, errors.New("the URL of the forge lacks the organisation: write https://dev.azure.com/ORGANISATION")
	}
	u.Host = strings.ToLower(u.Host)
	return u, nil
}

// clientAt returns a client of the service at an address. The SDK caches what it
// learns there for the whole process, by an address in lower case.
func (a *azureRepos) clientAt(address string) *azuredevops.Client {
	c := &azuredevops.Connection{SuppressFedAuthRedirect: true}
	return azuredevops.NewClientWithOptions(c, strings.ToLower(strings.TrimRight(address, "/")), azuredevops.WithHTTPClient(a.http))
}

// Abilities implements [Forge]. What a body may have leaves room for the mark.
func (a *azureRepos) Abilities() Abilities {
	return Abilities{
		BodyLimit: azureBody - markSize, CommentLimit: azureComment - markSize,
		Draft: true, Reviewers: true, TeamReviewers: true, AutoMerge: true,
		FilePage: filePage(a.site, "/"+a.project+"/_git/"+a.name, "?path=/{path}&version=GB{branch}"),
	}
}

// Find implements [Forge].
func (a *azureRepos) Find(ctx context.Context, head, base string) (PullRequest, bool, error) {
	pull, err := a.find(ctx, head, base)
	if err == nil && pull != nil {
		err = a.complete(ctx, pull)
	}
	if err != nil || pull == nil {
		return PullRequest{}, false, wrap(err, "find pull request")
	}
	return a.fromAzure(pull), true, nil
}

// find returns the open pull request from a branch of this repository, as lists
// show it.
func (a *azureRepos) find(ctx context.Context, head, base string) (*git.GitPullRequest, error) {
	if head == "" || base == "" {
		return nil, nil
	}
	from, to := azureRef(head), azureRef(base)
	o := git.GitPullRequestSearchCriteria{Status: &git.PullRequestStatusValues.Active, SourceRefName: &from, TargetRefName: &to}
	var found *git.GitPullRequest
	err := a.pulls(ctx, o, func(p *git.GitPullRequest) error {
		// Refs differ by case, and not in every index of the service.
		if found == nil && azureValue(p.SourceRefName) == from && azureValue(p.TargetRefName) == to {
			found = p
		}
		return nil
	})
	return found, err
}

// List implements [Forge]. The service shows the start of bodies in its lists:
// those that have a mark are read in full.
func (a *azureRepos) List(ctx context.Context) ([]PullRequest, error) {
	all := []PullRequest{}
	o := git.GitPullRequestSearchCriteria{Status: &git.PullRequestStatusValues.All}
	err := a.pulls(ctx, o, func(p *git.GitPullRequest) error {
		if strings.HasPrefix(azureValue(p.Description), markStart) {
			if err := a.complete(ctx, p); err != nil {
				return err
			}
		}
		all = append(all, a.fromAzure(p))
		return nil
	})
	if err != nil {
		return nil, wrap(err, "list pull requests")
	}
	slices.SortFunc(all, func(x, y PullRequest) int { return cmp.Compare(y.Number, x.Number) })
	return all, nil
}

// pulls hands over pull requests from branches of the repository itself.
func (a *azureRepos) pulls(ctx context.Context, o git.GitPullRequestSearchCriteria, do func(*git.GitPullRequest) error) error {
	for skip := 0; ; skip += azurePage {
		args := git.GetPullRequestsArgs{
			RepositoryId: &a.name, Project: &a.project, SearchCriteria: &o, Top: new(azurePage), Skip: &skip,
		}
		page, err := a.git.GetPullRequests(ctx, args)
		if err != nil {
			return a.explain(err)
		}
		for _, p := range azureValue(page) {
			if p.ForkSource != nil {
				continue
			}
			if err := do(&p); err != nil {
				return err
			}
		}
		if len(azureValue(page)) < azurePage {
			return nil
		}
	}
}

// complete reads the description of a listed pull request, if the list may have
// cut it.
func (a *azureRepos) complete(ctx context.Context, p *git.GitPullRequest) error {
	if azureLen(azureValue(p.Description)) < azureListed {
		return nil
	}
	whole, err := a.get(ctx, azureValue(p.PullRequestId))
	if err == nil {
		p.Description = whole.Description
	}
	return err
}

// get reads a pull request, without its labels.
func (a *azureRepos) get(ctx context.Context, number int) (*git.GitPullRequest, error) {
	pull, err := a.git.GetPullRequest(ctx, git.GetPullRequestArgs{RepositoryId: &a.name, Project: &a.project, PullRequestId: &number})
	return pull, a.explain(err)
}

// fromAzure translates a pull request.
func (a *azureRepos) fromAzure(p *git.GitPullRequest) PullRequest {
	pr := PullRequest{
		Number: azureValue(p.PullRequestId), Title: azureValue(p.Title), Draft: azureValue(p.IsDraft),
		Head: azureBranch(p.SourceRefName), Base: azureBranch(p.TargetRefName), State: StateClosed,
	}
	pr.URL = a.site.JoinPath(a.project, "_git", a.name, "pullrequest", strconv.Itoa(pr.Number)).String()
	pr.Author = azureUser(p.CreatedBy)
	switch azureValue(p.Status) {
	case git.PullRequestStatusValues.Active:
		pr.State = StateOpen
	case git.PullRequestStatusValues.Completed:
		pr.State = StateMerged
	}
	pr.Mark, pr.Body, _ = ParseMark(strings.ReplaceAll(azureValue(p.Description), "\r\n", "\n"))
	pr.Labels = cleanNames(azureLabels(azureValue(p.Labels)))
	return pr
}

// azureLabels returns the names of labels. One that was taken off may be listed
// still.
func azureLabels(tags []core.WebApiTagDefinition) []string {
	names := make([]string, 0, len(tags))
	for _, l := range tags {
		if l.Active == nil || *l.Active {
			names = append(names, azureValue(l.Name))
		}
	}
	return names
}

// azureUser returns what people sign in with; programs have no other name either.
func azureUser(r *webapi.IdentityRef) string {
	if r == nil {
		return ""
	}
	return cmp.Or(azureValue(r.UniqueName), azureValue(r.DisplayName))
}

func azureRef(branch string) string { return "refs/heads/" + branch }

func azureBranch(ref *string) string { return strings.TrimPrefix(azureValue(ref), "refs/heads/") }

// azureValue is what a field of the SDK holds, or nothing.
func azureValue[T any](p *T) (v T) {
	if p != nil {
		v = *p
	}
	return v
}
