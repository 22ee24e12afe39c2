package report_test

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
	"unicode"

	"github.com/google/go-cmp/cmp"

	"github.com/lockstep-apiops/lockstep/internal/report"
	"github.com/lockstep-apiops/lockstep/publisher/plan"
)

// hostile are names and texts that mean something to what shows them.
var hostile = []string{
	"a\n::error::b", "a\r\n##vso[task.setvariable variable=PATH]/tmp", "::stop-commands::x", "##[error]x", "##VSO[task.complete result=Failed]",
	"#\u200b#v\u00adso[x]", "]]>", "]] ; sourcepath=x", `"quoted" 'single' \ `, "<img src=x onerror=alert(1)>", "</testcase><testcase>", "&amp;&#0;",
	"\x00\x01\x07\x1b[2J\x7f", "\ufffe\uffff\ufdd0", "bad \xff\xfe utf-8", "\u202etxt.exe", "@team #1 fixes #2 !3", "%0A%0D%AZP25", "a, b:c=d;e",
	"```\n# x\n```", "| a | b |", "[x](javascript:alert(1))", "$(id) `id` ${{ secrets.X }}", "end\" --> n0[\"", strings.Repeat("長\"\n", 2000),
}

// attack is a plan that says each hostile text in each place, and what became of it.
func attack() (*plan.Plan, *plan.Result) {
	p, r := &plan.Plan{Target: plan.Target{Product: hostile[0], Instance: hostile[1]}}, &plan.Result{}
	for i, h := range hostile {
		a := full().Actions[3]
		a.Key, a.Note, a.Changes = key("api", h), h, slices.Clone(a.Changes)
		a.Changes[0].Field, a.Changes[0].Want = h, h
		a.Changes[1].Lines = []string{" " + h, "+" + h, "-" + h, h}
		if i > 0 {
			a.Depends = []int{i - 1}
		}
		p.Actions = append(p.Actions, a)
		p.Problems = append(p.Problems, plan.Problem{Severity: plan.Error, Key: a.Key, Text: h}, plan.Problem{Severity: plan.Warning, Text: h})
		p.Conflicts = append(p.Conflicts, plan.Conflict{Action: plan.Action{Op: plan.Delete, Key: key("tag", h, h), Note: h}})
		p.Extra = append(p.Extra, key(h, h))
	}
	statuses := []plan.Status{plan.Failed, plan.Blocked, plan.Conflicted, plan.NotStarted, plan.Skipped, plan.Done}
	for i := range p.Actions {
		r.Outcomes = append(r.Outcomes, plan.Outcome{
			Action: &p.Actions[i], Status: statuses[i%len(statuses)], Err: errors.New(hostile[i]), By: &p.Actions[0], Note: hostile[i],
		})
	}
	return p, r
}

func attackOptions() report.Options {
	o := linked()
	o.Target = plan.Target{Product: hostile[0], Instance: hostile[1]}
	return o
}

// shown returns a plan and its result in a format, one document each.
func shown(t *testing.T, format string) [2]string {
	t.Helper()
	p, r := attack()
	return [2]string{string(showPlan(t, format, p, attackOptions())), string(showResult(t, format, r, attackOptions()))}
}

// Whatever is said goes through the log of a pipeline. No line of it may be a
// command that we did not give.
func TestNoViewGivesForeignCommands(t *testing.T) {
	for _, format := range report.Formats() {
		for _, text := range shown(t, format) {
			for line := range strings.Lines(text) {
				own := line
				switch format {
				case "github":
					own = strings.TrimPrefix(line, "::")
				case "azure":
					own = strings.TrimPrefix(line, "##vso[")
				}
				// Unseen characters are no part of what is compared.
				bare := strings.ToLower(strings.Map(func(r rune) rune {
					if unicode.Is(unicode.Cf, r) {
						return -1
					}
					return r
				}, own))
				if strings.Contains(bare, "##vso[") || strings.Contains(bare, "##[") || strings.HasPrefix(strings.TrimSpace(bare), "::") {
					t.Errorf("%s holds a command: %.200q", format, line)
				}
				if i := strings.IndexFunc(strings.TrimSuffix(line, "\n"), func(r rune) bool { return unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r) }); i >= 0 {
					t.Errorf("%s holds a control character: %.200q", format, line[i:])
				}
			}
		}
	}
}

