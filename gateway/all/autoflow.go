package all

import (
	"time"

	"github.com/lockstep-apiops/lockstep/gateway/autoflow"
	"github.com/lockstep-apiops/lockstep/gateway/autoflow/kube"
	"github.com/lockstep-apiops/lockstep/internal/config"
	"github.com/lockstep-apiops/lockstep/internal/httpx"
)

// autoflowSecret begins the names of environment variables with secrets. A tree
// names what follows: it can ask for no other variable.
const autoflowSecret = "AUTOFLOW_SECRET_"

// autoflowSettings are about the file that is the configuration.
func autoflowSettings() []config.Setting {
	return []config.Setting{
		{Name: "target", Usage: "configuration of API AutoFlow: the data directory, a config.json, its zip, the manifest of a ConfigMap, or configmap:NAMESPACE/NAME in a cluster"},
		{Name: "autoflow-kubeconfig", Usage: "kubeconfig of the cluster with the target; empty is KUBECONFIG, ~/.kube/config, else the pod's own cluster"},
		{Name: "autoflow-context", Usage: "context of the kubeconfig; empty is the current one"},
		{Name: "autoflow-name", Usage: "what to call the configuration in messages and branches; empty is the target"},
		{Name: "autoflow-create", Type: config.Bool, Usage: "take a configuration that is not there for an empty one"},
		{Name: "autoflow-live-examples", Type: config.Bool, Usage: "keep in the tree the requests that API AutoFlow captured in live mode"},
		{Name: "autoflow-no-visual-ids", Type: config.Bool, Usage: "leave the ids that the drawings of flows have out of the tree"},
		{Name: "autoflow-backups", Type: config.Int, Default: "5", Usage: "backups of the configuration to keep beside it; 0 makes none"},
		{Name: "autoflow-lock-wait", Type: config.Duration, Default: "1m", Usage: "how long to wait for another publication of the same configuration"},
		{Name: "autoflow-boot", Type: config.Bool, Usage: "set BOOT_FILE and BOOT_FILE_REPLACES_CONFIG in autoflow.conf, so that a restart takes the configuration"},
		{Name: "autoflow-restart", Usage: "workload beside a target in a cluster to restart after a publication, such as deployment/autoflow"},
		{Name: "autoflow-activate", Usage: "command, for the shell, that has API AutoFlow take a published configuration: a restart"},
		{Name: "autoflow-activate-timeout", Type: config.Duration, Default: "2m", Usage: "longest time for the restart, and for that command"},
		{Name: "autoflow-probe", Usage: "host on which the ports of all servers must answer after a publication; empty asks nobody"},
		{Name: "autoflow-probe-timeout", Type: config.Duration, Default: "1m", Usage: "how long to wait for the ports"},
		{Name: "autoflow-test", Usage: "command, for the shell, that tests what runs after a publication; if it fails, what was there is put back"},
		{Name: "autoflow-test-timeout", Type: config.Duration, Default: "10m", Usage: "longest time for that command"},
	}
}

func openAutoFlow(v *config.Values, o Options) (*Opened, error) {
	if err := v.Require("target"); err != nil {
		return nil, err
	}
	cluster, h, err := autoflowCluster(v, o)
	if err != nil {
		return nil, err
	}
	secrets := &lookup{env: o.Env, secret: o.Secret}
	g, err := autoflow.New(autoflow.Options{
		Cluster: cluster, Restart: v.String("autoflow-restart"),
		Target: v.String("target"), Instance: v.String("autoflow-name"), Create: v.Bool("autoflow-create"),
		LiveExamples: v.Bool("autoflow-live-examples"), NoVisualIDs: v.Bool("autoflow-no-visual-ids"),
		Secret:  secrets.find,
		Backups: v.Int("autoflow-backups"), LockWait: v.Duration("autoflow-lock-wait"), Boot: v.Bool("autoflow-boot"),
		Activate: v.String("autoflow-activate"), ActivateTimeout: v.Duration("autoflow-activate-timeout"),
		Probe: v.String("autoflow-probe"), ProbeTimeout: v.Duration("autoflow-probe-timeout"),
		Test: v.String("autoflow-test"), TestTimeout: v.Duration("autoflow-test-timeout"),
		Now: time.Now, Log: o.Logger,
	})
	if err != nil {
		return nil, err
	}
	return &Opened{Gateway: vouched{g, secrets}, HTTP: h}, nil
}

// autoflowCluster returns a client of the cluster that has the target, and what
// it sends requests with; nil if the target is in none.
func autoflowCluster(v *config.Values, o Options) (*kube.Client, *httpx.Client, error) {
	if !autoflow.InCluster(v.String("target")) {
		return nil, nil, nil
	}
	access, err := kube.Connect(v.String("autoflow-kubeconfig"), v.String("autoflow-context"))
	if err != nil {
		return nil, nil, err
	}
	h := httpx.New(httpx.Options{Transport: access.Transport, Logger: o.Logger, UserAgent: o.UserAgent, Timeout: v.Duration("timeout")})
	return kube.New(access.Base, h), h, nil
}
