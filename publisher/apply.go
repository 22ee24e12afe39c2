package publisher

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"

	"github.com/lockstep-apiops/lockstep/gateway"
	"github.com/lockstep-apiops/lockstep/publisher/plan"
)

// Apply carries out a plan, or the stages of it that were asked for. It
// refuses, before the first write, a plan with errors, one that deletes more
// than the limits allow, one for another gateway, and a loaded one that the
// source no longer agrees with.
//
// Stages run one after another, the actions of one at once as far as their
// order allows. An action that fails blocks what depends on it and nothing
// else, unless the gateway can do all or nothing: then it does. When ctx ends no
// further call is made. What became of each action is in the result; see
// [plan.Result.Err].
func Apply(ctx context.Context, p *plan.Plan, o Options) (*plan.Result, error) {
	o = o.withDefaults()
	if err := p.Err(); err != nil {
		return nil, err
	}
	if err := p.Check(o.Limits); err != nil {
		return nil, err
	}
	if err := o.checkTarget(p); err != nil {
		return nil, err
	}
	kinds := o.Gateway.Describe().Kinds
	actions, err := bind(ctx, p, kinds, o.Source)
	if err != nil {
		return nil, err
	}
	a := newApplier(o, kinds, actions)
	a.loaded = p.Loaded
	if g, ok := o.Gateway.(gateway.Transactor); ok {
		if err := a.runTogether(ctx, g); err != nil {
			return nil, err
		}
	} else {
		a.run(ctx)
	}
	return &plan.Result{Outcomes: append(a.outcomes, a.conflicts(p)...)}, nil
}

// An applier carries out one plan. All but do runs in one goroutine.
type applier struct {
	gateway  gateway.Gateway
	kinds    *gateway.Kinds
	log      *slog.Logger
	reporter Reporter
	workers  int
	stages   []plan.Stage
	loaded   bool

	actions  []plan.Action
	outcomes []plan.Outcome // of the same index; no status: not yet
	waits    []int          // how many actions each waits for
	next     [][]int        // which actions wait for each
	ready    []int          // sorted, so that the order of the plan is kept
}

func newApplier(o Options, kinds *gateway.Kinds, actions []plan.Action) *applier {
	a := &applier{
		gateway: o.Gateway, kinds: kinds, log: o.Log, reporter: o.Reporter, workers: o.Workers, stages: o.Stages,
		actions: actions, outcomes: make([]plan.Outcome, len(actions)),
		waits: make([]int, len(actions)), next: make([][]int, len(actions)),
	}
	for i := range actions {
		a.outcomes[i].Action = &actions[i]
		a.waits[i] = len(actions[i].Depends)
		for _, d := range actions[i].Depends {
			a.next[d] = append(a.next[d], i)
		}
		if a.waits[i] == 0 {
			a.ready = append(a.ready, i)
		}
	}
	return a
}

// An outcome is that of the action of an index.
type outcome struct {
	index int
	plan.Outcome
}

// run starts what is ready and waits for what runs until neither is left. No
// goroutine outlives it.
func (a *applier) run(ctx context.Context) {
	finished := make(chan outcome)
	running := 0
	var stage plan.Stage
	for {
		for len(a.ready) > 0 && running < a.workers && ctx.Err() == nil {
			act := &a.actions[a.ready[0]]
			if running > 0 && act.Stage != stage { // the next stage waits for this one
				break
			}
			i := a.ready[0]
			a.ready = a.ready[1:]
			stage = act.Stage
			if !a.chosen(stage) {
				a.finish(i, plan.Outcome{Action: act, Status: plan.Skipped})
				continue
			}
			running++
			a.reporter.Start(act)
			go func() { finished <- outcome{i, a.do(ctx, act)} }()
		}
		if running == 0 {
			break
		}
		o := <-finished
		running--
		a.finish(o.index, o.Outcome)
	}
	a.stop()
}

func (a *applier) chosen(s plan.Stage) bool {
	return a.stages == nil || slices.Contains(a.stages, s)
}

// finish notes what became of an action and lets go, or blocks, what waits
// for it.
func (a *applier) finish(i int, o plan.Outcome) {
	a.outcomes[i] = o
	a.reporter.Done(o)
	for _, j := range a.next[i] {
		switch o.Status {
		case plan.Done, plan.Skipped: // what is skipped is another run's business
			a.release(j)
		case plan.Blocked:
			a.block(j, o.By)
		default:
			a.block(j, o.Action)
		}
	}
}

func (a *applier) release(j int) {
	if a.waits[j]--; a.waits[j] > 0 || a.outcomes[j].Status != "" {
		return
	}
	at, _ := slices.BinarySearch(a.ready, j)
	a.ready = slices.Insert(a.ready, at, j)
}

// block gives up an action because of another. Actions of stages that were
// not asked for are skipped all the same.
func (a *applier) block(j int, by *plan.Action) {
	if a.outcomes[j].Status != "" {
		return
	}
	act := &a.actions[j]
	if !a.chosen(act.Stage) {
		a.finish(j, plan.Outcome{Action: act, Status: plan.Skipped})
		return
	}
	a.finish(j, plan.Outcome{Action: act, Status: plan.Blocked, By: by})
}

// stop notes what was not begun because the run was told to end.
func (a *applier) stop() {
	for i := range a.outcomes {
		if o := &a.outcomes[i]; o.Status == "" {
			o.Status = plan.NotStarted
			if !a.chosen(o.Action.Stage) {
				o.Status = plan.Skipped
			}
			a.reporter.Done(*o)
		}
	}
}

// do carries out one action.
func (a *applier) do(ctx context.Context, act *plan.Action) plan.Outcome {
	o := plan.Outcome{Action: act, Status: plan.Done}
	note, err := a.write(ctx, act)
	o.Note, o.Err = note, a.cover(err, act.Want)
	switch {
	case errors.Is(o.Err, gateway.ErrStale):
		o.Status = plan.Conflicted
		o.Err = fmt.Errorf("%w: plan again to see what changed", o.Err)
	case o.Err != nil:
		o.Status = plan.Failed
	}
	a.log.DebugContext(ctx, "applied", "op", string(act.Op), "key", act.Key.String(), "status", string(o.Status), "note", o.Note)
	return o
}

// conflicts returns outcomes for what the plan itself calls a conflict.
func (a *applier) conflicts(p *plan.Plan) []plan.Outcome {
	var out []plan.Outcome
	for i := range p.Conflicts {
		act := &p.Conflicts[i].Action
		o := plan.Outcome{Action: act, Status: plan.Conflicted, Err: fmt.Errorf(
			"%s %v: %w: take the gateway's side with the extractor, or overwrite it", act.Op, act.Key, errDrifted)}
		if !a.chosen(act.Stage) {
			o.Status, o.Err = plan.Skipped, nil
		}
		a.reporter.Done(o)
		out = append(out, o)
	}
	return out
}

var errDrifted = errors.New("changed on the gateway since git was published")
