package git_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"github.com/lockstep-apiops/lockstep/internal/git"
)

func tree(t testing.TB, r *git.Repo, h git.Hash) *git.Tree {
	t.Helper()
	tree, err := r.Tree(t.Context(), h)
	if err != nil {
		t.Fatal(err)
	}
	return tree
}

func TestTreeIsFileSystem(t *testing.T) {
	t.Parallel()
	dir, h := bare(t, map[string]string{"a/b/c": "1", "a.b": "2", "a-b/x": "3", "run*": "4", "empty": "", "a/ü b": "5"})
	root := tree(t, open(t, dir, git.Options{}), h)
	if err := fstest.TestFS(root, "a/b/c", "a.b", "a-b/x", "run", "empty", "a/ü b"); err != nil {
		t.Error(err)
	}
	var walked []string
	err := fs.WalkDir(root, ".", func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		e, ok := d.(git.Entry)
		if ok && !d.IsDir() {
			data, err := fs.ReadFile(root, path)
			if err != nil {
				return err
			}
			if got, want := e.Hash(), git.HashBlob(data); got != want {
				t.Errorf("hash of %s: got %s, want %s", path, got, want)
			}
		}
		walked = append(walked, path)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	want := []string{".", "a", "a/b", "a/b/c", "a/ü b", "a-b", "a-b/x", "a.b", "empty", "run"}
	if diff := cmp.Diff(want, walked); diff != "" {
		t.Errorf("walk (-want +got):\n%s", diff)
	}
	info, err := fs.Stat(root, "run")
	if err != nil {
		t.Fatal(err)
	}
	if got, want := info.Mode(), fs.FileMode(0o755); got != want {
		t.Errorf("mode: got %v, want %v", got, want)
	}
}

func TestTreeErrors(t *testing.T) {
	t.Parallel()
	dir, h := bare(t, map[string]string{"a/b": "1"})
	root := tree(t, open(t, dir, git.Options{}), h)
	for _, name := range []string{"b", "a/c", "a/b/c", "aa", "a/b/c/d"} {
		if _, err := root.ReadFile(name); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("read %s: got %v, want %v", name, err, fs.ErrNotExist)
		}
	}
	for _, name := range []string{"", "/a", "../a", "a/", "a//b", "./a"} {
		if _, err := root.Open(name); !errors.Is(err, fs.ErrInvalid) {
			t.Errorf("open %q: got %v, want %v", name, err, fs.ErrInvalid)
		}
	}
	if _, err := root.ReadDir("a/b"); err == nil {
		t.Error("read folder a/b: got no error")
	}
	if _, err := root.ReadFile("a"); err == nil {
		t.Error("read file a: got no error")
	}
}

func TestTreeSub(t *testing.T) {
	t.Parallel()
	dir, h := bare(t, map[string]string{"a/b/c": "1", "x": "2"})
	root := tree(t, open(t, dir, git.Options{}), h)
	sub, err := fs.Sub(root, "a")
	if err != nil {
		t.Fatal(err)
	}
	if err := fstest.TestFS(sub, "b/c"); err != nil {
		t.Error(err)
	}
	if _, err := root.Dir("nope"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("absent folder: got %v, want %v", err, fs.ErrNotExist)
	}
	if _, err := root.Dir("x"); err == nil {
		t.Error("a file as folder: got no error")
	}
	e, err := root.Lookup("a/b/c")
	if err != nil {
		t.Fatal(err)
	}
	if got, want := e.Hash(), git.HashBlob([]byte("1")); got != want {
		t.Errorf("lookup: got %s, want %s", got, want)
	}
}

// TestTreeLinks checks that a link leads nowhere, inside the tree or out of it.
func TestTreeLinks(t *testing.T) {
	t.Parallel()
	work := checkout(t)
	write(t, work, map[string]string{"d/f": "secret"})
	for name, target := range map[string]string{"in": "d/f", "out": "/etc/passwd", "dir": "d"} {
		if err := os.Symlink(target, filepath.Join(work, name)); err != nil {
			t.Fatal(err)
		}
	}
	first := commitAll(t, work, "links")
	run(t, work, "update-index", "--add", "--cacheinfo", "160000,"+first.String()+",module")
	run(t, work, "commit", "--quiet", "--message", "module")
	root := tree(t, open(t, work, git.Options{}), hash(t, run(t, work, "rev-parse", "HEAD")))
	entries, err := root.ReadDir(".")
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]fs.FileMode{}
	for _, e := range entries {
		got[e.Name()] = e.Type()
	}
	want := map[string]fs.FileMode{"d": fs.ModeDir, "in": fs.ModeSymlink, "out": fs.ModeSymlink, "dir": fs.ModeSymlink}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("entries (-want +got):\n%s", diff)
	}
	for _, name := range []string{"in", "out", "dir", "dir/f", "module"} {
		if data, err := root.ReadFile(name); err == nil {
			t.Errorf("read %s: got %q, want an error", name, data)
		}
	}
	if target, err := root.ReadLink("out"); err != nil || target != "/etc/passwd" {
		t.Errorf("link: got %q, %v; want %q", target, err, "/etc/passwd")
	}
}

