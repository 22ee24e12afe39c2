package forge

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"code.gitea.io/sdk/gitea"
)

// Check implements [Checker]. To learn what a token may do it asks for what can
// not be done: Gitea looks at the scopes of tokens first. Whether the account
// may write it says of itself.
func (g *giteaForge) Check(ctx context.Context, n Needs) error {
	repo, resp, err := g.api(ctx).GetRepo(g.owner, g.name)
	err = giteaAnswer(resp, err)
	if giteaStatusOf(err) == http.StatusNotFound {
		return &apiError{fmt.Sprintf("check permissions: %v: the repository %s/%s is not there, or the token may not see it", ErrDenied, g.owner, g.name), []error{ErrDenied, err}}
	}
	if err != nil {
		return wrap(err, "check permissions on %s/%s", g.owner, g.name)
	}
	if repo.Archived {
		return fmt.Errorf("check permissions on %s/%s: the repository is archived, so nothing can be written", g.owner, g.name)
	}
	var missing []error
	if n.PullRequests || n.Statuses {
		nothing := gitea.CreatePullRequestOption{Title: "permission check", Head: repo.DefaultBranch, Base: repo.DefaultBranch}
		_, resp, err := g.api(ctx).CreatePullRequest(g.owner, g.name, nothing)
		missing = append(missing, giteaLacks(resp, err, http.StatusUnprocessableEntity))
		if repo.Permissions == nil || !repo.Permissions.Push {
			missing = append(missing, fmt.Errorf("%w: the account that the token is of needs the right to write to the repository", ErrDenied))
		}
	}
	if n.PullRequests {
		_, resp, err := g.api(ctx).AddIssueLabels(g.owner, g.name, 0, gitea.IssueLabelsOption{Labels: []int64{}})
		missing = append(missing, giteaLacks(resp, err, http.StatusNotFound))
		_, err = g.me(ctx)
		missing = append(missing, err)
	}
	return wrap(errors.Join(missing...), "check permissions on %s/%s", g.owner, g.name)
}

// giteaLacks drops the refusal that shows the permission to be there.
func giteaLacks(resp *gitea.Response, err error, expected int) error {
	if err = giteaAnswer(resp, err); giteaStatusOf(err) == expected {
		return nil
	}
	return err
}

// SetStatus implements [StatusSetter].
func (g *giteaForge) SetStatus(ctx context.Context, commit string, s Status) error {
	if err := s.check(commit); err != nil {
		return fmt.Errorf("set status of commit %q: %w", commit, err)
	}
	o := gitea.CreateStatusOption{
		State: gitea.StatusState(s.State), Context: s.Context, TargetURL: s.URL,
		Description: cutLine(cleanLine(s.Description), giteaStatus),
	}
	_, resp, err := g.api(ctx).CreateStatus(g.owner, g.name, commit, o)
	return wrap(giteaAnswer(resp, err), "set status of commit %.12s", commit)
}

// Inspect implements [Inspector].
func (g *giteaForge) Inspect(ctx context.Context, commit, branch string) (Inspection, error) {
	return inspect[gitea.PullRequest](ctx, g, commit, branch)
}

func (*giteaForge) pullRequest(pull *gitea.PullRequest) PullRequest { return fromGitea(pull) }

// unchecked are the reasons that Gitea gives when it could not look at a
// signature.
var unchecked = []string{"gpg.error.failed_retrieval_gpg_keys", "gpg.error.generate_hash", "gpg.error.extract_sign"}

func (g *giteaForge) inspectCommit(ctx context.Context, in *Inspection, commit string) error {
	c, resp, err := g.api(ctx).GetSingleCommit(g.owner, g.name, commit)
	if err = giteaAnswer(resp, err); err != nil {
		if giteaHides(err) {
			return nil
		}
		return err
	}
	if c.RepoCommit == nil || c.RepoCommit.Verification == nil {
		return nil
	}
	v := c.RepoCommit.Verification
	in.Reason = v.Reason
	switch {
	case v.Verified:
		in.Verified = Yes
	case !slices.Contains(unchecked, v.Reason):
		in.Verified = No
	}
	return nil
}

