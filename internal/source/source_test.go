package source_test

import (
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"github.com/lockstep-apiops/lockstep/artifacts"
	"github.com/lockstep-apiops/lockstep/gateway"
	"github.com/lockstep-apiops/lockstep/internal/git"
	"github.com/lockstep-apiops/lockstep/internal/source"
)

func testKinds(t *testing.T) *gateway.Kinds {
	t.Helper()
	kinds, err := gateway.NewKinds(gateway.Table{FoldCase: true, Rows: []gateway.Kind{
		{Name: "api", Segment: "apis", Dir: "apis", File: "api.json", Attach: []gateway.Attachment{{Pattern: "spec.*"}}},
		{Name: "policy", Parent: "api", Segment: "policies", Only: "policy", Split: []gateway.Split{{Field: "text", File: "policy.xml"}}},
	}})
	if err != nil {
		t.Fatal(err)
	}
	return kinds
}

// A history is a repository in a work tree, made of folders of files.
type history struct {
	*testing.T
	dir string
}

func newHistory(t *testing.T) *history {
	h := &history{t, t.TempDir()}
	h.git("init", "--quiet", "--initial-branch=main")
	return h
}

func (h *history) git(args ...string) string {
	h.Helper()
	out, err := exec.Command("git", append([]string{"-C", h.dir, "-c", "user.name=a", "-c", "user.email=a@example.com"}, args...)...).CombinedOutput()
	if err != nil {
		h.Fatalf("git %v: %v\n%s", args, err, out)
	}
	return strings.TrimSpace(string(out))
}

// commit writes files, removes those without content, and commits.
func (h *history) commit(files map[string]string) string {
	h.Helper()
	for name, text := range files {
		path := filepath.Join(h.dir, filepath.FromSlash(name))
		if text == "" {
			if err := os.Remove(path); err != nil {
				h.Fatal(err)
			}
			continue
		}
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			h.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			h.Fatal(err)
		}
	}
	h.git("add", "--all")
	h.git("commit", "--quiet", "--message=a commit")
	return h.git("rev-parse", "HEAD")
}

func (h *history) open(revision, dir string) (*source.Commit, error) {
	h.Helper()
	repo, err := git.Open(h.Context(), h.dir, git.Options{})
	if err != nil {
		h.Fatal(err)
	}
	h.Cleanup(func() {
		if err := repo.Close(); err != nil {
			h.Error(err)
		}
	})
	return source.NewCommit(h.Context(), testKinds(h.T), repo, "https://user:token@example.com/repo.git", revision, dir, nil)
}

func TestTouched(t *testing.T) {
	h := newHistory(t)
	first := h.commit(map[string]string{
		"README.md": "x", "tree/apis/a/api.json": `{"n":1}`, "tree/apis/a/spec.yaml": "one", "tree/apis/a/policy.xml": "<a/>",
		"tree/apis/b/api.json": `{"n":1}`, "tree/apis/c/api.json": `{"n":1}`,
	})
	h.commit(map[string]string{"tree/apis/a/policy.xml": "<b/>", "README.md": "y"})
	last := h.commit(map[string]string{
		"tree/apis/a/spec.yaml": "two", "tree/apis/b/api.json": "{\n \"n\": 1.0 }\n", "tree/apis/c/api.json": "", "tree/apis/d/api.json": `{"n":1}`,
		"tree/notes.txt": "z",
	})
	c, err := h.open("main", "tree")
	if err != nil {
		t.Fatal(err)
	}
	if d := c.Describe(); d.Commit != last || d.Repo != "https://example.com/repo.git" {
		t.Errorf("described as %+v", d)
	}
	touched, err := c.Touched(t.Context(), first)
	if err != nil {
		t.Fatal(err)
	}
	got := map[string][2]bool{}
	for _, x := range touched {
		key := x.Want
		if key == nil {
			key = x.Base
		}
		got[key.Key.String()] = [2]bool{x.Base != nil, x.Want != nil}
	}
	want := map[string][2]bool{"api a": {true, true}, "policy a/policy": {true, true}, "api c": {true, false}, "api d": {false, true}}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("touched, with what was before and is now (-want +got):\n%s", d)
	}
	all, err := c.All(t.Context())
	if err != nil || len(all) != 4 {
		t.Errorf("%d resources, %v, want 4", len(all), err)
	}
}

// TestTouchedTellsOfFilesThatAreNotUsed commits files that are spelt wrong, and
// one that was wrong before.
func TestTouchedTellsOfFilesThatAreNotUsed(t *testing.T) {
	h := newHistory(t)
	first := h.commit(map[string]string{"apis/a/api.json": `{"n":1}`, "apis/old/Api.json": "{}", "apis/gone/Api.json": "{}"})
	h.commit(map[string]string{"apis/a/Policy.xml": "<a/>", "APIs/b/api.json": `{"n":1}`, "apis/gone/Api.json": "", "apis/a/notes.txt": "x"})
	repo, err := git.Open(t.Context(), h.dir, git.Options{})
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	c, err := source.NewCommit(t.Context(), testKinds(t), repo, ".", "HEAD", ".", func(p artifacts.Problem) { got = append(got, p.Path) })
	if err != nil {
		t.Fatal(err)
	}
	if touched, err := c.Touched(t.Context(), first); err != nil || len(touched) > 0 {
		t.Errorf("touched %v, %v, want nothing", touched, err)
	}
	if d := cmp.Diff([]string{"APIs", "apis/a/Policy.xml"}, got); d != "" {
		t.Errorf("not used (-want +got):\n%s", d)
	}
}

