package forge

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/google/go-github/v62/github"
)

// Propose implements [Forge].
func (g *gitHub) Propose(ctx context.Context, p Proposal) (PullRequest, error) {
	p, err := p.clean()
	if err != nil {
		return PullRequest{}, wrap(err, "propose pull request")
	}
	p.Title = cutLine(p.Title, githubTitle)
	pull, isNew, notes, err := g.open(ctx, p)
	if err != nil {
		return PullRequest{}, wrap(err, "propose pull request from %q into %q", p.Head, p.Base)
	}
	more, err := g.extras(ctx, p, pull)
	if err != nil {
		return PullRequest{}, wrap(err, "propose: pull request %d", pull.GetNumber())
	}
	pr := fromGitHub(pull)
	pr.New, pr.Notes = isNew, append(notes, more...)
	return pr, nil
}

// text is the body that GitHub is to store.
func (g *gitHub) text(p Proposal) string {
	return p.Mark.String() + "\n" + cut(p.Body, g.Abilities().BodyLimit)
}

// open opens the pull request, or finds and updates the one that is open.
func (g *gitHub) open(ctx context.Context, p Proposal) (pull *github.PullRequest, isNew bool, notes []string, err error) {
	pull, err = g.find(ctx, p.Head, p.Base)
	if err != nil {
		return nil, false, nil, err
	}
	if pull == nil {
		pull, notes, err = g.create(ctx, p)
		if err == nil {
			return pull, true, notes, nil
		}
		isNew = isUnsure(ctx, err) // nobody else had opened it before
		if pull, err = g.afterAll(ctx, p, err); err != nil {
			return nil, false, nil, err
		}
	}
	pull, err = g.update(ctx, pull, p)
	return pull, isNew, notes, err
}

// create opens a pull request, of another kind if the repository has no drafts.
func (g *gitHub) create(ctx context.Context, p Proposal) (pull *github.PullRequest, notes []string, err error) {
	n := github.NewPullRequest{Title: &p.Title, Head: &p.Head, Base: &p.Base, Body: github.String(g.text(p)), Draft: &p.Draft}
	pull, _, err = g.api.PullRequests.Create(ctx, g.owner, g.name, &n)
	if p.Draft && statusOf(err) == http.StatusUnprocessableEntity && says(err, "Draft pull requests are not supported") {
		notes = append(notes, "it is no draft: this repository has none")
		n.Draft = github.Bool(false)
		pull, _, err = g.api.PullRequests.Create(ctx, g.owner, g.name, &n)
	}
	if err != nil {
		return nil, nil, err
	}
	g.mu.Lock()
	g.fresh[pull.GetNumber()] = true
	g.mu.Unlock()
	return pull, notes, nil
}

// afterAll finds the pull request that is there although create failed: it was
// opened by somebody else at the same time, or the answer got lost.
func (g *gitHub) afterAll(ctx context.Context, p Proposal, failure error) (*github.PullRequest, error) {
	exists := says(failure, "pull request already exists")
	if !exists && !isUnsure(ctx, failure) {
		return nil, explainCreate(p, failure)
	}
	for i := 0; ; i++ {
		pull, err := g.scan(ctx, p.Head, p.Base)
		switch {
		case err != nil:
			return nil, errors.Join(explain(failure), err)
		case pull != nil:
			return pull, nil
		case i == len(pauses):
			return nil, explain(failure)
		}
		if err := g.wait(ctx, pauses[i]); err != nil {
			return nil, err
		}
	}
}

// explainCreate says which branch is missing, if one is.
func explainCreate(p Proposal, err error) error {
	var e *github.ErrorResponse
	if errors.As(err, &e) {
		for _, d := range e.Errors {
			for _, b := range []struct{ field, name string }{{"head", p.Head}, {"base", p.Base}} {
				if d.Code == "invalid" && d.Field == b.field {
					return &apiError{fmt.Sprintf("branch %q is not there: push it first", b.name), []error{e}}
				}
			}
		}
	}
	return explain(err)
}

// update makes a pull request say what was proposed.
func (g *gitHub) update(ctx context.Context, pull *github.PullRequest, p Proposal) (*github.PullRequest, error) {
	body := g.text(p)
	if pull.GetTitle() == p.Title && sameText(pull.GetBody(), body) {
		return pull, nil
	}
	edit := &github.PullRequest{Title: &p.Title, Body: &body}
	edited, _, err := g.api.PullRequests.Edit(ctx, g.owner, g.name, pull.GetNumber(), edit)
	return edited, explain(err)
}

// sameText compares Markdown as a forge stores it, which may end lines in its
// own way and drop what is blank at the end.
func sameText(a, b string) bool {
	canonical := func(s string) string { return strings.TrimRight(strings.ReplaceAll(s, "\r\n", "\n"), " \t\n") }
	return canonical(a) == canonical(b)
}

