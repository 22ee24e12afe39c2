package report

import (
	"net/url"
	"strings"

	"github.com/lockstep-apiops/lockstep/publisher/plan"
)

// table writes the changes of a plan as a table, a row for each resource, and
// below it what there is to unfold.
func (p *page) table(pl *plan.Plan) {
	p.heading = "\n#### Changes\n\n| Change | Resource |\n| --- | --- |\n"
	for _, op := range ops {
		for _, a := range actionsOf(pl, op) {
			p.add("| " + string(op) + " | " + p.name(a) + sizeOf(a) + " |\n")
		}
	}
	p.section("Details")
	for _, op := range ops {
		for _, a := range actionsOf(pl, op) {
			if body := bodyOf(a); body != "" && !p.put(folded(string(op)+" "+code(a.Key.String()), body)) {
				p.details++
			}
		}
	}
}

// name returns the name of an action's resource, with a link to where it is
// kept. The link is HTML, which holds in tables and in what unfolds as well.
// What is to be deleted is not kept any more.
func (p *page) name(a *plan.Action) string {
	name := code(a.Key.String())
	if p.links == nil || a.Op == plan.Delete {
		return name
	}
	to, err := url.Parse(strings.TrimSpace(p.links(a.Key)))
	if err != nil || to.String() == "" || to.Scheme != "" && to.Scheme != "https" && to.Scheme != "http" {
		return name
	}
	return `<a href="` + escape(to.String()) + `">` + name + "</a>"
}
