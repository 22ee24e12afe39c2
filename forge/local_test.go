package forge_test

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/lockstep-apiops/lockstep/forge"
	"github.com/lockstep-apiops/lockstep/forge/forgetest"
	"github.com/lockstep-apiops/lockstep/internal/git"
	"github.com/lockstep-apiops/lockstep/internal/temptest"
)

var now = time.Date(2024, 5, 6, 7, 8, 9, 0, time.UTC)

// TestLocal runs the contract on a repository that is opened by its path, and
// on the same kind of repository behind git's own server program.
func TestLocal(t *testing.T) {
	t.Parallel()
	for name, location := range map[string]func(dir string) string{
		"path": func(dir string) string { return dir },
		"URL":  func(dir string) string { return "file://" + dir },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			forgetest.Run(t, func(t *testing.T) forgetest.Fixture {
				dir := newRepository(t)
				return fixture(t, dir, location(dir))
			})
		})
	}
}

func fixture(t *testing.T, dir, location string) forgetest.Fixture {
	t.Helper()
	local := open(t, location)
	pushes, known := 0, map[string]bool{"main": true, "release": true}
	return forgetest.Fixture{
		Forge: local,
		Push: func(t *testing.T, branch string) {
			pushes++
			at := "main"
			if known[branch] {
				at = branch
			}
			known[branch] = true
			run(t, dir, "update-ref", "refs/heads/"+branch, commitOn(t, dir, strings.Repeat("+", pushes), at))
		},
		Merge: func(t *testing.T, pr forge.PullRequest) {
			run(t, dir, "update-ref", "refs/heads/"+pr.Base, commitOn(t, dir, "merge", pr.Base, pr.Head))
		},
		Comments: func(t *testing.T, number int) []string {
			comments, err := local.Comments(t.Context(), number)
			if err != nil {
				t.Fatal(err)
			}
			var bodies []string
			for _, c := range comments {
				bodies = append(bodies, c.Body)
			}
			return bodies
		},
	}
}

func open(t *testing.T, location string) *forge.Local {
	t.Helper()
	clock := func() time.Time { return now }
	r, err := git.Open(t.Context(), location, git.Options{Now: clock})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := r.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
	})
	f, err := forge.Open(forge.Config{Kind: "local", Store: r, Now: clock})
	if err != nil {
		t.Fatal(err)
	}
	local, ok := f.(*forge.Local)
	if !ok {
		t.Fatalf("open: got a %T", f)
	}
	return local
}

// template is a repository to copy: to run git takes longer than a test.
var template = sync.OnceValues(func() (string, error) {
	dir, err := os.MkdirTemp("", "forge-test-")
	if err != nil {
		return "", err
	}
	for _, args := range [][]string{
		{"init", "--quiet", "--bare", "--initial-branch=main", "--template=", "."},
		{"hash-object", "-t", "tree", "-w", os.DevNull},
		{"update-ref", "refs/heads/main", ""},
		{"branch", "release"},
	} {
		if args[len(args)-1] == "" {
			out, err := tryGit(dir, "commit-tree", "-m", "base", "4b825dc642cb6eb9a060e54bf8d69288fbee4904")
			if err != nil {
				return "", err
			}
			args[len(args)-1] = out
		}
		if _, err := tryGit(dir, args...); err != nil {
			return "", err
		}
	}
	return dir, nil
})

func TestMain(m *testing.M) {
	temptest.InMemory()
	code := m.Run()
	if dir, err := template(); err == nil {
		_ = os.RemoveAll(dir)
	}
	os.Exit(code)
}

// newRepository makes a bare repository with main and release.
func newRepository(t *testing.T) string {
	t.Helper()
	from, err := template()
	if err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(t.TempDir(), "repo.git")
	if err := os.CopyFS(dir, os.DirFS(from)); err != nil {
		t.Fatal(err)
	}
	return dir
}

// commitOn makes a commit with the first parent's tree.
func commitOn(t *testing.T, dir, message string, parents ...string) string {
	t.Helper()
	args := []string{"commit-tree", "-m", message, parents[0] + "^{tree}"}
	for _, p := range parents {
		args = append(args, "-p", p)
	}
	return run(t, dir, args...)
}

