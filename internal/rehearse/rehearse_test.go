package rehearse_test

import (
	"context"
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lockstep-apiops/lockstep/gateway"
	"github.com/lockstep-apiops/lockstep/gateway/memory"
	"github.com/lockstep-apiops/lockstep/internal/rehearse"
	"github.com/lockstep-apiops/lockstep/publisher"
	"github.com/lockstep-apiops/lockstep/publisher/plan"
)

func kinds(t *testing.T) *gateway.Kinds {
	t.Helper()
	ks, err := gateway.NewKinds(gateway.Table{Rows: []gateway.Kind{
		{Name: "room", Segment: "rooms", Dir: "rooms", File: "room.json", Implied: true},
		{Name: "thing", Segment: "things", Under: []string{"", "room"}, Dir: "things", File: "thing.json",
			Refs: []gateway.Ref{{Field: "needs", Kind: "thing", ByName: true}}, Secret: []gateway.Secret{{Field: "secret"}}},
	}})
	if err != nil {
		t.Fatal(err)
	}
	return ks
}

// thing returns a thing with some fields, each followed by its value.
func thing(name string, fields ...string) *gateway.Resource {
	r := &gateway.Resource{Key: gateway.NewKey("thing", name), Spec: map[string]any{"n": name}}
	for i := 0; i < len(fields); i += 2 {
		r.Spec[fields[i]] = fields[i+1]
	}
	return r
}

// A list is a source of some resources.
type list []*gateway.Resource

func (list) Describe() plan.Source { return plan.Source{} }

func (l list) All(context.Context) ([]*gateway.Resource, error) { return l, nil }

func (list) Touched(context.Context, string) ([]publisher.Touched, error) {
	return nil, errors.New("a list has no past")
}

// A stubborn gateway refuses one thing, keeps another as it likes it, and wants
// a secret of a third.
type stubborn struct{ *memory.Gateway }

func (s stubborn) Put(ctx context.Context, want, have *gateway.Resource) error {
	switch name := want.Key.Name(); {
	case name == "refused", name == "secretive" && want.Spec["secret"] == nil:
		return &gateway.Error{Op: "put", Key: want.Key, Err: gateway.ErrInvalid}
	case name == "changed":
		kept := *want
		kept.Spec = map[string]any{"n": "otherwise"}
		want = &kept
	}
	return s.Gateway.Put(ctx, want, have)
}

func TestRun(t *testing.T) {
	ks := kinds(t)
	inRoom := &gateway.Resource{Key: gateway.NewKey("room thing", "attic", "box"), Spec: map[string]any{"n": "box"}}
	tests := []struct {
		name       string
		base, want list
		del        bool
		troubles   []rehearse.Trouble
		counts     plan.Counts
	}{
		{name: "good, onto nothing", want: list{thing("a"), thing("b", "needs", "a")}, counts: plan.Counts{Created: 2}},
		{
			name: "good, on top of a base", base: list{thing("a"), thing("old")}, want: list{thing("a", "x", "new"), thing("b")}, del: true,
			counts: plan.Counts{Created: 1, Updated: 1, Deleted: 1},
		},
		{name: "below what git only implies", want: list{inRoom}, counts: plan.Counts{Created: 1}},
		{name: "a secret that git does not hold", want: list{thing("secretive")}, counts: plan.Counts{Created: 1}},
		{
			name: "a reference to nothing", want: list{thing("b", "needs", "gone")},
			troubles: []rehearse.Trouble{{Step: rehearse.Plan, Severity: plan.Error, Key: thing("b").Key, Text: "refers to thing gone, which is neither in git nor on the gateway"}},
		},
		{
			name: "a circle", want: list{thing("a", "needs", "b"), thing("b", "needs", "a")},
			troubles: []rehearse.Trouble{{Step: rehearse.Plan, Severity: plan.Error, Text: "plan: these wait for each other: create thing a, after create thing b, after create thing a: make the change in two steps"}},
		},
		{
			name: "refused, and what needs it", want: list{thing("refused"), thing("b", "needs", "refused"), thing("c")}, counts: plan.Counts{Created: 1, Failed: 1, Blocked: 1},
			troubles: []rehearse.Trouble{
				{Step: rehearse.Publish, Severity: plan.Error, Key: thing("b").Key, Text: "create is blocked: it needs thing refused, which failed"},
				{Step: rehearse.Publish, Severity: plan.Error, Key: thing("refused").Key, Text: "create failed: put thing refused: refused by the gateway as invalid"},
			},
		},
		{
			name: "kept otherwise", want: list{thing("changed")}, counts: plan.Counts{Created: 1},
			troubles: []rehearse.Trouble{{Step: rehearse.Compare, Severity: plan.Error, Key: thing("changed").Key, Text: "is not as git says after it was published: n differ"}},
		},
		{
			name: "a base that fails", base: list{thing("refused")}, want: list{thing("a")}, counts: plan.Counts{Created: 1},
			troubles: []rehearse.Trouble{{Step: rehearse.Base, Severity: plan.Warning, Key: thing("refused").Key, Text: "create failed: put thing refused: refused by the gateway as invalid"}},
		},
		{name: "an empty base", base: list{}, want: list{thing("a")}, counts: plan.Counts{Created: 1}},
		{name: "nothing to publish", troubles: []rehearse.Trouble{{Step: rehearse.Plan, Severity: plan.Error, Text: "read source: the source holds no resources: check the folder and the commit"}}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			o := rehearse.Options{
				Publish: publisher.Options{Gateway: stubborn{memory.New(ks)}, Source: tt.want, Delete: tt.del},
				StandIn: func(r *gateway.Resource) {
					if r.Key.Name() == "secretive" {
						r.Spec["secret"] = "made up"
					}
				},
			}
			if tt.base != nil {
				o.Base = tt.base
			}
			got, err := rehearse.Run(t.Context(), o)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(got.Troubles, tt.troubles, cmp.Comparer(func(a, b gateway.Key) bool { return a == b })); diff != "" {
				t.Errorf("troubles (-got +want):\n%s", diff)
			}
			if diff := cmp.Diff(got.Counts, tt.counts); diff != "" {
				t.Errorf("counts (-got +want):\n%s", diff)
			}
		})
	}
}

func TestRunStopped(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	o := rehearse.Options{Publish: publisher.Options{Gateway: memory.New(kinds(t)), Source: list{thing("a")}}}
	if _, err := rehearse.Run(ctx, o); !errors.Is(err, context.Canceled) {
		t.Errorf("Run of a context that is done: %v, want that it was", err)
	}
}
