package forge

import (
	"cmp"
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/microsoft/azure-devops-go-api/azuredevops/v7/git"
)

// Close implements [Forge]. The comment comes first: what is closed is not
// looked at again.
func (a *azureRepos) Close(ctx context.Context, number int, why string) error {
	if number < 1 {
		return fmt.Errorf("close pull request %d: %w", number, ErrNotFound)
	}
	pull, err := a.get(ctx, number)
	if err != nil {
		return wrap(err, "close pull request %d", number)
	}
	if azureValue(pull.Status) != git.PullRequestStatusValues.Active {
		return nil
	}
	if why = cleanText(why); why != "" {
		if err := a.Comment(ctx, number, closedMark, why); err != nil {
			return wrap(err, "close pull request %d", number)
		}
	}
	_, err = a.edit(ctx, number, git.GitPullRequest{Status: &git.PullRequestStatusValues.Abandoned})
	return wrap(err, "close pull request %d", number)
}

// Comment implements [Forge].
func (a *azureRepos) Comment(ctx context.Context, number int, mark, body string) error {
	err := checkMark(mark)
	if err == nil && number < 1 {
		err = ErrNotFound
	}
	if err == nil {
		err = a.comment(ctx, number, mark, cut(cleanText(body), a.Abilities().CommentLimit))
	}
	return wrap(err, "comment on pull request %d", number)
}

// azureMark is the first line of the comment of a mark.
func azureMark(mark string) string { return "<!-- lockstep:" + mark + " " + markEnd }

// comment makes text the only comment of ours that has the mark. Others may be at
// it at the same time: the service can not be asked to write a comment only once.
func (a *azureRepos) comment(ctx context.Context, number int, mark, text string) error {
	threads, err := a.threads(ctx, number)
	if err != nil {
		return err
	}
	own, err := a.ownThreads(ctx, threads, azureMark(mark))
	if err != nil {
		return err
	}
	for _, twin := range own[min(1, len(own)):] {
		err := a.git.DeleteComment(ctx, git.DeleteCommentArgs{
			RepositoryId: &a.name, Project: &a.project, PullRequestId: &number, ThreadId: twin.Id, CommentId: (*twin.Comments)[0].Id,
		})
		if err != nil && azureStatus(err) != http.StatusNotFound {
			return wrap(a.explain(err), "delete a comment of the same mark")
		}
	}
	text = azureMark(mark) + "\n" + text
	if len(own) == 0 {
		return a.post(ctx, number, text)
	}
	first := (*own[0].Comments)[0]
	if sameText(azureValue(first.Content), text) {
		return nil
	}
	_, err = a.git.UpdateComment(ctx, git.UpdateCommentArgs{
		RepositoryId: &a.name, Project: &a.project, PullRequestId: &number, ThreadId: own[0].Id, CommentId: first.Id,
		Comment: &git.Comment{Content: &text},
	})
	if err != nil && azureStatus(err) == http.StatusNotFound && azureKey(err) != azureNoPull {
		return a.post(ctx, number, text) // somebody has deleted it in between
	}
	return a.explain(err)
}

// post writes a new comment. Its thread is closed: an open one would keep the
// pull request from being merged where all comments must be resolved.
func (a *azureRepos) post(ctx context.Context, number int, text string) error {
	_, err := a.git.CreateThread(ctx, git.CreateThreadArgs{
		RepositoryId: &a.name, Project: &a.project, PullRequestId: &number,
		CommentThread: &git.GitPullRequestCommentThread{
			Comments: &[]git.Comment{{Content: &text, CommentType: &git.CommentTypeValues.Text, ParentCommentId: new(0)}},
			Status:   &git.CommentThreadStatusValues.Closed,
		},
	})
	return a.explain(err)
}

// threads returns what was said of a pull request, the oldest first. The service
// writes there, too, of what has happened.
func (a *azureRepos) threads(ctx context.Context, number int) ([]git.GitPullRequestCommentThread, error) {
	found, err := a.git.GetThreads(ctx, git.GetThreadsArgs{RepositoryId: &a.name, Project: &a.project, PullRequestId: &number})
	if err != nil {
		return nil, a.explain(err)
	}
	threads := slices.DeleteFunc(azureValue(found), func(t git.GitPullRequestCommentThread) bool { return azureValue(t.IsDeleted) })
	slices.SortFunc(threads, func(x, y git.GitPullRequestCommentThread) int {
		return cmp.Compare(azureValue(x.Id), azureValue(y.Id))
	})
	return threads, nil
}

// ownThreads returns those of the threads that begin with a comment of ours whose
// first line is given. Where the service does not tell who we are, anybody's
// counts: people do not write marks.
func (a *azureRepos) ownThreads(ctx context.Context, threads []git.GitPullRequestCommentThread, first string) ([]git.GitPullRequestCommentThread, error) {
	var own []git.GitPullRequestCommentThread
	for _, t := range threads {
		comments := azureValue(t.Comments)
		if len(comments) == 0 || azureValue(comments[0].IsDeleted) || azureValue(comments[0].CommentType) == git.CommentTypeValues.System {
			continue
		}
		line, _, _ := strings.Cut(azureValue(comments[0].Content), "\n")
		if strings.TrimRight(line, "\r ") != first {
			continue
		}
		self, err := a.selfID(ctx)
		if err != nil {
			return nil, err
		}
		if author := comments[0].Author; self == "" || author != nil && strings.EqualFold(azureValue(author.Id), self) {
			own = append(own, t)
		}
	}
	return own, nil
}
