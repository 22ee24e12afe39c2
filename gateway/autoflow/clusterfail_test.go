package autoflow

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/lockstep-apiops/lockstep/gateway"
	"github.com/lockstep-apiops/lockstep/gateway/autoflow/kube"
	"github.com/lockstep-apiops/lockstep/gateway/autoflow/kubetest"
)

// clusterErrors has what can be wrong with a target; none of it looks like an
// empty configuration.
func clusterErrors(p *place) {
	p.put("{}")
	p.create("empty", kubetest.Object{"config.json": ""})
	p.create("other", kubetest.Object{"b.json": "{}", "a.json": "{}"})
	ns := p.namespace
	for _, tt := range []struct {
		name, user, target string
		create             bool
		want               string // "": it can be read
	}{
		{"read", "job", "configmap:" + ns + "/autoflow", false, ""},
		{"unknown user", "nobody", "configmap:" + ns + "/autoflow", false, "the cluster does not know who this is (401)"},
		{"no rights", "stranger", "configmap:" + ns + "/autoflow", false, `grant the verb "get" on "configmaps" of the API group "" in the namespace "` + ns + `"`},
		{"no rights to a secret", "job", "secret:" + ns + "/autoflow", true, `grant the verb "get" on "secrets"`},
		{"no map", "admin", "configmap:" + ns + "/nothing", false, "the namespace " + ns + " has no configmap nothing"},
		{"no namespace", "admin", "configmap:nowhere/autoflow", false, "there is no namespace nowhere"},
		{"no namespace for a new one", "admin", "configmap:nowhere/autoflow", true, "there is no namespace nowhere"},
		{"empty", "admin", "configmap:" + ns + "/empty", false, "config.json of configmap " + ns + "/empty is empty"},
		{"empty for a new one", "admin", "configmap:" + ns + "/empty", true, ""},
		{"something else", "admin", "configmap:" + ns + "/other", false, "has no config.json among its data, but a.json, b.json"},
	} {
		p.Run(tt.name, func(t *testing.T) {
			g := p.open(tt.user, Options{Target: tt.target, Create: tt.create})
			_, err := g.current(t.Context())
			if tt.want == "" && err != nil || tt.want != "" && (err == nil || !strings.Contains(err.Error(), tt.want)) {
				t.Errorf("read: got %v, want %q", err, tt.want)
			}
			if errors.Is(err, gateway.ErrNotFound) {
				t.Errorf("read: %v is taken for a resource that is not there", err)
			}
		})
	}
	g := p.open("stranger", Options{})
	if _, err := g.Begin(p.Context()); err == nil || !strings.Contains(err.Error(), `grant the verb "get" on "leases" of the API group "coordination.k8s.io"`) {
		p.Errorf("begin: got %v, want what to grant", err)
	}
}

// clusterRefused has targets that cannot take what is written.
func clusterRefused(p *place) {
	p.put("{}")
	g := p.open("job", Options{Backups: 1})
	big := newAPI()
	big.Spec["big"] = strings.Repeat("x", maxHeld)
	if err := g.Put(p.Context(), big, nil); !errors.Is(err, gateway.ErrInvalid) || !strings.Contains(err.Error(), "takes no more than 1048576") {
		p.Errorf("put of too much: got %v", err)
	}
	fits := newAPI()
	fits.Spec["big"] = ""
	p.must(g.Put(p.Context(), fits, nil))
	held := p.get("autoflow").Data
	fits.Spec["big"] = strings.Repeat("x", maxHeld-len(held[configName])-len(held["license.json"]))
	p.must(g.Put(p.Context(), fits, nil)) // to the last byte

	p.edit(fmt.Sprintf(before, 1111))
	// It becomes immutable at the last moment: the cluster's own words have all that was sent.
	p.on(http.MethodPatch, "/autoflow", func() { p.patch("autoflow", kubetest.Object{"immutable": true}) })
	err := g.Put(p.Context(), newAPI(), nil)
	if !errors.Is(err, gateway.ErrInvalid) && !errors.Is(err, gateway.ErrStale) || strings.Contains(err.Error(), "hunter") {
		p.Errorf("put to what became immutable: got %v", err)
	}
	p.meddle = func(r *http.Request) bool {
		if r.Method == http.MethodPatch {
			p.Error("an immutable target was written")
		}
		return false
	}
	if err := g.Put(p.Context(), newAPI(), nil); !errors.Is(err, gateway.ErrInvalid) || !strings.Contains(err.Error(), "is immutable") {
		p.Errorf("put to what is immutable: got %v", err)
	}
}

