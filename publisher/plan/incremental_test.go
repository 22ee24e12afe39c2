package plan_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lockstep-apiops/lockstep/publisher/plan"
)

func TestIncremental(t *testing.T) {
	for _, tt := range []struct {
		name                     string
		base, have, want, around list
		overwrite                bool
		actions, conflicts       []string
		problems                 []string
		note                     string
	}{
		{
			name: "live as published", base: list{res("tag", "a", "x", 1)}, have: list{res("tag", "a", "x", 1)}, want: list{res("tag", "a", "x", 2)},
			actions: []string{"publish: update tag a"},
		},
		{name: "live as wanted", base: list{res("tag", "a", "x", 1)}, have: list{res("tag", "a", "x", 2)}, want: list{res("tag", "a", "x", 2)}},
		{
			name: "changed on the gateway", base: list{res("tag", "a", "x", 1)}, have: list{res("tag", "a", "x", 3)}, want: list{res("tag", "a", "x", 2)},
			conflicts: []string{"update tag a: gateway 1→3, git 1→2"},
		},
		{
			name: "changed on the gateway, overwritten", base: list{res("tag", "a", "x", 1)}, have: list{res("tag", "a", "x", 3)},
			want: list{res("tag", "a", "x", 2)}, overwrite: true,
			actions: []string{"publish: update tag a"}, note: "overwrites a change made on the gateway",
		},
		{
			name: "made on the gateway too", have: list{res("tag", "a", "x", 3)}, want: list{res("tag", "a", "x", 2)},
			conflicts: []string{"update tag a: gateway <nil>→3, git <nil>→2"},
		},
		{
			name: "gone from the gateway", base: list{res("tag", "a", "x", 1)}, want: list{res("tag", "a", "x", 2)},
			actions: []string{"creator: create tag a"}, note: "published before and gone from the gateway since",
		},
		{name: "new", want: list{res("tag", "a", "x", 1)}, actions: []string{"creator: create tag a"}},
		{
			name: "deleted", base: list{res("tag", "a", "x", 1)}, have: list{res("tag", "a", "x", 1)},
			actions: []string{"terminator: delete tag a"},
		},
		{name: "deleted and gone", base: list{res("tag", "a", "x", 1)}},
		{
			name: "deleted and changed on the gateway", base: list{res("tag", "a", "x", 1)}, have: list{res("tag", "a", "x", 2)},
			conflicts: []string{"delete tag a: gateway 1→2, git 1→<nil>"},
		},
		{
			name: "deleted, changed, overwritten", base: list{res("tag", "a", "x", 1)}, have: list{res("tag", "a", "x", 2)}, overwrite: true,
			actions: []string{"terminator: delete tag a"}, note: "deletes what was changed on the gateway",
		},
		{
			name: "the owner of a conflict is a conflict",
			base: list{res("api", "a"), res("release", "a/1", "x", 1), res("release", "a/2")},
			have: list{res("api", "a"), res("release", "a/1", "x", 2), res("release", "a/2")},
			conflicts: []string{
				"delete api a: owns release a/1, which was changed on the gateway", "delete release a/1: gateway 1→2, git 1→<nil>",
			},
			actions: []string{"terminator: delete release a/2"},
		},
		{name: "what git never held stays", have: list{res("tag", "a")}},
		{
			name: "the owner's file went and what it owns stayed", base: list{res("api", "a")}, have: list{res("api", "a")},
			around: list{res("release", "a/1")},
		},
		{
			name: "the rest of git refers to what goes", base: list{res("backend", "b")}, have: list{res("backend", "b")},
			around: list{res("api", "a", "backendId", "/backends/b")}, actions: []string{"terminator: delete backend b"},
			problems: []string{"error: api a: refers to backend b, which git does not hold and the plan deletes"},
		},
		{
			name: "references into the rest of git and into the unknown",
			want: list{res("backend", "p", "pool", pool("known", "unknown"))}, around: list{res("backend", "known")},
			actions:  []string{"creator: create backend p"},
			problems: []string{"warning: backend p: refers to backend unknown, which is neither in git nor on the gateway"},
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			p := mustPlan(t, tt.have, tt.want, plan.Options{
				Delete: true, Overwrite: tt.overwrite, Incremental: &plan.Incremental{Base: tt.base, Around: tt.around},
			})
			if diff := cmp.Diff(append([]string{}, tt.actions...), brief(p)); diff != "" {
				t.Errorf("actions (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(append([]string{}, tt.conflicts...), conflicts(p)); diff != "" {
				t.Errorf("conflicts (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(append([]string{}, tt.problems...), problems(p)); diff != "" {
				t.Errorf("problems (-want +got):\n%s", diff)
			}
			if len(p.Actions) > 0 && p.Actions[0].Note != tt.note {
				t.Errorf("got note %q, want %q", p.Actions[0].Note, tt.note)
			}
		})
	}
}

func TestIncrementalComparesWithTheRestOfGitToo(t *testing.T) {
	p := mustPlan(t, list{res("tag", "a")}, nil, plan.Options{Delete: true, Incremental: &plan.Incremental{
		Base: list{res("tag", "a")}, Around: list{res("tag", "b"), res("tag", "c"), res("tag", "d")},
	}})
	if err := p.Check(plan.Limits{Percent: 25}); err != nil {
		t.Errorf("one of four deleted: got %v, want no error", err)
	}
	if err := p.Check(plan.Limits{Percent: 24}); err == nil {
		t.Error("one of four deleted and 24% allowed: got no error")
	}
}
