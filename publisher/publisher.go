// Package publisher makes a gateway hold what git says: it plans, and carries
// the plan out.
//
// It knows gateways, and git only as a [Source]. What a plan is and in which
// order it must be done is known to package plan; how either is shown, to the
// [Reporter].
package publisher

import (
	"context"
	"errors"
	"fmt"
	"log/slog"

	"github.com/lockstep-apiops/lockstep/gateway"
	"github.com/lockstep-apiops/lockstep/publisher/plan"
)

// A Source is what git wants: the artifact tree of one commit, as resources in
// normal form, with the values of the environment filled in.
type Source interface {
	// Describe says what the source is.
	Describe() plan.Source

	// All returns every resource.
	All(ctx context.Context) ([]*gateway.Resource, error)

	// Touched returns the resources that are not what they were in the
	// commit since, each once.
	Touched(ctx context.Context, since string) ([]Touched, error)
}

// Touched is a resource that differs between two commits.
type Touched struct {
	Base, Want *gateway.Resource // before and now; nil: not there
	// Blind says that Base may not be what was published, and that nobody
	// knows what was. Then the gateway's state is taken for it, and git's
	// side wins.
	Blind bool
}

// A Reporter is told what happens. It is called by one goroutine at a time.
type Reporter interface {
	Plan(p *plan.Plan)
	Start(a *plan.Action)
	Done(o plan.Outcome)
}

// Options say what is published where. Gateway and Source must be set.
type Options struct {
	Gateway gateway.Gateway
	Source  Source

	// Since is the commit that was published last: only what changed after
	// it is looked at. "" compares everything with the gateway.
	Since string
	// Delete also removes what git does not hold.
	Delete bool
	// Overwrite takes git's side where the gateway was changed as well.
	Overwrite bool
	// Secrets also writes what holds secrets and has not changed otherwise.
	Secrets bool
	// Lenient goes on though something refers to what nobody has seen.
	Lenient bool
	// Limits bound what may be deleted.
	Limits plan.Limits
	// Skip leaves out a resource and what it owns, in git and on the
	// gateway; nil leaves out nothing.
	Skip func(gateway.Key) bool
	// Never tells the kinds of which Skip leaves out all resources, so that the
	// gateway is not asked for them; nil: none.
	Never func(kind string) bool

	// Stages are those to carry out; nil is all.
	Stages []plan.Stage
	// Workers is how many calls may run at once; 0 is 8.
	Workers int

	Reporter Reporter     // nil: nobody is told
	Log      *slog.Logger // nil: nothing is logged
}

// ErrEmptySource says that git holds no resource at all, which is far more
// often a wrong folder than a wish.
var ErrEmptySource = errors.New("the source holds no resources: check the folder and the commit")

const defaultWorkers = 8

func (o Options) withDefaults() Options {
	if o.Workers <= 0 {
		o.Workers = defaultWorkers
	}
	if o.Reporter == nil {
		o.Reporter = silent{}
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if t, ok := o.Gateway.(gateway.Translator); ok {
		o.Source = translated{o.Source, t}
	}
	return o
}

// silent is a Reporter that nobody listens to.
type silent struct{}

// Plan implements Reporter.
func (silent) Plan(*plan.Plan) {}

// Start implements Reporter.
func (silent) Start(*plan.Action) {}

// Done implements Reporter.
func (silent) Done(plan.Outcome) {}

// Run plans and carries the plan out. An error means that nothing was
// written; what became of each action, failures included, is in the result.
func Run(ctx context.Context, o Options) (*plan.Result, error) {
	p, err := MakePlan(ctx, o)
	if err != nil {
		return nil, err
	}
	o.withDefaults().Reporter.Plan(p)
	return Apply(ctx, p, o)
}

// target says which gateway a plan of these options is for.
func (o Options) target() plan.Target {
	d := o.Gateway.Describe()
	return plan.Target{Product: d.Product, Instance: d.Instance}
}

// checkTarget refuses a plan that was made for another gateway.
func (o Options) checkTarget(p *plan.Plan) error {
	if t := o.target(); p.Target != t {
		return fmt.Errorf("plan is for %s %q, not for %s %q: plan again for this gateway",
			p.Target.Product, p.Target.Instance, t.Product, t.Instance)
	}
	return nil
}
