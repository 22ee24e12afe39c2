package git_test

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"net/http/cgi"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/lockstep-apiops/lockstep/internal/git"
	"github.com/lockstep-apiops/lockstep/internal/temptest"
)

// run runs the git program, away from the user's and the system's settings,
// and returns what it prints.
func run(t testing.TB, dir string, args ...string) string {
	t.Helper()
	out, err := try(dir, args...)
	if err != nil {
		t.Fatalf("git %s: %v\n%s", strings.Join(args, " "), err, out)
	}
	return strings.TrimSpace(out)
}

func try(dir string, args ...string) (string, error) {
	cmd := exec.Command("git", args...)
	cmd.Dir = dir
	cmd.Env = gitEnv()
	out, err := cmd.CombinedOutput()
	return string(out), err
}

func gitEnv() []string {
	return append(os.Environ(),
		"GIT_CONFIG_NOSYSTEM=1", "GIT_CONFIG_GLOBAL="+os.DevNull, "GIT_TERMINAL_PROMPT=0",
		"GIT_AUTHOR_NAME=A U Thor", "GIT_AUTHOR_EMAIL=author@example.com", "GIT_AUTHOR_DATE=2024-01-02T03:04:05Z",
		"GIT_COMMITTER_NAME=C O Mitter", "GIT_COMMITTER_EMAIL=committer@example.com", "GIT_COMMITTER_DATE=2024-01-02T03:04:05Z",
	)
}

// checkout makes a repository with a work tree on branch main.
func checkout(t testing.TB) string {
	t.Helper()
	dir := t.TempDir()
	run(t, dir, "init", "--quiet", "--initial-branch=main", "--template=")
	return dir
}

// write puts files below dir; a path that ends in "*" is made executable.
func write(t testing.TB, dir string, files map[string]string) {
	t.Helper()
	for path, content := range files {
		mode := os.FileMode(0o644)
		if p, ok := strings.CutSuffix(path, "*"); ok {
			path, mode = p, 0o755
		}
		path = filepath.Join(dir, path)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(content), mode); err != nil {
			t.Fatal(err)
		}
	}
}

// commitAll commits all of a work tree.
func commitAll(t testing.TB, dir, message string) git.Hash {
	t.Helper()
	run(t, dir, "add", "--all", "--force")
	run(t, dir, "commit", "--quiet", "--allow-empty", "--message", message)
	return hash(t, run(t, dir, "rev-parse", "HEAD"))
}

// templates holds bare repositories that bare made, for copying: to start the
// git program is what takes these tests their time.
type templates struct {
	mu   sync.Mutex
	dir  string
	made map[string]git.Hash // by name of the folder
}

var made = &templates{made: map[string]git.Hash{}}

func TestMain(m *testing.M) {
	temptest.InMemory()
	dir, err := os.MkdirTemp("", "git-test-")
	if err != nil {
		panic(err)
	}
	made.dir = dir
	code := m.Run()
	if err := os.RemoveAll(dir); err != nil {
		panic(err)
	}
	os.Exit(code)
}

// bare makes a bare repository with one commit of files on main.
func bare(t testing.TB, files map[string]string) (string, git.Hash) {
	t.Helper()
	made.mu.Lock()
	defer made.mu.Unlock()
	name := git.HashBlob(fmt.Append(nil, files)).String()
	template := filepath.Join(made.dir, name)
	h, ok := made.made[name]
	if !ok {
		h = makeBare(t, template, files)
		made.made[name] = h
	}
	dir := filepath.Join(t.TempDir(), "repo.git")
	if err := os.CopyFS(dir, os.DirFS(template)); err != nil {
		t.Fatal(err)
	}
	return dir, h
}

func makeBare(t testing.TB, dir string, files map[string]string) git.Hash {
	t.Helper()
	work := checkout(t)
	write(t, work, files)
	h := commitAll(t, work, "base")
	if err := os.Rename(filepath.Join(work, ".git"), dir); err != nil {
		t.Fatal(err)
	}
	config := "[core]\n\trepositoryformatversion = 0\n\tbare = true\n[http]\n\treceivepack = true\n"
	if err := os.WriteFile(filepath.Join(dir, "config"), []byte(config), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(filepath.Join(dir, "index")); err != nil && !os.IsNotExist(err) {
		t.Fatal(err)
	}
	return h
}

func hash(t testing.TB, s string) git.Hash {
	t.Helper()
	h, ok := git.ParseHash(s)
	if !ok {
		t.Fatalf("%q is no hash", s)
	}
	return h
}

func open(t testing.TB, location string, o git.Options) *git.Repo {
	t.Helper()
	r, err := git.Open(t.Context(), location, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := r.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
	})
	return r
}

