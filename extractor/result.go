package extractor

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/lockstep-apiops/lockstep/artifacts"
	"github.com/lockstep-apiops/lockstep/gateway"
)

// An Op is what happened to a resource since the tree was written.
type Op string

// The operations, as they are printed.
const (
	Added   Op = "added"
	Changed Op = "changed"
	Removed Op = "removed"
)

// A ResourceChange is a resource of which the tree must say something else.
type ResourceChange struct {
	Key    gateway.Key
	Op     Op
	Files  []string // paths written or removed, sorted
	Gone   []string // those of them that are removed
	Fields []string // of a changed one, what is different: names, never values
}

// A Dependent is a resource that refers to another, or names it in its text.
type Dependent struct {
	Key gateway.Key
	On  gateway.Key // what changed, or else a Dependent itself
}

// A Result is what an extraction found.
type Result struct {
	// Complete says that the gateway was read to its end and the sink took
	// everything. If it is false, the sink must not be committed.
	Complete bool

	Changes []ResourceChange // by kind and name
	// Dependents are the resources that did not change and depend on one that
	// did, directly or with one between them, by key. They are told if asked
	// for. That something is owned by a resource does not count.
	Dependents []Dependent
	Notes      []gateway.Note // what was not read
	Unmanaged  []gateway.Unmanaged
	Problems   []artifacts.Problem // what of the tree is not used
	Read       int                 // resources read
}

// Empty reports whether the tree says already what the gateway does.
func (r *Result) Empty() bool { return len(r.Changes) == 0 }

// Count returns the number of resources to which op happened.
func (r *Result) Count(op Op) int {
	n := 0
	for _, c := range r.Changes {
		if c.Op == op {
			n++
		}
	}
	return n
}

// sort puts everything in order, so that the same finds read the same.
func (r *Result) sort() {
	slices.SortFunc(r.Changes, func(a, b ResourceChange) int {
		return cmp.Or(cmp.Compare(a.Key.Kind, b.Key.Kind), a.Key.Compare(b.Key))
	})
	slices.SortFunc(r.Notes, func(a, b gateway.Note) int {
		return cmp.Or(cmp.Compare(a.Kind, b.Kind), a.Parent.Compare(b.Parent), cmp.Compare(a.Text, b.Text))
	})
	slices.SortFunc(r.Problems, func(a, b artifacts.Problem) int {
		return cmp.Or(cmp.Compare(a.Path, b.Path), cmp.Compare(a.Text, b.Text))
	})
}

// Remarks tells in lines what was not read, one for each kind and reason, and
// what the walk had to say besides.
func (r *Result) Remarks() []string {
	type group struct{ kind, why string }
	places := map[group][]gateway.Key{}
	var order []group
	var lines []string
	for _, n := range r.Notes {
		if n.Err == nil {
			lines = append(lines, n.Text)
			continue
		}
		g := group{n.Kind, n.Err.Error()}
		if !n.Parent.IsZero() { // the error names the owner: the first stands for all
			g.why = ""
		}
		if places[g] == nil {
			order = append(order, g)
		}
		places[g] = append(places[g], n.Parent)
	}
	for _, g := range order {
		where := places[g]
		switch {
		case where[0].IsZero():
			lines = append(lines, fmt.Sprintf("not read: %s resources: %s", g.kind, g.why))
		case len(where) == 1:
			lines = append(lines, fmt.Sprintf("not read: %s resources of %v: not offered there", g.kind, where[0]))
		default:
			lines = append(lines, fmt.Sprintf("not read: %s resources of %v and %d more: not offered there", g.kind, where[0], len(where)-1))
		}
	}
	return lines
}
