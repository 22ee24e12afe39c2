package forge

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/xanzy/go-gitlab"
)

// Close implements [Forge]. The comment comes first: what is closed is not
// looked at again.
func (g *gitLab) Close(ctx context.Context, number int, why string) error {
	if number < 1 {
		return fmt.Errorf("close merge request %d: %w", number, ErrNotFound)
	}
	var mr *gitlab.MergeRequest
	err := g.settle(ctx, number, func() (err error) {
		mr, _, err = g.api.MergeRequests.GetMergeRequest(g.repo, number, nil, gitlab.WithContext(ctx))
		return err
	})
	if err != nil {
		return wrap(orNoRequest(err), "close merge request %d", number)
	}
	if fromGitLab(mr).State != StateOpen {
		return nil
	}
	if why = cleanText(why); why != "" {
		if err := g.Comment(ctx, number, closedMark, why); err != nil {
			return wrap(err, "close merge request %d", number)
		}
	}
	_, err = g.edit(ctx, number, gitlab.UpdateMergeRequestOptions{StateEvent: gitlab.Ptr("close")})
	return wrap(err, "close merge request %d", number)
}

// Comment implements [Forge].
func (g *gitLab) Comment(ctx context.Context, number int, mark, body string) error {
	err := checkMark(mark)
	if err == nil && number < 1 {
		err = ErrNotFound
	}
	if err == nil {
		first := "<!-- lockstep:" + mark + " " + markEnd
		err = g.comment(ctx, number, first, g.gitlabText(first, cleanText(body)))
	}
	return wrap(err, "comment on merge request %d", number)
}

// comment makes text the only comment of ours that begins with the line first.
// Others may be at it at the same time: GitLab can not be asked to write a
// comment only once.
func (g *gitLab) comment(ctx context.Context, number int, first, text string) error {
	own, err := g.ownNotes(ctx, number, first)
	if err != nil {
		return orNoRequest(err)
	}
	for _, twin := range own[min(1, len(own)):] {
		_, err := g.api.Notes.DeleteMergeRequestNote(g.repo, number, twin.ID, gitlab.WithContext(ctx))
		if err = heard(err); err != nil && answerOf(err).status != http.StatusNotFound {
			return wrap(g.explain(ctx, err), "delete a second one of the same mark")
		}
	}
	if len(own) > 0 {
		if sameText(own[0].Body, text) {
			return nil
		}
		o := gitlab.UpdateMergeRequestNoteOptions{Body: &text}
		_, _, err := g.api.Notes.UpdateMergeRequestNote(g.repo, number, own[0].ID, &o, gitlab.WithContext(ctx))
		if err = heard(err); answerOf(err).status != http.StatusNotFound {
			return g.explain(ctx, err)
		}
		// Somebody has deleted it in between.
	}
	return orNoRequest(g.settle(ctx, number, func() error {
		o := gitlab.CreateMergeRequestNoteOptions{Body: &text}
		_, _, err := g.api.Notes.CreateMergeRequestNote(g.repo, number, &o, gitlab.WithContext(ctx))
		return err
	}))
}

// ownNotes returns the comments of ours that begin with a line, the oldest
// first. GitLab keeps what happened to a merge request among them.
func (g *gitLab) ownNotes(ctx context.Context, number int, first string) ([]*gitlab.Note, error) {
	var own []*gitlab.Note
	o := gitlab.ListMergeRequestNotesOptions{OrderBy: gitlab.Ptr("created_at"), Sort: gitlab.Ptr("asc")}
	o.PerPage = 100
	for {
		var page []*gitlab.Note
		var resp *gitlab.Response
		err := g.settle(ctx, number, func() (err error) {
			page, resp, err = g.api.Notes.ListMergeRequestNotes(g.repo, number, &o, gitlab.WithContext(ctx))
			return err
		})
		if err != nil {
			return nil, err
		}
		for _, n := range page {
			line, _, _ := strings.Cut(n.Body, "\n")
			if n.System || strings.TrimRight(line, "\r ") != first {
				continue
			}
			me, err := g.me(ctx)
			if err != nil {
				return nil, err
			}
			if n.Author.ID == me.ID {
				own = append(own, n)
			}
		}
		if resp.NextPage == 0 {
			return own, nil
		}
		o.Page = resp.NextPage
	}
}

// me returns the user that the token is of. Tokens of projects and groups have
// users of their own.
func (g *gitLab) me(ctx context.Context) (*gitlab.User, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.self == nil {
		me, _, err := g.api.Users.CurrentUser(gitlab.WithContext(ctx))
		if err != nil {
			return nil, g.explain(ctx, heard(err))
		}
		if me.ID == 0 {
			return nil, errors.New("GitLab does not tell whose token it is")
		}
		g.self = me
	}
	return g.self, nil
}
