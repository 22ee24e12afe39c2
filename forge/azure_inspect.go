package forge

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/microsoft/azure-devops-go-api/azuredevops/v7/git"
	"github.com/microsoft/azure-devops-go-api/azuredevops/v7/security"
)

// gitNamespace is where permissions on repositories are kept.
var gitNamespace = uuid.MustParse("2e9eb7ed-3c0a-47d4-87c1-0ffdd275fd87")

// Check implements [Checker]. It asks the service what the token's owner may do,
// and for what can not be done, to learn what the token's scopes allow.
func (a *azureRepos) Check(ctx context.Context, n Needs) error {
	repo, err := a.repository(ctx)
	if azureStatus(err) == http.StatusNotFound {
		text := fmt.Sprintf("check permissions: %v: the repository %s/%s is not there, or the token may not see it", ErrDenied, a.project, a.name)
		return &apiError{text, []error{ErrDenied, err}}
	}
	if err != nil {
		return wrap(a.explain(err), "check permissions on %s/%s", a.project, a.name)
	}
	if azureValue(repo.IsDisabled) {
		return fmt.Errorf("check permissions on %s/%s: the repository is disabled, so nothing can be written", a.project, a.name)
	}
	var missing []error
	if n.PullRequests {
		missing = append(missing, a.mayContribute(ctx, repo))
	}
	if n.Statuses {
		nothing := git.GitStatus{State: &git.GitStatusStateValues.NotSet, Context: &git.GitStatusContext{Name: new("permission check")}}
		_, err := a.git.CreateCommitStatus(ctx, git.CreateCommitStatusArgs{
			RepositoryId: &a.name, Project: &a.project, CommitId: new(strings.Repeat("0", 40)), GitCommitStatusToCreate: &nothing,
		})
		missing = append(missing, a.missingRight(err))
	}
	return wrap(errors.Join(missing...), "check permissions on %s/%s", a.project, a.name)
}

// mayContribute asks for the permission to write pull requests. What the service
// does not tell is left to be found out.
func (a *azureRepos) mayContribute(ctx context.Context, repo *git.GitRepository) error {
	if repo.Project != nil && repo.Project.Id != nil && repo.Id != nil {
		const contribute = 1 << 14
		service := security.ClientImpl{Client: *a.client}
		may, err := service.HasPermissions(ctx, security.HasPermissionsArgs{
			SecurityNamespaceId: &gitNamespace, Permissions: new(contribute),
			Tokens: new(fmt.Sprintf("repoV2/%s/%s", repo.Project.Id, repo.Id)),
		})
		if err != nil && !azureLocked(err) {
			return a.explain(err)
		}
		if err == nil && len(azureValue(may)) == 1 && !azureValue(may)[0] {
			return &apiError{fmt.Sprintf("%v: %s", ErrDenied, azureGrant(azureContribute)), []error{ErrDenied}}
		}
	}
	nowhere := azureRef("lockstep/permission-check")
	_, err := a.git.CreatePullRequest(ctx, git.CreatePullRequestArgs{
		RepositoryId: &a.name, Project: &a.project,
		GitPullRequestToCreate: &git.GitPullRequest{SourceRefName: &nowhere, TargetRefName: &nowhere, Title: new("permission check")},
	})
	return a.missingRight(err)
}

// missingRight drops the refusal that shows the permission to be there.
func (a *azureRepos) missingRight(err error) error {
	status := azureStatus(err)
	if status == http.StatusBadRequest || status == http.StatusNotFound || status == http.StatusConflict {
		return nil
	}
	return a.explain(err)
}

// azureStates is what the states of a status are called.
var azureStates = map[State]*git.GitStatusState{
	Pending: &git.GitStatusStateValues.Pending, Success: &git.GitStatusStateValues.Succeeded,
	Failure: &git.GitStatusStateValues.Failed, Broken: &git.GitStatusStateValues.Error,
}

// azureStatusText is how many characters a status's description is cut to. How
// many are stored is not documented.
const azureStatusText = 250

