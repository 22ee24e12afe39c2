package apim_test

import (
	"strings"
	"testing"

	"github.com/lockstep-apiops/lockstep/gateway"
	"github.com/lockstep-apiops/lockstep/gateway/apim"
)

// TestKeysOfTheToolkit looks up the keys that the configuration files of
// Azure/apiops have, a path for each: those of its version 7, then of 6.
func TestKeysOfTheToolkit(t *testing.T) {
	kinds, err := apim.Kinds()
	if err != nil {
		t.Fatal(err)
	}
	scope := "apis backends diagnostics groups loggers namedValues policyFragments products subscriptions tags versionSets " +
		"apis/operations apis/operations/policies apis/policies apis/diagnostics apis/releases apis/schemas " +
		"products/apis products/groups products/policies tags/apis tags/products policies"
	paths := append(strings.Fields(scope), "gateways", "gateways/apis", "workspaces")
	for _, p := range strings.Fields(scope) {
		paths = append(paths, "workspaces/"+p)
	}
	paths = append(paths, strings.Fields("apiNames backendNames diagnosticNames gatewayNames groupNames loggerNames namedValueNames policyFragmentNames "+
		"productNames subscriptionNames tagNames versionSetNames workspaceNames servicePolicies")...)
	for _, path := range paths {
		parent := ""
		for _, key := range strings.Split(path, "/") {
			k := kinds.ConfigKind(parent, key)
			if k == nil {
				t.Errorf("%s: no kind has the key %q below %q", path, key, parent)
				break
			}
			parent = k.Name
		}
	}
}

// TestEveryKindHasAKey makes sure that a filter can name each kind.
func TestEveryKindHasAKey(t *testing.T) {
	kinds, err := apim.Kinds()
	if err != nil {
		t.Fatal(err)
	}
	for _, k := range kinds.All() {
		if got := kinds.ConfigKind(k.Parent, k.ConfigKeys()[0]); got != k {
			t.Errorf("%s: its key %q does not lead to it", k.Name, k.ConfigKeys()[0])
		}
	}
}

func TestRevisionsGoByTheirAPI(t *testing.T) {
	kinds, err := apim.Kinds()
	if err != nil {
		t.Fatal(err)
	}
	for _, kind := range []string{"api", "workspace api"} {
		k := kinds.Get(kind)
		if got := k.ConfigName("Orders;REV=2"); got != "Orders" {
			t.Errorf("ConfigName of a revision of %s is %q, want Orders", gateway.NewKey(kind), got)
		}
	}
}
