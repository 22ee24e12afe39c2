package forge

import (
	"context"
	"fmt"
)

// An inspector is what a forge that has pull requests of the type P answers,
// question by question.
type inspector[P any] interface {
	// inspectCommit tells of the commit's signature.
	inspectCommit(ctx context.Context, in *Inspection, commit string) error
	// inspectBranch tells whether the branch is protected.
	inspectBranch(ctx context.Context, in *Inspection, branch string) error
	// pullOf returns the pull request that was merged into the branch as the
	// commit, nil for none; known reports whether that is certain.
	pullOf(ctx context.Context, commit, branch string) (pull *P, known bool, err error)
	// approvals returns what counts as consent to a pull request.
	approvals(ctx context.Context, pull *P) ([]Approval, error)
	// pullRequest returns a pull request as all forges have it.
	pullRequest(pull *P) PullRequest
}

// inspect asks all that an [Inspection] holds.
func inspect[P any](ctx context.Context, g inspector[P], commit, branch string) (Inspection, error) {
	var in Inspection
	if !fullHash.MatchString(commit) {
		return in, fmt.Errorf("inspect commit %q: it takes the full hash", commit)
	}
	if err := g.inspectCommit(ctx, &in, commit); err != nil {
		return in, wrap(err, "inspect commit %.12s", commit)
	}
	if err := g.inspectBranch(ctx, &in, branch); err != nil {
		return in, wrap(err, "inspect branch %q", branch)
	}
	pull, known, err := g.pullOf(ctx, commit, branch)
	if err != nil {
		return in, wrap(err, "find the pull request of commit %.12s", commit)
	}
	if known {
		in.Merged = No
	}
	if pull == nil {
		return in, nil
	}
	pr := g.pullRequest(pull)
	in.Merged, in.Pull = Yes, &pr
	in.Approvals, err = g.approvals(ctx, pull)
	return in, wrap(err, "read the approvals of pull request %d", pr.Number)
}
