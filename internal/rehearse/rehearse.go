// Package rehearse publishes a change to a gateway that nobody uses, to find out
// in a pull request what would go wrong: first what was published before, then
// the change as it would be published, then a comparison of all of it, which
// must find nothing left to do.
//
// It knows sources, gateways and the publisher. It does not know where the
// gateway comes from: mostly it is an emulator. What an emulator does not know
// of a real gateway, a rehearsal does not find.
package rehearse

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/lockstep-apiops/lockstep/gateway"
	"github.com/lockstep-apiops/lockstep/publisher"
	"github.com/lockstep-apiops/lockstep/publisher/plan"
)

// Options say what is rehearsed.
type Options struct {
	// Publish is how the change is published; Gateway and Source must be set.
	// The gateway must be one that nobody uses.
	Publish publisher.Options
	// Base is what was published before; nil: nothing.
	Base publisher.Source
	// StandIn gives a resource made-up values for the secrets that it needs and
	// git does not hold. nil: none.
	StandIn func(*gateway.Resource)
}

// A Step is a part of a rehearsal.
type Step string

// The steps, in their order.
const (
	Base    Step = "base"    // publish what was there before
	Plan    Step = "plan"    // plan the change
	Publish Step = "publish" // carry it out
	Compare Step = "compare" // plan once more, all of it
)

// A Trouble is something that went wrong.
type Trouble struct {
	Step     Step
	Severity plan.Severity
	Key      gateway.Key // zero: it concerns the whole
	Text     string
}

// An Outcome is how a rehearsal went.
type Outcome struct {
	Troubles []Trouble
	Before   int          // resources that were published before the change
	Counts   plan.Counts  // of the change
	Plan     *plan.Plan   // of the change; nil if there was none
	Result   *plan.Result // of the change; nil if it was not carried out
}

// Run rehearses. An error says that the rehearsal could not be held; what went
// wrong in it is in the outcome.
func Run(ctx context.Context, o Options) (*Outcome, error) {
	r := &rehearsal{Options: o, stuck: map[gateway.Key]bool{}, want: o.Publish.Source}
	r.Options.Publish.Source = &furnished{o.Publish.Source, o.StandIn}
	if err := r.surround(ctx); err != nil {
		return nil, fmt.Errorf("make what git implies: %w", err)
	}
	if r.before(ctx) && ctx.Err() == nil && r.change(ctx) {
		r.compare(ctx)
	}
	if err := context.Cause(ctx); err != nil {
		return nil, err
	}
	slices.SortStableFunc(r.out.Troubles, func(a, b Trouble) int {
		return cmp.Or(a.Step.rank()-b.Step.rank(), a.Key.Compare(b.Key), cmp.Compare(a.Text, b.Text))
	})
	return &r.out, nil
}

func (s Step) rank() int { return slices.Index([]Step{Base, Plan, Publish, Compare}, s) }

// A rehearsal is one run.
type rehearsal struct {
	Options
	out   Outcome
	want  publisher.Source     // as git has it, without stand-ins
	stuck map[gateway.Key]bool // what is in trouble already
}

func (r *rehearsal) trouble(s Step, severity plan.Severity, k gateway.Key, text string) {
	r.out.Troubles = append(r.out.Troubles, Trouble{s, severity, k, text})
}

// surround makes the owners that git speaks of only through what they own: on
// the real gateway they are there.
func (r *rehearsal) surround(ctx context.Context) error {
	kinds := r.Options.Publish.Gateway.Describe().Kinds
	missing := map[gateway.Key]gateway.Key{}
	for _, s := range []publisher.Source{r.Options.Base, r.want} {
		if s == nil {
			continue
		}
		rs, err := s.All(ctx)
		if err != nil {
			return nil // the steps tell
		}
		set := kinds.NewSet(rs...)
		for _, res := range rs {
			for p := kinds.Parent(res.Key); !p.IsZero(); p = kinds.Parent(p) {
				if kinds.Get(p.Kind).Implied && set.Get(p) == nil {
					missing[kinds.Fold(p)] = p
				}
			}
		}
	}
	keys := slices.SortedFunc(maps.Values(missing), gateway.Key.Compare)
	for _, k := range keys {
		made := &gateway.Resource{Key: k, Spec: map[string]any{}}
		if r.StandIn != nil {
			r.StandIn(made)
		}
		if err := r.Options.Publish.Gateway.Put(ctx, made, nil); err != nil {
			return err
		}
	}
	return nil
}