func TestGitHubReadsWhatWasMeant(t *testing.T) {
	unescape := strings.NewReplacer("%0D", "\r", "%0A", "\n", "%3A", ":", "%2C", ",", "%25", "%")
	paths := map[string]bool{}
	for _, text := range shown(t, "github") {
		levels := map[string]int{}
		for i, line := range strings.Split(strings.TrimSuffix(text, "\n"), "\n") {
			rest, is := strings.CutPrefix(line, "::")
			if !is {
				if i > 0 && !strings.HasPrefix(line, "not annotated") {
					t.Errorf("line %d is neither a command nor the last: %q", i, line)
				}
				continue
			}
			head, message, found := strings.Cut(rest, "::")
			name, properties, _ := strings.Cut(head, " ")
			levels[name]++
			if !found || message == "" {
				t.Errorf("no message in %q", line)
			}
			for part := range strings.SplitSeq(properties, ",") {
				k, v, _ := strings.Cut(part, "=")
				if !slices.Contains([]string{"file", "line", "title"}, k) {
					t.Errorf("property %q in %q", k, line)
				}
				if k == "file" {
					paths[unescape.Replace(v)] = true
				}
			}
		}
		for name, n := range levels {
			if n > 10 || !slices.Contains([]string{"error", "warning", "notice"}, name) {
				t.Errorf("%d lines of %q", n, name)
			}
		}
	}
	if want := "apis/api/%0A%0D%AZP25/info.json"; !paths[want] {
		t.Errorf("got %v, want %q among them", paths, want)
	}
}

func TestAzureReadsWhatWasMeant(t *testing.T) {
	for _, text := range shown(t, "azure") {
		for line := range strings.Lines(text) {
			rest, is := strings.CutPrefix(line, "##vso[task.logissue ")
			if !is {
				continue
			}
			head, message, found := strings.Cut(rest, "]")
			if !found || strings.TrimSpace(message) == "" {
				t.Errorf("no message in %q", line)
			}
			for part := range strings.SplitSeq(head, ";") {
				if k, _, _ := strings.Cut(part, "="); !slices.Contains([]string{"type", "sourcepath", "linenumber", "code"}, k) {
					t.Errorf("property %q in %q", k, line)
				}
			}
		}
	}
}

// strict decodes a JSON document that holds nothing else.
func strict(t *testing.T, text string, into any) {
	t.Helper()
	dec := json.NewDecoder(strings.NewReader(text))
	dec.DisallowUnknownFields()
	if err := dec.Decode(into); err != nil {
		t.Fatal(err)
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		t.Fatal("there is text after the document")
	}
}

func relative(path string) bool {
	return path != "" && !strings.HasPrefix(path, "/") && !strings.HasPrefix(path, "./") && !strings.HasPrefix(path, "../")
}

func TestGitLabReadsWhatWasMeant(t *testing.T) {
	for _, text := range shown(t, "codequality") {
		var entries []struct {
			Description, Fingerprint, Severity string
			CheckName                          string `json:"check_name"`
			Location                           struct {
				Path  string
				Lines struct{ Begin int }
			}
		}
		strict(t, text, &entries)
		seen := map[string]bool{}
		for _, e := range entries {
			if e.Description == "" || e.CheckName == "" || e.Location.Lines.Begin != 1 || !relative(e.Location.Path) ||
				!slices.Contains([]string{"info", "minor", "major", "critical", "blocker"}, e.Severity) {
				t.Errorf("got %+v", e)
			}
			if seen[e.Fingerprint] || len(e.Fingerprint) != 32 {
				t.Errorf("fingerprint %q is not its own", e.Fingerprint)
			}
			seen[e.Fingerprint] = true
		}
		if len(entries) < len(hostile)/2 {
			t.Errorf("got %d entries", len(entries))
		}
	}
}

// readSuites is a JUnit report as its readers know it.
type readSuites struct {
	Tests    int `xml:"tests,attr"`
	Failures int `xml:"failures,attr"`
	Skipped  int `xml:"skipped,attr"`
	Suites   []struct {
		Cases []struct {
			Class   string    `xml:"classname,attr"`
			Name    string    `xml:"name,attr"`
			Failure *struct{} `xml:"failure"`
			Skipped *struct{} `xml:"skipped"`
		} `xml:"testcase"`
	} `xml:"testsuite"`
}

