package forge

import (
	"context"
	"fmt"
	"slices"

	"github.com/google/uuid"
	"github.com/microsoft/azure-devops-go-api/azuredevops/v7/git"
	"github.com/microsoft/azure-devops-go-api/azuredevops/v7/webapi"
)

// The kinds of policies that a branch is protected by. People can not push to a
// branch that has one of these, if it blocks.
var (
	policyReviewers = uuid.MustParse("fa4e907d-c16b-4a4c-9dfa-4906e5d171dd")
	policyRequired  = uuid.MustParse("fd2167ab-b0be-447a-8ec8-39368250530e")
	policyBuild     = uuid.MustParse("0609b952-1397-4640-95ec-e00a01b2c241")
	policyStatus    = uuid.MustParse("cbdc66da-9728-4af8-aada-9a5a32e4a226")
	policyComments  = uuid.MustParse("c6a1889d-b943-4856-b76f-9e46bb6b0df2")
	policyStrategy  = uuid.MustParse("fa4e907d-c16b-4a4c-9dfa-4916e5d171ab")
	policyWorkItems = uuid.MustParse("40e92b44-2fe1-4dd6-b3d8-74a9c21d0c6e")
)

// azurePolicies returns the kinds of policies that block a branch; known is false
// if the token may not see them.
func (a *azureRepos) azurePolicies(ctx context.Context, branch string) (kinds []uuid.UUID, known bool, err error) {
	repo, err := a.repository(ctx)
	if err != nil {
		return nil, false, err
	}
	args := git.GetPolicyConfigurationsArgs{Project: &a.project, RepositoryId: repo.Id, RefName: new(azureRef(branch)), Top: new(azurePage)}
	for {
		page, err := a.git.GetPolicyConfigurations(ctx, args)
		if azureUnseen(err) {
			return nil, false, nil
		}
		if err != nil {
			return nil, false, a.explain(err)
		}
		for _, p := range azureValue(page.PolicyConfigurations) {
			if azureValue(p.IsEnabled) && azureValue(p.IsBlocking) && !azureValue(p.IsDeleted) && p.Type != nil {
				kinds = append(kinds, azureValue(p.Type.Id))
			}
		}
		if azureValue(page.ContinuationToken) == "" {
			return kinds, true, nil
		}
		args.ContinuationToken = page.ContinuationToken
	}
}

// repository returns what the service says of the repository.
func (a *azureRepos) repository(ctx context.Context) (*git.GitRepository, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.repo == nil {
		repo, err := a.git.GetRepository(ctx, git.GetRepositoryArgs{RepositoryId: &a.name, Project: &a.project})
		if err != nil {
			return nil, err
		}
		a.repo = repo
	}
	return a.repo, nil
}

// waitsFor reports whether somebody or something must agree before policies of
// these kinds are met. Comments may all be resolved, and a way to merge may be
// the right one, without anybody having looked.
func waitsFor(kinds []uuid.UUID) bool {
	return slices.ContainsFunc(kinds, func(k uuid.UUID) bool {
		return slices.Contains([]uuid.UUID{policyReviewers, policyRequired, policyBuild, policyStatus, policyWorkItems}, k)
	})
}

// azureStrategies is what the ways to merge are called.
var azureStrategies = map[MergeMethod]*git.GitPullRequestMergeStrategy{
	MergeCommit: &git.GitPullRequestMergeStrategyValues.NoFastForward,
	Squash:      &git.GitPullRequestMergeStrategyValues.Squash,
	Rebase:      &git.GitPullRequestMergeStrategyValues.Rebase,
}

// autoComplete has the pull request merged by itself, if it is not yet. Without
// policies that would be at once.
func (a *azureRepos) autoComplete(ctx context.Context, p Proposal, pull *git.GitPullRequest) ([]string, error) {
	nobody := uuid.UUID{}.String()
	if by := pull.AutoCompleteSetBy; p.AutoMerge == "" || by != nil && azureValue(by.Id) != "" && azureValue(by.Id) != nobody {
		return nil, nil
	}
	const not = "it is not merged by itself"
	kinds, known, err := a.azurePolicies(ctx, p.Base)
	switch {
	case err != nil:
		return azureNote(a.explain(err), "%s", not)
	case !known:
		return []string{not + ": the token may not see what is required of it"}, nil
	case !waitsFor(kinds):
		return []string{fmt.Sprintf("%s: nothing is required of it; set policies on %s, or merge it", not, p.Base)}, nil
	}
	id, err := a.selfID(ctx)
	if err != nil {
		return nil, err
	}
	if id == "" && pull.CreatedBy != nil {
		id = azureValue(pull.CreatedBy.Id)
	}
	edited, err := a.edit(ctx, azureValue(pull.PullRequestId), git.GitPullRequest{
		AutoCompleteSetBy: &webapi.IdentityRef{Id: &id},
		CompletionOptions: &git.GitPullRequestCompletionOptions{MergeStrategy: azureStrategies[p.AutoMerge]},
	})
	if err == nil {
		pull.AutoCompleteSetBy, pull.Status = edited.AutoCompleteSetBy, edited.Status
	}
	return azureNote(err, "%s", not)
}