// TestTreeHostileNames reads a tree that git itself would not make.
func TestTreeHostileNames(t *testing.T) {
	t.Parallel()
	work := checkout(t)
	write(t, work, map[string]string{"f": "1"})
	commitAll(t, work, "base")
	blob := git.HashBlob([]byte("1"))
	raw := "100644 ..\x00" + string(blob[:]) + "100644 a/b\x00" + string(blob[:]) + "100644 f\x00" + string(blob[:])
	file := filepath.Join(t.TempDir(), "tree")
	if err := os.WriteFile(file, []byte(raw), 0o600); err != nil {
		t.Fatal(err)
	}
	treeHash := run(t, work, "hash-object", "-t", "tree", "-w", "--literally", file)
	h := hash(t, run(t, work, "commit-tree", "-m", "hostile", treeHash))
	root := tree(t, open(t, work, git.Options{}), h)
	if err := fstest.TestFS(root, "f"); err != nil {
		t.Error(err)
	}
}

func TestTreeConcurrently(t *testing.T) {
	t.Parallel()
	files := map[string]string{}
	for _, d := range []string{"a", "b", "c", "d"} {
		for _, f := range []string{"1", "2", "3", "4"} {
			files[d+"/"+f] = d + f
		}
	}
	dir, h := bare(t, files)
	run(t, dir, "repack", "-adq")
	root := tree(t, open(t, dir, git.Options{}), h)
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for path, want := range files {
				if got, err := root.ReadFile(path); err != nil || string(got) != want {
					t.Errorf("read %s: got %q, %v; want %q", path, got, err, want)
				}
				if info, err := root.Stat(path); err != nil || info.Size() != int64(len(want)) {
					t.Errorf("stat %s: got %v, %v", path, info, err)
				}
			}
		})
	}
	wg.Wait()
}

func TestDiff(t *testing.T) {
	t.Parallel()
	base := map[string]string{"a/x": "1", "a/y": "2", "same/z": "3", "mode": "4", "file": "5", "dir/in": "6"}
	dir, h := bare(t, base)
	r := open(t, dir, git.Options{})
	work := t.TempDir()
	run(t, work, "clone", "--quiet", dir, ".")
	run(t, work, "rm", "-r", "--quiet", "file", "dir", "a/y")
	write(t, work, map[string]string{"a/x": "changed", "new/n": "7", "file/now": "8", "dir": "9"})
	if err := os.Chmod(filepath.Join(work, "mode"), 0o755); err != nil {
		t.Fatal(err)
	}
	next := commitAll(t, work, "next")
	run(t, work, "push", "--quiet", "origin", "HEAD:refs/heads/next")

	blob := func(s string) git.Hash { return git.HashBlob([]byte(s)) }
	want := []git.Change{
		{Path: "a/x", Op: git.Modified, OldHash: blob("1"), NewHash: blob("changed"), OldMode: 0o644, NewMode: 0o644},
		{Path: "a/y", Op: git.Deleted, OldHash: blob("2"), OldMode: 0o644},
		{Path: "dir", Op: git.Added, NewHash: blob("9"), NewMode: 0o644},
		{Path: "dir/in", Op: git.Deleted, OldHash: blob("6"), OldMode: 0o644},
		{Path: "file", Op: git.Deleted, OldHash: blob("5"), OldMode: 0o644},
		{Path: "file/now", Op: git.Added, NewHash: blob("8"), NewMode: 0o644},
		{Path: "mode", Op: git.Modified, OldHash: blob("4"), NewHash: blob("4"), OldMode: 0o644, NewMode: 0o755},
		{Path: "new/n", Op: git.Added, NewHash: blob("7"), NewMode: 0o644},
	}
	a, b := tree(t, r, h), tree(t, r, next)
	got, err := git.Diff(a, b)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("diff (-want +got):\n%s", diff)
	}
	if got, err := git.Diff(b, b); err != nil || len(got) != 0 {
		t.Errorf("diff with itself: got %v, %v", got, err)
	}
	got, err = git.Diff(nil, a)
	if err != nil || len(got) != len(base) {
		t.Errorf("diff with nothing: got %d changes, %v; want %d", len(got), err, len(base))
	}
	sub, err := b.Dir("a")
	if err != nil {
		t.Fatal(err)
	}
	was, err := a.Dir("a")
	if err != nil {
		t.Fatal(err)
	}
	if got, err := git.Diff(was, sub); err != nil || len(got) != 2 || got[0].Path != "x" {
		t.Errorf("diff of folders: got %v, %v; want x and y", got, err)
	}
}
