//go:build pipelines

package pipelines

import (
	"archive/zip"
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/lockstep-apiops/lockstep/internal/sandbox/apim"
)

// A world is what a CI system works on: gateways, a repository with the files of one forge, and the programs as a
// release that can be downloaded.
type world struct {
	t        *testing.T
	dir      string
	bare     string            // the repository, acme/apis
	work     string            // a clone of it, to commit with
	env      map[string]string // of every script
	lent     map[string]string // variables of every environment, besides those for Azure
	secrets  map[string]any    // of every environment
	requests http.Handler
	hub      *hub // the forge that the repository is on, if it is on one
	count    int  // of jobs that ran
}

// programs is where TestMain has put the release.
var programs string

// TestMain builds the programs and packs them as a release does.
func TestMain(m *testing.M) {
	dir, err := os.MkdirTemp("", "pipelines")
	if err == nil {
		programs = dir
		err = pack(dir)
	}
	code := 1
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
	} else {
		code = m.Run()
	}
	if err := os.RemoveAll(dir); err != nil {
		fmt.Fprintln(os.Stderr, err)
	}
	os.Exit(code)
}

// pack writes the archives of release v0.1.0 for this machine, and their checksums.
func pack(dir string) error {
	build := exec.Command("go", "build", "-o", dir+"/bin/", "../../cmd/extractor", "../../cmd/publisher")
	if out, err := build.CombinedOutput(); err != nil {
		return fmt.Errorf("build programs: %w\n%s", err, out)
	}
	var sums strings.Builder
	for _, name := range []string{"extractor", "publisher"} {
		content, err := os.ReadFile(filepath.Join(dir, "bin", name))
		if err != nil {
			return err
		}
		var archive bytes.Buffer
		z := zip.NewWriter(&archive)
		f, err := z.CreateHeader(&zip.FileHeader{Name: name})
		if err == nil {
			_, err = f.Write(content)
		}
		if err := errors.Join(err, z.Close(), os.MkdirAll(dir+"/v0.1.0", 0o755)); err != nil {
			return err
		}
		for _, rid := range []string{"linux-x64", "linux-arm64", "osx-x64", "osx-arm64"} {
			file := name + "-" + rid + ".zip"
			fmt.Fprintf(&sums, "%x  %s\n", sha256.Sum256(archive.Bytes()), file)
			if err := os.WriteFile(filepath.Join(dir, "v0.1.0", file), archive.Bytes(), 0o644); err != nil {
				return err
			}
		}
	}
	return os.WriteFile(dir+"/v0.1.0/checksums.txt", []byte(sums.String()), 0o644)
}

// newWorld returns a world whose gateway contoso-dev has the example tree; any other is empty. The repository has the
// files for a forge and nothing else. Faults are those of the sandbox.
func newWorld(t *testing.T, files map[string]string, faults ...string) *world {
	t.Helper()
	t.Parallel() // most of the time goes to processes
	example, err := filepath.Abs("../../examples/apim")
	if err != nil {
		t.Fatal(err)
	}
	emulator, err := apim.New(apim.Options{Bare: true, Seed: []string{"contoso-dev=" + example}, Faults: faults})
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(emulator)
	t.Cleanup(func() {
		server.Close()
		if err := emulator.Close(); err != nil {
			t.Error(err)
		}
	})
	dir := t.TempDir()
	w := &world{t: t, dir: dir, bare: dir + "/git/acme/apis", work: dir + "/work", requests: emulator}
	w.env = map[string]string{
		"PATH": os.Getenv("PATH"), "HOME": dir, "LC_ALL": "C", "CI": "true",
		"AZURE_RESOURCE_MANAGER_ENDPOINT": server.URL, "LOCKSTEP_RELEASES": "file://" + programs,
		"GIT_CONFIG_NOSYSTEM": "1", "GIT_CONFIG_GLOBAL": os.DevNull,
		"GIT_AUTHOR_NAME": "Dana", "GIT_AUTHOR_EMAIL": "dana@example.com", "GIT_COMMITTER_NAME": "Dana", "GIT_COMMITTER_EMAIL": "dana@example.com",
	}
	w.must(dir, "git", "init", "--quiet", "--bare", "--initial-branch", "main", w.bare)
	w.must(w.bare, "git", "config", "uploadpack.allowAnySHA1InWant", "true")
	w.must(dir, "git", "clone", "--quiet", w.bare, w.work)
	w.commit(files)
	return w
}

// commit commits files to main, and pushes them. Files without content are removed.
func (w *world) commit(files map[string]string) {
	w.t.Helper()
	w.must(w.work, "git", "pull", "--quiet", "--ff-only", "origin", "main")
	for name, text := range files {
		if text == "" {
			w.must(w.work, "rm", "-r", name)
			continue
		}
		write(w.t, w.work, map[string]string{name: text})
	}
	w.must(w.work, "git", "add", "--all")
	w.must(w.work, "git", "commit", "--quiet", "--allow-empty", "--message", "A change")
	w.must(w.work, "git", "push", "--quiet", "origin", "HEAD:main")
}

// example commits the example tree.
func (w *world) example() {
	w.t.Helper()
	if err := os.CopyFS(w.work+"/apimartifacts", os.DirFS("../../examples/apim")); err != nil {
		w.t.Fatal(err)
	}
	w.commit(nil)
}

// merge merges what was extracted from contoso-dev into main.
func (w *world) merge() {
	w.t.Helper()
	w.must(w.work, "git", "fetch", "--quiet", "origin")
	w.must(w.work, "git", "merge", "--quiet", "origin/lockstep/contoso-dev")
	w.must(w.work, "git", "push", "--quiet", "origin", "HEAD:main")
}

