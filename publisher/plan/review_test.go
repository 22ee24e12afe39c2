package plan_test

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lockstep-apiops/lockstep/gateway"
	"github.com/lockstep-apiops/lockstep/publisher/plan"
)

// pairs is a table that wants each thing to have one of the name that it tells.
func pairs(t *testing.T) *gateway.Kinds {
	t.Helper()
	kinds, err := gateway.NewKinds(gateway.Table{
		Rows: []gateway.Kind{{Name: "thing", Segment: "things", Dir: "things", File: "thing.yaml"}},
		Review: func(_, after []*gateway.Resource) []gateway.Finding {
			var fs []gateway.Finding
			for _, r := range after {
				to, _ := r.Spec["to"].(string)
				if !slices.ContainsFunc(after, func(o *gateway.Resource) bool { return o.Key.Name() == to }) {
					fs = append(fs, gateway.Finding{Key: r.Key, Pointer: "/to", Text: "lacks " + to, Lacks: gateway.NewKey("thing", to), Alone: to == "itself"})
				}
			}
			return fs
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	return kinds
}

func thing(name, to string) *gateway.Resource {
	return &gateway.Resource{Key: gateway.NewKey("thing", name), Spec: map[string]any{"to": to}}
}

func TestReview(t *testing.T) {
	inScope := func(k gateway.Key) bool { return k.Name() != "far" }
	tests := []struct {
		name       string
		have, want []*gateway.Resource
		opts       plan.Options
		problems   []plan.Problem
	}{
		{"whole", nil, []*gateway.Resource{thing("a", "b"), thing("b", "a")}, plan.Options{}, nil},
		{"new fault", []*gateway.Resource{thing("a", "a")}, []*gateway.Resource{thing("a", "c")}, plan.Options{},
			[]plan.Problem{{Severity: plan.Error, Key: gateway.NewKey("thing", "a"), Text: "lacks c", Pointer: "/to"}}},
		{"taken leniently", nil, []*gateway.Resource{thing("a", "c")}, plan.Options{Lenient: true},
			[]plan.Problem{{Severity: plan.Warning, Key: gateway.NewKey("thing", "a"), Text: "lacks c", Pointer: "/to"}}},
		{"old fault of another", []*gateway.Resource{thing("a", "c")}, []*gateway.Resource{thing("a", "c"), thing("b", "b")}, plan.Options{}, nil},
		{"fault of one that is not written", nil, []*gateway.Resource{thing("a", "a")}, plan.Options{
			Incremental: &plan.Incremental{Around: []*gateway.Resource{thing("b", "itself")}}}, nil},
		{"fault of one that is written", nil, []*gateway.Resource{thing("a", "itself")}, plan.Options{},
			[]plan.Problem{{Severity: plan.Error, Key: gateway.NewKey("thing", "a"), Text: "lacks itself", Pointer: "/to"}}},
		{"fault of one that git holds and nobody touched", nil, []*gateway.Resource{thing("a", "a")}, plan.Options{
			Incremental: &plan.Incremental{Around: []*gateway.Resource{thing("b", "c")}}},
			[]plan.Problem{{Severity: plan.Warning, Key: gateway.NewKey("thing", "b"), Text: "lacks c", Pointer: "/to"}}},
		{"what is lacking is out of sight", nil, []*gateway.Resource{thing("a", "far")}, plan.Options{Scope: inScope}, nil},
		{"a delete breaks another", []*gateway.Resource{thing("a", "b"), thing("b", "b")}, []*gateway.Resource{thing("a", "b")}, plan.Options{Delete: true},
			[]plan.Problem{{Severity: plan.Error, Key: gateway.NewKey("thing", "a"), Text: "lacks b", Pointer: "/to"}}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p, err := plan.New(pairs(t), tt.have, tt.want, tt.opts)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.problems, p.Problems, cmp.AllowUnexported(gateway.Key{})); diff != "" {
				t.Errorf("problems (-want +got):\n%s", diff)
			}
		})
	}
}
