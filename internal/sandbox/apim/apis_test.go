package apim

import (
	"net/http"
	"strings"
	"sync"
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

// settle polls an operation until it is done and gives its last answer.
func (c *client) settle(r reply) reply {
	c.t.Helper()
	at := r.header.Get("Location")
	if at == "" {
		return r
	}
	for range 500 {
		p := c.do("GET", at, nil)
		if p.status != 202 {
			return p
		}
		time.Sleep(time.Millisecond)
	}
	c.t.Fatalf("operation %s does not end", at)
	return r
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

func TestRevisions(t *testing.T) {
	c := newClient(t, Options{Bare: true})
	c.importAPI("apis/Pets", nil)
	c.put("apis/pets/policies/policy", obj{"value": "<policies><inbound /></policies>"})
	r := c.put("apis/pets;rev=2", obj{"path": "elsewhere", "sourceApiId": "/apis/pets", "apiRevisionDescription": "second"})
	if r.status != 201 || r.body["name"] != "Pets;rev=2" || r.props()["path"] != "pets" {
		t.Errorf("new revision: got %d %s", r.status, r.raw)
	}
	if _, there := r.props()["isCurrent"]; there {
		t.Error("isCurrent is there on a revision that is not current")
	}
	if diff := cmp.Diff(c.get("apis").list(), []string{"Pets", "Pets;rev=2"}); diff != "" {
		t.Errorf("apis (-got +want):\n%s", diff)
	}
	if diff := cmp.Diff(c.get("apis?$filter=isCurrent%20eq%20true").list(), []string{"Pets"}); diff != "" {
		t.Errorf("current apis (-got +want):\n%s", diff)
	}
	if got := c.get("apis/pets%3Brev=2/operations").list(); len(got) != 2 {
		t.Errorf("operations of the new revision: got %v, want two", got)
	}
	c.get("apis/pets;rev=2/policies/policy")
	if got := c.get("apis/pets;rev=1").body["name"]; got != "Pets" {
		t.Errorf("current revision by number: got name %v, want Pets", got)
	}
	c.put("apis/pets/releases/r1", obj{"apiId": "/apis/pets;rev=2", "notes": "go"})
	if got := c.get("apis/pets").props()["apiRevision"]; got != "2" {
		t.Errorf("after release: current revision %v, want 2", got)
	}
	if diff := cmp.Diff(c.get("apis").list(), []string{"Pets;rev=1", "Pets"}); diff != "" {
		t.Errorf("apis after release (-got +want):\n%s", diff)
	}
	if diff := cmp.Diff(c.get("apis/pets/releases").list(), []string{"r1"}); diff != "" {
		t.Errorf("releases (-got +want):\n%s", diff)
	}
	want := testService + "/apis/Pets;rev=2"
	if got := c.get("apis/pets/releases/r1").props()["apiId"]; got != want {
		t.Errorf("apiId of release: got %v, want %s", got, want)
	}
	c.want(200, "DELETE", "apis/pets/releases/r1", nil)
	if got := c.get("apis/pets").props()["apiRevision"]; got != "2" {
		t.Errorf("deleting the release reverted: current revision %v", got)
	}
	revisions := c.get("apis/pets/revisions")
	values, _ := revisions.body["value"].([]any)
	var got []string
	for _, v := range values {
		m, _ := v.(map[string]any)
		got = append(got, text(m, "apiRevision"))
		if m["isCurrent"] != (m["apiRevision"] == "2") {
			t.Errorf("revision %v: isCurrent %v", m["apiRevision"], m["isCurrent"])
		}
	}
	if diff := cmp.Diff(got, []string{"2", "1"}); diff != "" {
		t.Errorf("revisions (-got +want):\n%s", diff)
	}
	if next, there := revisions.body["nextLink"]; !there || next != nil {
		t.Errorf("revisions: nextLink %v, want null", next)
	}
	c.put("apis/pets", obj{"displayName": "New", "path": "new"})
	if got := c.get("apis/pets;rev=1").props()["path"]; got != "new" {
		t.Errorf("path of the other revision: got %v, want new", got)
	}
}

func TestDeleteAPI(t *testing.T) {
	c := newClient(t, Options{Bare: true})
	c.put("apis/a", obj{"displayName": "a", "path": "a"})
	c.put("apis/a;rev=2", obj{"path": "a", "sourceApiId": "/apis/a"})
	c.want(400, "DELETE", "apis/a;rev=1", nil)
	c.want(400, "DELETE", "apis/a", nil)
	c.want(202, "DELETE", "apis/a;rev=2", nil)
	c.put("apis/a;rev=3", obj{"path": "a", "sourceApiId": "/apis/a"})
	r := c.want(202, "DELETE", "apis/a?deleteRevisions=true", nil)
	if r.header.Get("Azure-AsyncOperation") == "" {
		t.Error("DELETE gave no Azure-AsyncOperation")
	}
	if done := c.settle(r); done.status != 204 {
		t.Errorf("finished: got %d, want 204", done.status)
	}
	if got := c.get("apis").list(); len(got) != 0 {
		t.Errorf("apis: got %v, want none", got)
	}
	c.want(204, "DELETE", "apis/a", nil)
	c.put("apis/b", obj{"displayName": "b", "path": "a"})
}

func TestVersionSetGoesWithItsLastAPI(t *testing.T) {
	c := newClient(t, Options{Bare: true})
	c.put("apiVersionSets/vs", obj{"displayName": "vs", "versioningScheme": "Segment"})
	for _, v := range []string{"v1", "v2"} {
		c.put("apis/"+v, obj{"displayName": "a", "path": "a", "apiVersion": v, "apiVersionSetId": "/apiVersionSets/vs"})
	}
	if got := c.get("apis/v1").props()["apiVersionSetId"]; got != testService+"/apiVersionSets/vs" {
		t.Errorf("apiVersionSetId: got %v", got)
	}
	for name, props := range map[string]obj{
		"same version":      {"displayName": "a", "path": "a", "apiVersion": "V1", "apiVersionSetId": "/apiVersionSets/vs"},
		"same path, no set": {"displayName": "a", "path": "/A/"},
	} {
		if r := c.do("PUT", "apis/third", wrap(props)); r.status != 400 {
			t.Errorf("%s: got %d, want 400", name, r.status)
		}
	}
	c.want(400, "DELETE", "apiVersionSets/vs", nil)
	c.want(202, "DELETE", "apis/v1", nil)
	c.get("apiVersionSets/vs")
	c.want(202, "DELETE", "apis/v2", nil)
	c.want(404, "GET", "apiVersionSets/vs", nil)
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

func TestExport(t *testing.T) {
	c := newClient(t, Options{Bare: true})
	c.importAPI("apis/pets", nil)
	r := c.get("apis/pets?export=true&format=openapi-link")
	link, _ := object(r.body, "value")["link"].(string)
	if r.body["format"] != "openapi-link" || !strings.Contains(link, "/_blob/") {
		t.Fatalf("export: got %s", r.raw)
	}
	c.want(400, "GET", link, nil, "Authorization", "Bearer x")
	if doc := c.want(200, "GET", link, nil); !strings.Contains(doc.raw, "listPets") || !strings.Contains(doc.raw, "https://dev.azure-api.net/pets") {
		t.Errorf("document: got %s", doc.raw)
	}
	past := c.srv.now
	c.srv.now = func() time.Time { return past().Add(time.Hour) }
	c.want(403, "GET", link, nil)
	c.srv.now = past
	if got := c.get("apis/pets?export=true&format=swagger-link").body["format"]; got != "swagger-link-json" {
		t.Errorf("format of swagger-link: got %v", got)
	}
	if got := object(c.get("apis/pets?export=true&format=openapi%2Bjson").body, "value")["openapi"]; got == nil {
		t.Error("inline export has no document")
	}
	c.want(400, "GET", "apis/pets?export=true&format=raml", nil)
}

func TestExportRace(t *testing.T) {
	produce := func(s string) func() (document, error) {
		return func() (document, error) { return document{text: s}, nil }
	}
	var m mixer
	first, _, done := m.begin("set", produce("first"))
	second, _, alsoDone := m.begin("set", produce("second"))
	other, _, otherDone := m.begin("other", produce("other"))
	done()
	alsoDone()
	otherDone()
	third, _, done := m.begin("set", produce("third"))
	done()
	got := []string{first.text, second.text, other.text, third.text}
	if diff := cmp.Diff(got, []string{"first", "first", "other", "third"}); diff != "" {
		t.Errorf("documents (-got +want):\n%s", diff)
	}
}

func TestParallelExportsOfOneAPIAreSafe(t *testing.T) {
	c := newClient(t, Options{Bare: true})
	c.importAPI("apis/pets", nil)
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			if r, err := c.try(http.MethodGet, "apis/pets?export=true&format=openapi-link", nil); err != nil || r.status != 200 {
				t.Errorf("export: got %d, %v", r.status, err)
			}
		})
	}
	wg.Wait()
}

