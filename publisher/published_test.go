package publisher_test

import (
	"context"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lockstep-apiops/lockstep/gateway"
	"github.com/lockstep-apiops/lockstep/publisher"
)

// blind is a source that does not know what was published.
type blind struct{ source }

func (b blind) Touched(ctx context.Context, since string) ([]publisher.Touched, error) {
	ts, err := b.source.Touched(ctx, since)
	for i := range ts {
		ts[i].Blind = true
	}
	return ts, err
}

// TestBlindTakesGitsSide edits a resource on the gateway, of which nobody knows
// how it was published: that is no conflict.
func TestBlindTakesGitsSide(t *testing.T) {
	base := list{res("api", "a", "x", 1), res("api", "b", "x", 1)}
	head := list{res("api", "a", "x", 2), res("api", "b", "x", 1), res("api", "c", "x", 1)}
	for name, test := range map[string]struct {
		source publisher.Source
		want   []string
	}{
		"known": {source{all: head, base: base}, []string{"create api c: done", "update api a: conflict"}},
		"blind": {blind{source{all: head, base: base}}, []string{"create api c: done", "update api a: done"}},
	} {
		t.Run(name, func(t *testing.T) {
			g := newFake(t, base...)
			g.edit(t, res("api", "a", "x", 7))
			r, err := publisher.Run(t.Context(), publisher.Options{Gateway: g, Source: test.source, Since: "c0"})
			if err != nil {
				t.Fatal(err)
			}
			if d := cmp.Diff(test.want, brief(r)); d != "" {
				t.Errorf("outcomes (-want +got):\n%s", d)
			}
		})
	}
}

// writeOnly is a gateway that cannot be read: nothing was noted.
type writeOnly struct{ gateway.Gateway }

func (w writeOnly) Describe() gateway.Description {
	d := w.Gateway.Describe()
	d.WriteOnly = true
	return d
}

func (w writeOnly) Get(_ context.Context, k gateway.Key) (*gateway.Resource, error) {
	return nil, &gateway.Error{Op: "get", Key: k, Err: gateway.ErrNotFound}
}

// TestWriteOnlyRemembersGit takes what git published last for what is there,
// and does not ask for it again before a saved plan is carried out.
func TestWriteOnlyRemembersGit(t *testing.T) {
	s := source{
		all:  list{res("api", "a", "x", 2), res("api", "b", "x", 1), res("api", "c", "x", 1)},
		base: list{res("api", "a", "x", 1), res("api", "b", "x", 1)},
	}
	o := publisher.Options{Gateway: writeOnly{newFake(t, s.base...)}, Source: s, Since: "c0"}
	r, err := publisher.Apply(t.Context(), saved(t, mustPlan(t, o)), o)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff([]string{"create api c: done", "update api a: done"}, brief(r)); d != "" {
		t.Errorf("outcomes (-want +got):\n%s", d)
	}
}
