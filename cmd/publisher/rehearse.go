package main

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/spf13/cobra"

	"github.com/lockstep-apiops/lockstep/gateway"
	"github.com/lockstep-apiops/lockstep/gateway/all"
	"github.com/lockstep-apiops/lockstep/internal/cli"
	"github.com/lockstep-apiops/lockstep/internal/config"
	"github.com/lockstep-apiops/lockstep/internal/git"
	"github.com/lockstep-apiops/lockstep/internal/rehearse"
	"github.com/lockstep-apiops/lockstep/internal/report"
	"github.com/lockstep-apiops/lockstep/internal/settings"
	"github.com/lockstep-apiops/lockstep/internal/source"
	"github.com/lockstep-apiops/lockstep/publisher"
	"github.com/lockstep-apiops/lockstep/publisher/overlay"
)

const rehearseLong = `Publish a change to an emulator, to find out what would go wrong.

An emulator of the gateway is started in this process; of API AutoFlow, which is
a file, an empty one is made in a folder that goes again. It gets what was published
before (--since COMMIT, the commit where the branch left --base, or nothing), then
the change as it would be published, with the same plan, order and stages. A last
comparison must find nothing left to do.

Neither a gateway nor credentials are needed, and no call is made but to the
emulator, and to a repository that is elsewhere. Secrets that git does not
hold, and tokens without a value, get made-up values.
What the emulator does not know of the real gateway is not found.
Ends with 1 if something went wrong, with --strict also for warnings.`

const rehearseExample = `  # publish a folder to an empty gateway
  publisher rehearse --input apimartifacts

  # what a pull request changes, on top of what its base has
  publisher rehearse --repo . --input apimartifacts --base main --delete`

// newRehearse makes the command that publishes to an emulator.
func newRehearse(sys cli.System) *cobra.Command {
	set := config.MustSet(slices.Concat(settings.Rehearse(), settings.Publisher()), sections()...)
	cmd := &cobra.Command{Use: "rehearse", Short: "publish to an emulator, to find out what would go wrong", Long: rehearseLong, Example: rehearseExample}
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		e := &emulator{}
		o := overlay.Options{Env: madeUp(tokens(sys.Environ))}
		r, err := newRunOn(sys, cmd, set, o, func(r *run) (*all.Opened, error) { return e.open(cmd.Context(), r) })
		if err != nil {
			return errors.Join(err, e.Close())
		}
		r.dry = true
		return errors.Join(r.close(r.rehearse(cmd.Context(), e)), e.Close())
	}
	if err := cli.AddSettings(cmd, set); err != nil {
		panic(err) // a fault in the table of settings
	}
	return cmd
}

// madeUp returns a value for each token: the one it has, else a made-up one.
func madeUp(value func(string) (string, bool)) func(string) (string, bool) {
	return func(name string) (string, bool) {
		if v, ok := value(name); ok {
			return v, true
		}
		return "stand-in", true
	}
}

// rehearse rehearses the change, shows how that went, and returns how it ends.
func (r *run) rehearse(ctx context.Context, e *emulator) error {
	if err := r.open(ctx, ""); err != nil {
		return err
	}
	checks, err := all.Checks(r.target().Product)
	if err != nil {
		return err
	}
	base, err := r.base(ctx)
	if err != nil {
		return err
	}
	if err := e.start(r.given(ctx, checks, base), r.log); err != nil {
		return fmt.Errorf("start emulator: %w", err)
	}
	out, err := rehearse.Run(ctx, rehearse.Options{Publish: r.opts, Base: base, StandIn: checks.StandIn})
	if err != nil {
		return fmt.Errorf("rehearse: %w", err)
	}
	return r.conclusion(r.rehearsed(out))
}

