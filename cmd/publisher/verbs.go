package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"

	"github.com/lockstep-apiops/lockstep/internal/cli"
	"github.com/lockstep-apiops/lockstep/internal/report"
	"github.com/lockstep-apiops/lockstep/publisher"
	"github.com/lockstep-apiops/lockstep/publisher/plan"
)

// planOnly makes a plan, shows and perhaps saves it.
func planOnly(ctx context.Context, r *run, _ []string) error {
	p, err := r.plan(ctx)
	if err != nil {
		return err
	}
	if err := r.showPlan(p); err != nil {
		return err
	}
	if err := r.save(p); err != nil {
		return err
	}
	if err := p.Err(); err != nil {
		return err
	}
	if pending(p) && r.v.Bool("exit-code") {
		return &cli.Error{Code: cli.ExitPending}
	}
	return nil
}

// plan opens the source and makes a plan.
func (r *run) plan(ctx context.Context) (*plan.Plan, error) {
	if err := r.open(ctx, ""); err != nil {
		return nil, err
	}
	if r.v.String("since") == sinceLast && r.opts.Since == "" {
		if err := r.say("nothing was recorded yet: all is compared, and nothing is deleted\n"); err != nil {
			return nil, err
		}
	}
	if r.opened.Gateway.Describe().WriteOnly {
		if err := r.say("this gateway cannot be read: it is compared with what was put last, and what others changed since is not seen\n"); err != nil {
			return nil, err
		}
	}
	p, err := publisher.MakePlan(ctx, r.opts)
	if err != nil {
		return nil, err
	}
	if err := r.sayVariants(); err != nil {
		return nil, err
	}
	r.locate(p)
	if err := r.guard(ctx, p); err != nil {
		return nil, err
	}
	r.made = p
	return p, r.sure(p)
}

// pending reports whether the gateway is not what git says.
func pending(p *plan.Plan) bool { return !p.Empty() || len(p.Conflicts) > 0 }

// save writes the plan to the file that was named.
func (r *run) save(p *plan.Plan) error {
	if !r.v.IsSet("out") {
		return nil
	}
	text, err := p.JSON()
	if err != nil {
		return fmt.Errorf("save plan: %w", err)
	}
	if err := os.WriteFile(r.v.String("out"), text, 0o644); err != nil {
		return fmt.Errorf("save plan: %w", err)
	}
	return nil
}

// planAndApply makes a plan, shows it, and carries it out.
func planAndApply(ctx context.Context, r *run, _ []string) error {
	p, err := r.plan(ctx)
	if err != nil {
		return err
	}
	return r.apply(ctx, p)
}

// applyFile carries out a plan that was saved.
func applyFile(ctx context.Context, r *run, name string) error {
	text, err := os.ReadFile(name)
	if err != nil {
		return fmt.Errorf("read plan: %w", err)
	}
	p, err := plan.Load(text)
	if err != nil {
		return fmt.Errorf("read plan %s: %w", name, err)
	}
	if err := r.open(ctx, p.Source.Commit); err != nil {
		return err
	}
	if err := r.guard(ctx, p); err != nil {
		return err
	}
	return r.apply(ctx, p)
}

func (r *run) apply(ctx context.Context, p *plan.Plan) error {
	r.made = chosen(p, r.opts.Stages)
	if err := r.preview(p); err != nil {
		return err
	}
	if r.v.Bool("dry-run") {
		return p.Err()
	}
	if r.v.String("format") == "text" {
		part := chosen(p, r.opts.Stages)
		r.opts.Reporter = &progress{w: r.sys.Lines(), terminal: r.sys.Terminal(), total: len(part.Actions) + len(part.Conflicts)}
	}
	result, err := publisher.Apply(ctx, p, r.opts)
	if err != nil {
		return hint(err)
	}
	r.result = result
	if err := r.showResult(result); err != nil {
		return err
	}
	if err := errors.Join(result.Err(), ctx.Err()); err != nil {
		return err
	}
	return r.record(ctx, p)
}

// preview shows what will be done: of a plan, the stages that were asked for.
func (r *run) preview(p *plan.Plan) error {
	if report.IsDocument(r.v.String("format")) {
		if r.v.Bool("dry-run") {
			return r.showPlan(p)
		}
		return nil // of two documents, the result counts
	}
	part := chosen(p, r.opts.Stages)
	if part.Empty() && !p.Empty() {
		return nil // the result says how much is left to other stages
	}
	return r.showPlan(part)
}

// chosen returns what of a plan is for the given stages, to be shown. That all
// is left alone which was not asked for, the whole plan has said before.
func chosen(p *plan.Plan, stages []plan.Stage) *plan.Plan {
	if stages == nil {
		return p
	}
	part := *p
	other := func(a plan.Action) bool { return !slices.Contains(stages, a.Stage) }
	part.Actions = slices.DeleteFunc(slices.Clone(p.Actions), other)
	part.Conflicts = slices.DeleteFunc(slices.Clone(p.Conflicts), func(c plan.Conflict) bool { return other(c.Action) })
	part.Extra = nil
	for i := range part.Actions {
		part.Actions[i].Depends = nil // which counts the actions of the whole
	}
	return &part
}

// hint adds to an error which flag is about it.
func hint(err error) error {
	if _, ok := errors.AsType[*plan.UnsafeError](err); ok {
		return fmt.Errorf("%w with --max-deletes", err)
	}
	return err
}

func (r *run) showPlan(p *plan.Plan) error {
	if err := report.Plan(r.sys.Stdout, r.v.String("format"), p, r.options()); err != nil {
		return err
	}
	return r.sayFindings()
}

func (r *run) showResult(res *plan.Result) error {
	return report.Result(r.sys.Stdout, r.v.String("format"), res, r.options())
}

func (r *run) requests() int {
	n := 0
	for _, count := range r.opened.Stats().Requests {
		n += count
	}
	return n
}
