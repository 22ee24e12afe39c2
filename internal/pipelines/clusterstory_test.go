//go:build pipelines

package pipelines

import (
	"net/http"
	"os"
	"strings"
	"testing"

	"github.com/lockstep-apiops/lockstep/gateway/autoflow/kubetest"
)

// granted are the kinds of objects that say who may do what.
func granted(kind string) bool {
	return kind == "ServiceAccount" || kind == "Role" || kind == "RoleBinding"
}

// rightsIn returns the documents of a file that say who may do what.
func rightsIn(t *testing.T, text string) string {
	t.Helper()
	var kept []string
	for doc := range strings.SplitSeq(text, "\n---\n") {
		if all := manifests(t, doc); len(all) == 1 && granted(all[0].Kind) {
			kept = append(kept, doc)
		}
	}
	return strings.Join(kept, "\n---\n")
}

// TestOthersCluster runs the Jobs and the CronJob for API AutoFlow against a server that answers as that of Kubernetes does,
// with the rights that their files grant and no more.
func TestOthersCluster(t *testing.T) {
	files := render(t, Options{Forge: "kubernetes", Gateway: "autoflow"})
	w := newWorld(t, nil)
	if err := os.CopyFS(w.work+"/artifacts", os.DirFS(composed+"/artifacts")); err != nil {
		t.Fatal(err)
	}
	w.commit(nil)
	site, stop, err := kubetest.ServeFake()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(stop)
	site.Fake.Rollouts = true
	do := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	for _, name := range []string{"lockstep", "autoflow-dev", "autoflow-prod"} {
		do(site.Do(http.MethodPost, kubetest.Path("namespaces", "", ""), kubetest.Object{"metadata": kubetest.Object{"name": name}}, nil))
	}
	publish, extract := files["kubernetes/publisher.yaml"], files["kubernetes/extractor.yaml"]
	do(site.Apply([]byte(rightsIn(t, publish))))
	do(site.Apply([]byte(rightsIn(t, extract))))
	// as runs a pod as a service account.
	as := func(account, kind, name, text string) *outcome {
		token, err := site.Token("lockstep", account)
		do(err)
		config, err := site.Kubeconfig(map[string]string{"pod": token})
		do(err)
		write(t, w.dir, map[string]string{"kubeconfig": string(config)})
		w.env["KUBECONFIG"] = w.dir + "/kubeconfig"
		all := manifests(t, text)
		return &outcome{ran: w.pod(t, all, containers(t, all, kind, name))}
	}
	w.env["AUTOFLOW_SECRET_CLIENT_ORDERS_DB_1_0_0_SETTING_PASSWORD"] = "s3cret"
	for _, e := range []string{"dev", "prod"} {
		do(site.Do(http.MethodPost, kubetest.Path("secrets", "autoflow-"+e, ""), kubetest.Object{
			"metadata": kubetest.Object{"name": "autoflow"}, "data": kubetest.Object{"config.json": "e30="},
		}, nil))
		do(site.Do(http.MethodPost, kubetest.Path("deployments", "autoflow-"+e, ""), kubetest.Object{
			"metadata": kubetest.Object{"name": "autoflow"}, "spec": kubetest.Object{"replicas": 1},
		}, nil))
		quiet(t, as("lockstep-"+e, "Job", "lockstep-publish-"+e, publish))
		var held struct{ Data map[string][]byte }
		do(site.Do(http.MethodGet, kubetest.Path("secrets", "autoflow-"+e, "autoflow"), nil, &held))
		holds(t, e, string(held.Data["config.json"]), `"currentVersion":"1.1.0"`, `"password":"s3cret"`)
		holds(t, e, string(held.Data["autoflow.conf"]), "BOOT_FILE_REPLACES_CONFIG=true")
	}
	w.commit(map[string]string{"artifacts/servers": ""})
	quiet(t, as("lockstep-read", "CronJob", "lockstep-extract", extract))
	holds(t, "what is proposed", w.proposed(), "artifacts/servers/orders/server.yaml")

	// Who may only read may not publish.
	w.commit(map[string]string{"artifacts/settings.yaml": "LOG: all\n"})
	if o := as("lockstep-read", "Job", "lockstep-publish-dev", publish); o.ran[0].code != 1 || !strings.Contains(o.log(), "grant the verb") {
		t.Errorf("published as a reader: %s", o.log())
	}
}
