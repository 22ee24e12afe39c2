package plan_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lockstep-apiops/lockstep/gateway"
	"github.com/lockstep-apiops/lockstep/publisher/plan"
)

func only(kinds ...string) func(gateway.Key) bool {
	return func(k gateway.Key) bool { return slices.Contains(kinds, k.Kind) }
}

func TestNew(t *testing.T) {
	del := plan.Options{Delete: true}
	for _, tt := range []struct {
		name       string
		have, want list
		opts       plan.Options
		actions    []string
		problems   []string
	}{
		{name: "nothing"},
		{name: "equal", have: list{res("tag", "a", "x", 1)}, want: list{res("tag", "A", "x", 1.0)}},
		{
			name: "create, update and delete",
			have: list{res("tag", "old"), res("tag", "both", "x", 1)}, want: list{res("tag", "both", "x", 2), res("tag", "new")},
			opts:    del,
			actions: []string{"creator: create tag new", "publish: update tag both", "terminator: delete tag old"},
		},
		{name: "deletes are asked for", have: list{res("tag", "old")}},
		{
			name:    "permanent kinds are updated only",
			have:    list{res("settings", "there", "x", 1)},
			want:    list{res("settings", "new", "x", 1)},
			opts:    del,
			actions: []string{"publish: update settings new"},
		},
		{name: "built in", have: list{res("tag", "System")}, want: list{res("tag", "system", "x", 1)}, opts: del},
		{
			name: "an owner whose own file is missing stays",
			have: list{res("api", "a"), res("release", "a/r"), res("release", "a/old")}, want: list{res("release", "A/r")},
			opts:    del,
			actions: []string{"terminator: delete release a/old"},
		},
		{
			name: "what an owner owns goes with it",
			have: list{
				res("api", "a"), res("release", "a/r"), res("operation", "a/get"), res("operation policy", "a/get/policy", "value", "x"),
				res("page", "a/intro/one"), res("api", "b"),
			},
			want:    list{res("api", "b")},
			opts:    del,
			actions: []string{"terminator: delete api a +operation a/get +operation policy a/get/policy +page a/intro/one +release a/r"},
		},
		{
			name:    "deletes run against the references",
			have:    list{res("backend", "b"), res("backend", "p", "pool", pool("b")), res("api", "a", "backendId", "/backends/p"), res("tag", "t")},
			opts:    del,
			actions: []string{"terminator: delete api a", "terminator: delete backend p", "terminator: delete backend b", "terminator: delete tag t"},
		},
		{
			name: "an association goes before what it joins",
			have: list{res("api", "a"), res("tag", "t"), res("api tag", "a/t")}, want: list{res("api", "a")},
			opts:    del,
			actions: []string{"terminator: delete api tag a/t", "terminator: delete tag t"},
		},
		{
			name:    "an association that goes with its owner goes before what it joins",
			have:    list{res("api", "z"), res("tag", "a"), res("api tag", "z/a")},
			opts:    del,
			actions: []string{"terminator: delete api z +api tag z/a", "terminator: delete tag a"},
		},
		{
			name:    "creates follow references within one kind",
			want:    list{res("backend", "a", "pool", pool("b", "c")), res("backend", "b", "pool", pool("c")), res("backend", "c")},
			actions: []string{"creator: create backend c", "creator: create backend b", "creator: create backend a"},
		},
		{
			name: "creates follow mentions, and associations are published",
			want: list{
				res("operation policy", "a/get/policy", "value", "{{key}}"), res("operation", "a/get"), res("api", "a"),
				res("named value", "n", "displayName", "key"), res("api tag", "a/t"), res("tag", "t"), res("release", "a/1"),
			},
			actions: []string{
				"creator: create named value n", "creator: create tag t", "creator: create api a",
				"creator: create operation a/get", "creator: create operation policy a/get/policy",
				"publish: create release a/1", "publish: create api tag a/t",
			},
		},
		{
			name: "a create that needs an update is published",
			have: list{withSpec(res("api", "a"), "1")}, want: list{withSpec(res("api", "a"), "2"), res("operation policy", "a/get/policy", "value", "x")},
			actions: []string{"publish: update api a", "publish: create operation policy a/get/policy"},
		},
		{
			name: "what the owner's file tells is not planned",
			have: list{withSpec(res("api", "a"), "1"), res("operation", "a/old")},
			want: list{withSpec(res("api", "a"), "1"), res("operation", "a/get")},
			opts: del,
		},
		{
			name: "a delete that frees a value comes before the create that takes it",
			have: list{res("api", "old", "path", "p"), res("release", "old/1")}, want: list{res("api", "new", "path", "p")},
			opts:    del,
			actions: []string{"creator: delete api old +release old/1", "creator: create api new"},
		},
		{
			name: "a delete that frees a value waits for the update that lets it go",
			have: list{res("backend", "b"), res("api", "old", "path", "p"), res("backend", "user", "pool", pool("b"))},
			want: list{res("api", "new", "path", "p"), res("backend", "user")},
			opts: del,
			actions: []string{
				"creator: delete api old", "creator: create api new", "publish: update backend user", "terminator: delete backend b",
			},
		},
		{
			name: "an update that gives up a value comes before the create that takes it",
			have: list{res("api", "old", "path", "p")}, want: list{res("api", "a-new", "path", "p"), res("api", "old", "path", "q")},
			actions: []string{"publish: update api old", "publish: create api a-new"},
		},
		{
			name: "a delete that frees a value for an update moves to its stage",
			have: list{res("api", "a", "path", "q"), res("api", "old", "path", "p")}, want: list{res("api", "a", "path", "p")},
			opts:    del,
			actions: []string{"publish: delete api old", "publish: update api a"},
		},
		{
			name: "scope", have: list{res("tag", "old", "x", 1), res("backend", "old")}, want: list{res("tag", "new"), res("backend", "new")},
			opts:    plan.Options{Delete: true, Scope: only("backend")},
			actions: []string{"creator: create backend new", "terminator: delete backend old"},
		},
		{
			name: "an owner of what is outside the scope stays",
			have: list{res("api", "a"), res("release", "a/r"), res("page", "a/s/p")},
			opts: plan.Options{Delete: true, Scope: only("api", "release")}, actions: []string{"terminator: delete release a/r"},
			problems: []string{"warning: api a: not deleted, for it owns page a/s/p, which is outside the scope"},
		},
		{
			name: "unknown references",
			want: list{
				res("backend", "a", "pool", pool("gone")), res("operation policy", "x/get/policy", "value", "{{no}}"), res("page", "y/s/p"),
			},
			actions: []string{"creator: create backend a", "creator: create operation policy x/get/policy", "creator: create page y/s/p"},
			problems: []string{
				"error: backend a: refers to backend gone, which is neither in git nor on the gateway",
				`error: operation policy x/get/policy: mentions the named value "no", which is neither in git nor on the gateway`,
				"error: operation policy x/get/policy: refers to operation x/get, which is neither in git nor on the gateway",
				"error: page y/s/p: refers to section y/s, which is neither in git nor on the gateway",
			},
		},
		{
			name:    "references to what is on the gateway, built in or out of sight",
			have:    list{res("api", "a")},
			want:    list{res("api tag", "a/system"), res("api tag", "a/unread"), res("page", "a/s/p")},
			opts:    plan.Options{Unread: func(k gateway.Key) bool { return k.Name() == "unread" && k.Kind == "tag" }},
			actions: []string{"creator: create page a/s/p", "publish: create api tag a/system", "publish: create api tag a/unread"},
		},
		{
			name: "what the gateway accepted before is no problem",
			have: list{res("backend", "a", "pool", pool("gone"))}, want: list{res("backend", "a", "pool", pool("gone"), "x", 1)},
			actions: []string{"publish: update backend a"},
		},
		{
			name: "lenient", want: list{res("backend", "a", "pool", pool("gone"))}, opts: plan.Options{Lenient: true},
			actions:  []string{"creator: create backend a"},
			problems: []string{"warning: backend a: refers to backend gone, which is neither in git nor on the gateway"},
		},
		{
			name: "git refers to what the plan deletes",
			have: list{res("backend", "b"), res("api", "a", "backendId", "/backends/b")}, want: list{res("api", "a", "backendId", "/backends/b")},
			opts: del, actions: []string{"terminator: delete backend b"},
			problems: []string{"error: api a: refers to backend b, which git does not hold and the plan deletes"},
		},
		{
			name: "a value that belongs to another", have: list{res("api", "theirs", "path", "p")}, want: list{res("api", "mine", "path", "p")},
			actions:  []string{"creator: create api mine"},
			problems: []string{`error: api mine: path "p" belongs to api theirs, which is on the gateway and not in git`},
		},
		{
			name: "two claim one value", want: list{res("api", "a", "path", "p"), res("api", "b", "path", "p")},
			actions:  []string{"creator: create api a", "creator: create api b"},
			problems: []string{`error: api a: path "p" belongs to api b`, `error: api b: path "p" belongs to api a`},
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			p := mustPlan(t, tt.have, tt.want, tt.opts)
			if diff := cmp.Diff(append([]string{}, tt.actions...), brief(p)); diff != "" {
				t.Errorf("actions (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(append([]string{}, tt.problems...), problems(p)); diff != "" {
				t.Errorf("problems (-want +got):\n%s", diff)
			}
		})
	}
}

