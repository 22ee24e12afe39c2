package amplify_test

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lockstep-apiops/lockstep/gateway"
	"github.com/lockstep-apiops/lockstep/gateway/amplify"
	sandbox "github.com/lockstep-apiops/lockstep/internal/sandbox/amplify"
)

func TestTakes(t *testing.T) {
	t.Parallel()
	b := newBench(t, sandbox.Options{ExtraKinds: []string{"management/Mesh/meshes@Environment"}}, amplify.Options{})
	dev := env("dev")
	for _, r := range []struct {
		key  gateway.Key
		spec obj
	}{
		{dev, obj{}},
		{dev.Child("Environment Webhook", "chat"), obj{}},
		{dev.Child("Environment APIService", "orders"), obj{}},
		{dev.Child("Environment APIServiceRevision", "v1"), obj{"apiService": "orders"}},
		{dev.Child("Environment APIServiceInstance", "live"), obj{"apiServiceRevision": "v1"}},
		{gateway.NewKey("Product", "orders"), obj{}},
		{gateway.NewKey("ProductPlan", "gold"), obj{"product": "orders"}},
		{gateway.NewKey("ProductPlanUnit", "calls"), obj{}},
		{gateway.NewKey("ProductPlan", "gold").Child("ProductPlan Quota", "q"), obj{"unit": "calls"}},
		{gateway.NewKey("Subscription", "reader"), obj{"plan": "gold"}},
	} {
		b.put(r.key, obj{"spec": r.spec}, nil)
	}
	b.request("POST", "/management/v1/environments/dev/meshes", obj{"name": "unknown", "spec": obj{}})
	for _, tt := range []struct {
		name  string
		key   gateway.Key
		stays []gateway.Key
		want  []string
		gets  int
	}{
		{"a scope", dev, nil, []string{
			"Environment APIService dev/orders", "Environment APIServiceInstance dev/live", "Environment APIServiceRevision dev/v1", "Environment Webhook dev/chat",
		}, 1},
		{"hard references in a scope", dev.Child("Environment APIService", "orders"), nil, []string{
			"Environment APIServiceInstance dev/live", "Environment APIServiceRevision dev/v1",
		}, 3},
		{"what will refer to something else, and what goes with that", dev.Child("Environment APIService", "orders"),
			[]gateway.Key{dev.Child("Environment APIServiceRevision", "v1")}, nil, 1},
		{"hard references to a scope", gateway.NewKey("Product", "orders"), nil, []string{"ProductPlan Quota gold/q", "ProductPlan gold", "Subscription reader"}, 3},
		{"a soft reference", gateway.NewKey("ProductPlanUnit", "calls"), nil, nil, 1},
		{"what is gone", env("gone"), nil, nil, 1},
	} {
		t.Run(tt.name, func(t *testing.T) {
			b.since()
			keys, err := b.Takes(t.Context(), tt.key, func(k gateway.Key) bool { return slices.Contains(tt.stays, k) })
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, k := range keys {
				got = append(got, k.String())
			}
			slices.Sort(got)
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("goes along (-want +got):\n%s", diff)
			}
			if asked := b.since(); len(asked) != tt.gets {
				t.Errorf("made %d requests, want %d: %v", len(asked), tt.gets, asked)
			}
		})
	}
}
