package report

import (
	"fmt"
	"strings"
	"unicode"

	"github.com/lockstep-apiops/lockstep/publisher/plan"
)

// What forges draw without being asked to twice.
const (
	maxNodes = 50
	maxGraph = 2000 // bytes, where the bound is in characters
	maxLabel = 60   // characters of a name
)

// A chart is the text of a graph of bounded size.
type chart struct {
	text  strings.Builder
	drawn map[int]bool
}

// graph writes which of the changes of a plan wait for which, if any do.
func (p *page) graph(pl *plan.Plan) {
	c := &chart{drawn: map[int]bool{}}
	c.text.WriteString("flowchart LR\n  classDef gone stroke:red\n  classDef fresh stroke:green\n")
	left := 0
	for i := range pl.Actions {
		for _, d := range pl.Actions[i].Depends {
			// A part of a plan may wait for what is not in it.
			if d >= 0 && d < i && !c.edge(pl, d, i) {
				left++
			}
		}
	}
	if len(c.drawn) == 0 {
		return
	}
	text := "What an arrow leads to waits for what it comes from.\n\n```mermaid\n" + c.text.String() + "```\n"
	if left > 0 {
		text += "\n_" + count(left, "more arrow") + " not drawn._\n"
	}
	p.section("Order")
	p.put(text)
}

// edge draws that one action waits for another, or reports that there is no
// room to.
func (c *chart) edge(p *plan.Plan, first, then int) bool {
	var add strings.Builder
	nodes := len(c.drawn)
	for _, i := range []int{first, then} {
		if !c.drawn[i] {
			nodes++
			fmt.Fprintf(&add, "  n%d[\"%s\"]%s\n", i, label(title(&p.Actions[i])), looks[p.Actions[i].Op])
		}
	}
	fmt.Fprintf(&add, "  n%d --> n%d\n", first, then)
	if nodes > maxNodes || c.text.Len()+add.Len() > maxGraph {
		return false
	}
	c.drawn[first], c.drawn[then] = true, true
	c.text.WriteString(add.String())
	return true
}

// looks are the classes of nodes.
var looks = map[plan.Op]string{plan.Delete: ":::gone", plan.Create: ":::fresh"}

// label returns a text that means nothing but itself between quotes: all but
// letters, digits and blanks are written as numbers.
func label(s string) string {
	var b strings.Builder
	for _, r := range clean(clip(s, maxLabel)) {
		if unicode.IsLetter(r) || unicode.IsDigit(r) || strings.ContainsRune(" -./", r) {
			b.WriteRune(r)
		} else {
			fmt.Fprintf(&b, "#%d;", r)
		}
	}
	return b.String()
}
