package report

import (
	"bytes"
	"fmt"
	"strings"

	"github.com/lockstep-apiops/lockstep/gateway"
	"github.com/lockstep-apiops/lockstep/publisher/plan"
)

var headings = map[plan.Op]string{plan.Delete: "Delete", plan.Update: "Update", plan.Create: "Create"}

// A page is Markdown of bounded size, made of blocks that are whole or absent.
type page struct {
	b       *bytes.Buffer
	limit   int
	links   func(gateway.Key) string
	heading string // to be written before the next block
	left    int    // how many blocks did not fit
	details int    // of how many blocks only what they tell in short did
}

func newPage(b *bytes.Buffer, o Options) *page { return &page{b: b, limit: o.Limit, links: o.Links} }

// reserve is what the last line, about what did not fit, may take.
const reserve = 200

// add writes the first of the blocks that fits, the later ones being shorter.
func (p *page) add(blocks ...string) {
	for i, b := range blocks {
		if p.put(b) {
			if i > 0 {
				p.details++
			}
			return
		}
	}
	p.left++
}

// put writes a block if it fits.
func (p *page) put(block string) bool {
	if p.limit > 0 && p.b.Len()+len(p.heading)+len(block)+reserve > p.limit {
		return false
	}
	p.b.WriteString(p.heading)
	p.b.WriteString(block)
	p.heading = ""
	return true
}

func (p *page) section(title string) { p.heading = "\n#### " + title + "\n\n" }

func (p *page) close() {
	var cut []string
	if p.left > 0 {
		cut = append(cut, count(p.left, "more change"))
	}
	if p.details > 0 {
		cut = append(cut, "details of "+count(p.details, "change"))
	}
	if len(cut) > 0 {
		fmt.Fprintf(p.b, "\n_%s not shown here for want of room; the JSON form has all._\n", strings.Join(cut, " and "))
	}
}

func markdownPlan(b *bytes.Buffer, p *plan.Plan, o Options) error {
	pg := newPage(b, o)
	fmt.Fprintf(b, "### Plan: %s\n\n%s\n", planSummary(p), code(planScope(p)))
	pg.lines("Errors, to be mended first", problemsOf(p, plan.Error))
	if o.Links != nil {
		pg.table(p)
	} else {
		pg.byOp(p)
	}
	if o.Mermaid {
		pg.graph(p)
	}
	pg.section("Conflicts: changed on the gateway since git was published, and not touched")
	for i := range p.Conflicts {
		pg.conflict(&p.Conflicts[i])
	}
	pg.lines("Warnings", problemsOf(p, plan.Warning))
	if n := len(p.Extra); n > 0 {
		pg.section("On the gateway, not in git, and left alone")
		pg.add(folded(count(n, "resource"), keyList(p.Extra)), "- "+count(n, "resource")+"\n")
	}
	pg.close()
	return nil
}

func (p *page) byOp(pl *plan.Plan) {
	for _, op := range ops {
		p.section(headings[op])
		for _, a := range actionsOf(pl, op) {
			p.action(a)
		}
	}
}

func (p *page) lines(title string, lines []string) {
	p.section(title)
	for _, l := range lines {
		p.add("- " + code(l) + "\n")
	}
}

func (p *page) action(a *plan.Action) {
	line, body := p.name(a)+sizeOf(a), bodyOf(a)
	if short := "- " + line + "\n"; body == "" {
		p.add(short)
	} else {
		p.add(folded(line, body), short)
	}
}

// sizeOf returns what follows the name of an action: how much it changes, and
// what a reader must know besides.
func sizeOf(a *plan.Action) string {
	var s string
	switch {
	case len(a.Changes) > 0:
		s = ", " + count(len(a.Changes), "change")
	case len(a.Cascades) > 0:
		s = " and " + count(len(a.Cascades), "resource") + " that it owns"
	}
	return s + bracket(escape(remarks(a)))
}

// bodyOf returns what there is to unfold about an action, or nothing.
func bodyOf(a *plan.Action) string {
	switch {
	case len(a.Changes) > 0:
		return fence(changes(a.Changes))
	case len(a.Cascades) > 0:
		return keyList(a.Cascades)
	}
	return ""
}

func (p *page) conflict(c *plan.Conflict) {
	line := string(c.Action.Op) + " " + p.name(&c.Action) + bracket(escape(c.Action.Note))
	body := "The gateway changed:\n\n" + fence(changes(c.Gateway)) + "\nGit changed:\n\n" + fence(changes(c.Git))
	p.add(folded(line, body), "- "+line+"\n")
}

// changes returns lines of a diff, which forges color.
func changes(cs []gateway.Change) []string {
	var out []string
	for _, c := range cs {
		if len(c.Lines) > 0 {
			out = append(out, "# "+clean(c.Field))
			for _, l := range c.Lines {
				out = append(out, indented(l))
			}
			continue
		}
		if c.Have != nil {
			out = append(out, "- "+clean(c.Field)+": "+value(c.Have))
		}
		if c.Want != nil {
			out = append(out, "+ "+clean(c.Field)+": "+value(c.Want))
		}
	}
	return out
}

// fence returns a code block whose fence is longer than any in the text.
func fence(lines []string) string {
	text := strings.Join(lines, "\n")
	mark := "```"
	for strings.Contains(text, mark) {
		mark += "`"
	}
	return mark + "diff\n" + text + "\n" + mark + "\n"
}

// folded returns a block that opens on demand. The empty lines around it keep
// lists before and after it lists.
func folded(summary, body string) string {
	return "\n<details><summary>" + summary + "</summary>\n\n" + body + "\n</details>\n\n"
}

func keyList(keys []gateway.Key) string {
	var b strings.Builder
	for _, k := range keys {
		fmt.Fprintf(&b, "- %s\n", code(k.String()))
	}
	return b.String()
}

// code returns text in the face of code, where no forge looks for people,
// issues or links.
func code(s string) string { return "<code>" + escape(s) + "</code>" }

// escape returns text that means nothing but itself, both where Markdown is
// read and inside HTML, where a backslash would not help.
func escape(s string) string {
	var b strings.Builder
	for _, r := range clean(s) {
		if strings.ContainsRune("&<>\"'`*_[]{}()~@#|\\!$", r) {
			fmt.Fprintf(&b, "&#%d;", r)
		} else {
			b.WriteRune(r)
		}
	}
	return b.String()
}

func markdownResult(b *bytes.Buffer, r *plan.Result, o Options) error {
	pg := newPage(b, o)
	fmt.Fprintf(b, "### Published: %s\n", resultSummary(r, o))
	waiting := blocked(r)
	for _, g := range troubles(r) {
		pg.section(g.title)
		for _, oc := range g.outcomes {
			line := string(oc.Action.Op) + " " + pg.name(oc.Action)
			if why := reason(oc); why != "" {
				line += ": " + code(why)
			}
			var also strings.Builder
			for _, a := range waiting[oc.Action.Key] {
				fmt.Fprintf(&also, "  - blocks %s %s\n", a.Op, code(a.Key.String()))
			}
			pg.add("- "+line+"\n"+also.String(), "- "+line+"\n")
		}
	}
	pg.close()
	return nil
}
