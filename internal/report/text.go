package report

import (
	"bytes"
	"fmt"

	"github.com/lockstep-apiops/lockstep/gateway"
	"github.com/lockstep-apiops/lockstep/publisher/plan"
)

var marks = map[plan.Op]string{plan.Delete: "-", plan.Update: "~", plan.Create: "+"}

// Colors of a terminal.
const (
	red, green, yellow, bold, plain = "\x1b[31m", "\x1b[32m", "\x1b[33m", "\x1b[1m", "\x1b[0m"
)

var colors = map[string]string{"-": red, "+": green, "~": yellow, "!": red}

// A texter writes lines.
type texter struct {
	b     *bytes.Buffer
	color bool
}

// line writes a line that begins with a mark, in the color of the mark.
func (t texter) line(indent int, mark, text string) {
	text = indented(mark + " " + text)
	if c := colors[mark]; t.color && c != "" {
		text = c + text + plain
	}
	fmt.Fprintf(t.b, "%*s%s\n", indent, "", text)
}

func (t texter) head(text string) {
	text = clean(text)
	if t.color {
		text = bold + text + plain
	}
	fmt.Fprintf(t.b, "%s\n", text)
}

func (t texter) section(title string, lines []string, mark string) {
	if len(lines) == 0 {
		return
	}
	fmt.Fprintln(t.b)
	t.head(title)
	for _, l := range lines {
		t.line(2, mark, l)
	}
}

func textPlan(b *bytes.Buffer, p *plan.Plan, o Options) error {
	t := texter{b, o.Color}
	t.head("Plan for " + planScope(p))
	t.head(planSummary(p))
	t.section("Errors, to be mended first", problemsOf(p, plan.Error), "!")
	if len(p.Actions) > 0 {
		fmt.Fprintln(b)
	}
	for _, op := range ops {
		for _, a := range actionsOf(p, op) {
			t.action(a)
		}
	}
	t.conflicts(p)
	t.section("Warnings", problemsOf(p, plan.Warning), "!")
	var extra []string
	for _, k := range p.Extra {
		extra = append(extra, k.String())
	}
	t.section("On the gateway, not in git, and left alone", extra, " ")
	return nil
}

func (t texter) action(a *plan.Action) {
	text := title(a)
	if r := remarks(a); r != "" {
		text += " (" + r + ")"
	}
	t.line(2, marks[a.Op], text)
	for _, k := range a.Cascades {
		t.line(6, "-", k.String())
	}
	t.changes(a.Changes)
}

func (t texter) changes(cs []gateway.Change) {
	for _, c := range cs {
		if len(c.Lines) == 0 {
			t.line(6, "~", fmt.Sprintf("%s: %s → %s", c.Field, value(c.Have), value(c.Want)))
			continue
		}
		t.line(6, "~", c.Field)
		for _, l := range c.Lines {
			mark, rest := split(l)
			t.diffLine(mark, rest)
		}
	}
}

// diffLine writes a line of a diff, which keeps its mark in the first column.
func (t texter) diffLine(mark, rest string) {
	text := indented(mark + rest)
	if c := colors[mark]; t.color && c != "" {
		text = c + text + plain
	}
	fmt.Fprintf(t.b, "%*s%s\n", 10, "", text)
}

// split returns the mark of a line of a diff, and the rest of it.
func split(l string) (mark, rest string) {
	if l == "" {
		return "", ""
	}
	switch l[0] {
	case '+', '-', ' ':
		return l[:1], l[1:]
	}
	return "", l
}

func (t texter) conflicts(p *plan.Plan) {
	if len(p.Conflicts) == 0 {
		return
	}
	fmt.Fprintln(t.b)
	t.head("Conflicts: changed on the gateway since git was published, and not touched")
	for i := range p.Conflicts {
		c := &p.Conflicts[i]
		text := title(&c.Action)
		if c.Action.Note != "" {
			text += " (" + c.Action.Note + ")"
		}
		t.line(2, "!", text)
		t.line(4, " ", "the gateway changed")
		t.changes(c.Gateway)
		t.line(4, " ", "git changed")
		t.changes(c.Git)
	}
}

func textResult(b *bytes.Buffer, r *plan.Result, o Options) error {
	t := texter{b, o.Color}
	t.head(resultSummary(r, o))
	waiting := blocked(r)
	for _, g := range troubles(r) {
		fmt.Fprintln(b)
		t.head(g.title)
		for _, oc := range g.outcomes {
			text := title(oc.Action)
			if why := reason(oc); why != "" {
				text += ": " + why
			}
			t.line(2, "!", text)
			for _, a := range waiting[oc.Action.Key] {
				t.line(6, " ", "blocks "+title(a))
			}
		}
	}
	return nil
}
