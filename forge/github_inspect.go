package forge

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"github.com/google/go-github/v62/github"
)

// fullHash matches the name of a commit.
var fullHash = regexp.MustCompile(`^[0-9a-f]{40}(?:[0-9a-f]{24})?$`)

// Check implements [Checker]. To learn what a token may do it asks for what can
// not be done: GitHub looks at permissions first.
func (g *gitHub) Check(ctx context.Context, n Needs) error {
	repo, _, err := g.api.Repositories.Get(ctx, g.owner, g.name)
	if statusOf(err) == http.StatusNotFound {
		return &apiError{fmt.Sprintf("check permissions: %v: the repository %s/%s is not there, or the token may not see it", ErrDenied, g.owner, g.name), []error{ErrDenied, err}}
	}
	if err != nil {
		return wrap(explain(err), "check permissions on %s/%s", g.owner, g.name)
	}
	if repo.GetArchived() {
		return fmt.Errorf("check permissions on %s/%s: the repository is archived, so nothing can be written", g.owner, g.name)
	}
	var missing []error
	if n.PullRequests {
		branch := repo.GetDefaultBranch()
		nothing := github.NewPullRequest{Title: github.String("permission check"), Head: &branch, Base: &branch}
		_, _, err := g.api.PullRequests.Create(ctx, g.owner, g.name, &nothing)
		missing = append(missing, missingRight(err))
	}
	if n.Statuses {
		nowhere := strings.Repeat("0", 40)
		_, _, err := g.api.Repositories.CreateStatus(ctx, g.owner, g.name, nowhere, &github.RepoStatus{State: github.String(string(Pending))})
		missing = append(missing, missingRight(err))
	}
	if n.Commits {
		_, _, err := g.api.Git.CreateTree(ctx, g.owner, g.name, "", nil)
		missing = append(missing, missingRight(err))
	}
	return wrap(errors.Join(missing...), "check permissions on %s/%s", g.owner, g.name)
}

// missingRight drops the refusal that shows the permission to be there.
func missingRight(err error) error {
	if statusOf(err) == http.StatusUnprocessableEntity {
		return nil
	}
	return explain(err)
}

// SetStatus implements [StatusSetter].
func (g *gitHub) SetStatus(ctx context.Context, commit string, s Status) error {
	if err := s.check(commit); err != nil {
		return fmt.Errorf("set status of commit %q: %w", commit, err)
	}
	st := github.RepoStatus{
		State: github.String(string(s.State)), Context: &s.Context,
		Description: github.String(cutLine(cleanLine(s.Description), githubStatus)),
	}
	if s.URL != "" {
		st.TargetURL = &s.URL
	}
	_, _, err := g.api.Repositories.CreateStatus(ctx, g.owner, g.name, commit, &st)
	return wrap(explain(err), "set status of commit %.12s", commit)
}

// check refuses what no forge takes.
func (s Status) check(commit string) error {
	switch s.State {
	case Pending, Success, Failure, Broken:
	default:
		return fmt.Errorf("state %q is not known", s.State)
	}
	if s.Context == "" {
		return errors.New("it needs a context")
	}
	if !fullHash.MatchString(commit) {
		return errors.New("it takes the full hash of a commit")
	}
	return nil
}

// Inspect implements [Inspector].
func (g *gitHub) Inspect(ctx context.Context, commit, branch string) (Inspection, error) {
	return inspect[github.PullRequest](ctx, g, commit, branch)
}

func (*gitHub) pullRequest(pull *github.PullRequest) PullRequest { return fromGitHub(pull) }

func (g *gitHub) inspectCommit(ctx context.Context, in *Inspection, commit string) error {
	c, _, err := g.api.Repositories.GetCommit(ctx, g.owner, g.name, commit, nil)
	if unseen(err) {
		return nil
	}
	if err != nil {
		return explain(err)
	}
	v := c.GetCommit().GetVerification()
	in.Reason = v.GetReason()
	switch {
	case v == nil || strings.HasSuffix(in.Reason, "unavailable") || in.Reason == "gpgverify_error":
	case v.GetVerified():
		in.Verified = Yes
	default:
		in.Verified = No
	}
	return nil
}

