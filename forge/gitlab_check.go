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

// Check implements [Checker]. What it needs GitLab tells: the role of the
// token's user in the project, and the scopes of the token.
func (g *gitLab) Check(ctx context.Context, n Needs) error {
	writes := n.PullRequests || n.Statuses
	if g.job && writes {
		return fmt.Errorf("check permissions on %s: %w: GitLab lets the token of a job (CI_JOB_TOKEN) neither open merge requests nor comment nor set statuses: "+
			"use a project access token with the Developer role and the api scope", g.repo, ErrDenied)
	}
	p, err := g.project(ctx)
	if answerOf(err).status == http.StatusNotFound {
		return &apiError{fmt.Sprintf("check permissions: %v: the project %s is not there, or the token may not see it", ErrDenied, g.repo) + g.ofJob(), []error{ErrDenied, err}}
	}
	if err != nil {
		return wrap(g.explain(ctx, err), "check permissions on %s", g.repo)
	}
	switch {
	case p.Archived:
		return fmt.Errorf("check permissions on %s: the project is archived, so nothing can be written", g.repo)
	case n.PullRequests && noRequests(p):
		return fmt.Errorf("check permissions on %s: merge requests are switched off in the settings of the project", g.repo)
	case !writes:
		return nil
	}
	role, roleErr := g.missingRole(ctx, p)
	scope, scopeErr := g.missingScope(ctx)
	if err := errors.Join(roleErr, scopeErr); err != nil {
		return wrap(err, "check permissions on %s", g.repo)
	}
	missing := slices.DeleteFunc([]string{role, scope}, func(s string) bool { return s == "" })
	if len(missing) > 0 {
		return fmt.Errorf("check permissions on %s: %w: the token needs %s", g.repo, ErrDenied, strings.Join(missing, " and "))
	}
	return nil
}

// missingRole names the role that the token's user lacks; "" if none is.
func (g *gitLab) missingRole(ctx context.Context, p *gitlab.Project) (string, error) {
	level := gitlab.NoPermissions
	if p.Permissions != nil {
		if a := p.Permissions.ProjectAccess; a != nil {
			level = max(level, a.AccessLevel)
		}
		if a := p.Permissions.GroupAccess; a != nil {
			level = max(level, a.AccessLevel)
		}
	}
	if level >= gitlab.DeveloperPermissions {
		return "", nil
	}
	// The project does not tell of roles by groups that it is shared with, and
	// administrators need none.
	me, err := g.me(ctx)
	if err != nil {
		return "", err
	}
	if me.IsAdmin {
		return "", nil
	}
	all, known, err := g.level(ctx, me.ID)
	if err != nil {
		return "", err
	}
	if level = max(level, all); known == Unknown || level >= gitlab.DeveloperPermissions {
		return "", nil
	}
	return "the Developer role", nil
}

// level returns what somebody may do in the project, whereby ever. No is the
// answer for those who are no members.
func (g *gitLab) level(ctx context.Context, user int) (gitlab.AccessLevelValue, Answer, error) {
	var member struct {
		Level gitlab.AccessLevelValue `json:"access_level"`
		State string                  `json:"state"`
	}
	_, err := g.call(ctx, http.MethodGet, fmt.Sprintf("members/all/%d", user), nil, &member)
	a := answerOf(err)
	switch {
	case a.status == http.StatusNotFound:
		return gitlab.NoPermissions, No, nil
	case a.unseen():
		return gitlab.NoPermissions, Unknown, nil
	case err != nil:
		return gitlab.NoPermissions, Unknown, g.explain(ctx, err)
	case member.State != "" && member.State != "active":
		return gitlab.NoPermissions, No, nil
	}
	return member.Level, Yes, nil
}

// missingScope names the scope that the token lacks; "" if none is, or if GitLab
// does not tell: tokens of OAuth have no such page, and fine-grained ones have
// permissions in place of scopes.
func (g *gitLab) missingScope(ctx context.Context) (string, error) {
	const api = "the api scope"
	t, _, err := g.api.PersonalAccessTokens.GetSinglePersonalAccessToken(gitlab.WithContext(ctx))
	a := answerOf(heard(err))
	switch {
	case a.status == http.StatusNotFound:
		return "", nil
	case a.unseen():
		return api, nil
	case err != nil:
		return "", g.explain(ctx, heard(err))
	case slices.Contains(t.Scopes, "api") || slices.Contains(t.Scopes, "granular"):
		return "", nil
	}
	return api, nil
}
