package loop

import (
	"maps"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/lockstep-apiops/lockstep/extractor"
	"github.com/lockstep-apiops/lockstep/gateway"
	"github.com/lockstep-apiops/lockstep/gateway/apim/apimtest"
	sandbox "github.com/lockstep-apiops/lockstep/internal/sandbox/apim"
	"github.com/lockstep-apiops/lockstep/internal/source"
	"github.com/lockstep-apiops/lockstep/publisher"
)

// requests counts what f makes a sandbox answer.
func requests(s *sandbox.Server, f func()) map[string]int {
	s.ResetStats()
	f()
	return s.Stats().Requests
}

// TestExtractBudget pins what an extract costs: requests are what it takes
// time for, and what the service rations.
func TestExtractBudget(t *testing.T) {
	const apis, operations = 100, 10
	for name, tc := range map[string]struct {
		options  sandbox.Options
		policies bool
		base     bool // an extract over a tree that has all of it
		gets     int
		slack    int // what may be under way when the list is found out
		noted    string
		most     int // the promise
	}{
		"no policies":           {gets: 744, most: 9*apis + 80},
		"a policy for each API": {policies: true, gets: 844, most: 9*apis + 80},
		"no list of policies":   {policies: true, options: sandbox.Options{Missing: []string{"allPolicies"}}, gets: 1945, most: (9+2+operations)*apis + 80},
		"a list of policies with holes": {policies: true, base: true, options: sandbox.Options{Incomplete: []string{"allPolicies"}},
			gets: 1945, slack: 8, most: (9+2+operations)*apis + 80, noted: "left out"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			whole := apimtest.Direct(t, newSandbox(t, sandbox.Options{Bare: true}), "service")
			rs := manyAPIs(whole.Describe().Kinds, apis, operations, tc.policies)
			fill(t, whole, rs)
			want, _ := extract(t, whole, nil)

			tc.options.Bare = true
			s := newSandbox(t, tc.options)
			svc := apimtest.Direct(t, s, "service")
			fill(t, svc, rs)
			var base, got tree
			if tc.base {
				base = want
			}
			var result extractor.Result
			cost := requests(s, func() { got, result = extract(t, svc, base) })
			if got := cost["GET"]; len(cost) != 1 || got < tc.gets || got > tc.gets+tc.slack {
				t.Errorf("requests are %v, want %d GET and at most %d more", cost, tc.gets, tc.slack)
			}
			if cost["GET"] > tc.most {
				t.Errorf("%d requests are more than the %d that are promised", cost["GET"], tc.most)
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("the tree is another (-whole +got):\n%s", diff)
			}
			noted := slices.ContainsFunc(result.Notes, func(n gateway.Note) bool { return strings.Contains(n.Text, "left out") })
			if noted != (tc.noted != "") {
				t.Errorf("notes are %v, want one of what was left out: %t", result.Notes, tc.noted != "")
			}
		})
	}
}

// TestPublishBudget pins what it costs to publish nothing and one change.
func TestPublishBudget(t *testing.T) {
	t.Parallel()
	s := newSandbox(t, sandbox.Options{Bare: true})
	svc := apimtest.Direct(t, s, "service")
	fill(t, svc, manyAPIs(svc.Describe().Kinds, 100, 10, true))
	files, _ := extract(t, svc, nil)

	cost := requests(s, func() { publish(t, svc, plain(t, svc, files), true) })
	if diff := cmp.Diff(map[string]int{"GET": 838}, cost); diff != "" {
		t.Errorf("requests of a publish without changes (-want +got):\n%s", diff)
	}

	repo, dir := commit(t, files)
	changed := maps.Clone(files)
	const policy = "apis/api-0042/policy.xml"
	changed[policy] = strings.ReplaceAll(changed[policy], `value="0"`, `value="1"`)
	commitAgain(t, dir, changed)
	head, err := source.NewCommit(t.Context(), svc.Describe().Kinds, repo, dir, "HEAD", ".", nil)
	if err != nil {
		t.Fatal(err)
	}
	cost = requests(s, func() {
		result, err := publisher.Run(t.Context(), publisher.Options{Gateway: svc, Source: head, Since: "HEAD~1"})
		if err != nil || result.Err() != nil || len(result.Outcomes) != 1 {
			t.Errorf("publish of one change: %v, %v", result, err)
		}
	})
	if diff := cmp.Diff(map[string]int{"GET": 1, "PUT": 1}, cost); diff != "" {
		t.Errorf("requests of a publish of one policy (-want +got):\n%s", diff)
	}
	wantInSync(t, svc, plain(t, svc, changed), "after one policy was published")
}

// TestExtractUsesItsWorkers makes sure that a slow service is asked for many
// things at once.
func TestExtractUsesItsWorkers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSandbox(t, sandbox.Options{Bare: true, Latency: 50 * time.Millisecond})
		svc := apimtest.Direct(t, s, "service")
		fill(t, svc, manyAPIs(svc.Describe().Kinds, 20, 3, true))
		s.ResetStats()
		start := time.Now()
		extract(t, svc, nil)
		stats := s.Stats()
		if stats.PeakConcurrency < 8 {
			t.Errorf("at most %d requests ran at once, want 8", stats.PeakConcurrency)
		}
		alone := time.Duration(stats.Requests["GET"]) * 50 * time.Millisecond
		t.Logf("%v instead of %v", time.Since(start), alone)
		if took := time.Since(start); took > alone/4 {
			t.Errorf("the extract took %v, one request after another %v", took, alone)
		}
	})
}

// TestExtractWithinRateLimit keeps to what Azure Resource Manager grants: a
// burst, and then so many requests a second.
func TestExtractWithinRateLimit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		whole := newSandbox(t, sandbox.Options{Bare: true, ReadRate: 25, ReadBurst: 250})
		svc := apimtest.Direct(t, whole, "service")
		fill(t, svc, manyAPIs(svc.Describe().Kinds, 100, 3, true))
		time.Sleep(time.Minute) // the bucket is full again
		whole.ResetStats()
		start := time.Now()
		files, _ := extract(t, svc, nil)
		stats := whole.Stats()
		limited := stats.Requests["GET"] - 100 // links to definitions lead to a storage account
		least := time.Duration(limited-250) * time.Second / 25
		t.Logf("%v, %d requests of which %d were throttled; the limit allows %v", time.Since(start), stats.Requests["GET"], stats.Throttled, least)
		if got := len(files); got != 300 {
			t.Errorf("the tree has %d files, want 300", got)
		}
		if took := time.Since(start); took > least*5/4 {
			t.Errorf("the extract took %v, the limit allows %v", took, least)
		}
	})
}
