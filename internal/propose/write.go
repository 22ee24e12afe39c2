package propose

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"

	"github.com/lockstep-apiops/lockstep/forge"
	"github.com/lockstep-apiops/lockstep/internal/git"
)

// A Writer makes a commit and moves a branch to it.
type Writer interface {
	// Write returns the new commit. The branch moves only if it is where the
	// write expects it, else the error wraps [git.ErrStale] and the commit is
	// on no branch.
	Write(ctx context.Context, w Write) (git.Hash, error)
}

// A Write is a commit to be made.
type Write struct {
	Branch string
	From   git.Hash // where the branch is; the zero Hash: it is not there
	Tree   git.Hash
	Meta   git.Meta
}

// A gitWriter commits in the repository and pushes.
type gitWriter struct{ repo *git.Repo }

// Write implements [Writer].
func (g gitWriter) Write(ctx context.Context, w Write) (git.Hash, error) {
	commit, err := g.repo.CommitTree(w.Tree, w.Meta)
	if err != nil {
		return git.Hash{}, err
	}
	return commit, g.repo.Push(ctx, "refs/heads/"+w.Branch, commit, w.From)
}

// A forgeWriter has the forge commit, which then signs.
type forgeWriter struct {
	repo  *git.Repo
	forge forge.Committer
	log   *slog.Logger
}

// NewForgeWriter returns a Writer that has a forge make the commits, which it
// signs if the token is that of a program. Who is named as their author is the
// forge's business: the names in Options do not count.
func NewForgeWriter(repo *git.Repo, f forge.Forge, log *slog.Logger) (Writer, error) {
	c, ok := f.(forge.Committer)
	if !ok {
		return nil, errors.New("this forge makes no commits itself: commit by git")
	}
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	return &forgeWriter{repo, c, log}, nil
}

// Write implements [Writer].
func (f *forgeWriter) Write(ctx context.Context, w Write) (git.Hash, error) {
	message, err := w.Meta.Text()
	if err != nil {
		return git.Hash{}, err
	}
	c := forge.Commit{Branch: w.Branch, Message: message, Tree: w.Tree.String()}
	if !w.From.IsZero() {
		c.From = w.From.String()
	}
	for _, p := range w.Meta.Parents {
		c.Parents = append(c.Parents, p.String())
	}
	if err := f.files(ctx, &c, w); err != nil {
		return git.Hash{}, fmt.Errorf("read what is to be committed: %w", err)
	}
	made, err := f.forge.Commit(ctx, c)
	if errors.Is(err, forge.ErrMoved) {
		err = errors.Join(git.ErrStale, err)
	}
	if err != nil {
		return git.Hash{}, err
	}
	if !made.Verified {
		f.log.WarnContext(ctx, "the forge did not sign the commit: it signs for apps and for the token of a job, not for people", "commit", made.Hash)
	}
	h, ok := git.ParseHash(made.Hash)
	if !ok {
		return git.Hash{}, fmt.Errorf("the forge answered with %q as the commit", made.Hash)
	}
	return h, nil
}

// files adds what the commit changes in its first parent.
func (f *forgeWriter) files(ctx context.Context, c *forge.Commit, w Write) error {
	was, err := f.repo.Tree(ctx, w.Meta.Parents[0])
	if err != nil {
		return err
	}
	is := f.repo.TreeAt(w.Tree)
	changes, err := git.Diff(was, is)
	if err != nil {
		return err
	}
	c.BaseTree = was.Hash().String()
	for _, change := range changes {
		file := forge.File{Path: change.Path, Gone: change.Op == git.Deleted}
		switch {
		case file.Gone:
		case change.NewMode.Type() == fs.ModeSymlink:
			var target string
			target, err = is.ReadLink(change.Path)
			file.Content, file.Link = []byte(target), true
		default:
			file.Content, err = is.ReadFile(change.Path)
			file.Executable = change.NewMode&0o111 != 0
		}
		if err != nil {
			return err
		}
		c.Files = append(c.Files, file)
	}
	return nil
}
