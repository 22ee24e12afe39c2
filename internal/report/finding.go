package report

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"path"
	"slices"
	"strconv"
	"strings"

	"github.com/lockstep-apiops/lockstep/gateway"
	"github.com/lockstep-apiops/lockstep/publisher/plan"
)

// A level says how much a finding matters.
type level int

// The levels, the worst first.
const (
	errorLevel level = iota
	warningLevel
	noticeLevel
)

// A rule is a kind of finding. Its id is part of formats that others keep: it
// stays as it is.
type rule struct{ id, title, help string }

// The ids that more than the table speaks of.
const (
	failureRule = "failure"
	problemRule = "problem"
	deleteRule  = "drift-delete"
)

// rules are the kinds of findings, in the order in which findings of a level
// are shown.
var rules = []rule{
	{failureRule, "Failed", "The gateway refused the change, or could not be reached."},
	{problemRule, "Problem", "The plan does not hold together, or something about it must be known before it is carried out."},
	{"conflict", "Changed on the gateway", "The resource was changed both in git and on the gateway. It is left alone until git has both changes or is told to win."},
	{"blocked", "Blocked", "Something that the change depends on was not done."},
	{"not-started", "Not started", "The run was stopped before the change."},
	{deleteRule, "To be deleted", "The gateway has the resource, git does not. Publishing deletes it."},
	{"drift-update", "To be updated", "The gateway has the resource in another state than git. Publishing updates it."},
	{"drift-create", "To be created", "Git has the resource, the gateway does not. Publishing creates it."},
}

// ruleOf returns the index in rules of an id of the table.
func ruleOf(id string) int { return indexOf(rules, id) }

func indexOf(rules []rule, id string) int {
	return slices.IndexFunc(rules, func(r rule) bool { return r.id == id })
}

// ruleSet returns the rules of the findings that are shown.
func (o Options) ruleSet() []rule {
	if o.rules != nil {
		return o.rules
	}
	return rules
}

// A finding is one thing to know about a plan or a result, for programs that
// collect such things from many tools.
type finding struct {
	rule  string
	level level
	key   gateway.Key // zero: it concerns the whole
	text  string      // one line, harmless
	what  string      // tells it from others of its rule and key, run after run

	// Of a finding in a file, which need not be that of the resource.
	file string
	line int  // 0: not known
	mild bool // a warning that lets a test pass
}

// maxText is how many characters of a finding's text are shown.
const maxText = 1000

func newFinding(rule string, l level, k gateway.Key, what string, text ...string) finding {
	flat := strings.ReplaceAll(strings.TrimSpace(strings.Join(text, "")), "\n", "; ")
	return finding{rule: rule, level: l, key: k, text: clean(clip(flat, maxText)), what: what}
}

// planFindings returns what there is to know about a plan, the worst first.
func planFindings(p *plan.Plan) []finding {
	var fs []finding
	for _, pr := range p.Problems {
		l, what := warningLevel, pr.Text
		if pr.Severity == plan.Error {
			l = errorLevel
		}
		if pr.Key.IsZero() {
			what = string(pr.Severity) // of the run, its text may tell of this run alone
		}
		fs = append(fs, newFinding(problemRule, l, pr.Key, what, pr.String()))
	}
	for i := range p.Conflicts {
		a := &p.Conflicts[i].Action
		text := ": changed on the gateway since git was published, and not touched"
		fs = append(fs, newFinding("conflict", warningLevel, a.Key, "", title(a), text, bracket(a.Note)))
	}
	for i := range p.Actions {
		a := &p.Actions[i]
		fs = append(fs, newFinding("drift-"+string(a.Op), noticeLevel, a.Key, "", title(a), extent(a), bracket(remarks(a))))
	}
	return inOrder(fs)
}

// resultFindings returns what was not done, the worst first.
func resultFindings(r *plan.Result) []finding {
	var fs []finding
	for _, o := range r.Outcomes {
		op, key, name := string(o.Action.Op), o.Action.Key, title(o.Action)
		switch o.Status {
		case plan.Failed:
			fs = append(fs, newFinding(failureRule, errorLevel, key, op, name, ": ", reason(o)))
		case plan.Conflicted:
			fs = append(fs, newFinding("conflict", errorLevel, key, "", name, ": ", reason(o)))
		case plan.Blocked:
			fs = append(fs, newFinding("blocked", warningLevel, key, op, name, ": ", blocker(o)))
		case plan.NotStarted:
			fs = append(fs, newFinding("not-started", warningLevel, key, op, name, ": the run was stopped before"))
		}
	}
	return inOrder(fs)
}

func inOrder(fs []finding) []finding {
	slices.SortStableFunc(fs, func(x, y finding) int {
		return cmp.Or(int(x.level-y.level), ruleOf(x.rule)-ruleOf(y.rule), byName(x.key, y.key), cmp.Compare(x.text, y.text))
	})
	return fs
}

// extent returns how much an action changes, without values.
func extent(a *plan.Action) string {
	const most = 5
	switch {
	case len(a.Cascades) > 0:
		return " and " + count(len(a.Cascades), "resource") + " that it owns"
	case len(a.Changes) == 0:
		return ""
	}
	var fields []string
	for _, c := range a.Changes[:min(len(a.Changes), most)] {
		fields = append(fields, c.Field)
	}
	return ": " + list(strings.Join(fields, ", "), some(len(a.Changes)-len(fields), "more"))
}

// blocker returns why an action was blocked.
func blocker(o plan.Outcome) string {
	if o.By == nil {
		return "something it depends on was not done"
	}
	return "it waits for what was not done: " + title(o.By)
}

func bracket(s string) string {
	if s == "" {
		return ""
	}
	return " (" + s + ")"
}

// fingerprints returns for each finding a text that is its own, and the same
// in each run that finds it.
func fingerprints(fs []finding, t plan.Target) []string {
	seen := map[string]int{}
	out := make([]string, 0, len(fs))
	for _, f := range fs {
		var text string
		for _, part := range append([]string{t.Product, t.Instance, f.rule, f.what, f.key.Kind}, f.key.Names()...) {
			text += strconv.Itoa(len(part)) + ":" + part
		}
		if seen[text]++; seen[text] > 1 {
			text += "#" + strconv.Itoa(seen[text])
		}
		sum := sha256.Sum256([]byte(text))
		out = append(out, hex.EncodeToString(sum[:16]))
	}
	return out
}

// place returns the file that a finding is in, and the line, which is the first
// where none is known.
func (o Options) place(f finding) (string, int) {
	if f.file == "" {
		return o.file(f.key), 1
	}
	return clean(clip(f.file, maxPath)), max(1, f.line)
}

// placed reports whether a finding is in a file that somebody can be led to.
func (o Options) placed(f finding) bool { return f.file != "" || !f.key.IsZero() && o.Path != nil }

// maxPath is how long the path of a file may be to be shown.
const maxPath = 1000

// file returns the file that a resource is kept in, or what stands for the
// whole tree where that is not known. It is relative and harmless in a line.
func (o Options) file(k gateway.Key) string {
	if o.Path != nil {
		for _, key := range []gateway.Key{k, {}} {
			p := o.Path(key)
			if p != "" && len(p) <= maxPath && !path.IsAbs(p) && p != ".." && !strings.HasPrefix(p, "../") {
				return clean(path.Clean(p))
			}
		}
	}
	return "."
}
