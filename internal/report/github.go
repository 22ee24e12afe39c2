package report

import (
	"bytes"
	"fmt"
	"strings"

	"github.com/lockstep-apiops/lockstep/publisher/plan"
)

// maxAnnotations is how many annotations of a level GitHub shows of a step.
const maxAnnotations = 10

// annotations are the commands that annotate, by level.
var annotations = map[level]string{errorLevel: "error", warningLevel: "warning", noticeLevel: "notice"}

// Of a value, and of a property of a command, GitHub decodes these.
var (
	githubText     = strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A")
	githubProperty = strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A", ":", "%3A", ",", "%2C")
)

func githubPlan(b *bytes.Buffer, p *plan.Plan, o Options) error {
	fmt.Fprintf(b, "Plan for %s: %s\n", clean(planScope(p)), planSummary(p))
	annotate(b, remarkable(planFindings(p)), githubLine(o))
	return nil
}

func githubResult(b *bytes.Buffer, r *plan.Result, o Options) error {
	fmt.Fprintf(b, "Published: %s\n", resultSummary(r, o))
	annotate(b, resultFindings(r), githubLine(o))
	return nil
}

// githubLine returns how a finding is said to GitHub Actions.
func githubLine(o Options) func(finding) string {
	return func(f finding) string {
		var place string
		if o.placed(f) {
			file, line := o.place(f)
			place = fmt.Sprintf("file=%s,line=%d,", githubProperty.Replace(file), line)
		}
		set := o.ruleSet()
		title := githubProperty.Replace(set[indexOf(set, f.rule)].title)
		return fmt.Sprintf("::%s %stitle=%s::%s", annotations[f.level], place, title, githubText.Replace(f.text))
	}
}

// remarkable returns the findings that are worth a place in front of people:
// what is created and updated is left to the list of changes.
func remarkable(fs []finding) []finding {
	var out []finding
	for _, f := range fs {
		if f.level < noticeLevel || f.rule == deleteRule {
			out = append(out, f)
		}
	}
	return out
}

// annotate writes a line for each finding, as many of a level as are shown,
// and counts the rest.
func annotate(b *bytes.Buffer, fs []finding, line func(finding) string) {
	shown, left := map[level]int{}, map[level]int{}
	for _, f := range fs {
		if shown[f.level] == maxAnnotations {
			left[f.level]++
			continue
		}
		shown[f.level]++
		fmt.Fprintln(b, line(f))
	}
	var more []string
	for l := errorLevel; l <= noticeLevel; l++ {
		if left[l] > 0 {
			more = append(more, count(left[l], "more "+annotations[l]))
		}
	}
	if len(more) > 0 {
		fmt.Fprintf(b, "not annotated, for a step shows %d of a kind: %s\n", maxAnnotations, list(more...))
	}
}