// SetStatus implements [StatusSetter]. Policies look at the statuses of pull
// requests, not of commits: those that the commit is the head of get it, too.
func (a *azureRepos) SetStatus(ctx context.Context, commit string, s Status) error {
	if err := s.check(commit); err != nil {
		return fmt.Errorf("set status of commit %q: %w", commit, err)
	}
	about := git.GitStatusContext{Name: &s.Context}
	if i := strings.LastIndexByte(s.Context, '/'); i > 0 && i < len(s.Context)-1 {
		about = git.GitStatusContext{Genre: new(s.Context[:i]), Name: new(s.Context[i+1:])}
	}
	st := git.GitStatus{
		State: azureStates[s.State], Context: &about,
		Description: new(cutLine(cleanLine(s.Description), azureStatusText)),
	}
	if s.URL != "" {
		st.TargetUrl = &s.URL
	}
	_, err := a.git.CreateCommitStatus(ctx, git.CreateCommitStatusArgs{
		RepositoryId: &a.name, Project: &a.project, CommitId: &commit, GitCommitStatusToCreate: &st,
	})
	if err != nil {
		return wrap(a.explain(err), "set status of commit %.12s", commit)
	}
	pulls, _, err := a.pullsOf(ctx, commit, git.GitPullRequestQueryTypeValues.Commit)
	if err != nil {
		return wrap(err, "find the pull requests of commit %.12s", commit)
	}
	for _, p := range pulls {
		head := azureValue(p.LastMergeSourceCommit).CommitId
		if azureValue(p.Status) != git.PullRequestStatusValues.Active || azureValue(head) != commit {
			continue
		}
		if err := a.setPullStatus(ctx, azureValue(p.PullRequestId), st); err != nil {
			return wrap(err, "set status of pull request %d", azureValue(p.PullRequestId))
		}
	}
	return nil
}

// setPullStatus sets a status of a pull request as it is: a push ends it.
func (a *azureRepos) setPullStatus(ctx context.Context, number int, st git.GitStatus) error {
	iterations, err := a.iterations(ctx, number)
	if err != nil {
		return err
	}
	own := git.GitPullRequestStatus{State: st.State, Context: st.Context, Description: st.Description, TargetUrl: st.TargetUrl}
	if len(iterations) > 0 {
		own.IterationId = iterations[len(iterations)-1].Id
	}
	_, err = a.git.CreatePullRequestStatus(ctx, git.CreatePullRequestStatusArgs{
		RepositoryId: &a.name, Project: &a.project, PullRequestId: &number, Status: &own,
	})
	return a.explain(err)
}

// iterations returns the states that a pull request has had, the last at the end.
func (a *azureRepos) iterations(ctx context.Context, number int) ([]git.GitPullRequestIteration, error) {
	found, err := a.git.GetPullRequestIterations(ctx, git.GetPullRequestIterationsArgs{RepositoryId: &a.name, Project: &a.project, PullRequestId: &number})
	if err != nil {
		return nil, a.explain(err)
	}
	all := azureValue(found)
	slices.SortFunc(all, func(x, y git.GitPullRequestIteration) int { return cmp.Compare(azureValue(x.Id), azureValue(y.Id)) })
	return all, nil
}

// Inspect implements [Inspector]. Azure DevOps gives no verdict on signatures,
// and does not tell what others may do.
func (a *azureRepos) Inspect(ctx context.Context, commit, branch string) (Inspection, error) {
	return inspect[git.GitPullRequest](ctx, a, commit, branch)
}

func (a *azureRepos) pullRequest(pull *git.GitPullRequest) PullRequest { return a.fromAzure(pull) }

// inspectCommit learns nothing: Azure Repos does not judge signatures.
func (*azureRepos) inspectCommit(context.Context, *Inspection, string) error { return nil }

func (a *azureRepos) inspectBranch(ctx context.Context, in *Inspection, branch string) error {
	kinds, known, err := a.azurePolicies(ctx, branch)
	switch {
	case err != nil && !azureUnseen(err):
		return a.explain(err)
	case err != nil || !known:
		return nil
	case protects(kinds):
		in.Protected = Yes
	default:
		in.Protected = No
	}
	return nil
}

