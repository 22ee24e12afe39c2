package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/lockstep-apiops/lockstep/artifacts"
	"github.com/lockstep-apiops/lockstep/gateway/all"
	"github.com/lockstep-apiops/lockstep/internal/cli"
	"github.com/lockstep-apiops/lockstep/internal/report"
	"github.com/lockstep-apiops/lockstep/internal/settings"
	"github.com/lockstep-apiops/lockstep/internal/validate"
	"github.com/lockstep-apiops/lockstep/publisher/overlay"
	"github.com/lockstep-apiops/lockstep/publisher/plan"
)

const validateLong = `Judge a tree before anything is sent.

The tree, as --config changes it for an environment, is looked through for files
that cannot be read, payloads that the vendor's schema forbids, references to
what the tree does not hold, things claimed twice, policies that are not well
formed, and secrets, tokens and placeholders in clear text. All is told at once,
with file and line. --lint runs a linter on the definitions of APIs.

Neither a gateway nor credentials are needed, and none is asked. What only the
gateway knows is not found: publisher rehearse finds more, publisher plan all.
Ends with 1 if something is wrong, with --strict also for warnings.`

const validateExample = `  # judge a folder
  publisher validate --input apimartifacts

  # as it is in production, for a forge that shows findings in the changed files
  publisher validate --input apimartifacts --config configuration.prod.yaml --report sarif=validate.sarif

  # with a linter
  publisher validate --input apimartifacts --lint 'spectral lint --format text'`

// newValidate makes the command that judges a tree.
func newValidate(sys cli.System) *cobra.Command {
	set := with(settings.Validate())
	cmd := &cobra.Command{Use: "validate", Short: "judge a tree, without a gateway", Long: validateLong, Example: validateExample}
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		o := overlay.Options{Env: tokens(sys.Environ), Open: true}
		r, err := newRunOn(sys, cmd, set, o, func(r *run) (*all.Opened, error) {
			r.notes = true
			return all.Offline(r.v.String("gateway"))
		})
		if err != nil {
			return err
		}
		return r.close(r.validate(cmd.Context()))
	}
	if err := cli.AddSettings(cmd, set); err != nil {
		panic(err) // a fault in the table of settings
	}
	return cmd
}

// validate judges the tree, shows what it found, and returns how that ends.
func (r *run) validate(ctx context.Context) error {
	d := r.opened.Gateway.Describe()
	checks, err := all.Checks(d.Product)
	if err != nil {
		return err
	}
	linter, err := r.linter()
	if err != nil {
		return err
	}
	tree, err := r.look(ctx)
	if err != nil {
		return err
	}
	o := validate.Options{
		Kinds: d.Kinds, Checks: checks, Tree: tree, Skip: r.skip, Lenient: r.v.Bool("lenient"), Lint: linter,
	}
	if !r.over.Overlay.Empty() {
		o.Overrides = r.over.Overlay
	}
	found, err := validate.Run(ctx, o)
	if err != nil {
		return fmt.Errorf("validate: %w", err)
	}
	for _, p := range r.over.Overlay.Unmatched(found.Keys) {
		r.note(p)
	}
	return r.conclusion(r.validated(found))
}

// validated returns what was found as reports show it.
func (r *run) validated(found *validate.Report) *report.Check {
	c := &report.Check{Name: "validate", Checked: found.Keys}
	for _, rule := range validate.Rules() {
		c.Rules = append(c.Rules, report.Rule{ID: rule.ID, Title: rule.Title, Help: rule.Help})
	}
	kinds := r.opened.Gateway.Describe().Kinds
	variants := map[string]string{} // of texts, those that count in the environment
	for _, file := range r.texts {
		if text, _, ok := artifacts.Variant(kinds, file); ok {
			variants[text] = file
		}
	}
	for _, f := range found.Findings {
		file := cmp.Or(variants[f.File], f.File)
		if file != "" {
			file = path.Join(r.root(), file)
		}
		c.Findings = append(c.Findings, report.Finding{
			Rule: f.Rule, Severity: plan.Severity(f.Severity), Key: f.Key, File: file, Line: f.Line, Text: f.Text,
		})
	}
	for _, p := range r.noted {
		c.Findings = append(c.Findings, report.Finding{
			Rule: validate.Override, Severity: plan.Warning, File: filepath.ToSlash(p.File), Line: p.Line, Text: p.Text,
		})
	}
	return c
}

// look returns the files of the tree, as the environment has them.
func (r *run) look(ctx context.Context) (fs.FS, error) {
	kinds := r.opened.Gateway.Describe().Kinds
	if r.place.repo == "" {
		if info, err := os.Stat(r.place.dir); err != nil || !info.IsDir() {
			return nil, fmt.Errorf("read folder %s: %w", r.place.dir, cmp.Or(err, errors.New("it is no folder")))
		}
		dir, err := artifacts.OpenDir(r.place.dir)
		if err != nil {
			return nil, err
		}
		return artifacts.In(kinds, dir, r.environment(), r.variant), nil
	}
	repo, err := r.repository(ctx)
	if err != nil {
		return nil, err
	}
	revision := r.revision("")
	hash, err := repo.Resolve(ctx, revision)
	if err != nil {
		return nil, fmt.Errorf("read commit %s: %w", revision, err)
	}
	tree, err := repo.Tree(ctx, hash)
	if err == nil && r.place.dir != "." {
		tree, err = tree.Dir(r.place.dir)
	}
	if err != nil {
		return nil, fmt.Errorf("read folder %s of commit %s: %w", r.place.dir, hash, err)
	}
	return artifacts.In(kinds, tree, r.environment(), r.variant), nil
}

// linter returns the linter that the settings name, or nil.
func (r *run) linter() (*validate.Lint, error) {
	if !r.v.IsSet("lint") {
		return nil, nil
	}
	command, err := validate.SplitCommand(r.v.String("lint"))
	if err != nil {
		return nil, cli.Usagef("--lint: %w", err)
	}
	l := &validate.Lint{Command: command, Timeout: r.v.Duration("lint-timeout"), Env: r.sys.Environ}
	if r.place.repo == "" {
		l.Folder = r.place.dir
	}
	return l, nil
}
