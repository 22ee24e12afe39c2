package publisher_test

import (
	"errors"
	"fmt"
	"testing"

	"github.com/lockstep-apiops/lockstep/gateway"
	"github.com/lockstep-apiops/lockstep/publisher"
	"github.com/lockstep-apiops/lockstep/publisher/plan"
)

func TestApplyRefuses(t *testing.T) {
	g := newFake(t, res("tag", "a"), res("tag", "b"))
	want := source{all: list{res("tag", "a", "x", 1)}}
	o := publisher.Options{Gateway: g, Source: want, Delete: true}
	p := mustPlan(t, o)
	for _, tt := range []struct {
		name string
		p    func() *plan.Plan
		o    publisher.Options
		err  string
	}{
		{
			"too many deletes", func() *plan.Plan { return p }, publisher.Options{Limits: plan.Limits{Percent: 49}},
			"plan deletes 1 of 2 resources, more than the limit of 49%: check the source, or raise the limit",
		},
		{
			"another gateway", func() *plan.Plan { q := *p; q.Target.Instance = "prod"; return &q }, publisher.Options{},
			`plan is for memory "prod", not for memory "memory": plan again for this gateway`,
		},
		{
			"a source that moved", func() *plan.Plan { return saved(t, p) }, publisher.Options{Source: source{all: list{res("tag", "a", "x", 2)}}},
			"source is not what the plan was made from (commit c1): tag a is another: use that commit, or plan again",
		},
		{
			"a source that lost it", func() *plan.Plan { return saved(t, p) }, publisher.Options{Source: source{all: list{res("tag", "c")}}},
			"source is not what the plan was made from (commit c1): tag a is not there: use that commit, or plan again",
		},
		{
			"a source that wants what the plan deletes", func() *plan.Plan { return saved(t, p) },
			publisher.Options{Source: source{all: list{res("tag", "a", "x", 1), res("tag", "B")}}},
			"source is not what the plan was made from (commit c1): tag b is wanted, and the plan deletes it: use that commit, or plan again",
		},
		{
			"a kind that is not there", func() *plan.Plan { q := saved(t, p); q.Actions[0].Key = gateway.NewKey("cat", "a"); return q }, publisher.Options{Source: want},
			"source is not what the plan was made from (commit c1): cat a is of a kind that this gateway does not have: use that commit, or plan again",
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			g.reset()
			tt.o.Gateway = g
			_, err := publisher.Apply(t.Context(), tt.p(), tt.o)
			if fmt.Sprint(err) != tt.err {
				t.Errorf("got %v, want %s", err, tt.err)
			}
			if g.requests() > 0 {
				t.Errorf("%d requests were made all the same", g.requests())
			}
		})
	}
}

func TestMakePlanRefuses(t *testing.T) {
	for _, tt := range []struct {
		name, since string
		source      source
		fail        string
		err         string
	}{
		{name: "an empty source", err: "read source: " + publisher.ErrEmptySource.Error()},
		{name: "an unreadable source", source: source{err: errors.New("no such folder")}, err: "read source: no such folder"},
		{name: "an unknown commit", since: "c9", err: "read what changed since c9: no such commit"},
		{name: "a gateway half read", source: source{all: list{res("tag", "a")}}, fail: "list api *", err: "read gateway: down"},
		{name: "a resource not read", since: "c0", source: source{all: list{res("tag", "a")}}, fail: "get tag a", err: "read gateway: down"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			g := newFake(t)
			g.fail = func(call string) error {
				if call == tt.fail {
					return errors.New("down")
				}
				return nil
			}
			_, err := publisher.MakePlan(t.Context(), publisher.Options{Gateway: g, Source: tt.source, Since: tt.since, Delete: true})
			if fmt.Sprint(err) != tt.err {
				t.Errorf("got %v, want %s", err, tt.err)
			}
		})
	}
}