// clusterLocked keeps others away, as long as somebody is there.
func clusterLocked(p *place) {
	g := p.put("{}").open("job", Options{LockWait: 20 * time.Second})
	first, err := g.Begin(p.Context())
	p.must(err)
	impatient := p.open("job", Options{})
	if _, err := impatient.Begin(p.Context()); err == nil || !strings.Contains(err.Error(), "is being published already, by process ") || !strings.Contains(err.Error(), "autoflow-lockstep") {
		p.Errorf("second begin: got %v, want who is in the way", err)
	}
	ctx, cancel := context.WithCancel(p.Context())
	cancel()
	if _, err := impatient.Begin(ctx); !errors.Is(err, context.Canceled) {
		p.Errorf("begin when told to end: got %v, want %v", err, context.Canceled)
	}
	p.must(first.Rollback())

	// Who renews keeps the lease, who does not loses it.
	quick := leaseTimes{lasts: time.Second, renew: 20 * time.Millisecond, poll: 5 * time.Millisecond, dead: time.Hour}
	g.target.(*cluster).lease = quick
	kept, err := g.Begin(p.Context())
	p.must(err)
	version := p.lease().Metadata.ResourceVersion
	for p.lease().Metadata.ResourceVersion == version {
		select {
		case <-p.Context().Done():
			p.Fatal("the lease is not renewed")
		case <-time.After(quick.poll):
		}
	}
	lock := kept.(*transaction).lock.(*leaseLock)
	lock.stop() // as if the process had been killed
	<-lock.done
	p.must(kept.Put(p.Context(), newAPI(), nil))
	taken, err := g.Begin(p.Context())
	if err != nil {
		p.Fatalf("begin after the lease has ended: %v", err)
	}
	if err := kept.Commit(p.Context()); err == nil || !strings.Contains(err.Error(), "is lost") {
		p.Errorf("commit without the lock: got %v", err)
	}
	if got := p.lease().Spec.HolderIdentity; got != taken.(*transaction).lock.(*leaseLock).id {
		p.Errorf("who lost the lock gave it back: it is held by %q", got)
	}
	p.must(taken.Put(p.Context(), newAPI(), nil))
	p.must(taken.Commit(p.Context()))
	if got := p.lease().Spec.HolderIdentity; got != "" {
		p.Errorf("the lease is not given back: it is held by %q", got)
	}

	// Somebody else's that is old by any clock needs no waiting.
	old := time.Now().Add(-2 * quick.dead).UTC().Format(kube.MicroTime)
	p.must(p.site.Do(http.MethodPatch, p.leasePath(), kubetest.Object{"spec": kubetest.Object{"holderIdentity": "a ghost", "renewTime": old}, "metadata": kubetest.Object{"resourceVersion": p.lease().Metadata.ResourceVersion}}, nil))
	g.o.LockWait = 0
	last, err := g.Begin(p.Context())
	if err != nil {
		p.Fatalf("begin after a ghost: %v", err)
	}
	p.must(last.Rollback())
}

func (p *place) leasePath() string { return kubetest.Path("leases", p.namespace, "autoflow-lockstep") }

func (p *place) lease() (l kube.Lease) {
	p.Helper()
	p.must(p.site.Do(http.MethodGet, p.leasePath(), nil, &l))
	return l
}

