package propose_test

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lockstep-apiops/lockstep/internal/propose"
)

// TestConflict has people and the gateway contradict each other until two
// branches stand aside, and come to terms at last.
func TestConflict(t *testing.T) {
	b := newBench(t)
	b.put("api", "a", "one")
	b.put("tag", "t", "one")
	first := b.run().Pull.Number
	theirs := b.edit(line, "ann", map[string]string{fileA: "theirs", "docs/a.md": "theirs"})
	b.put("api", "a", "two")

	out := b.run()
	want := []propose.Conflict{{Branch: line, Files: []string{fileA}, People: []string{"ann"}}}
	if d := cmp.Diff(out.Conflicts, want, cmp.FilterPath(func(p cmp.Path) bool { return p.Last().String() == ".Pull" }, cmp.Ignore())); d != "" {
		t.Errorf("conflicts, got -, want +:\n%s", d)
	}
	if out.Branch != line+"-2" || !out.Pushed || !out.Pull.New || out.Conflicts[0].Pull.Number != first {
		t.Errorf("outcome %+v", out)
	}
	if at := b.at(line); at != theirs {
		t.Errorf("the branch is at %s, want ann's commit %s", at, theirs)
	}
	if d := cmp.Diff(b.differs(line+"-2"), map[string]string{fileA: "two", fileT: "one"}); d != "" {
		t.Errorf("the second branch changes, got -, want +:\n%s", d)
	}
	if got := b.comments(first); !strings.Contains(got, "lockstep/conflict: ") || !strings.Contains(got, fileA) || !strings.Contains(got, "`"+line+"-2`") || !strings.Contains(got, "`ann`") {
		t.Errorf("comments: %s", got)
	}
	if !strings.Contains(out.Pull.Body, line) || !strings.Contains(out.Pull.Body, fileA) {
		t.Errorf("the second pull request does not tell of the first: %s", out.Pull.Body)
	}
	b.steady()

	b.put("api", "a", "three")
	if again := b.run(); again.Branch != line+"-2" || again.Pull.Number != out.Pull.Number {
		t.Errorf("more drift went to %s, %+v", again.Branch, again.Pull)
	}
	b.edit(line+"-2", "zoe", map[string]string{fileA: "yours"})
	b.put("api", "a", "two")
	if third := b.run(); third.Branch != line+"-3" || len(third.Conflicts) != 2 {
		t.Errorf("after another conflict: %+v", third)
	}
	b.steady()

	// Ann sees reason; so does zoe, but her commits stay where they are.
	two := b.git("-C", b.path, "show", line+"-3:"+fileA) + "\n"
	b.edit(line, "ann", map[string]string{fileA: two})
	healed := b.run()
	if healed.Branch != line || len(healed.Conflicts) > 0 || !slices.Equal(healed.Deleted, []string{line + "-3"}) || len(healed.Closed) != 1 {
		t.Errorf("after ann gave in: %+v", healed)
	}
	if d := cmp.Diff(healed.Left, []propose.Left{{Branch: line + "-2", Reason: "it holds commits of zoe"}}); d != "" {
		t.Errorf("left, got -, want +:\n%s", d)
	}
	if got := b.comments(first); strings.Count(got, "lockstep/conflict: ") != 1 || !strings.Contains(got, "again") {
		t.Errorf("comments: %s", got)
	}
	b.steady()
}

// TestDriftVanishesFromPeople leaves a branch that people committed to.
func TestDriftVanishesFromPeople(t *testing.T) {
	b := newBench(t)
	b.put("api", "a", "one")
	opened := b.run()
	b.edit(line, "ann", map[string]string{"docs/a.md": "theirs"})
	b.delete("api", "a")
	out := b.run()
	if len(out.Closed)+len(out.Deleted) > 0 {
		t.Errorf("closed %v, deleted %v", out.Closed, out.Deleted)
	}
	if d := cmp.Diff(out.Left, []propose.Left{{Branch: line, Reason: "it holds commits of ann"}}); d != "" {
		t.Errorf("left, got -, want +:\n%s", d)
	}
	if got := b.comments(opened.Pull.Number); !strings.Contains(got, "lockstep/settled: ") || !strings.Contains(got, "`ann`") {
		t.Errorf("comments: %s", got)
	}
	b.steady()
	b.put("api", "a", "two")
	if back := b.run(); back.Pull.Number != opened.Pull.Number || !slices.Equal(back.Kept, []string{"ann"}) {
		t.Errorf("when drift is back: %+v", back)
	}
}

// TestDriftVanishesWhileCheckedOut does not take a branch from under a work tree.
func TestDriftVanishesWhileCheckedOut(t *testing.T) {
	b := newBench(t)
	b.put("api", "a", "one")
	b.run()
	b.git("-C", b.path, "worktree", "add", "--quiet", filepath.Join(t.TempDir(), "work"), line)
	b.delete("api", "a")
	out := b.run()
	if len(out.Closed) != 1 || len(out.Left) != 1 || !strings.Contains(out.Left[0].Reason, "checked out") {
		t.Errorf("outcome %+v", out)
	}
}

// TestMergedBranchGoes deletes a branch whose commits are all in the base, and
// people's with them.
func TestMergedBranchGoes(t *testing.T) {
	b := newBench(t)
	b.put("api", "a", "one")
	b.run()
	b.edit(line, "ann", map[string]string{"docs/a.md": "theirs"})
	b.put("api", "a", "two")
	b.run()
	b.move("main", b.at(line))
	if out := b.run(); !out.Empty() || !slices.Equal(out.Deleted, []string{line}) {
		t.Errorf("outcome %+v", out)
	}
}

// TestNamesakes leaves branches alone that have such a name by chance.
func TestNamesakes(t *testing.T) {
	b := newBench(t)
	other := *b
	other.o.Branch, other.o.Meta.Instance = line+"-2", "test-2"
	b.put("api", "a", "one")
	b.run()
	other.run()
	b.edit(line+"-3", "max", map[string]string{"x": "theirs"})
	b.edit(line, "ann", map[string]string{fileA: "theirs"})
	b.put("api", "a", "two")
	if out := b.run(); out.Branch != line+"-4" {
		t.Errorf("the change went to %s", out.Branch)
	}
	b.delete("api", "a")
	if out := b.run(); !slices.Equal(out.Deleted, []string{line + "-4"}) || b.at(line+"-2") == "" || b.at(line+"-3") == "" {
		t.Errorf("outcome %+v", out)
	}
}
