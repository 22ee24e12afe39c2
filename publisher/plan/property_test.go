package plan_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/lockstep-apiops/lockstep/gateway"
	"github.com/lockstep-apiops/lockstep/gateway/memory"
	"github.com/lockstep-apiops/lockstep/publisher/plan"
)

// drawTree draws resources that a gateway can hold: whatever they refer to is
// among them, backends refer to each other without circles, and no path or
// display name is there twice.
func drawTree(t *rapid.T, ks *gateway.Kinds, name string) list {
	some := func(what string, percent int) bool { return rapid.IntRange(0, 99).Draw(t, name+" "+what) < percent }
	num := func(what string, n int) int { return rapid.IntRange(0, n-1).Draw(t, name+" "+what) }
	var rs list
	perm := rapid.Permutation([]string{"b0", "b1", "b2", "b3"}).Draw(t, name+" backends")
	for i, b := range perm {
		r := res("backend", b, "x", num("x", 2))
		if j := num("member", 4); j < i { // members come before the pool
			r.Spec["pool"] = pool(perm[j])
		}
		rs = append(rs, r)
	}
	for i := range 3 {
		rs = append(rs, res("tag", fmt.Sprint("t", i), "x", num("x", 2)),
			res("named value", fmt.Sprint("n", i), "displayName", fmt.Sprint("d", num("display name", 4)), "secret", true, "value", "s"))
	}
	for i := range 4 {
		a := fmt.Sprint("a", i)
		api := res("api", a, "x", num("x", 2), "path", fmt.Sprint("p", num("path", 5)))
		if some("backend", 50) {
			api.Spec["backendId"] = "/backends/" + perm[num("which", 4)]
		}
		rs = append(rs, api, res("page", a+"/s/one", "x", num("x", 2)), res("release", a+"/r", "x", num("x", 2)),
			res("api tag", a+"/t"+fmt.Sprint(num("tag", 3))), res("operation", a+"/get"),
			res("operation policy", a+"/get/policy", "value", fmt.Sprintf("{{d%d}}", num("mention", 4))))
	}
	rs = append(rs, res("settings", "s", "x", num("x", 2)))
	rs = slices.DeleteFunc(rs, func(r *gateway.Resource) bool {
		return !ks.Get(r.Key.Kind).Permanent && some("drop "+r.Key.String(), 25)
	})
	return closed(ks, rs)
}

// closed drops what cannot be there without something that is not, and what
// shares a value that must be unique.
func closed(ks *gateway.Kinds, rs list) list {
	taken := map[string]bool{}
	rs = slices.DeleteFunc(rs, func(r *gateway.Resource) bool {
		for _, f := range ks.Get(r.Key.Kind).Unique {
			id := fmt.Sprint(r.Key.Kind, f, r.Spec[f])
			if taken[id] {
				return true
			}
			taken[id] = true
		}
		return false
	})
	for n := -1; n != len(rs); {
		n = len(rs)
		set := ks.NewSet(rs...)
		rs = slices.DeleteFunc(slices.Clone(rs), func(r *gateway.Resource) bool {
			lacks := func(k gateway.Key) bool { return ks.Get(k.Kind).Stored() && set.Get(k) == nil }
			owner := ks.Parent(r.Key)
			for !owner.IsZero() && !ks.Get(owner.Kind).Stored() {
				owner = ks.Parent(owner)
			}
			return slices.ContainsFunc(ks.References(r), lacks) || !owner.IsZero() && lacks(owner) || len(set.Unmet(r)) > 0
		})
	}
	return rs
}

// A live gateway for tests, whose every key is known.
type live struct {
	*memory.Gateway
	kinds *gateway.Kinds
	keys  map[gateway.Key]bool
}

func newLive(t *rapid.T, ks *gateway.Kinds, rs, more list) *live {
	l := &live{memory.New(ks), ks, map[gateway.Key]bool{}}
	for _, r := range slices.Concat(rs, more) {
		l.keys[r.Key] = true
	}
	p, err := plan.New(ks, nil, rs, plan.Options{})
	if err != nil {
		t.Fatal(err)
	}
	for i := range p.Actions {
		l.do(t, &p.Actions[i])
	}
	return l
}

func (l *live) read(t *rapid.T) list {
	var rs list
	for k := range l.keys {
		r, err := l.Get(context.Background(), k)
		if err == nil {
			rs = append(rs, r)
		} else if !errors.Is(err, gateway.ErrNotFound) {
			t.Fatal(err)
		}
	}
	return rs
}

