package main

import (
	"fmt"
	"io"

	"github.com/lockstep-apiops/lockstep/publisher/plan"
)

// A progress tells people how far a publication is: at a terminal on one line
// that is drawn again, elsewhere a line for each action, so that the log of a
// long job shows that it is alive. Its lines are lost, not the run, if nobody
// can be told.
type progress struct {
	w        io.Writer
	terminal bool
	total    int
	done     int
}

// Plan implements publisher.Reporter.
func (*progress) Plan(*plan.Plan) {}

// Start implements publisher.Reporter.
func (*progress) Start(*plan.Action) {}

// Done implements publisher.Reporter.
func (p *progress) Done(o plan.Outcome) {
	if o.Status == plan.Skipped {
		return
	}
	p.done++
	if !p.terminal {
		_, _ = fmt.Fprintf(p.w, "%d/%d %s %s %v\n", p.done, p.total, o.Status, o.Action.Op, o.Action.Key)
		return
	}
	end := ""
	if p.done == p.total {
		end = "\r\x1b[K" // the summary follows on a clean line
	}
	_, _ = fmt.Fprintf(p.w, "\r\x1b[K%d of %d%s", p.done, p.total, end)
}
