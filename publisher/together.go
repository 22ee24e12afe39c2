package publisher

import (
	"context"
	"errors"
	"fmt"

	"github.com/lockstep-apiops/lockstep/gateway"
	"github.com/lockstep-apiops/lockstep/publisher/plan"
)

// runTogether is run for a gateway whose writes can take effect together: all
// that was asked for is done, or nothing is. Nobody is told of an action before
// it has taken effect. An error means that nothing was begun.
func (a *applier) runTogether(ctx context.Context, g gateway.Transactor) error {
	if len(a.actions) == 0 {
		return nil
	}
	tx, err := g.Begin(ctx)
	if err != nil {
		return fmt.Errorf("begin to write: %w", err)
	}
	told := a.reporter
	a.gateway, a.reporter = tx, silent{}
	a.run(ctx)
	a.reporter = told
	if i := a.undone(); i >= 0 || ctx.Err() != nil {
		a.giveUp(i, a.coverAll(tx.Rollback()))
	} else if err := tx.Commit(ctx); err != nil {
		a.fail(a.coverAll(err))
	}
	for i := range a.outcomes {
		a.reporter.Start(a.outcomes[i].Action)
		a.reporter.Done(a.outcomes[i])
	}
	return nil
}

// undone returns the index of the first action that went wrong by itself, -1:
// none.
func (a *applier) undone() int {
	for i := range a.outcomes {
		if s := a.outcomes[i].Status; s == plan.Failed || s == plan.Conflicted {
			return i
		}
	}
	return -1
}

// giveUp says of what was done that it was not, because of the action of an
// index or, if there is none, because the run was told to end. That the writes
// could not be forgotten is told with that action, or with the first.
func (a *applier) giveUp(culprit int, err error) {
	if culprit < 0 && err != nil && len(a.outcomes) > 0 {
		culprit, a.outcomes[0].Status, a.outcomes[0].Note = 0, plan.Failed, ""
	}
	for i := range a.outcomes {
		o := &a.outcomes[i]
		switch {
		case i == culprit:
			o.Err = errors.Join(o.Err, err)
		case o.Status == plan.Done && culprit >= 0:
			o.Status, o.By, o.Note = plan.Blocked, a.outcomes[culprit].Action, ""
		case o.Status == plan.Done:
			o.Status, o.Note = plan.NotStarted, ""
		}
	}
}

// fail says of what was done that it came to nothing. The first action carries
// the reason, and the others name it.
func (a *applier) fail(err error) {
	for i := range a.outcomes {
		if o := &a.outcomes[i]; o.Status == plan.Done {
			o.Status, o.Err, o.Note = plan.Failed, fmt.Errorf("write all changes: %w", err), ""
			if errors.Is(err, gateway.ErrStale) {
				o.Status = plan.Conflicted
			}
			a.giveUp(i, nil)
			return
		}
	}
}
