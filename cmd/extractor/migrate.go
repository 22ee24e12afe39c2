package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"path"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"github.com/lockstep-apiops/lockstep/artifacts"
	"github.com/lockstep-apiops/lockstep/extractor"
	"github.com/lockstep-apiops/lockstep/gateway/all"
	"github.com/lockstep-apiops/lockstep/internal/cli"
	"github.com/lockstep-apiops/lockstep/internal/config"
	"github.com/lockstep-apiops/lockstep/internal/connect"
	"github.com/lockstep-apiops/lockstep/internal/git"
	"github.com/lockstep-apiops/lockstep/internal/propose"
	"github.com/lockstep-apiops/lockstep/internal/settings"
)

const migrateLong = `Bring a tree into another layout, such as from that of Azure/apiops V6 into that
of V7. No gateway is asked.

Files move as they are. What would not read the same afterwards is refused, and
then nothing is written. In a repository (--repo) the change is one commit on a
new branch, ready to be reviewed and merged; else the files of a folder move.

Both programs work with every layout: nobody needs this command to use them.`

const migrateExample = `  # files of a folder
  extractor migrate --to v7 --output apimartifacts

  # one commit on the branch lockstep/layout-v7
  extractor migrate --to v7 --repo ../apis.git --output apimartifacts`

// newMigrate is the command that brings a tree into another layout.
func newMigrate(sys cli.System) *cobra.Command {
	set := config.MustSet(settings.Migrate())
	cmd := &cobra.Command{
		Use: "migrate", Short: "bring a tree into another layout", Long: migrateLong, Example: migrateExample,
		RunE: func(cmd *cobra.Command, _ []string) error {
			v, err := set.Resolve(cmd.Flags(), sys.Environ)
			if err != nil {
				return err
			}
			if err := v.Require("to"); err != nil {
				return err
			}
			m := migrator{sys, v}
			switch {
			case v.IsSet("repo"):
				return m.repository(cmd.Context())
			case v.IsSet("base") || v.IsSet("branch"):
				return cli.Usagef("--base and --branch need --repo")
			case !v.IsSet("output"):
				return cli.Usagef("say which tree: --output FOLDER, or --repo REPOSITORY")
			}
			return m.folder()
		},
	}
	must(cli.AddSettings(cmd, set))
	return cmd
}

// A migrator brings one tree into another layout.
type migrator struct {
	sys cli.System
	v   *config.Values
}

// plan finds out what is to change in a tree.
func (m migrator) plan(tree fs.FS) (artifacts.Migration, error) {
	kinds, err := all.Kinds(m.v.String("gateway"))
	if err != nil {
		return artifacts.Migration{}, err
	}
	out, err := artifacts.Migrate(kinds, tree, m.v.String("to"))
	if err != nil {
		return out, fmt.Errorf("migrate to %s: %w", m.v.String("to"), err)
	}
	return out, nil
}

// folder changes the files of a folder.
func (m migrator) folder() (err error) {
	name := m.v.String("output")
	dir, err := artifacts.OpenDir(name)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, dir.Close()) }()
	plan, err := m.plan(dir)
	if err != nil {
		return err
	}
	if !plan.Empty() && !m.v.Bool("dry-run") {
		sink, err := extractor.NewFolderSink(name)
		if err != nil {
			return err
		}
		if err := errors.Join(apply(plan, sink.Put, sink.Remove), sink.Close()); err != nil {
			return fmt.Errorf("change files: %w", err)
		}
	}
	return m.tell(plan, name)
}

// apply makes the changes, new files first, so that nothing is ever in no file.
func apply(plan artifacts.Migration, put func(string, []byte) error, remove func(string) error) error {
	for _, p := range slices.Sorted(maps.Keys(plan.Write)) {
		if err := put(p, plan.Write[p]); err != nil {
			return err
		}
	}
	for _, p := range plan.Remove {
		if err := remove(p); err != nil {
			return err
		}
	}
	return nil
}

