package apim

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

const petstore = `openapi: 3.0.1
info: {title: Petstore, description: Pets., version: "1"}
servers: [{url: https://pets.example.com/v1}]
paths:
  /pets:
    get: {operationId: listPets, responses: {"200": {description: ok}}}
  /pets/{id}:
    get:
      operationId: getPet
      parameters: [{name: id, in: path, required: true, schema: {type: string}}]
      responses: {"200": {description: ok, content: {application/json: {schema: {$ref: "#/components/schemas/Pet"}}}}}
components: {schemas: {Pet: {type: object, properties: {name: {type: string}}}}}
`

func importBody(extra obj) any {
	props := obj{"path": "pets", "format": "openapi", "value": petstore}
	for k, v := range extra {
		props[k] = v
	}
	return wrap(props)
}

// settle asks how an operation ended. Operations of test servers take next to no time.
func (c *client) settle(r reply) reply {
	c.t.Helper()
	at := r.header.Get("Location")
	if at == "" {
		return r
	}
	p := c.do("GET", at, nil)
	if p.status == 202 {
		c.t.Fatalf("operation %s does not end", at)
	}
	return p
}

func (c *client) importAPI(path string, extra obj) reply {
	c.t.Helper()
	return c.settle(c.do("PUT", path, importBody(extra)))
}

func TestPlainAPIIsSynchronous(t *testing.T) {
	c := newClient(t, Options{Bare: true})
	r := c.want(201, "PUT", "apis/a", wrap(obj{"displayName": "A", "path": "a", "protocols": []string{"https", "http"}, "mcpTools": []obj{{"name": "x"}}, "type": "mcp"}))
	if r.header.Get("Location") != "" || r.header.Get("ETag") == "" {
		t.Errorf("headers: got %v", r.header)
	}
	want := obj{"displayName": "A", "path": "a", "protocols": []any{"http", "https"}, "type": "mcp", "mcpTools": []any{obj{"name": "x"}},
		"apiRevision": "1", "isCurrent": true, "isOnline": true, "subscriptionRequired": true, "description": nil,
		"subscriptionKeyParameterNames": obj{"header": "Ocp-Apim-Subscription-Key", "query": "subscription-key"},
		"authenticationSettings":        obj{"oAuth2": nil, "openid": nil, "oAuth2AuthenticationSettings": []any{}, "openidAuthenticationSettings": []any{}}}
	if diff := cmp.Diff(c.get("apis/a").props(), want); diff != "" {
		t.Errorf("read back (-got +want):\n%s", diff)
	}
	values, _ := c.get("apis").body["value"].([]any)
	entry, _ := values[0].(map[string]any)
	props := object(entry, "properties")
	if props["authenticationSettings"] != nil || props["subscriptionKeyParameterNames"] != nil {
		t.Errorf("list shows what lists do not have: %v", props)
	}
}

func TestImportIsLongRunning(t *testing.T) {
	for _, test := range []struct {
		name, version string
		compat        bool
		status        int
	}{
		{"today", "2024-05-01", false, 201},
		{"compat", "2024-05-01", true, 202},
		{"old version", "2021-08-01", false, 202},
	} {
		t.Run(test.name, func(t *testing.T) {
			c := newClient(t, Options{Bare: true, Compat202: test.compat})
			at := testService + "/apis/pets?api-version=" + test.version
			r := c.want(test.status, "PUT", at, importBody(nil))
			if test.status == 202 && (r.raw != "" || r.header.Get("Azure-AsyncOperation") != "") {
				t.Errorf("202 with body %q or Azure-AsyncOperation", r.raw)
			}
			if test.status == 201 && r.props()["provisioningState"] != "InProgress" {
				t.Errorf("provisioningState: got %v, want InProgress", r.props()["provisioningState"])
			}
			done := c.settle(r)
			if done.status != 201 || done.header.Get("ETag") == "" || done.props()["displayName"] != "Petstore" {
				t.Errorf("finished: got %d %s", done.status, done.raw)
			}
			if test.status == 201 {
				status := c.get(r.header.Get("Azure-AsyncOperation"))
				if status.body["status"] != "Succeeded" || status.props()["status"] != "Succeeded" {
					t.Errorf("operation: got %s", status.raw)
				}
			}
			if diff := cmp.Diff(c.get("apis/pets/operations").list(), []string{"getPet", "listPets"}); diff != "" {
				t.Errorf("operations (-got +want):\n%s", diff)
			}
			if got := c.get("apis/pets/schemas").list(); len(got) != 1 {
				t.Errorf("schemas: got %v, want one", got)
			}
			if got := c.get("apis/pets").props()["serviceUrl"]; got != "https://pets.example.com/v1" {
				t.Errorf("serviceUrl: got %v", got)
			}
		})
	}
}

func TestImportFailureShowsOnThePoll(t *testing.T) {
	c := newClient(t, Options{Bare: true})
	r := c.want(201, "PUT", "apis/pets", wrap(obj{"path": "pets", "format": "openapi", "value": "openapi: ["}))
	done := c.settle(r)
	if done.status != 400 || !strings.Contains(done.errorText(), "ValidationError") {
		t.Errorf("Location: got %d %s", done.status, done.raw)
	}
	status := c.get(r.header.Get("Azure-AsyncOperation")).body
	if status["status"] != "Failed" || object(status, "error")["code"] != "ValidationError" {
		t.Errorf("operation: got %v", status)
	}
	c.want(404, "GET", "apis/pets", nil)
}

