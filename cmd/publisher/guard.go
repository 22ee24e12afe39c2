package main

import (
	"context"
	"errors"
	"fmt"
	"os"

	"github.com/lockstep-apiops/lockstep/forge"
	"github.com/lockstep-apiops/lockstep/internal/cli"
	"github.com/lockstep-apiops/lockstep/internal/connect"
	"github.com/lockstep-apiops/lockstep/internal/git"
	"github.com/lockstep-apiops/lockstep/internal/guard"
	"github.com/lockstep-apiops/lockstep/publisher/plan"
)

// rules returns what must hold of the commit, as the settings have it.
func (r *run) rules() guard.Rules {
	return guard.Rules{
		Approvals: r.v.Int("require-approvals"), Protected: r.v.Bool("require-protected-branch"), Signed: r.v.Bool("require-signed-commits"),
	}
}

// guarded reports whether the run asks anything of the commit.
func (r *run) guarded() bool { return r.rules() != guard.Rules{} || r.keepsLedger() }

// guard finds out whether the commit may be published. What keeps it from that
// becomes a problem of the plan, so that every form of it says so and none is
// carried out.
func (r *run) guard(ctx context.Context, p *plan.Plan) error {
	if !r.guarded() {
		return nil
	}
	e, err := r.evidence(ctx)
	if err != nil {
		return fmt.Errorf("look at commit %.12s: %w", r.commit, err)
	}
	r.findings = r.rules().Judge(e)
	if r.ledger != nil {
		if r.history, err = r.ledger.follows(ctx, r.commit, r.v.Bool("allow-rewrite"), r.trial()); err != nil {
			return fmt.Errorf("look at commit %.12s: %w", r.commit, err)
		}
		r.findings = append(r.findings, r.history.Judge())
	}
	for _, f := range r.findings {
		if f.Verdict == guard.Refused {
			p.Problems = append(p.Problems, plan.Problem{Severity: plan.Error, Text: "refused: " + f.String()})
		}
	}
	return nil
}

// trial reports whether the run only shows what a pull request would do. Then
// what the merge alone can bring is not asked for yet.
func (r *run) trial() bool {
	pull := r.job.Pull > 0 || r.dry && r.v.Int("pull") > 0
	return pull && (r.dry || r.v.Bool("dry-run"))
}

// evidence asks git and the forge.
func (r *run) evidence(ctx context.Context) (guard.Evidence, error) {
	rules := r.rules()
	e := guard.Evidence{Commit: r.commit.String(), Trial: r.trial(), Keys: r.v.IsSet("keyring") || r.v.IsSet("allowed-signers")}
	if rules == (guard.Rules{}) {
		return e, nil
	}
	inspector, err := r.inspector(ctx, &e)
	if err != nil {
		return e, err
	}
	if inspector != nil {
		in, err := inspector.Inspect(ctx, e.Commit, e.Branch)
		if err != nil {
			return e, err
		}
		e.Inspection = &in
	}
	if rules.Signed {
		e.Commits, err = r.signatures(ctx, e, inspector)
	}
	return e, err
}

// inspector returns the forge that can tell, or nil, and names it. Only keys
// can do without one.
func (r *run) inspector(ctx context.Context, e *guard.Evidence) (forge.Inspector, error) {
	if rules := r.rules(); e.Keys && rules.Approvals == 0 && !rules.Protected {
		return nil, nil
	}
	f, err := r.openForge(ctx)
	if err != nil {
		return nil, err
	}
	e.Forge = r.forgeKind()
	inspector, ok := f.(forge.Inspector)
	if !ok {
		return nil, nil
	}
	if e.Branch = r.v.String("base"); e.Branch == "" {
		repo, err := r.server(ctx)
		if err != nil {
			return nil, err
		}
		if e.Branch, err = repo.DefaultBranch(ctx); err != nil {
			return nil, fmt.Errorf("%w with --base", err)
		}
	}
	return inspector, nil
}

