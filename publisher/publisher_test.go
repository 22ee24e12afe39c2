package publisher_test

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lockstep-apiops/lockstep/gateway"
	"github.com/lockstep-apiops/lockstep/publisher"
	"github.com/lockstep-apiops/lockstep/publisher/plan"
)

// before and after are two states of a tree of some sixty resources.
func before() list { return tree(0, 10) }
func after() list  { return tree(3, 14) }

func tree(from, to int) list {
	rs := list{res("tag", "t", "x", from), res("settings", "s", "x", from)}
	for i := from; i < to; i++ {
		a, path := fmt.Sprint("api", i), fmt.Sprint("path", i)
		if i == to-1 { // takes the path of one that goes
			path = "path0"
			if from == 0 {
				path = "path"
			}
		}
		rs = append(rs,
			res("named value", fmt.Sprint("n", i), "displayName", fmt.Sprint("d", i), "secret", true, "value", "s3cret"),
			res("backend", fmt.Sprint("b", i), "x", from), res("backend", fmt.Sprint("p", i), "pool", []any{map[string]any{"id": fmt.Sprint("/backends/b", i)}}),
			res("api", a, "path", path, "backendId", fmt.Sprint("/backends/p", i), "x", i%2*from),
			policy(a, "get", fmt.Sprintf("<p>{{d%d}}</p> %d", i, from)), res("api tag", a+"/t"), res("release", a+"/1"),
		)
	}
	return rs
}

func TestRunConvergesAndThenWritesNothing(t *testing.T) {
	for _, etags := range []bool{true, false} {
		t.Run(fmt.Sprint("etags ", etags), func(t *testing.T) {
			g := newFake(t, before()...)
			g.etags = etags
			o := publisher.Options{Gateway: g, Source: source{all: after()}, Delete: true}
			c := mustRun(t, o).Counts()
			if c.Created == 0 || c.Updated == 0 || c.Deleted == 0 || c.Cascaded == 0 {
				t.Errorf("got %+v, want some of everything done", c)
			}
			g.reset()
			if p := mustPlan(t, o); !p.Empty() {
				t.Errorf("published once, there is more to do: %v", p.Actions)
			}
			if r := mustRun(t, o); len(r.Outcomes) > 0 || g.puts+g.drops > 0 {
				t.Errorf("publishing an unchanged tree wrote %d times", g.puts+g.drops)
			}
		})
	}
}

// Whatever write a run is killed after, the next one finishes the job.
func TestRunConvergesAfterAKill(t *testing.T) {
	o := publisher.Options{Source: source{all: after()}, Delete: true}
	total := 0
	for n := 1; n == 1 || n <= total; n++ {
		g := newFake(t, before()...)
		o.Gateway = g
		ctx, kill := context.WithCancel(t.Context())
		writes := 0
		g.after = func(string) error {
			if writes++; writes == n {
				kill()
				return errors.New("connection lost")
			}
			return nil
		}
		r, err := publisher.Run(ctx, o)
		kill()
		if err != nil {
			t.Fatal(err)
		}
		if total == 0 {
			total = len(r.Outcomes)
		}
		if c := r.Counts(); n < total && c.Created+c.Updated+c.Deleted >= n+8 {
			t.Fatalf("killed after write %d, yet %+v", n, c)
		}
		if r.Err() == nil {
			t.Fatalf("killed after write %d of %d, yet all is said to be done", n, total)
		}
		g.after = nil
		mustRun(t, o)
		if p := mustPlan(t, o); !p.Empty() {
			t.Fatalf("killed after write %d and run again, there is more to do: %v", n, p.Actions)
		}
	}
	if total < 50 {
		t.Errorf("the publish has %d actions, want one worth the name", total)
	}
}

