package main

import (
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/lockstep-apiops/lockstep/forge"
	"github.com/lockstep-apiops/lockstep/internal/cli"
	"github.com/lockstep-apiops/lockstep/internal/config"
	"github.com/lockstep-apiops/lockstep/internal/connect"
	"github.com/lockstep-apiops/lockstep/internal/settings"
)

// newPulls is the command that lists pull requests.
func newPulls(sys cli.System) *cobra.Command {
	set := config.MustSet(settings.Pulls())
	cmd := &cobra.Command{
		Use: "pulls", Short: "list the pull requests of a repository",
		Long: "List the pull requests that a repository holds, the newest first: number, state, branches, title.",
		RunE: func(cmd *cobra.Command, _ []string) (err error) {
			v, err := set.Resolve(cmd.Flags(), sys.Environ)
			if err != nil {
				return err
			}
			if err := v.Require("repo"); err != nil {
				return err
			}
			if err := checkCheckout(v); err != nil {
				return err
			}
			host := connect.New(v, connect.Options{Env: sys.Getenv, UserAgent: userAgent()})
			repo, err := host.Repository(cmd.Context())
			if err != nil {
				return err
			}
			defer func() { err = errors.Join(err, repo.Close()) }()
			f, err := host.Forge(repo)
			if err != nil {
				return err
			}
			pulls, err := f.List(cmd.Context())
			if err != nil {
				return fmt.Errorf("list pull requests: %w", err)
			}
			return printPulls(sys, v, pulls)
		},
	}
	must(cli.AddSettings(cmd, set))
	return cmd
}

func printPulls(sys cli.System, v *config.Values, pulls []forge.PullRequest) error {
	for _, p := range pulls {
		if p.State != forge.StateOpen && !v.Bool("all") {
			continue
		}
		if _, err := fmt.Fprintf(sys.Lines(), "%d\t%s\t%s -> %s\t%s\n", p.Number, p.State, p.Head, p.Base, p.Title); err != nil {
			return err
		}
		if v.Bool("body") {
			if _, err := fmt.Fprintf(sys.Lines(), "\n%s\n\n", p.Body); err != nil {
				return err
			}
		}
	}
	return nil
}
