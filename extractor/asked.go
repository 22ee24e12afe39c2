package extractor

import (
	"fmt"
	"slices"
	"strings"

	"github.com/lockstep-apiops/lockstep/gateway"
)

// asked is the selector that leaves out kinds which somebody has to ask for.
type asked struct {
	kinds *gateway.Kinds
	want  func(*gateway.Kind) bool
}

// Skip implements Selector.
func (a asked) Skip(key gateway.Key) bool { return a.kinds.OptedOut(key, a.want) }

// SkipKind implements Selector.
func (a asked) SkipKind(kind string, owner gateway.Key) bool { return a.Skip(owner.Child(kind, "")) }

// Says implements Selector.
func (a asked) Says(key gateway.Key) (named, out bool) { return false, a.Skip(key) }

// Bars implements Selector.
func (a asked) Bars(key gateway.Key) bool { return a.Skip(key) }

// SaysKind implements Selector.
func (a asked) SaysKind(kind string, owner gateway.Key) (named, out bool) {
	return false, a.SkipKind(kind, owner)
}

// LeftAlone says of resources that a tree holds, in a line for each kind, that
// they are left alone because nobody asked for their kind. keys may be all that
// the tree holds.
func LeftAlone(kinds *gateway.Kinds, keys []gateway.Key, asks func(*gateway.Kind) bool) []string {
	counts := map[string]int{}
	for _, key := range keys {
		if kinds.OptedOut(key, asks) {
			counts[kinds.Get(key.Kind).Row]++
		}
	}
	var lines []string
	for row, n := range counts {
		lines = append(lines, fmt.Sprintf("left alone: %s of the tree: managed only if asked for, --with '%s'", number(n, row+" resource", row+" resources"), row))
	}
	slices.SortFunc(lines, strings.Compare)
	return lines
}
