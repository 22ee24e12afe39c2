package publisher_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lockstep-apiops/lockstep/publisher"
)

// TestImplied publishes changes below an owner of which git holds no file: only
// the gateway can tell whether it is there.
func TestImplied(t *testing.T) {
	base := list{res("room", "s/stays", "x", 1), res("room", "s/goes")}
	head := list{res("room", "s/stays", "x", 2), res("room", "s/comes")}
	for _, tt := range []struct {
		name       string
		have, head list
		want       []string
		problems   int
	}{
		{
			name: "it is there", have: append(list{res("space", "s", "x", 7)}, base...), head: head,
			want: []string{"create room s/comes", "update room s/stays", "delete room s/goes"},
		},
		{name: "nothing is left of it", have: append(list{res("space", "s", "x", 7)}, base...), head: list{res("tag", "t")},
			want: []string{"create tag t", "delete room s/goes", "delete room s/stays"}},
		{name: "it is not there", have: list{res("tag", "t")}, head: head, want: []string{"create room s/comes", "create room s/stays"}, problems: 1},
	} {
		t.Run(tt.name, func(t *testing.T) {
			g := newFake(t, tt.have...)
			p := mustPlan(t, publisher.Options{Gateway: g, Source: source{all: tt.head, base: base}, Since: "c0", Delete: true})
			var got []string
			for _, a := range p.Actions {
				got = append(got, string(a.Op)+" "+a.Key.String())
			}
			if d := cmp.Diff(got, tt.want); d != "" {
				t.Errorf("actions (-got +want):\n%s", d)
			}
			if len(p.Problems) != tt.problems {
				t.Errorf("problems are %v, want %d", p.Problems, tt.problems)
			}
		})
	}
}
