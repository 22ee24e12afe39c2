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
	heading string // to be written before the next block
	left    int    // how many blocks did not fit
}

// reserve is what the last line, about what did not fit, may take.
const reserve = 200

// add writes the first of the blocks that fits.
func (p *page) add(blocks ...string) {
	for _, b := range blocks {
		if p.limit == 0 || p.b.Len()+len(p.heading)+len(b)+reserve <= p.limit {
			p.b.WriteString(p.heading)
			p.b.WriteString(b)
			p.heading = ""
			return
		}
	}
	p.left++
}

func (p *page) section(title string) { p.heading = "\n#### " + title + "\n\n" }

func (p *page) close() {
	if p.left > 0 {
		fmt.Fprintf(p.b, "\n_%s not shown here for want of room; the JSON form has all._\n", count(p.left, "more change"))
	}
}

func markdownPlan(b *bytes.Buffer, p *plan.Plan, o Options) error {
	pg := &page{b: b, limit: o.Limit}
	fmt.Fprintf(b, "### Plan: %s\n\n%s\n", planSummary(p), code(planScope(p)))
	pg.lines("Errors, to be mended first", problemsOf(p, plan.Error))
	for _, op := range ops {
		pg.section(headings[op])
		for _, a := range actionsOf(p, op) {
			pg.action(a)
		}
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

func (p *page) lines(title string, lines []string) {
	p.section(title)
	for _, l := range lines {
		p.add("- " + code(l) + "\n")
	}
}

func (p *page) action(a *plan.Action) {
	line := code(a.Key.String())
	var body string
	switch {
	case len(a.Changes) > 0:
		line += ", " + count(len(a.Changes), "change")
		body = fence(changes(a.Changes))
	case len(a.Cascades) > 0:
		line += " and " + count(len(a.Cascades), "resource") + " that it owns"
		body = keyList(a.Cascades)
	}
	if r := remarks(a); r != "" {
		line += " (" + escape(r) + ")"
	}
	if short := "- " + line + "\n"; body == "" {
		p.add(short)
	} else {
		p.add(folded(line, body), short)
	}
}

func (p *page) conflict(c *plan.Conflict) {
	line := string(c.Action.Op) + " " + code(c.Action.Key.String())
	if c.Action.Note != "" {
		line += " (" + escape(c.Action.Note) + ")"
	}
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
				out = append(out, clean(l))
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
	pg := &page{b: b, limit: o.Limit}
	fmt.Fprintf(b, "### Published: %s\n", resultSummary(r, o))
	for _, g := range troubles(r) {
		pg.section(g.title)
		for _, oc := range g.outcomes {
			line := string(oc.Action.Op) + " " + code(oc.Action.Key.String())
			if why := reason(oc); why != "" {
				line += ": " + code(why)
			}
			var blocked strings.Builder
			for _, a := range blockedBy(r, oc.Action) {
				fmt.Fprintf(&blocked, "  - blocks %s %s\n", a.Op, code(a.Key.String()))
			}
			pg.add("- "+line+"\n"+blocked.String(), "- "+line+"\n")
		}
	}
	pg.close()
	return nil
}
