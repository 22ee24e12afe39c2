package extractor

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/lockstep-apiops/lockstep/gateway"
)

// What forges draw without being asked to twice.
const (
	maxNodes = 50
	maxGraph = 2000 // bytes, where the bound is in characters
	maxLabel = 60   // characters of a name
)

// looks are the classes of the nodes of what changed.
var looks = map[Op]string{Removed: ":::gone", Changed: ":::changed", Added: ":::fresh"}

// A chart is the text of a graph of bounded size. Its nodes have numbers for
// names, and what resources are called is between quotes.
type chart struct {
	text  strings.Builder
	ops   map[gateway.Key]Op
	nodes map[gateway.Key]int
}

// graph draws what depends on what changed, if anything does. It is one line of
// its block, for half of it would be none.
func graph(r *Result) *block {
	b := &block{what: "graphs"}
	c := &chart{ops: map[gateway.Key]Op{}, nodes: map[gateway.Key]int{}}
	for _, change := range r.Changes {
		c.ops[change.Key] = change.Op
	}
	c.text.WriteString("flowchart LR\n  classDef gone stroke:red\n  classDef changed stroke:orange\n  classDef fresh stroke:green\n")
	left, others := 0, map[gateway.Key]bool{}
	for _, d := range c.sorted(r.Dependents) {
		others[d.Key] = true
		if !c.arrow(d) {
			left++
		}
	}
	if len(c.nodes) == 0 {
		return b
	}
	text := fmt.Sprintf("\n%s on what changed. Arrows lead to what depends on what they come from.\n\n```mermaid\n%s```\n",
		number(len(others), "resource that did not change depends", "resources that did not change depend"), c.text.String())
	if left > 0 {
		text += fmt.Sprintf("\n_%d of %d arrows are not drawn._\n", left, len(r.Dependents))
	}
	b.lines = []string{text}
	return b
}

// sorted returns what is more important first: the nearest, and of that what
// depends on what is removed.
func (c *chart) sorted(all []Dependent) []Dependent {
	weight := func(d Dependent) int {
		if op, ok := c.ops[d.On]; ok {
			return rank[op]
		}
		return len(rank)
	}
	return slices.SortedStableFunc(slices.Values(all), func(a, b Dependent) int {
		return cmp.Or(cmp.Compare(weight(a), weight(b)), a.On.Compare(b.On), a.Key.Compare(b.Key))
	})
}

// arrow draws that a resource depends on another, or reports that there is no
// room to.
func (c *chart) arrow(d Dependent) bool {
	var add strings.Builder
	nodes, ids := len(c.nodes), [2]int{}
	for i, key := range []gateway.Key{d.On, d.Key} {
		id, drawn := c.nodes[key]
		if !drawn {
			id = nodes
			nodes++
			fmt.Fprintf(&add, "  n%d[\"%s\"]%s\n", id, label(key), looks[c.ops[key]])
		}
		ids[i] = id
	}
	fmt.Fprintf(&add, "  n%d --> n%d\n", ids[0], ids[1])
	if nodes > maxNodes || c.text.Len()+add.Len() > maxGraph {
		return false
	}
	c.nodes[d.On], c.nodes[d.Key] = ids[0], ids[1]
	c.text.WriteString(add.String())
	return true
}

// label returns a text that means nothing but itself between quotes: all but
// letters, digits and blanks are written as numbers.
func label(key gateway.Key) string {
	s := visible(key.Kind + " " + name(key))
	if utf8.RuneCountInString(s) > maxLabel {
		s = string([]rune(s)[:maxLabel-1]) + "…"
	}
	var b strings.Builder
	for _, r := range s {
		if unicode.IsLetter(r) || unicode.IsDigit(r) || strings.ContainsRune(" -./…", r) {
			b.WriteRune(r)
		} else {
			fmt.Fprintf(&b, "#%d;", r)
		}
	}
	return b.String()
}
