package plan

import (
	"cmp"
	"fmt"
	"maps"
	"slices"

	"github.com/lockstep-apiops/lockstep/gateway"
)

// Options say what a plan may do. The zero value plans creates and updates of
// everything.
type Options struct {
	// Delete also removes what the gateway has and git does not.
	Delete bool
	// Scope reports whether the plan may touch a resource; nil is yes.
	Scope func(gateway.Key) bool
	// Unread reports whether the gateway was not asked about a resource, so
	// that it is unknown whether it is there; nil is no.
	Unread func(gateway.Key) bool
	// Lenient makes references to what nobody has seen warnings.
	Lenient bool
	// Incremental, if not nil, says that have and want hold only what git
	// changed, and have the owners of that which git may leave unsaid: see
	// gateway.Kind.Implied.
	Incremental *Incremental
	// Overwrite plans what would otherwise be a conflict.
	Overwrite bool
	// Secrets plans to write what holds secrets though nothing else of it
	// changed: whether they did, nobody can see.
	Secrets bool
}

// Incremental is what a plan that looks only at touched resources knows
// besides.
type Incremental struct {
	Base   []*gateway.Resource // the touched resources as git published them last
	Around []*gateway.Resource // the rest of what git wants; it is looked up, never planned
}

// New plans the way from the resources that a gateway has to those wanted.
// Both must be in normal form, as gateway.Walk and the artifact decoder give
// them. It refuses resources of unknown kinds, doubles, and actions that wait
// for each other; see [CycleError].
func New(kinds *gateway.Kinds, have, want []*gateway.Resource, o Options) (*Plan, error) {
	b := &builder{
		kinds: kinds, opts: o, carrier: map[gateway.Key]*node{},
		held: map[gateway.Key]bool{}, edges: map[[2]*node]bool{},
	}
	if err := b.load(have, want); err != nil {
		return nil, fmt.Errorf("plan: %w", err)
	}
	b.planWrites()
	b.planDeletes()
	b.check()
	ordered, err := b.order()
	if err != nil {
		return nil, fmt.Errorf("plan: %w", err)
	}
	return b.finish(ordered), nil
}

// A builder makes one plan. Its maps are by folded key.
type builder struct {
	kinds *gateway.Kinds
	opts  Options

	have, want, base, around map[gateway.Key]*gateway.Resource

	held    map[gateway.Key]bool // owners, at any depth, of what git wants
	deleted map[gateway.Key]bool // what goes, cascades included
	nodes   []*node
	carrier map[gateway.Key]*node // the action that a resource is part of
	edges   map[[2]*node]bool

	remain []*gateway.Resource // what the gateway will have, as far as the plan knows
	after  *gateway.Set        // the same

	conflicts []Conflict
	problems  []Problem
	extra     []gateway.Key
}

// A node is an action and its place in the order.
type node struct {
	Action
	live         bool    // its kind is
	before, next []*node // what it waits for, and what waits for it
	early        bool    // a delete that something other than a delete waits for
	stage        int
	index        int
}

func (b *builder) load(have, want []*gateway.Resource) (err error) {
	inc := cmp.Or(b.opts.Incremental, &Incremental{})
	for _, l := range []struct {
		to   *map[gateway.Key]*gateway.Resource
		from []*gateway.Resource
		name string
	}{
		{&b.have, have, "on the gateway"}, {&b.want, want, "in git"},
		{&b.base, inc.Base, "in the previous state of git"}, {&b.around, inc.Around, "in git"},
	} {
		if *l.to, err = b.byKey(l.from); err != nil {
			return fmt.Errorf("%w %s", err, l.name)
		}
	}
	for _, m := range []map[gateway.Key]*gateway.Resource{b.want, b.around} {
		for k := range m {
			for p := b.kinds.Parent(k); !p.IsZero(); p = b.kinds.Parent(p) {
				b.held[p] = true
			}
		}
	}
	return nil
}

func (b *builder) byKey(rs []*gateway.Resource) (map[gateway.Key]*gateway.Resource, error) {
	m := make(map[gateway.Key]*gateway.Resource, len(rs))
	for _, r := range rs {
		k := b.kinds.Get(r.Key.Kind)
		if k == nil || !k.Stored() {
			return nil, fmt.Errorf("%v: no resource of this kind can be planned", r.Key)
		}
		f := b.kinds.Fold(r.Key)
		if old := m[f]; old != nil {
			return nil, fmt.Errorf("%v and %v are the same resource", old.Key, r.Key)
		}
		m[f] = r
	}
	return m, nil
}

// sorted returns the keys of a map in the one order that plans are made in.
func sorted[V any](m map[gateway.Key]V) []gateway.Key {
	return slices.SortedFunc(maps.Keys(m), gateway.Key.Compare)
}

// mine reports whether the plan may touch the resource of that folded key.
func (b *builder) mine(f gateway.Key, r *gateway.Resource) bool {
	return !b.kinds.IsBuiltin(f) && (b.opts.Scope == nil || b.opts.Scope(r.Key)) && !b.told(f)
}

