package forge

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/xanzy/go-gitlab"
)

// Propose implements [Forge].
func (g *gitLab) Propose(ctx context.Context, p Proposal) (PullRequest, error) {
	p, err := p.clean()
	if err != nil {
		return PullRequest{}, wrap(err, "propose merge request")
	}
	p, notes, err := p.withPlainTitle()
	if err != nil {
		return PullRequest{}, wrap(err, "propose merge request")
	}
	mr, isNew, err := g.open(ctx, p)
	if err != nil {
		return PullRequest{}, wrap(err, "propose merge request from %q into %q", p.Head, p.Base)
	}
	more, err := g.extras(ctx, p, mr)
	if err != nil {
		return PullRequest{}, wrap(err, "propose: merge request %d", mr.IID)
	}
	pr := fromGitLab(mr)
	pr.New, pr.Notes = isNew, slices.Concat(notes, g.Abilities().lacking(p), more)
	return pr, nil
}

// open opens the merge request, or finds and updates the one that is open.
func (g *gitLab) open(ctx context.Context, p Proposal) (mr *gitlab.MergeRequest, isNew bool, err error) {
	mr, err = g.find(ctx, p.Head, p.Base)
	if err != nil {
		return nil, false, err
	}
	if mr == nil {
		for _, branch := range []string{p.Head, p.Base} {
			if err := g.hasBranch(ctx, branch); err != nil {
				return nil, false, err
			}
		}
		mr, err = g.create(ctx, p)
		if err == nil {
			return mr, true, nil
		}
		isNew = isUnsureOnGitLab(ctx, err) // nobody else had opened it before
		if mr, err = g.afterAll(ctx, p, err); err != nil {
			return nil, false, err
		}
	}
	mr, err = g.update(ctx, mr, p)
	return mr, isNew, err
}

// create opens a merge request.
func (g *gitLab) create(ctx context.Context, p Proposal) (*gitlab.MergeRequest, error) {
	prefix := ""
	if p.Draft {
		prefix = draftWord
	}
	o := gitlab.CreateMergeRequestOptions{
		SourceBranch: &p.Head, TargetBranch: &p.Base,
		Title: gitlab.Ptr(titled(prefix, p.Title)), Description: gitlab.Ptr(g.gitlabText(p.Mark.String(), p.Body)),
	}
	mr, _, err := g.api.MergeRequests.CreateMergeRequest(g.repo, &o, gitlab.WithContext(ctx))
	if err != nil {
		return nil, heard(err)
	}
	g.mu.Lock()
	g.fresh[mr.IID] = true
	g.mu.Unlock()
	return mr, nil
}

// hasBranch returns an error if a branch is not there, for GitLab opens merge
// requests of such branches, too. It may have been pushed a moment ago.
func (g *gitLab) hasBranch(ctx context.Context, name string) error {
	for i := 0; ; i++ {
		_, _, err := g.api.Branches.GetBranch(g.repo, name, gitlab.WithContext(ctx))
		switch err = heard(err); {
		case err == nil:
			return nil
		case answerOf(err).status != http.StatusNotFound:
			return g.explain(ctx, err)
		case i == len(pauses):
			if err = g.missing(ctx, err); errors.Is(err, errInProject) {
				return &apiError{fmt.Sprintf("branch %q is not there: push it first", name), []error{err}}
			}
			return err
		}
		if err := g.wait(ctx, pauses[i]); err != nil {
			return err
		}
	}
}

// afterAll finds the merge request that is there although create failed: it was
// opened by somebody else at the same time, or the answer got lost.
func (g *gitLab) afterAll(ctx context.Context, p Proposal, failure error) (*gitlab.MergeRequest, error) {
	if answerOf(failure).status != http.StatusConflict && !isUnsureOnGitLab(ctx, failure) {
		return nil, g.explain(ctx, failure)
	}
	for i := 0; ; i++ {
		mr, err := g.find(ctx, p.Head, p.Base)
		switch {
		case err != nil:
			return nil, errors.Join(g.explain(ctx, failure), err)
		case mr != nil:
			return mr, nil
		case i == len(pauses):
			return nil, g.explain(ctx, failure)
		}
		if err := g.wait(ctx, pauses[i]); err != nil {
			return nil, err
		}
	}
}

// update makes a merge request say what was proposed. A draft stays one.
func (g *gitLab) update(ctx context.Context, mr *gitlab.MergeRequest, p Proposal) (*gitlab.MergeRequest, error) {
	title, body := titled(draftPrefix(mr), p.Title), g.gitlabText(p.Mark.String(), p.Body)
	if mr.Title == title && sameText(mr.Description, body) {
		return mr, nil
	}
	return g.edit(ctx, mr.IID, gitlab.UpdateMergeRequestOptions{Title: &title, Description: &body})
}

func (g *gitLab) edit(ctx context.Context, number int, o gitlab.UpdateMergeRequestOptions) (mr *gitlab.MergeRequest, err error) {
	err = g.settle(ctx, number, func() (err error) {
		mr, _, err = g.api.MergeRequests.UpdateMergeRequest(g.repo, number, &o, gitlab.WithContext(ctx))
		return err
	})
	return mr, err
}

// extras adds labels and people, and has the merge request merged by itself.
// What GitLab refuses of it becomes a note.
func (g *gitLab) extras(ctx context.Context, p Proposal, mr *gitlab.MergeRequest) (notes []string, err error) {
	for _, extra := range []func(context.Context, Proposal, *gitlab.MergeRequest) ([]string, error){
		g.addLabels, g.addReviewers, g.addAssignees, g.autoMerge,
	} {
		more, err := extra(ctx, p, mr)
		if err != nil {
			return nil, err
		}
		notes = append(notes, more...)
	}
	return notes, nil
}

// addLabels adds the labels that are missing. GitLab creates those it does not
// have. It takes them as one text with commas.
func (g *gitLab) addLabels(ctx context.Context, p Proposal, mr *gitlab.MergeRequest) (notes []string, err error) {
	var missing gitlab.LabelOptions
	for _, label := range without(p.Labels, mr.Labels, func(l string) string { return l }) {
		if strings.Contains(label, ",") {
			notes = append(notes, fmt.Sprintf("label %q is not added: labels of GitLab have no commas", label))
			continue
		}
		missing = append(missing, label)
	}
	if len(missing) == 0 {
		return notes, nil
	}
	edited, err := g.edit(ctx, mr.IID, gitlab.UpdateMergeRequestOptions{AddLabels: &missing})
	if err != nil {
		more, err := noted(err, "labels %s are not added", strings.Join(missing, ", "))
		return append(notes, more...), err
	}
	*mr = *edited
	return notes, nil
}
