package publisher

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"golang.org/x/sync/errgroup"

	"github.com/lockstep-apiops/lockstep/gateway"
	"github.com/lockstep-apiops/lockstep/publisher/plan"
)

// incremental compares what git changed with the live state of just that.
func (pl *planner) incremental(ctx context.Context) (*plan.Plan, error) {
	touched, err := pl.Source.Touched(ctx, pl.Since)
	if err != nil {
		return nil, fmt.Errorf("read what changed since %s: %w", pl.Since, err)
	}
	inc := &plan.Incremental{}
	var want, base []*gateway.Resource
	var keys []gateway.Key
	blind := map[gateway.Key]bool{}
	for _, t := range touched {
		key, ok := pl.keyOf(t)
		if !ok {
			continue
		}
		keys = append(keys, key)
		blind[pl.kinds.Fold(key)] = t.Blind
		if t.Base != nil {
			base = append(base, t.Base)
		}
		if t.Want != nil {
			want = append(want, t.Want)
		}
	}
	moves, err := pl.moves(ctx, touched)
	if err != nil {
		return nil, fmt.Errorf("read gateway: %w", err)
	}
	have, err := pl.readMoved(ctx, append(slices.Clone(keys), pl.implied(keys)...), moves)
	if err != nil {
		return nil, err
	}
	if pl.Gateway.Describe().WriteOnly {
		have = remember(pl.kinds, have, base)
	}
	lend(pl.kinds, have, base)
	inc.Base = moves.unspoilt(pl.kinds, reticent(pl.kinds, pl.published(base, have, blind)))
	po := pl.options()
	po.Incremental = inc
	p, err := plan.New(pl.kinds, have, want, po)
	if err != nil || !pl.needsTree(p) {
		return p, err
	}
	if inc.Around, err = pl.rest(ctx, keys); err != nil {
		return nil, err
	}
	return plan.New(pl.kinds, have, want, po)
}

// implied returns the keys of the owners of touched resources that are not
// touched themselves and that git may hold no file of: only the gateway can
// tell whether they are there.
func (pl *planner) implied(keys []gateway.Key) []gateway.Key {
	seen := map[gateway.Key]bool{}
	for _, k := range keys {
		seen[pl.kinds.Fold(k)] = true
	}
	var owners []gateway.Key
	for _, k := range keys {
		for p := pl.kinds.Parent(k); !p.IsZero(); p = pl.kinds.Parent(p) {
			if f := pl.kinds.Fold(p); pl.kinds.Get(p.Kind).Implied && !seen[f] {
				seen[f] = true
				owners = append(owners, p)
			}
		}
	}
	return owners
}

// keyOf returns the key of a touched resource, and whether it is to be looked at.
func (pl *planner) keyOf(t Touched) (gateway.Key, bool) {
	var key gateway.Key
	switch {
	case t.Want != nil:
		key = t.Want.Key
	case t.Base != nil:
		key = t.Base.Key
	default:
		return key, false
	}
	return key, !pl.kinds.IsBuiltin(key) && !pl.skipped(key)
}

// read asks the gateway for each of the resources and leaves out what is not
// there. The order is that of keys.
func (pl *planner) read(ctx context.Context, keys []gateway.Key) ([]*gateway.Resource, error) {
	found := make([]*gateway.Resource, len(keys))
	unsupported := make([]bool, len(keys))
	eg, ctx := errgroup.WithContext(ctx)
	eg.SetLimit(pl.Workers)
	for i, key := range keys {
		eg.Go(func() error {
			if err := ctx.Err(); err != nil {
				return err
			}
			r, err := get(ctx, pl.Gateway, pl.kinds, key)
			unsupported[i] = errors.Is(err, gateway.ErrUnsupported)
			if err != nil && !unsupported[i] {
				return err
			}
			found[i] = r
			return nil
		})
	}
	if err := eg.Wait(); err != nil {
		return nil, fmt.Errorf("read gateway: %w", err)
	}
	for i, key := range keys {
		if unsupported[i] {
			pl.note(key, "this gateway could not be asked for resources of this kind; writing it may fail")
		}
	}
	return slices.DeleteFunc(found, func(r *gateway.Resource) bool { return r == nil }), nil
}

// get returns a resource as a walk would: in normal form and without secrets.
// It returns nil for one that is not there.
func get(ctx context.Context, g gateway.Gateway, kinds *gateway.Kinds, key gateway.Key) (*gateway.Resource, error) {
	r, err := g.Get(ctx, key)
	switch {
	case errors.Is(err, gateway.ErrNotFound):
		return nil, nil
	case err != nil:
		return nil, err
	}
	r.Spec = kinds.Public(kinds.Get(r.Key.Kind), r.Spec)
	return r, nil
}

// needsTree reports whether a plan of touched resources can only be judged
// with the rest of git at hand: it deletes, which may hit what git still
// speaks of, it refers to what was not touched, an owner's file may tell, or the
// table looks at all resources together.
func (pl *planner) needsTree(p *plan.Plan) bool {
	tells := func(a plan.Action) bool {
		return a.Op == plan.Delete || pl.kinds.Get(a.Key.Kind).Inside != ""
	}
	return len(p.Problems) > 0 || pl.kinds.Reviews() && !p.Empty() || slices.ContainsFunc(p.Actions, tells) ||
		slices.ContainsFunc(p.Conflicts, func(c plan.Conflict) bool { return tells(c.Action) })
}

// rest returns what git wants but for the resources of these keys.
func (pl *planner) rest(ctx context.Context, keys []gateway.Key) ([]*gateway.Resource, error) {
	touched := map[gateway.Key]bool{}
	for _, k := range keys {
		touched[pl.kinds.Fold(k)] = true
	}
	all, err := pl.all(ctx)
	if err != nil {
		return nil, err
	}
	return slices.DeleteFunc(slices.Clone(all), func(r *gateway.Resource) bool { return touched[pl.kinds.Fold(r.Key)] }), nil
}
