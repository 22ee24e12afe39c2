package main

import (
	"fmt"
	"os"

	"github.com/lockstep-apiops/lockstep/internal/cli"
	"github.com/lockstep-apiops/lockstep/internal/report"
	"github.com/lockstep-apiops/lockstep/publisher"
	"github.com/lockstep-apiops/lockstep/publisher/plan"
)

// planOnly makes a plan, shows and perhaps saves it.
func planOnly(r *run, _ []string) error {
	p, err := publisher.MakePlan(r.ctx, r.opts)
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
func planAndApply(r *run, _ []string) error {
	p, err := publisher.MakePlan(r.ctx, r.opts)
	if err != nil {
		return err
	}
	return r.apply(p)
}

// applyFile carries out a plan that was saved.
func applyFile(r *run, name string) error {
	text, err := os.ReadFile(name)
	if err != nil {
		return fmt.Errorf("read plan: %w", err)
	}
	p, err := plan.Load(text)
	if err != nil {
		return fmt.Errorf("read plan %s: %w", name, err)
	}
	return r.apply(p)
}

func (r *run) apply(p *plan.Plan) error {
	if r.v.String("format") != "json" || r.v.Bool("dry-run") { // of two documents, the result counts
		if err := r.showPlan(p); err != nil {
			return err
		}
	}
	if r.v.Bool("dry-run") {
		return p.Err()
	}
	result, err := publisher.Apply(r.ctx, p, r.opts)
	if err != nil {
		return err
	}
	if err := r.showResult(result); err != nil {
		return err
	}
	if err := result.Err(); err != nil {
		return err
	}
	return r.ctx.Err()
}

func (r *run) showPlan(p *plan.Plan) error {
	return report.Plan(r.sys.Stdout, r.v.String("format"), p, report.Options{Color: r.sys.Color(), Requests: r.requests()})
}

func (r *run) showResult(res *plan.Result) error {
	return report.Result(r.sys.Stdout, r.v.String("format"), res, report.Options{Color: r.sys.Color(), Requests: r.requests()})
}

func (r *run) requests() int {
	n := 0
	for _, count := range r.opened.Stats().Requests {
		n += count
	}
	return n
}