func TestJUnitReadsWhatWasMeant(t *testing.T) {
	want := [2][3]int{{2*len(hostile) + 1, 2 * len(hostile), 0}, {len(hostile), 0, 4}}
	statuses := []int{1, 1, 1, 1, 0, 0}
	for i := range hostile {
		want[1][1] += statuses[i%len(statuses)]
	}
	for i, text := range shown(t, "junit") {
		var got readSuites
		if err := xml.Unmarshal([]byte(text), &got); err != nil {
			t.Fatal(err)
		}
		if bad := strings.IndexFunc(text, func(r rune) bool { return r < ' ' && r != '\n' || r == 0xFFFE || r == 0xFFFF }); bad >= 0 {
			t.Errorf("the report holds a character that XML can not at %d", bad)
		}
		seen, tally := map[string]bool{}, [3]int{}
		for _, c := range got.Suites[0].Cases {
			if id := c.Class + "\x00" + c.Name; seen[id] || c.Class == "" {
				t.Errorf("%q of %q is there twice", c.Name, c.Class)
			} else {
				seen[id] = true
			}
			tally[0]++
			if c.Failure != nil {
				tally[1]++
			}
			if c.Skipped != nil {
				tally[2]++
			}
		}
		if tally != want[i] || tally != [3]int{got.Tests, got.Failures, got.Skipped} {
			t.Errorf("document %d: got %v tests, failures, skipped, want %v; the report says %+v", i, tally, want[i], got.Tests)
		}
	}
}

func TestMarkdownWithAllIsHarmless(t *testing.T) {
	for _, text := range shown(t, "markdown") {
		var b strings.Builder
		fence := ""
		for line := range strings.Lines(text) { // what is not in a fence is read as Markdown and HTML
			if mark := line[:len(line)-len(strings.TrimLeft(line, "`"))]; len(mark) >= 3 {
				switch fence {
				case "":
					fence = mark
				case mark:
					fence = ""
				}
				continue
			}
			if fence == "" {
				b.WriteString(line)
			}
		}
		if fence != "" {
			t.Error("a fence is left open")
		}
		for _, bad := range []string{"<img", "@team", "fixes #2", "!3", "](", "javascript:alert(1)\"", "</testcase"} {
			if strings.Contains(b.String(), bad) {
				t.Errorf("markdown holds %q as it is", bad)
			}
		}
	}
}

func TestSameBytesEachTime(t *testing.T) {
	for _, format := range report.Formats() {
		if diff := cmp.Diff(shown(t, format), shown(t, format)); diff != "" {
			t.Errorf("%s (-first +second):\n%s", format, diff)
		}
	}
	p := full()
	slices.Reverse(p.Problems)
	for _, format := range []string{"github", "azure", "codequality", "junit", "sarif"} {
		if diff := cmp.Diff(showPlan(t, format, full(), options()), showPlan(t, format, p, options())); diff != "" {
			t.Errorf("%s depends on the order of what it is told (-in order +reversed):\n%s", format, diff)
		}
	}
}

func TestAnnotationsAreBounded(t *testing.T) {
	p := &plan.Plan{}
	for i := range 25 {
		p.Problems = append(p.Problems, plan.Problem{Severity: plan.Error, Text: fmt.Sprint("e", i)})
		p.Conflicts = append(p.Conflicts, plan.Conflict{Action: plan.Action{Op: plan.Update, Key: key("api", fmt.Sprint("c", i))}})
		p.Actions = append(p.Actions, plan.Action{Op: plan.Delete, Key: key("api", fmt.Sprint("d", i))})
	}
	const last = "not annotated, for a step shows 10 of a kind: 15 more errors, 15 more warnings, 15 more notices\n"
	for _, format := range []string{"github", "azure"} {
		got := showPlan(t, format, p, report.Options{})
		if !bytes.HasSuffix(got, []byte(last)) || bytes.Count(got, []byte("\n")) != 32 {
			t.Errorf("%s: got %d lines, want 32 and the last %q:\n%s", format, bytes.Count(got, []byte("\n")), last, got)
		}
	}
}

// What is escaped for pipelines is read back as it was.
func TestJSONSaysTheSame(t *testing.T) {
	p, _ := attack()
	p.Extra = append(p.Extra, key("tag", "####", "#\\##", "\U000e0041 \u0085"))
	text, err := p.JSON()
	if err != nil {
		t.Fatal(err)
	}
	var got, want any
	strict(t, string(showPlan(t, "json", p, report.Options{})), &got)
	strict(t, string(text), &want)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("the plan reads otherwise (-want +got):\n%s", diff)
	}
}
