package main

import (
	"bytes"
	"fmt"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/lockstep-apiops/lockstep/forge/githubtest"
	"github.com/lockstep-apiops/lockstep/internal/cli"
	"github.com/lockstep-apiops/lockstep/internal/git"
	"github.com/lockstep-apiops/lockstep/internal/sandbox/apim"
)

// A world is a gateway that has the example tree, a repository, and a GitHub
// that knows some of its commits.
type world struct {
	*testing.T
	dir     string // of the repository
	repo    *git.Repo
	github  *githubtest.Server
	known   map[string]string // a commit of the repository by its name on GitHub
	environ []string
	onWrite func() // is called before the gateway is written to
}

// secret must not show anywhere.
const secret = "s3cret-of-the-forge"

func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{T: t, dir: t.TempDir(), known: map[string]string{}}
	for _, name := range []string{"objects", "refs/heads"} {
		w.must(os.MkdirAll(filepath.Join(w.dir, name), 0o755))
	}
	w.must(os.WriteFile(filepath.Join(w.dir, "HEAD"), []byte("ref: refs/heads/main\n"), 0o600))
	w.must(os.WriteFile(filepath.Join(w.dir, "config"), []byte("[core]\n\tbare = true\n"), 0o600))
	var err error
	if w.repo, err = git.Open(t.Context(), w.dir, git.Options{}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { w.must(w.repo.Close()) })

	example := filepath.Join("..", "..", "examples", "apim")
	emulator, err := apim.New(apim.Options{Bare: true, Seed: []string{example}})
	w.must(err)
	gateway := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		if w.onWrite != nil && r.Method == http.MethodPut {
			w.onWrite()
		}
		emulator.ServeHTTP(rw, r)
	}))
	t.Cleanup(gateway.Close)

	w.github = githubtest.New(githubtest.Repository{Owner: "acme", Name: "apis"},
		map[string]githubtest.User{"ann": {Write: true}, "bob": {Write: true}, "eve": {}, "ci": {Write: true}},
		map[string]githubtest.Token{
			secret:             {Login: "ci"},
			secret + "-reader": {Login: "ci", Permissions: map[string]string{"contents": "read", "metadata": "read"}},
		})
	hub := httptest.NewServer(http.HandlerFunc(w.serve))
	t.Cleanup(hub.Close)
	w.environ = []string{
		"AZURE_SUBSCRIPTION_ID=00000000-0000-0000-0000-000000000000", "AZURE_RESOURCE_GROUP_NAME=stories", "API_MANAGEMENT_SERVICE_NAME=contoso",
		"AZURE_RESOURCE_MANAGER_ENDPOINT=" + gateway.URL, "LOCKSTEP_FORGE=github", "LOCKSTEP_FORGE_URL=" + hub.URL, "LOCKSTEP_FORGE_REPO=acme/apis",
		"LOCKSTEP_FORGE_TOKEN=" + secret, "LOCKSTEP_REPO=" + w.dir, "USER=dana",
	}
	w.commit(nil, w.github.Head("main"), func(stage *git.Stage) {
		w.must(fs.WalkDir(os.DirFS(example), ".", func(name string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() {
				return err
			}
			text, err := os.ReadFile(filepath.Join(example, name))
			w.must(err)
			return stage.Add(name, text)
		}))
	})
	return w
}

func (w *world) must(err error) {
	w.Helper()
	if err != nil {
		w.Fatal(err)
	}
}

// serve has GitHub speak of the commits of the repository.
func (w *world) serve(rw http.ResponseWriter, r *http.Request) {
	var theirs, ours []string
	for their, our := range w.known {
		theirs, ours = append(theirs, our, their), append(ours, their, our)
	}
	r.URL.Path = strings.NewReplacer(theirs...).Replace(r.URL.Path)
	answer := httptest.NewRecorder()
	w.github.ServeHTTP(answer, r)
	for name, values := range answer.Header() {
		rw.Header()[name] = values
	}
	rw.WriteHeader(answer.Code)
	if _, err := strings.NewReplacer(ours...).WriteString(rw, answer.Body.String()); err != nil {
		w.Error(err)
	}
}

// commit adds a commit to main, which GitHub knows by a name.
func (w *world) commit(signer git.Signer, known string, change func(*git.Stage)) git.Hash {
	w.Helper()
	branches, err := w.repo.Branches(w.Context())
	w.must(err)
	at, _ := git.ParseHash(branches["main"])
	stage, err := w.repo.Stage(w.Context(), at)
	w.must(err)
	change(stage)
	h, err := stage.Commit(w.Context(), git.Meta{
		Author: git.Person{Name: "Dana", Email: "dana@example.com"}, When: time.Unix(1700000000, 0), Message: "Change", Signer: signer,
	})
	w.must(err)
	w.must(w.repo.Push(w.Context(), "refs/heads/main", h, at))
	if known != "" {
		w.known[known] = h.String()
	}
	return h
}

// trial merges the last commit of main into the one before it.
func (w *world) trial() {
	w.Helper()
	head, err := w.repo.Resolve(w.Context(), "main")
	w.must(err)
	base, err := w.repo.Resolve(w.Context(), "main~1")
	w.must(err)
	c, err := w.repo.Commit(w.Context(), head)
	w.must(err)
	merge, err := w.repo.CommitTree(c.Tree, git.Meta{
		Author: git.Person{Name: "CI", Email: "ci@example.com"}, When: time.Unix(1700000000, 0), Message: "Merge", Parents: []git.Hash{base, head},
	})
	w.must(err)
	w.must(w.repo.Push(w.Context(), "refs/heads/main", merge, head))
	w.known[w.github.Push("main")] = merge.String()
}

// describe changes the description of a group.
func describe(text string) func(*git.Stage) {
	return func(stage *git.Stage) {
		body := fmt.Sprintf("{\"properties\": {\"displayName\": \"Partners\", \"description\": %q, \"type\": \"custom\"}}", text)
		if err := stage.Add("groups/partners/groupInformation.json", []byte(body)); err != nil {
			panic(err) // the path is a good one
		}
	}
}

// run runs the program and returns its exit code and what it printed.
func (w *world) run(env string, args ...string) (int, string) {
	w.Helper()
	var out bytes.Buffer
	sys := cli.System{Args: args, Environ: over(w.environ, strings.Fields(env)), Stdin: strings.NewReader(""), Stdout: &out, Stderr: &out}
	code := cli.Run(w.Context(), sys, newRoot)
	if strings.Contains(out.String(), secret) {
		w.Errorf("the token shows:\n%s", out.String())
	}
	return code, out.String()
}

// expect runs the program, compares its exit code and looks for texts in what
// it printed.
func (w *world) expect(code int, env string, args []string, texts ...string) {
	w.Helper()
	got, out := w.run(env, args...)
	if got != code {
		w.Errorf("exit code: got %d, want %d", got, code)
	}
	for _, text := range texts {
		if !strings.Contains(out, text) {
			w.Errorf("the output lacks %q", text)
		}
	}
	if w.Failed() {
		w.Fatalf("publisher %s printed:\n%s", strings.Join(args, " "), out)
	}
}

// over returns an environment in which some variables have other values.
func over(environ, more []string) []string {
	var out []string
	for _, v := range environ {
		name, _, _ := strings.Cut(v, "=")
		if !slices.ContainsFunc(more, func(m string) bool { return strings.HasPrefix(m, name+"=") }) {
			out = append(out, v)
		}
	}
	return append(out, more...)
}