func TestTouchedSinceTheFolderIsNew(t *testing.T) {
	h := newHistory(t)
	first := h.commit(map[string]string{"README.md": "x"})
	h.commit(map[string]string{"tree/apis/a/api.json": `{"n":1}`})
	c, err := h.open("HEAD", "tree")
	if err != nil {
		t.Fatal(err)
	}
	touched, err := c.Touched(t.Context(), first)
	if err != nil || len(touched) != 1 || touched[0].Base != nil {
		t.Errorf("touched %v, %v, want the one API as new", touched, err)
	}
	if _, err := c.Touched(t.Context(), "no-such-commit"); err == nil || !strings.Contains(err.Error(), "no-such-commit") {
		t.Errorf("error %v, want one that names the commit", err)
	}
}

// TestNoDefinitionIsNoWishToRemoveIt takes the definition of an API out of git.
func TestNoDefinitionIsNoWishToRemoveIt(t *testing.T) {
	h := newHistory(t)
	first := h.commit(map[string]string{"apis/a/api.json": `{"n":1}`, "apis/a/spec.yaml": "one"})
	h.commit(map[string]string{"apis/a/spec.yaml": ""})
	c, err := h.open("HEAD", ".")
	if err != nil {
		t.Fatal(err)
	}
	touched, err := c.Touched(t.Context(), first)
	if err != nil || len(touched) > 0 {
		t.Errorf("touched %v, %v, want nothing", touched, err)
	}
	all, err := c.All(t.Context())
	if err != nil || len(all) != 1 {
		t.Fatalf("read %v, %v", all, err)
	}
	live := &gateway.Resource{Key: all[0].Key, Spec: all[0].Spec, Files: map[string][]byte{"spec.yaml": []byte("of the gateway")}}
	for _, change := range testKinds(t).Diff(live, all[0]) {
		t.Errorf("%s would change", change.Field)
	}
}

// TestContentsComeFromTheCommit edits the work tree after the commit.
func TestContentsComeFromTheCommit(t *testing.T) {
	h := newHistory(t)
	h.commit(map[string]string{"apis/a/api.json": `{"n":"committed"}`})
	if err := os.WriteFile(filepath.Join(h.dir, "apis", "a", "api.json"), []byte(`{"n":"dirty"}`), 0o644); err != nil {
		t.Fatal(err)
	}
	c, err := h.open("HEAD", ".")
	if err != nil {
		t.Fatal(err)
	}
	all, err := c.All(t.Context())
	if err != nil || len(all) != 1 || all[0].Spec["n"] != "committed" {
		t.Errorf("read %v, %v, want what was committed", all, err)
	}
}

func TestMissing(t *testing.T) {
	h := newHistory(t)
	h.commit(map[string]string{"README.md": "x"})
	for name, args := range map[string][2]string{"folder": {"HEAD", "tree"}, "commit": {"v9", "."}} {
		if _, err := h.open(args[0], args[1]); err == nil {
			t.Errorf("a missing %s is no error", name)
		}
	}
}

func TestFolder(t *testing.T) {
	kinds := testKinds(t)
	tree := fstest.MapFS{"apis/a/api.json": {Data: []byte(`{"n":1}`)}, "apis/a/readme.txt": {Data: []byte("x")}}
	var problems []string
	open := func(fsys fs.FS) *source.Folder {
		f, err := source.NewFolder(kinds, fsys, func(p artifacts.Problem) { problems = append(problems, p.Path) })
		if err != nil {
			t.Fatal(err)
		}
		return f
	}
	f := open(tree)
	all, err := f.All(t.Context())
	if err != nil || len(all) != 1 {
		t.Errorf("read %v, %v, want one API", all, err)
	}
	if d := cmp.Diff([]string{"apis/a/readme.txt"}, problems); d != "" {
		t.Errorf("not used (-want +got):\n%s", d)
	}
	if _, err := f.Touched(t.Context(), "HEAD"); err == nil || !strings.Contains(err.Error(), "--repo") {
		t.Errorf("error %v, want one that says what to do", err)
	}
	before := f.Describe().Digest
	tree["apis/a/readme.txt"] = &fstest.MapFile{Data: []byte("y")}
	if got := open(tree).Describe().Digest; got != before {
		t.Error("a file that is no artifact changes the digest")
	}
	tree["apis/a/api.json"] = &fstest.MapFile{Data: []byte(`{"n":2}`)}
	if got := open(tree).Describe().Digest; got == before {
		t.Error("another payload has the same digest")
	}
}
