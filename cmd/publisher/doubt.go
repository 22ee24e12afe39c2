package main

import (
	"fmt"
	"slices"
	"strings"

	"github.com/lockstep-apiops/lockstep/artifacts"
	"github.com/lockstep-apiops/lockstep/internal/cli"
	"github.com/lockstep-apiops/lockstep/publisher/plan"
)

// problem says what of the tree is not used, and remembers what somebody may
// have meant to be.
func (r *run) problem(p artifacts.Problem) {
	if slices.Contains(r.told, p) {
		return // by another reading of the tree
	}
	r.told = append(r.told, p)
	if p.Level == artifacts.Info {
		r.log.Info("not used", "path", p.Path, "why", p.Text)
		return
	}
	r.log.Warn("not used", "path", p.Path, "why", p.Text)
	if p.Level == artifacts.Settled {
		return
	}
	r.doubts = append(r.doubts, p.String())
}

// sure refuses a plan that deletes while the tree holds files that were not
// read: what they describe looks deleted, and is not.
func (r *run) sure(p *plan.Plan) error {
	if p.Deletes() == 0 || len(r.doubts) == 0 || r.v.Bool("lenient") {
		return nil
	}
	return &cli.Error{Code: cli.ExitFailed, Err: fmt.Errorf(
		"plan deletes: the tree holds what cannot be read, so something may only look deleted: %s; mend it, or go on with --lenient",
		strings.Join(r.doubts, "; "))}
}
