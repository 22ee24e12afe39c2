package autoflow

import (
	"fmt"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/lockstep-apiops/lockstep/gateway/autoflow/kube"
	"github.com/lockstep-apiops/lockstep/gateway/autoflow/kubetest"
	"github.com/lockstep-apiops/lockstep/internal/httpx"
)

// rights is the example of what a job may do.
const rights = "../../examples/autoflow-cluster/rights.yaml"

// A world is a cluster that several tests share.
type world struct {
	site *kubetest.Site
	n    atomic.Int32
}

// fakeWorld starts a fake cluster.
func fakeWorld(t *testing.T) *world {
	t.Helper()
	site, stop, err := kubetest.ServeFake()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(stop)
	return &world{site: site}
}

// A place is a namespace with the rights of the example, for a target of a kind.
type place struct {
	*testing.T
	site      *kubetest.Site
	namespace string
	kind      kube.Kind
	config    string // path of a kubeconfig with the contexts admin, job, nobody and stranger

	// meddle is called with each request of the job before it is sent; if it
	// returns true, the answer is lost.
	meddle func(*http.Request) bool
}

// place makes a place.
func (w *world) place(t *testing.T, kind kube.Kind) *place {
	t.Helper()
	p := &place{T: t, site: w.site, namespace: fmt.Sprint("apis-", w.n.Add(1)), kind: kind, config: filepath.Join(t.TempDir(), "kubeconfig")}
	p.must(w.site.Do(http.MethodPost, kubetest.Path("namespaces", "", ""), kubetest.Object{
		"apiVersion": "v1", "kind": "Namespace", "metadata": kubetest.Object{"name": p.namespace},
	}, nil))
	manifest := strings.ReplaceAll(text(t, rights), "namespace: apis", "namespace: "+p.namespace)
	if kind == kube.Secret() {
		manifest = strings.ReplaceAll(manifest, "configmaps", "secrets")
	}
	p.must(w.site.Apply([]byte(manifest)))
	p.must(w.site.Apply(fmt.Appendf(nil, "{apiVersion: v1, kind: ServiceAccount, metadata: {name: stranger, namespace: %s}}", p.namespace)))
	tokens := map[string]string{"admin": kubetest.AdminToken, "nobody": "wrong"}
	for user, account := range map[string]string{"job": "lockstep", "stranger": "stranger"} {
		token, err := w.site.Token(p.namespace, account)
		p.must(err)
		tokens[user] = token
	}
	config, err := w.site.Kubeconfig(tokens)
	p.must(err)
	p.must(os.WriteFile(p.config, config, 0o600))
	return p
}

func (p *place) must(err error) {
	p.Helper()
	if err != nil {
		p.Fatal(err)
	}
}

// RoundTrip lets the test meddle with a request.
func (p *place) roundTrip(next http.RoundTripper, r *http.Request) (*http.Response, error) {
	lost := p.meddle != nil && p.meddle(r)
	res, err := next.RoundTrip(r)
	if lost && err == nil {
		_ = res.Body.Close()
		return nil, fmt.Errorf("connection reset")
	}
	return res, err
}

type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// client returns a client as a user.
func (p *place) client(user string) *kube.Client {
	p.Helper()
	access, err := kube.Connect(p.config, user)
	p.must(err)
	through := roundTripper(func(r *http.Request) (*http.Response, error) { return p.roundTrip(access.Transport, r) })
	return kube.New(access.Base, httpx.New(httpx.Options{Transport: through, WaitMin: time.Millisecond, WaitMax: time.Millisecond}))
}

// target is the address of the target.
func (p *place) target() string { return p.kind.Word + ":" + p.namespace + "/autoflow" }

// open returns the gateway of the target, as a user.
func (p *place) open(user string, o Options) *Gateway {
	p.Helper()
	if o.Target == "" {
		o.Target = p.target()
	}
	o.Cluster = p.client(user)
	g, err := New(o)
	p.must(err)
	c := g.target.(*cluster)
	c.lease.poll = 5 * time.Millisecond
	if c.workload != nil {
		c.workload.Poll = 5 * time.Millisecond
	}
	return g
}

// path is that of an object of the target's kind.
func (p *place) path(name string) string {
	return kubetest.Path(p.kind.Word+"s", p.namespace, name)
}

// put makes the target, with more than a configuration.
func (p *place) put(config string) *place {
	p.Helper()
	p.create("autoflow", kubetest.Object{"config.json": config, "license.json": "{}"})
	return p
}

// create makes an object with data in clear text.
func (p *place) create(name string, data kubetest.Object) {
	p.Helper()
	field := "data"
	if p.kind == kube.Secret() {
		field = "stringData"
	}
	if p.kind == kube.Secret() && p.site.Fake != nil {
		field, data = "data", encoded(data)
	}
	p.must(p.site.Do(http.MethodPost, p.path(""), kubetest.Object{
		"apiVersion": "v1", "kind": p.kind.Name, field: data,
		"metadata": kubetest.Object{"name": name, "labels": kubetest.Object{"team": "orders"}, "annotations": kubetest.Object{"why": "because"}},
	}, nil))
}

// get returns an object of the target's kind.
func (p *place) get(name string) kube.Map {
	p.Helper()
	var m kube.Map
	p.must(p.site.Do(http.MethodGet, p.path(name), nil, &m))
	if p.kind == kube.Secret() {
		m.Data = maps.Clone(m.Data)
		for name, text := range m.Data {
			m.Data[name] = decoded(p.T, text)
		}
	}
	return m
}

// patch changes an object of the target's kind, as somebody with a console.
func (p *place) patch(name string, patch kubetest.Object) {
	p.Helper()
	p.must(p.site.Do(http.MethodPatch, p.path(name), patch, nil))
}

// edit changes the configuration as somebody with a console.
func (p *place) edit(config string) {
	p.Helper()
	data := kubetest.Object{"config.json": config}
	if p.kind == kube.Secret() {
		data = encoded(data)
	}
	p.patch("autoflow", kubetest.Object{"data": data})
}

// annotate changes what is not ours.
func (p *place) annotate(text string) {
	p.Helper()
	p.patch("autoflow", kubetest.Object{"metadata": kubetest.Object{"annotations": kubetest.Object{"why": text}}})
}

// on calls a function once, before the first request of a method whose path
// ends so.
func (p *place) on(method, suffix string, do func()) {
	var done atomic.Bool
	p.meddle = func(r *http.Request) bool {
		if r.Method == method && strings.HasSuffix(r.URL.Path, suffix) && done.CompareAndSwap(false, true) {
			do()
		}
		return false
	}
}
