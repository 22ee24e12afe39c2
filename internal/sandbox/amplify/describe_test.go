package amplify

import (
	"net/http"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestDiscovery(t *testing.T) {
	t.Parallel()
	c := newClient(t, Options{})
	groups := c.get("definitions/v1alpha1/groups?pageSize=50")
	if want := []string{"catalog", "definitions", "management"}; !cmp.Equal(groups.names(), want) {
		t.Errorf("groups: got %v, want %v", groups.names(), want)
	}
	r := c.get("definitions/v1alpha1/groups/management/resources/apiserviceinstance")
	want := obj{"kind": "APIServiceInstance", "plural": "apiserviceinstances", "scope": obj{"kind": "Environment"},
		"apiVersions": []any{obj{"name": "v1", "served": true, "deprecated": false}, obj{"name": "v1alpha1", "served": true, "deprecated": true}},
		"references": obj{"toResources": []any{
			obj{"group": "management", "kind": "APIServiceRevision", "scopeKind": "Environment", "types": []any{"hard"}},
			obj{"group": "management", "kind": "AccessRequestDefinition", "scopeKind": "Environment", "types": []any{"soft"}},
			obj{"group": "management", "kind": "CredentialRequestDefinition", "scopeKind": "Environment", "types": []any{"soft"}},
		}}}
	spec, _ := r.body["spec"].(obj)
	got := obj{}
	for name := range want {
		got[name] = spec[name]
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("definition (-want +got):\n%s", diff)
	}
	hook := c.get("definitions/v1/groups/management/resources/credentialrequestdefinition")
	if got := at(hook.body, "spec.references.toResources.0.from.subResourceName"); got != "webhooks" {
		t.Errorf("reference from a subresource: got %v", got)
	}
	c.get("definitions/v1/groups/management/resources/secret-integration")
	line := c.get("definitions/v1alpha1/groups/management/commandlines/environment")
	if got := []any{at(line.body, "spec.names.shortNames.0"), at(line.body, "spec.resourceDefinition"), at(line.body, "spec.names.listKind")}; !cmp.Equal(got, []any{"env", "environment", "EnvironmentList"}) {
		t.Errorf("command line: got %v", got)
	}
	schema := c.get("definitions/v1/groups/catalog/resourceversions/product-v1").body
	if got := at(schema, "spec.schema.properties.assets.items.properties.name.x-amplify-kind-ref"); got != "Asset" {
		t.Errorf("reference in the schema: got %v", got)
	}
	all := c.get("definitions/v1alpha1/groups/catalog/resources?pageSize=5")
	if all.header.Get("Link") == "" || len(all.list) != 5 {
		t.Errorf("page of definitions: got %d, %v", len(all.list), all.header)
	}
	c.want(http.StatusForbidden, http.MethodDelete, "definitions/v1/groups/management", nil)
}

func TestExtraKind(t *testing.T) {
	t.Parallel()
	plain := newClient(t, Options{})
	again := newClient(t, Options{})
	c := newClient(t, Options{ExtraKinds: []string{"management/Mesh/meshes", "management/MeshService/meshservices@Mesh,Environment:state"}})
	version := func(c *client) any {
		return at(c.get("definitions/v1/groups/management").body, "metadata.resourceVersion")
	}
	if version(plain) != version(again) || version(plain) == version(c) {
		t.Errorf("resourceVersion of the group: got %v, %v and, with more kinds, %v", version(plain), version(again), version(c))
	}
	c.get("definitions/v1/groups/management/resources/meshservice-mesh")
	c.post("management/v1/meshes", obj{"name": "m"})
	c.post("management/v1/meshes/m/meshservices", obj{"name": "s"})
	c.put("management/v1/meshes/m/meshservices/s/state", obj{"state": "ready"})
	c.want(http.StatusNoContent, http.MethodDelete, "management/v1/meshes/m", nil)
	if got := c.get("management/v1/meshservices").names(); len(got) != 0 {
		t.Errorf("after the delete of the scope: got %v", got)
	}
}
