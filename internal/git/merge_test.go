package git_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lockstep-apiops/lockstep/internal/git"
)

// treeOf returns the tree of a commit.
func treeOf(t testing.TB, r *git.Repo, commit git.Hash) git.Hash {
	t.Helper()
	c, err := r.Commit(t.Context(), commit)
	if err != nil {
		t.Fatal(err)
	}
	return c.Tree
}

// filesOf lists the files of a tree, with their content if it is one of these
// tests, and else its hash.
func filesOf(t testing.TB, dir string, tree git.Hash) []string {
	t.Helper()
	var list []string
	for line := range strings.Lines(run(t, dir, "ls-tree", "-r", tree.String())) {
		meta, path, _ := strings.Cut(strings.TrimSpace(line), "\t")
		mode, rest, _ := strings.Cut(meta, " ")
		_, blob, _ := strings.Cut(rest, " ")
		for _, content := range []string{"1", "2", "3", "base", "one", "two"} {
			if git.HashBlob([]byte(content)).String() == blob {
				blob = content
			}
		}
		list = append(list, path+" "+mode+" "+blob)
	}
	return list
}

func TestMerge(t *testing.T) {
	t.Parallel()
	dir, base := bare(t, map[string]string{"a/f": "1", "a/g": "1", "b/h": "1", "run*": "1"})
	r := open(t, dir, git.Options{})
	for _, tc := range []struct {
		name         string
		ours, theirs map[string]*string
		want         string   // files that differ from the base, "-" if gone
		conflicts    []string // sorted
	}{
		{name: "nothing", want: "a/f=1 a/g=1 b/h=1 run=1"},
		{name: "one side", ours: map[string]*string{"a/f": text("2")}, want: "a/f=2 a/g=1 b/h=1 run=1"},
		{name: "other side", theirs: map[string]*string{"a/f": text("2")}, want: "a/f=2 a/g=1 b/h=1 run=1"},
		{name: "files of one folder", ours: map[string]*string{"a/f": text("2")}, theirs: map[string]*string{"a/g": text("3"), "run": text("3")}, want: "a/f=2 a/g=3 b/h=1 run=3"},
		{name: "alike", ours: map[string]*string{"a/f": text("2"), "a/g": nil}, theirs: map[string]*string{"a/f": text("2"), "a/g": nil}, want: "a/f=2 b/h=1 run=1"},
		{name: "both", ours: map[string]*string{"a/f": text("2"), "b/h": text("2")}, theirs: map[string]*string{"a/f": text("3")}, want: "a/f=2 a/g=1 b/h=2 run=1", conflicts: []string{"a/f"}},
		{name: "both add", ours: map[string]*string{"n/x": text("2")}, theirs: map[string]*string{"n/x": text("3"), "n/y": text("3")}, want: "a/f=1 a/g=1 b/h=1 n/x=2 n/y=3 run=1", conflicts: []string{"n/x"}},
		{name: "change and delete", ours: map[string]*string{"a/f": text("2")}, theirs: map[string]*string{"a": nil}, want: "a/f=2 b/h=1 run=1", conflicts: []string{"a/f"}},
		{name: "delete and change", ours: map[string]*string{"a": nil}, theirs: map[string]*string{"a/f": text("3")}, want: "b/h=1 run=1", conflicts: []string{"a/f"}},
		{name: "delete and add", ours: map[string]*string{"a": nil}, theirs: map[string]*string{"a/n": text("3")}, want: "a/n=3 b/h=1 run=1"},
		{name: "folder for a file", ours: map[string]*string{"b/h/x": text("2")}, theirs: map[string]*string{"a/f": text("3")}, want: "a/f=3 a/g=1 b/h/x=2 run=1"},
		{name: "folder for a file that changed", ours: map[string]*string{"b/h/x": text("2")}, theirs: map[string]*string{"b/h": text("3")}, want: "a/f=1 a/g=1 b/h/x=2 run=1", conflicts: []string{"b/h"}},
		{name: "file for a folder that changed", ours: map[string]*string{"a": text("2")}, theirs: map[string]*string{"a/f": text("3")}, want: "a=2 b/h=1 run=1", conflicts: []string{"a"}},
		{name: "all gone", ours: map[string]*string{"a": nil, "run": nil}, theirs: map[string]*string{"b": nil}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			side := func(changes map[string]*string) git.Hash {
				if len(changes) == 0 {
					return treeOf(t, r, base)
				}
				return treeOf(t, r, commit(t, r, base, changes))
			}
			tree, conflicts, err := r.Merge(t.Context(), treeOf(t, r, base), side(tc.ours), side(tc.theirs))
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, f := range filesOf(t, dir, tree) {
				parts := strings.Fields(f)
				got = append(got, parts[0]+"="+parts[2])
				if want := map[bool]string{true: "100755", false: "100644"}[parts[0] == "run"]; parts[1] != want {
					t.Errorf("mode of %s: got %s, want %s", parts[0], parts[1], want)
				}
			}
			if d := cmp.Diff(strings.Join(got, " "), tc.want); d != "" {
				t.Errorf("files, got -, want +:\n%s", d)
			}
			if d := cmp.Diff(conflicts, tc.conflicts); d != "" {
				t.Errorf("conflicts, got -, want +:\n%s", d)
			}
		})
	}
}

// TestMergeAsGitDoes merges random changes as git merge-tree does. Files have
// one line, so that git, too, merges them whole or not at all.
func TestMergeAsGitDoes(t *testing.T) {
	t.Parallel()
	files := map[string]string{}
	for _, d := range []string{"", "a/", "b/", "b/c/"} {
		for _, f := range []string{"x", "y", "z"} {
			files[d+f] = "base"
		}
	}
	dir, base := bare(t, files)
	r := open(t, dir, git.Options{})
	paths := []string{"x", "y", "a/x", "a/y", "b/x", "b/c/x", "b/c/y", "b/c/z", "a/new", "b/c/new", "new/one", "new/two"}
	merged, conflicting := 0, 0
	for seed := range uint64(15) {
		random := rand.New(rand.NewPCG(seed, 0))
		var sides [2]git.Hash
		for i := range sides {
			changes := map[string]*string{}
			for range 2 + random.IntN(5) {
				changes[paths[random.IntN(len(paths))]] = []*string{nil, text("one"), text("two")}[random.IntN(3)]
			}
			changes[fmt.Sprint("z", i)] = text("so that something changed")
			sides[i] = commit(t, r, base, changes)
		}
		tree, conflicts, err := r.Merge(t.Context(), treeOf(t, r, base), treeOf(t, r, sides[0]), treeOf(t, r, sides[1]))
		if err != nil {
			t.Fatal(err)
		}
		out, err := try(dir, "merge-tree", "--write-tree", "--name-only", "--no-messages", sides[0].String(), sides[1].String())
		lines := strings.Split(strings.TrimSpace(out), "\n")
		want := slices.Compact(slices.Sorted(slices.Values(lines[1:])))
		if (err == nil) != (len(conflicts) == 0) || !slices.Equal(conflicts, want) {
			t.Errorf("seed %d: conflicts: got %q, want %q of git, %v", seed, conflicts, want, err)
		}
		if err != nil {
			conflicting++
			continue
		}
		merged++
		if tree.String() != lines[0] {
			t.Errorf("seed %d: got %q, want %q", seed, filesOf(t, dir, tree), filesOf(t, dir, hash(t, lines[0])))
		}
	}
	if merged < 3 || conflicting < 3 {
		t.Errorf("%d merges and %d conflicts prove little", merged, conflicting)
	}
}
