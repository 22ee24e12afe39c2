package loop

import (
	"maps"
	"net/http"
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/lockstep-apiops/lockstep/extractor"
	"github.com/lockstep-apiops/lockstep/gateway"
	"github.com/lockstep-apiops/lockstep/gateway/apim/apimtest"
	"github.com/lockstep-apiops/lockstep/internal/git"
	"github.com/lockstep-apiops/lockstep/internal/propose"
	sandbox "github.com/lockstep-apiops/lockstep/internal/sandbox/apim"
)

// A gate stands in front of a sandbox, notes what is read, and refuses one
// request for good.
type gate struct {
	http.Handler
	mu     sync.Mutex
	refuse string          // what to refuse, as shape gives it
	status int             // what to answer then
	seen   map[string]bool // by shape
}

func (g *gate) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	at := shape(r)
	g.mu.Lock()
	refused := r.Method == http.MethodGet && g.refuse == at
	g.seen[at] = true
	g.mu.Unlock()
	if refused {
		w.Header().Set("Content-Type", "application/json")
		http.Error(w, `{"error":{"code":"Refused","message":"by the test"}}`, g.status)
		return
	}
	g.Handler.ServeHTTP(w, r)
}

// shape returns the path of a request below the service with names left out,
// so that requests of one sort are the same.
func shape(r *http.Request) string {
	if strings.HasPrefix(r.URL.Path, "/_blob/") {
		return "/_blob/*"
	}
	_, below, _ := strings.Cut(r.URL.Path, "/service/service/")
	segments := strings.Split(below, "/")
	for i := 1; i < len(segments); i += 2 {
		segments[i] = "*"
	}
	at := "/" + strings.Join(segments, "/")
	if format := r.URL.Query().Get("format"); r.URL.Query().Get("export") != "" {
		at += "?export=" + format
	}
	return at
}

// counted are the collections that are only counted, and the definition of a SOAP
// API: that they cannot be read is noted and hurts nothing.
var counted = regexp.MustCompile(`^/(users|issues|templates|contentTypes|portalRevisions|clientApplications)$|export=wsdl`)

// TestUnreadableChangesNothing makes sorts of reads fail, one at a time.
// What the rest of the gateway says is then no reason to remove or to propose
// anything.
func TestUnreadableChangesNothing(t *testing.T) {
	t.Parallel()
	g := &gate{Handler: newSandbox(t, sandbox.Options{Bare: true}), seen: map[string]bool{}}
	svc := apimtest.Behind(t, g, "service")
	publish(t, svc, everything(t, svc.Describe().Kinds, 0, func(*gateway.Kind) bool { return true }), false)
	g.seen = map[string]bool{}
	files, _ := extract(t, svc, nil)
	shapes := slices.Sorted(maps.Keys(g.seen))
	if len(shapes) < 80 {
		t.Fatalf("an extract reads %d sorts of things, want 80 and more: the test has lost its subject", len(shapes))
	}
	files["tags/gone/tagInformation.json"] = `{"properties": {"displayName": "Gone"}}` // to be removed by an extract that succeeds
	files["apis/web/operations/get-1/policy.xml"] = "<policies />"
	repo, path := commit(t, files)
	before, base := refs(t, path), files.fs()

	step := 8 // make properties tries each
	if _, ok := os.LookupEnv("LOCKSTEP_SEEDS"); ok {
		step = 1
	}
	for i, at := range shapes {
		if i%step != 0 {
			continue
		}
		g.refuse, g.status = at, []int{http.StatusForbidden, http.StatusServiceUnavailable}[i%2]
		o := extractor.Options{Gateway: svc, Base: base, Sink: keeper{t, at}, Workers: 8}
		result, err := extractor.Run(t.Context(), o)
		if counted.MatchString(at) {
			if err != nil {
				t.Errorf("%d for %s: %v, want a note", g.status, at, err)
			}
			continue
		}
		if err == nil || result.Complete {
			t.Errorf("%d for %s: extract succeeds", g.status, at)
		}
		if i%6 == 0 {
			err := proposed(t, repo, svc)
			if err == nil || refs(t, path) != before {
				t.Errorf("%d for %s: propose ends with %v and the repository has\n%s", g.status, at, err, refs(t, path))
			}
		}
	}
	g.refuse = ""
	if err := proposed(t, repo, svc); err != nil || refs(t, path) == before {
		t.Errorf("propose of what can be read ends with %v and the repository has\n%s", err, refs(t, path))
	}
}

func proposed(t *testing.T, repo *git.Repo, g gateway.Gateway) error {
	t.Helper()
	_, err := propose.Run(t.Context(), propose.Options{
		Repo: repo, Base: "main", Branch: "drift", Author: git.Person{Name: "t", Email: "t@example.com"},
		Extract: extractor.Options{Gateway: g, Workers: 8},
	})
	return err
}

// A keeper is a sink from which nothing may be removed.
type keeper struct {
	t  *testing.T
	at string
}

func (keeper) Put(string, []byte) error { return nil }

func (k keeper) Remove(path string) error {
	if counted.MatchString(k.at) {
		return nil
	}
	k.t.Errorf("without %s: %s is removed", k.at, path)
	return nil
}

// commit makes a repository with a tree in its first commit, on main.
func commit(t testing.TB, files tree) (*git.Repo, string) {
	t.Helper()
	dir := t.TempDir()
	run(t, dir, "init", "--quiet", "--initial-branch=main")
	commitAgain(t, dir, files)
	repo, err := git.Open(t.Context(), dir, git.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := repo.Close(); err != nil {
			t.Error(err)
		}
	})
	return repo, dir
}

// commitAgain writes files and commits all.
func commitAgain(t testing.TB, dir string, files tree) {
	t.Helper()
	sink, err := extractor.NewFolderSink(dir)
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range files {
		if err := sink.Put(name, []byte(text)); err != nil {
			t.Fatal(err)
		}
	}
	if err := sink.Close(); err != nil {
		t.Fatal(err)
	}
	run(t, dir, "add", "--all")
	run(t, dir, "commit", "--quiet", "--message", "a tree")
}

func refs(t testing.TB, dir string) string { return run(t, dir, "for-each-ref") }

func run(t testing.TB, dir string, args ...string) string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "git", append([]string{"-C", dir, "-c", "user.name=t", "-c", "user.email=t@example.com"}, args...)...)
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("git %v: %v\n%s", args, err, out)
	}
	return string(out)
}
