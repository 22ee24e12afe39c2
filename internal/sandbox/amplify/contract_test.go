package amplify

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestContract goes through what clients rely on, call by call, in one organization.
// The name of a case says what it shows; cases build on those before them.
func TestContract(t *testing.T) {
	t.Parallel()
	const patch = "application/json-patch+json"
	admin := newClient(t, twoTeams())
	by := map[string]*client{"": admin, "blue": admin.as("blue", "b"), "stranger": admin.anonymous()}
	held := []any{obj{"name": "agent", "description": "cleans up"}}
	for _, test := range []struct {
		name, by, call string
		body           any
		status         int
		want           obj // by path into the answer; "header NAME" is one of its headers
	}{
		// Calls and codes.
		{"no token", "stranger", "GET " + envs, nil, 401, obj{"errors.0.title": "Authentication error", "errors.0.status": 401.0}},
		{"create", "", "POST " + envs, obj{"name": "e", "spec": obj{"description": "d"}}, 201, obj{"name": "e", "metadata.resourceVersion": "0"}},
		{"create again", "", "POST " + envs, obj{"name": "e"}, 409, obj{"errors.0.title": "Conflict error", "errors.0.status": 409.0}},
		{"create without a name", "", "POST " + envs, obj{"tags": []any{"made"}}, 201, obj{"tags.0": "made"}},
		{"name rules", "", "POST " + envs, obj{"name": "Not_valid"}, 400, obj{
			"errors.0.title": "Validation error", "errors.0.detail": "Name is not valid.", "errors.0.source.parameter": "name", "errors.0.meta.regexp": namePattern.String()}},
		{"create in a scope", "", "POST " + envs + "/e/apiservices", obj{"name": "orders"}, 201, obj{"metadata.scope.kind": "Environment", "metadata.scope.name": "e"}},
		{"create outside of a scope", "", "POST management/v1/apiservices", obj{"name": "orders"}, 405, nil},
		{"read", "", "GET " + envs + "/e/apiservices/orders", nil, 200, obj{"kind": "APIService", "metadata.selfLink": "/management/v1/environments/e/apiservices/orders"}},
		{"read in the older version", "", "GET management/v1alpha1/environments/e", nil, 200, obj{"apiVersion": "v1alpha1"}},
		{"read what is missing", "", "GET management/v1/environments/tomato", nil, 404, obj{"errors.0.title": "Not found error", "errors.0.detail": "Resource tomato not found in group management"}},
		{"replace", "", "PUT " + envs + "/e", obj{"title": "E", "metadata": obj{"resourceVersion": "0"}}, 200, obj{"title": "E", "metadata.resourceVersion": "1"}},
		{"replace an older version", "", "PUT " + envs + "/e", obj{"metadata": obj{"resourceVersion": "0"}}, 428, obj{"errors.0.status": 428.0}},
		{"replace whatever is there", "", "PUT " + envs + "/e", obj{"title": "E"}, 200, obj{"metadata.resourceVersion": "2"}},
		{"replace what is missing", "", "PUT " + envs + "/none", obj{}, 404, nil},
		{"patch", "", "PATCH " + envs + "/e", []any{obj{"op": "x-build-object-tree", "path": "/x-agent/a"}, obj{"op": "add", "path": "/x-agent/a/b", "value": "c"}}, 200, obj{"x-agent.a.b": "c"}},
		{"patch an older version", "", "PATCH " + envs + "/e", []any{obj{"op": "add", "path": "/metadata/resourceVersion", "value": "0"}}, 428, nil},
		{"patch with another operation", "", "PATCH " + envs + "/e", []any{obj{"op": "move", "path": "/title", "from": "/name"}}, 400, nil},
		{"write an extension", "", "PUT " + envs + "/e/x-agent?fields=x-agent", obj{"x-agent": obj{"id": "7"}}, 200, obj{"x-agent.id": "7", "name": nil}},
		{"write an older version of a subresource", "", "PUT " + envs + "/e/x-agent", obj{"x-agent": obj{}, "metadata": obj{"resourceVersion": "0"}}, 428, nil},
		{"read an extension", "", "GET " + envs + "/e/x-agent", nil, 200, obj{"x-agent.id": "7", "kind": nil}},
		{"write an unknown subresource", "", "PUT " + envs + "/e/nothing", obj{"nothing": 1}, 404, nil},
		{"patch of a subresource", "", "PATCH " + envs + "/e/x-agent", []any{}, 405, nil},
		{"delete", "", "DELETE " + envs + "/e/apiservices/orders", nil, 204, nil},
		{"delete what is missing", "", "DELETE " + envs + "/e/apiservices/orders", nil, 404, nil},
		{"hold by a finalizer", "", "PUT " + envs + "/e", obj{"finalizers": held}, 200, obj{"finalizers.0.name": "agent"}},
		{"delete what is held", "", "DELETE " + envs + "/e", nil, 202, obj{"metadata.state": "DELETING"}},
		{"delete what is held again", "", "DELETE " + envs + "/e", nil, 202, obj{"metadata.state": "DELETING"}},
		{"read what is held", "", "GET " + envs + "/e", nil, 200, obj{"metadata.state": "DELETING"}},
		{"delete by force", "", "DELETE " + envs + "/e?forceDelete=true", nil, 204, nil},
		{"and it is gone", "", "GET " + envs + "/e", nil, 404, nil},
		{"hold another one", "", "POST " + envs, obj{"name": "f", "finalizers": held}, 201, nil},
		{"delete it", "", "DELETE " + envs + "/f?forceDelete=false", nil, 202, nil},
		{"its agent agrees by a patch", "", "PATCH " + envs + "/f", []any{obj{"op": "remove", "path": "/finalizers/0"}}, 200, nil},
		{"and it is gone, too", "", "GET " + envs + "/f", nil, 404, nil},

		// Lists.
		{"own", "blue", "POST " + envs, obj{"name": "b1", "title": "Z"}, 201, obj{"owner.type": "team", "owner.id": stableID("team", "blue")}},
		{"count", "", "HEAD " + envs, nil, 200, obj{"header X-Axway-Total-Count": "2"}},
		{"count what a team may see", "blue", "HEAD " + envs + "?count=accessible", nil, 200, obj{"header X-Axway-Total-Count": "1"}},
		{"count what a team may see, unasked", "blue", "HEAD " + envs, nil, 200, obj{"header X-Axway-Total-Count": "1"}},
		{"count all", "blue", "HEAD " + envs + "?count=all", nil, 200, obj{"header X-Axway-Total-Count": "2"}},
		{"count by a query", "", "HEAD " + envs + "?query=name==b1", nil, 200, obj{"header X-Axway-Total-Count": "1"}},
		{"count something else", "", "HEAD " + envs + "?count=some", nil, 400, nil},
		{"a page", "", "GET " + envs + "?pageSize=1&sort=title,DESC", nil, 200, obj{"0.name": "b1", "1": nil, "header X-Axway-Total-Count": "2",
			"header Link": `<http://amplify.test/apis/management/v1/environments?page=2&pageSize=1&sort=title%2CDESC>; rel="next"`}},
		{"the last page", "", "GET " + envs + "?pageSize=1&page=2&sort=title,DESC", nil, 200, obj{"0.tags.0": "made", "header X-Axway-Total-Count": "2", "header Link": ""}},
		{"sorted by time", "", "GET " + envs + "?sort=metadata.audit.createTimestamp,DESC", nil, 200, obj{"0.name": "b1"}},
		{"sorted by the time of a change", "", "GET " + envs + "?sort=metadata.audit.modifyTimestamp", nil, 200, obj{"1.name": "b1"}},
		{"the query of the vendor's tool", "", "GET " + envs + "?query=owner.id==null&pageSize=50", nil, 200, obj{"0.tags.0": "made", "1": nil}},
		{"a query for what cannot be asked", "", "GET " + envs + "?query=spec.description==d", nil, 400, obj{"errors.0.source.parameter": "query",
			"errors.0.title": "Validation error", "starts errors.0.detail": "Invalid 'query' parameter", "holds errors.0.detail": "Supported: [attributes.*, "}},
		{"fields", "", "GET " + envs + "/b1?fields=name,nothing", nil, 200, obj{"name": "b1", "title": nil, "metadata": nil, "nothing": nil}},

		// What is shown besides.
		{"give it children", "blue", "POST " + envs + "/b1/apiservices", obj{"name": "orders"}, 201, nil},
		{"that refer to each other", "blue", "POST " + envs + "/b1/apiservicerevisions", obj{"name": "r1", "spec": obj{"apiService": "orders"}}, 201, obj{
			"metadata.references.0.kind": "APIService", "metadata.references.0.type": "hard", "metadata.references.0.scopeName": "b1"}},
		{"embed references", "", "GET " + envs + "/b1/apiservicerevisions/r1?embed=metadata.references", nil, 200, obj{"metadata.references.0.resource.name": "orders"}},
		{"embed what refers", "", "GET " + envs + "/b1/apiservices/orders?embed=metadata.referencedByResources", nil, 200, obj{"metadata.referencedByResources.0.name": "r1"}},
		{"embed what is held", "", "GET " + envs + "/b1?embed=metadata.scopedResources&embed=metadata.accessRights", nil, 200, obj{
			"metadata.scopedResources.0.name": "orders", "metadata.accessRights.canWrite": true}},
		{"rights of a team", "blue", "GET " + envs + "/b1", nil, 200, obj{"metadata.accessRights.canChangeOwner": true, "metadata.accessRights.canDelete": true}},
		{"the default language", "", "PUT " + envs + "/b1/languages", obj{"languages": obj{"resource": obj{"code": "en-us"}}}, 200, obj{"languages.resource.code": "en-us"}},
		{"a translation", "", "PUT " + envs + "/b1/languages-fr-fr", obj{"languages-fr-fr": obj{"values": []any{obj{"path": "/title", "value": "Zut"}}}}, 200, obj{"languages-fr-fr.metadata.status": "complete"}},
		{"a language that is not taken", "", "PUT " + envs + "/b1/languages-it-it", obj{"languages-it-it": obj{"values": []any{}}}, 400, nil},
		{"languages are hidden", "", "GET " + envs + "/b1", nil, 200, obj{"languages": nil, "languages-fr-fr": nil}},
		{"languages are shown", "", "GET " + envs + "/b1?expand=languages,languages-*", nil, 200, obj{"languages.metadata.additional.0.code": "fr-fr", "languages-fr-fr.values.0.value": "Zut"}},
		{"a translation alone", "", "GET " + envs + "/b1?embed=languages-fr-fr.resource&expand=languages-fr-fr&fields=languages-fr-fr.values", nil, 200, obj{"languages-fr-fr.values.0.path": "/title", "name": nil}},

		// What depends on what.
		{"a hard reference", "", "DELETE " + envs + "/b1/apiservices/orders", nil, 204, nil},
		{"takes the referrer along", "", "GET " + envs + "/b1/apiservicerevisions/r1", nil, 404, nil},
		{"a scope", "", "DELETE " + envs + "/b1", nil, 204, nil},
		{"takes along what it holds", "", "GET management/v1/apiservices", nil, 200, obj{"0": nil}},

		// Definitions.
		{"groups", "", "GET definitions/v1alpha1/groups?pageSize=50", nil, 200, obj{"2.name": "management", "header X-Axway-Total-Count": "3"}},
		{"kinds", "", "GET definitions/v1alpha1/groups/management/resources/webhook-integration", nil, 200, obj{"spec.plural": "webhooks", "spec.scope.kind": "Integration"}},
		{"command lines", "", "GET definitions/v1alpha1/groups/management/commandlines/webhook-integration", nil, 200, obj{"spec.names.singular": "webhook"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			method, path, _ := strings.Cut(test.call, " ")
			headers := []string{"Content-Type", "application/json"}
			if method == http.MethodPatch {
				headers[1] = patch
			}
			r := by[test.by].in(t).do(method, path, test.body, headers...)
			if r.status != test.status {
				t.Fatalf("got %d, want %d\n%s", r.status, test.status, r.raw)
			}
			got := obj{}
			for path, want := range test.want {
				got[path] = r.look(path, want)
			}
			if diff := cmp.Diff(test.want, got); len(test.want) > 0 && diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// look is what an answer has at a path; see TestContract. A path after "starts" or
// "holds" gives want if the text there does.
func (r reply) look(path string, want any) any {
	if name, is := strings.CutPrefix(path, "header "); is {
		return r.header.Get(name)
	}
	var body any = r.body
	if r.list != nil {
		body = r.list
	}
	how, rest, found := strings.Cut(path, " ")
	if !found {
		return at(body, path)
	}
	text, part := fmt.Sprint(at(body, rest)), fmt.Sprint(want)
	if how == "starts" && strings.HasPrefix(text, part) || how == "holds" && strings.Contains(text, part) {
		return want
	}
	return text
}

// TestWhatClientsSend: bodies as the vendor's own clients write them, with all that is
// empty in them.
func TestWhatClientsSend(t *testing.T) {
	t.Parallel()
	never := obj{"createTimestamp": "0001-01-01T00:00:00.000+0000", "modifyTimestamp": "0001-01-01T00:00:00.000+0000", "createUserId": "", "modifyUserId": ""}
	for _, test := range []struct {
		name string
		body obj
	}{
		{"null attributes", obj{"attributes": nil}},
		{"null finalizers and tags", obj{"finalizers": nil, "tags": nil}},
		{"empty ones", obj{"attributes": obj{}, "finalizers": []any{}, "tags": []any{}}},
		{"null spec", obj{"spec": nil}},
		{"null metadata", obj{"metadata": nil}},
		{"empty metadata", obj{"metadata": obj{}}},
		{"times of nothing", obj{"metadata": obj{"audit": never}}},
		{"null times", obj{"metadata": obj{"audit": nil}}},
		{"empty scope", obj{"metadata": obj{"scope": obj{}}}},
		{"scope of empty texts", obj{"metadata": obj{"scope": obj{"id": "", "kind": "", "name": ""}}}},
		{"null lists in metadata", obj{"metadata": obj{"references": nil, "acl": nil, "deletedReferences": nil}}},
		{"empty lists in metadata", obj{"metadata": obj{"references": []any{}, "acl": []any{}}}},
		{"ids and versions of nothing", obj{"metadata": obj{"id": "", "resourceVersion": "", "selfLink": "", "state": ""}}},
		{"ids of others", obj{"metadata": obj{"id": "123", "selfLink": "/elsewhere", "accessRights": obj{"canRead": false}}}},
		{"null owner", obj{"owner": nil}},
		{"empty owner", obj{"owner": obj{}}},
		{"empty envelope", obj{"group": "", "apiVersion": "", "kind": "", "title": ""}},
		{"null title", obj{"title": nil}},
		{"another version", obj{"group": "management", "apiVersion": "v1alpha1", "kind": "APIService"}},
		{"null subresources", obj{"status": nil, "details": nil, "x-agent-details": nil, "references": nil}},
		{"subresources", obj{"status": obj{"level": "Success"}, "x-agent-details": obj{"a": "b"}}},
		{"unknown fields", obj{"colour": "red", "rawResource": nil}},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			c := newClient(t, Options{})
			c.post(envs, obj{"name": "e"})
			const list, one = envs + "/e/apiservices", envs + "/e/apiservices/orders"
			test.body["name"] = "orders"
			created := c.post(list, test.body)
			replaced := c.put(one, test.body)
			for how, r := range map[string]reply{"created": created, "replaced": replaced} {
				got := []any{r.body["group"], r.body["apiVersion"], r.body["kind"], r.body["attributes"], r.body["finalizers"], r.body["tags"], r.body["spec"],
					at(r.body, "metadata.scope.name"), at(r.body, "metadata.selfLink"), r.body["status"], r.body["x-agent-details"], r.body["owner"], r.body["colour"]}
				want := []any{"management", "v1", "APIService", obj{}, []any{}, []any{}, obj{}, "e", "/management/v1/environments/e/apiservices/orders", nil, nil, nil, nil}
				if diff := cmp.Diff(want, got); diff != "" {
					t.Errorf("%s (-want +got):\n%s", how, diff)
				}
				if made, _ := at(r.body, "metadata.audit.createTimestamp").(string); !strings.HasPrefix(made, "20") {
					t.Errorf("%s: made at %q", how, made)
				}
			}
		})
	}
}
