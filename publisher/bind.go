package publisher

import (
	"context"
	"fmt"
	"slices"

	"github.com/lockstep-apiops/lockstep/gateway"
	"github.com/lockstep-apiops/lockstep/publisher/plan"
)

// A MovedError is a saved plan that the source no longer agrees with.
type MovedError struct {
	Commit string // that the plan was made from
	Key    gateway.Key
	Why    string
}

// Error says what differs and what to do.
func (e *MovedError) Error() string {
	return fmt.Sprintf("source is not what the plan was made from (commit %s): %v %s: use that commit, or plan again",
		e.Commit, e.Key, e.Why)
}

// bind returns the actions of a plan with their payloads. A loaded plan has
// none: they are read from the source, which must still say what it said.
func bind(ctx context.Context, p *plan.Plan, kinds *gateway.Kinds, s Source) ([]plan.Action, error) {
	actions := slices.Clone(p.Actions)
	if !p.Loaded || len(actions) == 0 {
		return actions, nil
	}
	all, err := s.All(ctx)
	if err != nil {
		return nil, fmt.Errorf("read source: %w", err)
	}
	b := binder{kinds: kinds, commit: p.Source.Commit, want: map[gateway.Key]*gateway.Resource{}, owned: map[gateway.Key]bool{}}
	for _, r := range all {
		f := kinds.Fold(r.Key)
		b.want[f] = r
		for k := f; !k.IsZero(); k = kinds.Parent(k) {
			b.owned[k] = true
		}
	}
	for i := range actions {
		if err := b.bind(&actions[i]); err != nil {
			return nil, err
		}
	}
	return actions, nil
}

type binder struct {
	kinds  *gateway.Kinds
	commit string
	want   map[gateway.Key]*gateway.Resource // by folded key
	owned  map[gateway.Key]bool              // what git wants, and what owns that
}

func (b binder) bind(a *plan.Action) error {
	k := b.kinds.Get(a.Key.Kind)
	if k == nil || !k.Stored() || b.kinds.ID(a.Key) == "" {
		return b.moved(a, "is of a kind that this gateway does not have")
	}
	f := b.kinds.Fold(a.Key)
	a.Want = b.want[f]
	switch {
	case a.Op == plan.Delete && b.owned[f]:
		return b.moved(a, "is wanted, and the plan deletes it")
	case a.Op != plan.Delete && a.Want == nil:
		return b.moved(a, "is not there")
	case a.Op != plan.Delete && b.kinds.Digest(a.Want) != a.WantDigest:
		return b.moved(a, "is another")
	}
	if a.HaveDigest != "" {
		a.Have = &gateway.Resource{Key: a.Key, ETag: a.ETag, Partial: true}
	}
	return nil
}

func (b binder) moved(a *plan.Action, why string) error {
	return &MovedError{Commit: b.commit, Key: a.Key, Why: why}
}
