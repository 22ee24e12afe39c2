package amplify

import (
	"fmt"
	"net/http"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestReferences(t *testing.T) {
	t.Parallel()
	c := newClient(t, Options{})
	c.service()
	r := c.get(envs + "/e/apiserviceinstances/orders-live")
	var got []any
	for _, entry := range at(r.body, "metadata.references").([]any) {
		got = append(got, at(entry, "kind"), at(entry, "name"), at(entry, "scopeName"), at(entry, "type"))
	}
	if want := []any{"APIServiceRevision", "orders-1", "e", "hard", "AccessRequestDefinition", "key", "e", "soft"}; !cmp.Equal(got, want) {
		t.Errorf("references: got %v, want %v", got, want)
	}
	r = c.get(envs + "/e/apiservices/orders?embed=metadata.referencedByResources")
	if got := at(r.body, "metadata.referencedByResources.0.name"); got != "orders-1" {
		t.Errorf("referenced by: got %v", got)
	}
	r = c.get(envs + "/e?embed=metadata.scopedResources")
	if got := len(at(r.body, "metadata.scopedResources").([]any)); got != 4 {
		t.Errorf("scoped resources: got %d, want 4", got)
	}
	r = c.get(envs + "/e/apiservicerevisions/orders-1?embed=metadata.references&fields=metadata.references")
	if got := at(r.body, "metadata.references.0.resource.kind"); got != "APIService" || len(r.body) != 1 {
		t.Errorf("embedded reference: got %v in %s", got, r.raw)
	}
}

func TestSoftReferencesAreNulled(t *testing.T) {
	t.Parallel()
	c := newClient(t, Options{})
	c.service()
	c.want(http.StatusNoContent, http.MethodDelete, envs+"/e/accessrequestdefinitions/key", nil)
	r := c.get(envs + "/e/apiserviceinstances/orders-live")
	got := []any{at(r.body, "spec.accessRequestDefinition"), at(r.body, "spec.apiServiceRevision"), at(r.body, "metadata.resourceVersion"), at(r.body, "metadata.deletedReferences.0.name")}
	if want := []any{nil, "orders-1", "1", "key"}; !cmp.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}

	c.post(envs+"/e/webhooks", obj{"name": "a"})
	c.post(envs+"/e/webhooks", obj{"name": "b"})
	c.post(envs+"/e/credentialrequestdefinitions", obj{"name": "crd"})
	c.put(envs+"/e/credentialrequestdefinitions/crd/webhooks", obj{"webhooks": []any{"a", "b"}})
	c.want(http.StatusBadRequest, http.MethodPut, envs+"/e/credentialrequestdefinitions/crd/webhooks", obj{"webhooks": []any{"none"}})
	c.want(http.StatusNoContent, http.MethodDelete, envs+"/e/webhooks/a", nil)
	r = c.get(envs + "/e/credentialrequestdefinitions/crd/webhooks")
	if got := r.body["webhooks"]; !cmp.Equal(got, []any{"b"}) {
		t.Errorf("list in a subresource: got %v, want [b]", got)
	}

	c.post("catalog/v1/assets", obj{"name": "one"})
	c.post("catalog/v1/assets", obj{"name": "two"})
	c.post("catalog/v1/products", obj{"name": "p", "spec": obj{"assets": []any{obj{"name": "one", "note": "n"}, obj{"name": "two"}}}})
	c.want(http.StatusNoContent, http.MethodDelete, "catalog/v1/assets/one", nil)
	r = c.get("catalog/v1/products/p")
	if got := []any{at(r.body, "spec.assets.0.name"), at(r.body, "spec.assets.0.note"), at(r.body, "spec.assets.1.name")}; !cmp.Equal(got, []any{nil, "n", "two"}) {
		t.Errorf("list of objects: got %v", got)
	}
}

func TestHardReferencesCascade(t *testing.T) {
	t.Parallel()
	c := newClient(t, Options{})
	c.service()
	c.want(http.StatusNoContent, http.MethodDelete, envs+"/e/apiservices/orders", nil)
	c.want(http.StatusNotFound, http.MethodGet, envs+"/e/apiservicerevisions/orders-1", nil)
	c.want(http.StatusNotFound, http.MethodGet, envs+"/e/apiserviceinstances/orders-live", nil)
	c.get(envs + "/e/accessrequestdefinitions/key")
	c.want(http.StatusNoContent, http.MethodDelete, envs+"/e", nil)
	if got := len(c.srv.store.referrers); got != 0 {
		t.Errorf("referrers after all is gone: got %d, want 0", got)
	}
}