func TestWritesToOneRevisionLeaveTheOthersAlone(t *testing.T) {
	c := newClient(t, Options{Bare: true})
	c.put("apis/a", obj{"displayName": "a", "path": "a"})
	before := c.put("apis/a;rev=2", obj{"path": "a", "sourceApiId": "/apis/a"}).header.Get("ETag")
	answered := c.put("apis/a", obj{"displayName": "a", "path": "a", "description": "new"}).header.Get("ETag")
	if got := c.want(200, "HEAD", "apis/a", nil).header.Get("ETag"); got != answered {
		t.Errorf("ETag of what was written: HEAD %s, PUT %s", got, answered)
	}
	if got := c.want(200, "HEAD", "apis/a;rev=2", nil).header.Get("ETag"); got != before {
		t.Errorf("ETag of the other revision: got %s, want %s", got, before)
	}
	c.put("apis/a", obj{"displayName": "b", "path": "a"})
	if got := c.want(200, "HEAD", "apis/a;rev=2", nil).header.Get("ETag"); got == before {
		t.Error("the other revision took a new display name and kept its ETag")
	}
	r := c.importAPI("apis/a;rev=2", obj{"path": "x"})
	if got := c.get("apis/a;rev=2"); got.header.Get("ETag") != r.header.Get("ETag") || got.props()["displayName"] != "b" || r.props()["displayName"] != "b" {
		t.Errorf("import into a revision: answered %v, stored %v", r.props(), got.props())
	}
}
