package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/spf13/cobra"

	"github.com/lockstep-apiops/lockstep/gateway/all"
	"github.com/lockstep-apiops/lockstep/internal/cli"
	"github.com/lockstep-apiops/lockstep/internal/config"
	"github.com/lockstep-apiops/lockstep/internal/pipelines"
)

const initLong = `Write the files that run extractor and publisher in a CI system or in Kubernetes:
extract on a schedule and by hand, validate and plan on every pull request, publish
what is merged to one environment after the other. With them come a sample
configuration and a CODEOWNERS. All fit the product that --gateway names: how jobs
sign in, where they run, and which there are.

Nothing is written if a file is there already that says something else, unless
--force allows to replace it. Afterwards is printed what is left to do by hand.`

const initExample = `  # a repository on GitHub, with two environments
  extractor init --forge github

  # three environments, published one after the other
  extractor init --forge gitlab --environment dev,test,prod --dir ../apis

  # API AutoFlow, promoted from one to the next
  extractor init --forge github --gateway autoflow --environment development,staging,production`

// newInit is the command that sets up a repository.
func newInit(sys cli.System) *cobra.Command {
	set := config.MustSet(initSettings())
	cmd := &cobra.Command{
		Use: "init", Short: "set up a repository: pipelines, configuration", Long: initLong, Example: initExample,
		RunE: func(cmd *cobra.Command, _ []string) error {
			v, err := set.Resolve(cmd.Flags(), sys.Environ)
			if err != nil {
				return err
			}
			if err := v.Require("forge"); err != nil {
				return err
			}
			return initialize(cmd.Context(), sys, v)
		},
	}
	must(cli.AddSettings(cmd, set))
	return cmd
}

// initSettings are the settings of the command.
func initSettings() []config.Setting {
	return []config.Setting{
		{Name: "forge", Choices: pipelines.Forges(), Usage: "where the pipelines run"},
		{Name: "gateway", Default: "apim", Choices: all.Names(), Usage: "product of the gateways"},
		{Name: "environment", Type: config.List, Default: "dev,prod", Usage: "environments, in the order in which to publish"},
		{Name: "dir", Default: ".", Usage: "folder of the repository"},
		{Name: "force", Type: config.Bool, Usage: "replace files that are there and say something else"},
	}
}

// initialize writes the files, or says which stand in the way.
func initialize(ctx context.Context, sys cli.System, v *config.Values) (err error) {
	o := pipelines.Options{Forge: v.String("forge"), Gateway: v.String("gateway"), Environments: v.List("environment"), Version: released()}
	files, err := pipelines.Render(o)
	if err != nil {
		return &cli.Error{Code: cli.ExitUsage, Err: err}
	}
	root, err := os.OpenRoot(v.String("dir"))
	if err != nil {
		return fmt.Errorf("open repository: %w", err)
	}
	defer func() { err = errors.Join(err, root.Close()) }()
	missing, err := compare(root, files, v.Bool("force"))
	if err != nil {
		return err
	}
	for _, f := range missing {
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := writeFile(root, f); err != nil {
			return fmt.Errorf("write file: %w", err)
		}
		fmt.Fprintf(sys.Stdout, "  + %s\n", f.Path)
	}
	fmt.Fprintf(sys.Stdout, "%d files written, %d there already\n", len(missing), len(files)-len(missing))
	return printNext(sys, o)
}

// compare returns the files that are to be written. One that says something else is an error without force.
func compare(root *os.Root, files []pipelines.File, force bool) ([]pipelines.File, error) {
	var missing []pipelines.File
	var others []string
	for _, f := range files {
		content, err := root.ReadFile(filepath.FromSlash(f.Path))
		switch {
		case err == nil && bytes.Equal(content, f.Content):
			continue
		case err == nil && !force:
			others = append(others, f.Path)
		case err != nil && !errors.Is(err, fs.ErrNotExist):
			return nil, fmt.Errorf("read file: %w", err)
		}
		missing = append(missing, f)
	}
	if len(others) > 0 {
		return nil, fmt.Errorf("write files: there are some already that say something else, and nothing was written:\n  %s\n"+
			"  move them away, or replace them with --force", strings.Join(others, "\n  "))
	}
	return missing, nil
}

// writeFile writes one file and the folders it is in.
func writeFile(root *os.Root, f pipelines.File) error {
	mode := fs.FileMode(0o644)
	if f.Program {
		mode = 0o755
	}
	if err := root.MkdirAll(filepath.FromSlash(path.Dir(f.Path)), 0o755); err != nil {
		return err
	}
	return root.WriteFile(filepath.FromSlash(f.Path), f.Content, mode)
}

// printNext says what is left to do.
func printNext(sys cli.System, o pipelines.Options) error {
	steps, err := pipelines.Next(o)
	if err != nil {
		return err
	}
	fmt.Fprint(sys.Stdout, "\nWhat to do next (docs/pipelines.md tells more):\n")
	if o.Version == "" {
		steps = append([]string{"Choose the release to install: this program was built from source and is none."}, steps...)
	}
	for i, step := range steps {
		fmt.Fprintf(sys.Stdout, "  %d. %s\n", i+1, step)
	}
	return nil
}

// releases are versions that can be installed.
var releases = regexp.MustCompile(`^v(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)(-(alpha|beta|rc)[.\d]*)?$`)

// released returns the version of this program if it is a release.
func released() string {
	if v := cli.ThisBuild().Version; releases.MatchString(v) {
		return v
	}
	return ""
}