// TestLinksOfKindsThatAreNotInTheTable: what a kind that was added refers to cascades,
// is nulled and is described as what the table has.
func TestLinksOfKindsThatAreNotInTheTable(t *testing.T) {
	t.Parallel()
	c := newClient(t, Options{
		ExtraKinds: []string{"management/Mesh/meshes", "management/MeshService/meshservices@Mesh,Environment:routing", "mesh/Policy/policies"},
		ExtraLinks: []string{"management/Mesh:spec.policy=mesh/Policy,hard", "management/MeshService:spec.hooks[].name=management/Webhook",
			"management/MeshService:routing.next=management/MeshService,hard", "management/MeshService:x-tags[]=catalog/Stage"},
	})
	const services = "management/v1/meshes/m/meshservices"
	c.post("mesh/v1/policies", obj{"name": "p"})
	c.want(http.StatusBadRequest, http.MethodPost, "management/v1/meshes", obj{"name": "m", "spec": obj{"policy": "none"}})
	c.post("management/v1/meshes", obj{"name": "m", "spec": obj{"policy": "p"}})
	c.post("catalog/v1/stages", obj{"name": "test"})
	c.post(services, obj{"name": "first"})
	c.post(services, obj{"name": "second"})
	c.put(services+"/first/routing", obj{"routing": obj{"next": "second"}})
	c.put(services+"/first/x-tags", obj{"x-tags": []any{"test"}})
	c.want(http.StatusBadRequest, http.MethodPost, services, obj{"spec": obj{"hooks": []any{obj{"name": "none in a mesh"}}}})

	c.post(envs, obj{"name": "e"})
	c.post(envs+"/e/webhooks", obj{"name": "w"})
	c.post(envs+"/e/meshservices", obj{"name": "first", "spec": obj{"hooks": []any{obj{"name": "w"}}}})
	c.want(http.StatusNoContent, http.MethodDelete, envs+"/e/webhooks/w", nil)
	r := c.get(envs + "/e/meshservices/first")
	if got := []any{at(r.body, "spec.hooks.0.name"), at(r.body, "metadata.deletedReferences.0.type")}; !cmp.Equal(got, []any{nil, "soft"}) {
		t.Errorf("soft link: got %v", got)
	}
	c.want(http.StatusNoContent, http.MethodDelete, "catalog/v1/stages/test", nil)
	if got := c.get(services + "/first/x-tags").body["x-tags"]; !cmp.Equal(got, []any{}) {
		t.Errorf("soft link in a subresource: got %v", got)
	}
	c.want(http.StatusNoContent, http.MethodDelete, services+"/second", nil)
	if got := c.get(services).names(); len(got) != 0 {
		t.Errorf("hard link in a subresource: got %v", got)
	}
	c.want(http.StatusNoContent, http.MethodDelete, "mesh/v1/policies/p", nil)
	c.want(http.StatusNotFound, http.MethodGet, "management/v1/meshes/m", nil)

	var got []string
	for _, name := range []string{"meshservice-mesh", "meshservice-environment"} {
		spec := c.get("definitions/v1/groups/management/resources/" + name).body["spec"]
		for _, to := range at(spec, "references.toResources").([]any) {
			got = append(got, fmt.Sprint(name, " ", at(to, "kind"), " ", at(to, "scopeKind"), " ", at(to, "from.subResourceName"), " ", at(to, "types")))
		}
	}
	want := []string{"meshservice-mesh MeshService Mesh routing [hard]", "meshservice-mesh Stage <nil> x-tags [soft]",
		"meshservice-environment Webhook Environment <nil> [soft]", "meshservice-environment MeshService Environment routing [hard]",
		"meshservice-environment Stage <nil> x-tags [soft]"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("described (-want +got):\n%s", diff)
	}
}

func TestFinalizersHoldDeletes(t *testing.T) {
	t.Parallel()
	c := newClient(t, Options{})
	c.service()
	held := envs + "/e/apiservices/orders"
	c.put(held, obj{"finalizers": []any{obj{"name": "agent", "description": "cleans up"}}})
	r := c.want(http.StatusAccepted, http.MethodDelete, held, nil)
	if got := at(r.body, "metadata.state"); got != "DELETING" {
		t.Errorf("state: got %v, want DELETING", got)
	}
	c.get(envs + "/e/apiservicerevisions/orders-1")
	c.put(held, obj{"title": "still here", "finalizers": []any{obj{"name": "agent"}}})
	c.want(http.StatusAccepted, http.MethodDelete, envs+"/e", nil)
	c.put(held, obj{"finalizers": nil})
	c.want(http.StatusNotFound, http.MethodGet, held, nil)
	c.want(http.StatusNotFound, http.MethodGet, envs+"/e", nil)

	c.post(envs, obj{"name": "f", "finalizers": []any{obj{"name": "x"}}})
	c.want(http.StatusNoContent, http.MethodDelete, envs+"/f?forceDelete=true", nil)
}

func TestAssetsAreArchivedFirst(t *testing.T) {
	t.Parallel()
	c := newClient(t, Options{})
	asset := "catalog/v1/assets/a"
	c.post("catalog/v1/assets", obj{"name": "a"})
	c.put(asset+"/state", obj{"state": "active"})
	c.want(http.StatusBadRequest, http.MethodDelete, asset, nil)
	c.put(asset+"/state", obj{"state": obj{"name": "deprecated"}})
	c.want(http.StatusBadRequest, http.MethodDelete, asset, nil)
	c.put(asset+"/state", obj{"state": "archived"})
	c.want(http.StatusNoContent, http.MethodDelete, asset, nil)
}
