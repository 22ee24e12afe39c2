package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/lockstep-apiops/lockstep/internal/cli"
	"github.com/lockstep-apiops/lockstep/internal/git"
	"github.com/lockstep-apiops/lockstep/internal/guard"
	"github.com/lockstep-apiops/lockstep/publisher/plan"
)

// sinceLast is the value of the setting since that means what was recorded.
const sinceLast = "last"

// A ledger is where a repository says what was published.
type ledger struct {
	repo *git.Repo // as the server has it
	ref  string
	at   git.Hash     // the commit that is the record; zero if there is none
	last guard.Record // that was read there
}

// keepsLedger reports whether the run looks at what was recorded.
func (r *run) keepsLedger() bool {
	return r.v.Bool("record") || r.v.String("since") == sinceLast
}

// scope is what records, comments and statuses are about.
func (r *run) scope(between string) string {
	name := guard.RefName(r.target().Instance)
	if env := r.v.String("environment"); env != "" {
		name += between + guard.RefName(env)
	}
	return name
}

// readLedger finds out what was published last, and fetches that commit.
func (r *run) readLedger(ctx context.Context) (*ledger, error) {
	repo, err := r.server(ctx)
	if err != nil {
		return nil, fmt.Errorf("read record: %w", err)
	}
	l := &ledger{repo: repo, ref: guard.RecordRef(r.origin(), r.scope("."))}
	refs, err := repo.Refs(ctx, l.ref)
	if err != nil {
		return nil, fmt.Errorf("read record: %w", err)
	}
	for _, ref := range refs {
		if ref.Name == l.ref {
			l.at = ref.Hash
		}
	}
	if l.at.IsZero() {
		return l, nil
	}
	const withParents = 2
	if err := repo.Deepen(ctx, l.at, withParents); err != nil {
		return nil, fmt.Errorf("read record %s: %w", l.ref, err)
	}
	c, err := repo.Commit(ctx, l.at)
	if err != nil {
		return nil, fmt.Errorf("read record %s: %w", l.ref, err)
	}
	if l.last, err = guard.ParseRecord(c.Message); err != nil {
		return nil, err
	}
	if is := r.targetName(); l.last.Target != is {
		return nil, fmt.Errorf("read record %s: it is that of %s, and this is %s: keep the two apart, each with an --environment of its own", l.ref, l.last.Target, is)
	}
	return l, nil
}

// targetName is how records name the gateway.
func (r *run) targetName() string {
	t := r.target()
	return t.Product + " " + t.Instance
}

// has makes sure that the server has a commit: it can not be recorded before.
func (l *ledger) has(ctx context.Context, commit git.Hash) error {
	_, err := l.repo.Commit(ctx, commit)
	if errors.Is(err, git.ErrNotFound) {
		return fmt.Errorf("%w: the server does not have it: push it, and run again", err)
	}
	return err
}

// follows tells whether a commit comes after the one that was published last.
func (l *ledger) follows(ctx context.Context, commit git.Hash, allowed, trial bool) (guard.Last, error) {
	last := guard.Last{Commit: commit, Previous: l.last.Commit, Allowed: allowed, Trial: trial}
	err := l.has(ctx, commit)
	if err != nil || last.Previous.IsZero() {
		return last, err
	}
	last.Contains, err = l.repo.IsAncestor(ctx, last.Previous, commit)
	return last, err
}

// record notes that all of the commit was published, or says why it was not.
func (r *run) record(ctx context.Context, p *plan.Plan) error {
	if !r.v.Bool("record") {
		return nil
	}
	text, err := r.partial(ctx, p)
	if err == nil && text == "" {
		text, err = r.moveRecord(ctx)
	}
	if err != nil {
		return fmt.Errorf("published, but not recorded: %w", err)
	}
	return r.say("%s\n", text)
}

// partial says why what was done is not all of the commit, or nothing.
func (r *run) partial(ctx context.Context, p *plan.Plan) (string, error) {
	since, base := p.Source.Since, r.ledger.last.Commit
	switch {
	case r.opts.Stages != nil:
		return "not recorded: only one stage was done", nil
	case r.v.IsSet("include") || r.v.IsSet("exclude"):
		return "not recorded: --include and --exclude leave something out", nil
	case since == "":
		return "", nil
	case base.IsZero():
		return fmt.Sprintf("not recorded: what came before %.12s may not be published; publish all of it once", since), nil
	}
	from, err := r.resolve(ctx, r.ledger.repo, since)
	if err != nil {
		return "", err
	}
	if answer, err := r.ledger.repo.IsAncestor(ctx, from, base); err != nil || answer == git.Yes {
		return "", err
	}
	return fmt.Sprintf("not recorded: what changed from %.12s, which was recorded last, to %.12s may not be published; use --since last", base, since), nil
}

