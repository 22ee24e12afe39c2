package plan_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lockstep-apiops/lockstep/publisher/plan"
)

// TestImplied plans around owners of which git may hold no file.
func TestImplied(t *testing.T) {
	const missing = "space s: is not on the gateway, and git holds no s.json that would create it, only what lies below: " +
		"add that file to its folder, or create it on the gateway"
	for _, tt := range []struct {
		name       string
		have, want list
		options    plan.Options
		actions    []string
		problems   []string
	}{
		{
			name: "what it owns is published below it", have: list{res("space", "s", "x", 1), res("room", "s/old")}, want: list{res("room", "s/new")},
			options: plan.Options{Delete: true}, actions: []string{"creator: create room s/new", "terminator: delete room s/old"},
		},
		{
			name: "the last that it owns goes, it stays", have: list{res("space", "s"), res("room", "s/old"), res("tag", "t")}, want: list{res("tag", "t")},
			options: plan.Options{Delete: true}, actions: []string{"terminator: delete room s/old"},
		},
		{
			name: "git tells of others, so it goes", have: list{res("space", "s"), res("room", "s/r"), res("space", "kept")}, want: list{res("space", "kept")},
			options: plan.Options{Delete: true}, actions: []string{"terminator: delete space s +room s/r"},
		},
		{
			name: "git told of it, so it goes", have: list{res("space", "s")},
			options: plan.Options{Delete: true, Incremental: &plan.Incremental{Base: list{res("space", "s")}, Around: list{res("tag", "t")}}},
			actions: []string{"terminator: delete space s"},
		},
		{
			name: "git told of it, and speaks of what it owns", have: list{res("space", "s")},
			options: plan.Options{Delete: true, Incremental: &plan.Incremental{Base: list{res("space", "s")}, Around: list{res("room", "s/r")}}},
		},
		{
			name: "it is not there", want: list{res("room", "s/a"), res("room", "s/b")},
			actions: []string{"creator: create room s/a", "creator: create room s/b"}, problems: []string{"error: " + missing},
		},
		{
			name: "it is not there, as what changed shows", want: list{res("room", "s/a")}, options: plan.Options{Incremental: &plan.Incremental{}},
			actions: []string{"creator: create room s/a"}, problems: []string{"error: " + missing},
		},
		{
			name: "it may be there", want: list{res("room", "s/a")}, options: plan.Options{Lenient: true},
			actions: []string{"creator: create room s/a"}, problems: []string{"warning: " + missing},
		},
		{
			name: "git holds it besides", want: list{res("room", "s/a")}, options: plan.Options{Incremental: &plan.Incremental{Around: list{res("space", "s")}}},
			actions: []string{"creator: create room s/a"},
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			p := mustPlan(t, tt.have, tt.want, tt.options)
			if d := cmp.Diff(brief(p), append([]string{}, tt.actions...)); d != "" {
				t.Errorf("actions (-got +want):\n%s", d)
			}
			if d := cmp.Diff(problems(p), append([]string{}, tt.problems...)); d != "" {
				t.Errorf("problems (-got +want):\n%s", d)
			}
		})
	}
}
