package amplify

import (
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestCreateReadReplaceDelete(t *testing.T) {
	t.Parallel()
	c := newClient(t, Options{})
	r := c.post(envs, obj{"name": "prod", "title": "Production", "attributes": nil, "finalizers": nil, "tags": []string{"eu"},
		"metadata": obj{"audit": obj{"createTimestamp": "0001-01-01T00:00:00.000+0000"}, "scope": obj{}}, "spec": obj{"description": "d"}})
	got := obj{"group": r.body["group"], "apiVersion": r.body["apiVersion"], "kind": r.body["kind"], "name": r.body["name"], "title": r.body["title"],
		"tags": r.body["tags"], "attributes": r.body["attributes"], "finalizers": r.body["finalizers"], "spec": r.body["spec"],
		"version": at(r.body, "metadata.resourceVersion"), "self": at(r.body, "metadata.selfLink")}
	want := obj{"group": "management", "apiVersion": "v1", "kind": "Environment", "name": "prod", "title": "Production", "tags": []any{"eu"},
		"attributes": obj{}, "finalizers": []any{}, "spec": obj{"description": "d"}, "version": "0", "self": "/management/v1/environments/prod"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("created (-want +got):\n%s", diff)
	}
	if stamp, _ := at(r.body, "metadata.audit.createTimestamp").(string); !regexp.MustCompile(`^2\d{3}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}\+0000$`).MatchString(stamp) {
		t.Errorf("createTimestamp: got %q", stamp)
	}
	c.want(http.StatusConflict, http.MethodPost, envs, obj{"name": "prod"})
	r = c.put(envs+"/prod", obj{"title": "P", "spec": obj{}})
	if got := []any{r.body["title"], r.body["tags"], at(r.body, "metadata.resourceVersion")}; !cmp.Equal(got, []any{"P", []any{}, "1"}) {
		t.Errorf("replaced: got %v", got)
	}
	r = c.get("management/v1alpha1/environments/prod")
	if got := []any{r.body["apiVersion"], at(r.body, "metadata.selfLink")}; !cmp.Equal(got, []any{"v1alpha1", "/management/v1alpha1/environments/prod"}) {
		t.Errorf("the other version: got %v", got)
	}
	c.want(http.StatusNoContent, http.MethodDelete, envs+"/prod", nil)
	c.want(http.StatusNotFound, http.MethodDelete, envs+"/prod", nil)
	r = c.want(http.StatusNotFound, http.MethodGet, envs+"/prod", nil)
	if want := "Resource prod not found in group management"; r.detail() != want || at(r.body, "errors.0.title") != "Not found error" || at(r.body, "errors.0.meta.tenantId") == nil {
		t.Errorf("error: got %s, want detail %q", r.raw, want)
	}
}

func TestStaleVersionIsRefused(t *testing.T) {
	t.Parallel()
	c := newClient(t, Options{})
	c.post(envs, obj{"name": "e"})
	c.put(envs+"/e", obj{"metadata": obj{"resourceVersion": "0"}})
	c.want(http.StatusPreconditionRequired, http.MethodPut, envs+"/e", obj{"metadata": obj{"resourceVersion": "0"}})
	c.want(http.StatusPreconditionRequired, http.MethodPut, envs+"/e/policies", obj{"policies": obj{}, "metadata": obj{"resourceVersion": "0"}})
	c.put(envs+"/e", obj{})
	if got := at(c.get(envs+"/e").body, "metadata.resourceVersion"); got != "2" {
		t.Errorf("resourceVersion: got %v, want 2", got)
	}
}

func TestWhatIsRefused(t *testing.T) {
	t.Parallel()
	c := newClient(t, Options{})
	c.service()
	for _, test := range []struct {
		name, method, path string
		body               any
		status             int
		parameter, detail  string
	}{
		{"name", "POST", envs, obj{"name": "Prod"}, 400, "name", "Name is not valid."},
		{"name with a dot at the end", "POST", envs, obj{"name": "a."}, 400, "name", "Name is not valid."},
		{"name that is no string", "POST", envs, obj{"name": 1}, 400, "name", "Name is not valid."},
		{"new name", "PUT", envs + "/e", obj{"name": "f"}, 400, "name", "cannot be changed"},
		{"another kind", "POST", envs, obj{"kind": "Webhook"}, 400, "kind", "list of Environment"},
		{"title", "POST", envs, obj{"title": 1}, 400, "title", "not a string"},
		{"attribute", "POST", envs, obj{"attributes": obj{"a": 1}}, 400, "attributes", "not a string"},
		{"tags", "POST", envs, obj{"tags": "a"}, 400, "tags", "not a list"},
		{"tag", "POST", envs, obj{"tags": []any{1}}, 400, "tags", "not a string"},
		{"finalizer", "POST", envs, obj{"finalizers": []any{obj{}}}, 400, "finalizers", "no name"},
		{"spec", "POST", envs, obj{"spec": "x"}, 400, "spec", "not an object"},
		{"no object", "POST", envs, `[]`, 400, "body", "not a JSON object"},
		{"two objects", "POST", envs, `{}{}`, 400, "body", "more than one"},
		{"missing reference", "POST", envs + "/e/apiservicerevisions", obj{"spec": obj{"apiService": "none"}}, 400, "spec.apiService", "APIService none not found"},
		{"team", "POST", envs, obj{"owner": obj{"type": "team", "id": "none"}}, 400, "owner", "no team"},
		{"access list", "POST", envs, obj{"metadata": obj{"acl": []any{obj{"aclId": "x"}}}}, 400, "metadata.acl", "no access control list"},
		{"scoped kind without scope", "POST", "management/v1/apiservices", obj{}, 405, "", "inside a scope"},
		{"scoped resource without scope", "GET", "management/v1/apiservices/orders", nil, 404, "", "nothing at"},
		{"missing scope", "POST", envs + "/none/apiservices", obj{}, 404, "", "Resource none not found"},
		{"missing scope of a list", "GET", envs + "/none/apiservices", nil, 404, "", "Resource none not found"},
		{"other scope", "GET", "management/v1/integrations/e/apiservices", nil, 404, "", ""},
		{"unknown group", "GET", "mesh/v1/environments", nil, 404, "", "not found in group mesh"},
		{"unknown version", "GET", "management/v2/environments", nil, 404, "", "version v2"},
		{"version that lacks the kind", "GET", "management/v1/assetmappingtemplates", nil, 404, "", "version v1"},
		{"unknown kind", "GET", "management/v1/meshes", nil, 404, "", "meshes"},
		{"unknown subresource", "PUT", envs + "/e/colour", obj{"colour": 1}, 404, "", "no subresource colour"},
		{"subresource that is not set", "GET", envs + "/e/policies", nil, 404, "", "Subresource policies"},
		{"subresource without its field", "PUT", envs + "/e/policies", obj{}, 400, "policies", "lacks the field"},
		{"method", "PUT", envs, obj{}, 405, "", "PUT"},
		{"definitions", "POST", "definitions/v1/groups", obj{}, 403, "", "cannot be changed"},
		{"page", "GET", envs + "?page=0", nil, 400, "page", "not a number"},
		{"page size", "GET", envs + "?pageSize=x", nil, 400, "pageSize", "not a number"},
		{"sort", "GET", envs + "?sort=spec", nil, 400, "sort", "Supported: [metadata.audit.createTimestamp"},
		{"direction", "GET", envs + "?sort=name,UP", nil, 400, "sort", "UP"},
		{"query", "GET", envs + "?query=name", nil, 400, "query", "Invalid 'query' parameter"},
		{"field of a query", "GET", envs + "?query=colour==red", nil, 400, "query", "Supported: ["},
		{"elsewhere", "GET", "/nowhere", nil, 404, "", "nothing at /nowhere"},
	} {
		t.Run(test.name, func(t *testing.T) {
			r := c.in(t).do(test.method, test.path, test.body)
			parameter, _ := at(r.body, "errors.0.source.parameter").(string)
			if r.status != test.status || parameter != test.parameter || !strings.Contains(r.detail(), test.detail) {
				t.Errorf("got %d %q %q, want %d %q %q", r.status, parameter, r.detail(), test.status, test.parameter, test.detail)
			}
		})
	}
}

func TestNamesAreMade(t *testing.T) {
	t.Parallel()
	c := newClient(t, Options{})
	r := c.post(envs, obj{"title": "No name"})
	name, _ := r.body["name"].(string)
	if !namePattern.MatchString(name) {
		t.Fatalf("name: got %q", name)
	}
	c.get(envs + "/" + name)
}

func TestPages(t *testing.T) {
	t.Parallel()
	c := newClient(t, Options{PageSize: 2})
	for i := range 5 {
		c.post(envs, obj{"name": fmt.Sprintf("e%d", i), "title": fmt.Sprintf("t%d", 9-i)})
	}
	first := c.get(envs + "?query=name==e*")
	wantLink := `<http://amplify.test/apis/management/v1/environments?page=2&pageSize=2&query=name%3D%3De%2A>; rel="next"`
	if first.header.Get("X-Axway-Total-Count") != "5" || first.header.Get("Link") != wantLink || !cmp.Equal(first.names(), []string{"e0", "e1"}) {
		t.Errorf("first page: got %v %v", first.header, first.names())
	}
	last := c.get(envs + "?page=3&sort=title")
	if last.header.Get("Link") != "" || !cmp.Equal(last.names(), []string{"e0"}) {
		t.Errorf("last page: got %v %v", last.header, last.names())
	}
	if beyond := c.get(envs + "?page=9"); beyond.raw != "[]\n" {
		t.Errorf("beyond the end: got %q", beyond.raw)
	}
	head := c.want(http.StatusOK, http.MethodHead, envs, nil)
	if head.header.Get("X-Axway-Total-Count") != "5" || head.raw != "" {
		t.Errorf("HEAD: got %v %q", head.header, head.raw)
	}
	down := c.get(envs + "?pageSize=9&sort=name,DESC")
	if want := []string{"e4", "e3", "e2", "e1", "e0"}; !cmp.Equal(down.names(), want) {
		t.Errorf("sorted: got %v, want %v", down.names(), want)
	}
}

func TestScopes(t *testing.T) {
	t.Parallel()
	c := newClient(t, Options{})
	c.post(envs, obj{"name": "a"})
	c.post(envs, obj{"name": "b"})
	c.post("management/v1/integrations", obj{"name": "a"})
	c.post(envs+"/a/webhooks", obj{"name": "w"})
	c.post(envs+"/b/webhooks", obj{"name": "w"})
	c.post("management/v1/integrations/a/webhooks", obj{"name": "w"})
	var scopes []any
	for _, entry := range c.get("management/v1/webhooks").list {
		scopes = append(scopes, at(entry, "metadata.scope.kind"), at(entry, "metadata.scope.name"))
	}
	if want := []any{"Environment", "a", "Environment", "b", "Integration", "a"}; !cmp.Equal(scopes, want) {
		t.Errorf("list of all scopes: got %v, want %v", scopes, want)
	}
	if got := c.get("management/v1/integrations/a/webhooks").names(); !cmp.Equal(got, []string{"w"}) {
		t.Errorf("list of a scope: got %v", got)
	}
	c.want(http.StatusNoContent, http.MethodDelete, envs+"/a", nil)
	if got := len(c.get("management/v1/webhooks").list); got != 2 {
		t.Errorf("after the delete of a scope: got %d webhooks, want 2", got)
	}
	c.post("catalog/v1/authprofiles", obj{"name": "p"})
	c.post("catalog/v1/authprofiles/p/secrets", obj{"name": "s"})
	if got := len(c.get("management/v1/secrets").list); got != 0 {
		t.Errorf("secrets of the other group: got %d, want 0", got)
	}
}

// TestEveryKind makes, reads and deletes a resource of each kind in each scope.
func TestEveryKind(t *testing.T) {
	t.Parallel()
	c := newClient(t, Options{})
	n := 0
	for _, k := range c.srv.table.kinds {
		if k.described {
			continue
		}
		n++
		version := k.versions[0]
		paths := []string{k.group + "/" + version + "/" + k.plural}
		if len(k.scopes) > 0 {
			paths = nil
		}
		for _, scope := range k.scopes {
			at := k.group + "/" + version + "/" + scope.plural
			if !scope.described {
				c.do(http.MethodPost, at, obj{"name": "scope"})
				paths = append(paths, at+"/scope/"+k.plural)
			}
		}
		for _, path := range paths {
			c.post(path, obj{"name": "x"})
			for _, sub := range append(k.subs, "x-mine") {
				c.put(path+"/x/"+sub+"?fields="+sub, obj{sub: obj{"a": "b"}})
			}
			if r := c.get(path + "/x"); r.body["kind"] != k.name || at(r.body, "x-mine.a") != "b" {
				t.Errorf("%s: got %s", path, r.raw)
			}
			c.want(http.StatusNoContent, http.MethodDelete, path+"/x", nil)
		}
	}
	if n+len(describedKinds()) != 86 {
		t.Errorf("got %d kinds, want 86", n+len(describedKinds()))
	}
}
