package forge

import (
	"cmp"
	"context"
	"fmt"
	"net/http"
	"strings"

	"github.com/xanzy/go-gitlab"
)

// autoMerge switches auto-merge on, if it is not. GitLab switches it off when
// somebody pushes to the branch or a pipeline fails.
//
// What has nothing to wait for GitLab merges at once, or refuses, depending on
// its version: so it is asked only if something is required, and known of the
// commit that the branch is at.
func (g *gitLab) autoMerge(ctx context.Context, p Proposal, mr *gitlab.MergeRequest) ([]string, error) {
	if p.AutoMerge == "" || mr.MergeWhenPipelineSucceeds {
		return nil, nil
	}
	const not = "it is not merged by itself: "
	if mr.Draft {
		return []string{not + "it is a draft"}, nil
	}
	why, err := g.noAutoMerge(ctx, p, mr)
	if err != nil {
		return nil, wrap(err, "find out what is required of merge requests")
	}
	if why == "" {
		why, err = g.awaitPipeline(ctx, mr)
	}
	if err != nil {
		return nil, wrap(err, "wait for a pipeline of %s", p.Head)
	}
	if why == "" {
		why, err = g.merge(ctx, p, mr)
	}
	if err != nil || why == "" {
		return nil, wrap(err, "switch auto-merge on")
	}
	return []string{not + why}, nil
}

// noAutoMerge tells why the project should or would not merge by itself in the
// way that was asked for; "" if it would.
func (g *gitLab) noAutoMerge(ctx context.Context, p Proposal, mr *gitlab.MergeRequest) (string, error) {
	project, err := g.project(ctx)
	if err != nil {
		return "", g.explain(ctx, err)
	}
	if why := wrongMethod(project, p.AutoMerge); why != "" || project.OnlyAllowMergeIfPipelineSucceeds {
		return why, nil
	}
	var approvals struct {
		Required int `json:"approvals_required"`
	}
	_, err = g.call(ctx, http.MethodGet, fmt.Sprintf("merge_requests/%d/approvals", mr.IID), nil, &approvals)
	if err != nil && !answerOf(err).unseen() {
		return "", g.explain(ctx, err)
	}
	if approvals.Required == 0 {
		return "nothing is required of it; let pipelines have to succeed, in the settings of the project, or merge it", nil
	}
	return "", nil
}

// wrongMethod tells why a project does not merge by a method: that is a setting
// of the project but for squashing.
func wrongMethod(p *gitlab.Project, method MergeMethod) string {
	squash := cmp.Or(p.SquashOption, gitlab.SquashOptionDefaultOff)
	switch {
	case method == Squash && squash == gitlab.SquashOptionNever:
		return "the project does not squash"
	case method != Squash && squash == gitlab.SquashOptionAlways:
		return "the project always squashes"
	case method == MergeCommit && p.MergeMethod == gitlab.FastForwardMerge:
		return "the project merges by fast-forward, without merge commits; ask for rebase"
	case method == Rebase && p.MergeMethod != "" && p.MergeMethod != gitlab.FastForwardMerge:
		return "the project merges with merge commits; ask for merge"
	}
	return ""
}

// awaitPipeline brings mr up to date until it knows the commit that its branch
// is at, and a pipeline of that. It tells why it does not.
func (g *gitLab) awaitPipeline(ctx context.Context, mr *gitlab.MergeRequest) (why string, err error) {
	for i := 0; ; i++ {
		branch, _, err := g.api.Branches.GetBranch(g.repo, mr.SourceBranch, gitlab.WithContext(ctx))
		if err != nil {
			return "", g.explain(ctx, heard(err))
		}
		var now *gitlab.MergeRequest
		err = g.settle(ctx, mr.IID, func() (err error) {
			now, _, err = g.api.MergeRequests.GetMergeRequest(g.repo, mr.IID, nil, gitlab.WithContext(ctx))
			return err
		})
		if err != nil {
			return "", err
		}
		*mr = *now
		switch {
		case branch.Commit == nil || mr.SHA != branch.Commit.ID:
			why = "GitLab does not know yet what was pushed"
		case !hasPipeline(mr):
			why = "no pipeline runs for it"
		default:
			return "", nil
		}
		if i == len(pauses) {
			return why, nil
		}
		if err := g.wait(ctx, pauses[i]); err != nil {
			return "", err
		}
	}
}

// hasPipeline reports whether there is a pipeline of the head, or of what its
// merge would be.
func hasPipeline(mr *gitlab.MergeRequest) bool {
	p := mr.HeadPipeline
	return p != nil && (p.SHA == mr.SHA || strings.HasPrefix(p.Ref, "refs/merge-requests/"))
}

// merge asks GitLab to merge once all is there that is required, and tells why
// it refuses. Older servers do not know the newer name of the attribute, and
// ignore what they do not know: they would merge without waiting.
func (g *gitLab) merge(ctx context.Context, p Proposal, mr *gitlab.MergeRequest) (string, error) {
	ask := struct {
		AutoMerge                 bool   `json:"auto_merge"`
		MergeWhenPipelineSucceeds bool   `json:"merge_when_pipeline_succeeds"`
		SHA                       string `json:"sha"`
		Squash                    bool   `json:"squash"`
	}{true, true, mr.SHA, p.AutoMerge == Squash}
	var merged gitlab.MergeRequest
	_, err := g.call(ctx, http.MethodPut, fmt.Sprintf("merge_requests/%d/merge", mr.IID), ask, &merged)
	a := answerOf(err)
	switch {
	case err == nil:
		*mr = merged
		return "", nil
	case a.status == http.StatusUnauthorized:
		return fmt.Sprintf("the token may not merge into %s", p.Base), nil
	case a.status == http.StatusConflict:
		return "somebody has pushed to it", nil
	case a.status == http.StatusMethodNotAllowed:
		return "GitLab can not merge it now, nor wait for that", nil
	case a.refuses():
		return g.explain(ctx, err).Error(), nil
	}
	return "", g.explain(ctx, err)
}
