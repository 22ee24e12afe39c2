package report

import (
	"bytes"
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/lockstep-apiops/lockstep/gateway"
	"github.com/lockstep-apiops/lockstep/publisher/plan"
)

// CheckFormat names the JSON format of a check and its version.
const CheckFormat = "lockstep/check/v1"

// A Check is what a look at a tree found: one that compares nothing with a
// gateway that people use.
type Check struct {
	Name     string // of the command: "validate"
	Product  string
	Rules    []Rule
	Findings []Finding
	Checked  []gateway.Key // resources that were looked at
	Did      string        // what was done besides, in words; may be ""
}

// A Rule is a kind of Finding.
type Rule struct {
	ID, Title string
	Help      string // what to do about it
}

// A Finding is one thing that a Check found.
type Finding struct {
	Rule     string // the ID of one of the rules
	Severity plan.Severity
	Key      gateway.Key // zero: it concerns no single resource
	File     string      // relative to the root of the repository, with slashes; "" if in none
	Line     int         // from 1; 0: not known
	Text     string
}

// checkViews show checks, by format.
var checkViews = map[string]func(*bytes.Buffer, *Check, Options) error{
	"text":     textCheck,
	"markdown": markdownCheck,
	"json":     jsonCheck,
	"github": func(b *bytes.Buffer, c *Check, o Options) error {
		return c.annotate(b, o, githubLine(o))
	},
	"azure": func(b *bytes.Buffer, c *Check, o Options) error {
		return c.annotate(b, o, azureLine(o))
	},
	"codequality": func(b *bytes.Buffer, c *Check, o Options) error {
		return codeQuality(b, c.findings(), c.target(), o)
	},
	"junit": junitCheck,
	"sarif": func(b *bytes.Buffer, c *Check, o Options) error {
		return sarif(b, c.findings(), c.target(), o)
	},
}

// Findings writes what a check found in the named format.
func Findings(w io.Writer, format string, c *Check, o Options) error {
	show, ok := checkViews[format]
	if !ok {
		return unknown(format)
	}
	o.rules = []rule{}
	for _, r := range c.Rules {
		o.rules = append(o.rules, rule{r.ID, r.Title, r.Help})
	}
	for _, f := range c.Findings {
		if indexOf(o.rules, f.Rule) < 0 {
			return fmt.Errorf("show findings: there is no rule %q", f.Rule)
		}
	}
	var b bytes.Buffer
	if err := show(&b, c, o); err != nil {
		return fmt.Errorf("show findings: %w", err)
	}
	_, err := w.Write(b.Bytes())
	return err
}

// target names the check where others name a gateway.
func (c *Check) target() plan.Target { return plan.Target{Product: c.Product, Instance: c.Name} }

func (c *Check) count(s plan.Severity) int {
	n := 0
	for _, f := range c.Findings {
		if f.Severity == s {
			n++
		}
	}
	return n
}

// summary returns in one line what was found.
func (c *Check) summary() string {
	found := list(someOf(c.count(plan.Error), "error"), someOf(c.count(plan.Warning), "warning"))
	return fmt.Sprintf("%s of %s: %s", c.Name, list(count(len(c.Checked), "resource"), c.Did), cmp.Or(found, "nothing wrong"))
}

// someOf is count, or nothing for none.
func someOf(n int, one string) string {
	if n == 0 {
		return ""
	}
	return count(n, one)
}

// findings returns the findings as other views take them, the worst first.
func (c *Check) findings() []finding {
	var fs []finding
	for _, f := range c.Findings {
		l := warningLevel
		if f.Severity == plan.Error {
			l = errorLevel
		}
		text := []string{f.Text}
		if !f.Key.IsZero() {
			text = []string{f.Key.String(), ": ", f.Text}
		}
		one := newFinding(f.Rule, l, f.Key, f.File+"\n"+f.Text, text...)
		one.file, one.line, one.mild = f.File, f.Line, true
		fs = append(fs, one)
	}
	slices.SortStableFunc(fs, func(x, y finding) int { return int(x.level - y.level) })
	return fs
}

