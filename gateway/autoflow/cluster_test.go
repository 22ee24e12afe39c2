package autoflow

import (
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/lockstep-apiops/lockstep/gateway"
	"github.com/lockstep-apiops/lockstep/gateway/autoflow/kube"
	"github.com/lockstep-apiops/lockstep/gateway/autoflow/kubetest"
	"github.com/lockstep-apiops/lockstep/gateway/gatewaytest"
)

// TestCluster tells of targets in a cluster, on a fake one.
func TestCluster(t *testing.T) {
	t.Parallel()
	clusterSuite(t, fakeWorld(t))
}

// TestRealCluster tells the same of Kubernetes itself.
func TestRealCluster(t *testing.T) {
	clusterSuite(t, &world{site: kubetest.StartReal(t, os.Getenv)})
}

// clusterSuite is what holds on each cluster.
func clusterSuite(t *testing.T, w *world) {
	t.Run("contract", func(t *testing.T) {
		gatewaytest.Run(t, gatewaytest.Harness{
			Open: func(t *testing.T) gateway.Gateway {
				return w.place(t, kube.ConfigMap()).put("{}").open("job", Options{})
			},
			Sample: sample, OddKind: "client", OddNames: []string{"a b", "a/b", "ü"}, Crowd: 3, Needs: needs,
		})
	})
	for _, kind := range []kube.Kind{kube.ConfigMap(), kube.Secret()} {
		t.Run(kind.Word, func(t *testing.T) {
			for _, tt := range []struct {
				name string
				run  func(*place)
			}{
				{"bytes", clusterBytes}, {"leaves the rest", clusterRest}, {"binary", clusterBinary}, {"stale", clusterStale}, {"backups", clusterBackups},
				{"undone", clusterUndone}, {"created", clusterCreated}, {"lost answers", clusterLost},
			} {
				t.Run(tt.name, func(t *testing.T) {
					t.Parallel()
					tt.run(w.place(t, kind))
				})
			}
		})
	}
	for _, tt := range []struct {
		name string
		run  func(*place)
	}{
		{"errors", clusterErrors}, {"refused before the write", clusterRefused}, {"two publishers", clusterTwo}, {"locked", clusterLocked},
		{"restart", clusterRestart},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			tt.run(w.place(t, kube.ConfigMap()))
		})
	}
}

func encoded(data kubetest.Object) kubetest.Object {
	out := kubetest.Object{}
	for name, text := range data {
		out[name] = base64.StdEncoding.EncodeToString([]byte(text.(string)))
	}
	return out
}

