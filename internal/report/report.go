// Package report shows plans and what became of them: as text for people at a
// terminal, as Markdown for pull requests, as JSON for programs.
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
}

// A view shows plans and results in one format.
type view struct {
	plan   func(*bytes.Buffer, *plan.Plan, Options) error
	result func(*bytes.Buffer, *plan.Result, Options) error
}

// formats are the views by name; a new one is one file and one line here.
var formats = map[string]view{
	"text":     {textPlan, textResult},
	"markdown": {markdownPlan, markdownResult},
	"json":     {jsonPlan, jsonResult},
}

// Formats returns the names of the formats, sorted.
func Formats() []string { return slices.Sorted(maps.Keys(formats)) }

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
