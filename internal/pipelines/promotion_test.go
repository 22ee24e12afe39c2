//go:build pipelines

package pipelines

import (
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/lockstep-apiops/lockstep/internal/sandbox/autoflow"
)

// A landscape is the environments of an example, each with an emulator of API AutoFlow that stands in for the container
// of the product.
type landscape struct {
	*world
	ports map[string]string // by environment
}

// docker stands in for Docker: what the example asks of it restarts the emulator of the environment.
const docker = `#!/bin/sh
set -eu
environment=$(basename "$3" .env)
[ "$*" = "compose --env-file deploy/$environment.env --file deploy/docker-compose.yaml up --detach --force-recreate" ]
exec curl --silent --show-error --fail-with-body --request POST --output /dev/null "$CONTAINERS/$environment"
`

// newLandscape commits an example to a repository on GitHub, and makes a data directory for each environment. What the
// example says of this machine, ports and the folder of the data, is replaced.
func newLandscape(t *testing.T, dir string) *landscape {
	t.Helper()
	newman := os.Getenv("LOCKSTEP_NEWMAN")
	if newman == "" {
		t.Skip("LOCKSTEP_NEWMAN is not set: run make autoflow, which installs newman; NO promotion was tried")
	}
	w := newWorld(t, nil)
	l := &landscape{world: w, ports: map[string]string{}}
	write(t, w.dir, map[string]string{"bin/docker": docker})
	if err := os.Chmod(w.dir+"/bin/docker", 0o755); err != nil {
		t.Fatal(err)
	}
	containers := map[string]http.Handler{}
	replace := []string{"/srv/autoflow", w.dir + "/srv"}
	for _, e := range promoted() {
		for _, old := range []string{"8080", "8081", "8082"} {
			if strings.Contains(example(t, dir, "deploy/"+e+".env"), "\nPORT="+old+"\n") {
				l.ports[e] = freePort(t)
				replace = append(replace, "port: "+old, "port: "+l.ports[e], "\nPORT="+old+"\n", "\nPORT="+l.ports[e]+"\n")
			}
		}
		data := w.dir + "/srv/" + e + "/data"
		write(t, data, map[string]string{"autoflow.conf": example(t, dir, "deploy/autoflow.conf")})
		containers["/"+e] = boots(t, data)
	}
	server := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) { containers[r.URL.Path].ServeHTTP(rw, r) }))
	t.Cleanup(server.Close)
	w.env["PATH"] = strings.Join([]string{w.dir + "/bin", filepath.Dir(newman), w.env["PATH"]}, ":")
	w.env["CONTAINERS"] = server.URL
	w.secrets = map[string]any{"ORDERS_DB_PASSWORD": "s3cret"}
	if err := os.CopyFS(w.work, os.DirFS(dir)); err != nil {
		t.Fatal(err)
	}
	for _, e := range promoted() {
		for _, name := range []string{"deploy/" + e + ".env", "lockstep/environments/" + e + ".yaml"} {
			write(t, w.work, map[string]string{name: strings.NewReplacer(replace...).Replace(example(t, w.work, name))})
		}
	}
	w.commit(nil)
	onGitHub(w)
	return l
}

// freePort returns a port that nobody listens on.
func freePort(t *testing.T) string {
	t.Helper()
	at, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = at.Close() }()
	return fmt.Sprint(at.Addr().(*net.TCPAddr).Port)
}

// boots restarts an emulator whenever it is asked.
func boots(t *testing.T, data string) http.Handler {
	t.Helper()
	emulator, err := autoflow.New(autoflow.Options{Data: data})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := emulator.Close(); err != nil {
			t.Error(err)
		}
	})
	return http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		if err := emulator.Boot(r.Context()); err != nil {
			http.Error(rw, err.Error(), http.StatusInternalServerError)
		}
	})
}

// runs returns the version that answers in an environment, or nothing.
func (l *landscape) runs(environment string) string {
	l.t.Helper()
	r := l.run(l.dir, nil, "curl", "--silent", "--max-time", "5", "http://127.0.0.1:"+l.ports[environment]+"/version")
	_, version, _ := strings.Cut(r.stdout, `"version":"`)
	version, _, _ = strings.Cut(version, `"`)
	return version
}

// run3 returns the versions that answer.
func (l *landscape) run3() string {
	l.t.Helper()
	var all []string
	for _, e := range promoted() {
		all = append(all, l.runs(e))
	}
	return strings.Join(all, " ")
}

