package storytest

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"sync"
	"sync/atomic"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/lockstep-apiops/lockstep/gateway/autoflow/kubetest"
)

// clusters are those that stories started, by story.
type clusters struct {
	rights string // a manifest of what the job may do in the namespace apis
	of     sync.Map
}

// start starts a cluster with the ConfigMap and the Deployment autoflow in the
// namespace apis, and points the programs at it. Its kubeconfig has the contexts
// job and stranger.
func (c *clusters) start(ts *testscript.TestScript, _ bool, args []string) {
	want(ts, len(args) == 1, "cluster FILE")
	site, stop, err := kubetest.ServeFake()
	ts.Check(err)
	ts.Defer(func() {
		stop()
		c.of.Delete(ts)
	})
	c.of.Store(ts, site)
	site.Fake.Rollouts = true
	ts.Check(site.Do(http.MethodPost, kubetest.Path("namespaces", "", ""), kubetest.Object{"metadata": kubetest.Object{"name": "apis"}}, nil))
	manifest, err := os.ReadFile(c.rights)
	ts.Check(err)
	ts.Check(site.Apply(manifest))
	ts.Check(site.Do(http.MethodPost, kubetest.Path("configmaps", "apis", ""), kubetest.Object{
		"metadata": kubetest.Object{"name": "autoflow"}, "data": kubetest.Object{"config.json": ts.ReadFile(args[0]), "license.json": "{}"},
	}, nil))
	ts.Check(site.Do(http.MethodPost, kubetest.Path("deployments", "apis", ""), kubetest.Object{
		"metadata": kubetest.Object{"name": "autoflow"}, "spec": kubetest.Object{"replicas": 1},
	}, nil))
	job, err := site.Token("apis", "lockstep")
	ts.Check(err)
	config, err := site.Kubeconfig(map[string]string{"job": job, "stranger": "of a stranger"})
	ts.Check(err)
	ts.Check(os.WriteFile(ts.MkAbs("kubeconfig"), config, 0o600))
	ts.Setenv("KUBECONFIG", ts.MkAbs("kubeconfig"))
	ts.Setenv("LOCKSTEP_GATEWAY", "autoflow")
}

func (c *clusters) site(ts *testscript.TestScript) *kubetest.Site {
	site, ok := c.of.Load(ts)
	if !ok {
		ts.Fatalf("there is no cluster: start one")
	}
	return site.(*kubetest.Site)
}

// held prints what the data of a ConfigMap in the namespace apis has under a
// name.
func (c *clusters) held(ts *testscript.TestScript, _ bool, args []string) {
	want(ts, len(args) == 2, "held CONFIGMAP NAME")
	var m struct{ Data map[string]string }
	ts.Check(c.site(ts).Do(http.MethodGet, kubetest.Path("configmaps", "apis", args[0]), nil, &m))
	_, err := fmt.Fprint(ts.Stdout(), m.Data[args[1]])
	ts.Check(err)
}

// template prints the template of the pods of the Deployment.
func (c *clusters) template(ts *testscript.TestScript, _ bool, args []string) {
	want(ts, len(args) == 0, "template")
	var d struct {
		Spec struct{ Template json.RawMessage }
	}
	ts.Check(c.site(ts).Do(http.MethodGet, kubetest.Path("deployments", "apis", "autoflow"), nil, &d))
	_, err := fmt.Fprintf(ts.Stdout(), "%s\n", d.Spec.Template)
	ts.Check(err)
}

// meddle has somebody write the configuration, now or when a publication is
// about to.
func (c *clusters) meddle(ts *testscript.TestScript, _ bool, args []string) {
	want(ts, len(args) == 2 && (args[0] == "now" || args[0] == "late"), "meddle now|late FILE")
	site, text := c.site(ts), ts.ReadFile(args[1])
	write := func() error {
		return site.Do(http.MethodPatch, kubetest.Path("configmaps", "apis", "autoflow"), kubetest.Object{"data": kubetest.Object{"config.json": text}}, nil)
	}
	if args[0] == "now" {
		ts.Check(write())
		return
	}
	var done atomic.Bool
	site.Fake.Before(func(r *http.Request) {
		if r.Method == http.MethodPatch && done.CompareAndSwap(false, true) {
			ts.Check(write())
		}
	})
}