var meta = git.Meta{
	Author:  git.Person{Name: "Lockstep", Email: "lockstep@example.com"},
	When:    time.Date(2024, 5, 6, 7, 8, 9, 0, time.UTC),
	Message: "change",
}

// commit commits changes over base; a nil content removes a path.
func commit(t testing.TB, r *git.Repo, base git.Hash, changes map[string]*string) git.Hash {
	t.Helper()
	h, err := tryCommit(t, r, base, changes)
	if err != nil {
		t.Fatal(err)
	}
	return h
}

func tryCommit(t testing.TB, r *git.Repo, base git.Hash, changes map[string]*string) (git.Hash, error) {
	t.Helper()
	s, err := r.Stage(t.Context(), base)
	if err != nil {
		t.Fatal(err)
	}
	for path, content := range changes { // removals first: order must not matter to the caller's map
		if content == nil {
			if err := s.Remove(path); err != nil {
				return git.Hash{}, err
			}
		}
	}
	for path, content := range changes {
		if content != nil {
			if err := s.Add(path, []byte(*content)); err != nil {
				return git.Hash{}, err
			}
		}
	}
	return s.Commit(t.Context(), meta)
}

// text is content for commit.
func text(s string) *string { return &s }

// fsck fails the test unless git finds the repository to be in order.
func fsck(t testing.TB, dir string) {
	t.Helper()
	out, err := try(dir, "fsck", "--strict", "--full", "--no-dangling")
	if err != nil || strings.Contains(out, "error") || strings.Contains(out, "warning") {
		t.Errorf("git fsck: %v\n%s", err, out)
	}
}

// A webServer is git http-backend on loopback.
type webServer struct {
	*httptest.Server
	mu    sync.Mutex
	posts []string // bodies of upload-pack requests
	user  string   // required with password "s3cret" if not ""
	after func(w http.ResponseWriter, r *http.Request, answer *httptest.ResponseRecorder) bool
}

// serve serves the bare repository at dir; its URL ends in /repo.git.
func serve(t testing.TB, dir string) (*webServer, string) {
	t.Helper()
	backend := &cgi.Handler{
		Path: backendPath(),
		Env:  append(gitEnv(), "GIT_PROJECT_ROOT="+filepath.Dir(dir), "GIT_HTTP_EXPORT_ALL=1"),
		// The program's own complaints are not the test's.
		Stderr: io.Discard,
	}
	s := &webServer{}
	s.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if s.user != "" {
			if user, password, ok := r.BasicAuth(); !ok || user != s.user || password != "s3cret" {
				http.Error(w, "who are you?", http.StatusUnauthorized)
				return
			}
		}
		var body bytes.Buffer
		if _, err := body.ReadFrom(r.Body); err != nil {
			return // the client went away
		}
		if strings.HasSuffix(r.URL.Path, "git-upload-pack") {
			s.mu.Lock()
			s.posts = append(s.posts, body.String())
			s.mu.Unlock()
		}
		r.Body = http.NoBody
		r2 := r.Clone(r.Context())
		r2.Body = readCloser{&body}
		r2.ContentLength = int64(body.Len())
		if s.after == nil {
			backend.ServeHTTP(w, r2)
			return
		}
		answer := httptest.NewRecorder()
		backend.ServeHTTP(answer, r2)
		if s.after(w, r, answer) {
			return
		}
		for k, v := range answer.Header() {
			w.Header()[k] = v
		}
		w.WriteHeader(answer.Code)
		_, _ = w.Write(answer.Body.Bytes())
	}))
	t.Cleanup(s.Close)
	return s, s.URL + "/" + filepath.Base(dir)
}

var backendPath = sync.OnceValue(func() string {
	out, err := try(".", "--exec-path")
	if err != nil {
		panic(err)
	}
	return filepath.Join(strings.TrimSpace(out), "git-http-backend")
})

type readCloser struct{ *bytes.Buffer }

func (readCloser) Close() error { return nil }