// edit replaces a text in files, and commits them.
func (l *landscape) edit(old, text string, names ...string) {
	l.t.Helper()
	files := map[string]string{}
	for _, name := range names {
		was := example(l.t, l.work, name)
		if !strings.Contains(was, old) {
			l.t.Fatalf("%s lacks %q", name, old)
		}
		files[name] = strings.ReplaceAll(was, old, text)
	}
	l.commit(files)
}

const production = "lockstep/environments/production.yaml"

// TestPromotion takes a version from development to production, as a team does that has the example for its repository.
func TestPromotion(t *testing.T) {
	l := newLandscape(t, composed)
	o := l.workflow(workflows+"publish.yml", "push", nil, nil)
	quiet(t, o)
	if want := []string{"development / publish", "staging / publish", "production / publish"}; !slices.Equal(o.order, want) {
		t.Errorf("got jobs %q, want %q", o.order, want)
	}
	if got := l.run3(); got != "1.1.0 1.1.0 1.0.0" {
		t.Fatalf("got versions %s", got)
	}
	holds(t, "staging's configuration", example(t, l.dir, "srv/staging/data/config.json"), `"password":"s3cret"`, "db.staging.example.com")

	l.edit("currentVersion: 1.0.0", "currentVersion: 1.1.0", production)
	l.openGitHub()
	quiet(t, l.workflow(workflows+"plan.yml", "pull_request", l.pull("acme/apis"), nil))
	if got := l.runs("production"); got != "1.0.0" {
		t.Errorf("a plan promoted to %s", got)
	}
	quiet(t, l.workflow(workflows+"publish.yml", "push", nil, nil))
	if got := l.run3(); got != "1.1.0 1.1.0 1.1.0" {
		t.Errorf("got versions %s", got)
	}
	// What is promoted is the same everywhere.
	if got, want := l.serverOf("production"), l.serverOf("staging"); got != want {
		t.Errorf("production has\n%s\nstaging\n%s", got, want)
	}

	// A change that is taken back is a promotion, too.
	l.edit("currentVersion: 1.1.0", "currentVersion: 1.0.0", production)
	quiet(t, l.workflow(workflows+"publish.yml", "push", nil, nil))
	if got := l.run3(); got != "1.1.0 1.1.0 1.0.0" {
		t.Errorf("got versions %s", got)
	}
}

// serverOf returns what an environment has of the server, without its port.
func (l *landscape) serverOf(environment string) string {
	l.t.Helper()
	_, text, _ := strings.Cut(example(l.t, l.dir, "srv/"+environment+"/data/config.json"), `"Server":`)
	text, _, _ = strings.Cut(text, `"Service":`)
	return strings.ReplaceAll(text, `"port":`+l.ports[environment], `"port":0`)
}

// TestPromotionFails has tests fail: in development nothing else is published, in production what was there runs again.
func TestPromotionFails(t *testing.T) {
	l := newLandscape(t, composed)
	quiet(t, l.workflow(workflows+"publish.yml", "push", nil, nil))
	good := example(t, l.dir, "srv/development/data/config.json")

	const version = "artifacts/servers/orders/versions/1.1.0/version.yaml"
	l.edit("                - id\n", "                - ids\n", version)
	o := l.workflow(workflows+"publish.yml", "push", nil, nil)
	if o.jobs["development"] != "failure" || o.jobs["staging"] != "skipped" || o.jobs["production"] != "skipped" {
		t.Errorf("got %v, want development failed and the others skipped\n%s", o.jobs, o.log())
	}
	holds(t, "the log", o.log(), "it is the order that was asked for", "the configuration before is back in its place and activated")
	if got := l.run3(); got != "1.1.0 1.1.0 1.0.0" || example(t, l.dir, "srv/development/data/config.json") != good {
		t.Errorf("got versions %s, and another configuration in development: %t", got, example(t, l.dir, "srv/development/data/config.json") != good)
	}
	holds(t, "the answer", l.run(l.dir, nil, "curl", "--silent", "http://127.0.0.1:"+l.ports["development"]+"/orders/7").stdout, `"id":"7"`)

	// Once it is mended all goes on; a version without tests is not promoted.
	l.edit("                - ids\n", "                - id\n", version)
	quiet(t, l.workflow(workflows+"publish.yml", "push", nil, nil))
	l.edit(`"name": "1.1.0"`, `"name": "1.2.0"`, "tests/orders.postman_collection.json")
	l.edit("currentVersion: 1.0.0", "currentVersion: 1.1.0", production)
	o = l.workflow(workflows+"publish.yml", "push", nil, nil)
	if o.jobs["production"] != "failure" || l.runs("production") != "1.0.0" {
		t.Errorf("got %v, and %s in production\n%s", o.jobs, l.runs("production"), o.log())
	}
	holds(t, "the log", o.log(), "Invalid entrypoint", "the configuration before is back in its place and activated")
}

