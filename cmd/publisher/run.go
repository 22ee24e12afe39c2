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
	"github.com/lockstep-apiops/lockstep/gateway/all"
	"github.com/lockstep-apiops/lockstep/internal/cli"
	"github.com/lockstep-apiops/lockstep/internal/config"
	"github.com/lockstep-apiops/lockstep/internal/connect"
	"github.com/lockstep-apiops/lockstep/internal/git"
	"github.com/lockstep-apiops/lockstep/internal/source"
	"github.com/lockstep-apiops/lockstep/publisher"
	"github.com/lockstep-apiops/lockstep/publisher/plan"
)

// A run is one publication, with all it was told.
type run struct {
	sys    cli.System
	v      *config.Values
	log    *slog.Logger
	opened *all.Opened
	repo   *git.Repo // nil for a folder
	doubts []string  // what of the tree somebody may have meant to be read
	opts   publisher.Options
	over   source.Overrides

	reports []wish
	made    *plan.Plan   // as soon as there is one; of a stage alone, its part
	result  *plan.Result // likewise
}

// newRun reads the settings and opens the gateway. The source is for later: which
// commit it is may stand in a saved plan.
func newRun(sys cli.System, cmd *cobra.Command, set *config.Set) (*run, error) {
	v, err := set.Resolve(cmd.Flags(), sys.Environ)
	if err != nil {
		return nil, err
	}
	r := &run{sys: sys, v: v}
	if err := r.check(); err != nil {
		return nil, err
	}
	if r.reports, err = r.wishes(); err != nil {
		return nil, err
	}
	if r.log, err = sys.Logger(v, v.String("format") != "text"); err != nil {
		return nil, err
	}
	if r.opened, err = all.Open(v, all.Options{Env: sys.Getenv, Logger: r.log, UserAgent: userAgent()}); err != nil {
		return nil, &cli.Error{Code: cli.ExitUsage, Err: err} // no call was made: a setting is wrong
	}
	filter, err := extractor.ParseFilter(r.opened.Gateway.Describe().Kinds, v.List("include"), v.List("exclude"))
	if err != nil {
		return nil, &cli.Error{Code: cli.ExitUsage, Err: err}
	}
	r.opts = publisher.Options{
		Gateway: r.opened.Gateway, Since: v.String("since"), Delete: v.Bool("delete"), Overwrite: v.Bool("overwrite"), Lenient: v.Bool("lenient"), Secrets: v.Bool("write-secrets"),
		Limits: plan.Limits{Deletes: v.Int("max-deletes")}, Skip: filter.Skip(r.opened.Gateway.Describe().Kinds),
		Workers: v.Int("workers"), Log: r.log,
	}
	return r, r.readOverrides(set)
}

// userAgent is what servers are told of who calls.
func userAgent() string { return "lockstep-publisher/" + cli.ThisBuild().Version }

// check refuses settings that contradict each other.
func (r *run) check() error {
	repo := r.v.IsSet("repo")
	switch {
	case !repo && !r.v.IsSet("input"):
		return cli.Usagef("say what to publish: --input FOLDER, or --repo REPOSITORY")
	case !repo && (r.v.IsSet("since") || r.v.IsSet("commit")):
		return cli.Usagef("--commit and --since need --repo")
	}
	return nil
}

// close lets go of the repository.
func (r *run) close(err error) error {
	if r.repo != nil {
		err = errors.Join(err, r.repo.Close())
	}
	return err
}

// open opens the source: the commit that was asked for, else the one named.
func (r *run) open(ctx context.Context, commit string) (err error) {
	s, err := r.source(ctx, cmp.Or(r.v.String("commit"), commit))
	r.opts.Source = r.overlaid(s)
	return err
}

func (r *run) source(ctx context.Context, commit string) (publisher.Source, error) {
	kinds := r.opened.Gateway.Describe().Kinds
	if !r.v.IsSet("repo") {
		name := r.v.String("input")
		if info, err := os.Stat(name); err != nil || !info.IsDir() {
			return nil, fmt.Errorf("read folder %s: %w", name, cmp.Or(err, errors.New("it is no folder")))
		}
		dir, err := artifacts.OpenDir(name)
		if err != nil {
			return nil, fmt.Errorf("read folder %s: %w", name, err)
		}
		return source.NewFolder(kinds, dir, r.problem)
	}
	dir, err := connect.Folder(r.v, "input")
	if err != nil {
		return nil, err
	}
	repo, err := connect.New(r.v, connect.Options{Env: r.sys.Getenv, Log: r.log, UserAgent: userAgent()}).Repository(ctx)
	if err != nil {
		return nil, err
	}
	r.repo = repo
	return source.NewCommit(ctx, kinds, repo, r.v.String("repo"), cmp.Or(commit, "HEAD"), dir, r.problem)
}
