// Package report shows plans and what became of them: as text for people at a
// terminal, as Markdown for pull requests and summaries, as JSON for programs,
// and in the forms in which pipelines and forges take findings and tests.
//
// It only renders. A plan holds no secrets, so no view can show one; what a
// resource is called and what its text says comes from outside, so each view
// makes it harmless for where it is shown.
package report

import (
	"bytes"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/lockstep-apiops/lockstep/gateway"
	"github.com/lockstep-apiops/lockstep/publisher/plan"
)

// Options say how something is shown. The zero value is plain and complete.
type Options struct {
	// Color marks what is created, updated and deleted in text.
	Color bool
	// Limit is how many bytes Markdown may have, as forges bound comments;
	// 0 is no limit. What does not fit is counted.
	Limit int
	// Requests is how many requests a run made, where that is known.
	Requests int
	// Target is the gateway of a result, which does not say so itself. A
	// plan knows its own.
	Target plan.Target
	// Path returns the file that a resource is kept in, relative to the root
	// of the repository and with slashes, or "" where that is not known. The
	// zero key stands for the folder of the tree.
	Path func(gateway.Key) string
	// Links returns what the name of a resource leads to in Markdown, a URL
	// or a relative path, or "". If it is set, changes are shown as a table.
	Links func(gateway.Key) string
	// Mermaid adds to the Markdown of a plan a graph of what waits for what,
	// for forges that draw it.
	Mermaid bool

	rules []rule // of the findings that are shown; nil: those of plans and results
}

// A view shows plans and results in one format.
type view struct {
	plan   func(*bytes.Buffer, *plan.Plan, Options) error
	result func(*bytes.Buffer, *plan.Result, Options) error
	// document says that what is shown is a file of its own, to which nothing
	// can be added.
	document bool
}

// formats are the views by name; a new one is one file and one line here.
var formats = map[string]view{
	"text":        {textPlan, textResult, false},
	"markdown":    {markdownPlan, markdownResult, false},
	"json":        {jsonPlan, jsonResult, true},
	"github":      {githubPlan, githubResult, false},
	"azure":       {azurePlan, azureResult, false},
	"codequality": {codeQualityPlan, codeQualityResult, true},
	"junit":       {junitPlan, junitResult, true},
	"sarif":       {sarifPlan, sarifOutcome, true},
}

// Formats returns the names of the formats, sorted.
func Formats() []string { return slices.Sorted(maps.Keys(formats)) }

// IsDocument reports whether a format makes one document of what is shown, so
// that a plan and its result can not follow each other.
func IsDocument(format string) bool { return formats[format].document }

// Plan writes a plan in the named format.
func Plan(w io.Writer, format string, p *plan.Plan, o Options) error {
	v, ok := formats[format]
	if !ok {
		return unknown(format)
	}
	var b bytes.Buffer
	if err := v.plan(&b, p, o); err != nil {
		return fmt.Errorf("show plan: %w", err)
	}
	_, err := w.Write(b.Bytes())
	return err
}

// Result writes what became of a plan in the named format.
func Result(w io.Writer, format string, r *plan.Result, o Options) error {
	v, ok := formats[format]
	if !ok {
		return unknown(format)
	}
	var b bytes.Buffer
	if err := v.result(&b, r, o); err != nil {
		return fmt.Errorf("show result: %w", err)
	}
	_, err := w.Write(b.Bytes())
	return err
}

func unknown(format string) error {
	return fmt.Errorf("show: unknown format %q: want one of %s", format, strings.Join(Formats(), ", "))
}

// ops are the ops in the order they are shown: what is lost comes first.
var ops = []plan.Op{plan.Delete, plan.Update, plan.Create}

// actionsOf returns the actions that do op, by name.
func actionsOf(p *plan.Plan, op plan.Op) []*plan.Action {
	var as []*plan.Action
	for i := range p.Actions {
		if p.Actions[i].Op == op {
			as = append(as, &p.Actions[i])
		}
	}
	slices.SortFunc(as, func(x, y *plan.Action) int { return byName(x.Key, y.Key) })
	return as
}

func byName(x, y gateway.Key) int {
	switch {
	case x == y:
		return 0
	case x.Less(y):
		return -1
	}
	return 1
}

// problemsOf returns the problems of a severity in words.
func problemsOf(p *plan.Plan, s plan.Severity) []string {
	var out []string
	for _, pr := range p.Problems {
		if pr.Severity == s {
			out = append(out, pr.String())
		}
	}
	return out
}
