// Package propose turns an extract into a branch and a pull request.
//
// It knows the order of things: read the base, extract over it, commit what
// changed, push with the expected old value, and open or update the pull
// request that stands for a gateway. What changed is the extractor's business;
// how git and forges work, that of theirs.
//
// The branch belongs to the gateway, but people may commit to it, and what they
// commit is never lost. As long as there is nothing of theirs the branch is one
// commit on its base, made anew for every change. After that it grows: what
// the gateway says now is merged with it file by file, in a commit on top. If
// both say something else about the same file, the branch stays as it is, and
// a second one beside it (its name ends in "-2", then "-3") carries what the
// gateway says.
//
// Commits of this package are known by their trailers, not by who is named as
// their author. A commit counts as somebody else's as soon as its files are not
// those it was made with.
package propose

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
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

	Author    git.Person
	Committer git.Person   // zero: the author
	CoAuthors []git.Person // who else commits are to name
	Signer    git.Signer   // nil: commits are not signed

	// Writer makes the commits and moves the branch; nil is git.
	Writer Writer

	Title         string // of commit and pull request; "" says what changed
	Labels        []string
	Draft         bool
	Reviewers     []string
	TeamReviewers []string
	Assignees     []string
	AutoMerge     forge.MergeMethod // "": people merge
	// Run is an address of the CI job, or a name, for the mark of the pull
	// request; "" is none.
	Run string
	// Status sets a status on the commit that was compared with: whether there
	// is drift. It needs a Forge that has statuses.
	Status bool

	Now     func() time.Time
	Extract extractor.Options // Base and Sink are set here
	Meta    extractor.Meta
	// Part stands for what limits Extract, so that somebody is told when runs
	// of different limits take turns on a branch; "" is no limit.
	Part   string
	DryRun bool         // extracts and says what would be proposed
	Log    *slog.Logger // nil: silent
}

// An Outcome is what came of it.
type Outcome struct {
	extractor.Result
	Base   string
	Branch string             // that carries the change
	Commit git.Hash           // at the end of Branch; zero if there is no drift
	Pushed bool               // the branch was moved
	Other  bool               // what it held before was of another Part
	Pull   *forge.PullRequest // nil if none was asked for

	// Kept are the authors of commits on Branch that are not this package's,
	// sorted: their work was left in.
	Kept []string
	// Conflicts are the branches that could not carry the change because of
	// what people committed there, which is why Branch is another one.
	Conflicts []Conflict
	// Closed are the pull requests that were open and are needless now, and
	// Deleted the branches that went with them.
	Closed  []forge.PullRequest
	Deleted []string
	// Left are branches that are needless now and are there still.
	Left []Left
}

// A Conflict is a branch where people and the gateway say different things.
type Conflict struct {
	Branch string
	Pull   *forge.PullRequest // nil if none is open
	Files  []string           // about which they do, sorted
	People []string           // who committed there, sorted
}

// Left is a branch that was not deleted, and why.
type Left struct {
	Branch string
	Reason string
}

// attempts is how often a push that somebody else was faster than is tried on
// the new state.
const attempts = 3

// Run extracts and proposes. After an error nothing was proposed, though a
// commit may have been pushed to a branch that has no pull request yet: the
// next run goes on from there.
//
// If somebody else moves a branch meanwhile, the base is read again, too. The
// gateway is read again only if what the base has in Dir is not the same.
func Run(ctx context.Context, o Options) (Outcome, error) {
	out := Outcome{Base: o.Base, Branch: o.Branch}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if out.Base == "" {
		name, err := o.Repo.DefaultBranch(ctx)
		if err != nil {
			return out, fmt.Errorf("find default branch: %w", err)
		}
		out.Base = name
	}
	if o.Writer == nil {
		o.Writer = gitWriter{o.Repo}
	}
	if out.Base == out.Branch {
		return out, fmt.Errorf("propose %s: base and branch are the same", out.Branch)
	}
	if err := o.permitted(ctx); err != nil {
		return out, err
	}
	r := &run{Options: o, out: &out}
	return out, r.run(ctx)
}

// permitted asks the forge, before any work is done, whether it takes all that
// there is to do, and how long its text may be.
func (o *Options) permitted(ctx context.Context) error {
	if o.Forge == nil || o.DryRun {
		return nil
	}
	if o.Meta.Limit == 0 {
		o.Meta.Limit = o.Forge.Abilities().BodyLimit
	}
	o.Extract.Dependents = o.Forge.Abilities().Mermaid // nobody else looks
	if _, ok := o.Forge.(forge.StatusSetter); o.Status && !ok {
		return errors.New("set the status of drift: this forge has no statuses of commits")
	}
	c, ok := o.Forge.(forge.Checker)
	if !ok {
		return nil
	}
	_, commits := o.Writer.(*forgeWriter)
	if err := c.Check(ctx, forge.Needs{PullRequests: true, Statuses: o.Status, Commits: commits}); err != nil {
		return fmt.Errorf("check what the forge permits: %w", err)
	}
	return nil
}

// A run is one proposal on its way.
type run struct {
	Options
	out   *Outcome
	draft *draft
}

func (r *run) run(ctx context.Context) error {
	for try := 1; ; try++ {
		base, err := r.Repo.Resolve(ctx, "refs/heads/"+r.out.Base)
		if err != nil {
			return fmt.Errorf("read base branch %s: %w", r.out.Base, err)
		}
		if err := r.draftOn(ctx, base); err != nil {
			return err
		}
		switch {
		case r.DryRun:
			return nil
		case r.out.Empty():
			return r.end(ctx, r.settle(ctx))
		}
		err = r.push(ctx)
		if err == nil {
			return r.end(ctx, r.open(ctx))
		}
		if !errors.Is(err, git.ErrStale) || try == attempts {
			return fmt.Errorf("push %s: %w", r.out.Branch, err)
		}
		r.Log.InfoContext(ctx, "somebody else was faster, starting over", "branch", r.out.Branch, "error", err)
	}
}

// end sets the status of drift, unless the run fails.
func (r *run) end(ctx context.Context, err error) error {
	if err != nil || !r.Status || r.Forge == nil {
		return err
	}
	return r.setStatus(ctx)
}

func (r *run) now() time.Time {
	if r.Now != nil {
		return r.Now()
	}
	return time.Now()
}