// extras adds labels and people, and has the pull request merged by itself. What
// GitHub refuses of it becomes a note.
func (g *gitHub) extras(ctx context.Context, p Proposal, pull *github.PullRequest) (notes []string, err error) {
	for _, extra := range []func(context.Context, Proposal, *github.PullRequest) ([]string, error){
		g.addLabels, g.addReviewers, g.addAssignees, g.autoMerge,
	} {
		more, err := extra(ctx, p, pull)
		if err != nil {
			return nil, err
		}
		notes = append(notes, more...)
	}
	return notes, nil
}

// note turns a refusal into a note, and leaves other errors.
func note(err error, format string, args ...any) ([]string, error) {
	if err == nil {
		return nil, nil
	}
	if isRefusal(err) {
		return []string{fmt.Sprintf(format, args...) + ": " + err.Error()}, nil
	}
	return nil, wrap(err, format, args...)
}

// addLabels adds the labels that are missing. GitHub creates those it does not
// have.
func (g *gitHub) addLabels(ctx context.Context, p Proposal, pull *github.PullRequest) ([]string, error) {
	missing := without(p.Labels, pull.Labels, (*github.Label).GetName)
	if len(missing) == 0 {
		return nil, nil
	}
	err := g.settle(ctx, pull.GetNumber(), func() error {
		labels, err := g.postLabels(ctx, pull.GetNumber(), missing)
		if err == nil {
			pull.Labels = labels
		}
		return err
	})
	return note(err, "labels %s are not added", strings.Join(missing, ", "))
}

// postLabels sends the labels in an object, as GitHub describes it. The SDK sends
// a bare list, which is accepted and no longer described.
func (g *gitHub) postLabels(ctx context.Context, number int, names []string) ([]*github.Label, error) {
	path := fmt.Sprintf("repos/%s/%s/issues/%d/labels", g.owner, g.name, number)
	req, err := g.api.NewRequest(http.MethodPost, path, map[string][]string{"labels": names})
	if err != nil {
		return nil, err
	}
	var labels []*github.Label
	_, err = g.api.Do(ctx, req, &labels)
	return labels, err
}

// addReviewers asks for reviews, but nobody twice: who has reviewed is not to be
// called again for each update.
func (g *gitHub) addReviewers(ctx context.Context, p Proposal, pull *github.PullRequest) (notes []string, err error) {
	users := without(p.Reviewers, pull.RequestedReviewers, (*github.User).GetLogin)
	teams := without(p.TeamReviewers, pull.RequestedTeams, (*github.Team).GetSlug)
	author := pull.GetUser().GetLogin()
	if i := indexFold(users, author); i >= 0 {
		users = slices.Delete(users, i, i+1)
		notes = append(notes, fmt.Sprintf("%s is not asked for a review: it is the author", author))
	}
	if len(users) > 0 {
		reviews, err := g.reviews(ctx, pull.GetNumber())
		if err != nil {
			return nil, err
		}
		users = without(users, reviews, func(r *github.PullRequestReview) string { return r.GetUser().GetLogin() })
	}
	if len(users)+len(teams) == 0 {
		return notes, nil
	}
	err = g.settle(ctx, pull.GetNumber(), func() error { return g.request(ctx, pull, users, teams) })
	if err == nil || !isRefusal(err) {
		return notes, wrap(err, "ask for reviews")
	}
	// It takes all or none: find out whom it does not like.
	more, err := askEach(users, teams, func(users, teams []string, format string, args ...any) ([]string, error) {
		return note(explain(g.request(ctx, pull, users, teams)), format, args...)
	})
	return append(notes, more...), err
}

func (g *gitHub) request(ctx context.Context, pull *github.PullRequest, users, teams []string) error {
	r := github.ReviewersRequest{Reviewers: users, TeamReviewers: teams}
	_, _, err := g.api.PullRequests.RequestReviewers(ctx, g.owner, g.name, pull.GetNumber(), r)
	return err
}

// addAssignees adds people. GitHub drops those who can not be assigned without
// a word.
func (g *gitHub) addAssignees(ctx context.Context, p Proposal, pull *github.PullRequest) ([]string, error) {
	missing := without(p.Assignees, pull.Assignees, (*github.User).GetLogin)
	if len(missing) == 0 {
		return nil, nil
	}
	var issue *github.Issue
	err := g.settle(ctx, pull.GetNumber(), func() (err error) {
		issue, _, err = g.api.Issues.AddAssignees(ctx, g.owner, g.name, pull.GetNumber(), missing)
		return err
	})
	if err != nil {
		return note(err, "%s are not assigned", strings.Join(missing, ", "))
	}
	var notes []string
	for _, name := range without(missing, issue.Assignees, (*github.User).GetLogin) {
		notes = append(notes, name+" is not assigned: GitHub takes those who may work on the repository, and ten at most")
	}
	return notes, nil
}

// without returns the names that no item has.
func without[T any](names []string, items []T, nameOf func(T) string) []string {
	var left []string
	for _, n := range names {
		if !slices.ContainsFunc(items, func(i T) bool { return strings.EqualFold(nameOf(i), n) }) {
			left = append(left, n)
		}
	}
	return left
}

func indexFold(names []string, name string) int {
	return slices.IndexFunc(names, func(n string) bool { return strings.EqualFold(n, name) })
}