// pullOf looks among the pull requests whose last merge is the commit. Open ones
// have a merge commit, too, of a merge on trial.
func (a *azureRepos) pullOf(ctx context.Context, commit, branch string) (pull *git.GitPullRequest, known bool, err error) {
	pulls, known, err := a.pullsOf(ctx, commit, git.GitPullRequestQueryTypeValues.LastMergeCommit)
	if err != nil {
		return nil, false, err
	}
	i := slices.IndexFunc(pulls, func(p git.GitPullRequest) bool {
		return azureValue(p.Status) == git.PullRequestStatusValues.Completed && azureValue(p.TargetRefName) == azureRef(branch) &&
			azureValue(azureValue(p.LastMergeCommit).CommitId) == commit
	})
	if i < 0 {
		return nil, known, nil
	}
	pull, err = a.get(ctx, azureValue(pulls[i].PullRequestId))
	return pull, known, err
}

// protects reports whether policies of these kinds keep people from pushing.
func protects(kinds []uuid.UUID) bool {
	return waitsFor(kinds) || slices.Contains(kinds, policyComments) || slices.Contains(kinds, policyStrategy)
}

// pullsOf returns the pull requests that a commit is of, in a way; known is false
// if the token may not see them.
func (a *azureRepos) pullsOf(ctx context.Context, commit string, way git.GitPullRequestQueryType) (pulls []git.GitPullRequest, known bool, err error) {
	answer, err := a.git.GetPullRequestQuery(ctx, git.GetPullRequestQueryArgs{
		RepositoryId: &a.name, Project: &a.project,
		Queries: &git.GitPullRequestQuery{Queries: &[]git.GitPullRequestQueryInput{{Type: &way, Items: &[]string{commit}}}},
	})
	if azureUnseen(err) {
		return nil, false, nil
	}
	if err != nil {
		return nil, false, a.explain(err)
	}
	for _, result := range azureValue(answer.Results) {
		pulls = append(pulls, result[commit]...)
	}
	return pulls, true, nil
}

// approvals returns who has approved the head as it is and has not taken it back.
func (a *azureRepos) approvals(ctx context.Context, pull *git.GitPullRequest) ([]Approval, error) {
	const withSuggestions = 5
	var approvals []Approval
	var fresh func(id string) bool
	for _, r := range azureValue(pull.Reviewers) {
		// The vote of a group is that of one of its members, who is listed, too.
		if azureValue(r.Vote) < withSuggestions || azureValue(r.IsContainer) || azureValue(r.HasDeclined) ||
			pull.CreatedBy != nil && strings.EqualFold(azureValue(r.Id), azureValue(pull.CreatedBy.Id)) ||
			strings.HasPrefix(azureValue(r.Descriptor), "svc.") {
			continue
		}
		if fresh == nil {
			var err error
			if fresh, err = a.freshVotes(ctx, azureValue(pull.PullRequestId)); err != nil {
				return nil, err
			}
		}
		if user := cmp.Or(azureValue(r.UniqueName), azureValue(r.DisplayName)); user != "" && fresh(azureValue(r.Id)) {
			approvals = append(approvals, Approval{User: user})
		}
	}
	slices.SortFunc(approvals, func(x, y Approval) int { return strings.Compare(x.User, y.User) })
	return approvals, nil
}

// freshVotes returns whether the vote of an identity is on the last state of a
// pull request. Votes stay when somebody pushes, unless a policy takes them
// back, and have no date: only what the service writes of them in threads has.
func (a *azureRepos) freshVotes(ctx context.Context, number int) (func(id string) bool, error) {
	iterations, err := a.iterations(ctx, number)
	if err != nil {
		return nil, err
	}
	if len(iterations) == 1 {
		return func(string) bool { return true }, nil
	}
	threads, err := a.threads(ctx, number)
	if err != nil {
		return nil, err
	}
	var pushed time.Time
	for _, it := range iterations {
		if at := azureValue(it.CreatedDate).Time; at.After(pushed) {
			pushed = at
		}
	}
	voted := map[string]time.Time{}
	for _, t := range threads {
		if azureProperty(t.Properties, "CodeReviewThreadType") != "VoteUpdate" {
			continue
		}
		who := azureValue(t.Identities)[azureProperty(t.Properties, "CodeReviewVotedByIdentity")]
		voted[strings.ToLower(azureValue(who.Id))] = azureValue(t.PublishedDate).Time
	}
	return func(id string) bool { return !pushed.IsZero() && voted[strings.ToLower(id)].After(pushed) }, nil
}