// given returns what the tree and its base take for there, each once. What
// cannot be read, the rehearsal tells.
func (r *run) given(ctx context.Context, checks gateway.Checks, base publisher.Source) []string {
	var names []string
	for _, s := range []publisher.Source{base, r.opts.Source} {
		if checks.Given == nil || s == nil {
			continue
		}
		rs, err := s.All(ctx)
		if err != nil {
			continue
		}
		for _, one := range rs {
			names = append(names, checks.Given(one)...)
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// base returns what was published before the change, or nil for nothing.
func (r *run) base(ctx context.Context) (publisher.Source, error) {
	if r.place.repo == "" {
		return nil, nil
	}
	repo, err := r.repository(ctx)
	if err != nil {
		return nil, err
	}
	if r.opts.Since == "" && r.v.IsSet("base") {
		if r.opts.Since, err = r.fork(ctx, repo); err != nil {
			return nil, err
		}
	}
	if r.opts.Since == "" {
		return nil, nil
	}
	hash, err := repo.Resolve(ctx, r.opts.Since)
	if err != nil {
		return nil, fmt.Errorf("read commit %s: %w", r.opts.Since, err)
	}
	root, err := repo.Tree(ctx, hash)
	if err != nil {
		return nil, fmt.Errorf("read commit %s: %w", r.opts.Since, err)
	}
	if _, err := root.Dir(r.place.dir); r.place.dir != "." && err != nil {
		return nil, nil // the folder is new since then
	}
	kinds := r.opened.Gateway.Describe().Kinds
	c, err := source.NewCommit(ctx, kinds, repo, r.place.repo, hash.String(), r.place.dir, nil)
	if err != nil {
		return nil, err
	}
	c.In(r.environment(), func(string) {})
	return r.overlaid(c), nil
}

// fork returns the commit where the history of the change left that of the base
// branch.
func (r *run) fork(ctx context.Context, repo *git.Repo) (string, error) {
	name := r.v.String("base")
	at, err := repo.Resolve(ctx, "origin/"+name)
	if err != nil {
		if at, err = repo.Resolve(ctx, name); err != nil {
			return "", fmt.Errorf("read base %s: %w", name, err)
		}
	}
	own, err := repo.Since(ctx, at, r.commit)
	if err != nil {
		return "", fmt.Errorf("compare with base %s: %w", name, err)
	}
	mine := map[git.Hash]bool{}
	for _, c := range own {
		mine[c.Hash] = true
	}
	for _, c := range slices.Backward(own) {
		for _, p := range c.Parents {
			if !mine[p] {
				return p.String(), nil
			}
		}
	}
	if len(own) == 0 {
		return r.commit.String(), nil // there is no change
	}
	return "", nil // a history of its own
}

// rehearseRules are the kinds of what a rehearsal finds, by its steps.
func rehearseRules() []report.Rule {
	return []report.Rule{
		{ID: "rehearse-base", Title: "What was published before fails", Help: "It is not the change's fault, and makes the rehearsal of it less sure."},
		{ID: "rehearse-plan", Title: "The plan does not hold together", Help: "Add what is referred to, break the circle, or change one of two that claim the same."},
		{ID: "rehearse-publish", Title: "Publishing fails", Help: "The gateway would refuse it as well: mend the resource, or what it needs."},
		{ID: "rehearse-compare", Title: "Not as git says after it was published", Help: "The gateway keeps something else than what is written: write what it keeps."},
	}
}

// rehearsed returns how a rehearsal went as reports show it.
func (r *run) rehearsed(out *rehearse.Outcome) *report.Check {
	n := out.Counts
	c := &report.Check{Name: "rehearse", Rules: rehearseRules(), Did: fmt.Sprintf("%d created, %d updated, %d deleted, on top of %d", n.Created, n.Updated, n.Deleted, out.Before)}
	if out.Plan != nil {
		for i := range out.Plan.Actions {
			c.Checked = append(c.Checked, out.Plan.Actions[i].Key)
		}
	}
	for _, t := range out.Troubles {
		f := report.Finding{Rule: "rehearse-" + string(t.Step), Severity: t.Severity, Key: t.Key, Text: t.Text}
		if !t.Key.IsZero() {
			f.File = r.path(t.Key)
		}
		c.Findings = append(c.Findings, f)
	}
	return c
}