// resolve returns the commit that a name means to the user: a hash means the
// same everywhere, all else what it does where the tree is read from.
func (r *run) resolve(ctx context.Context, repo *git.Repo, name string) (git.Hash, error) {
	if _, ok := git.ParseHash(name); !ok {
		repo = r.repo
	}
	return repo.Resolve(ctx, name)
}

// moveRecord writes the record, in place of the one that was read, and returns
// what to say about it.
func (r *run) moveRecord(ctx context.Context) (string, error) {
	l := r.ledger
	if l.last.Commit == r.commit {
		return fmt.Sprintf("recorded already: %.12s", r.commit), nil
	}
	c, err := l.repo.Commit(ctx, r.commit)
	if err != nil {
		return "", err
	}
	next := guard.Record{
		Target: r.targetName(), Commit: r.commit, Previous: l.last.Commit,
		Rewrite: r.history.Rewritten(), By: r.actor(), Run: r.job.URL,
	}
	hash, err := l.repo.CommitTree(c.Tree, next.Meta(l.at, time.Now()))
	if err != nil {
		return "", err
	}
	switch err := l.repo.Push(ctx, l.ref, hash, l.at); {
	case errors.Is(err, git.ErrStale):
		return "", fmt.Errorf("another run recorded something at the same time: run again: %w", err)
	case errors.Is(err, git.ErrDenied), errors.Is(err, git.ErrRefused):
		return "", fmt.Errorf("%w: the git token must be able to push to %s", err, l.ref)
	case err != nil:
		return "", err
	}
	return fmt.Sprintf("recorded: %.12s is published to %s (%s)", r.commit, next.Target, l.ref), nil
}

// actor names who started the run, as the CI system or else the computer does.
func (r *run) actor() string {
	env := r.sys.Getenv
	return cmp.Or(env("GITHUB_TRIGGERING_ACTOR"), env("GITHUB_ACTOR"), env("GITLAB_USER_LOGIN"), env("BUILD_REQUESTEDFOR"),
		env("BUILD_USER_ID"), env("USER"), env("USERNAME"))
}

// say prints a line for people, if that is what is printed.
func (r *run) say(format string, args ...any) error {
	if r.v.String("format") != "text" {
		return nil
	}
	_, err := fmt.Fprintf(r.sys.Lines(), format, args...)
	return err
}

// setSince finds out which commit was published last, as far as the settings
// tell. It is called with the commit to publish at hand.
func (r *run) setSince(ctx context.Context) error {
	if r.keepsLedger() {
		var err error
		if r.ledger, err = r.readLedger(ctx); err != nil {
			return err
		}
	}
	switch {
	case r.v.IsSet("commit-id"):
		return r.sinceParent(ctx)
	case r.opts.Since != sinceLast:
	case r.ledger.last.Commit.IsZero():
		r.opts.Since, r.opts.Delete = "", false // what nobody knows to be ours is not deleted
	default:
		r.opts.Since = r.ledger.last.Commit.String()
	}
	return nil
}

// sinceParent has what one commit changed published. It asks to delete what the
// commit deleted, unless somebody says otherwise; the first commit of all can
// have deleted nothing.
func (r *run) sinceParent(ctx context.Context) error {
	c, err := r.repo.Commit(ctx, r.commit)
	if err != nil {
		return err
	}
	if len(c.Parents) == 0 {
		r.opts.Delete = false
		return nil
	}
	parent := c.Parents[0]
	if _, err := r.repo.Resolve(ctx, parent.String()); err != nil {
		return &cli.Error{Code: cli.ExitFailed, Err: fmt.Errorf(
			"compare commit %.12s with its first parent %.12s: %w: fetch at least two commits of history (fetch-depth: 2)", r.commit, parent, err)}
	}
	r.opts.Since = parent.String()
	r.opts.Delete = r.opts.Delete || !r.v.IsSet("delete")
	return nil
}