// before publishes what was there before the change, and reports whether there
// is something to start from. What of it fails is not the change's fault.
func (r *rehearsal) before(ctx context.Context) bool {
	if r.Options.Base == nil {
		return true
	}
	o := r.Options.Publish
	o.Source = &furnished{r.Options.Base, r.StandIn}
	o.Since, o.Delete, o.Lenient, o.Stages, o.Reporter = "", false, true, nil, nil
	p, err := publisher.MakePlan(ctx, o)
	if errors.Is(err, publisher.ErrEmptySource) {
		return true
	}
	var res *plan.Result
	if err == nil {
		res, err = publisher.Apply(ctx, p, o)
	}
	if err != nil {
		r.trouble(Base, plan.Error, gateway.Key{}, err.Error())
		return false
	}
	r.outcomes(Base, plan.Warning, res)
	r.out.Before = res.Counts().Created
	return true
}

// change plans and publishes the change, and reports whether it could.
func (r *rehearsal) change(ctx context.Context) bool {
	p, err := publisher.MakePlan(ctx, r.Options.Publish)
	if err != nil {
		r.trouble(Plan, plan.Error, gateway.Key{}, err.Error())
		return false
	}
	r.out.Plan = p
	for _, pr := range p.Problems {
		r.trouble(Plan, pr.Severity, pr.Key, pr.Text)
	}
	for i := range p.Conflicts {
		k := p.Conflicts[i].Action.Key
		r.trouble(Plan, plan.Error, k, "is not what was published before, so that the change would not be made")
	}
	if p.Err() != nil {
		return false
	}
	res, err := publisher.Apply(ctx, p, r.Options.Publish)
	if err != nil {
		r.trouble(Publish, plan.Error, gateway.Key{}, err.Error())
		return false
	}
	r.out.Result, r.out.Counts = res, res.Counts()
	r.outcomes(Publish, plan.Error, res)
	return true
}

// outcomes notes what was not done.
func (r *rehearsal) outcomes(s Step, severity plan.Severity, res *plan.Result) {
	for _, o := range res.Outcomes {
		k, op := o.Action.Key, o.Action.Op
		switch o.Status {
		case plan.Failed, plan.Conflicted:
			r.trouble(s, severity, k, fmt.Sprintf("%s failed: %v", op, o.Err))
		case plan.Blocked:
			text := fmt.Sprintf("%s is blocked", op)
			if o.By != nil {
				text += fmt.Sprintf(": it needs %v, which failed", o.By.Key)
			}
			r.trouble(s, severity, k, text)
		default:
			continue
		}
		r.stuck[k] = true
	}
}

// compare plans once more, all of it: a change that was published whole leaves
// nothing to do.
func (r *rehearsal) compare(ctx context.Context) {
	o := r.Options.Publish
	o.Source, o.Since, o.Secrets, o.Lenient = r.want, "", false, true
	p, err := publisher.MakePlan(ctx, o)
	if err != nil {
		r.trouble(Compare, plan.Error, gateway.Key{}, err.Error())
		return
	}
	for i := range p.Actions {
		a := &p.Actions[i]
		if r.stuck[a.Key] {
			continue
		}
		r.trouble(Compare, plan.Error, a.Key, "is not as git says after it was published: "+difference(a))
	}
}

// difference says what an action would do, without values.
func difference(a *plan.Action) string {
	const most = 5
	switch a.Op {
	case plan.Create:
		return "it is not there"
	case plan.Delete:
		return "it is still there"
	}
	text := ""
	for i, c := range a.Changes {
		switch {
		case i == most:
			return fmt.Sprintf("%s and %d more differ", text, len(a.Changes)-most)
		case i > 0:
			text += ", "
		}
		text += c.Field
	}
	return text + " differ"
}

// A furnished is a source whose resources have stand-ins for their secrets.
type furnished struct {
	publisher.Source
	standIn func(*gateway.Resource)
}

// All implements publisher.Source.
func (f *furnished) All(ctx context.Context) ([]*gateway.Resource, error) {
	rs, err := f.Source.All(ctx)
	out := make([]*gateway.Resource, len(rs))
	for i, r := range rs {
		out[i] = f.furnish(r)
	}
	return out, err
}

// Touched implements publisher.Source.
func (f *furnished) Touched(ctx context.Context, since string) ([]publisher.Touched, error) {
	ts, err := f.Source.Touched(ctx, since)
	out := make([]publisher.Touched, len(ts))
	for i, t := range ts {
		out[i] = publisher.Touched{Base: f.furnish(t.Base), Want: f.furnish(t.Want), Blind: t.Blind}
	}
	return out, err
}

func (f *furnished) furnish(r *gateway.Resource) *gateway.Resource {
	if r == nil || f.standIn == nil {
		return r
	}
	out := *r
	out.Spec, _ = gateway.Clone(r.Spec).(map[string]any)
	if out.Spec == nil {
		out.Spec = map[string]any{}
	}
	f.standIn(&out)
	return &out
}
