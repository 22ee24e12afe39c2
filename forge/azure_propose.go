package forge

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/microsoft/azure-devops-go-api/azuredevops/v7/core"
	"github.com/microsoft/azure-devops-go-api/azuredevops/v7/git"
)

// Propose implements [Forge].
func (a *azureRepos) Propose(ctx context.Context, p Proposal) (PullRequest, error) {
	p, err := p.clean()
	if err != nil {
		return PullRequest{}, wrap(err, "propose pull request")
	}
	p.Title = cutLine(p.Title, azureTitle)
	pull, isNew, err := a.open(ctx, p)
	if err != nil {
		return PullRequest{}, wrap(err, "propose pull request from %q into %q", p.Head, p.Base)
	}
	notes := a.Abilities().lacking(p)
	for _, extra := range []func(context.Context, Proposal, *git.GitPullRequest) ([]string, error){
		a.addLabels, a.addReviewers, a.autoComplete,
	} {
		more, err := extra(ctx, p, pull)
		if err != nil {
			return PullRequest{}, wrap(err, "propose: pull request %d", azureValue(pull.PullRequestId))
		}
		notes = append(notes, more...)
	}
	pr := a.fromAzure(pull)
	pr.New, pr.Notes = isNew, notes
	return pr, nil
}

// text is the body that Azure DevOps is to store.
func (a *azureRepos) text(p Proposal) string {
	return p.Mark.String() + "\n" + cut(p.Body, a.Abilities().BodyLimit)
}

// open opens the pull request, or finds and updates the one that is open. It
// comes back with its whole description and its labels.
func (a *azureRepos) open(ctx context.Context, p Proposal) (pull *git.GitPullRequest, isNew bool, err error) {
	pull, err = a.find(ctx, p.Head, p.Base)
	if err != nil {
		return nil, false, err
	}
	if pull == nil {
		pull, err = a.create(ctx, p)
		if err == nil {
			return pull, true, nil
		}
		isNew = isAzureUnsure(ctx, err) // nobody else had opened it before
		if pull, err = a.afterAll(ctx, p, err); err != nil {
			return nil, false, err
		}
	}
	pull, err = a.update(ctx, azureValue(pull.PullRequestId), p)
	return pull, isNew, err
}

// create opens a pull request. The service does not mind if there is nothing to
// merge.
func (a *azureRepos) create(ctx context.Context, p Proposal) (*git.GitPullRequest, error) {
	return a.git.CreatePullRequest(ctx, git.CreatePullRequestArgs{
		RepositoryId: &a.name, Project: &a.project,
		GitPullRequestToCreate: &git.GitPullRequest{
			SourceRefName: new(azureRef(p.Head)), TargetRefName: new(azureRef(p.Base)),
			Title: &p.Title, Description: new(a.text(p)), IsDraft: &p.Draft,
		},
	})
}

// afterAll finds the pull request that is there although create failed: it was
// opened by somebody else at the same time, or the answer got lost.
func (a *azureRepos) afterAll(ctx context.Context, p Proposal, failure error) (*git.GitPullRequest, error) {
	exists := azureKey(failure) == azureExists || azureStatus(failure) == http.StatusConflict
	if !exists && !isAzureUnsure(ctx, failure) {
		return nil, a.explainCreate(p, failure)
	}
	for i := 0; ; i++ {
		pull, err := a.find(ctx, p.Head, p.Base)
		switch {
		case err != nil:
			return nil, errors.Join(a.explain(failure), err)
		case pull != nil:
			return pull, nil
		case i == len(pauses):
			return nil, a.explain(failure)
		}
		if err := a.wait(ctx, pauses[i]); err != nil {
			return nil, err
		}
	}
}

// explainCreate says what to do about a branch that is missing.
func (a *azureRepos) explainCreate(p Proposal, err error) error {
	if f := azureFault(err); f != nil && strings.Contains(f.Error(), "TF401398") {
		text := fmt.Sprintf("branch %q or branch %q is not there: push it first", p.Head, p.Base)
		return &apiError{text, []error{err}}
	}
	return a.explain(err)
}

// update makes a pull request say what was proposed. What the lists tell of it
// is not enough for that.
func (a *azureRepos) update(ctx context.Context, number int, p Proposal) (*git.GitPullRequest, error) {
	pull, err := a.get(ctx, number)
	if err != nil {
		return nil, err
	}
	body := a.text(p)
	var edit git.GitPullRequest
	if azureValue(pull.Title) != p.Title {
		edit.Title = &p.Title
	}
	if !sameText(azureValue(pull.Description), body) {
		edit.Description = &body
	}
	if edit.Title != nil || edit.Description != nil {
		if _, err := a.edit(ctx, number, edit); err != nil {
			return nil, err
		}
		pull.Title, pull.Description = &p.Title, &body
	}
	labels, err := a.git.GetPullRequestLabels(ctx, git.GetPullRequestLabelsArgs{RepositoryId: &a.name, Project: &a.project, PullRequestId: &number})
	if err != nil {
		return nil, wrap(a.explain(err), "read labels")
	}
	pull.Labels = labels
	return pull, nil
}

// edit changes the fields of a pull request that are set.
func (a *azureRepos) edit(ctx context.Context, number int, edit git.GitPullRequest) (*git.GitPullRequest, error) {
	pull, err := a.git.UpdatePullRequest(ctx, git.UpdatePullRequestArgs{
		RepositoryId: &a.name, Project: &a.project, PullRequestId: &number, GitPullRequestToUpdate: &edit,
	})
	return pull, a.explain(err)
}

// addLabels adds the labels that are missing. Azure DevOps creates those it does
// not have.
func (a *azureRepos) addLabels(ctx context.Context, p Proposal, pull *git.GitPullRequest) (notes []string, err error) {
	have := azureValue(pull.Labels)
	same := func(l core.WebApiTagDefinition) string { return azureValue(l.Name) }
	for _, name := range without(p.Labels, have, same) {
		label, err := a.git.CreatePullRequestLabel(ctx, git.CreatePullRequestLabelArgs{
			RepositoryId: &a.name, Project: &a.project, PullRequestId: pull.PullRequestId,
			Label: &core.WebApiCreateTagRequestData{Name: &name},
		})
		if err == nil {
			have = append(have, *label)
			continue
		}
		more, err := azureNote(a.explain(err), "label %s is not added", name)
		if err != nil {
			return nil, err
		}
		notes = append(notes, more...)
	}
	pull.Labels = &have
	return notes, nil
}
