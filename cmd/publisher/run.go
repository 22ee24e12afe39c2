package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"

	"github.com/spf13/cobra"

	"github.com/lockstep-apiops/lockstep/artifacts"
	"github.com/lockstep-apiops/lockstep/extractor"
	"github.com/lockstep-apiops/lockstep/forge"
	"github.com/lockstep-apiops/lockstep/gateway/all"
	"github.com/lockstep-apiops/lockstep/internal/cli"
	"github.com/lockstep-apiops/lockstep/internal/config"
	"github.com/lockstep-apiops/lockstep/internal/git"
	"github.com/lockstep-apiops/lockstep/internal/guard"
	"github.com/lockstep-apiops/lockstep/internal/source"
	"github.com/lockstep-apiops/lockstep/internal/vault"
	"github.com/lockstep-apiops/lockstep/publisher"
	"github.com/lockstep-apiops/lockstep/publisher/overlay"
	"github.com/lockstep-apiops/lockstep/publisher/plan"
)

// A run is one publication, with all it was told.
type run struct {
	sys    cli.System
	v      *config.Values
	log    *slog.Logger
	opened *all.Opened
	place  place
	repo   *git.Repo // nil for a folder, and before it is opened
	remote *git.Repo // as the server has it, if that was asked for
	tree   tree      // the source, once it is open
	files  *artifacts.Tree
	deep   *git.Repo           // the one of both whose history goes back far enough
	commit git.Hash            // that is published
	told   []artifacts.Problem // what was said of the tree
	doubts []string            // what of the tree somebody may have meant to be read
	opts   publisher.Options
	over   source.Overrides
	notes  bool // what may be wrong in the configuration file is noted, not logged
	noted  []*overlay.Problem
	filter extractor.Filter
	texts  []string // files that count for the environment alone

	reports []wish
	made    *plan.Plan   // as soon as there is one; of a stage alone, its part
	result  *plan.Result // likewise

	job      forge.Run // that runs us, if inCI
	inCI     bool
	dry      bool // plans, and does no more
	forge    forge.Forge
	ledger   *ledger // nil: nobody asked what was published
	history  guard.Last
	findings []guard.Finding
	notice   *notice // nil: the forge is told nothing
}

// newRun reads the settings and opens the gateway that they name. The source is
// for later: which commit it is may stand in a saved plan.
func newRun(sys cli.System, cmd *cobra.Command, set *config.Set) (*run, error) {
	var secrets *vault.Vault
	o := overlay.Options{
		Env:    tokens(sys.Environ),
		File:   func(path string) (string, error) { return secrets.File(path) },
		Secret: func(name string) (string, error) { return secrets.Secret(cmd.Context(), name) },
	}
	return newRunOn(sys, cmd, set, o, func(r *run) (*all.Opened, error) {
		secrets = vault.New(vault.Options{
			Dir: r.v.String("secrets-dir"), Command: r.v.String("secret-command"), Timeout: r.v.Duration("secret-timeout"), Environ: sys.Environ,
		})
		find := func(name string) (string, bool, error) { return secrets.Find(cmd.Context(), name) }
		return all.Open(r.v, all.Options{Env: sys.Getenv, Secret: find, Logger: r.log, UserAgent: userAgent()})
	})
}

// newRunOn is newRun on the gateway that open returns. Overrides are read with
// the options.
func newRunOn(sys cli.System, cmd *cobra.Command, set *config.Set, o overlay.Options, open func(*run) (*all.Opened, error)) (*run, error) {
	v, err := set.Resolve(cmd.Flags(), sys.Environ)
	if err != nil {
		return nil, err
	}
	r := &run{sys: sys, v: v}
	if err := r.check(); err != nil {
		return nil, err
	}
	if r.place, err = findPlace(v); err != nil {
		return nil, err
	}
	r.job, r.inCI = forge.DetectRun(sys.Getenv)
	if r.reports, err = r.wishes(); err != nil {
		return nil, err
	}
	if r.log, err = sys.Logger(v, v.String("format") != "text"); err != nil {
		return nil, err
	}
	if r.opened, err = open(r); err != nil {
		return nil, &cli.Error{Code: cli.ExitUsage, Err: err} // no call was made: a setting is wrong
	}
	if r.filter, err = extractor.ParseFilter(r.opened.Gateway.Describe().Kinds, v.List("include"), all.Excluded(v)); err != nil {
		return nil, &cli.Error{Code: cli.ExitUsage, Err: err}
	}
	r.opts = publisher.Options{
		Gateway: r.opened.Gateway, Since: v.String("since"), Delete: v.Bool("delete"), Overwrite: v.Bool("overwrite"), Lenient: v.Bool("lenient"), Secrets: v.Bool("write-secrets"),
		Limits: plan.Limits{Deletes: v.Int("max-deletes")}, Skip: r.skip, Never: r.never,
		Workers: v.Int("workers"), Log: r.log,
	}
	return r, r.readOverrides(set, o)
}