func TestStagesOneByOneFromASavedPlan(t *testing.T) {
	g := newFake(t, before()...)
	o := publisher.Options{Gateway: g, Source: source{all: after()}, Delete: true}
	p := saved(t, mustPlan(t, o))
	for _, s := range plan.Stages() {
		o.Stages = []plan.Stage{s}
		r, err := publisher.Apply(t.Context(), p, o)
		if err != nil || r.Err() != nil {
			t.Fatal(s, err, r.Err())
		}
		c := r.Counts()
		if done := c.Created + c.Updated + c.Deleted; done == 0 || done+c.Skipped != len(p.Actions) {
			t.Errorf("stage %s: got %+v of %d actions", s, c, len(p.Actions))
		}
	}
	if p := mustPlan(t, o); !p.Empty() {
		t.Errorf("after all stages there is more to do: %v", p.Actions)
	}
}

func TestOneChangedPolicyCostsTwoRequests(t *testing.T) {
	base := list{res("named value", "n", "displayName", "d"), res("api", "a"), policy("a", "get", "old {{d}}"), policy("a", "put", "x")}
	g := newFake(t, base...)
	head := list{base[0], base[1], policy("a", "get", "new {{d}}"), base[3]}
	r := mustRun(t, publisher.Options{Gateway: g, Source: source{all: head, base: base}, Since: "c0", Delete: true})
	if diff := cmp.Diff([]string{"update operation policy a/get/policy: done"}, brief(r)); diff != "" {
		t.Errorf("outcomes (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"get operation policy a/get/policy", "put operation policy a/get/policy"}, g.calls); diff != "" {
		t.Errorf("requests (-want +got):\n%s", diff)
	}
}

func TestIncremental(t *testing.T) {
	base := list{res("tag", "t"), res("api", "a", "x", 1), res("api", "b", "x", 1), res("api tag", "a/t"), res("release", "b/1")}
	for _, tt := range []struct {
		name      string
		head      list
		edit      *gateway.Resource
		overwrite bool
		outcomes  []string
		err       string
	}{
		{name: "nothing changed", head: base, outcomes: []string{}},
		{
			name: "changed here and there", head: list{base[0], res("api", "a", "x", 2), res("api", "b", "x", 2), base[3], base[4]},
			edit: res("api", "a", "x", 7), outcomes: []string{"update api b: done", "update api a: conflict"},
		},
		{
			name: "changed here and there, overwritten", head: list{base[0], res("api", "a", "x", 2), base[2], base[3], base[4]},
			edit: res("api", "a", "x", 7), overwrite: true, outcomes: []string{"update api a: done"},
		},
		{
			name: "deleted with all it owns", head: list{base[0], base[1], base[3]},
			outcomes: []string{"delete api b: done"},
		},
		{
			name: "the owner's file alone went", head: list{base[0], base[1], base[3], base[4]},
			outcomes: []string{},
		},
		{
			name: "what goes is still referred to", head: list{base[1], base[2], base[3], base[4]},
			err: "plan is not safe to apply: api tag a/t: refers to tag t, which git does not hold and the plan deletes",
		},
		{name: "all went", head: list{}, err: "read source: the source holds no resources: check the folder and the commit"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			g := newFake(t, base...)
			if tt.edit != nil {
				g.edit(t, tt.edit)
			}
			r, err := publisher.Run(t.Context(), publisher.Options{
				Gateway: g, Source: source{all: tt.head, base: base}, Since: "c0", Delete: true, Overwrite: tt.overwrite,
			})
			if err != nil || tt.err != "" {
				if fmt.Sprint(err) != tt.err {
					t.Errorf("got error %v, want %s", err, tt.err)
				}
				return
			}
			if diff := cmp.Diff(tt.outcomes, brief(r)); diff != "" {
				t.Errorf("outcomes (-want +got):\n%s", diff)
			}
		})
	}
}

