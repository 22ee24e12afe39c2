package publisher

import (
	"context"
	"slices"

	"github.com/lockstep-apiops/lockstep/gateway"
)

// A moved is what a plan of touched resources needs to know of names that come
// to stand for other resources: see gateway.Moves.
type moved struct {
	*gateway.Moves
	read  map[gateway.Key]*gateway.Resource // by folded key, what was looked up; nil: not there
	names []gateway.Key                     // that move
}

// moves finds out which names move on the gateway by what git changed.
func (pl *planner) moves(ctx context.Context, touched []Touched) (*moved, error) {
	m := &moved{read: map[gateway.Key]*gateway.Resource{}}
	var was, is []*gateway.Resource
	for _, t := range touched {
		if t.Base == nil || t.Want == nil || pl.skipped(t.Want.Key) {
			continue
		}
		stands := pl.kinds.Get(t.Want.Key.Kind).Stands
		if stands == nil || stands(t.Base) == stands(t.Want) {
			continue
		}
		live, err := m.look(ctx, pl, t.Want.Key)
		if err != nil {
			return nil, err
		}
		was, is, m.names = append(was, live), append(is, t.Want), append(m.names, t.Want.Key)
	}
	var failed error
	m.Moves = pl.kinds.Moves(was, is, func(k gateway.Key) bool {
		live, err := m.look(ctx, pl, k)
		if err != nil {
			failed = err
		}
		return live != nil
	})
	return m, failed
}

// look reads a resource once.
func (m *moved) look(ctx context.Context, pl *planner, k gateway.Key) (*gateway.Resource, error) {
	f := pl.kinds.Fold(k)
	if r, ok := m.read[f]; ok {
		return r, nil
	}
	r, err := get(ctx, pl.Gateway, pl.kinds, k)
	if err == nil {
		m.read[f] = r
	}
	return r, err
}

// readMoved is read for keys as they are after the move, of states from before
// it.
func (pl *planner) readMoved(ctx context.Context, keys []gateway.Key, m *moved) ([]*gateway.Resource, error) {
	if m.None() {
		return pl.read(ctx, keys)
	}
	var ask []gateway.Key
	var have []*gateway.Resource
	for _, k := range keys {
		before := m.Before(k)
		live, known := m.read[pl.kinds.Fold(before)]
		switch {
		case before.IsZero():
		case !known:
			ask = append(ask, before)
		case live != nil:
			have = append(have, live)
		}
	}
	more, err := pl.read(ctx, ask)
	return m.Resources(append(have, more...)), err
}

// unspoilt returns what was published last without the names that are to stand
// for what was changed on the gateway since: the write of such a name would
// hide that.
func (m *moved) unspoilt(kinds *gateway.Kinds, published []*gateway.Resource) []*gateway.Resource {
	set := kinds.NewSet(published...)
	changed := func(r *gateway.Resource) bool {
		for _, name := range m.names {
			next, live := m.Next(name), m.read[kinds.Fold(m.Next(name))]
			if was := set.Get(next); kinds.Fold(r.Key) == kinds.Fold(name) && was != nil && live != nil && !kinds.Equal(was, live) {
				return true
			}
		}
		return false
	}
	return slices.DeleteFunc(published, changed)
}
