package forge

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/xanzy/go-gitlab"
)

// A gitlabRole is what people can be of a merge request.
type gitlabRole struct {
	not string // what is said of those that could not be made it
	of  func(*gitlab.MergeRequest) []*gitlab.BasicUser
	set func(*gitlab.UpdateMergeRequestOptions, *[]int)
}

// addReviewers asks for reviews. Who has reviewed stays a reviewer, and so is
// not called again.
func (g *gitLab) addReviewers(ctx context.Context, p Proposal, mr *gitlab.MergeRequest) (notes []string, err error) {
	role := gitlabRole{
		not: "is not asked for a review",
		of:  func(mr *gitlab.MergeRequest) []*gitlab.BasicUser { return mr.Reviewers },
		set: func(o *gitlab.UpdateMergeRequestOptions, ids *[]int) { o.ReviewerIDs = ids },
	}
	names := without(p.Reviewers, mr.Reviewers, usernameOf)
	if author := usernameOf(mr.Author); author != "" {
		if i := indexFold(names, author); i >= 0 {
			names = slices.Delete(names, i, i+1)
			notes = append(notes, fmt.Sprintf("%s %s: it is the author", author, role.not))
		}
	}
	more, err := g.addPeople(ctx, mr, names, role)
	return append(notes, more...), err
}

// addAssignees adds people.
func (g *gitLab) addAssignees(ctx context.Context, p Proposal, mr *gitlab.MergeRequest) ([]string, error) {
	role := gitlabRole{
		not: "is not assigned",
		of:  func(mr *gitlab.MergeRequest) []*gitlab.BasicUser { return mr.Assignees },
		set: func(o *gitlab.UpdateMergeRequestOptions, ids *[]int) { o.AssigneeIDs = ids },
	}
	return g.addPeople(ctx, mr, without(p.Assignees, mr.Assignees, usernameOf), role)
}

// addPeople gives people a role besides those that have it. GitLab drops those
// that it does not like without a word.
func (g *gitLab) addPeople(ctx context.Context, mr *gitlab.MergeRequest, names []string, role gitlabRole) (notes []string, err error) {
	ids := []int{}
	for _, u := range role.of(mr) {
		ids = append(ids, u.ID)
	}
	var known []string
	for _, name := range names {
		u, err := g.user(ctx, name)
		if err != nil {
			return nil, wrap(err, "find user %s", name)
		}
		if u == nil {
			notes = append(notes, fmt.Sprintf("%s %s: GitLab knows no such user", name, role.not))
			continue
		}
		ids, known = append(ids, u.ID), append(known, name)
	}
	if len(known) == 0 {
		return notes, nil
	}
	var o gitlab.UpdateMergeRequestOptions
	role.set(&o, &ids)
	edited, err := g.edit(ctx, mr.IID, o)
	if err != nil {
		more, err := noted(err, "%s %s", strings.Join(known, ", "), role.not)
		return append(notes, more...), err
	}
	*mr = *edited
	for _, name := range without(known, role.of(mr), usernameOf) {
		notes = append(notes, fmt.Sprintf("%s %s: GitLab takes those who can see the project, and on some plans one at a time", name, role.not))
	}
	return notes, nil
}

// user returns the user of a name, or nil if there is none.
func (g *gitLab) user(ctx context.Context, name string) (*gitlab.User, error) {
	users, _, err := g.api.Users.ListUsers(&gitlab.ListUsersOptions{Username: &name}, gitlab.WithContext(ctx))
	if err != nil {
		return nil, g.explain(ctx, heard(err))
	}
	for _, u := range users {
		if strings.EqualFold(u.Username, name) {
			return u, nil
		}
	}
	return nil, nil
}

// usernameOf returns the name that somebody signs in with; "" of nobody.
func usernameOf(u *gitlab.BasicUser) string {
	if u == nil {
		return ""
	}
	return u.Username
}
