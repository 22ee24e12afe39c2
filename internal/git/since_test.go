package git_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lockstep-apiops/lockstep/internal/git"
)

// TestSince lists what git rev-list lists, in a history with merges, whatever
// the commits' dates say.
func TestSince(t *testing.T) {
	t.Parallel()
	dir, base := bare(t, map[string]string{"f": "1"})
	r := open(t, dir, git.Options{})
	tree := treeOf(t, r, base)
	n := 0
	child := func(parents ...git.Hash) git.Hash {
		t.Helper()
		n++
		m := meta
		m.When = m.When.AddDate(0, 0, -n) // clocks go wrong
		m.Message, m.Parents = fmt.Sprint("commit ", n), parents
		h, err := r.CommitTree(tree, m)
		if err != nil {
			t.Fatal(err)
		}
		return h
	}
	main1 := child(base)
	branch1 := child(base)
	side := child(branch1)
	branch2 := child(branch1, main1)
	main2 := child(main1)
	branch3 := child(branch2, side)
	alone := child()
	run(t, dir, "update-ref", "refs/heads/main", main2.String())
	run(t, dir, "update-ref", "refs/heads/line", branch3.String())
	run(t, dir, "update-ref", "refs/heads/early", branch1.String())
	run(t, dir, "update-ref", "refs/heads/alone", alone.String())
	for _, tc := range []struct {
		name       string
		base, head git.Hash
	}{
		{"a branch", main2, branch3},
		{"the other way", branch3, main2},
		{"an older base", base, branch3},
		{"nothing", branch3, branch1},
		{"itself", main2, main2},
		{"all", git.Hash{}, branch3},
		{"another history", alone, main2},
	} {
		args := []string{"rev-list", tc.head.String()}
		if !tc.base.IsZero() {
			args = append(args, "^"+tc.base.String())
		}
		want := map[string]bool{}
		for _, h := range strings.Fields(run(t, dir, args...)) {
			want[h] = true
		}
		for place, location := range places(t, dir) {
			list, err := open(t, location, git.Options{}).Since(t.Context(), tc.base, tc.head)
			if err != nil {
				t.Fatalf("%s: %s: %v", place, tc.name, err)
			}
			got, seen := map[string]bool{}, map[git.Hash]bool{}
			for _, c := range list {
				got[c.Hash.String()] = true
				for _, p := range c.Parents {
					if seen[p] {
						t.Errorf("%s: %s: %s comes after its parent", place, tc.name, c.Message)
					}
				}
				seen[c.Hash] = true
			}
			if d := cmp.Diff(got, want); d != "" {
				t.Errorf("%s: %s: commits, got -, want +:\n%s", place, tc.name, d)
			}
		}
	}
}

// TestSinceInAShallowClone gives an answer where there is one.
func TestSinceInAShallowClone(t *testing.T) {
	t.Parallel()
	work := checkout(t)
	var all []git.Hash
	for i := range 4 {
		write(t, work, map[string]string{"f": fmt.Sprint(i)})
		all = append(all, commitAll(t, work, fmt.Sprint("commit ", i)))
	}
	r := open(t, clone(t, "file://"+work, "--depth=3"), git.Options{})
	list, err := r.Since(t.Context(), all[1], all[3])
	if err != nil || len(list) != 2 || list[0].Hash != all[3] || list[1].Hash != all[2] {
		t.Errorf("got %v, %v; want the last two commits", list, err)
	}
	if list, err = r.Since(t.Context(), git.Hash{}, all[3]); !errors.Is(err, git.ErrNotFound) || !strings.Contains(err.Error(), "too shallow") {
		t.Errorf("all: got %v, %v; want an error that says what to do", list, err)
	}
}

// TestDeepen reads the files of commits that no ref names, on a server.
func TestDeepen(t *testing.T) {
	t.Parallel()
	dir, base := bare(t, map[string]string{"f": "1"})
	local := open(t, dir, git.Options{})
	two := commit(t, local, base, map[string]*string{"f": text("2")})
	three := commit(t, local, two, map[string]*string{"f": text("3")})
	run(t, dir, "update-ref", "refs/heads/line", three.String())
	for place, location := range places(t, dir) {
		r := open(t, location, git.Options{})
		if err := r.Deepen(t.Context(), three, 3); err != nil {
			t.Fatalf("%s: %v", place, err)
		}
		for h, want := range map[git.Hash]string{base: "1", two: "2", three: "3"} {
			tree, err := r.Tree(t.Context(), h)
			if err != nil {
				t.Fatalf("%s: %v", place, err)
			}
			if got, err := tree.ReadFile("f"); err != nil || string(got) != want {
				t.Errorf("%s: got %q, %v; want %q", place, got, err, want)
			}
		}
	}
}
