package git_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/lockstep-apiops/lockstep/internal/git"
)

// TestCommit compares what a stage makes of a tree with what git says is in it.
func TestCommit(t *testing.T) {
	t.Parallel()
	base := map[string]string{"a/x": "1", "a/y": "2", "a.txt": "3", "tool*": "run", "deep/er/one": "4"}
	tests := []struct {
		name    string
		changes map[string]*string
		want    string // git ls-tree -r, "mode path", or "" for unchanged
	}{
		{"add", map[string]*string{"b/c/d": text("new")},
			"100644 a.txt|100644 a/x|100644 a/y|100644 b/c/d|100644 deep/er/one|100755 tool"},
		{"modify keeps mode", map[string]*string{"tool": text("run faster")},
			"100644 a.txt|100644 a/x|100644 a/y|100644 deep/er/one|100755 tool"},
		{"remove", map[string]*string{"a/x": nil},
			"100644 a.txt|100644 a/y|100644 deep/er/one|100755 tool"},
		{"emptied folders go", map[string]*string{"deep/er/one": nil},
			"100644 a.txt|100644 a/x|100644 a/y|100755 tool"},
		{"remove folder", map[string]*string{"a": nil},
			"100644 a.txt|100644 deep/er/one|100755 tool"},
		{"file becomes folder", map[string]*string{"a.txt/in": text("side")},
			"100644 a.txt/in|100644 a/x|100644 a/y|100644 deep/er/one|100755 tool"},
		{"folder becomes file", map[string]*string{"a": text("flat"), "a/x": nil, "a/y": nil},
			"100644 a|100644 a.txt|100644 deep/er/one|100755 tool"},
		{"folder replaced by file", map[string]*string{"deep": text("flat")},
			"100644 a.txt|100644 a/x|100644 a/y|100644 deep|100755 tool"},
		{"folder emptied and filled", map[string]*string{"a": nil, "a/z": text("z")},
			"100644 a.txt|100644 a/z|100644 deep/er/one|100755 tool"},
		{"names that sort around a slash", map[string]*string{"a-b": text("1"), "a0": text("2"), "a/-": text("3")},
			"100644 a-b|100644 a.txt|100644 a/-|100644 a/x|100644 a/y|100644 a0|100644 deep/er/one|100755 tool"},
		{"everything removed", map[string]*string{"a": nil, "a.txt": nil, "tool": nil, "deep": nil}, "-"},
		{"same content", map[string]*string{"a/x": text("1"), "tool": text("run")}, ""},
		{"remove what is not there", map[string]*string{"no/such": nil, "a.txt/below": nil, "zzz": nil}, ""},
		{"no change at all", nil, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			dir, h := bare(t, base)
			r := open(t, dir, git.Options{})
			got, err := tryCommit(t, r, h, tt.changes)
			if tt.want == "" {
				if !errors.Is(err, git.ErrUnchanged) {
					t.Fatalf("commit: got %v, %v; want %v", got, err, git.ErrUnchanged)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if err := r.Push(t.Context(), "refs/heads/new", got, git.Hash{}); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(strings.Trim(tt.want, "-"), listTree(t, dir, "new")); diff != "" {
				t.Errorf("tree (-want +got):\n%s", diff)
			}
			fsck(t, dir)
		})
	}
}

// listTree returns the modes and paths of all files of a commit.
func listTree(t *testing.T, dir, commit string) string {
	t.Helper()
	var lines []string
	for line := range strings.Lines(run(t, dir, "ls-tree", "-r", commit)) {
		about, path, _ := strings.Cut(strings.TrimSpace(line), "\t")
		lines = append(lines, about[:6]+" "+path)
	}
	return strings.Join(lines, "|")
}

// TestCommitIsWhatGitMakes checks that a commit is, bit for bit, the one that
// the git program makes of the same files.
func TestCommitIsWhatGitMakes(t *testing.T) {
	t.Parallel()
	work := checkout(t)
	write(t, work, map[string]string{"f": "1", "d/g": "2"})
	base := commitAll(t, work, "base")
	r := open(t, work, git.Options{})
	s, err := r.Stage(t.Context(), base)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Add("d/h", []byte("new\n")); err != nil {
		t.Fatal(err)
	}
	got, err := s.Commit(t.Context(), git.Meta{
		Author:    git.Person{Name: "A U Thor", Email: "author@example.com"},
		Committer: git.Person{Name: "C O Mitter", Email: "committer@example.com"},
		When:      time.Date(2024, 1, 2, 3, 4, 5, 0, time.UTC),
		Message:   "subject\n\nbody",
	})
	if err != nil {
		t.Fatal(err)
	}
	write(t, work, map[string]string{"d/h": "new\n"})
	if want := commitAll(t, work, "subject\n\nbody"); got != want {
		t.Errorf("commit: got %s, want %s\n%s", got, want, run(t, work, "cat-file", "-p", got.String()))
	}
}

func TestCommitFirst(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	run(t, dir, "init", "--quiet", "--bare", "--initial-branch=main")
	r := open(t, dir, git.Options{})
	if _, err := tryCommit(t, r, git.Hash{}, nil); !errors.Is(err, git.ErrUnchanged) {
		t.Errorf("commit of nothing: got %v, want %v", err, git.ErrUnchanged)
	}
	h := commit(t, r, git.Hash{}, map[string]*string{"a/b": text("1")})
	if err := r.Push(t.Context(), "refs/heads/main", h, git.Hash{}); err != nil {
		t.Fatal(err)
	}
	if got := run(t, dir, "show", "main:a/b"); got != "1" {
		t.Errorf("content: got %q, want %q", got, "1")
	}
	fsck(t, dir)
}

// TestCommitKeepsOthers checks links and submodules: those beside a change
// stay, a link gives way to a file, and a submodule is not written into.
func TestCommitKeepsOthers(t *testing.T) {
	t.Parallel()
	work := checkout(t)
	write(t, work, map[string]string{"f": "1"})
	if err := os.Symlink("f", filepath.Join(work, "link")); err != nil {
		t.Fatal(err)
	}
	sub := commitAll(t, work, "first")
	run(t, work, "update-index", "--add", "--cacheinfo", "160000,"+sub.String()+",module")
	run(t, work, "commit", "--quiet", "--message", "base")
	base := hash(t, run(t, work, "rev-parse", "HEAD"))
	r := open(t, work, git.Options{})

	h := commit(t, r, base, map[string]*string{"f": text("2")})
	if got, want := listTree(t, work, h.String()), "100644 f|120000 link|160000 module"; got != want {
		t.Errorf("beside: got %q, want %q", got, want)
	}
	h = commit(t, r, base, map[string]*string{"link": text("2")})
	if got, want := listTree(t, work, h.String()), "100644 f|100644 link|160000 module"; got != want {
		t.Errorf("over link: got %q, want %q", got, want)
	}
	h = commit(t, r, base, map[string]*string{"link/in": text("2")})
	if got, want := listTree(t, work, h.String()), "100644 f|100644 link/in|160000 module"; got != want {
		t.Errorf("below link: got %q, want %q", got, want)
	}
	for _, path := range []string{"module", "module/in"} {
		if _, err := tryCommit(t, r, base, map[string]*string{path: text("2")}); err == nil || errors.Is(err, git.ErrUnchanged) {
			t.Errorf("add %s: got %v, want an error about the submodule", path, err)
		}
	}
}

func TestStageContradictions(t *testing.T) {
	t.Parallel()
	dir, h := bare(t, map[string]string{"f": "1"})
	r := open(t, dir, git.Options{})
	tests := []struct {
		name          string
		first, second string
	}{
		{"file then below", "a", "a/b"},
		{"below then file", "a/b", "a"},
		{"far below then file", "a/b/c", "a"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s, err := r.Stage(t.Context(), h)
			if err != nil {
				t.Fatal(err)
			}
			if err := s.Add(tt.first, nil); err != nil {
				t.Fatal(err)
			}
			if err := s.Add(tt.second, nil); err == nil {
				t.Errorf("add %q after %q: got no error", tt.second, tt.first)
			}
			if err := s.Remove(tt.first); err != nil {
				t.Fatal(err)
			}
			if err := s.Add(tt.second, nil); err != nil {
				t.Errorf("add %q after %q is removed: %v", tt.second, tt.first, err)
			}
		})
	}
}