func TestAFailureBlocksOnlyWhatDependsOnIt(t *testing.T) {
	g := newFake(t, res("tag", "old"))
	g.fail = func(call string) error {
		if call == "put backend b" {
			return &gateway.Error{Op: "put", Key: gateway.NewKey("backend", "b"), Err: gateway.ErrInvalid}
		}
		return nil
	}
	want := list{
		res("backend", "b"), res("backend", "c"), res("api", "a", "backendId", "/backends/b"), policy("a", "get", "x"),
		res("api", "z", "backendId", "/backends/c"), res("settings", "s", "x", 1),
	}
	r, err := publisher.Run(t.Context(), publisher.Options{Gateway: g, Source: source{all: want}, Delete: true})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{
		"create backend b: failed", "create backend c: done", "create api a: blocked by backend b", "create api z: done",
		"create operation policy a/get/policy: blocked by backend b", "update settings s: done", "delete tag old: done",
	}, brief(r)); diff != "" {
		t.Errorf("outcomes (-want +got):\n%s", diff)
	}
	want1 := "plan was not fully applied: 1 failed, 2 blocked by that"
	if err := r.Err(); err == nil || err.Error() != want1 || !errors.Is(err, gateway.ErrInvalid) {
		t.Errorf("got %v, want %s", err, want1)
	}
	if c := r.Counts(); c != (plan.Counts{Created: 2, Updated: 1, Deleted: 1, Failed: 1, Blocked: 2}) {
		t.Errorf("got counts %+v", c)
	}
}

func TestCancelStopsBeforeTheNextCall(t *testing.T) {
	g := newFake(t)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	g.after = func(string) error { cancel(); return nil }
	r, err := publisher.Run(ctx, publisher.Options{Gateway: g, Source: source{all: list{res("tag", "a"), res("tag", "b"), res("tag", "c")}}, Workers: 1})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"create tag a: done", "create tag b: not started", "create tag c: not started"}, brief(r)); diff != "" {
		t.Errorf("outcomes (-want +got):\n%s", diff)
	}
	if g.puts != 1 || r.Err() == nil {
		t.Errorf("%d writes and error %v, want 1 and an error", g.puts, r.Err())
	}
}

func TestSkipLeavesOutBothSides(t *testing.T) {
	g := newFake(t, res("api", "theirs"), res("release", "theirs/1"), res("api", "mine"))
	skip := func(k gateway.Key) bool { return k.Kind == "api" && strings.HasPrefix(k.Name(), "their") }
	want := list{res("release", "theirs/2"), res("tag", "t")}
	for _, since := range []string{"", "c0"} {
		p := mustPlan(t, publisher.Options{Gateway: g, Source: source{all: want, base: list{res("api", "mine")}}, Since: since, Delete: true, Skip: skip})
		var got []string
		for _, a := range p.Actions {
			got = append(got, string(a.Op)+" "+a.Key.String())
		}
		if diff := cmp.Diff([]string{"create tag t", "delete api mine"}, got); diff != "" {
			t.Errorf("since %q: actions (-want +got):\n%s", since, diff)
		}
	}
}

func TestKindsThatTheTierLacks(t *testing.T) {
	for _, since := range []string{"", "c0"} {
		g := newFake(t)
		g.fail = func(call string) error {
			if strings.HasSuffix(call, "backend *") || strings.HasSuffix(call, "backend b") {
				return gateway.ErrUnsupported
			}
			return nil
		}
		want := list{res("backend", "b"), res("api", "a", "backendId", "/backends/c"), res("tag", "t")}
		p := mustPlan(t, publisher.Options{Gateway: g, Source: source{all: want}, Since: since})
		if err := p.Err(); err != nil || len(p.Problems) == 0 {
			t.Errorf("since %q: got %v and problems %v, want warnings", since, err, p.Problems)
		}
		r, err := publisher.Apply(t.Context(), p, publisher.Options{Gateway: g, Source: source{all: want}})
		if err != nil || !errors.Is(r.Err(), gateway.ErrUnsupported) {
			t.Errorf("since %q: got %v, %v, want the gateway's own words", since, err, r.Err())
		}
	}
}