// repository makes a commit on a new branch.
func (m migrator) repository(ctx context.Context) (err error) {
	dir, err := connect.Folder(m.v, "output")
	if err != nil {
		return err
	}
	repo, err := connect.New(m.v, connect.Options{Env: m.sys.Getenv, UserAgent: userAgent()}).Repository(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, repo.Close()) }()
	if err := needBase(ctx, repo); err != nil {
		return err
	}
	base, tree, err := m.base(ctx, repo, dir)
	if err != nil {
		return err
	}
	plan, err := m.plan(tree)
	if err != nil {
		return err
	}
	branch := cmp.Or(m.v.String("branch"), "lockstep/layout-"+m.v.String("to"))
	if !plan.Empty() && !m.v.Bool("dry-run") {
		if err := m.commit(ctx, repo, base, dir, branch, plan); err != nil {
			return err
		}
	}
	if err := m.tell(plan, dir); err != nil || plan.Empty() || m.v.Bool("dry-run") {
		return err
	}
	_, err = fmt.Fprintf(m.sys.Lines(), "branch %s: one commit\n", branch)
	return err
}

// base returns the commit to start from, and the tree in a folder of it.
func (m migrator) base(ctx context.Context, repo *git.Repo, dir string) (git.Hash, fs.FS, error) {
	name := m.v.String("base")
	if name == "" {
		var err error
		if name, err = repo.DefaultBranch(ctx); err != nil {
			return git.Hash{}, nil, fmt.Errorf("read base branch: %w", err)
		}
	}
	base, err := repo.Resolve(ctx, name)
	if err != nil {
		return base, nil, fmt.Errorf("read base branch %s: %w", name, err)
	}
	tree, err := repo.Tree(ctx, base)
	if err == nil && dir != "." {
		tree, err = tree.Dir(dir)
	}
	if err != nil {
		return base, nil, fmt.Errorf("read folder %s of branch %s: %w", dir, name, err)
	}
	return base, tree, nil
}

// commit puts the changes on a branch that is not there yet.
func (m migrator) commit(ctx context.Context, repo *git.Repo, base git.Hash, dir, branch string, plan artifacts.Migration) error {
	stage, err := repo.Stage(ctx, base)
	if err != nil {
		return err
	}
	err = apply(plan,
		func(p string, text []byte) error { return stage.Add(path.Join(dir, p), text) },
		func(p string) error { return stage.Remove(path.Join(dir, p)) })
	if err != nil {
		return err
	}
	var people propose.Options
	if err := setPeople(&people, m.v); err != nil {
		return err
	}
	commit, err := stage.Commit(ctx, git.Meta{
		Author: people.Author, Committer: people.Committer, CoAuthors: people.CoAuthors, Signer: people.Signer, When: time.Now(),
		Message: fmt.Sprintf("Bring artifacts into layout %s\n\n%d resources lie elsewhere now. None says anything else.\n", m.v.String("to"), plan.Moved),
	})
	if err != nil {
		return err
	}
	err = repo.Push(ctx, "refs/heads/"+branch, commit, git.Hash{})
	if errors.Is(err, git.ErrStale) {
		return fmt.Errorf("branch %s is there already: delete it, or name another with --branch: %w", branch, err)
	}
	return err
}

// tell says what changed, and what did not.
func (m migrator) tell(plan artifacts.Migration, name string) error {
	to := m.v.String("to")
	for _, p := range plan.Left {
		if _, err := fmt.Fprintf(m.sys.Lines(), "left alone: %v\n", p); err != nil {
			return err
		}
	}
	if plan.Empty() {
		_, err := fmt.Fprintf(m.sys.Lines(), "nothing to do: %s has layout %s\n", name, to)
		return err
	}
	_, err := fmt.Fprintf(m.sys.Lines(), "layout %s: %d resources moved, %d files written, %d removed\n",
		to, plan.Moved, len(plan.Write), len(plan.Remove))
	return err
}
