package report

import (
	"bytes"
	"fmt"

	"github.com/lockstep-apiops/lockstep/publisher/plan"
)

// markdownCheck writes a check as a page: errors before warnings, each with its
// place.
func markdownCheck(b *bytes.Buffer, c *Check, o Options) error {
	p := newPage(b, o)
	p.put("### " + escape(clean(c.summary())) + "\n")
	for _, s := range []struct {
		severity plan.Severity
		title    string
	}{{plan.Error, "Errors"}, {plan.Warning, "Warnings"}} {
		p.section(s.title)
		for i := range c.Findings {
			if f := &c.Findings[i]; f.Severity == s.severity {
				p.add(p.finding(f))
			}
		}
	}
	if helps := c.helps(); len(helps) > 0 {
		p.section("What to do")
		for _, h := range helps {
			p.add("- " + escape(clean(h)) + "\n")
		}
	}
	p.close()
	return nil
}

// finding returns a finding as an item of a list.
func (p *page) finding(f *Finding) string {
	where := code(clean(f.File))
	switch {
	case f.File == "":
		where = code(clean(f.Key.String()))
	case f.Line > 0:
		where = code(fmt.Sprintf("%s:%d", clean(f.File), f.Line))
	}
	if f.File == "" && f.Key.IsZero() {
		where = code(f.Rule)
	}
	if p.links != nil && f.File != "" {
		if url := p.links(f.Key); url != "" && !f.Key.IsZero() {
			where = fmt.Sprintf("[%s](%s)", where, url)
		}
	}
	text := newFinding(f.Rule, warningLevel, f.Key, "", named(f.Key), f.Text).text
	return "- " + where + " " + escape(text) + " (" + escape(f.Rule) + ")\n"
}