// clusterRestart restarts what runs the product.
func clusterRestart(p *place) {
	p.put("{}")
	g := p.open("job", Options{Restart: "deployment/autoflow", ActivateTimeout: 10 * time.Second})
	if err := g.Put(p.Context(), newAPI(), nil); err == nil || !strings.Contains(err.Error(), "get deployment "+p.namespace+"/autoflow: there is none (404)") {
		p.Errorf("put without a deployment: got %v", err)
	}
	labels := kubetest.Object{"app": "autoflow"}
	p.must(p.site.Do(http.MethodPost, kubetest.Path("deployments", p.namespace, ""), kubetest.Object{
		"apiVersion": "apps/v1", "kind": "Deployment", "metadata": kubetest.Object{"name": "autoflow"}, "spec": kubetest.Object{
			"replicas": 1, "selector": kubetest.Object{"matchLabels": labels},
			"template": kubetest.Object{"metadata": kubetest.Object{"labels": labels}, "spec": kubetest.Object{"containers": []any{kubetest.Object{"name": "autoflow", "image": "autoflow"}}}},
		},
	}, nil))
	path := kubetest.Path("deployments", p.namespace, "autoflow")

	// Nobody rolls it out: what was there is back.
	g.o.ActivateTimeout = 200 * time.Millisecond
	err := g.Put(p.Context(), newAPI(), nil)
	if !errors.Is(err, context.DeadlineExceeded) {
		p.Errorf("put that nobody rolls out: got %v", err)
	}
	if got := p.get("autoflow").Data[configName]; got != "{}" {
		p.Errorf("configuration: got %s, want what was there", got)
	}
	g.o.ActivateTimeout = 30 * time.Second
	rolled := kubetest.Object{"replicas": 1, "updatedReplicas": 1, "availableReplicas": 1, "readyReplicas": 1, "conditions": nil}
	p.must(<-p.roll(path, rolled)) // of the restarts above

	// The pods do not come up: that is told before the time is over.
	done := p.roll(path, kubetest.Object{"conditions": []any{kubetest.Object{"type": "Progressing", "status": "False", "reason": "ProgressDeadlineExceeded"}}}, rolled)
	err = g.Put(p.Context(), newAPI(), nil)
	p.must(<-done)
	if err == nil || !strings.Contains(err.Error(), "did not become available") || !strings.Contains(err.Error(), "is back in its place and activated") {
		p.Errorf("put whose pods do not come up: got %v", err)
	}

	done = p.roll(path, rolled)
	p.must(g.Put(p.Context(), newAPI(), nil))
	p.must(<-done)

	p.must(p.site.Do(http.MethodPatch, path, kubetest.Object{"spec": kubetest.Object{"paused": true}}, nil))
	r := newAPI()
	r.Spec["n"] = "1"
	if err := g.Put(p.Context(), r, nil); err == nil || !strings.Contains(err.Error(), "it is paused") {
		p.Errorf("put while it is paused: got %v", err)
	}
}

// roll plays the controller: it tells each of the states once it finds a change
// of a workload that no state was told of.
func (p *place) roll(path string, states ...kubetest.Object) <-chan error {
	done := make(chan error, 1)
	tell := func(state kubetest.Object) error {
		for {
			var now struct {
				Metadata struct{ Generation float64 }
				Status   struct{ ObservedGeneration float64 }
			}
			err := p.site.Do(http.MethodGet, path, nil, &now)
			if err == nil && now.Metadata.Generation != now.Status.ObservedGeneration {
				state["observedGeneration"] = now.Metadata.Generation
				return p.site.Do(http.MethodPatch, path+"/status", kubetest.Object{"status": state}, nil)
			}
			select {
			case <-p.Context().Done():
				err = p.Context().Err()
			case <-time.After(time.Millisecond):
			}
			if err != nil {
				return err
			}
		}
	}
	go func() {
		for _, state := range states {
			if err := tell(state); err != nil {
				done <- err
				return
			}
		}
		done <- nil
	}()
	return done
}

