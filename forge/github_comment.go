package forge

import (
	"context"
	"fmt"
	"net/http"
	"strings"

	"github.com/google/go-github/v62/github"
)

// closedMark is the mark of the comment that says why a pull request is closed.
const closedMark = "lockstep/closed"

// Close implements [Forge]. The comment comes first: what is closed is not
// looked at again.
func (g *gitHub) Close(ctx context.Context, number int, why string) error {
	if number < 1 {
		return fmt.Errorf("close pull request %d: %w", number, ErrNotFound)
	}
	var pull *github.PullRequest
	err := g.settle(ctx, number, func() (err error) {
		pull, _, err = g.api.PullRequests.Get(ctx, g.owner, g.name, number)
		return err
	})
	if err != nil {
		return wrap(orNotFound(err), "close pull request %d", number)
	}
	if pull.GetState() != "open" {
		return nil
	}
	if why = cleanText(why); why != "" {
		if err := g.Comment(ctx, number, closedMark, why); err != nil {
			return wrap(err, "close pull request %d", number)
		}
	}
	_, _, err = g.api.PullRequests.Edit(ctx, g.owner, g.name, number, &github.PullRequest{State: github.String("closed")})
	return wrap(explain(err), "close pull request %d", number)
}

// orNotFound says that the thing which is not there is the pull request.
func orNotFound(err error) error {
	if statusOf(err) == http.StatusNotFound {
		return &apiError{fmt.Sprintf("%v, or the token may not see it", ErrNotFound), []error{ErrNotFound, err}}
	}
	return err
}

// Comment implements [Forge].
func (g *gitHub) Comment(ctx context.Context, number int, mark, body string) error {
	err := checkMark(mark)
	if err == nil && number < 1 {
		err = ErrNotFound
	}
	if err == nil {
		first := "<!-- lockstep:" + mark + " " + markEnd
		err = g.comment(ctx, number, first, first+"\n"+cut(cleanText(body), g.Abilities().BodyLimit))
	}
	return wrap(err, "comment on pull request %d", number)
}

// comment makes text the only comment of ours that begins with the line first.
// Others may be at it at the same time: GitHub can not be asked to write a
// comment only once.
func (g *gitHub) comment(ctx context.Context, number int, first, text string) error {
	own, err := g.ownComments(ctx, number, first)
	if err != nil {
		return orNotFound(err)
	}
	for _, twin := range own[min(1, len(own)):] {
		_, err := g.api.Issues.DeleteComment(ctx, g.owner, g.name, twin.GetID())
		if err != nil && !isGone(err) {
			return wrap(explain(err), "delete a second one of the same mark")
		}
	}
	if len(own) > 0 {
		if sameText(own[0].GetBody(), text) {
			return nil
		}
		_, _, err := g.api.Issues.EditComment(ctx, g.owner, g.name, own[0].GetID(), &github.IssueComment{Body: &text})
		if err == nil || !isGone(err) {
			return explain(err)
		}
	}
	return orNotFound(g.settle(ctx, number, func() error {
		_, _, err := g.api.Issues.CreateComment(ctx, g.owner, g.name, number, &github.IssueComment{Body: &text})
		return err
	}))
}

// isGone reports whether err says that somebody has deleted it in between.
func isGone(err error) bool {
	return statusOf(err) == http.StatusNotFound || statusOf(err) == http.StatusGone
}

// ownComments returns the comments of ours that begin with a line, the oldest
// first.
func (g *gitHub) ownComments(ctx context.Context, number int, first string) ([]*github.IssueComment, error) {
	var own []*github.IssueComment
	o := github.IssueListCommentsOptions{ListOptions: github.ListOptions{PerPage: 100}}
	for {
		var page []*github.IssueComment
		var resp *github.Response
		err := g.settle(ctx, number, func() (err error) {
			page, resp, err = g.api.Issues.ListComments(ctx, g.owner, g.name, number, &o)
			return err
		})
		if err != nil {
			return nil, err
		}
		for _, c := range page {
			line, _, _ := strings.Cut(c.GetBody(), "\n")
			if strings.TrimRight(line, "\r ") != first {
				continue
			}
			ours, err := g.isOurs(ctx, c.GetUser())
			if err != nil {
				return nil, err
			}
			if ours {
				own = append(own, c)
			}
		}
		if resp.NextPage == 0 {
			return own, nil
		}
		o.Page = resp.NextPage
	}
}

// isOurs reports whether a user is the one that the token is of. An app is not
// told who it is: any program is taken for it, for people do not write marks.
func (g *gitHub) isOurs(ctx context.Context, u *github.User) (bool, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.self == nil {
		me, _, err := g.api.Users.Get(ctx, "")
		if err != nil && !unseen(err) {
			return false, explain(err)
		}
		g.self = github.String(me.GetLogin())
	}
	if *g.self == "" {
		return u.GetType() == "Bot", nil
	}
	return strings.EqualFold(u.GetLogin(), *g.self), nil
}