func TestImportRefusals(t *testing.T) {
	c := newClient(t, Options{Bare: true})
	for name, test := range map[string]struct {
		props obj
		want  string
	}{
		"link":             {obj{"path": "a", "format": "openapi-link", "value": "https://x"}, "[value:"},
		"unknown format":   {obj{"path": "a", "format": "raml", "value": "x"}, "[format:"},
		"value alone":      {obj{"path": "a", "value": petstore}, "[value:"},
		"null beside spec": {obj{"path": "a", "format": "openapi", "value": petstore, "backendId": nil}, "[backendId:"},
		"blank serviceUrl": {obj{"path": "a", "displayName": "a", "serviceUrl": ""}, "[serviceUrl:"},
		"no display name":  {obj{"path": "a"}, "[displayName:"},
		"both auth":        {obj{"path": "a", "displayName": "a", "authenticationSettings": obj{"oAuth2": obj{"authorizationServerId": "x"}, "oAuth2AuthenticationSettings": []obj{{"authorizationServerId": "x"}}}}, "Cannot use OAuth2AuthenticationSettings in combination with OAuth2"},
		"unknown set":      {obj{"path": "a", "displayName": "a", "apiVersionSetId": "/apiVersionSets/none"}, "[apiVersionSetId:"},
		"unknown source":   {obj{"path": "a", "displayName": "a", "sourceApiId": "/apis/none"}, "[sourceApiId:"},
	} {
		t.Run(name, func(t *testing.T) {
			if got := c.want(400, "PUT", "apis/a", wrap(test.props)).errorText(); !strings.Contains(got, test.want) {
				t.Errorf("got %s, want %s", got, test.want)
			}
		})
	}
}

func TestAPIIsLockedWhileAnOperationRuns(t *testing.T) {
	c := newClient(t, Options{Bare: true, OperationTime: time.Hour})
	c.want(201, "PUT", "apis/pets", importBody(nil))
	for _, path := range []string{"apis/pets", "apis/pets;rev=2", "apis/pets/operations/x", "apis/pets/policies/policy"} {
		if got := c.want(409, "PUT", path, wrap(obj{"displayName": "x"})).errorText(); !strings.HasPrefix(got, "PessimisticConcurrencyConflict") {
			t.Errorf("%s: got %s", path, got)
		}
	}
	c.want(409, "DELETE", "apis/pets", nil)
	c.want(201, "PUT", "apis/other", wrap(obj{"displayName": "other", "path": "other"}))
	if got := c.get("apis/pets").props()["provisioningState"]; got != "InProgress" {
		t.Errorf("provisioningState: got %v", got)
	}
}

func TestReimportReplacesOperationsAndKeepsPolicies(t *testing.T) {
	c := newClient(t, Options{Bare: true})
	c.importAPI("apis/pets", nil)
	schema := c.get("apis/pets/schemas").list()
	c.put("apis/pets/operations/extra", obj{"displayName": "extra", "method": "GET", "urlTemplate": "/extra"})
	c.put("apis/pets/operations/listPets/policies/policy", obj{"value": "<policies><inbound /></policies>"})
	c.importAPI("apis/pets", nil)
	if diff := cmp.Diff(c.get("apis/pets/operations").list(), []string{"getPet", "listPets"}); diff != "" {
		t.Errorf("operations (-got +want):\n%s", diff)
	}
	c.get("apis/pets/operations/listPets/policies/policy")
	if diff := cmp.Diff(c.get("apis/pets/schemas").list(), schema); diff == "" {
		t.Error("schemas kept their names; an import makes them anew")
	}
	values, _ := c.get("apis/pets/operations").body["value"].([]any)
	first, _ := values[0].(map[string]any)
	if _, there := object(first, "properties")["request"]; there {
		t.Error("operation list shows request")
	}
	if c.get("apis/pets/operations/getPet").props()["request"] == nil {
		t.Error("operation lacks request")
	}
}

func TestOperations(t *testing.T) {
	c := newClient(t, Options{Bare: true})
	c.put("apis/a", obj{"displayName": "a", "path": "a"})
	c.put("apis/a/operations/get", obj{"displayName": "get", "method": "GET", "urlTemplate": "/x"})
	if r := c.want(400, "PUT", "apis/a/operations/again", wrap(obj{"displayName": "x", "method": "GET", "urlTemplate": "/x"})); !strings.Contains(r.errorText(), "already exists") {
		t.Errorf("same URL: %s", r.errorText())
	}
	if r := c.want(400, "PUT", "apis/a/operations/p", wrap(obj{"displayName": "x", "method": "GET", "urlTemplate": "/x/{id}"})); !strings.Contains(r.errorText(), "templateParameters") {
		t.Errorf("undeclared parameter: %s", r.errorText())
	}
}

func TestGraphQL(t *testing.T) {
	c := newClient(t, Options{Bare: true})
	c.put("apis/g", obj{"displayName": "g", "path": "g", "type": "graphql", "serviceUrl": "https://x.example.com"})
	r := c.settle(c.put("apis/g/schemas/graphql", obj{"contentType": graphqlSchema, "document": obj{"value": "type Query { a: Int }"}}))
	if r.status != 201 {
		t.Fatalf("schema: got %d %s", r.status, r.raw)
	}
	if got := object(c.get("apis/g/schemas/graphql").props(), "document")["value"]; got != "type Query { a: Int }" {
		t.Errorf("SDL: got %v", got)
	}
	c.put("apis/g/resolvers/r", obj{"displayName": "r", "path": "Query/a"})
	c.want(406, "GET", "apis/g?export=true&format=graphql-link", nil)
}
