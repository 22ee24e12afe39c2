package plan

import (
	"cmp"
	"container/heap"
	"slices"
	"strings"

	"github.com/lockstep-apiops/lockstep/gateway"
)

// A CycleError is a circle of actions that wait for each other.
type CycleError struct {
	Actions []Action // each waits for the next, the last for the first
}

// Error lists the actions in the circle.
func (e *CycleError) Error() string {
	var names []string
	for _, a := range append(slices.Clip(e.Actions), e.Actions[0]) {
		names = append(names, string(a.Op)+" "+a.Key.String())
	}
	return "these wait for each other: " + strings.Join(names, ", after ") + ": make the change in two steps"
}

// order returns the nodes in the order of the plan and sets their stages.
func (b *builder) order() ([]*node, error) {
	b.orderWrites()
	b.orderMoves()
	b.orderDeletes()
	b.orderClaims()
	free, err := b.sort()
	if err != nil {
		return nil, err
	}
	setStages(free)
	return b.sort()
}

// edge makes n wait for m.
func (b *builder) edge(m, n *node) {
	if e := [2]*node{m, n}; m != n && !b.edges[e] {
		b.edges[e] = true
		n.before = append(n.before, m)
		m.next = append(m.next, n)
	}
}

// orderWrites puts what is written after the writes of what it depends on.
func (b *builder) orderWrites() {
	for _, n := range b.nodes {
		if n.Op == Delete {
			continue
		}
		for _, dep := range b.after.Depends(n.Want) {
			if m := b.carrierOf(dep, b.after); m != nil && m.Op != Delete {
				b.edge(m, n)
			}
		}
	}
}

// orderMoves puts what happens to what a name is to stand for, and to what it
// stood for, after the write that makes it so: before it, the one would happen
// to the other, or the one be made as a copy of what the other has become.
func (b *builder) orderMoves() {
	movers := map[gateway.Key]*node{}
	for _, n := range b.nodes {
		stands := b.kinds.Get(n.Key.Kind).Stands
		if n.Op != Update || n.Have == nil || stands == nil || stands(n.Have) == stands(n.Want) {
			continue
		}
		movers[b.kinds.Fold(n.Key)] = n
		movers[b.kinds.Fold(b.kinds.Parent(n.Key).Child(n.Key.Kind, stands(n.Have)))] = n
	}
	if len(movers) == 0 {
		return
	}
	for _, n := range b.nodes {
		for _, k := range append(b.kinds.References(cmp.Or(n.Want, n.Have)), n.Key) { // a link is below what it leads to
			for p := k; !p.IsZero(); p = b.kinds.Parent(p) {
				if m := movers[b.kinds.Fold(p)]; m != nil {
					b.edge(m, n)
				}
			}
		}
	}
}

// orderDeletes puts deletes after whatever removes a reference to what goes:
// the delete of the resource that refers to it, or its update.
func (b *builder) orderDeletes() {
	if len(b.deleted) == 0 {
		return
	}
	var all []*gateway.Resource
	for _, f := range sorted(b.have) {
		all = append(all, b.have[f])
	}
	before := b.kinds.NewSet(all...)
	for _, r := range all {
		n := b.carrier[b.kinds.Fold(r.Key)]
		if n == nil {
			continue
		}
		for _, dep := range before.Depends(r) {
			if m := b.carrierOf(dep, before); m != nil && m.Op == Delete {
				b.edge(n, m)
			}
		}
	}
}

// orderClaims puts what takes a value that must be unique after the action
// that gives it up.
func (b *builder) orderClaims() {
	holders := map[claim]*node{}
	for _, f := range sorted(b.have) {
		n := b.carrier[f]
		if n == nil {
			continue
		}
		for _, c := range b.claims(b.have[f]) {
			if n.Op == Delete || !slices.Contains(b.claims(n.Want), c) {
				holders[c] = n
			}
		}
	}
	for _, n := range b.nodes {
		for _, c := range b.newClaims(n) {
			if m := holders[c]; m != nil {
				b.edge(m, n)
			}
		}
	}
}

// carrierOf returns the action on a resource, or on the nearest owner of one
// that is only a step or told by its owner; nil if there is none.
func (b *builder) carrierOf(k gateway.Key, in *gateway.Set) *node {
	for k = b.kinds.Fold(k); !k.IsZero(); k = b.kinds.Parent(k) {
		if n := b.carrier[k]; n != nil {
			return n
		}
		if in.Get(k) != nil {
			return nil
		}
	}
	return nil
}

// sort returns the nodes so that each comes after those it waits for and
// earlier stages come first. Where that leaves a choice, deletes come before
// writes, kinds in the order of their table, dependents of deleted kinds first.
func (b *builder) sort() ([]*node, error) {
	q := &queue{less: b.less}
	waits := map[*node]int{}
	for _, n := range b.nodes {
		if waits[n] = len(n.before); waits[n] == 0 {
			heap.Push(q, n)
		}
	}
	ordered := make([]*node, 0, len(b.nodes))
	for q.Len() > 0 {
		n := heap.Pop(q).(*node)
		n.index = len(ordered)
		ordered = append(ordered, n)
		delete(waits, n)
		for _, m := range n.next {
			if waits[m]--; waits[m] == 0 {
				heap.Push(q, m)
			}
		}
	}
	if len(waits) > 0 {
		return nil, b.cycle(waits)
	}
	return ordered, nil
}

func (b *builder) less(x, y *node) int {
	writes := func(n *node) int {
		if n.Op == Delete {
			return 0
		}
		return 1
	}
	level := func(n *node) int {
		l := b.kinds.Level(n.Key.Kind)
		if n.Op == Delete {
			return -l
		}
		return l
	}
	return cmp.Or(cmp.Compare(x.stage, y.stage), cmp.Compare(writes(x), writes(y)),
		cmp.Compare(level(x), level(y)), x.Key.Compare(y.Key))
}

// cycle finds a circle among nodes each of which waits for another of them.
func (b *builder) cycle(waits map[*node]int) error {
	least := func(nodes []*node) *node {
		stuck := slices.DeleteFunc(slices.Clone(nodes), func(m *node) bool { return waits[m] == 0 })
		return slices.MinFunc(stuck, b.less)
	}
	n := least(b.nodes)
	var path []*node
	for !slices.Contains(path, n) {
		path = append(path, n)
		n = least(n.before)
	}
	e := &CycleError{}
	for _, m := range path[slices.Index(path, n):] {
		e.Actions = append(e.Actions, m.Action)
	}
	return e
}

// A queue is a heap of nodes, the least first.
type queue struct {
	nodes []*node
	less  func(x, y *node) int
}

// Len implements heap.Interface.
func (q *queue) Len() int { return len(q.nodes) }

// Less implements heap.Interface.
func (q *queue) Less(i, j int) bool { return q.less(q.nodes[i], q.nodes[j]) < 0 }

// Swap implements heap.Interface.
func (q *queue) Swap(i, j int) { q.nodes[i], q.nodes[j] = q.nodes[j], q.nodes[i] }

// Push implements heap.Interface.
func (q *queue) Push(x any) { q.nodes = append(q.nodes, x.(*node)) }

// Pop implements heap.Interface.
func (q *queue) Pop() any {
	n := q.nodes[len(q.nodes)-1]
	q.nodes = q.nodes[:len(q.nodes)-1]
	return n
}