// TestFrozen has a version that production runs edited.
func TestFrozen(t *testing.T) {
	l := newLandscape(t, composed)
	l.edit("item: cups", "item: mugs", "artifacts/servers/orders/versions/1.1.0/version.yaml")
	if r := l.run(l.work, nil, "sh", "tests/frozen.sh", "HEAD~1"); r.code != 0 {
		t.Errorf("a version that production does not run: exit code %d\n%s%s", r.code, r.stdout, r.stderr)
	}
	l.edit("item: cups", "item: mugs", "artifacts/servers/orders/versions/1.0.0/version.yaml")
	r := l.run(l.work, nil, "sh", "tests/frozen.sh", "HEAD~1")
	if r.code != 1 {
		t.Errorf("got exit code %d, want 1", r.code)
	}
	holds(t, "standard error", r.stderr, "1.0.0 runs in production: make a new version of it")
}

// TestExampleManifests lints the manifests of the example for Kubernetes, and makes a mistake in each.
func TestExampleManifests(t *testing.T) {
	files := map[string]string{}
	for _, name := range []string{"autoflow", "namespaces", "rights"} {
		files["kubernetes/"+name+".yaml"] = example(t, orchestrated, "deploy/"+name+".yaml")
	}
	if found := lintKubernetes(t, files); found != "" {
		t.Error(found)
	}
	for name, change := range map[string][3]string{
		"autoflow": {"drop: [ALL]", "drop: []", "not restricted"}, "namespaces": {"metadata:", "metdata:", "metdata"}, "rights": {"resourceNames", "resourceName", "resourceName"},
	} {
		text := strings.ReplaceAll(files["kubernetes/"+name+".yaml"], change[0], change[1])
		if found := lintKubernetes(t, map[string]string{"kubernetes/" + name + ".yaml": text}); !strings.Contains(found, change[2]) {
			t.Errorf("%s: found %q, want %q in it", name, found, change[2])
		}
	}
}

// TestComposeFile has Docker Compose's own library read the example.
func TestComposeFile(t *testing.T) {
	program := os.Getenv("LOCKSTEP_COMPOSELINT")
	if program == "" {
		t.Skip("LOCKSTEP_COMPOSELINT is not set: run make autoflow, which builds the linter")
	}
	for _, e := range promoted() {
		cmd := exec.CommandContext(t.Context(), program, "-env-file", composed+"/deploy/"+e+".env", composed+"/deploy/docker-compose.yaml")
		if out, err := cmd.CombinedOutput(); err != nil || len(out) > 0 {
			t.Errorf("%s: %v\n%s", e, err, out)
		}
	}
}

func TestComposeFileFindsMistakes(t *testing.T) {
	program := os.Getenv("LOCKSTEP_COMPOSELINT")
	if program == "" {
		t.Skip("LOCKSTEP_COMPOSELINT is not set: run make autoflow, which builds the linter")
	}
	tests := []struct{ name, old, new, want string }{
		{"unknown key", "    restart:", "    restarts:", "restarts"},
		{"wrong type", "restart: unless-stopped", "restart: [unless-stopped]", "restart"},
		{"variable that no file has", "${PORT}:${PORT}", "${PRT}:${PORT}", "PRT"},
		{"port that is none", "${PORT}:${PORT}", "http:${PORT}", "http"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			text := example(t, composed, "deploy/docker-compose.yaml")
			if !strings.Contains(text, tt.old) {
				t.Fatalf("the file lacks %q", tt.old)
			}
			dir := t.TempDir()
			write(t, dir, map[string]string{"c.yaml": strings.ReplaceAll(text, tt.old, tt.new)})
			out, err := exec.CommandContext(t.Context(), program, "-env-file", composed+"/deploy/staging.env", dir+"/c.yaml").CombinedOutput()
			if err == nil || !strings.Contains(string(out), tt.want) {
				t.Errorf("got %v and %q, want a failure with %q", err, out, tt.want)
			}
		})
	}
}
