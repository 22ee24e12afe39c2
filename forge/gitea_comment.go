package forge

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"code.gitea.io/sdk/gitea"
)

// Close implements [Forge]. The comment comes first: what is closed is not
// looked at again.
func (g *giteaForge) Close(ctx context.Context, number int, why string) error {
	if number < 1 {
		return fmt.Errorf("close pull request %d: %w", number, ErrNotFound)
	}
	pull, err := g.pull(ctx, int64(number))
	if err != nil {
		return wrap(giteaNotFound(err), "close pull request %d", number)
	}
	if pull.HasMerged || pull.State != gitea.StateOpen {
		return nil
	}
	if why = cleanText(why); why != "" {
		if err := g.Comment(ctx, number, closedMark, why); err != nil {
			return wrap(err, "close pull request %d", number)
		}
	}
	closed := gitea.StateClosed
	_, resp, err := g.api(ctx).EditPullRequest(g.owner, g.name, int64(number), gitea.EditPullRequestOption{State: &closed})
	if err = giteaAnswer(resp, err); giteaStatusOf(err) == http.StatusPreconditionFailed {
		return nil // it was merged in between
	}
	return wrap(err, "close pull request %d", number)
}

// giteaNotFound says that the thing which is not there is the pull request.
func giteaNotFound(err error) error {
	if giteaStatusOf(err) == http.StatusNotFound {
		return &apiError{fmt.Sprintf("%v, or the token may not see it", ErrNotFound), []error{ErrNotFound, err}}
	}
	return err
}

// Comment implements [Forge]. Gitea answers 500 about a pull request that is not
// there, so that is looked at first.
func (g *giteaForge) Comment(ctx context.Context, number int, mark, body string) error {
	err := checkMark(mark)
	if err == nil && number < 1 {
		err = ErrNotFound
	}
	if err == nil {
		_, err = g.pull(ctx, int64(number))
		err = giteaNotFound(err)
	}
	if err == nil {
		first := "<!-- lockstep:" + mark + " " + markEnd
		err = g.comment(ctx, int64(number), first, first+"\n"+cut(cleanText(body), g.Abilities().BodyLimit))
	}
	return wrap(err, "comment on pull request %d", number)
}

// comment makes text the only comment of ours that begins with the line first.
// Others may be at it at the same time: Gitea can not be asked to write a
// comment only once.
func (g *giteaForge) comment(ctx context.Context, number int64, first, text string) error {
	own, err := g.ownComments(ctx, number, first)
	if err != nil {
		return err
	}
	for _, twin := range own[min(1, len(own)):] {
		resp, err := g.api(ctx).DeleteIssueComment(g.owner, g.name, twin.ID)
		if err = giteaAnswer(resp, err); err != nil && giteaStatusOf(err) != http.StatusNotFound {
			return wrap(err, "delete a second one of the same mark")
		}
	}
	if len(own) > 0 {
		if sameText(own[0].Body, text) {
			return nil
		}
		_, resp, err := g.api(ctx).EditIssueComment(g.owner, g.name, own[0].ID, gitea.EditIssueCommentOption{Body: text})
		if err = giteaAnswer(resp, err); giteaStatusOf(err) != http.StatusNotFound {
			return err
		}
	}
	return g.settle(ctx, number, func() error {
		_, resp, err := g.api(ctx).CreateIssueComment(g.owner, g.name, number, gitea.CreateIssueCommentOption{Body: text})
		return giteaAnswer(resp, err)
	})
}

// ownComments returns the comments of ours that begin with a line, the oldest
// first. Most versions hand out all comments at once, whatever they are asked.
func (g *giteaForge) ownComments(ctx context.Context, number int64, first string) (own []*gitea.Comment, err error) {
	var all []*gitea.Comment
	err = g.settle(ctx, number, func() (err error) {
		all, err = giteaPages(func(c *gitea.Comment) int64 { return c.ID }, func(o gitea.ListOptions) ([]*gitea.Comment, *gitea.Response, error) {
			return g.api(ctx).ListIssueComments(g.owner, g.name, number, gitea.ListIssueCommentOptions{ListOptions: o})
		})
		return err
	})
	if err != nil {
		return nil, err
	}
	for _, c := range all {
		line, _, _ := strings.Cut(c.Body, "\n")
		if strings.TrimRight(line, "\r ") != first {
			continue
		}
		self, err := g.me(ctx)
		if err != nil {
			return nil, err
		}
		if strings.EqualFold(giteaLogin(c.Poster), self) {
			own = append(own, c)
		}
	}
	slices.SortStableFunc(own, func(a, b *gitea.Comment) int { return int(a.ID - b.ID) })
	return own, nil
}

// me returns the user name of the token's owner, without which comments of ours
// could not be told from what others have copied.
func (g *giteaForge) me(ctx context.Context) (string, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.self == "" {
		u, resp, err := g.api(ctx).GetMyUserInfo()
		if err = giteaAnswer(resp, err); err != nil {
			return "", wrap(err, "ask whose token it is")
		}
		g.self = u.UserName
	}
	return g.self, nil
}
