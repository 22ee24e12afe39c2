package plan

import (
	"slices"

	"github.com/lockstep-apiops/lockstep/gateway"
)

// review reports what the table finds wrong with all that the gateway will
// have. What was wrong before, the gateway has accepted: it is told where the
// plan writes the resource, and stops nothing.
func (b *builder) review() {
	if !b.kinds.Reviews() || len(b.nodes) == 0 {
		return
	}
	var have []*gateway.Resource
	for _, f := range sorted(b.have) {
		have = append(have, b.have[f])
	}
	before := b.kinds.Review(have, have)
	for _, f := range b.kinds.Review(have, b.remain) {
		severity := b.severity()
		if !f.Lacks.IsZero() && b.outOfSight(f.Lacks) || f.Alone && !b.writes(f.Key) {
			continue
		}
		if slices.Contains(before, f) {
			if !b.writes(f.Key) {
				continue
			}
			severity = Warning
		}
		b.problems = append(b.problems, Problem{Severity: severity, Key: f.Key, Text: f.Text, Pointer: f.Pointer})
	}
}

// writes reports whether the plan writes a resource.
func (b *builder) writes(k gateway.Key) bool {
	f := b.kinds.Fold(k)
	return slices.ContainsFunc(b.nodes, func(n *node) bool { return n.Op != Delete && b.kinds.Fold(n.Key) == f })
}
