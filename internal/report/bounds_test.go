package report_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/lockstep-apiops/lockstep/gateway"
	"github.com/lockstep-apiops/lockstep/internal/report"
	"github.com/lockstep-apiops/lockstep/publisher/plan"
)

// readSARIF is the part of a SARIF file that GitHub reads.
type readSARIF struct {
	Schema  string `json:"$schema"`
	Version string
	Runs    []struct {
		Tool struct {
			Driver struct {
				Name           string
				InformationURI string
				Rules          []struct {
					ID                                string
					ShortDescription, FullDescription struct{ Text string }
				}
			}
		}
		Invocations []struct {
			ExecutionSuccessful        bool
			ToolExecutionNotifications []struct {
				Level   string
				Message struct{ Text string }
			}
		}
		AutomationDetails struct{ ID string }
		Results           []struct {
			RuleID    string
			RuleIndex int
			Level     string
			Message   struct{ Text string }
			Locations []struct {
				PhysicalLocation struct {
					ArtifactLocation struct{ URI string }
					Region           struct{ StartLine int }
				}
				LogicalLocations []struct{ FullyQualifiedName, Kind string }
			}
			PartialFingerprints map[string]string
		}
	}
}

func TestSARIFSaysWhatWasMeant(t *testing.T) {
	for _, text := range shown(t, "sarif") {
		var got readSARIF
		strict(t, text, &got)
		run := got.Runs[0]
		if got.Version != "2.1.0" || len(got.Runs) != 1 || !strings.HasSuffix(run.AutomationDetails.ID, "/") {
			t.Errorf("got version %s, %d runs, category %s", got.Version, len(got.Runs), run.AutomationDetails.ID)
		}
		seen := map[string]bool{}
		for _, r := range run.Results {
			id := fmt.Sprint(r.PartialFingerprints)
			if seen[id] || len(r.PartialFingerprints) != 1 {
				t.Errorf("fingerprint %s is not its own", id)
			}
			seen[id] = true
			uri := r.Locations[0].PhysicalLocation.ArtifactLocation.URI
			if r.Message.Text == "" || run.Tool.Driver.Rules[r.RuleIndex].ID != r.RuleID || strings.ContainsAny(uri, " <>\"\\^`{|}") ||
				!slices.Contains([]string{"error", "warning", "note"}, r.Level) || r.Locations[0].PhysicalLocation.Region.StartLine != 1 {
				t.Errorf("got %+v", r)
			}
		}
	}
}

func TestSARIFKeepsTheLimitsOfGitHub(t *testing.T) {
	tests := []struct {
		name, suffix       string
		actions, low, high int // how many there are, and how many may be shown
	}{
		{"more than are shown", "", 5100, 5000, 5000},
		{"names of 10 kB", strings.Repeat("\\\"", 5000), 2000, 500, 1950},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p := &plan.Plan{Problems: []plan.Problem{{Severity: plan.Error, Text: "the worst"}}}
			for i := range tt.actions {
				p.Actions = append(p.Actions, plan.Action{Op: plan.Create, Key: key("api", fmt.Sprint(i, tt.suffix))})
			}
			text := showPlan(t, "sarif", p, options())
			n, worst := bytes.Count(text, []byte(`"ruleIndex"`)), bytes.Index(text, []byte("the worst"))
			if n < tt.low || n > tt.high || len(text) > 10_000_000 || worst < 0 || worst > 10_000 || !json.Valid(text) {
				t.Errorf("got %d results in %d bytes, the worst at %d", n, len(text), worst)
			}
			if left := fmt.Sprint(tt.actions+1-n, " more findings"); !bytes.Contains(text, []byte(left)) {
				t.Errorf("it does not say that there are %s", left)
			}
		})
	}
}

// fingerprintsOf returns the fingerprints of a code quality report, sorted.
func fingerprintsOf(t *testing.T, text []byte) []string {
	t.Helper()
	var entries []struct{ Fingerprint string }
	if err := json.Unmarshal(text, &entries); err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, e := range entries {
		out = append(out, e.Fingerprint)
	}
	slices.Sort(out)
	return out
}

func TestFingerprintsOutliveARun(t *testing.T) {
	first := fingerprintsOf(t, showPlan(t, "codequality", full(), options()))
	p := full()
	p.Source.Commit, p.Compared = "beef", 7
	p.Actions[3].Changes, p.Actions[3].ETag, p.Actions[0].Note = p.Actions[3].Changes[:1], "8", "new"
	slices.Reverse(p.Problems)
	if diff := cmp.Diff(first, fingerprintsOf(t, showPlan(t, "codequality", p, options()))); diff != "" {
		t.Errorf("another run, another fingerprint (-first +second):\n%s", diff)
	}
	p.Target.Instance = "other"
	for _, f := range fingerprintsOf(t, showPlan(t, "codequality", p, options())) {
		if slices.Contains(first, f) {
			t.Errorf("fingerprint %s is of two gateways", f)
		}
	}

	r, again := result(full()), result(full())
	again.Outcomes[1].Err = errors.New("put backend b: status 500, request 4711")
	if diff := cmp.Diff(fingerprintsOf(t, showResult(t, "codequality", r, options())), fingerprintsOf(t, showResult(t, "codequality", again, options()))); diff != "" {
		t.Errorf("another failure, another fingerprint (-first +second):\n%s", diff)
	}
}

