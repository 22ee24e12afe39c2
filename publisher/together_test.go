package publisher_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lockstep-apiops/lockstep/gateway"
	"github.com/lockstep-apiops/lockstep/gateway/memory"
	"github.com/lockstep-apiops/lockstep/publisher"
	"github.com/lockstep-apiops/lockstep/publisher/plan"
)

// A shelf is a gateway whose writes take effect together: in their order, when
// they are committed.
type shelf struct {
	*memory.Gateway
	begin, put, commit, rollback error
	calls                        []string
}

func (s *shelf) Begin(context.Context) (gateway.Transaction, error) {
	s.calls = append(s.calls, "begin")
	return &draft{shelf: s}, s.begin
}

// A draft is a transaction of a shelf.
type draft struct {
	*shelf
	mu   sync.Mutex
	todo []func(context.Context) error
}

func (d *draft) later(do func(context.Context) error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.todo = append(d.todo, do)
}

func (d *draft) Put(_ context.Context, want, have *gateway.Resource) error {
	if d.put != nil && want.Key.Name() == "bad" {
		return d.put
	}
	d.later(func(ctx context.Context) error { return d.Gateway.Put(ctx, want, have) })
	return nil
}

func (d *draft) Delete(_ context.Context, have *gateway.Resource) error {
	d.later(func(ctx context.Context) error { return d.Gateway.Delete(ctx, have) })
	return nil
}

func (d *draft) Commit(ctx context.Context) error {
	d.calls = append(d.calls, "commit")
	if d.commit != nil {
		return d.commit
	}
	for _, do := range d.todo {
		if err := do(ctx); err != nil {
			return err
		}
	}
	return nil
}

func (d *draft) Rollback() error {
	d.calls = append(d.calls, "rollback")
	return d.rollback
}

// A teller notes what it is told.
type teller struct{ said []string }

func (*teller) Plan(*plan.Plan)    {}
func (*teller) Start(*plan.Action) {}
func (t *teller) Done(o plan.Outcome) {
	t.said = append(t.said, fmt.Sprintf("%s %v", o.Status, o.Action.Key))
}

func TestAllOrNothing(t *testing.T) {
	full := errors.New("the disk is full")
	tests := []struct {
		name        string
		shelf       shelf
		calls, said []string
		wantErr     error
		count       int // tags on the gateway afterwards
	}{
		{"all", shelf{}, []string{"begin", "commit"}, []string{"done tag bad", "done tag good"}, nil, 2},
		{"one write fails", shelf{put: full}, []string{"begin", "rollback"}, []string{"failed tag bad", "blocked tag good"}, full, 0},
		{"the commit fails", shelf{commit: full}, []string{"begin", "commit"}, []string{"failed tag bad", "blocked tag good"}, full, 0},
		{"the commit is late", shelf{commit: gateway.ErrStale}, []string{"begin", "commit"}, []string{"conflict tag bad", "blocked tag good"}, gateway.ErrStale, 0},
		{"another run is at it", shelf{begin: full}, []string{"begin"}, nil, full, 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			g := &tt.shelf
			g.Gateway = memory.New(testKinds(t))
			var told teller
			result, err := publisher.Run(t.Context(), publisher.Options{
				Gateway: g, Source: &source{all: list{res("tag", "bad"), res("tag", "good")}}, Reporter: &told,
			})
			if err == nil {
				err = result.Err()
			}
			if !errors.Is(err, tt.wantErr) {
				t.Errorf("run: %v, want %v", err, tt.wantErr)
			}
			if diff := cmp.Diff(tt.calls, g.calls); diff != "" {
				t.Errorf("calls (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(tt.said, told.said); diff != "" {
				t.Errorf("told (-want +got):\n%s", diff)
			}
			n := 0
			for _, err := range g.List(t.Context(), "tag", gateway.Key{}) {
				if err != nil {
					t.Fatal(err)
				}
				n++
			}
			if n != tt.count {
				t.Errorf("the gateway has %d tags, want %d", n, tt.count)
			}
		})
	}
}

// TestStoppedAndNotForgotten stops a run whose writes cannot be forgotten.
func TestStoppedAndNotForgotten(t *testing.T) {
	locked := errors.New("the lock stays")
	g := &shelf{Gateway: memory.New(testKinds(t)), rollback: locked}
	o := publisher.Options{Gateway: g, Source: &source{all: list{res("tag", "bad"), res("tag", "good")}}}
	p, err := publisher.MakePlan(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	result, err := publisher.Apply(ctx, p, o)
	if err != nil {
		t.Fatal(err)
	}
	if err := result.Err(); !errors.Is(err, locked) {
		t.Errorf("apply: got %v, want %v in it", err, locked)
	}
	if c := result.Counts(); c.Failed != 1 || c.NotStarted != 1 {
		t.Errorf("got %+v, want one failed and one not started", c)
	}
}

// TestNothingBegun is for a plan without actions.
func TestNothingBegun(t *testing.T) {
	g := &shelf{Gateway: memory.New(testKinds(t))}
	want := res("tag", "a")
	if err := g.Put(t.Context(), want, nil); err != nil {
		t.Fatal(err)
	}
	if _, err := publisher.Run(t.Context(), publisher.Options{Gateway: g, Source: &source{all: list{want}}}); err != nil {
		t.Fatal(err)
	}
	if len(g.calls) > 0 {
		t.Errorf("calls %s for a plan with nothing to do", strings.Join(slices.Clone(g.calls), ", "))
	}
}
