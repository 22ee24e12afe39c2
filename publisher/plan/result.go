package plan

import (
	"fmt"
	"strings"
)

// A Status says what became of an action.
type Status string

// The statuses.
const (
	Done       Status = "done"
	Failed     Status = "failed"
	Blocked    Status = "blocked"     // something it depends on was not done
	Conflicted Status = "conflict"    // changed on the gateway since it was planned
	Skipped    Status = "skipped"     // its stage was not asked for
	NotStarted Status = "not started" // the run was stopped before
)

// An Outcome is what became of one action.
type Outcome struct {
	Action *Action
	Status Status
	Err    error   // why it is Failed or Conflicted
	By     *Action // for Blocked: the action that was not done, which is the root of it
	Note   string  // what a reader would not expect: "was gone already"
}

// A Result is what became of a plan.
type Result struct {
	// Outcomes are in the order of the plan's actions; its conflicts follow.
	Outcomes []Outcome
}

// Counts are how many actions came to which end.
type Counts struct {
	Created, Updated, Deleted                       int // done
	Cascaded                                        int // deleted with their owner
	Failed, Blocked, Conflicts, Skipped, NotStarted int
}

// Counts returns how many actions came to which end.
func (r *Result) Counts() Counts {
	var c Counts
	for _, o := range r.Outcomes {
		c.add(o)
	}
	return c
}

func (c *Counts) add(o Outcome) {
	switch o.Status {
	case Done:
		c.addDone(o.Action)
	case Failed:
		c.Failed++
	case Blocked:
		c.Blocked++
	case Conflicted:
		c.Conflicts++
	case Skipped:
		c.Skipped++
	case NotStarted:
		c.NotStarted++
	}
}

func (c *Counts) addDone(a *Action) {
	switch a.Op {
	case Create:
		c.Created++
	case Update:
		c.Updated++
	case Delete:
		c.Deleted++
		c.Cascaded += len(a.Cascades)
	}
}

// An IncompleteError is a plan of which not everything was done.
type IncompleteError struct {
	Counts Counts
	Errs   []error // of the actions that failed
}

// Error says how much was not done.
func (e *IncompleteError) Error() string {
	var parts []string
	for _, p := range []struct {
		n    int
		what string
	}{
		{e.Counts.Failed, "failed"}, {e.Counts.Blocked, "blocked by that"},
		{e.Counts.Conflicts, "in conflict"}, {e.Counts.NotStarted, "not started"},
	} {
		if p.n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", p.n, p.what))
		}
	}
	return "plan was not fully applied: " + strings.Join(parts, ", ")
}

// Unwrap returns the errors of the actions that failed.
func (e *IncompleteError) Unwrap() []error { return e.Errs }

// Err returns an *IncompleteError if something was not done that was asked for.
func (r *Result) Err() error {
	e := &IncompleteError{Counts: r.Counts()}
	for _, o := range r.Outcomes {
		if o.Err != nil {
			e.Errs = append(e.Errs, o.Err)
		}
	}
	if c := e.Counts; c.Failed+c.Blocked+c.Conflicts+c.NotStarted == 0 {
		return nil
	}
	return e
}
