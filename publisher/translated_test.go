package publisher_test

import (
	"context"
	"errors"
	"testing"

	"github.com/lockstep-apiops/lockstep/gateway"
	"github.com/lockstep-apiops/lockstep/gateway/memory"
	"github.com/lockstep-apiops/lockstep/publisher"
)

// A translator is a gateway whose trees may hold an id in place of a name.
type translator struct {
	*memory.Gateway
	wrong error
}

func (tr translator) FromTree(_ context.Context, r *gateway.Resource) (*gateway.Resource, error) {
	if r.Spec["id"] == nil || tr.wrong != nil {
		return r, tr.wrong
	}
	return &gateway.Resource{Key: r.Key, Spec: map[string]any{"displayName": "seven"}}, nil
}

func (translator) ForTree(_ context.Context, r, _ *gateway.Resource) (*gateway.Resource, error) {
	return r, nil
}

// TestTreesInAnotherForm compares a gateway with trees that say the same in
// another form, as a whole and since a commit.
func TestTreesInAnotherForm(t *testing.T) {
	t.Parallel()
	g := translator{Gateway: memory.New(testKinds(t))}
	named, other := res("tag", "a", "displayName", "seven"), res("tag", "b", "displayName", "eight")
	for _, r := range []*gateway.Resource{named, other} {
		if err := g.Put(t.Context(), r, nil); err != nil {
			t.Fatal(err)
		}
	}
	s := source{all: list{res("tag", "a", "id", "7"), other}, base: list{named, other}}
	for _, since := range []string{"", "c0"} {
		p, err := publisher.MakePlan(t.Context(), publisher.Options{Gateway: g, Source: s, Since: since})
		if err != nil {
			t.Fatal(err)
		}
		if len(p.Actions)+len(p.Conflicts) > 0 {
			t.Errorf("since %q the plan has %v and conflicts %v, want nothing", since, p.Actions, p.Conflicts)
		}
	}
	g.wrong = errors.New("the platform is away")
	for _, since := range []string{"", "c0"} {
		if _, err := publisher.MakePlan(t.Context(), publisher.Options{Gateway: g, Source: s, Since: since}); !errors.Is(err, g.wrong) {
			t.Errorf("since %q: %v, want %v", since, err, g.wrong)
		}
	}
}