func TestNewRefuses(t *testing.T) {
	for _, tt := range []struct {
		name       string
		have, want list
		err        string
	}{
		{"unknown kind", nil, list{res("cat", "a")}, "cat a: no resource of this kind can be planned in git"},
		{"a mere step", list{res("section", "a/s")}, nil, "section a/s: no resource of this kind can be planned on the gateway"},
		{"doubles", nil, list{res("tag", "a"), res("tag", "A")}, "tag a and tag A are the same resource in git"},
		{
			"creates in a circle", nil, list{res("backend", "a", "pool", pool("b")), res("backend", "b", "pool", pool("a")), res("backend", "z", "pool", pool("a"))},
			"these wait for each other: create backend a, after create backend b, after create backend a: make the change in two steps",
		},
		{
			"deletes in a circle", list{res("backend", "a", "pool", pool("b")), res("backend", "b", "pool", pool("a")), res("tag", "t")}, nil,
			"these wait for each other: delete backend a, after delete backend b, after delete backend a: make the change in two steps",
		},
		{
			"values that change places", list{res("api", "a", "path", "x"), res("api", "b", "path", "y")},
			list{res("api", "a", "path", "y"), res("api", "b", "path", "x")},
			"these wait for each other: update api a, after update api b, after update api a: make the change in two steps",
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, err := plan.New(testKinds(t), tt.have, tt.want, plan.Options{Delete: true})
			if err == nil || err.Error() != "plan: "+tt.err {
				t.Errorf("got %v, want plan: %s", err, tt.err)
			}
		})
	}
}