func TestPathsStayInTheRepository(t *testing.T) {
	tests := []struct{ name, path, want string }{
		{"a file", "a/b.json", "a/b.json"},
		{"from the current folder", "./a/b.json", "a/b.json"},
		{"unknown", "", "tree"},
		{"absolute", "/etc/passwd", "tree"},
		{"outside", "../b.json", "tree"},
		{"too long", strings.Repeat("a/", 1000), "tree"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			o := report.Options{Path: func(k gateway.Key) string {
				if k.IsZero() {
					return "tree"
				}
				return tt.path
			}}
			p := &plan.Plan{Actions: []plan.Action{{Op: plan.Create, Key: key("api", "a")}}}
			text := showPlan(t, "codequality", p, o)
			if got, want := string(text), `"path": "`+tt.want+`"`; !strings.Contains(got, want) {
				t.Errorf("got %s, want %s in it", got, want)
			}
		})
	}
}

func TestGraphIsBounded(t *testing.T) {
	drawn := regexp.MustCompile(`^(flowchart LR|  classDef \w+ stroke:\w+|  n\d+\["[^"\]]*"\](:::\w+)?|  n\d+ --> n\d+)\n$`)
	graph := regexp.MustCompile("(?s)```mermaid\n(.*?)```")
	for _, name := range []string{"x", strings.Repeat("x\"]\n", 100)} {
		p := &plan.Plan{}
		for i := range 300 {
			a := plan.Action{Op: plan.Create, Key: key("api", fmt.Sprint(name, i))}
			if i > 0 {
				a.Depends = []int{i - 1, 9999}
			}
			p.Actions = append(p.Actions, a)
		}
		text := string(showPlan(t, "markdown", p, report.Options{Mermaid: true}))
		m := graph.FindStringSubmatch(text)
		if m == nil || !strings.Contains(text, "more arrows not drawn") {
			t.Fatalf("no graph, or it does not say that it is cut:\n%.2000s", text)
		}
		nodes := strings.Count(m[1], `["`)
		if n := utf8.RuneCountInString(m[1]); n > 2000 || nodes > 50 || nodes < 5 {
			t.Errorf("got %d characters, %d nodes:\n%s", n, nodes, m[1])
		}
		for line := range strings.Lines(m[1]) {
			if !drawn.MatchString(line) {
				t.Errorf("a line of the graph is neither a node nor an arrow: %q", line)
			}
		}
	}
	quiet := string(showPlan(t, "markdown", &plan.Plan{Actions: full().Actions[:2]}, report.Options{Mermaid: true}))
	if strings.Contains(quiet, "mermaid") {
		t.Errorf("there is a graph of nothing:\n%s", quiet)
	}
}

func TestSummary(t *testing.T) {
	big := full()
	for i := range 2500 {
		big.Actions = append(big.Actions, plan.Action{Op: plan.Create, Stage: plan.Creator, Key: key("api", fmt.Sprint(strings.Repeat("長", 40), i))})
	}
	down := result(big)
	for i := range big.Actions[6:] {
		down.Outcomes = append(down.Outcomes, plan.Outcome{Action: &big.Actions[6+i], Status: plan.NotStarted})
	}
	tests := []struct {
		name   string
		plan   *plan.Plan
		result *plan.Result
		limit  int
		want   []string
	}{
		{"a plan", full(), nil, 0, []string{"### Plan: 2 to delete"}},
		{"a result", nil, result(full()), 0, []string{"### Published: 1 failed"}},
		{"both", full(), result(full()), 0, []string{"### Published: 1 failed", "### Plan: 2 to delete"}},
		{"neither", nil, nil, 0, nil},
		{"large", big, down, 0, []string{"### Published: 1 failed", "### Plan: 2 to delete", "more changes", "not shown here for want of room"}},
		{"large, little room", big, down, 20000, []string{"### Published: 1 failed", "### Plan: 2 to delete", "details of"}},
		{"large, too much room", big, nil, 10 << 20, []string{"more changes", "not shown here"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			o := linked()
			o.Limit = tt.limit
			var b bytes.Buffer
			if err := report.Summary(&b, tt.plan, tt.result, o); err != nil {
				t.Fatal(err)
			}
			limit := report.SummaryLimit
			if tt.limit > 0 {
				limit = min(limit, tt.limit)
			}
			if b.Len() > limit || !utf8.Valid(b.Bytes()) || report.SummaryLimit >= 1<<20 {
				t.Errorf("got %d bytes, want at most %d", b.Len(), limit)
			}
			at := 0
			for _, w := range tt.want {
				i := strings.Index(b.String()[at:], w)
				if i < 0 {
					t.Fatalf("%q is missing, or not in order: %.3000s", w, b.String())
				}
				at += i
			}
		})
	}
}
