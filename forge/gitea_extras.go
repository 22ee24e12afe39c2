package forge

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"code.gitea.io/sdk/gitea"
)

// labelColor is that of labels that are made here: grey, as nobody chose one.
const labelColor = "#ededed"

// extras adds labels and people, and has the pull request merged by itself. What
// the site refuses of it becomes a note.
func (g *giteaForge) extras(ctx context.Context, p Proposal, pull *gitea.PullRequest) (notes []string, err error) {
	for _, extra := range []func(context.Context, Proposal, *gitea.PullRequest) ([]string, error){
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

func giteaLabel(l *gitea.Label) string { return l.Name }

// addLabels adds the labels that are missing, by the numbers that Gitea has for
// them.
func (g *giteaForge) addLabels(ctx context.Context, p Proposal, pull *gitea.PullRequest) ([]string, error) {
	missing := without(p.Labels, pull.Labels, giteaLabel)
	if len(missing) == 0 {
		return nil, nil
	}
	ids, notes, err := g.labelIDs(ctx, missing)
	if err != nil || len(ids) == 0 {
		return notes, err
	}
	err = g.settle(ctx, pull.Index, func() error {
		labels, resp, err := g.api(ctx).AddIssueLabels(g.owner, g.name, pull.Index, gitea.IssueLabelsOption{Labels: ids})
		if err = giteaAnswer(resp, err); err == nil {
			pull.Labels = labels
		}
		return err
	})
	more, err := giteaNote(err, "labels %s are not added", strings.Join(missing, ", "))
	return append(notes, more...), err
}

// labelIDs returns the numbers of labels, of the repository or of its owner. It
// makes those that neither has.
func (g *giteaForge) labelIDs(ctx context.Context, names []string) (ids []int64, notes []string, err error) {
	byID := func(l *gitea.Label) int64 { return l.ID }
	labels, err := giteaPages(byID, func(o gitea.ListOptions) ([]*gitea.Label, *gitea.Response, error) {
		return g.api(ctx).ListRepoLabels(g.owner, g.name, gitea.ListLabelsOptions{ListOptions: o})
	})
	if err == nil && len(without(names, labels, giteaLabel)) > 0 {
		var more []*gitea.Label
		more, err = giteaPages(byID, func(o gitea.ListOptions) ([]*gitea.Label, *gitea.Response, error) {
			return g.api(ctx).ListOrgLabels(g.owner, gitea.ListOrgLabelsOptions{ListOptions: o})
		})
		if giteaHides(err) { // the owner is a person, or the token may not look
			err = nil
		}
		labels = append(labels, more...)
	}
	if err != nil {
		notes, err = giteaNote(err, "labels %s are not added", strings.Join(names, ", "))
		return nil, notes, err
	}
	for _, name := range names {
		i := slices.IndexFunc(labels, func(l *gitea.Label) bool { return strings.EqualFold(l.Name, name) })
		if i >= 0 {
			ids = append(ids, labels[i].ID)
			continue
		}
		label, resp, err := g.api(ctx).CreateLabel(g.owner, g.name, gitea.CreateLabelOption{Name: name, Color: labelColor})
		more, err := giteaNote(giteaAnswer(resp, err), "label %s is not there and can not be made", name)
		if err != nil {
			return nil, nil, err
		}
		if notes = append(notes, more...); len(more) == 0 {
			ids = append(ids, label.ID)
		}
	}
	return ids, notes, nil
}

// addReviewers asks for reviews, but nobody twice: who has reviewed is not to be
// called again for each update. Lists of pull requests do not tell which teams
// are asked.
func (g *giteaForge) addReviewers(ctx context.Context, p Proposal, pull *gitea.PullRequest) (notes []string, err error) {
	if len(p.Reviewers)+len(p.TeamReviewers) == 0 {
		return nil, nil
	}
	if pull, err = g.pull(ctx, pull.Index); err != nil {
		return nil, err
	}
	users := without(p.Reviewers, pull.RequestedReviewers, giteaLogin)
	teams := without(p.TeamReviewers, pull.RequestedReviewersTeams, func(t *gitea.Team) string { return t.Name })
	author := giteaLogin(pull.Poster)
	if i := indexFold(users, author); i >= 0 {
		users = slices.Delete(users, i, i+1)
		notes = append(notes, fmt.Sprintf("%s is not asked for a review: it is the author", author))
	}
	if len(users) > 0 {
		reviews, err := g.reviews(ctx, pull.Index)
		if err != nil {
			return nil, err
		}
		users = without(users, reviews, func(r *gitea.PullReview) string { return giteaLogin(r.Reviewer) })
	}
	if len(users)+len(teams) == 0 {
		return notes, nil
	}
	err = g.settle(ctx, pull.Index, func() error { return g.request(ctx, pull, users, teams) })
	if err == nil || !giteaRefuses(err) {
		return notes, wrap(err, "ask for reviews")
	}
	// It stops at the first that it does not like: find out who that is.
	more, err := askEach(users, teams, func(users, teams []string, format string, args ...any) ([]string, error) {
		return giteaNote(g.request(ctx, pull, users, teams), format, args...)
	})
	return append(notes, more...), err
}

func (g *giteaForge) request(ctx context.Context, pull *gitea.PullRequest, users, teams []string) error {
	o := gitea.PullReviewRequestOptions{Reviewers: users, TeamReviewers: teams}
	resp, err := g.api(ctx).CreateReviewRequests(g.owner, g.name, pull.Index, o)
	return giteaAnswer(resp, err)
}

// reviews returns the reviews of a pull request in the order they were made, and
// where one is asked for, that.
func (g *giteaForge) reviews(ctx context.Context, number int64) (reviews []*gitea.PullReview, err error) {
	err = g.settle(ctx, number, func() (err error) {
		reviews, err = giteaPages(func(r *gitea.PullReview) int64 { return r.ID }, func(o gitea.ListOptions) ([]*gitea.PullReview, *gitea.Response, error) {
			return g.api(ctx).ListPullReviews(g.owner, g.name, number, gitea.ListPullReviewsOptions{ListOptions: o})
		})
		return err
	})
	slices.SortStableFunc(reviews, func(a, b *gitea.PullReview) int { return int(a.ID - b.ID) })
	return reviews, err
}

// addAssignees adds people. Gitea fails as if it were broken for those who can
// not be assigned, so it is asked first who can.
func (g *giteaForge) addAssignees(ctx context.Context, p Proposal, pull *gitea.PullRequest) (notes []string, err error) {
	missing := without(p.Assignees, pull.Assignees, giteaLogin)
	if len(missing) == 0 {
		return nil, nil
	}
	able, resp, err := g.api(ctx).GetAssignees(g.owner, g.name)
	if err = giteaAnswer(resp, err); err != nil {
		return giteaNote(err, "%s are not assigned", strings.Join(missing, ", "))
	}
	for _, name := range without(missing, able, giteaLogin) {
		notes = append(notes, name+" is not assigned: only those who may write to the repository can be")
		missing = slices.DeleteFunc(missing, func(n string) bool { return n == name })
	}
	if len(missing) == 0 {
		return notes, nil
	}
	all := missing
	for _, u := range pull.Assignees {
		all = append(all, u.UserName)
	}
	err = g.settle(ctx, pull.Index, func() error {
		_, resp, err := g.api(ctx).EditPullRequest(g.owner, g.name, pull.Index, gitea.EditPullRequestOption{Assignees: all})
		return giteaAnswer(resp, err)
	})
	more, err := giteaNote(err, "%s are not assigned", strings.Join(missing, ", "))
	return append(notes, more...), err
}

// autoMerge switches auto-merge on. Whether it is on already Gitea does not say
// before it is asked again.
func (g *giteaForge) autoMerge(ctx context.Context, p Proposal, pull *gitea.PullRequest) ([]string, error) {
	if p.AutoMerge == "" {
		return nil, nil
	}
	const not = "it is not merged by itself"
	if why, err := g.noAutoMerge(ctx, p); err != nil || why != "" {
		if err != nil {
			return giteaNote(err, not)
		}
		return []string{not + ": " + why}, nil
	}
	o := struct {
		Do   string `json:"Do"`
		When bool   `json:"merge_when_checks_succeed"`
	}{string(p.AutoMerge), true}
	merge := func() error {
		_, err := g.call(ctx, http.MethodPost, fmt.Sprintf("pulls/%d/merge", pull.Index), o)
		return err
	}
	err := g.settle(ctx, pull.Index, merge)
	for _, pause := range pauses {
		// It looks for conflicts after each push, and until then it can not merge.
		if !giteaSays(err, "try again later") {
			break
		}
		if waitErr := g.wait(ctx, pause); waitErr != nil {
			return nil, waitErr
		}
		err = merge()
	}
	switch {
	case giteaSays(err, "already scheduled"):
		return nil, nil
	case giteaSays(err, "try again later"):
		return []string{not + ": it is in conflict with " + p.Base + ", or that is not known yet"}, nil
	}
	return giteaNote(err, not)
}

// noAutoMerge says why a pull request must not, or can not, be merged by itself.
// Where nothing is required Gitea would merge it at once.
func (g *giteaForge) noAutoMerge(ctx context.Context, p Proposal) (string, error) {
	base, resp, err := g.api(ctx).GetRepoBranch(g.owner, g.name, p.Base)
	if err = giteaAnswer(resp, err); err != nil {
		return "", err
	}
	if base.RequiredApprovals == 0 && (!base.EnableStatusCheck || len(base.StatusCheckContexts) == 0) {
		return "nothing is required of it; protect " + p.Base + ", or merge it", nil
	}
	repo, resp, err := g.api(ctx).GetRepo(g.owner, g.name)
	if err = giteaAnswer(resp, err); err != nil {
		return "", err
	}
	allowed := map[MergeMethod]bool{MergeCommit: repo.AllowMerge, Squash: repo.AllowSquash, Rebase: repo.AllowRebase}
	if !allowed[p.AutoMerge] {
		return fmt.Sprintf("the settings of the repository do not allow %q", p.AutoMerge), nil
	}
	return "", nil
}