func TestCycleErrorNamesOnlyTheCircle(t *testing.T) {
	want := list{res("backend", "a", "pool", pool("m")), res("backend", "m", "pool", pool("n")), res("backend", "n", "pool", pool("m"))}
	_, err := plan.New(testKinds(t), nil, want, plan.Options{})
	var e *plan.CycleError
	if !errors.As(err, &e) {
		t.Fatalf("got %v, want a CycleError", err)
	}
	if len(e.Actions) != 2 || e.Actions[0].Key.Name() == "a" {
		t.Errorf("got %v, want the circle of m and n", e)
	}
}

func TestActionCarriesStates(t *testing.T) {
	have := res("tag", "a", "x", 1)
	have.ETag = "7"
	want := res("tag", "a", "x", 2)
	p := mustPlan(t, list{have}, list{want}, plan.Options{})
	a := p.Actions[0]
	if a.ETag != "7" || a.Have != have || a.Want != want || a.HaveDigest == a.WantDigest {
		t.Errorf("got %+v, want both states, their digests and the version read", a)
	}
	if len(a.Changes) != 1 || a.Changes[0].Field != "x" {
		t.Errorf("got changes %v, want one of x", a.Changes)
	}
}

func TestExtra(t *testing.T) {
	p := mustPlan(t, list{res("tag", "b"), res("tag", "a"), res("tag", "system"), res("settings", "s")}, nil, plan.Options{})
	if diff := cmp.Diff([]string{"tag a", "tag b"}, keys(p.Extra)); diff != "" {
		t.Errorf("extra (-want +got):\n%s", diff)
	}
	if p.Compared != 3 {
		t.Errorf("compared %d, want 3", p.Compared)
	}
}