// inspectBranch looks for a rule of either kind that keeps people from pushing.
func (g *gitHub) inspectBranch(ctx context.Context, in *Inspection, branch string) error {
	var b struct {
		Protected bool `json:"protected"`
	}
	err := g.get(ctx, "branches/"+url.PathEscape(branch), &b)
	if err != nil && !unseen(err) {
		return explain(err)
	}
	if b.Protected {
		in.Protected = Yes
		return nil
	}
	seen := err == nil
	var rules []rule
	err = g.get(ctx, "rules/branches/"+url.PathEscape(branch)+"?per_page=100", &rules)
	if err != nil && !unseen(err) {
		return explain(err)
	}
	switch {
	case slices.ContainsFunc(rules, rule.protects):
		in.Protected = Yes
	case seen && err == nil:
		in.Protected = No
	}
	return nil
}

// A rule is one for a branch, from a ruleset.
type rule struct {
	Type string `json:"type"`
}

// protects reports whether the rule keeps people from pushing as they like.
func (r rule) protects() bool {
	return slices.Contains([]string{"pull_request", "required_status_checks", "update", "merge_queue"}, r.Type)
}

// get reads what is below the repository. The client has calls for branches and
// their rules, but one loses what the service says is wrong, and the other
// panics on rules that it does not expect.
func (g *gitHub) get(ctx context.Context, path string, v any) error {
	req, err := g.api.NewRequest(http.MethodGet, "repos/"+g.owner+"/"+g.name+"/"+path, nil)
	if err != nil {
		return err
	}
	_, err = g.api.Do(ctx, req, v)
	return err
}

// pullOf returns the pull request that was merged into a branch as a commit.
// Open ones have a merge commit, too, of a merge on trial.
func (g *gitHub) pullOf(ctx context.Context, commit, branch string) (pull *github.PullRequest, known bool, err error) {
	o := github.ListOptions{PerPage: 100}
	for {
		pulls, resp, err := g.api.PullRequests.ListPullRequestsWithCommit(ctx, g.owner, g.name, commit, &o)
		if unseen(err) {
			return nil, false, nil
		}
		if err != nil {
			return nil, false, explain(err)
		}
		for _, p := range pulls {
			if p.MergedAt != nil && p.GetMergeCommitSHA() == commit && p.GetBase().GetRef() == branch {
				return p, true, nil
			}
		}
		if resp.NextPage == 0 {
			return nil, true, nil
		}
		o.Page = resp.NextPage
	}
}

// approvals returns who has approved the head as it is and has not taken it
// back.
func (g *gitHub) approvals(ctx context.Context, pull *github.PullRequest) ([]Approval, error) {
	reviews, err := g.reviews(ctx, pull.GetNumber())
	if err != nil {
		return nil, err
	}
	last := map[string]*github.PullRequestReview{}
	for _, r := range reviews {
		if s := r.GetState(); s != "COMMENTED" && s != "PENDING" {
			last[strings.ToLower(r.GetUser().GetLogin())] = r
		}
	}
	var approvals []Approval
	for _, r := range last {
		u := r.GetUser()
		if r.GetState() != "APPROVED" || r.GetCommitID() != pull.GetHead().GetSHA() ||
			u.GetType() == "Bot" || strings.EqualFold(u.GetLogin(), pull.GetUser().GetLogin()) || u.GetLogin() == "" {
			continue
		}
		may, err := g.mayWrite(ctx, u.GetLogin())
		if err != nil {
			return nil, err
		}
		approvals = append(approvals, Approval{User: u.GetLogin(), MayWrite: may})
	}
	slices.SortFunc(approvals, func(a, b Approval) int { return strings.Compare(a.User, b.User) })
	return approvals, nil
}

// reviews returns the reviews of a pull request in the order they were made.
func (g *gitHub) reviews(ctx context.Context, number int) ([]*github.PullRequestReview, error) {
	var all []*github.PullRequestReview
	o := github.ListOptions{PerPage: 100}
	for {
		var reviews []*github.PullRequestReview
		var resp *github.Response
		err := g.settle(ctx, number, func() (err error) {
			reviews, resp, err = g.api.PullRequests.ListReviews(ctx, g.owner, g.name, number, &o)
			return err
		})
		if err != nil {
			return nil, err
		}
		all = append(all, reviews...)
		if resp.NextPage == 0 {
			return all, nil
		}
		o.Page = resp.NextPage
	}
}

func (g *gitHub) mayWrite(ctx context.Context, user string) (Answer, error) {
	level, _, err := g.api.Repositories.GetPermissionLevel(ctx, g.owner, g.name, user)
	switch {
	case unseen(err):
		return Unknown, nil
	case err != nil:
		return Unknown, explain(err)
	case slices.Contains([]string{"admin", "maintain", "write"}, level.GetPermission()):
		return Yes, nil
	}
	return No, nil
}
