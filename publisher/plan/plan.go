// Package plan computes what must change on a gateway so that it holds what
// git says, and in which order.
//
// It is pure: no I/O, no clock, no log. The same input, in any order, gives
// the same plan, byte for byte. It knows kinds and resources and no product;
// how a plan is carried out and how it is shown is the business of others.
package plan

import (
	"slices"

	"github.com/lockstep-apiops/lockstep/gateway"
)

// An Op is what an Action does.
type Op string

// The ops.
const (
	Create Op = "create"
	Update Op = "update"
	Delete Op = "delete"
)

// A Stage is the part of a run in which an Action is done.
type Stage string

// The stages. Creator makes what the gateway does not have yet, Publish
// changes what is live and makes new state live, Terminator deletes.
const (
	Creator    Stage = "creator"
	Publish    Stage = "publish"
	Terminator Stage = "terminator"
)

// Stages returns the stages in the order they run.
func Stages() []Stage { return []Stage{Creator, Publish, Terminator} }

func (s Stage) rank() int { return slices.Index(Stages(), s) }

// An Action is one change to one resource.
type Action struct {
	Op    Op
	Stage Stage
	Key   gateway.Key
	// Changes are the fields that an update changes. Text and files are
	// given as lines of a diff, bounded in number.
	Changes []gateway.Change
	// Depends are the indices of the actions of the plan that must be done
	// before. All are smaller than the action's own.
	Depends []int
	// ETag is the version of the resource that the plan was made from.
	ETag string
	// HaveDigest and WantDigest are the Digest of the state before and
	// after, "" where there is none.
	HaveDigest, WantDigest string
	// Cascades are the resources that go with the deleted one, since it
	// owns them. There is no action for them.
	Cascades []gateway.Key
	// Note says what a reader would not expect.
	Note string

	// Have and Want are the states themselves. A plan read from a file has
	// neither.
	Have, Want *gateway.Resource
}

// A Conflict is an action that is not part of the plan because somebody
// changed the resource on the gateway since git last published it.
type Conflict struct {
	Action  Action           // what would have been done
	Gateway []gateway.Change // what the gateway changed since
	Git     []gateway.Change // what git changed since
}

// A Severity says how bad a Problem is.
type Severity string

// The severities. A plan with an Error is not carried out.
const (
	Error   Severity = "error"
	Warning Severity = "warning"
)

// A Problem is something about a plan that is wrong or may go wrong.
type Problem struct {
	Severity Severity
	Key      gateway.Key // the resource it concerns; zero for the plan as a whole
	Text     string
	Pointer  string // to the place in its payload, if that is known and the plan was not read from a file
}

// A Source says where the wanted state came from.
type Source struct {
	Repo   string // its address, without credentials
	Commit string
	Since  string // commit that was published before; "" when all was compared
	Digest string // of the folder
}

// A Target says which gateway a plan is for.
type Target struct {
	Product, Instance string
}

// A Plan is the actions that lead from one state to another, in an order that
// is safe: each comes after those it depends on, and the stages one after
// another.
type Plan struct {
	Source   Source
	Target   Target
	Settings Settings

	// Compared is how many resources the gateway has within the scope, as far
	// as the plan knows: what was read and, in an incremental plan, the rest
	// of what git holds.
	Compared int
	// Unread reports that the gateway cannot be read: what was compared is what
	// was put there last, which others may have changed since.
	Unread    bool
	Actions   []Action
	Conflicts []Conflict
	Problems  []Problem
	// Extra are resources that the gateway has and git does not, left alone
	// because deletes were not asked for.
	Extra []gateway.Key

	// Loaded reports that the plan was read from a file.
	Loaded bool
}

// Settings are those of the Options that a reader of a plan must know.
type Settings struct {
	Incremental, Delete, Overwrite, Lenient bool
}

// Empty reports whether there is nothing to do and nothing in the way.
func (p *Plan) Empty() bool {
	return len(p.Actions) == 0 && len(p.Conflicts) == 0 && len(p.Problems) == 0
}

// Count returns how many actions do op.
func (p *Plan) Count(op Op) int {
	n := 0
	for i := range p.Actions {
		if p.Actions[i].Op == op {
			n++
		}
	}
	return n
}

// Deletes returns how many resources the plan deletes, those included that go
// because their owner goes.
func (p *Plan) Deletes() int {
	n := p.Count(Delete)
	for i := range p.Actions {
		n += len(p.Actions[i].Cascades)
	}
	return n
}
