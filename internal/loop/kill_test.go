package loop

import (
	"bytes"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/lockstep-apiops/lockstep/gateway"
	"github.com/lockstep-apiops/lockstep/gateway/apim/apimtest"
	sandbox "github.com/lockstep-apiops/lockstep/internal/sandbox/apim"
)

// TestKilledPublishIsMadeGood kills the publisher right after its n-th write
// took effect, for every n, and runs it again: that run must end well and
// leave the service as the tree says.
func TestKilledPublishIsMadeGood(t *testing.T) {
	t.Parallel()
	server := newSandbox(t, sandbox.Options{Bare: true})
	k := &killer{next: server, jobs: map[string]*job{}}
	web := httptest.NewServer(k)
	t.Cleanup(web.Close)
	program, files := buildPublisher(t), t.TempDir()
	before, after := twoStates(t, apimtest.Direct(t, server, "kinds").Describe().Kinds)

	model := apimtest.Direct(t, server, "model")
	publish(t, model, after, false)
	want, _ := extract(t, model, nil)
	if err := os.CopyFS(files, want.fs()); err != nil {
		t.Fatal(err)
	}
	attempt := func(t *testing.T, service string, n int) (killed bool) {
		t.Helper()
		cmd := exec.CommandContext(t.Context(), program, "--service-name", service, "--input", files, "--delete", "--max-deletes", "0", "--workers", "4", "--with", "subscription")
		cmd.Env = append(os.Environ(), "AZURE_SUBSCRIPTION_ID="+subscription, "AZURE_RESOURCE_GROUP_NAME=test",
			"AZURE_RESOURCE_MANAGER_ENDPOINT="+web.URL, "AZURE_BEARER_TOKEN=none", "GOGC=off", "GOMAXPROCS=1") // many short runs share the machine
		var out bytes.Buffer
		cmd.Stdout, cmd.Stderr = &out, &out
		j := k.start(service, cmd, n)
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		close(j.started)
		err := cmd.Wait()
		if j.killed && err != nil {
			return true
		}
		if err != nil {
			t.Errorf("publisher ends with %v:\n%s", err, out.String())
		}
		return false
	}

	fresh := func(t *testing.T, name string) *apimtest.Service {
		t.Helper()
		svc := apimtest.Direct(t, server, name)
		publish(t, svc, before, false)
		return svc
	}
	fresh(t, "whole")
	attempt(t, "whole", -1)
	writes := k.jobs["whole"].writes
	if writes < 60 {
		t.Fatalf("a whole run makes %d writes, want 60 and more: the test has lost its subject", writes)
	}
	t.Logf("%d writes", writes)
	step := 12 // every write is the promise, and a process each: make properties keeps it
	if _, ok := os.LookupEnv("LOCKSTEP_SEEDS"); ok {
		step = 1
	}
	for n := 1; n <= writes; n += step {
		t.Run(fmt.Sprint("after write ", n), func(t *testing.T) {
			t.Parallel()
			name := fmt.Sprint("killed-", n)
			svc := fresh(t, name)
			if !attempt(t, name, n) && n < writes-2 { // runs may differ by a write or two
				t.Errorf("the publisher was not killed")
			}
			if (n-1)/step%4 == 0 {
				attempt(t, name, -1)
			} else { // the same without a process, which is cheaper
				publish(t, svc, plain(t, svc, want), true)
			}
			wantInSync(t, svc, plain(t, svc, want), "after a second run")
		})
	}
}

const subscription = "00000000-0000-0000-0000-000000000000"

// twoStates returns a service, and what a tree makes of it: changes of all
// kinds, creates and deletes.
func twoStates(t *testing.T, kinds *gateway.Kinds) (before, after list) {
	t.Helper()
	service := func(k *gateway.Kind) bool { return !strings.HasPrefix(k.Name, "workspace") }
	samples := apimtest.NewSamples(t, kinds)
	add := func(to *list, name string) {
		for _, key := range []gateway.Key{
			gateway.NewKey("tag", name), gateway.NewKey("product", name), gateway.NewKey("product api", name, "web"), gateway.NewKey("tag api", name, "web"),
			gateway.NewKey("product policy", name, "policy"), gateway.NewKey("named value", name), gateway.NewKey("policy fragment", name),
		} {
			*to = append(*to, samples.Resource(key, 0))
		}
	}
	before, after = everything(t, kinds, 0, service), everything(t, kinds, 1, service)
	add(&before, "old")
	add(&after, "new")
	add(&after, "newer")
	return before, after
}

// A killer stands in front of a sandbox and ends a publisher after so many of
// its writes. Operations that take time are over at once: waiting for them is
// no part of the test.
type killer struct {
	next http.Handler
	mu   sync.Mutex
	jobs map[string]*job // by service
}

// A job is a run of the publisher.
type job struct {
	cmd     *exec.Cmd
	after   int           // writes, until it is killed; -1 is never
	started chan struct{} // closed when cmd runs
	writes  int
	killed  bool
}

func (k *killer) start(service string, cmd *exec.Cmd, after int) *job {
	k.mu.Lock()
	defer k.mu.Unlock()
	j := &job{cmd: cmd, after: after, started: make(chan struct{})}
	k.jobs[service] = j
	return j
}

func (k *killer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	answer := httptest.NewRecorder()
	k.next.ServeHTTP(answer, r)
	if r.Method != http.MethodGet && r.Method != http.MethodHead && k.counts(r) {
		panic(http.ErrAbortHandler) // nobody is left to be told
	}
	maps.Copy(w.Header(), answer.Header())
	w.Header().Del("Azure-AsyncOperation")
	w.Header().Del("Location")
	status := answer.Code
	if status == http.StatusAccepted {
		status = http.StatusOK
	}
	w.WriteHeader(status)
	_, _ = w.Write(bytes.ReplaceAll(answer.Body.Bytes(), []byte(`"InProgress"`), []byte(`"Succeeded"`))) // the client may be gone
}

// counts counts a write and reports whether it was the publisher's last.
func (k *killer) counts(r *http.Request) bool {
	_, below, _ := strings.Cut(r.URL.Path, "/service/")
	name, _, _ := strings.Cut(below, "/")
	k.mu.Lock()
	defer k.mu.Unlock()
	j := k.jobs[name]
	if j.writes++; j.writes != j.after {
		return j.killed
	}
	<-j.started
	j.killed = true
	_ = j.cmd.Process.Kill() // an error means that it has ended by itself, which the test sees
	return true
}

// buildPublisher builds the program.
func buildPublisher(t *testing.T) string {
	t.Helper()
	program := filepath.Join(t.TempDir(), "publisher")
	out, err := exec.CommandContext(t.Context(), "go", "build", "-ldflags=-s -w", "-o", program, "../../cmd/publisher").CombinedOutput()
	if err != nil {
		t.Fatalf("build publisher: %v\n%s", err, out)
	}
	return program
}
