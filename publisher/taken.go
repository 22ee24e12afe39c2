package publisher

import (
	"context"
	"slices"

	"github.com/lockstep-apiops/lockstep/gateway"
	"github.com/lockstep-apiops/lockstep/publisher/plan"
)

// taken adds to the deletes of a plan what goes with them though nothing of it
// was read, so that nobody is surprised. Other gateways than takers have none.
func (pl *planner) taken(ctx context.Context, p *plan.Plan) error {
	taker, ok := pl.Gateway.(gateway.Taker)
	if !ok {
		return nil
	}
	goes := map[gateway.Key]bool{}
	for _, a := range p.Actions {
		if a.Op == plan.Delete {
			for _, k := range append(slices.Clone(a.Cascades), a.Key) {
				goes[pl.kinds.Fold(k)] = true
			}
		}
	}
	stays := pl.movedAway(p, goes)
	for i := range p.Actions {
		a := &p.Actions[i]
		if a.Op != plan.Delete {
			continue
		}
		keys, err := taker.Takes(ctx, a.Key, stays)
		if err != nil {
			return err
		}
		for _, k := range keys {
			if f := pl.kinds.Fold(k); !goes[f] {
				goes[f] = true
				a.Cascades = append(a.Cascades, k)
			}
		}
	}
	return nil
}

// movedAway returns what reports whether a plan has a resource refer to nothing
// that goes: updates come before deletes.
func (pl *planner) movedAway(p *plan.Plan, goes map[gateway.Key]bool) func(gateway.Key) bool {
	updates := map[gateway.Key]*gateway.Resource{}
	for _, a := range p.Actions {
		if a.Op == plan.Update && a.Want != nil {
			updates[pl.kinds.Fold(a.Key)] = a.Want
		}
	}
	return func(k gateway.Key) bool {
		want := updates[pl.kinds.Fold(k)]
		return want != nil && !slices.ContainsFunc(pl.kinds.References(want), func(to gateway.Key) bool { return goes[pl.kinds.Fold(to)] })
	}
}