// head returns the commit of a branch, or nothing.
func (w *world) head(branch string) string {
	w.t.Helper()
	r := w.script(w.bare, "git rev-parse --verify --quiet refs/heads/"+branch, nil, "sh")
	return strings.TrimSpace(r.stdout)
}

// must runs a command that must not fail.
func (w *world) must(dir string, command ...string) string {
	w.t.Helper()
	cmd := exec.CommandContext(w.t.Context(), command[0], command[1:]...)
	cmd.Dir, cmd.Env = dir, environ(w.env)
	out, err := cmd.CombinedOutput()
	// The first pull of a repository without commits has nothing to bring.
	if err != nil && !strings.Contains(string(out), "couldn't find remote ref main") {
		w.t.Fatalf("%s: %v\n%s", strings.Join(command, " "), err, out)
	}
	return string(out)
}

// A ran is what became of a script.
type ran struct {
	job, step      string
	stdout, stderr string
	code           int
}

// script runs a script with a shell, which is given the file that holds it.
func (w *world) script(dir, text string, env map[string]string, shell ...string) ran {
	w.t.Helper()
	file := filepath.Join(w.t.TempDir(), "script.sh")
	if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
		w.t.Fatal(err)
	}
	return w.run(dir, env, append(shell, file)...)
}

// run runs a command.
func (w *world) run(dir string, env map[string]string, command ...string) ran {
	w.t.Helper()
	var stdout, stderr bytes.Buffer
	all := maps.Clone(w.env)
	maps.Copy(all, env)
	path := all["PATH"]
	program := command[0]
	for _, folder := range filepath.SplitList(path) { // of the script's path, not the test's
		if info, err := os.Stat(filepath.Join(folder, command[0])); err == nil && !info.IsDir() && !strings.Contains(command[0], "/") {
			program = filepath.Join(folder, command[0])
			break
		}
	}
	cmd := exec.CommandContext(w.t.Context(), program, command[1:]...)
	cmd.Dir, cmd.Env, cmd.Stdout, cmd.Stderr = dir, environ(all), &stdout, &stderr
	err := cmd.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		w.t.Fatalf("%s: %v", strings.Join(command, " "), err)
	}
	return ran{stdout: stdout.String(), stderr: stderr.String(), code: cmd.ProcessState.ExitCode()}
}

// environ returns variables as a process takes them.
func environ(env map[string]string) []string {
	var list []string
	for _, name := range slices.Sorted(maps.Keys(env)) {
		list = append(list, name+"="+env[name])
	}
	return list
}

// gateway returns what a gateway says of a path below its service.
func (w *world) gateway(environment, path string) string {
	w.t.Helper()
	address := w.service(environment) + path + "?api-version=2024-05-01"
	rec := httptest.NewRecorder()
	w.requests.ServeHTTP(rec, httptest.NewRequest("GET", address, nil))
	return rec.Body.String()
}

// service returns the address of an environment's gateway.
func (w *world) service(environment string) string {
	return "/subscriptions/" + subscription + "/resourceGroups/apis/providers/Microsoft.ApiManagement/service/contoso-" + environment
}

const subscription = "00000000-0000-0000-0000-000000000001"

// variables are what an environment says of its gateway.
func (w *world) variables(environment string) map[string]string {
	all := map[string]string{
		"AZURE_CLIENT_ID": "22222222-2222-2222-2222-222222222222", "AZURE_TENANT_ID": "11111111-1111-1111-1111-111111111111",
		"AZURE_SUBSCRIPTION_ID": subscription, "AZURE_RESOURCE_GROUP_NAME": "apis", "API_MANAGEMENT_SERVICE_NAME": "contoso-" + environment,
	}
	maps.Copy(all, w.lent)
	return all
}

// An outcome is what became of a whole run.
type outcome struct {
	jobs      map[string]string // success, failure or skipped
	order     []string          // jobs that ran, in order
	ran       []ran
	summary   strings.Builder
	artefacts map[string]map[string]string // files by name, by artefact
}

func newOutcome() *outcome {
	return &outcome{jobs: map[string]string{}, artefacts: map[string]map[string]string{}}
}

// result is that of the whole run.
func (o *outcome) result() string {
	if slices.Contains(slices.Collect(maps.Values(o.jobs)), "failure") {
		return "failure"
	}
	return "success"
}

// log returns all that was printed.
func (o *outcome) log() string {
	var b strings.Builder
	for _, r := range o.ran {
		fmt.Fprintf(&b, "--- %s / %s: exit code %d\n%s%s", r.job, r.step, r.code, r.stdout, r.stderr)
	}
	return b.String()
}

// keep copies the files that exist into an artefact.
func (o *outcome) keep(name, dir string, files []string) {
	for _, file := range files {
		info, err := os.Stat(filepath.Join(dir, file))
		if err != nil {
			continue
		}
		names := []string{file}
		if info.IsDir() {
			names = nil
			entries, err := os.ReadDir(filepath.Join(dir, file))
			if err != nil {
				continue
			}
			for _, e := range entries {
				names = append(names, filepath.Join(file, e.Name()))
			}
		}
		for _, n := range names {
			content, err := os.ReadFile(filepath.Join(dir, n))
			if err != nil {
				continue
			}
			if o.artefacts[name] == nil {
				o.artefacts[name] = map[string]string{}
			}
			o.artefacts[name][filepath.Base(n)] = string(content)
		}
	}
}