func keys(ks []gateway.Key) []string {
	var out []string
	for _, k := range ks {
		out = append(out, k.String())
	}
	return out
}

// TestInitialStateIsNoChange plans what a gateway has from the start, which a
// walk passes over.
func TestInitialStateIsNoChange(t *testing.T) {
	kinds, err := gateway.NewKinds(gateway.Table{Rows: []gateway.Kind{{
		Name: "settings", Segment: "settings", Dir: "settings", File: "s.json", Permanent: true,
		Initial: map[string]map[string]any{"signin": {"enabled": false}},
	}}})
	if err != nil {
		t.Fatal(err)
	}
	for enabled, want := range map[bool]int{false: 0, true: 1} {
		p, err := plan.New(kinds, nil, []*gateway.Resource{res("settings", "signin", "enabled", enabled)}, plan.Options{})
		if err != nil {
			t.Fatal(err)
		}
		if got := p.Count(plan.Update); got != want || len(p.Actions) != want {
			t.Errorf("enabled %v: %d updates of %d actions, want %d", enabled, got, len(p.Actions), want)
		}
	}
}

// TestClaims deletes what holds a claim before it creates what takes it.
func TestClaims(t *testing.T) {
	kinds, err := gateway.NewKinds(gateway.Table{Rows: []gateway.Kind{{
		Name: "api", Segment: "apis", Dir: "apis", File: "a.json",
		Claims: func(r *gateway.Resource) []string { return []string{fmt.Sprintf("path %q", r.Spec["path"])} },
	}}})
	if err != nil {
		t.Fatal(err)
	}
	have, want := list{res("api", "z", "path", "p")}, list{res("api", "a", "path", "p")}
	p, err := plan.New(kinds, have, want, plan.Options{Delete: true})
	if err != nil {
		t.Fatal(err)
	}
	if len(p.Actions) != 2 || p.Actions[0].Op != plan.Delete || p.Actions[0].Stage != plan.Creator {
		t.Errorf("the plan is %v, want the delete first, in the creator stage", p.Actions)
	}
	p, err = plan.New(kinds, have, want, plan.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if err := p.Err(); err == nil || !strings.Contains(err.Error(), `path "p" belongs to api z`) {
		t.Errorf("without deletes the error is %v, want one that names the holder", err)
	}
}

// TestWhatTheGatewaysFileTells has operations in git beside an API of which
// only the gateway has a definition: it tells them, so they are not planned.
func TestWhatTheGatewaysFileTells(t *testing.T) {
	kinds := testKinds(t)
	have := list{withSpec(res("api", "a", "path", "p"), "x")}
	silent := res("api", "a", "path", "p")
	silent.Unread = []string{"specification.*"}
	p, err := plan.New(kinds, have, list{silent, res("operation", "a/get", "method", "GET")}, plan.Options{Delete: true})
	if err != nil {
		t.Fatal(err)
	}
	if len(p.Actions) > 0 {
		t.Errorf("planned %v, want nothing", p.Actions)
	}
	p, err = plan.New(kinds, list{res("api", "a", "path", "p")}, list{silent, res("operation", "a/get", "method", "GET")}, plan.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if len(p.Actions) != 1 || p.Actions[0].Op != plan.Create {
		t.Errorf("planned %v, want the operation created: no file tells it", p.Actions)
	}
}

// TestSecretsAreWrittenOnRequest has a secret in git that may be another than
// the gateway's, which hands out none.
func TestSecretsAreWrittenOnRequest(t *testing.T) {
	kinds := testKinds(t)
	have := list{res("named value", "key", "displayName", "key", "secret", true), res("tag", "t", "a", "b")}
	want := list{res("named value", "key", "displayName", "key", "secret", true, "value", "hush"), res("tag", "t", "a", "b")}
	for secrets, n := range map[bool]int{false: 0, true: 1} {
		p, err := plan.New(kinds, have, want, plan.Options{Secrets: secrets})
		if err != nil {
			t.Fatal(err)
		}
		if len(p.Actions) != n {
			t.Errorf("with Secrets %v: %d actions, want %d", secrets, len(p.Actions), n)
		}
		text, err := p.JSON()
		if err != nil || strings.Contains(string(text), "hush") {
			t.Errorf("the plan shows the secret, or is none: %v", err)
		}
	}
}
