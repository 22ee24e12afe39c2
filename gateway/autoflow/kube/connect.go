// Package kube is a client of a Kubernetes cluster for the few objects that a
// publication of a configuration needs: a ConfigMap or Secret, a Lease, and a
// workload to restart.
//
// How one gets into a cluster, by a kubeconfig with its contexts and plugins or
// as the service account of a pod, is left to Kubernetes' own client-go; the
// requests are plain JSON, and of an object it knows the fields that it needs.
// It knows nothing of configurations.
package kube

import (
	"errors"
	"fmt"
	"maps"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"
	"k8s.io/client-go/tools/clientcmd/api"
)

// An Access is a way into a cluster.
type Access struct {
	Base      *url.URL          // where its API is
	Transport http.RoundTripper // proves who sends a request
}

// Connect returns the way into the cluster of a context, "" for the current
// one, of a kubeconfig. Without a path the kubeconfig is found as kubectl finds
// it; where there is none, a pod gets into its own cluster. No request is made.
func Connect(kubeconfig, context string) (*Access, error) {
	rules := clientcmd.NewDefaultClientConfigLoadingRules()
	rules.ExplicitPath = kubeconfig
	rules.Warner = func(error) {} // a path in KUBECONFIG that is not there; that nothing was found is told below
	loaded, err := rules.Load()
	if err != nil {
		return nil, fmt.Errorf("read kubeconfig: %w", err)
	}
	if _, ok := loaded.Contexts[context]; context != "" && !ok {
		return nil, fmt.Errorf("read kubeconfig: there is no context %q: %s", context, known(loaded))
	}
	config, err := clientcmd.NewNonInteractiveClientConfig(*loaded, context, &clientcmd.ConfigOverrides{}, rules).ClientConfig()
	if clientcmd.IsEmptyConfig(err) {
		config, err = rest.InClusterConfig()
		if errors.Is(err, rest.ErrNotInCluster) {
			err = fmt.Errorf("no cluster is configured: name a kubeconfig with autoflow-kubeconfig or KUBECONFIG, and a context of it: %s", known(loaded))
		}
	}
	if err != nil {
		return nil, fmt.Errorf("connect to cluster: %w", err)
	}
	base, _, err := rest.DefaultServerUrlFor(config)
	if err != nil {
		return nil, fmt.Errorf("connect to cluster: %w", err)
	}
	if base.Scheme != "https" && !loopback(base.Hostname()) {
		return nil, fmt.Errorf("connect to cluster: %s is not encrypted: use its https address", base.Redacted())
	}
	transport, err := rest.TransportFor(config)
	if err != nil {
		return nil, fmt.Errorf("connect to cluster: %w", err)
	}
	return &Access{Base: base, Transport: transport}, nil
}

// known tells which contexts there are.
func known(c *api.Config) string {
	if len(c.Contexts) == 0 {
		return "it has none"
	}
	return "it has " + strings.Join(slices.Sorted(maps.Keys(c.Contexts)), ", ")
}

func loopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}