// told reports whether an attached file of the owner says all that the
// resource would, so that writing the owner writes it too.
func (b *builder) told(f gateway.Key) bool {
	k := b.kinds.Get(f.Kind)
	if k.Inside == "" {
		return false
	}
	p := b.kinds.Parent(f)
	a := gateway.Attachment{Pattern: k.Inside}
	for _, owner := range []*gateway.Resource{b.want[p], b.around[p], b.have[p]} {
		if owner == nil {
			continue
		}
		if _, _, ok := a.File(owner); ok {
			return true
		}
	}
	// What git does not say is not told; what the gateway keeps to itself is.
	return b.have[p] != nil && slices.Contains(b.have[p].Unread, k.Inside)
}

func (b *builder) add(a Action) {
	n := &node{Action: a, live: b.kinds.Get(a.Key.Kind).Live}
	b.nodes = append(b.nodes, n)
	b.carrier[b.kinds.Fold(a.Key)] = n
}

func (b *builder) action(op Op, key gateway.Key, have, want *gateway.Resource) Action {
	a := Action{
		Op: op, Key: key, Have: have, Want: want,
		HaveDigest: b.kinds.Digest(have), WantDigest: b.kinds.Digest(want),
	}
	if have != nil {
		a.ETag = have.ETag
	}
	if op == Update {
		a.Changes = readable(b.diff(have, want))
	}
	return a
}

// diff is Kinds.Diff where either side, not both, may be missing.
func (b *builder) diff(have, want *gateway.Resource) []gateway.Change {
	if have == nil {
		have = &gateway.Resource{Key: want.Key}
	}
	if want == nil {
		want = &gateway.Resource{Key: have.Key}
	}
	return b.kinds.Diff(have, want)
}

func (b *builder) planWrites() {
	for _, f := range sorted(b.want) {
		if w := b.want[f]; b.mine(f, w) {
			b.planWrite(f, w)
		}
	}
}

func (b *builder) planWrite(f gateway.Key, want *gateway.Resource) {
	have := b.have[f]
	if have == nil {
		have = b.kinds.Initial(want.Key) // a walk passes over what nobody has changed yet
	}
	switch permanent := b.kinds.Get(f.Kind).Permanent; {
	case have == nil && !permanent:
		a := b.action(Create, want.Key, nil, want)
		if b.base[f] != nil {
			a.Note = "published before and gone from the gateway since"
		}
		b.add(a)
		return
	case len(b.diff(have, want)) == 0:
		if b.opts.Secrets && b.kinds.HoldsSecrets(want) {
			a := b.action(Update, want.Key, have, want)
			a.Note = "writes its secrets again"
			b.add(a)
		}
		return
	}
	a := b.action(Update, want.Key, have, want)
	if have != nil && b.drifted(f) {
		if !b.opts.Overwrite {
			b.conflict(f, a, "")
			return
		}
		a.Note = "overwrites a change made on the gateway"
	}
	b.add(a)
}

// drifted reports whether the gateway's state is not the one that git held
// when it was last published.
func (b *builder) drifted(f gateway.Key) bool {
	if b.opts.Incremental == nil {
		return false
	}
	base := b.base[f]
	return base == nil || !b.kinds.Equal(base, b.have[f])
}

func (b *builder) conflict(f gateway.Key, a Action, note string) {
	base := cmp.Or(b.base[f], &gateway.Resource{Key: a.Key})
	a.Note, a.Stage = note, Publish
	if a.Op == Delete {
		a.Stage = Terminator
	}
	b.conflicts = append(b.conflicts, Conflict{
		Action:  a,
		Gateway: readable(b.diff(base, a.Have)),
		Git:     readable(b.diff(base, a.Want)),
	})
}

func (b *builder) problem(s Severity, k gateway.Key, format string, args ...any) {
	b.problems = append(b.problems, Problem{Severity: s, Key: k, Text: fmt.Sprintf(format, args...)})
}

func (b *builder) finish(ordered []*node) *Plan {
	p := &Plan{
		Settings: Settings{
			Incremental: b.opts.Incremental != nil, Delete: b.opts.Delete,
			Overwrite: b.opts.Overwrite, Lenient: b.opts.Lenient,
		},
		Conflicts: b.conflicts,
		Problems:  b.problems,
		Extra:     b.extra,
	}
	for _, m := range []map[gateway.Key]*gateway.Resource{b.have, b.around} {
		for f, r := range m {
			if b.mine(f, r) {
				p.Compared++
			}
		}
	}
	for _, n := range ordered {
		n.Stage = Stages()[n.stage]
		for _, m := range n.before {
			n.Depends = append(n.Depends, m.index)
		}
		slices.Sort(n.Depends)
		p.Actions = append(p.Actions, n.Action)
	}
	slices.SortFunc(p.Conflicts, func(x, y Conflict) int { return x.Action.Key.Compare(y.Action.Key) })
	slices.SortFunc(p.Problems, func(x, y Problem) int {
		return cmp.Or(cmp.Compare(x.Severity, y.Severity), x.Key.Compare(y.Key), cmp.Compare(x.Text, y.Text), cmp.Compare(x.Pointer, y.Pointer))
	})
	p.Problems = slices.Compact(p.Problems)
	return p
}
