package propose_test

import (
	"context"
	"errors"
	"iter"
	"slices"
	"strings"
	"testing"

	"github.com/lockstep-apiops/lockstep/forge"
	"github.com/lockstep-apiops/lockstep/gateway"
	"github.com/lockstep-apiops/lockstep/gateway/memory"
	"github.com/lockstep-apiops/lockstep/internal/propose"
)

func TestOnePullRequestFollowsTheDrift(t *testing.T) {
	b := newBench(t)
	b.put("api", "a", "one")
	first := b.run()
	if !first.Pushed || first.Pull == nil || !first.Pull.New || first.Base != "main" {
		t.Fatalf("first run: %+v", first)
	}
	if text := b.git("-C", b.path, "show", "lockstep/test:tree/apis/a/api.json"); !strings.Contains(text, `"one"`) {
		t.Errorf("the branch holds %s", text)
	}
	if again := b.run(); again.Pushed || again.Commit != first.Commit || again.Pull.Number != first.Pull.Number || again.Pull.New {
		t.Errorf("second run: %+v", again)
	}
	b.put("api", "a", "two")
	changed := b.run()
	if !changed.Pushed || changed.Pull.Number != first.Pull.Number {
		t.Errorf("after another change: %+v", changed)
	}
	parent := b.git("-C", b.path, "rev-parse", "lockstep/test^")
	if parent != b.at("main") {
		t.Errorf("the branch stands on %s, want the base: its history grows", parent)
	}
	b.move("main", b.at("lockstep/test"))
	if merged := b.run(); !merged.Empty() || merged.Pushed {
		t.Errorf("after the merge: %+v", merged)
	}
}

func TestBaseMoves(t *testing.T) {
	b := newBench(t)
	b.put("tag", "t", "one")
	b.run()
	tree := b.git("-C", b.path, "rev-parse", "main^{tree}")
	b.move("main", b.commit(tree, "somebody", b.at("main")))
	if out := b.run(); !out.Pushed || b.git("-C", b.path, "rev-parse", "lockstep/test^") != b.at("main") {
		t.Errorf("the branch was not rebuilt on the new base: %+v", out)
	}
}

func TestDriftVanishes(t *testing.T) {
	b := newBench(t)
	b.put("tag", "t", "one")
	opened := b.run()
	if err := b.g.Delete(t.Context(), &gateway.Resource{Key: gateway.NewKey("tag", "t")}); err != nil {
		t.Fatal(err)
	}
	out := b.run()
	if !out.Empty() || len(out.Closed) != 1 || out.Closed[0].Number != opened.Pull.Number {
		t.Errorf("outcome %+v, want pull request %d closed", out, opened.Pull.Number)
	}
	if _, found, err := b.o.Forge.Find(t.Context(), "lockstep/test", "main"); found || err != nil {
		t.Errorf("an open pull request is found: %v, %v", found, err)
	}
	if at := b.at("lockstep/test"); at != "" || !slices.Equal(out.Deleted, []string{"lockstep/test"}) {
		t.Errorf("the branch is at %q, deleted %q", at, out.Deleted)
	}
	if out := b.run(); len(out.Closed)+len(out.Deleted)+len(out.Left) > 0 {
		t.Errorf("again: %+v", out)
	}
}

// failing is a gateway of which one kind cannot be read.
type failing struct{ *memory.Gateway }

var errDown = errors.New("the gateway is down")

func (f failing) List(ctx context.Context, kind string, parent gateway.Key) iter.Seq2[*gateway.Resource, error] {
	if kind == "tag" {
		return func(yield func(*gateway.Resource, error) bool) { yield(nil, errDown) }
	}
	return f.Gateway.List(ctx, kind, parent)
}

func TestAFailedReadProposesNothing(t *testing.T) {
	b := newBench(t)
	b.put("api", "a", "one")
	b.put("tag", "t", "one")
	b.move("main", b.run().Commit.String())
	b.put("api", "a", "two")
	b.o.Extract.Gateway = failing{b.g}
	before := b.at("lockstep/test")
	if _, err := propose.Run(t.Context(), b.o); !errors.Is(err, errDown) {
		t.Errorf("error %v, want %v", err, errDown)
	}
	if got := b.at("lockstep/test"); got != before {
		t.Errorf("the branch moved to %s on a read that failed", got)
	}
	if pulls, err := b.o.Forge.List(t.Context()); err != nil || len(pulls) != 1 || pulls[0].State != forge.StateMerged {
		t.Errorf("pull requests %v, %v, want the merged one alone", pulls, err)
	}
}

func TestRefuses(t *testing.T) {
	for name, tc := range map[string]struct {
		change func(*propose.Options)
		want   string
	}{
		"base as branch": {func(o *propose.Options) { o.Branch = "main" }, "base and branch are the same"},
		"no such base":   {func(o *propose.Options) { o.Base = "trunk" }, "trunk"},
	} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t)
			tc.change(&b.o)
			if _, err := propose.Run(t.Context(), b.o); err == nil || !strings.Contains(err.Error(), tc.want) {
				t.Errorf("error %v, want one with %q", err, tc.want)
			}
		})
	}
}

func TestDryRunWritesNothing(t *testing.T) {
	b := newBench(t)
	b.put("tag", "t", "one")
	b.o.DryRun = true
	if out := b.run(); out.Empty() || out.Pushed || out.Pull != nil {
		t.Errorf("dry run: %+v", out)
	}
	if at := b.at("lockstep/test"); at != "" {
		t.Errorf("the dry run made a branch at %s", at)
	}
}

// A guarded forge permits nothing.
type guarded struct{ forge.Forge }

var errNeeds = errors.New("needs pull-requests: write")

func (guarded) Check(context.Context, forge.Needs) error { return errNeeds }

func TestAMissingPermissionIsFoundBeforeTheWork(t *testing.T) {
	b := newBench(t)
	b.put("tag", "t", "one")
	b.o.Forge = guarded{b.o.Forge}
	if _, err := propose.Run(t.Context(), b.o); !errors.Is(err, errNeeds) {
		t.Errorf("error %v, want %v", err, errNeeds)
	}
	if at := b.at(line); at != "" {
		t.Errorf("a branch was pushed all the same, to %s", at)
	}
}