func TestDeletesGoLast(t *testing.T) {
	var have, want list
	for i := range 8 {
		have = append(have, res("tag", fmt.Sprint("old", i)), res("tag", fmt.Sprint("both", i)))
		want = append(want, res("tag", fmt.Sprint("new", i)), res("tag", fmt.Sprint("both", i), "x", 1))
	}
	g := newFake(t, have...)
	p := mustPlan(t, publisher.Options{Gateway: g, Source: source{all: want}, Delete: true})
	g.reset()
	if _, err := publisher.Apply(t.Context(), p, publisher.Options{Gateway: g, Workers: 5}); err != nil {
		t.Fatal(err)
	}
	stage := 0
	for _, c := range g.calls {
		now := slices.IndexFunc([]string{"put tag new", "put tag both", "delete tag old"}, func(s string) bool { return strings.HasPrefix(c, s) })
		if now < stage {
			t.Fatalf("%s was called after a later stage had begun: %v", c, g.calls)
		}
		stage = now
	}
	if len(g.calls) != 24 {
		t.Errorf("got %d calls, want 24", len(g.calls))
	}
}

// A recorder is a Reporter that remembers.
type recorder struct {
	mu    sync.Mutex
	lines []string
}

func (r *recorder) add(s string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.lines = append(r.lines, s)
}

func (r *recorder) Plan(p *plan.Plan)    { r.add(fmt.Sprint("plan of ", len(p.Actions))) }
func (r *recorder) Start(a *plan.Action) { r.add("start " + a.Key.String()) }
func (r *recorder) Done(o plan.Outcome)  { r.add(string(o.Status) + " " + o.Action.Key.String()) }

func TestReporterIsToldOfEachAction(t *testing.T) {
	rec := &recorder{}
	g := newFake(t)
	mustRun(t, publisher.Options{Gateway: g, Source: source{all: list{res("tag", "a"), res("tag", "b")}}, Workers: 1, Reporter: rec})
	if diff := cmp.Diff([]string{"plan of 2", "start tag a", "done tag a", "start tag b", "done tag b"}, rec.lines); diff != "" {
		t.Errorf("told (-want +got):\n%s", diff)
	}
}

// TestAFileThatTheGatewayDoesNotHandOut changes a definition in git that the
// gateway keeps to itself.
func TestAFileThatTheGatewayDoesNotHandOut(t *testing.T) {
	with := func(text string) *gateway.Resource {
		r := res("api", "a", "path", "a")
		r.Files = map[string][]byte{"specification.wsdl": []byte(text)}
		return r
	}
	g := &secretive{fake: newFake(t, with("one"))}
	o := publisher.Options{Gateway: g, Since: "c0", Source: source{
		all: list{with("two")}, base: list{with("one")},
	}}
	p := mustPlan(t, o)
	if len(p.Conflicts) > 0 || p.Count(plan.Update) != 1 {
		t.Fatalf("%d conflicts and %d updates, want the one update: %v", len(p.Conflicts), p.Count(plan.Update), p.Actions)
	}
	if have := p.Actions[0].Have; string(have.Files["specification.wsdl"]) != "one" {
		t.Errorf("the write is told of %q, want what git published", have.Files)
	}
	o.Since = ""
	if p := mustPlan(t, o); len(p.Actions) > 0 {
		t.Errorf("a full comparison plans %v on a file that nobody can compare", p.Actions)
	}
}

// secretive is a gateway that hands out no definitions.
type secretive struct{ *fake }

func (s *secretive) Get(ctx context.Context, k gateway.Key) (*gateway.Resource, error) {
	r, err := s.fake.Get(ctx, k)
	if r != nil {
		r.Files, r.Unread = nil, []string{"specification.*"}
	}
	return r, err
}

func (s *secretive) List(ctx context.Context, kind string, parent gateway.Key) iter.Seq2[*gateway.Resource, error] {
	return func(yield func(*gateway.Resource, error) bool) {
		for r, err := range s.fake.List(ctx, kind, parent) {
			if r != nil && kind == "api" {
				r.Files, r.Unread, r.Partial = nil, []string{"specification.*"}, false
			}
			if !yield(r, err) {
				return
			}
		}
	}
}