// inspectBranch looks for a rule that keeps people from pushing. A rule may also
// be there for other ends, and let all push who may write.
func (g *giteaForge) inspectBranch(ctx context.Context, in *Inspection, branch string) error {
	b, resp, err := g.api(ctx).GetRepoBranch(g.owner, g.name, branch)
	if err = giteaAnswer(resp, err); err != nil {
		if giteaHides(err) {
			return nil
		}
		return err
	}
	switch {
	case !b.Protected:
		in.Protected = No
		return nil
	case !b.UserCanPush:
		in.Protected = Yes
		return nil
	case b.EffectiveBranchProtectionName == "": // who may push is not shown to this token
		return nil
	}
	rule, resp, err := g.api(ctx).GetBranchProtection(g.owner, g.name, b.EffectiveBranchProtectionName)
	if err = giteaAnswer(resp, err); err != nil {
		if giteaHides(err) {
			return nil
		}
		return err
	}
	in.Protected = Yes
	if rule.EnablePush && !rule.EnablePushWhitelist {
		in.Protected = No
	}
	return nil
}

// pullOf returns the pull request that was merged into a branch as a commit. An
// old site that has no such call does not know.
func (g *giteaForge) pullOf(ctx context.Context, commit, branch string) (pull *gitea.PullRequest, known bool, err error) {
	pull, resp, err := g.api(ctx).GetCommitPullRequest(g.owner, g.name, commit)
	if err = giteaAnswer(resp, err); err != nil {
		if giteaStatusOf(err) == http.StatusNotFound && giteaSays(err, "pull request does not exist") {
			return nil, true, nil
		}
		if giteaHides(err) || giteaStatusOf(err) == http.StatusMethodNotAllowed {
			return nil, false, nil
		}
		return nil, false, err
	}
	if !pull.HasMerged || pull.MergedCommitID == nil || *pull.MergedCommitID != commit || pull.Base.Ref != branch {
		return nil, true, nil
	}
	return pull, true, nil
}

// approvals returns who has approved the last state of a pull request and has
// not taken it back. Where the head branch goes on after the merge, only a ref
// of its own tells what that state was.
func (g *giteaForge) approvals(ctx context.Context, pull *gitea.PullRequest) ([]Approval, error) {
	reviews, err := g.reviews(ctx, pull.Index)
	if err != nil {
		return nil, err
	}
	head, err := g.headOf(ctx, pull.Index)
	if err != nil {
		return nil, err
	}
	last := map[string]*gitea.PullReview{}
	for _, r := range reviews {
		if r.State == gitea.ReviewStateApproved || r.State == gitea.ReviewStateRequestChanges {
			last[strings.ToLower(giteaLogin(r.Reviewer))] = r
		}
	}
	var approvals []Approval
	for user, r := range last {
		stale := r.Stale || head != "" && r.CommitID != head
		// Programs and those who are gone have numbers below 1.
		if r.State != gitea.ReviewStateApproved || r.Dismissed || stale ||
			user == "" || r.Reviewer.ID < 1 || strings.EqualFold(user, giteaLogin(pull.Poster)) {
			continue
		}
		may, err := g.mayWrite(ctx, r)
		if err != nil {
			return nil, err
		}
		approvals = append(approvals, Approval{User: r.Reviewer.UserName, MayWrite: may})
	}
	slices.SortFunc(approvals, func(a, b Approval) int { return strings.Compare(a.User, b.User) })
	return approvals, nil
}

// headOf returns the last commit of a pull request, or "" if that is not told.
func (g *giteaForge) headOf(ctx context.Context, number int64) (string, error) {
	ref, resp, err := g.api(ctx).GetRepoRef(g.owner, g.name, fmt.Sprintf("pull/%d/head", number))
	if resp != nil && err != nil && resp.StatusCode == http.StatusOK {
		return "", nil // the SDK's words for a ref that is not there
	}
	if err = giteaAnswer(resp, err); err != nil {
		if giteaHides(err) {
			return "", nil
		}
		return "", err
	}
	return ref.Object.SHA, nil
}

// mayWrite tells whether a reviewer may write to the repository. Only those who
// administer it are told, and of teams whose rights differ by unit they are told
// nothing; but Gitea has looked itself when the review was made. It counts as
// official if the reviewer may write, or is one that the rule of the branch names.
func (g *giteaForge) mayWrite(ctx context.Context, r *gitea.PullReview) (Answer, error) {
	if r.Official {
		return Yes, nil
	}
	level, resp, err := g.api(ctx).CollaboratorPermission(g.owner, g.name, r.Reviewer.UserName)
	err = giteaAnswer(resp, err)
	switch {
	case giteaHides(err):
		return Unknown, nil
	case err != nil:
		return Unknown, err
	case slices.Contains([]gitea.AccessMode{gitea.AccessModeWrite, gitea.AccessModeAdmin, gitea.AccessModeOwner}, level.Permission):
		return Yes, nil
	}
	return No, nil
}
