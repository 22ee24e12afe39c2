package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"

	"github.com/lockstep-apiops/lockstep/extractor"
	"github.com/lockstep-apiops/lockstep/forge"
	"github.com/lockstep-apiops/lockstep/internal/cli"
	"github.com/lockstep-apiops/lockstep/internal/connect"
	"github.com/lockstep-apiops/lockstep/internal/git"
	"github.com/lockstep-apiops/lockstep/internal/guard"
	"github.com/lockstep-apiops/lockstep/internal/propose"
)

// toRepository extracts into a commit, a branch and a pull request.
func (r *run) toRepository(ctx context.Context) (err error) {
	host := connect.New(r.v, connect.Options{Env: r.sys.Getenv, Log: r.log, UserAgent: userAgent()})
	repo, err := host.Repository(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, repo.Close()) }()
	o, err := r.proposal(host, repo)
	if err != nil {
		return err
	}
	if err := needBase(ctx, repo); err != nil {
		return err
	}
	out, err := propose.Run(ctx, o)
	if err != nil {
		return err
	}
	if err := r.print(out.Result); err != nil {
		return err
	}
	if err := r.say(out); err != nil {
		return err
	}
	return r.finish(!out.Empty())
}

func (r *run) proposal(host *connect.Host, repo *git.Repo) (propose.Options, error) {
	d := r.opened.Gateway.Describe()
	job, _ := forge.DetectRun(r.sys.Getenv)
	scope := r.v.String("scope")
	o := propose.Options{
		Repo: repo, Base: r.v.String("base"), Branch: cmp.Or(r.v.String("branch"), branchOf(d.Instance, scope)),
		Title: r.v.String("title"), Labels: r.v.List("label"), Draft: r.v.Bool("draft"), DryRun: r.v.Bool("dry-run"),
		Reviewers: r.v.List("reviewer"), TeamReviewers: r.v.List("team-reviewer"), Assignees: r.v.List("assignee"),
		AutoMerge: forge.MergeMethod(r.v.String("auto-merge")), Status: r.v.Bool("status"), Run: job.URL,
		Extract: r.opts, Meta: extractor.Meta{Product: d.Product, Instance: d.Instance, Scope: scope}, Log: r.log,
	}
	dir, err := connect.Folder(r.v, "output")
	if err != nil {
		return o, err
	}
	o.Dir = dir
	if o.Part, err = r.filters.digest(); err != nil {
		return o, err
	}
	if err := setPeople(&o, r.v); err != nil {
		return o, err
	}
	return o, r.setForge(&o, host)
}

// branchOf names the branch of a part of a gateway. The scope is no folder of
// its own: git has no branch below another.
func branchOf(instance, scope string) string {
	name := "lockstep/" + guard.RefName(instance)
	if scope != "" {
		name += "." + scope
	}
	return name
}

// setForge opens the forge, if there is something for it to do.
func (r *run) setForge(o *propose.Options, host *connect.Host) error {
	commits := r.v.String("commit-by") == byAPI
	if !commits && !r.v.Bool("pull-request") {
		return nil
	}
	if err := checkCheckout(r.v); err != nil {
		return err
	}
	f, err := host.Forge(o.Repo)
	if err != nil {
		return err
	}
	if r.v.Bool("pull-request") {
		o.Forge = f
	}
	if !commits {
		return nil
	}
	if o.Writer, err = propose.NewForgeWriter(o.Repo, f, r.log); err != nil {
		return &cli.Error{Code: cli.ExitUsage, Err: err}
	}
	return nil
}

// needBase says what to do about a repository that nothing can be merged into
// yet.
func needBase(ctx context.Context, repo *git.Repo) error {
	branches, err := repo.Branches(ctx)
	if err != nil {
		return fmt.Errorf("read branches: %w", err)
	}
	if len(branches) == 0 {
		return errors.New("read base branch: the repository has no commit yet, so there is nothing to open a pull request against:\n" +
			"  push a first commit, such as one with a README, and run again")
	}
	return nil
}
