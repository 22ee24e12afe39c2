package plan

import "fmt"

// Limits bound what a plan may delete. Zero means no limit.
type Limits struct {
	Deletes int // number of resources, those included that go with their owner
	Percent int // of the resources on the gateway that were compared
}

// An UnsafeError is a plan that deletes more than it may.
type UnsafeError struct {
	Deletes, Compared int
	Limits            Limits
}

// Error says what the plan deletes, what it may, and what to do about it.
func (e *UnsafeError) Error() string {
	limit := fmt.Sprintf("%d", e.Limits.Deletes)
	if l := e.Limits.Deletes; l == 0 || e.Deletes <= l {
		limit = fmt.Sprintf("%d%%", e.Limits.Percent)
	}
	return fmt.Sprintf("plan deletes %d of %d resources, more than the limit of %s: check the source, or raise the limit",
		e.Deletes, e.Compared, limit)
}

// Check returns an *UnsafeError if the plan deletes more than the limits allow.
func (p *Plan) Check(l Limits) error {
	n := p.Deletes()
	if l.Deletes > 0 && n > l.Deletes || l.Percent > 0 && n*100 > p.Compared*l.Percent {
		return &UnsafeError{Deletes: n, Compared: p.Compared, Limits: l}
	}
	return nil
}

// A ProblemError is a plan that must not be carried out.
type ProblemError struct {
	Problems []Problem // the errors among the plan's problems
}

// Error names the first problem and says how many there are.
func (e *ProblemError) Error() string {
	s := "plan is not safe to apply: " + e.Problems[0].String()
	if n := len(e.Problems) - 1; n > 0 {
		s += fmt.Sprintf(" (and %d more)", n)
	}
	return s
}

// String returns the resource and what is wrong with it.
func (p Problem) String() string {
	if p.Key.IsZero() {
		return p.Text
	}
	return p.Key.String() + ": " + p.Text
}

// Err returns a *ProblemError if the plan must not be carried out.
func (p *Plan) Err() error {
	var e ProblemError
	for _, pr := range p.Problems {
		if pr.Severity == Error {
			e.Problems = append(e.Problems, pr)
		}
	}
	if len(e.Problems) == 0 {
		return nil
	}
	return &e
}
