package main

import (
	"cmp"
	"context"
	"slices"

	"github.com/lockstep-apiops/lockstep/extractor"
	"github.com/lockstep-apiops/lockstep/gateway"
	"github.com/lockstep-apiops/lockstep/publisher"
)

// asked reports whether somebody asked for a kind: with a setting, or a filter
// or an override that names it.
func (r *run) asked(k *gateway.Kind) bool {
	return slices.Contains(r.v.List("with"), k.Row) || r.filter.Names(k) || r.over.Overlay.HasKey(k.Name)
}

// skip reports whether a resource is left out on both sides.
func (r *run) skip(key gateway.Key) bool {
	kinds := r.opened.Gateway.Describe().Kinds
	return kinds.OptedOut(key, r.asked) || r.filter.On(kinds).Skip(key)
}

// never reports whether all resources of a kind are left out on both sides.
func (r *run) never(kind string) bool {
	k := r.opened.Gateway.Describe().Kinds.Get(kind)
	return k.OptIn && !r.asked(k) || r.filter.Never(k)
}

// A wanted is a source that says, once, what of it is left alone because nobody
// asked for it.
type wanted struct {
	publisher.Source
	run  *run
	told bool
}

// All implements publisher.Source.
func (w *wanted) All(ctx context.Context) ([]*gateway.Resource, error) {
	rs, err := w.Source.All(ctx)
	keys := make([]gateway.Key, len(rs))
	for i, r := range rs {
		keys[i] = r.Key
	}
	w.tell(keys)
	return rs, err
}

// Touched implements publisher.Source.
func (w *wanted) Touched(ctx context.Context, since string) ([]publisher.Touched, error) {
	ts, err := w.Source.Touched(ctx, since)
	keys := make([]gateway.Key, len(ts))
	for i, t := range ts {
		keys[i] = cmp.Or(t.Want, t.Base).Key
	}
	w.tell(keys)
	return ts, err
}

func (w *wanted) tell(keys []gateway.Key) {
	if w.told {
		return
	}
	w.told = true
	for _, line := range extractor.LeftAlone(w.run.opened.Gateway.Describe().Kinds, keys, w.run.asked) {
		w.run.log.Warn("check the tree", "problem", line)
	}
}
