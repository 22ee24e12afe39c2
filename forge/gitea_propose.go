package forge

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"strings"

	"code.gitea.io/sdk/gitea"
)

// Propose implements [Forge].
func (g *giteaForge) Propose(ctx context.Context, p Proposal) (PullRequest, error) {
	p, err := p.clean()
	if err != nil {
		return PullRequest{}, wrap(err, "propose pull request")
	}
	p, notes, err := giteaTitled(p)
	if err != nil {
		return PullRequest{}, wrap(err, "propose pull request")
	}
	pull, isNew, more, err := g.open(ctx, p)
	if err != nil {
		return PullRequest{}, wrap(err, "propose pull request from %q into %q", p.Head, p.Base)
	}
	notes = append(notes, more...)
	more, err = g.extras(ctx, p, pull)
	if err != nil {
		return PullRequest{}, wrap(err, "propose: pull request %d", pull.Index)
	}
	pr := fromGitea(pull)
	pr.New, pr.Notes = isNew, append(notes, more...)
	return pr, nil
}

// giteaDraft is what makes a title that of a draft, and is no part of it for us.
const giteaDraft = "WIP: "

var (
	// giteaDrafts matches what does so on a site that is set up as usual.
	giteaDrafts = regexp.MustCompile(`(?i)^(?:\s*(?:\[wip\]|wip:))+\s*`)
	// otherDrafts matches what may do so on others.
	otherDrafts = regexp.MustCompile(`^(?:\[[^\[\]]+\]|[^\s:\[\]]+:)\s*`)
)

// giteaDraftPrefix returns what of the title of a draft makes it one.
func giteaDraftPrefix(title string) string {
	return cmp.Or(giteaDrafts.FindString(title), otherDrafts.FindString(title))
}

// giteaTitled gives a proposal a title that fits, and takes from it what would
// make it a draft: whether it is one is not up to the title.
func giteaTitled(p Proposal) (Proposal, []string, error) {
	var notes []string
	if prefix := giteaDrafts.FindString(p.Title); prefix != "" {
		if prefix == p.Title {
			return p, nil, fmt.Errorf("title %q: there is nothing in it but that it is a draft", p.Title)
		}
		p.Title = p.Title[len(prefix):]
		notes = append(notes, fmt.Sprintf("its title has no %q, which would make it a draft", strings.TrimSpace(prefix)))
	}
	p.Title = cutLine(p.Title, giteaTitle-len(giteaDraft))
	return p, notes, nil
}

// text is the body that Gitea is to store.
func (g *giteaForge) text(p Proposal) string {
	return p.Mark.String() + "\n" + cut(p.Body, g.Abilities().BodyLimit)
}

// open opens the pull request, or finds and updates the one that is open. One
// caller at a time does so, for Gitea opens two if it is asked twice at once.
func (g *giteaForge) open(ctx context.Context, p Proposal) (pull *gitea.PullRequest, isNew bool, notes []string, err error) {
	select {
	case g.opening <- struct{}{}:
		defer func() { <-g.opening }()
	case <-ctx.Done():
		return nil, false, nil, ctx.Err()
	}
	pull, err = g.find(ctx, p.Head, p.Base)
	if err != nil {
		return nil, false, nil, err
	}
	if pull == nil {
		if pull, isNew, err = g.openNew(ctx, p); err != nil {
			return nil, false, nil, err
		}
	}
	if isNew && p.Draft && !pull.Draft {
		notes = append(notes, fmt.Sprintf("it is no draft: this site does not take %q for the start of a draft's title", giteaDraft))
	}
	pull, err = g.update(ctx, pull, p)
	return pull, isNew, notes, err
}

// openNew opens the pull request, unless others do so at the same time.
func (g *giteaForge) openNew(ctx context.Context, p Proposal) (pull *gitea.PullRequest, isNew bool, err error) {
	pull, err = g.create(ctx, p)
	if err != nil {
		isNew = giteaUnsure(ctx, err) // nobody else had opened it before
		pull, err = g.afterAll(ctx, p, err)
		return pull, isNew, err
	}
	first, err := g.find(ctx, p.Head, p.Base)
	if err != nil || first == nil || first.Index >= pull.Index {
		return pull, true, err // this one may not be listed yet
	}
	why := fmt.Sprintf("Another run opened #%d at the same time.", first.Index)
	return first, false, wrap(g.Close(ctx, int(pull.Index), why), "leave one of two pull requests")
}