func (c *Check) annotate(b *bytes.Buffer, _ Options, line func(finding) string) error {
	fmt.Fprintln(b, clean(c.summary()))
	annotate(b, c.findings(), line)
	return nil
}

// where returns the place of a finding as editors and compilers write it.
func (f *Finding) where() string {
	switch {
	case f.File == "":
		return ""
	case f.Line == 0:
		return f.File + ": "
	}
	return fmt.Sprintf("%s:%d: ", f.File, f.Line)
}

func textCheck(b *bytes.Buffer, c *Check, o Options) error {
	t := texter{b, o.Color}
	t.head(c.summary())
	if len(c.Findings) > 0 {
		fmt.Fprintln(b)
	}
	for i := range c.Findings {
		t.finding(&c.Findings[i])
	}
	if helps := c.helps(); len(helps) > 0 {
		t.section("What to do", helps, " ")
	}
	return nil
}

// finding writes a finding as compilers do, for editors follow that to the
// place.
func (t texter) finding(f *Finding) {
	first, more, _ := strings.Cut(strings.TrimSpace(f.Text), "\n")
	color := yellow
	if f.Severity == plan.Error {
		color = red
	}
	text := indented(fmt.Sprintf("%s%s: %s%s [%s]", f.where(), f.Severity, named(f.Key), first, f.Rule))
	if t.color {
		text = color + text + plain
	}
	fmt.Fprintln(t.b, text)
	for line := range strings.Lines(more) {
		t.line(2, " ", strings.TrimRight(line, "\n"))
	}
}

func named(k gateway.Key) string {
	if k.IsZero() {
		return ""
	}
	return k.String() + ": "
}

// helps returns what to do about the rules that something was found of.
func (c *Check) helps() []string {
	var lines []string
	for _, r := range c.Rules {
		if r.Help != "" && slices.ContainsFunc(c.Findings, func(f Finding) bool { return f.Rule == r.ID }) {
			lines = append(lines, r.ID+": "+r.Help)
		}
	}
	return lines
}

type checkFile struct {
	Format   string           `json:"format"`
	Command  string           `json:"command"`
	Summary  checkSummary     `json:"summary"`
	Findings []checkedFinding `json:"findings"`
}

type checkSummary struct {
	Resources int `json:"resources"`
	Errors    int `json:"errors"`
	Warnings  int `json:"warnings"`
}

type checkedFinding struct {
	Rule     string        `json:"rule"`
	Severity plan.Severity `json:"severity"`
	Key      *keyFile      `json:"key,omitempty"`
	File     string        `json:"file,omitempty"`
	Line     int           `json:"line,omitempty"`
	Message  string        `json:"message"`
	Help     string        `json:"help,omitempty"`
}

func jsonCheck(b *bytes.Buffer, c *Check, o Options) error {
	out := checkFile{
		Format: CheckFormat, Command: c.Name, Findings: []checkedFinding{},
		Summary: checkSummary{len(c.Checked), c.count(plan.Error), c.count(plan.Warning)},
	}
	for _, f := range c.Findings {
		one := checkedFinding{Rule: f.Rule, Severity: f.Severity, File: f.File, Line: f.Line, Message: f.Text, Help: o.rules[indexOf(o.rules, f.Rule)].help}
		if !f.Key.IsZero() {
			key := toKey(f.Key)
			one.Key = &key
		}
		out.Findings = append(out.Findings, one)
	}
	return writeJSON(b, out)
}

func junitCheck(b *bytes.Buffer, c *Check, _ Options) error {
	s := newSuite()
	for _, k := range c.Checked {
		s.of(k)
	}
	for _, f := range c.findings() {
		if where := (&Finding{File: f.file, Line: f.line}).where(); where != "" {
			f.text = clean(where) + f.text
		}
		s.find(f)
	}
	return s.write(b, clean(strings.TrimSpace(c.Name+" "+c.Product)))
}
