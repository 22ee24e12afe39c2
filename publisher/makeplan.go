package publisher

import (
	"context"
	"fmt"

	"github.com/lockstep-apiops/lockstep/gateway"
	"github.com/lockstep-apiops/lockstep/publisher/plan"
)

// MakePlan compares git with the gateway and writes to neither. With
// Options.Since it asks the gateway only for what git changed, once each.
func MakePlan(ctx context.Context, o Options) (*plan.Plan, error) {
	pl := &planner{Options: o.withDefaults(), kinds: o.Gateway.Describe().Kinds}
	makePlan := pl.full
	if o.Since != "" {
		makePlan = pl.incremental
	}
	p, err := makePlan(ctx)
	if err != nil {
		return nil, err
	}
	if err := pl.taken(ctx, p); err != nil {
		return nil, fmt.Errorf("read what goes with what is deleted: %w", err)
	}
	p.Source, p.Target = o.Source.Describe(), o.target()
	p.Source.Since = o.Since
	p.Unread = o.Gateway.Describe().WriteOnly
	p.Problems = append(p.Problems, pl.notes...)
	pl.Log.Debug("planned", "create", p.Count(plan.Create), "update", p.Count(plan.Update),
		"delete", p.Deletes(), "conflicts", len(p.Conflicts), "problems", len(p.Problems))
	return p, nil
}

// A planner makes one plan.
type planner struct {
	Options
	kinds  *gateway.Kinds
	notes  []plan.Problem
	unread map[place]bool
}

// A place is where a gateway could not be read: a kind below an owner.
type place struct {
	kind  string
	owner gateway.Key
}

func (pl *planner) options() plan.Options {
	po := plan.Options{Delete: pl.Delete, Overwrite: pl.Overwrite, Lenient: pl.Lenient, Secrets: pl.Secrets}
	if pl.Skip != nil {
		po.Scope = func(k gateway.Key) bool { return !pl.skipped(k) }
	}
	if len(pl.unread) > 0 {
		po.Unread = pl.isUnread
	}
	return po
}

// skipped reports whether k or what owns it is left out.
func (pl *planner) skipped(k gateway.Key) bool {
	for ; !k.IsZero() && pl.Skip != nil; k = pl.kinds.Parent(k) {
		if pl.Skip(k) {
			return true
		}
	}
	return false
}

func (pl *planner) isUnread(k gateway.Key) bool {
	for k = pl.kinds.Fold(k); !k.IsZero(); k = pl.kinds.Parent(k) {
		if pl.unread[place{k.Kind, pl.kinds.Parent(k)}] {
			return true
		}
	}
	return false
}

// full compares all of git with all of the gateway.
func (pl *planner) full(ctx context.Context) (*plan.Plan, error) {
	want, err := pl.all(ctx)
	if err != nil {
		return nil, err
	}
	have, err := pl.walk(ctx, want)
	if err != nil {
		return nil, err
	}
	for _, w := range want {
		if pl.isUnread(w.Key) {
			pl.note(w.Key, "this gateway could not be asked for resources of this kind; writing it may fail")
		}
	}
	live := pl.kinds.NewSet(have...)
	have = pl.kinds.Moves(have, want, func(k gateway.Key) bool { return live.Get(k) != nil }).Resources(have)
	return plan.New(pl.kinds, have, want, pl.options())
}

func (pl *planner) note(k gateway.Key, text string) {
	pl.notes = append(pl.notes, plan.Problem{Severity: plan.Warning, Key: k, Text: text})
}

func (pl *planner) all(ctx context.Context) ([]*gateway.Resource, error) {
	want, err := pl.Source.All(ctx)
	if err != nil {
		return nil, fmt.Errorf("read source: %w", err)
	}
	if len(want) == 0 {
		return nil, fmt.Errorf("read source: %w", ErrEmptySource)
	}
	return want, nil
}

func (pl *planner) walk(ctx context.Context, want []*gateway.Resource) ([]*gateway.Resource, error) {
	pl.unread = map[place]bool{}
	var have []*gateway.Resource
	for r, err := range gateway.Walk(ctx, pl.Gateway, gateway.WalkOptions{
		Workers: pl.Workers, Skip: pl.Skip, Never: pl.Never, Known: pl.known(want), Note: pl.walkNote,
	}) {
		if err != nil {
			return nil, fmt.Errorf("read gateway: %w", err)
		}
		have = append(have, r)
	}
	return have, nil
}

// known tells a walk what git holds, so that an index which leaves something
// out is found out.
func (pl *planner) known(want []*gateway.Resource) func(string, gateway.Key) []gateway.Key {
	held := pl.kinds.NewIndex(nil, want)
	return func(kind string, owner gateway.Key) []gateway.Key {
		var keys []gateway.Key
		for _, r := range held.Below(kind, owner) {
			keys = append(keys, r.Key)
		}
		return keys
	}
}

func (pl *planner) walkNote(n gateway.Note) {
	switch {
	case n.Err != nil:
		pl.unread[place{n.Kind, pl.kinds.Fold(n.Parent)}] = true
		pl.Log.Debug("not read", "kind", n.Kind, "owner", n.Parent.String(), "err", n.Err)
	case n.Text != "":
		pl.note(gateway.Key{}, n.Text)
	}
}