// userAgent is what servers are told of who calls.
func userAgent() string { return "lockstep-publisher/" + cli.ThisBuild().Version }

// check refuses settings that contradict each other.
func (r *run) check() error {
	repo := r.v.IsSet("repo")
	switch {
	case !repo && !r.v.IsSet("input"):
		return cli.Usagef("say what to publish: --input FOLDER, or --repo REPOSITORY")
	case r.v.IsSet("commit-id") && (r.v.IsSet("since") || r.v.IsSet("commit")):
		return cli.Usagef("COMMIT_ID publishes one commit against its parent: leave it out, or --commit and --since")
	case !repo && (r.v.IsSet("since") || r.v.IsSet("commit")):
		return cli.Usagef("--commit and --since need --repo")
	case r.v.Int("require-approvals") < 0:
		return cli.Usagef("--require-approvals %d: a number from 0", r.v.Int("require-approvals"))
	case !repo && !r.v.IsSet("commit-id") && r.guarded():
		return cli.Usagef("--record and --require-... need --repo: a folder has no history")
	}
	return nil
}

// close lets go of the repository.
func (r *run) close(err error) error {
	for _, repo := range []*git.Repo{r.repo, r.remote} {
		if repo == nil {
			continue
		}
		if cerr := repo.Close(); cerr != nil {
			err = errors.Join(err, cerr)
		}
	}
	return err
}

// open opens the source: the commit that was asked for, else the one named.
func (r *run) open(ctx context.Context, commit string) (err error) {
	s, err := r.source(ctx, r.revision(commit))
	if err != nil {
		return err
	}
	r.tree, _ = s.(tree)
	r.opts.Source = &wanted{Source: r.overlaid(s), run: r}
	return nil
}

// revision returns the commit to publish: the one that the settings name, else
// the given one, else the newest.
func (r *run) revision(commit string) string {
	return cmp.Or(r.v.String("commit-id"), r.v.String("commit"), commit, "HEAD")
}

func (r *run) source(ctx context.Context, commit string) (publisher.Source, error) {
	kinds := r.opened.Gateway.Describe().Kinds
	if r.place.repo == "" {
		name := r.place.dir
		if info, err := os.Stat(name); err != nil || !info.IsDir() {
			return nil, fmt.Errorf("read folder %s: %w", name, cmp.Or(err, errors.New("it is no folder")))
		}
		dir, err := artifacts.OpenDir(name)
		if err != nil {
			return nil, fmt.Errorf("read folder %s: %w", name, err)
		}
		return source.NewFolder(kinds, artifacts.In(kinds, dir, r.environment(), r.variant), r.problem)
	}
	repo, err := r.repository(ctx)
	if err != nil {
		return nil, err
	}
	if r.commit, err = repo.Resolve(ctx, commit); err != nil {
		return nil, fmt.Errorf("read commit %s: %w", commit, err)
	}
	if err := r.setSince(ctx); err != nil {
		return nil, err
	}
	if _, named := git.ParseHash(r.opts.Since); named && r.ledger != nil {
		if _, err := repo.Resolve(ctx, r.opts.Since); err != nil {
			repo = r.ledger.repo // the checkout is too shallow, and the server is not
		}
	}
	c, err := source.NewCommit(ctx, kinds, repo, r.place.repo, r.commit.String(), r.place.dir, r.problem)
	if err != nil {
		return nil, err
	}
	c.In(r.environment(), r.variant)
	return c, nil
}