func TestCommitMeta(t *testing.T) {
	t.Parallel()
	dir, h := bare(t, map[string]string{"f": "1"})
	r := open(t, dir, git.Options{})
	stage := func() *git.Stage {
		s, err := r.Stage(t.Context(), h)
		if err != nil {
			t.Fatal(err)
		}
		if err := s.Add("f", []byte("2")); err != nil {
			t.Fatal(err)
		}
		return s
	}
	other := commit(t, r, git.Hash{}, map[string]*string{"g": text("1")})
	got, err := stage().Commit(t.Context(), git.Meta{
		Author:    git.Person{Name: "Eve\nparent 0000", Email: "<eve@example.com>\x00"},
		Committer: git.Person{Name: "C", Email: "c@example.com"},
		When:      time.Unix(1700000000, 0).In(time.FixedZone("", 2*60*60)),
		Message:   "s\x00ubject \xff\n\n\n",
		Parents:   []git.Hash{h, other},
	})
	if err != nil {
		t.Fatal(err)
	}
	info, err := r.Commit(t.Context(), got)
	if err != nil {
		t.Fatal(err)
	}
	info.When = info.When.UTC()
	want := git.CommitInfo{
		Hash: got, Tree: hash(t, run(t, dir, "rev-parse", got.String()+"^{tree}")),
		Meta: git.Meta{
			Author:    git.Person{Name: "Eveparent 0000", Email: "eve@example.com"},
			Committer: git.Person{Name: "C", Email: "c@example.com"},
			When:      time.Unix(1700000000, 0).UTC(),
			Message:   "subject \uFFFD\n",
			Parents:   []git.Hash{h, other},
		},
	}
	if diff := cmp.Diff(want, info); diff != "" {
		t.Errorf("commit (-want +got):\n%s", diff)
	}
	if got, want := run(t, dir, "log", "-1", "--format=%ad", "--date=iso", got.String()), "2023-11-15 00:13:20 +0200"; got != want {
		t.Errorf("date: got %q, want %q", got, want)
	}
	fsck(t, dir)

	for _, m := range []git.Meta{
		{Author: git.Person{Name: "<>", Email: "a@example.com"}, When: time.Unix(1, 0)},
		{Author: git.Person{Name: "A"}, When: time.Unix(1, 0)},
		{Author: git.Person{Name: "A", Email: "a@example.com"}},
	} {
		if _, err := stage().Commit(t.Context(), m); err == nil {
			t.Errorf("commit with %+v: got no error", m)
		}
	}
}
