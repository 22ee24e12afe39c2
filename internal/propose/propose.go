// Package propose turns an extract into a branch and a pull request.
//
// It knows the order of things: read the base, extract over it, commit what
// changed, push with the expected old value, and open or update the one pull
// request that stands for a gateway. What changed is the extractor's business;
// how git and forges work, that of theirs.
package propose

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"path"
	"time"

	"github.com/lockstep-apiops/lockstep/extractor"
	"github.com/lockstep-apiops/lockstep/forge"
	"github.com/lockstep-apiops/lockstep/internal/git"
)

// Options say what is extracted where to.
type Options struct {
	Repo  *git.Repo
	Forge forge.Forge // nil: the branch is pushed and nothing opened

	Base   string // branch to start from; "" is the repository's default
	Branch string // branch that carries the change
	Dir    string // folder in the repository that holds the tree; "" or "." is its root

	Author  git.Person
	Labels  []string
	Draft   bool
	Now     func() time.Time
	Extract extractor.Options // Base and Sink are set here
	Meta    extractor.Meta
	DryRun  bool // extracts and says what would be proposed
	Log     *slog.Logger
}

// An Outcome is what came of it.
type Outcome struct {
	extractor.Result
	Base, Branch string
	Commit       git.Hash           // at the end of Branch; zero if there is no drift
	Pushed       bool               // the branch was moved
	Pull         *forge.PullRequest // nil if none was asked for
	Closed       *forge.PullRequest // was open, and is needless now that the drift is gone
}

// attempts is how often a push that somebody else was faster than is tried on
// the new state.
const attempts = 3

// Run extracts and proposes. After an error nothing was proposed, though a
// commit may have been pushed to the branch that has no pull request yet: the
// next run goes on from there.
func Run(ctx context.Context, o Options) (Outcome, error) {
	out := Outcome{Base: o.Base, Branch: o.Branch}
	if out.Base == "" {
		name, err := o.Repo.DefaultBranch(ctx)
		if err != nil {
			return out, fmt.Errorf("find default branch: %w", err)
		}
		out.Base = name
	}
	if out.Base == out.Branch {
		return out, fmt.Errorf("propose %s: base and branch are the same", out.Branch)
	}
	base, err := o.Repo.Resolve(ctx, "refs/heads/"+out.Base)
	if err != nil {
		return out, fmt.Errorf("read base branch %s: %w", out.Base, err)
	}
	stage, err := o.stage(ctx, &out, base)
	if err != nil {
		return out, err
	}
	if o.DryRun {
		return out, nil
	}
	if out.Empty() {
		return out, o.settle(ctx, &out)
	}
	if err := o.push(ctx, &out, stage, base); err != nil {
		return out, fmt.Errorf("push %s: %w", out.Branch, err)
	}
	return out, o.open(ctx, &out)
}

// stage extracts over the base into staged changes.
func (o *Options) stage(ctx context.Context, out *Outcome, base git.Hash) (*git.Stage, error) {
	stage, err := o.Repo.Stage(ctx, base)
	if err != nil {
		return nil, fmt.Errorf("read base commit %s: %w", base, err)
	}
	tree, err := o.Repo.Tree(ctx, base)
	if err != nil {
		return nil, fmt.Errorf("read base commit %s: %w", base, err)
	}
	e := o.Extract
	e.Sink = &sink{stage, o.Dir}
	e.Base = tree
	if o.Dir != "" && o.Dir != "." {
		sub, err := tree.Dir(o.Dir)
		switch {
		case err == nil:
			e.Base = sub
		case errors.Is(err, fs.ErrNotExist):
			e.Base = nil
		default:
			return nil, fmt.Errorf("read folder %s of base commit %s: %w", o.Dir, base, err)
		}
	}
	out.Result, err = extractor.Run(ctx, e)
	return stage, err
}

// A sink puts a tree into a folder of a stage.
type sink struct {
	stage *git.Stage
	dir   string
}

func (s *sink) Put(name string, content []byte) error {
	return s.stage.Add(path.Join(s.dir, name), content)
}
func (s *sink) Remove(name string) error { return s.stage.Remove(path.Join(s.dir, name)) }

// push commits what is staged and moves the branch there, unless the branch
// says the same already.
func (o *Options) push(ctx context.Context, out *Outcome, stage *git.Stage, base git.Hash) error {
	title, body := extractor.Describe(out.Result, o.Meta)
	meta := git.Meta{Author: o.Author, When: o.now(), Message: title + "\n\n" + body + "\n"}
	commit, err := stage.Commit(ctx, meta)
	if err != nil {
		return err
	}
	for range attempts {
		old, same, err := o.current(ctx, out, commit, base)
		if err != nil {
			return err
		}
		if same {
			out.Commit = old
			return nil
		}
		err = o.Repo.Push(ctx, "refs/heads/"+out.Branch, commit, old)
		if err == nil {
			out.Commit, out.Pushed = commit, true
			return nil
		}
		if !errors.Is(err, git.ErrStale) {
			return err
		}
	}
	return fmt.Errorf("%w: somebody else keeps moving it", git.ErrStale)
}

// current returns where the branch is, and whether it holds the same files on
// the same base. A branch with commits of somebody else is not overwritten.
func (o *Options) current(ctx context.Context, out *Outcome, commit, base git.Hash) (git.Hash, bool, error) {
	branches, err := o.Repo.Branches(ctx)
	if err != nil || branches[out.Branch] == "" {
		return git.Hash{}, false, err
	}
	old, err := o.Repo.Resolve(ctx, "refs/heads/"+out.Branch)
	if err != nil {
		return git.Hash{}, false, err
	}
	was, err := o.Repo.Commit(ctx, old)
	if err != nil {
		return git.Hash{}, false, err
	}
	now, err := o.Repo.Commit(ctx, commit)
	if err != nil {
		return git.Hash{}, false, err
	}
	if was.Committer != o.Author && was.Hash != base {
		return git.Hash{}, false, fmt.Errorf("its last commit %.12s is by %s, not by %s: merge or delete the branch, and run again",
			was.Hash, was.Committer.Name, o.Author.Name)
	}
	onBase := len(was.Parents) == 1 && was.Parents[0] == base
	return old, was.Tree == now.Tree && onBase, nil
}

// open brings the pull request up to date.
func (o *Options) open(ctx context.Context, out *Outcome) error {
	if o.Forge == nil {
		return nil
	}
	title, body := extractor.Describe(out.Result, o.Meta)
	pull, err := o.Forge.Propose(ctx, forge.Proposal{
		Head: out.Branch, Base: out.Base, Title: title, Body: body, Labels: o.Labels, Draft: o.Draft,
	})
	if err != nil {
		return fmt.Errorf("propose %s: %w", out.Branch, err)
	}
	out.Pull = &pull
	return nil
}

// settle closes the pull request of a drift that is gone.
func (o *Options) settle(ctx context.Context, out *Outcome) error {
	if o.Forge == nil {
		return nil
	}
	pull, found, err := o.Forge.Find(ctx, out.Branch, out.Base)
	if err != nil {
		return fmt.Errorf("look for an open pull request: %w", err)
	}
	if !found {
		return nil
	}
	why := fmt.Sprintf("The gateway and %s say the same again, so there is nothing left to merge.", out.Base)
	if err := o.Forge.Close(ctx, pull.Number, why); err != nil {
		return fmt.Errorf("close pull request %d: %w", pull.Number, err)
	}
	out.Closed = &pull
	return nil
}

func (o *Options) now() time.Time {
	if o.Now != nil {
		return o.Now()
	}
	return time.Now()
}
