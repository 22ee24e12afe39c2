package publisher_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lockstep-apiops/lockstep/gateway"
	"github.com/lockstep-apiops/lockstep/publisher"
	"github.com/lockstep-apiops/lockstep/publisher/plan"
)

// What happens to a plan when the gateway changes between plan and apply.
func TestAStalePlanIsRefusedResourceByResource(t *testing.T) {
	have := list{res("tag", "upd", "x", 1), res("tag", "del", "x", 1), res("tag", "other", "x", 1)}
	want := list{res("tag", "upd", "x", 2), res("tag", "new", "x", 2), res("tag", "other", "x", 2)}
	for _, tt := range []struct {
		name     string
		edit     func(t *testing.T, g *fake)
		fresh    string // outcome of the action, when the plan was just made
		saved    string // and when it comes from a file
		noETags  string // and from a gateway without versions; "" is saved
		skipLive bool
	}{
		{"an update of what changed", put("upd", 7), "update tag upd: conflict", "update tag upd: conflict", "", false},
		{"an update of what is as wanted", put("upd", 2), "update tag upd: done (was so already)", "update tag upd: done (was so already)", "", false},
		{"an update of what is gone", drop("upd"), "update tag upd: conflict", "update tag upd: conflict", "", false},
		{"an update of what was only touched", put("upd", 1), "update tag upd: done", "update tag upd: done", "", false},
		{"a create of what is there and another", put("new", 7), "create tag new: done", "create tag new: conflict", "", false},
		{"a create of what is there and as wanted", put("new", 2), "create tag new: done", "create tag new: done (was so already)", "", false},
		{"a delete of what changed", put("del", 7), "delete tag del: conflict", "delete tag del: conflict", "", false},
		{"a delete of what is gone", drop("del"), "delete tag del: done", "delete tag del: done", "delete tag del: done (was gone already)", false},
	} {
		for _, how := range []string{"fresh", "saved", "saved, no etags"} {
			t.Run(tt.name+", "+how, func(t *testing.T) {
				g := newFake(t, have...)
				g.etags = how != "saved, no etags"
				o := publisher.Options{Gateway: g, Source: source{all: want}, Delete: true}
				p, line := mustPlan(t, o), tt.fresh
				if how != "fresh" {
					p, line = saved(t, p), tt.saved
				}
				if !g.etags && tt.noETags != "" {
					line = tt.noETags
				}
				tt.edit(t, g)
				r, err := publisher.Apply(t.Context(), p, o)
				if err != nil {
					t.Fatal(err)
				}
				wantLines(t, r, line)
			})
		}
	}
}

// wantLines checks that one action came to an end of its own and the others
// were done.
func wantLines(t *testing.T, r *plan.Result, line string) {
	t.Helper()
	key, _, _ := strings.Cut(line, ":")
	var want []string
	for _, o := range r.Outcomes {
		l := string(o.Action.Op) + " " + o.Action.Key.String()
		if l == key {
			l = line
		} else {
			l += ": done"
		}
		want = append(want, l)
		if o.Status == plan.Conflicted && (!errors.Is(o.Err, gateway.ErrStale) || !strings.Contains(o.Err.Error(), "plan again")) {
			t.Errorf("%v: got error %v, want one that says to plan again", o.Action.Key, o.Err)
		}
	}
	if diff := cmp.Diff(want, brief(r)); diff != "" {
		t.Errorf("outcomes (-want +got):\n%s", diff)
	}
}

func put(name string, x int) func(*testing.T, *fake) {
	return func(t *testing.T, g *fake) { g.edit(t, res("tag", name, "x", x)) }
}

func drop(name string) func(*testing.T, *fake) {
	return func(t *testing.T, g *fake) {
		if err := g.Gateway.Delete(t.Context(), res("tag", name)); err != nil {
			t.Fatal(err)
		}
	}
}

func TestASavedPlanCostsOneRequestPerActionWhereVersionsAreKnown(t *testing.T) {
	g := newFake(t, res("tag", "a", "x", 1), res("tag", "b", "x", 1))
	o := publisher.Options{Gateway: g, Source: source{all: list{res("tag", "a", "x", 2)}}, Delete: true}
	p := saved(t, mustPlan(t, o))
	g.reset()
	r, err := publisher.Apply(t.Context(), p, o)
	if err != nil || r.Err() != nil {
		t.Fatal(err, r.Err())
	}
	if got := fmt.Sprint(g.calls); got != "[put tag a delete tag b]" {
		t.Errorf("got requests %s", got)
	}
}
