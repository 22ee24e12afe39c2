package forge

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"

	"github.com/google/uuid"
	"github.com/microsoft/azure-devops-go-api/azuredevops/v7/core"
	"github.com/microsoft/azure-devops-go-api/azuredevops/v7/git"
	"github.com/microsoft/azure-devops-go-api/azuredevops/v7/identity"
	"github.com/microsoft/azure-devops-go-api/azuredevops/v7/location"
)

// addReviewers asks people and teams for reviews, but nobody twice: who has
// reviewed is not to be called again for each update.
func (a *azureRepos) addReviewers(ctx context.Context, p Proposal, pull *git.GitPullRequest) (notes []string, err error) {
	have := azureValue(pull.Reviewers)
	users := without(p.Reviewers, have, func(r git.IdentityRefWithVote) string { return azureValue(r.UniqueName) })
	users = without(users, have, func(r git.IdentityRefWithVote) string { return azureValue(r.DisplayName) })
	author := azureUser(pull.CreatedBy)
	if i := indexFold(users, author); i >= 0 {
		users = slices.Delete(users, i, i+1)
		notes = append(notes, fmt.Sprintf("%s is not asked for a review: it is the author", author))
	}
	teams := without(p.TeamReviewers, have, func(r git.IdentityRefWithVote) string { return azureTeam(azureValue(r.DisplayName)) })
	for _, g := range []struct {
		what  string
		names []string
		find  func(context.Context, []string) (map[string]string, error)
	}{
		{"user", users, a.userIDs},
		{"team", teams, a.teamIDs},
	} {
		if len(g.names) == 0 {
			continue
		}
		ids, err := g.find(ctx, g.names)
		if azureLocked(err) {
			notes = append(notes, fmt.Sprintf("%s %s is not asked for a review: the token may not look it up: %v", g.what, strings.Join(g.names, ", "), err))
			continue
		}
		if err != nil {
			return nil, wrap(err, "look up reviewers")
		}
		for _, name := range g.names {
			more, err := a.ask(ctx, pull, g.what+" "+name, ids[name])
			if err != nil {
				return nil, err
			}
			notes = append(notes, more...)
		}
	}
	return notes, nil
}

// azureTeam returns the name of a team by which it is shown: "[project]\name".
func azureTeam(shown string) string {
	return shown[strings.LastIndexByte(shown, '\\')+1:]
}

// ask asks an identity for a review, unless it is asked already.
func (a *azureRepos) ask(ctx context.Context, pull *git.GitPullRequest, who, id string) ([]string, error) {
	have := azureValue(pull.Reviewers)
	switch {
	case id == "":
		return []string{who + " is not asked for a review: Azure DevOps knows no such one, or several"}, nil
	case slices.ContainsFunc(have, func(r git.IdentityRefWithVote) bool { return strings.EqualFold(azureValue(r.Id), id) }):
		return nil, nil
	}
	reviewer, err := a.git.CreatePullRequestReviewer(ctx, git.CreatePullRequestReviewerArgs{
		RepositoryId: &a.name, Project: &a.project, PullRequestId: pull.PullRequestId, ReviewerId: &id,
		Reviewer: &git.IdentityRefWithVote{Id: &id, Vote: new(0)},
	})
	if err != nil {
		return azureNote(a.explain(err), "%s is not asked for a review", who)
	}
	pull.Reviewers = new(append(have, *reviewer))
	return nil, nil
}

// userIDs finds people by what they sign in with, or by how they are shown.
func (a *azureRepos) userIDs(ctx context.Context, names []string) (map[string]string, error) {
	people, err := a.peopleService(ctx)
	if err != nil {
		return nil, err
	}
	ids := map[string]string{}
	for _, name := range names {
		found, err := people.ReadIdentities(ctx, identity.ReadIdentitiesArgs{
			SearchFilter: new("General"), FilterValue: &name, QueryMembership: &identity.QueryMembershipValues.None,
		})
		if err != nil {
			return nil, a.explain(err)
		}
		if id, ok := azurePerson(azureValue(found), name); ok {
			ids[name] = id
		}
	}
	return ids, nil
}

// azurePerson returns the one person of a name. What people sign in with is
// theirs alone; how they are shown may be several people's.
func azurePerson(found []identity.Identity, name string) (id string, ok bool) {
	var shown []string
	for _, i := range found {
		if azureValue(i.IsContainer) || i.IsActive != nil && !*i.IsActive || i.Id == nil {
			continue
		}
		if strings.EqualFold(azureProperty(i.Properties, "Account"), name) || strings.EqualFold(azureProperty(i.Properties, "Mail"), name) {
			return i.Id.String(), true
		}
		if strings.EqualFold(azureValue(i.ProviderDisplayName), name) || strings.EqualFold(azureValue(i.CustomDisplayName), name) {
			shown = append(shown, i.Id.String())
		}
	}
	if len(shown) == 1 {
		return shown[0], true
	}
	return "", false
}

// azureProperty returns a property as the service writes them, with their types.
func azureProperty(properties any, name string) string {
	all, _ := properties.(map[string]any)
	p, _ := all[name].(map[string]any)
	v, _ := p["$value"].(string)
	return v
}

// errAzureElsewhere means that the service points to where the token does not go.
var errAzureElsewhere = errors.New("people are known on a host of somebody else")

// identityArea is the part of the service that knows people.
var identityArea = uuid.MustParse("8a3d49b8-91f0-46ef-b33d-dda338c25db3")

// peopleService returns a client of the part of the service that knows people.
// In the cloud it is on a host of its own, on a server it is not.
func (a *azureRepos) peopleService(ctx context.Context) (*identity.ClientImpl, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.people != nil {
		return a.people, nil
	}
	areas, err := a.client.GetResourceAreas(ctx)
	if err != nil {
		return nil, wrap(a.explain(err), "look where people are known")
	}
	client := a.client
	for _, area := range azureValue(areas) {
		if azureValue(area.Id) != identityArea {
			continue
		}
		at, err := url.Parse(azureValue(area.LocationUrl))
		if err != nil || !(azureWire{site: a.site}).trusts(at) {
			return nil, errAzureElsewhere
		}
		client = a.clientAt(at.String())
	}
	a.people = &identity.ClientImpl{Client: *client}
	return a.people, nil
}

// teamIDs finds teams of the project.
func (a *azureRepos) teamIDs(ctx context.Context, names []string) (map[string]string, error) {
	ids := map[string]string{}
	service := core.ClientImpl{Client: *a.client}
	for skip := 0; ; skip += azurePage {
		page, err := service.GetTeams(ctx, core.GetTeamsArgs{ProjectId: &a.project, Top: new(azurePage), Skip: &skip})
		if err != nil {
			return nil, a.explain(err)
		}
		for _, team := range azureValue(page) {
			if i := indexFold(names, azureValue(team.Name)); i >= 0 && team.Id != nil {
				ids[names[i]] = team.Id.String()
			}
		}
		if len(azureValue(page)) < azurePage {
			return ids, nil
		}
	}
}

// selfID returns the id of the token's owner, or "" if that is not told.
func (a *azureRepos) selfID(ctx context.Context) (string, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.self != nil {
		return *a.self, nil
	}
	service := location.ClientImpl{Client: *a.client}
	data, err := service.GetConnectionData(ctx, location.GetConnectionDataArgs{})
	if err != nil && !azureUnseen(err) {
		return "", a.explain(err)
	}
	id := ""
	if err == nil && data.AuthenticatedUser != nil && data.AuthenticatedUser.Id != nil {
		id = data.AuthenticatedUser.Id.String()
	}
	a.self = &id
	return id, nil
}
