package publisher

import (
	"context"
	"errors"
	"fmt"

	"github.com/lockstep-apiops/lockstep/gateway"
	"github.com/lockstep-apiops/lockstep/publisher/plan"
)

// write does what an action says. Where the gateway cannot tell by itself
// whether a saved plan still holds, it looks first, if there is something to
// see. A write that is refused as stale is looked into: often just the version
// moved on, because something that the resource owns or is mentioned by was
// written.
func (a *applier) write(ctx context.Context, act *plan.Action) (note string, err error) {
	have := act.Have
	if a.loaded && act.ETag == "" && !a.gateway.Describe().WriteOnly {
		v, err := a.look(ctx, act)
		if err != nil || v.done {
			return v.note, err
		}
		have = v.live
	}
	err = a.call(ctx, act, have)
	if !errors.Is(err, gateway.ErrStale) {
		return "", err
	}
	v, err := a.look(ctx, act)
	if err != nil || v.done {
		return v.note, err
	}
	return "", a.call(ctx, act, v.live)
}

func (a *applier) call(ctx context.Context, act *plan.Action, have *gateway.Resource) error {
	if err := ctx.Err(); err != nil {
		return &gateway.Error{Op: string(act.Op), Key: act.Key, Err: err}
	}
	if act.Op != plan.Delete {
		return a.gateway.Put(ctx, act.Want, have)
	}
	err := a.gateway.Delete(ctx, have)
	if errors.Is(err, gateway.ErrNotFound) {
		return nil
	}
	return err
}

// A view is what a look at the live state of a resource shows.
type view struct {
	live *gateway.Resource // nil: not there
	done bool              // it is as the action would leave it
	note string
}

// look reads the live state of a resource and compares it with that from
// which the plan was made. The error wraps ErrStale if they differ.
func (a *applier) look(ctx context.Context, act *plan.Action) (view, error) {
	live, err := get(ctx, a.gateway, a.kinds, act.Key)
	stale := func(what string) (view, error) {
		return view{}, &gateway.Error{Op: string(act.Op), Key: act.Key, Err: fmt.Errorf("%w: %s", gateway.ErrStale, what)}
	}
	switch {
	case err != nil:
		return view{}, err
	case live == nil && act.Op == plan.Delete:
		return view{done: true, note: "was gone already"}, nil
	case live == nil && act.HaveDigest != "":
		return stale("it is gone")
	case live == nil:
		return view{}, nil
	case act.Want != nil && a.kinds.Equal(live, act.Want):
		return view{done: true, note: "was so already"}, nil
	case act.HaveDigest == "":
		return stale("it was not there and is now")
	case a.kinds.Digest(live) != act.HaveDigest:
		return stale("its state is another")
	}
	return view{live: live}, nil
}
