package forge_test

import (
	"errors"
	"fmt"
	"net/http"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lockstep-apiops/lockstep/forge"
	"github.com/lockstep-apiops/lockstep/forge/githubtest"
)

// A gitHubRepo is a GitHub that has files, with one commit on main.
type gitHubRepo struct {
	*testing.T
	s    *githubtest.Server
	f    forge.Forge
	dir  string
	base string // commit
	made int    // so many, as equal ones of a second are the same
}

func (g *gitHubRepo) git(stdin string, args ...string) string {
	g.Helper()
	cmd := exec.CommandContext(g.Context(), "git", append([]string{"-C", g.dir, "-c", "user.name=ann", "-c", "user.email=ann@example.com"}, args...)...)
	cmd.Stdin = strings.NewReader(stdin)
	out, err := cmd.CombinedOutput()
	if err != nil {
		g.Fatalf("git %v: %v\n%s", args, err, out)
	}
	return strings.TrimSpace(string(out))
}

// blob stores content, and returns the line of a tree for it.
func (g *gitHubRepo) blob(mode, name, content string) string {
	return mode + " blob " + g.git(content, "hash-object", "-w", "--stdin") + "\t" + name + "\n"
}

func newGitHubRepo(t *testing.T, token string) *gitHubRepo {
	t.Helper()
	g := &gitHubRepo{T: t, s: newGitHub(), dir: filepath.Join(t.TempDir(), "repo.git")}
	if out, err := exec.CommandContext(t.Context(), "git", "init", "--quiet", "--bare", "--initial-branch=main", "--template=", g.dir).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	tree := g.git(g.blob("100644", "gone", "x")+g.blob("100755", "run", "x")+g.blob("100644", "stays", "x"), "mktree")
	g.base = g.git("", "commit-tree", tree, "-m", "begin")
	g.git("", "update-ref", "refs/heads/main", g.base)
	if err := g.s.UseGit(g.dir); err != nil {
		t.Fatal(err)
	}
	g.f = openGitHub(t, g.s, forge.Config{Token: token})
	return g
}

// commit makes one on the base that the tree must come to.
func (g *gitHubRepo) commit(branch, from, tree string, files ...forge.File) (forge.Committed, error) {
	g.Helper()
	g.made++
	return g.f.(forge.Committer).Commit(g.Context(), forge.Commit{
		Branch: branch, From: from, Parents: []string{g.base}, Message: fmt.Sprintf("change %d\n\nKey: value\n", g.made),
		BaseTree: g.git("", "rev-parse", g.base+"^{tree}"), Files: files, Tree: tree,
	})
}

func TestGitHubCommit(t *testing.T) {
	t.Parallel()
	g := newGitHubRepo(t, "actions")
	long := strings.Repeat("0123456789abcdef", 70<<10)
	files := []forge.File{
		{Path: "binary", Content: []byte("\x00\xff\x01")},
		{Path: "gone", Gone: true},
		{Path: "link", Content: []byte("stays"), Link: true},
		{Path: "long", Content: []byte(long)},
		{Path: "run", Content: []byte("y"), Executable: true},
		{Path: "text", Content: []byte("ä\r\nb\n\n")},
	}
	tree := g.git(g.blob("100644", "binary", "\x00\xff\x01")+g.blob("120000", "link", "stays")+g.blob("100644", "long", long)+
		g.blob("100755", "run", "y")+g.blob("100644", "stays", "x")+g.blob("100644", "text", "ä\r\nb\n\n"), "mktree")
	made, err := g.commit("lockstep/x", "", tree, files...)
	if err != nil || !made.Verified {
		t.Fatalf("commit: got %+v, %v; want one that is verified", made, err)
	}
	if got := g.git("", "rev-parse", "lockstep/x"); got != made.Hash {
		t.Errorf("the branch is at %s, want %s", got, made.Hash)
	}
	if got := g.git("", "log", "-1", "--format=%P %T %B", "lockstep/x"); got != g.base+" "+tree+" change 1\n\nKey: value" {
		t.Errorf("commit: %q", got)
	}
	blobs := 0
	for _, call := range g.s.Calls() {
		if strings.HasSuffix(call, "/git/blobs") {
			blobs++
		}
	}
	if blobs != 2 {
		t.Errorf("files that were stored by themselves: %d, want the binary and the long one", blobs)
	}

	// Many files take several calls.
	var many []forge.File
	for range 501 {
		many = append(many, forge.File{Path: "gone", Gone: true})
	}
	_, err = g.commit("lockstep/many", "", strings.Repeat("0", 40), many...)
	if err == nil || !strings.Contains(err.Error(), "and it must be 000") {
		t.Errorf("another tree than expected: got %v", err)
	}
	trees := 0
	for _, call := range g.s.Calls() {
		if strings.HasSuffix(call, "/git/trees") {
			trees++
		}
	}
	if trees != 2 {
		t.Errorf("calls for 501 files: %d, want 2", trees)
	}
}

// TestGitHubCommitCompares moves branches that are elsewhere than expected.
func TestGitHubCommitCompares(t *testing.T) {
	t.Parallel()
	g := newGitHubRepo(t, "person")
	tree := g.git(g.blob("100644", "stays", "x"), "mktree")
	gone := []forge.File{{Path: "gone", Gone: true}, {Path: "run", Gone: true}}
	first, err := g.commit("b", "", tree, gone...)
	if err != nil || first.Verified {
		t.Fatalf("commit of a person: got %+v, %v; want one that nobody signed", first, err)
	}
	for name, from := range map[string]string{"it is there": "", "it is elsewhere": g.base} {
		if _, err := g.commit("b", from, tree, gone...); !errors.Is(err, forge.ErrMoved) {
			t.Errorf("%s: got %v, want %v", name, err, forge.ErrMoved)
		}
	}
	if _, err := g.commit("absent", g.base, tree, gone...); !errors.Is(err, forge.ErrMoved) {
		t.Errorf("it is not there: got %v, want %v", err, forge.ErrMoved)
	}
	if got := g.git("", "rev-parse", "b"); got != first.Hash {
		t.Errorf("the branch is at %s, want %s", got, first.Hash)
	}
	// An answer that gets lost, and one that was none.
	lost := githubtest.Fault{Method: http.MethodPost, Path: "/graphql", Status: http.StatusBadGateway, After: true}
	g.s.Fail(lost)
	second, err := g.commit("b", first.Hash, tree, gone...)
	if err != nil || g.git("", "rev-parse", "b") != second.Hash {
		t.Errorf("the answer got lost: got %+v, %v", second, err)
	}
	lost.After = false
	g.s.Fail(lost)
	if _, err := g.commit("b", second.Hash, tree, gone...); err == nil || errors.Is(err, forge.ErrMoved) {
		t.Errorf("it was not moved: got %v", err)
	}
	// A token that may not.
	reader := openGitHub(t, g.s, forge.Config{Token: "reader"})
	err = reader.(forge.Checker).Check(t.Context(), forge.Needs{Commits: true})
	if !errors.Is(err, forge.ErrDenied) || !strings.Contains(err.Error(), "contents: write") {
		t.Errorf("check of a token that may only read: got %v", err)
	}
	if err := g.f.(forge.Checker).Check(t.Context(), forge.Needs{Commits: true}); err != nil {
		t.Errorf("check: %v", err)
	}
	if d := cmp.Diff(g.git("", "for-each-ref", "--format=%(refname)"), "refs/heads/b\nrefs/heads/main"); d != "" {
		t.Errorf("branches, got -, want +:\n%s", d)
	}
}
