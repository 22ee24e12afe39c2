package main

import (
	"context"
	"fmt"
	"log/slog"

	"github.com/spf13/cobra"

	"github.com/lockstep-apiops/lockstep/extractor"
	"github.com/lockstep-apiops/lockstep/gateway/all"
	"github.com/lockstep-apiops/lockstep/internal/cli"
	"github.com/lockstep-apiops/lockstep/internal/config"
	"github.com/lockstep-apiops/lockstep/internal/guard"
	"github.com/lockstep-apiops/lockstep/internal/settings"
)

const long = `Read an API gateway, and bring a tree of files up to date with it.

The tree is a plain folder (--output), or a folder of a git repository (--repo,
where --output names the folder inside it). In a repository nothing is checked
out: what changed goes to the branch lockstep/INSTANCE, on top of the base
branch, and with --pull-request into one pull request that later runs update.

Files are removed only if the gateway was read to its end and no longer has what
they describe. What a filter leaves out, what the gateway could not show, and
files that are no artifacts are left alone. If the gateway says what the tree
says, nothing is written.`

const example = `  # an API Management service to a folder
  extractor --subscription-id ID --resource-group rg --service-name contoso --output apimartifacts

  # drift as a pull request, in a repository that needs no server
  extractor --service-name contoso --repo ../apis.git --output apimartifacts --base main --pull-request
  extractor pulls --repo ../apis.git`

func newRoot(sys cli.System) *cobra.Command {
	set := config.MustSet(settings.Extractor(), sections()...)
	root := &cobra.Command{
		Use: "extractor", Short: "bring git up to date with an API gateway", Long: long, Example: example,
		RunE: func(cmd *cobra.Command, _ []string) error {
			r, err := newRun(sys, cmd, set)
			if err != nil {
				return err
			}
			return r.extract(cmd.Context())
		},
	}
	must(cli.AddSettings(root, set))
	root.AddCommand(newInit(sys), newPulls(sys), newMigrate(sys))
	return root
}

// userAgent is what servers are told of who calls.
func userAgent() string { return "lockstep-extractor/" + cli.ThisBuild().Version }

// must panics if a table in the source is wrong.
func must(err error) {
	if err != nil {
		panic(err)
	}
}

// A run is one extraction, with all it was told.
type run struct {
	sys    cli.System
	v      *config.Values
	log    *slog.Logger
	opened *all.Opened
	opts   extractor.Options

	filters filters
}

func newRun(sys cli.System, cmd *cobra.Command, set *config.Set) (*run, error) {
	v, err := set.Resolve(cmd.Flags(), sys.Environ)
	if err != nil {
		return nil, err
	}
	r := &run{sys: sys, v: v}
	if err := r.check(); err != nil {
		return nil, err
	}
	if r.log, err = sys.Logger(v, v.String("format") != "text"); err != nil {
		return nil, err
	}
	if r.opened, err = all.Open(v, all.Options{Env: sys.Getenv, Logger: r.log, UserAgent: userAgent()}); err != nil {
		return nil, &cli.Error{Code: cli.ExitUsage, Err: err} // no call was made: a setting is wrong
	}
	if d := r.opened.Gateway.Describe(); d.WriteOnly {
		return nil, cli.Usagef("%s cannot be read, so there is nothing to extract and no drift to find: it is only published to", d.Product)
	}
	r.opts = extractor.Options{Gateway: r.opened.Gateway, Workers: v.Int("workers"), Layout: v.String("layout"), Logger: r.log}
	return r, r.setFilters(set)
}

// check refuses settings that contradict each other.
func (r *run) check() error {
	repo := r.v.IsSet("repo")
	switch {
	case !repo && !r.v.IsSet("output"):
		return cli.Usagef("say where to write: --output FOLDER, or --repo REPOSITORY")
	case !repo && r.v.Bool("pull-request"):
		return cli.Usagef("--pull-request needs --repo REPOSITORY, to hold the branch")
	case !repo && (r.v.IsSet("base") || r.v.IsSet("branch") || r.v.IsSet("scope")):
		return cli.Usagef("--base, --branch and --scope need --repo")
	case r.v.Bool("status") && !r.v.Bool("pull-request"):
		return cli.Usagef("--status needs --pull-request: who sees the status is to see where the drift is")
	}
	if s := r.v.String("scope"); s != "" && guard.RefName(s) != s {
		return cli.Usagef("--scope %q: use letters, digits, \"_\", and \"-\" and \".\" between them", s)
	}
	return checkCommits(r.v)
}

func (r *run) extract(ctx context.Context) error {
	if r.v.IsSet("repo") {
		return r.toRepository(ctx)
	}
	return r.toFolder(ctx)
}

// finish turns a result into the exit code that was asked for.
func (r *run) finish(drift bool) error {
	if drift && r.v.Bool("exit-code") {
		return &cli.Error{Code: cli.ExitPending}
	}
	return nil
}

func (r *run) printf(format string, args ...any) error {
	if r.v.String("format") != "text" {
		return nil
	}
	_, err := fmt.Fprintf(r.sys.Lines(), format, args...)
	return err
}
