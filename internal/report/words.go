package report

import (
	"encoding/json"
	"fmt"
	"regexp"
	"strings"
	"unicode"

	"github.com/lockstep-apiops/lockstep/gateway"
	"github.com/lockstep-apiops/lockstep/publisher/plan"
)

// maxValue is how many characters of a value are shown.
const maxValue = 120

// withOwners says that something goes since its owner goes.
const withOwners = "more with their owners"

// command finds what some pipelines take for a command to them, wherever in a
// line it stands. Characters that nobody sees do not hide it.
var command = regexp.MustCompile(`(?i)#(\p{Cf}*#\p{Cf}*(?:v\p{Cf}*s\p{Cf}*o\p{Cf}*)?\[)`)

// clean makes outside text harmless in a line: no control characters, and so
// no new lines and no commands to a terminal; none to a pipeline, either.
func clean(s string) string {
	if strings.Contains(s, "#") {
		s = command.ReplaceAllString(s, "# $1")
	}
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\t':
			return ' '
		case unicode.IsControl(r), unicode.Is(unicode.Bidi_Control, r):
			return unicode.ReplacementChar
		}
		return r
	}, strings.ToValidUTF8(s, string(unicode.ReplacementChar)))
}

// indented makes harmless a line that only blanks may precede: pipelines take
// for a command what starts with two colons then.
func indented(s string) string {
	s = clean(s)
	if bare := strings.TrimSpace(s); strings.HasPrefix(bare, "::") {
		return strings.Replace(s, "::", ": :", 1)
	}
	return s
}

// clip returns at most n characters of a text, and says if there were more.
func clip(s string, n int) string {
	for i := range s {
		if n == 0 {
			return s[:i] + "…"
		}
		n--
	}
	return s
}

// value returns a value of a payload in one short line.
func value(v any) string {
	if v == nil {
		return "(none)"
	}
	var b strings.Builder
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return fmt.Sprintf("(%T)", v)
	}
	return clip(clean(strings.TrimSuffix(b.String(), "\n")), maxValue)
}

// count returns "1 error", "2 errors".
func count(n int, one string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %ss", n, one)
}

// list joins the parts that say something.
func list(parts ...string) string {
	var out []string
	for _, p := range parts {
		if p != "" {
			out = append(out, p)
		}
	}
	return strings.Join(out, ", ")
}

// some returns what n things are, or nothing for none of them.
func some(n int, what string) string {
	if n == 0 {
		return ""
	}
	return fmt.Sprintf("%d %s", n, what)
}

// planSummary returns in one line what a plan does.
func planSummary(p *plan.Plan) string {
	deletes := p.Count(plan.Delete)
	errs, warnings := len(problemsOf(p, plan.Error)), len(problemsOf(p, plan.Warning))
	s := list(
		some(deletes, "to delete"), some(p.Deletes()-deletes, withOwners),
		some(p.Count(plan.Update), "to update"), some(p.Count(plan.Create), "to create"),
		some(len(p.Conflicts), "in conflict"),
	)
	switch {
	case s != "" || errs > 0:
	case p.Unread:
		s = "nothing to do, what was put last is as git says"
	default:
		s = "nothing to do, the gateway is as git says"
	}
	if errs > 0 {
		s = list(s, count(errs, "error"))
	}
	if warnings > 0 {
		s = list(s, count(warnings, "warning"))
	}
	return s
}

// planScope returns what was compared with what.
func planScope(p *plan.Plan) string {
	s := fmt.Sprintf("%s %q", p.Target.Product, p.Target.Instance)
	if p.Source.Commit != "" {
		s += ", git at " + short(p.Source.Commit)
	}
	if p.Source.Since != "" {
		return s + ", changes since " + short(p.Source.Since)
	}
	return s + fmt.Sprintf(", %s compared", count(p.Compared, "resource"))
}

// short shortens the hash of a commit.
func short(commit string) string {
	if len(commit) > 12 {
		return commit[:12]
	}
	return commit
}

// remarks returns what a reader of an action must know besides.
func remarks(a *plan.Action) string {
	var early string
	if a.Op == plan.Delete && a.Stage != plan.Terminator {
		early = "in stage " + string(a.Stage) + ", to make room"
	}
	return list(early, a.Note)
}

// resultSummary returns in one line what became of a plan.
func resultSummary(r *plan.Result, o Options) string {
	c := r.Counts()
	s := list(
		some(c.Failed, "failed"), some(c.Blocked, "blocked"), some(c.Conflicts, "in conflict"), some(c.NotStarted, "not started"),
		some(c.Deleted, "deleted"), some(c.Cascaded, withOwners), some(c.Updated, "updated"), some(c.Created, "created"),
		some(c.Skipped, "left to other stages"),
	)
	if s == "" {
		s = "nothing to do"
	}
	if o.Requests > 0 {
		s = list(s, count(o.Requests, "request"))
	}
	return s
}

// A group is the outcomes of one status that a reader must act on.
type group struct {
	title    string
	outcomes []plan.Outcome
}

// troubles returns what was not done, failures first.
func troubles(r *plan.Result) []group {
	var out []group
	for _, g := range []struct {
		status plan.Status
		title  string
	}{{plan.Failed, "Failed"}, {plan.Conflicted, "In conflict"}, {plan.NotStarted, "Not started"}} {
		var os []plan.Outcome
		for _, o := range r.Outcomes {
			if o.Status == g.status {
				os = append(os, o)
			}
		}
		if len(os) > 0 {
			out = append(out, group{g.title, os})
		}
	}
	return out
}

// blocked returns for the keys of actions those that could not be done because
// of them.
func blocked(r *plan.Result) map[gateway.Key][]*plan.Action {
	out := map[gateway.Key][]*plan.Action{}
	for _, o := range r.Outcomes {
		if o.Status == plan.Blocked && o.By != nil {
			out[o.By.Key] = append(out[o.By.Key], o.Action)
		}
	}
	return out
}

// reason returns why something was not done, or nothing.
func reason(o plan.Outcome) string {
	if o.Err == nil {
		return ""
	}
	return o.Err.Error()
}

func title(a *plan.Action) string { return string(a.Op) + " " + a.Key.String() }