func decoded(t *testing.T, text string) string {
	t.Helper()
	b, err := base64.StdEncoding.DecodeString(text)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// clusterBytes takes a configuration apart and puts it together elsewhere.
func clusterBytes(p *place) {
	from := p.put(handmade).open("job", Options{LiveExamples: true})
	_, rs := split(p.T, from)
	c, err := from.current(p.Context())
	p.must(err)
	values := from.secretsOf(c)
	p.create("autoflow-lockstep-1", kubetest.Object{"config.json": "{}"}) // a backup can be a target
	to := p.open("admin", Options{Target: p.target() + "-lockstep-1", LiveExamples: true, Secret: func(name string) (string, bool) {
		s, ok := values[name].(string)
		return s, ok
	}})
	assemble(p.T, to, rs)
	if diff := cmp.Diff(handmade, p.get("autoflow-lockstep-1").Data[configName]); diff != "" {
		p.Errorf("put together (-want +got):\n%s", diff)
	}
	version := p.get("autoflow").Metadata.ResourceVersion
	assemble(p.T, from, rs) // nothing of it is new
	if got := p.get("autoflow"); got.Metadata.ResourceVersion != version {
		p.Errorf("a publication of nothing wrote version %s over %s", got.Metadata.ResourceVersion, version)
	}
}

// clusterRest changes the configuration and the system variables, and nothing else.
func clusterRest(p *place) {
	g := p.put(`{"settings":{}}`).open("job", Options{Boot: true})
	p.must(g.Put(p.Context(), newAPI(), nil))
	got := p.get("autoflow")
	want := map[string]string{
		configName: `{"API":[{"id":"new","type":"http","version":{}}],"settings":{}}`, "license.json": "{}",
		confName: "BOOT_FILE=data/config.json\nBOOT_FILE_REPLACES_CONFIG=true\n",
	}
	if diff := cmp.Diff(want, got.Data); diff != "" {
		p.Errorf("data (-want +got):\n%s", diff)
	}
	if got.Metadata.Labels["team"] != "orders" || got.Metadata.Annotations["why"] != "because" {
		p.Errorf("labels and annotations: got %v, %v", got.Metadata.Labels, got.Metadata.Annotations)
	}
	if _, err := g.Get(p.Context(), newAPI().Key); err != nil {
		p.Errorf("get right after: %v", err)
	}
}

// clusterBinary has the configuration in the other part of an object.
func clusterBinary(p *place) {
	if p.kind == kube.Secret() {
		p.Skip("a Secret has no such part")
	}
	p.create("autoflow", kubetest.Object{"license.json": "{}"})
	p.patch("autoflow", kubetest.Object{"binaryData": encoded(kubetest.Object{configName: `{}`})})
	g := p.open("job", Options{Backups: 1})
	p.must(g.Put(p.Context(), newAPI(), nil))
	got := p.get("autoflow")
	if want := `{"API":[{"id":"new","type":"http","version":{}}]}`; decoded(p.T, got.BinaryData[configName]) != want {
		p.Errorf("binary data: got %v", got.BinaryData)
	}
	if _, both := got.Data[configName]; both {
		p.Errorf("data: got %v", got.Data)
	}
	if backup := p.get("autoflow-lockstep-1"); decoded(p.T, backup.BinaryData[configName]) != "{}" || backup.Data["license.json"] != "" {
		p.Errorf("backup: got %v", backup)
	}
}

// clusterStale has somebody else write at any time.
func clusterStale(p *place) {
	const theirs = `{"by":"hand"}`
	for _, tt := range []struct {
		name string
		when string // the request of the job before which it happens; "" is right after the begin
		do   func()
		want error
	}{
		{"configuration", "", func() { p.edit(theirs) }, gateway.ErrStale},
		{"something else", "", func() { p.annotate("a") }, nil},
		{"configuration, at the last moment", http.MethodPatch, func() { p.edit(theirs) }, gateway.ErrStale},
		{"something else, at the last moment", http.MethodPatch, func() { p.annotate("b") }, nil},
	} {
		p.Run(tt.name, func(t *testing.T) {
			_ = p.site.Do(http.MethodDelete, p.path("autoflow"), nil, nil) // of the test before
			g := p.put("{}").open("job", Options{})
			tx, err := g.Begin(t.Context())
			p.must(err)
			p.must(tx.Put(t.Context(), newAPI(), nil))
			p.on(tt.when, "/autoflow", tt.do)
			if tt.when == "" {
				tt.do()
			}
			if err := tx.Commit(t.Context()); !errors.Is(err, tt.want) {
				t.Errorf("commit: got %v, want %v", err, tt.want)
			}
			got := p.get("autoflow").Data[configName]
			if tt.want != nil && got != theirs || tt.want == nil && !strings.Contains(got, `"new"`) {
				t.Errorf("configuration: got %s", got)
			}
		})
	}
	p.meddle = nil
}

// clusterBackups keeps the newest in a few places.
func clusterBackups(p *place) {
	clock := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	g := p.put("{}").open("job", Options{Backups: 2, Now: func() time.Time { clock = clock.Add(time.Second); return clock }})
	for i := range 4 {
		r := newAPI()
		r.Spec["n"] = fmt.Sprint(i)
		p.must(g.Put(p.Context(), r, nil))
	}
	for name, want := range map[string]string{"autoflow-lockstep-1": `"n":"1"`, "autoflow-lockstep-2": `"n":"2"`} {
		if b := p.get(name); !strings.Contains(b.Data[configName], want) || b.Metadata.Labels[managedBy] != manager || b.Data["license.json"] != "" {
			p.Errorf("backup %s: got %v, want one with %s", name, b, want)
		}
	}
	p.patch("autoflow-lockstep-1", kubetest.Object{"metadata": kubetest.Object{"labels": kubetest.Object{managedBy: "somebody"}}})
	r := newAPI()
	r.Spec["n"] = "late"
	if err := g.Put(p.Context(), r, nil); err == nil || !strings.Contains(err.Error(), "is no backup of ours") {
		p.Errorf("put: got %v, want an error about what stands in the way", err)
	}
	if got := p.get("autoflow").Data[configName]; strings.Contains(got, "late") {
		p.Errorf("it was written without a backup: %s", got)
	}
}

// clusterUndone has an activation fail.
func clusterUndone(p *place) {
	was := fmt.Sprintf(before, 1111)
	g := p.put(was).open("job", Options{Boot: true, Activate: "echo bad password=hunter22; exit 3"})
	err := g.Put(p.Context(), newAPI(), nil)
	for _, part := range []string{"activate: exit status 3: bad password=[secret]", "does not run either"} {
		if err == nil || !strings.Contains(err.Error(), part) {
			p.Errorf("put: got %v, want an error with %q", err, part)
		}
	}
	if diff := cmp.Diff(map[string]string{configName: was, "license.json": "{}"}, p.get("autoflow").Data); diff != "" {
		p.Errorf("data (-want +got):\n%s", diff)
	}
	// Somebody writes between the write and the way back: that stays, and is told.
	patches := 0
	p.meddle = func(r *http.Request) bool {
		if r.Method == http.MethodPatch {
			if patches++; patches == 2 {
				p.edit(`{"by":"hand"}`)
			}
		}
		return false
	}
	err = g.Put(p.Context(), newAPI(), nil)
	p.meddle = nil
	if !errors.Is(err, gateway.ErrStale) || !strings.Contains(err.Error(), "could not be put back") {
		p.Errorf("put: got %v, want that it could not be put back", err)
	}
	if got := p.get("autoflow").Data[configName]; got != `{"by":"hand"}` {
		p.Errorf("configuration: got %s, want what was written by hand", got)
	}
}

// clusterCreated begins with nothing.
func clusterCreated(p *place) {
	g := p.open("admin", Options{Create: true, Activate: "exit 1"})
	if err := g.Put(p.Context(), newAPI(), nil); err == nil || !strings.Contains(err.Error(), "is removed again") {
		p.Errorf("put that is not activated: got %v", err)
	}
	if err := p.site.Do(http.MethodGet, p.path("autoflow"), nil, nil); err == nil {
		p.Error("what was created is there still")
	}
	g = p.open("job", Options{Create: true, Backups: 1})
	p.must(g.Put(p.Context(), newAPI(), nil))
	if got, want := p.get("autoflow").Data[configName], `{"API":[{"id":"new","type":"http","version":{}}]}`; got != want {
		p.Errorf("configuration: got %s, want %s", got, want)
	}
	p.must(p.site.Do(http.MethodDelete, p.path("autoflow"), nil, nil))
	p.create("autoflow", kubetest.Object{"license.json": "{}"})
	p.must(g.Put(p.Context(), newAPI(), nil))
	if got := p.get("autoflow").Data; got[configName] == "" || got["license.json"] != "{}" {
		p.Errorf("data: got %v", got)
	}
}

// clusterLost loses the answer to the first request of each method.
func clusterLost(p *place) {
	p.put("{}")
	var mu sync.Mutex
	seen := map[string]bool{}
	p.meddle = func(r *http.Request) bool {
		mu.Lock()
		defer mu.Unlock()
		key := r.Method + r.URL.Path
		lost := !seen[key]
		seen[key] = true
		return lost
	}
	g := p.open("job", Options{Backups: 1, LockWait: 10 * time.Second})
	for i := range 2 {
		r := newAPI()
		r.Spec["n"] = fmt.Sprint(i)
		p.must(g.Put(p.Context(), r, nil))
	}
	p.meddle = nil
	if got := p.get("autoflow").Data[configName]; !strings.Contains(got, `"n":"1"`) {
		p.Errorf("configuration: got %s", got)
	}
	if got := p.get("autoflow-lockstep-1").Data[configName]; !strings.Contains(got, `"n":"0"`) {
		p.Errorf("backup: got %s", got)
	}
	tx, err := g.Begin(p.Context())
	if err != nil {
		p.Fatalf("the lease was not given back: %v", err)
	}
	p.must(tx.Rollback())
}

// clusterTwo lets two write at once: one waits, and nothing is lost.
func clusterTwo(p *place) {
	p.put("{}")
	var wg sync.WaitGroup
	for i := range 4 {
		g := p.open("job", Options{LockWait: 20 * time.Second})
		wg.Go(func() {
			if err := g.Put(p.Context(), sample(gateway.NewKey("api", fmt.Sprint("api-", i)), 0), nil); err != nil {
				p.Error(err)
			}
		})
	}
	wg.Wait()
	c, err := p.open("job", Options{}).current(p.Context())
	p.must(err)
	if diff := cmp.Diff([]string{"api-0", "api-1", "api-2", "api-3"}, c.ids("API")); diff != "" {
		p.Errorf("APIs (-want +got):\n%s", diff)
	}
}
