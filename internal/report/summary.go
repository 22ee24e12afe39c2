package report

import (
	"bytes"
	"io"

	"github.com/lockstep-apiops/lockstep/publisher/plan"
)

// SummaryLimit is how many bytes Summary writes at most. GitHub takes 1 MiB
// from a step, and of more than that nothing.
const SummaryLimit = 960 << 10

// Summary writes the page of a run: what became of a plan, then the plan, in
// Markdown. Either may be nil. What does not fit is left out whole, block by
// block, and counted; Options.Limit can only lower the bound.
func Summary(w io.Writer, p *plan.Plan, r *plan.Result, o Options) error {
	if o.Limit <= 0 || o.Limit > SummaryLimit {
		o.Limit = SummaryLimit
	}
	var b bytes.Buffer
	if r != nil {
		part := o
		if p != nil {
			part.Limit /= 2 // the rest, at least, is for the plan
		}
		if err := Result(&b, "markdown", r, part); err != nil {
			return err
		}
		b.WriteByte('\n')
	}
	if p != nil {
		o.Limit -= b.Len()
		if err := Plan(&b, "markdown", p, o); err != nil {
			return err
		}
	}
	_, err := w.Write(b.Bytes())
	return err
}