// create opens a pull request. A draft is one by its title.
func (g *giteaForge) create(ctx context.Context, p Proposal) (*gitea.PullRequest, error) {
	o := gitea.CreatePullRequestOption{Title: p.Title, Head: p.Head, Base: p.Base, Body: g.text(p)}
	if p.Draft {
		o.Title = giteaDraft + p.Title
	}
	pull, resp, err := g.api(ctx).CreatePullRequest(g.owner, g.name, o)
	if err = giteaAnswer(resp, err); err != nil {
		return nil, err
	}
	g.mu.Lock()
	g.fresh[pull.Index] = true
	g.mu.Unlock()
	return pull, nil
}

// afterAll finds the pull request that is there although create failed: it was
// opened by somebody else at the same time, or the answer got lost.
func (g *giteaForge) afterAll(ctx context.Context, p Proposal, failure error) (*gitea.PullRequest, error) {
	if giteaStatusOf(failure) != http.StatusConflict && !giteaUnsure(ctx, failure) {
		return nil, g.missingBranch(ctx, p, failure)
	}
	for i := 0; ; i++ {
		pull, err := g.find(ctx, p.Head, p.Base)
		switch {
		case err != nil:
			return nil, errors.Join(failure, err)
		case pull != nil:
			return pull, nil
		case i == len(pauses):
			return nil, failure
		}
		if err := g.wait(ctx, pauses[i]); err != nil {
			return nil, err
		}
	}
}

// missingBranch says which branch is missing, if that is why a pull request can
// not be opened. Gitea says only that something is.
func (g *giteaForge) missingBranch(ctx context.Context, p Proposal, failure error) error {
	if giteaStatusOf(failure) != http.StatusNotFound {
		return failure
	}
	if _, resp, err := g.api(ctx).GetRepo(g.owner, g.name); giteaAnswer(resp, err) != nil {
		return failure
	}
	for _, branch := range []string{p.Head, p.Base} {
		_, resp, err := g.api(ctx).GetRepoBranch(g.owner, g.name, branch)
		if giteaStatusOf(giteaAnswer(resp, err)) == http.StatusNotFound {
			return &apiError{fmt.Sprintf("branch %q is not there: push it first", branch), []error{failure}}
		}
	}
	return failure
}

// update makes a pull request say what was proposed. Gitea refuses a body that
// somebody else changes at the same time.
func (g *giteaForge) update(ctx context.Context, pull *gitea.PullRequest, p Proposal) (*gitea.PullRequest, error) {
	body := g.text(p)
	for _, pause := range append(pauses[:len(pauses):len(pauses)], 0) {
		title := p.Title
		if pull.Draft { // that is up to people, and so is the word that says so
			title = giteaDraftPrefix(pull.Title) + p.Title
		}
		if pull.Title == title && sameText(pull.Body, body) {
			return pull, nil
		}
		o := gitea.EditPullRequestOption{Title: title, Body: &body}
		edited, resp, err := g.api(ctx).EditPullRequest(g.owner, g.name, pull.Index, o)
		err = giteaAnswer(resp, err)
		if err == nil || !giteaSays(err, "already changed") || pause == 0 {
			return edited, err
		}
		if err := g.wait(ctx, pause); err != nil {
			return nil, err
		}
		if pull, err = g.pull(ctx, pull.Index); err != nil {
			return nil, err
		}
	}
	return pull, nil
}

// pull reads a pull request.
func (g *giteaForge) pull(ctx context.Context, number int64) (pull *gitea.PullRequest, err error) {
	err = g.settle(ctx, number, func() error {
		p, resp, err := g.api(ctx).GetPullRequest(g.owner, g.name, number)
		pull = p
		return giteaAnswer(resp, err)
	})
	return pull, err
}
