package extractor

import (
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lockstep-apiops/lockstep/artifacts"
)

func openSink(t *testing.T, dir string) *FolderSink {
	t.Helper()
	s, err := NewFolderSink(dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

func paths(t *testing.T, dir string) []string {
	t.Helper()
	var all []string
	err := fs.WalkDir(os.DirFS(dir), ".", func(p string, d fs.DirEntry, err error) error {
		if d != nil && d.IsDir() {
			p += "/"
		}
		all = append(all, p)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func TestFolderSink(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "new", "folder")
	s := openSink(t, dir)
	for _, p := range []string{"policy.xml", "apis/a b/x.json", "apis/a b/y.json", "tags/t/x.json"} {
		if err := s.Put(p, []byte("one")); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.Put("policy.xml", []byte("two")); err != nil {
		t.Fatal(err)
	}
	for _, p := range []string{"apis/a b/x.json", "tags/t/x.json", "none/x", "tags/t/x.json"} {
		if err := s.Remove(p); err != nil {
			t.Errorf("remove %s: %v", p, err)
		}
	}
	if d := cmp.Diff(paths(t, dir), []string{"./", "apis/", "apis/a b/", "apis/a b/y.json", "policy.xml"}); d != "" {
		t.Error(d)
	}
	if b, err := os.ReadFile(filepath.Join(dir, "policy.xml")); string(b) != "two" || err != nil {
		t.Errorf("got %q, %v", b, err)
	}
}

func TestFolderSinkStaysInside(t *testing.T) {
	base := t.TempDir()
	dir, out := filepath.Join(base, "in"), filepath.Join(base, "out")
	s := openSink(t, dir)
	for _, d := range []string{out, filepath.Join(dir, "docs")} {
		if err := os.Mkdir(d, 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(d, "mine"), []byte("mine"), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	for link, to := range map[string]string{"up": out, "beside": "docs", "file": filepath.Join(out, "mine")} {
		if err := os.Symlink(to, filepath.Join(dir, link)); err != nil {
			t.Skip("this system makes no symbolic links: ", err)
		}
	}
	for _, p := range []string{"", ".", "../x", "/x", "a/../../x", "up/mine", "up/new/x", "beside/mine"} {
		if err := s.Put(p, []byte("theirs")); err == nil {
			t.Errorf("put %q: no error", p)
		}
		if err := s.Remove(p); err == nil {
			t.Errorf("remove %q: no error", p)
		}
	}
	if err := s.Put("file", []byte("theirs")); err != nil { // replaces the link itself
		t.Error(err)
	}
	for _, p := range []string{filepath.Join(out, "mine"), filepath.Join(dir, "docs", "mine")} {
		if b, err := os.ReadFile(p); string(b) != "mine" || err != nil {
			t.Errorf("%s: got %q, %v", p, b, err)
		}
	}
}

func TestFolderSinkLeavesNoPieces(t *testing.T) {
	dir := t.TempDir()
	s := openSink(t, dir)
	if err := s.Put("a/b/x", nil); err != nil {
		t.Fatal(err)
	}
	if err := s.Put("a/b", []byte("in the way of a folder")); err == nil {
		t.Error("a file replaces a folder")
	}
	if d := cmp.Diff(paths(t, dir), []string{"./", "a/", "a/b/", "a/b/x"}); d != "" {
		t.Error(d)
	}
}

// A folder that was written is read back, and needs nothing more.
func TestRunToFolder(t *testing.T) {
	ks := testKinds(t, true)
	dir := t.TempDir()
	for _, want := range []int{9, 0} {
		base, err := artifacts.OpenDir(dir)
		if err != nil {
			t.Fatal(err)
		}
		res, err := Run(t.Context(), Options{Gateway: fixture(t, ks), Base: base, Sink: openSink(t, dir), Workers: 2})
		if err != nil || len(res.Changes) != want {
			t.Errorf("got %d changes, %v, want %d", len(res.Changes), err, want)
		}
		if err := base.Close(); err != nil {
			t.Error(err)
		}
	}
}