// signatures looks at the commits that are published. A merge that a CI system
// made of a pull request on trial is nobody's.
func (r *run) signatures(ctx context.Context, e guard.Evidence, inspector forge.Inspector) ([]guard.Commit, error) {
	commits, err := r.published(ctx)
	if err != nil {
		return nil, err
	}
	keys, err := r.keyring()
	if err != nil {
		return nil, err
	}
	const most = 100 // to ask a forge about, at several calls each
	if !e.Keys && len(commits) > most {
		return nil, fmt.Errorf("%d commits are too many to ask the forge about: name the keys that count with --keyring or --allowed-signers", len(commits))
	}
	var list []guard.Commit
	for _, c := range commits {
		if e.Trial && c.Hash == r.commit && len(c.Parents) > 1 {
			continue
		}
		switch {
		case e.Keys:
			s, err := r.deep.Verify(ctx, c.Hash, keys)
			if err != nil {
				return nil, err
			}
			list = append(list, guard.Commit{Hash: c.Hash.String(), Signed: answer(s.Valid), Reason: s.Reason})
		case inspector != nil:
			in, err := inspector.Inspect(ctx, c.Hash.String(), e.Branch)
			if err != nil {
				return nil, err
			}
			list = append(list, guard.Commit{Hash: c.Hash.String(), Signed: in.Verified, Reason: in.Reason})
		}
	}
	return list, nil
}

func answer(yes bool) forge.Answer {
	if yes {
		return forge.Yes
	}
	return forge.No
}

// published returns the commits that reach the gateway by this run, as far as
// it knows what was there before; the one that is published at least.
func (r *run) published(ctx context.Context) ([]git.CommitInfo, error) {
	r.deep = r.repo
	c, err := r.repo.Commit(ctx, r.commit)
	if err != nil {
		return nil, err
	}
	since := r.opts.Since
	if since == "" && r.ledger != nil && !r.ledger.last.Commit.IsZero() {
		since = r.ledger.last.Commit.String()
	}
	if since == "" {
		return []git.CommitInfo{c}, nil
	}
	list, err := r.between(ctx, since)
	if errors.Is(err, git.ErrNotFound) {
		if r.deep, err = r.server(ctx); err == nil {
			list, err = r.between(ctx, since) // a clone may be too shallow
		}
	}
	if err == nil && len(list) == 0 {
		list = []git.CommitInfo{c}
	}
	return list, err
}

// between returns the commits since another.
func (r *run) between(ctx context.Context, since string) ([]git.CommitInfo, error) {
	base, err := r.resolve(ctx, r.deep, since)
	if err != nil {
		return nil, err
	}
	return r.deep.Since(ctx, base, r.commit)
}

// keyring reads the keys that count.
func (r *run) keyring() (*git.Keyring, error) {
	var files [2][]byte
	for i, name := range []string{"keyring", "allowed-signers"} {
		if !r.v.IsSet(name) {
			continue
		}
		var err error
		if files[i], err = os.ReadFile(r.v.String(name)); err != nil {
			return nil, fmt.Errorf("read --%s: %w", name, err)
		}
	}
	return git.NewKeyring(files[0], files[1])
}

// openForge opens the forge of the repository.
func (r *run) openForge(ctx context.Context) (forge.Forge, error) {
	if r.forge != nil {
		return r.forge, nil
	}
	var repo *git.Repo
	if r.place.repo != "" {
		var err error
		if repo, err = r.server(ctx); err != nil {
			return nil, err
		}
	} else if r.forgeKind() == "local" {
		return nil, cli.Usagef("say in which repository the pull request is: --repo REPOSITORY, or --forge, --forge-url and --forge-repo")
	}
	f, err := r.forgeHost().Forge(repo)
	r.forge = f
	return f, err
}

func (r *run) forgeHost() *connect.Host { return r.host(connect.Options{Repo: r.origin()}) }

func (r *run) forgeKind() string { return r.forgeHost().Kind() }

// sayFindings prints what was asked of the commit and does not stand in its way.
// What does is a problem of the plan.
func (r *run) sayFindings() error {
	for _, f := range r.findings {
		if f.Verdict == guard.Refused {
			continue
		}
		if err := r.say("%s: %s\n", f.Verdict, f); err != nil {
			return err
		}
	}
	return nil
}