func run(t *testing.T, dir string, args ...string) string {
	t.Helper()
	out, err := tryGit(dir, args...)
	if err != nil {
		t.Fatalf("git %s: %v\n%s", strings.Join(args, " "), err, out)
	}
	return out
}

func tryGit(dir string, args ...string) (string, error) {
	cmd := exec.Command("git", args...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "GIT_CONFIG_NOSYSTEM=1", "GIT_CONFIG_GLOBAL="+os.DevNull,
		"GIT_AUTHOR_NAME=A", "GIT_AUTHOR_EMAIL=a@example.com", "GIT_COMMITTER_NAME=C", "GIT_COMMITTER_EMAIL=c@example.com")
	out, err := cmd.CombinedOutput()
	return strings.TrimSpace(string(out)), err
}

// TestLocalRecord shows what people find when they look: one ref for each pull
// request, JSON in it, and its history behind it.
func TestLocalRecord(t *testing.T) {
	t.Parallel()
	dir := newRepository(t)
	f := fixture(t, dir, dir)
	f.Push(t, "x")
	p := forge.Proposal{Head: "x", Base: "main", Title: "Title", Body: "a < b", Labels: []string{"drift"}}
	if _, err := f.Forge.Propose(t.Context(), p); err != nil {
		t.Fatal(err)
	}
	if _, err := f.Forge.Propose(t.Context(), p); err != nil {
		t.Fatal(err)
	}
	if err := f.Forge.Close(t.Context(), 1, "enough"); err != nil {
		t.Fatal(err)
	}
	want := `{
  "version": 1,
  "number": 1,
  "state": "closed",
  "head": "x",
  "base": "main",
  "commit": "` + run(t, dir, "rev-parse", "x") + `",
  "title": "Title",
  "body": "a < b",
  "labels": [
    "drift"
  ],
  "opened": "2024-05-06T07:08:09Z",
  "updated": "2024-05-06T07:08:09Z",
  "comments": [
    {
      "body": "enough",
      "at": "2024-05-06T07:08:09Z"
    }
  ]
}`
	if got := run(t, dir, "show", "refs/lockstep/pulls/1:record.json"); got != want {
		t.Errorf("record: got %s, want %s", got, want)
	}
	if got := run(t, dir, "rev-list", "--count", "refs/lockstep/pulls/1"); got != "2" {
		t.Errorf("history: got %s commits, want 2: opened and closed, but none for the same again", got)
	}
	if got, err := tryGit(dir, "fsck", "--strict", "--no-dangling"); err != nil {
		t.Errorf("git fsck: %v\n%s", err, got)
	}
}

