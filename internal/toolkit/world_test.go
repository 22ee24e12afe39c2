//go:build toolkit

package toolkit

import (
	"archive/zip"
	"bytes"
	"fmt"
	"io/fs"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/lockstep-apiops/lockstep/internal/sandbox/apim"
)

// archives builds the programs and returns what a release has of them for this
// kind of machine, by name.
var archives = sync.OnceValues(func() (map[string][]byte, error) {
	dir, err := os.MkdirTemp("", "toolkit")
	if err != nil {
		return nil, err
	}
	defer func() { _ = os.RemoveAll(dir) }() // the system's to clean up otherwise
	all := map[string][]byte{}
	for _, name := range []string{"extractor", "publisher"} {
		build := exec.Command("go", "build", "-o", dir+"/", "../../cmd/"+name)
		build.Env = append(os.Environ(), "CGO_ENABLED=0")
		if out, err := build.CombinedOutput(); err != nil {
			return nil, fmt.Errorf("build %s: %w\n%s", name, err, out)
		}
		program, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			return nil, err
		}
		var b bytes.Buffer
		z := zip.NewWriter(&b)
		w, err := z.Create(name)
		if err != nil {
			return nil, err
		}
		if _, err := w.Write(program); err != nil {
			return nil, err
		}
		if err := z.Close(); err != nil {
			return nil, err
		}
		all[name+"-linux-x64.zip"] = b.Bytes()
	}
	return all, nil
})

// official is where the toolkit's own steps download from.
const official = "https://github.com/Azure/apiops/releases/download"

// A world is a repository with a tree and the toolkit's files, and a sandbox
// with two services.
type world struct {
	t        *testing.T
	dir      string
	bare     string // the repository
	work     string // a person's clone
	endpoint string // of the sandbox
	mirror   string // where the archives are
	jobs     int

	mu     sync.Mutex
	writes []string // "METHOD service path", in order
	pulls  []string // what pull requests change, one line each
}

// newWorld makes a world whose repository has a tree of a layout.
func newWorld(t *testing.T, layout string) *world {
	t.Helper()
	for _, tool := range []string{"bash", "curl", "git", "rsync", "unzip"} {
		if _, err := exec.LookPath(tool); err != nil {
			t.Skipf("%s is missing: the toolkit's pipelines are not run; install it and try again", tool)
		}
	}
	zips, err := archives()
	if err != nil {
		t.Fatal(err)
	}
	w := &world{t: t, dir: t.TempDir()}
	emulator, err := apim.New(apim.Options{Bare: true})
	w.must(err)
	gateway := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		w.note(r)
		emulator.ServeHTTP(rw, r)
	}))
	releases := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		archive, ok := zips[path.Base(r.URL.Path)]
		if !ok {
			http.NotFound(rw, r)
			return
		}
		_, _ = rw.Write(archive) // curl tells
	}))
	t.Cleanup(func() {
		gateway.Close()
		releases.Close()
		w.must(emulator.Close())
	})
	w.endpoint, w.mirror = gateway.URL, releases.URL
	w.bare, w.work = w.dir+"/apis.git", w.dir+"/work"
	w.run(w.dir, nil, "git", "init", "--quiet", "--bare", "--initial-branch=main", w.bare)
	w.run(w.dir, nil, "git", "clone", "--quiet", w.bare, w.work)
	w.must(os.CopyFS(w.work+"/apimartifacts", os.DirFS("../loop/testdata/layouts/"+layout)))
	w.toolkit("testdata/github", ".github/workflows")
	w.toolkit("testdata/azure", "tools/pipelines")
	return w
}