// TestConnect tells of ways into a cluster that lead nowhere.
func TestConnect(t *testing.T) {
	t.Parallel()
	p := fakeWorld(t).place(t, kube.ConfigMap())
	write := func(text string) string {
		path := t.TempDir() + "/config"
		p.must(os.WriteFile(path, []byte(text), 0o600))
		return path
	}
	plain := `{"apiVersion":"v1","kind":"Config","current-context":"c","clusters":[{"name":"c","cluster":{"server":"http://cluster.example"}}],` +
		`"users":[{"name":"c","user":{"token":"hush"}}],"contexts":[{"name":"c","context":{"cluster":"c","user":"c"}}]}`
	for _, tt := range []struct{ name, config, context, want string }{
		{"no file", "nowhere", "", "read kubeconfig: stat nowhere"},
		{"no context", p.config, "prod", `there is no context "prod": it has admin, job, nobody, stranger`},
		{"no kubeconfig", write("a: [b"), "", "read kubeconfig"},
		{"empty", write("{}"), "", "no cluster is configured"},
		{"not encrypted", write(plain), "", "http://cluster.example is not encrypted"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if _, err := kube.Connect(tt.config, tt.context); err == nil || !strings.Contains(err.Error(), tt.want) || strings.Contains(err.Error(), "hush") {
				t.Errorf("connect: got %v, want %q", err, tt.want)
			}
		})
	}
	for _, o := range []Options{
		{Target: "configmap:autoflow"}, {Target: "configmap:a/b/c"}, {Target: "secret:../x"}, {Target: "configmap:apis/autoflow"},
		{Target: "configmap:apis/autoflow", Cluster: p.client("job"), Restart: "pod/x"}, {Target: "config.json", Restart: "deployment/x"},
	} {
		if _, err := New(o); err == nil {
			t.Errorf("a gateway opens for %q, restart %q", o.Target, o.Restart)
		}
	}
}

// TestPlugin gets the credentials of a kubeconfig from a command.
func TestPlugin(t *testing.T) {
	t.Parallel()
	if _, err := exec.LookPath("sh"); err != nil {
		t.Skip("no shell to be the plugin")
	}
	p := fakeWorld(t).place(t, kube.ConfigMap()).put("{}")
	token, err := p.site.Token(p.namespace, "lockstep")
	p.must(err)
	credential := `{"apiVersion":"client.authentication.k8s.io/v1","kind":"ExecCredential","status":{"token":"` + token + `"}}`
	var config kubetest.Object
	p.must(json.Unmarshal([]byte(text(t, p.config)), &config))
	for _, u := range config["users"].([]any) {
		u.(kubetest.Object)["user"] = kubetest.Object{"exec": kubetest.Object{
			"apiVersion": "client.authentication.k8s.io/v1", "command": "sh", "args": []string{"-c", "echo '" + credential + "'"}, "interactiveMode": "Never",
		}}
	}
	written, err := json.Marshal(config)
	p.must(err)
	p.must(os.WriteFile(p.config, written, 0o600))
	if _, err := p.open("job", Options{}).current(t.Context()); err != nil {
		t.Errorf("read with a plugin: %v", err)
	}
}

// TestUnreachable has no cluster at the address.
func TestUnreachable(t *testing.T) {
	t.Parallel()
	w := fakeWorld(t)
	p := w.place(t, kube.ConfigMap()).put("{}")
	g := p.open("job", Options{})
	p.meddle = func(*http.Request) bool { return true }
	if _, err := g.current(t.Context()); err == nil || !strings.Contains(err.Error(), "reach cluster at https://127.0.0.1") {
		t.Errorf("read: got %v, want where the cluster should be", err)
	}
}