// TestLocalStates follows pull requests whose branches people change with git.
func TestLocalStates(t *testing.T) {
	t.Parallel()
	dir := newRepository(t)
	f := fixture(t, dir, dir)
	propose := func(head string) int {
		f.Push(t, head)
		pr, err := f.Forge.Propose(t.Context(), forge.Proposal{Head: head, Base: "main", Title: head})
		if err != nil {
			t.Fatal(err)
		}
		return pr.Number
	}
	state := func(number int) string {
		prs, err := f.Forge.List(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		return prs[len(prs)-number].State
	}
	check := func(what string, number int, want string) {
		t.Helper()
		if got := state(number); got != want {
			t.Errorf("%s: got %s, want %s", what, got, want)
		}
	}

	forwarded := propose("forwarded")
	run(t, dir, "update-ref", "refs/heads/main", "refs/heads/forwarded")
	check("fast-forward", forwarded, forge.StateMerged)

	gone := propose("gone")
	run(t, dir, "branch", "-D", "gone")
	check("branch deleted", gone, forge.StateClosed)

	added := propose("added")
	f.Push(t, "added") // by a person
	check("added to", added, forge.StateOpen)
	f.Merge(t, forge.PullRequest{Head: "added", Base: "main"})
	run(t, dir, "branch", "-D", "added")
	check("merged with an addition, and deleted", added, forge.StateMerged)

	reset := propose("reset")
	run(t, dir, "update-ref", "refs/heads/reset", commitOn(t, dir, "other", "main"))
	check("rewritten", reset, forge.StateOpen)
	f.Merge(t, forge.PullRequest{Head: "reset", Base: "main"})
	check("rewritten and merged", reset, forge.StateMerged)

	if _, err := f.Forge.Propose(t.Context(), forge.Proposal{Head: "reset", Base: "main", Title: "again"}); err == nil || !strings.Contains(err.Error(), "no commits") {
		t.Errorf("propose what is merged: got %v, want an error", err)
	}
}

// TestLocalRaces lets several forges over one repository work at once.
func TestLocalRaces(t *testing.T) {
	t.Parallel()
	dir := newRepository(t)
	f := fixture(t, dir, dir)
	f.Push(t, "x")
	const runners = 4
	var wg sync.WaitGroup
	numbers := make([]int, runners)
	for i := range runners {
		own := open(t, dir)
		wg.Go(func() {
			pr, err := own.Propose(t.Context(), forge.Proposal{Head: "x", Base: "main", Title: "same"})
			if err != nil {
				t.Error(err)
				return
			}
			numbers[i] = pr.Number
			if err := own.Comment(t.Context(), pr.Number, "run/"+strings.Repeat("i", i+1), "done"); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	for _, n := range numbers {
		if n != 1 {
			t.Errorf("number: got %d, want 1", n)
		}
	}
	if got := f.Comments(t, 1); len(got) != runners {
		t.Errorf("comments: got %q, want all %d", got, runners)
	}
}

func TestLocalLongBody(t *testing.T) {
	t.Parallel()
	dir := newRepository(t)
	f := fixture(t, dir, dir)
	f.Push(t, "x")
	body := strings.Repeat("0123456789abcde\n", 1<<13) // 128 KiB, twice what other forges take
	pr, err := f.Forge.Propose(t.Context(), forge.Proposal{Head: "x", Base: "main", Title: "long", Body: body})
	if err != nil || pr.Body != body {
		t.Errorf("propose: got %d bytes, %v; want %d", len(pr.Body), err, len(body))
	}
}

// A busyStore is one that somebody else always writes to first.
type busyStore struct{ forge.Store }

func (busyStore) SwapRecord(context.Context, string, []byte, []byte) (bool, error) { return false, nil }

// A brokenStore fails to write.
type brokenStore struct{ forge.Store }

var errBroken = errors.New("disk full")

func (brokenStore) SwapRecord(context.Context, string, []byte, []byte) (bool, error) {
	return false, errBroken
}

func TestLocalStoreErrors(t *testing.T) {
	t.Parallel()
	dir := newRepository(t)
	f := fixture(t, dir, dir)
	f.Push(t, "x")
	p := forge.Proposal{Head: "x", Base: "main", Title: "t"}
	if _, err := f.Forge.Propose(t.Context(), p); err != nil {
		t.Fatal(err)
	}
	r, err := git.Open(t.Context(), dir, git.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = r.Close() }()
	for name, store := range map[string]forge.Store{"busy": busyStore{r}, "broken": brokenStore{r}} {
		own, err := forge.Open(forge.Config{Kind: "local", Store: store})
		if err != nil {
			t.Fatal(err)
		}
		p.Title = name
		_, err = own.Propose(t.Context(), p)
		if err == nil || errors.Is(err, errBroken) != (name == "broken") {
			t.Errorf("%s: propose: got %v", name, err)
		}
		if err := own.Comment(t.Context(), 1, "m", name); err == nil {
			t.Errorf("%s: comment: got no error", name)
		}
	}
	swapped, err := r.SwapRecord(t.Context(), "refs/lockstep/pulls/7", nil, []byte(`{"version":1,"number":8,"state":"open"}`))
	if err != nil || !swapped {
		t.Fatal(swapped, err)
	}
	if _, err := f.Forge.List(t.Context()); err == nil || !strings.Contains(err.Error(), "pulls/7") {
		t.Errorf("list with a wrong record: got %v, want an error that names it", err)
	}
}

func TestOpen(t *testing.T) {
	t.Parallel()
	if _, err := forge.Open(forge.Config{Kind: "cvs"}); err == nil || !strings.Contains(err.Error(), "local") {
		t.Errorf("unknown kind: got %v, want an error that lists those there are", err)
	}
	if _, err := forge.Open(forge.Config{Kind: "local"}); err == nil {
		t.Error("local without a repository: got no error")
	}
}