func (w *world) must(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

// toolkit copies the toolkit's files into the repository, with the one change
// that takes Lockstep in its place.
func (w *world) toolkit(from, to string) {
	w.t.Helper()
	names, err := fs.Glob(os.DirFS(from), "*.yaml")
	w.must(err)
	for _, name := range names {
		text, err := os.ReadFile(filepath.Join(from, name))
		w.must(err)
		w.write(to+"/"+name, strings.ReplaceAll(string(text), official, w.mirror))
	}
}

func (w *world) write(name, text string) {
	w.t.Helper()
	name = filepath.Join(w.work, name)
	w.must(os.MkdirAll(filepath.Dir(name), 0o755))
	w.must(os.WriteFile(name, []byte(text), 0o600))
}

// edit replaces a text in a file of the repository.
func (w *world) edit(name, old, replacement string) {
	w.t.Helper()
	text, err := os.ReadFile(filepath.Join(w.work, name))
	w.must(err)
	if !strings.Contains(string(text), old) {
		w.t.Fatalf("%s lacks %q", name, old)
	}
	w.write(name, strings.ReplaceAll(string(text), old, replacement))
}

// commit pushes the work of a person to main.
func (w *world) commit(message string) {
	w.t.Helper()
	w.run(w.work, nil, "git", "add", "--all")
	w.run(w.work, nil, "git", "commit", "--quiet", "--message", message)
	w.run(w.work, nil, "git", "push", "--quiet", "origin", "HEAD:main")
}

func (w *world) head() string {
	return strings.TrimSpace(w.run(w.dir, nil, "git", "-C", w.bare, "rev-parse", "main"))
}

// environment is what each command has besides: the machine's, and where the
// sandbox is.
func (w *world) environment(more map[string]string) []string {
	all := map[string]string{
		"PATH": w.dir + "/bin:" + os.Getenv("PATH"), "HOME": w.dir, "LC_ALL": "C", "GIT_CONFIG_NOSYSTEM": "1", "GIT_CONFIG_GLOBAL": os.DevNull,
		"GIT_AUTHOR_NAME": "Dana", "GIT_AUTHOR_EMAIL": "dana@example.com", "GIT_COMMITTER_NAME": "Dana", "GIT_COMMITTER_EMAIL": "dana@example.com",
		"AZURE_RESOURCE_MANAGER_ENDPOINT": w.endpoint, "CI": "true",
	}
	maps.Copy(all, more)
	var env []string
	for _, name := range slices.Sorted(maps.Keys(all)) {
		env = append(env, name+"="+all[name])
	}
	return env
}

// run runs a command that must succeed, and returns what it printed.
func (w *world) run(dir string, env map[string]string, name string, args ...string) string {
	w.t.Helper()
	out, problem := w.try(dir, env, name, args...)
	if problem != "" {
		w.t.Fatalf("%s %s: %s\n%s", name, strings.Join(args, " "), problem, out)
	}
	return out
}

// try runs a command and returns what it printed to standard output, and what
// is wrong with how it ended.
func (w *world) try(dir string, env map[string]string, name string, args ...string) (out, problem string) {
	w.t.Helper()
	cmd := exec.CommandContext(w.t.Context(), name, args...)
	cmd.Dir, cmd.Env = dir, w.environment(env)
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Run(); err != nil {
		return stdout.String() + stderr.String(), err.Error()
	}
	if env["FAIL_ON_STDERR"] != "" && stderr.Len() > 0 {
		return stdout.String(), "it wrote to standard error: " + stderr.String()
	}
	return stdout.String(), ""
}

// note remembers what is written to the sandbox.
func (w *world) note(r *http.Request) {
	if r.Method == http.MethodGet || r.Method == http.MethodHead {
		return
	}
	_, below, _ := strings.Cut(r.URL.Path, "/service/")
	w.mu.Lock()
	defer w.mu.Unlock()
	w.writes = append(w.writes, r.Method+" "+below)
}

// written returns what was written to the sandbox since the last time.
func (w *world) written() []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	all := w.writes
	w.writes = nil
	slices.Sort(all)
	return all
}

// put writes to a service as people do in the portal.
func (w *world) put(service, resource, body string) {
	w.t.Helper()
	url := fmt.Sprintf("%s/subscriptions/%s/resourceGroups/apis/providers/Microsoft.ApiManagement/service/%s/%s?api-version=2024-05-01",
		w.endpoint, subscription, service, resource)
	req, err := http.NewRequestWithContext(w.t.Context(), http.MethodPut, url, strings.NewReader(body))
	w.must(err)
	res, err := http.DefaultClient.Do(req)
	w.must(err)
	w.must(res.Body.Close())
	if res.StatusCode >= http.StatusBadRequest {
		w.t.Fatalf("put %s: %s", resource, res.Status)
	}
}

const subscription = "11111111-2222-4333-8444-555555555555"
