package plan

import "slices"

// setStages gives each of the nodes, which are in a valid order, a stage such
// that the stages can run one after another.
func setStages(ordered []*node) {
	for _, n := range slices.Backward(ordered) {
		for _, m := range n.next {
			n.early = n.early || n.Op == Delete && (m.Op != Delete || m.early)
		}
	}
	for _, n := range ordered {
		n.stage = n.natural()
		for _, m := range n.before {
			n.stage = max(n.stage, m.stage)
		}
	}
	for _, n := range slices.Backward(ordered) {
		if n.early { // as late as what waits for it allows
			n.stage = slices.MinFunc(n.next, func(x, y *node) int { return x.stage - y.stage }).stage
		}
	}
}

// natural returns the stage a node would have if nothing waited for it.
func (n *node) natural() int {
	switch {
	case n.Op == Create && !n.live, n.early:
		return Creator.rank()
	case n.Op == Delete:
		return Terminator.rank()
	}
	return Publish.rank()
}