// do carries out an action. The gateway refuses what is out of order; what
// text mentions is checked here.
func (l *live) do(t *rapid.T, a *plan.Action) {
	var err error
	if a.Op == plan.Delete {
		err = l.Delete(context.Background(), a.Have)
	} else {
		if ms := l.kinds.NewSet(l.read(t)...).Unmet(a.Want); len(ms) > 0 {
			t.Fatalf("%s %v: %v is not there yet", a.Op, a.Key, ms)
		}
		err = l.Put(context.Background(), a.Want, a.Have)
	}
	if err != nil {
		t.Fatalf("%s %v in stage %s: %v", a.Op, a.Key, a.Stage, err)
	}
}

// drawPlan draws a gateway, what git wants, and the plan between the two.
func drawPlan(t *rapid.T, ks *gateway.Kinds) (*live, list, *plan.Plan) {
	have, want := drawTree(t, ks, "have"), drawTree(t, ks, "want")
	l := newLive(t, ks, have, want)
	p, err := plan.New(ks, l.read(t), want, plan.Options{Delete: true})
	var cycle *plan.CycleError
	if errors.As(err, &cycle) {
		if !slices.ContainsFunc(cycle.Actions, func(a plan.Action) bool { return len(ks.Get(a.Key.Kind).Unique) > 0 }) {
			t.Fatalf("a circle though no value changes hands: %v", err)
		}
		t.Skip("values change places")
	}
	if err != nil {
		t.Fatal(err)
	}
	if len(p.Problems) > 0 {
		t.Fatalf("problems between two sound states: %v", p.Problems)
	}
	return l, want, p
}

func wantEmpty(t *rapid.T, l *live, want list) {
	p, err := plan.New(l.kinds, l.read(t), want, plan.Options{Delete: true})
	if err != nil {
		t.Fatal(err)
	}
	if !p.Empty() {
		t.Fatalf("after all was done there is more to do: %v", brief(p))
	}
}

func TestPlanConverges(t *testing.T) {
	ks := testKinds(t)
	rapid.Check(t, func(t *rapid.T) {
		l, want, p := drawPlan(t, ks)
		for i := range p.Actions {
			l.do(t, &p.Actions[i])
		}
		wantEmpty(t, l, want)
	})
}

func TestAnyOrderThatDependsAllowConverges(t *testing.T) {
	ks := testKinds(t)
	rapid.Check(t, func(t *rapid.T) {
		l, want, p := drawPlan(t, ks)
		done := map[int]bool{}
		for len(done) < len(p.Actions) {
			var ready []int
			for i, a := range p.Actions {
				waits := slices.ContainsFunc(a.Depends, func(d int) bool { return !done[d] })
				if !done[i] && !waits {
					ready = append(ready, i)
				}
			}
			i := rapid.SampledFrom(ready).Draw(t, "next")
			l.do(t, &p.Actions[i])
			done[i] = true
		}
		wantEmpty(t, l, want)
	})
}

func TestStagesRunOneAfterAnother(t *testing.T) {
	ks := testKinds(t)
	rapid.Check(t, func(t *rapid.T) {
		_, _, p := drawPlan(t, ks)
		for i, a := range p.Actions {
			for _, d := range a.Depends {
				if stage(p.Actions[d]) > stage(a) || d >= i {
					t.Fatalf("%s %v waits for %s %v of a later stage", a.Op, a.Key, p.Actions[d].Op, p.Actions[d].Key)
				}
			}
			if i > 0 && stage(p.Actions[i-1]) > stage(a) {
				t.Fatalf("stage %s comes after %s", a.Stage, p.Actions[i-1].Stage)
			}
		}
	})
}

func stage(a plan.Action) int { return slices.Index(plan.Stages(), a.Stage) }

func TestSameInputSameBytes(t *testing.T) {
	ks := testKinds(t)
	rapid.Check(t, func(t *rapid.T) {
		have, want := drawTree(t, ks, "have"), drawTree(t, ks, "want")
		o := plan.Options{Delete: rapid.Bool().Draw(t, "delete")}
		first, err1 := plan.New(ks, have, want, o)
		second, err2 := plan.New(ks, rapid.Permutation(have).Draw(t, "shuffled have"), rapid.Permutation(want).Draw(t, "shuffled want"), o)
		if fmt.Sprint(err1) != fmt.Sprint(err2) {
			t.Fatalf("got errors %v and %v", err1, err2)
		}
		if err1 == nil {
			if diff := cmp.Diff(mustJSON(t, first), mustJSON(t, second)); diff != "" {
				t.Fatalf("plans of the same input (-first +second):\n%s", diff)
			}
		}
		none, err := plan.New(ks, want, want, plan.Options{Delete: true})
		if err != nil || !none.Empty() {
			t.Fatalf("plan from a state to itself: %v, %v", none, err)
		}
	})
}

func mustJSON(t *rapid.T, p *plan.Plan) string {
	text, err := p.JSON()
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
