package apim

import (
	"net/url"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestProductBringsGroupAndSubscription(t *testing.T) {
	c := newClient(t, Options{})
	r := c.put("products/p", obj{"displayName": "P"})
	if groups, _ := r.props()["groups"].([]any); len(groups) != 1 {
		t.Errorf("PUT answer: got groups %v, want one", r.props()["groups"])
	}
	if _, there := c.get("products/p").props()["groups"]; there {
		t.Error("GET shows groups")
	}
	if diff := cmp.Diff(c.get("products/p/groups").list(), []string{"administrators"}); diff != "" {
		t.Errorf("groups (-got +want):\n%s", diff)
	}
	subs := c.get("products/p/subscriptions").list()
	if len(subs) != 1 || len(subs[0]) != 24 {
		t.Errorf("subscriptions: got %v, want one with a 24-digit name", subs)
	}
	c.put("products/p", obj{"displayName": "P again"})
	if got := c.get("products/p/subscriptions").list(); len(got) != 1 {
		t.Errorf("subscriptions after an update: got %v, want one", got)
	}
}

func TestSubscriptionKeys(t *testing.T) {
	c := newClient(t, Options{Bare: true})
	r := c.put("subscriptions/s", obj{"displayName": "s", "scope": "/apis", "primaryKey": "mine"})
	if r.props()["primaryKey"] != "mine" || r.props()["secondaryKey"] == nil {
		t.Errorf("PUT answer: got %v", r.props())
	}
	got := c.get("subscriptions/s").props()
	if written := text(r.props(), "createdDate"); len(text(got, "createdDate")) >= len(written) {
		t.Errorf("createdDate: got %v, want less than the %s of the answer to the write", got["createdDate"], written)
	}
	if got["primaryKey"] != nil || got["secondaryKey"] != nil {
		t.Error("GET shows keys")
	}
	keys := c.want(200, "POST", "subscriptions/s/listSecrets", nil).body
	if keys["primaryKey"] != "mine" {
		t.Errorf("listSecrets: got %v", keys)
	}
	c.put("subscriptions/s", obj{"displayName": "renamed", "scope": "/apis"})
	if got := c.want(200, "POST", "subscriptions/s/listSecrets", nil).body; got["primaryKey"] != "mine" || got["secondaryKey"] != keys["secondaryKey"] {
		t.Errorf("keys after an update without them: got %v, want %v", got, keys)
	}
	c.want(204, "POST", "subscriptions/s/regeneratePrimaryKey", nil)
	if got := c.want(200, "POST", "subscriptions/s/listSecrets", nil).body; got["primaryKey"] == "mine" {
		t.Error("regeneratePrimaryKey kept the key")
	}
}

func TestNamedValues(t *testing.T) {
	c := newClient(t, Options{Bare: true})
	r := c.put("namedValues/s", obj{"displayName": "secret", "value": "hush", "secret": true, "tags": []string{"x"}})
	if r.props()["provisioningState"] != "InProgress" || r.header.Get("Location") == "" {
		t.Errorf("PUT is not long-running: %s", r.raw)
	}
	if strings.Contains(c.settle(r).raw, "hush") || strings.Contains(c.get("namedValues/s").raw, "hush") {
		t.Error("a read shows the secret")
	}
	if got := c.want(200, "POST", "namedValues/s/listValue", nil).body["value"]; got != "hush" {
		t.Errorf("listValue: got %v", got)
	}
	c.want(400, "PUT", "namedValues/s", wrap(obj{"displayName": "secret", "secret": true}))
	c.want(409, "PUT", "namedValues/other", wrap(obj{"displayName": "secret", "value": "x"}))
	c.put("namedValues/kv", obj{"displayName": "vault", "keyVault": obj{"secretIdentifier": "https://v.example.com/secrets/s"}})
	kv := c.get("namedValues/kv").props()
	if kv["secret"] != true || kv["value"] != nil || object(kv, "keyVault")["lastStatus"] == nil {
		t.Errorf("key vault: got %v", kv)
	}
	if got := c.put("namedValues/open", obj{"displayName": "open", "value": "v"}).props()["value"]; got != "v" {
		t.Errorf("plain value: got %v", got)
	}
}

func TestRenamingANamedValueRewritesPolicies(t *testing.T) {
	c := newClient(t, Options{Bare: true})
	c.put("namedValues/n", obj{"displayName": "before", "value": "v"})
	c.put("policies/policy", obj{"format": "rawxml", "value": `<policies><inbound><a b="{{before}}" /></inbound></policies>`})
	c.put("namedValues/n", obj{"displayName": "after", "value": "v"})
	want := `<policies><inbound><a b="{{after}}" /></inbound></policies>`
	if got := c.get("policies/policy?format=rawxml").props()["value"]; got != want {
		t.Errorf("got %v, want %s", got, want)
	}
	c.put("policies/policy", obj{"format": "rawxml", "value": want})
	c.want(400, "PUT", "policies/policy", wrap(obj{"format": "rawxml", "value": `<policies><inbound><a b="{{before}}" /></inbound></policies>`}))
}

func TestLoggerCredentialsBecomeANamedValue(t *testing.T) {
	c := newClient(t, Options{Bare: true})
	c.put("loggers/l", obj{"loggerType": "applicationInsights", "credentials": obj{"instrumentationKey": "hush-key"}})
	shown := c.get("loggers/l")
	if strings.Contains(shown.raw, "hush-key") {
		t.Error("a read shows the key")
	}
	values := c.get("namedValues").list()
	if len(values) != 1 || len(values[0]) != 24 {
		t.Fatalf("named values: got %v, want one with a 24-digit name", values)
	}
	want := "{{Logger-Credentials--" + values[0] + "}}"
	if got := object(shown.props(), "credentials")["instrumentationKey"]; got != want {
		t.Errorf("credentials: got %v, want %s", got, want)
	}
	c.want(400, "DELETE", "namedValues/"+values[0], nil)
	c.put("loggers/l", obj{"loggerType": "applicationInsights", "credentials": obj{"instrumentationKey": want}})
	if got := c.get("namedValues").list(); len(got) != 1 {
		t.Errorf("named values after a PUT of what was read: got %v", got)
	}
}

func TestSecretsAreNeverReadBack(t *testing.T) {
	c := newClient(t, Options{Bare: true})
	for _, test := range []struct {
		path  string
		props obj
		post  string
	}{
		{"authorizationServers/a", obj{"displayName": "a", "authorizationEndpoint": "https://x", "clientId": "i", "clientRegistrationEndpoint": "https://x",
			"grantTypes": []string{"implicit"}, "clientSecret": "hush"}, "listSecrets"},
		{"openidConnectProviders/o", obj{"displayName": "o", "metadataEndpoint": "https://x", "clientId": "i", "clientSecret": "hush"}, "listSecrets"},
		{"identityProviders/facebook", obj{"clientId": "i", "clientSecret": "hush"}, "listSecrets"},
		{"portalsettings/delegation", obj{"url": "https://x", "validationKey": "hush"}, "listSecrets"},
		{"certificates/c", obj{"data": "hush", "password": "hush"}, ""},
		{"users/u", obj{"email": "u@example.com", "firstName": "U", "lastName": "U", "password": "hush"}, ""},
		{"caches/c", obj{"connectionString": "hush", "useFromLocation": "default"}, ""},
	} {
		t.Run(test.path, func(t *testing.T) {
			r := c.put(test.path, test.props)
			if strings.Contains(r.raw, "hush") || strings.Contains(c.get(test.path).raw, "hush") {
				t.Errorf("the secret shows: %s", c.get(test.path).raw)
			}
			if test.post != "" {
				if got := c.want(200, "POST", test.path+"/"+test.post, nil).raw; !strings.Contains(got, "hush") {
					t.Errorf("%s: got %s", test.post, got)
				}
			}
		})
	}
}

func TestUsersAndGroups(t *testing.T) {
	c := newClient(t, Options{})
	c.put("users/u", obj{"email": "u@example.com", "firstName": "U", "lastName": "U"})
	c.want(409, "PUT", "users/twin", wrap(obj{"email": "U@example.com", "firstName": "U", "lastName": "U"}))
	c.put("groups/g", obj{"displayName": "G"})
	c.want(404, "HEAD", "groups/g/users/u", nil)
	c.want(201, "PUT", "groups/g/users/u", nil)
	c.want(204, "HEAD", "groups/g/users/u", nil)
	if diff := cmp.Diff(c.get("users/u/groups").list(), []string{"developers", "g"}); diff != "" {
		t.Errorf("groups of user (-got +want):\n%s", diff)
	}
	c.put("subscriptions/s", obj{"displayName": "s", "scope": "/products/starter", "ownerId": "/users/u"})
	if diff := cmp.Diff(c.get("users/u/subscriptions").list(), []string{"s"}); diff != "" {
		t.Errorf("subscriptions of user (-got +want):\n%s", diff)
	}
	c.get("users/u/subscriptions/s")
	c.want(400, "DELETE", "users/u", nil)
	c.want(202, "DELETE", "users/u?deleteSubscriptions=true", nil)
	if got := c.get("groups/g/users").list(); len(got) != 0 {
		t.Errorf("users of group: got %v, want none", got)
	}
}

func TestSingletons(t *testing.T) {
	c := newClient(t, Options{Bare: true})
	c.want(200, "PUT", "portalsettings/signin", wrap(obj{"enabled": true}))
	c.want(204, "PATCH", "portalsettings/signin", wrap(obj{"enabled": false}))
	c.want(200, "PUT", "tenant/access", wrap(obj{"enabled": true}))
	c.want(400, "PUT", "tenant/other", wrap(obj{"enabled": true}))
	if got := c.want(200, "POST", "tenant/access/listSecrets", nil).body; got["primaryKey"] == nil || got["enabled"] != true {
		t.Errorf("tenant secrets: got %v", got)
	}
	c.want(200, "PUT", "templates/newIssueNotificationMessage", wrap(obj{"subject": "mine"}))
	c.want(200, "DELETE", "templates/newIssueNotificationMessage", nil)
	if got := c.get("templates/newIssueNotificationMessage").props()["isDefault"]; got != true {
		t.Errorf("template after delete: isDefault %v, want true", got)
	}
	c.want(200, "PUT", "notifications/BCC", nil)
	c.want(201, "PUT", "notifications/BCC/recipientEmails/a@example.com", nil)
	c.want(204, "HEAD", "notifications/BCC/recipientEmails/a@example.com", nil)
	if got := c.want(200, "PUT", "notifications/BCC", nil).props()["title"]; got != "BCC" {
		t.Errorf("title after a PUT without one: got %v", got)
	}
	emails, _ := object(c.get("notifications/BCC").props(), "recipients")["emails"].([]any)
	if len(emails) != 1 {
		t.Errorf("recipients: got %v, want one", emails)
	}
}

func TestWorkspaces(t *testing.T) {
	c := newClient(t, Options{Bare: true})
	c.want(404, "GET", "workspaces/w/apis", nil)
	c.put("workspaces/w", obj{"displayName": "W"})
	c.put("namedValues/n", obj{"displayName": "shared", "value": "v"})
	c.put("workspaces/w/namedValues/n", obj{"displayName": "own", "value": "v"})
	c.put("workspaces/w/policies/policy", obj{"value": `<policies><inbound><a b="{{own}}{{shared}}" /></inbound></policies>`})
	c.want(400, "PUT", "policies/policy", wrap(obj{"value": `<policies><inbound><a b="{{own}}" /></inbound></policies>`}))
	r := c.settle(c.do("PUT", "workspaces/w/apis/pets", importBody(nil)))
	if r.body["type"] != "Microsoft.ApiManagement/service/workspaces/apis" || r.body["id"] != testService+"/workspaces/w/apis/pets" {
		t.Errorf("workspace API: got %v %v", r.body["type"], r.body["id"])
	}
	c.put("workspaces/w/products/p", obj{"displayName": "P"})
	c.put("apis/same-path", obj{"displayName": "x", "path": "pets"})
	c.want(202, "DELETE", "apis/same-path", nil)
	c.want(400, "PUT", "workspaces/w/products/p/apiLinks/l", wrap(obj{"apiId": "/workspaces/w/apis/pets"}))
	c.put("workspaces/w/products/p/apiLinks/l", obj{"apiId": testService + "/workspaces/w/apis/pets"})
	c.want(404, "GET", "workspaces/w/products/p/apis", nil)
	c.want(404, "GET", "workspaces/w/gateways", nil)
	c.put("workspaces/w/subscriptions/s", obj{"displayName": "s", "scope": "/products/p"})
	if got := c.get("workspaces/w/subscriptions/s").props()["scope"]; got != testService+"/workspaces/w/products/p" {
		t.Errorf("scope: got %v", got)
	}
	export := c.get("workspaces/w/apis/pets?export=true&format=openapi-link")
	if object(export.props(), "value")["link"] == nil {
		t.Errorf("workspace export: got %s", export.raw)
	}
	c.want(200, "DELETE", "workspaces/w/apis/pets", nil)
	if got := c.get("apis").list(); len(got) != 0 {
		t.Errorf("service APIs: got %v, want none", got)
	}
	c.want(200, "DELETE", "workspaces/w", nil)
	c.want(200, "DELETE", "namedValues/n", nil)
}

func TestAggregates(t *testing.T) {
	c := newClient(t, Options{Bare: true})
	stock(c)
	c.want(201, "PUT", "apis/a/tags/t", nil)
	c.want(201, "PUT", "apis/a/operations/o/tags/t", nil)
	c.want(201, "PUT", "products/p/tags/t", nil)
	for _, path := range []string{"policies/policy", "apis/a/policies/policy", "apis/a/operations/o/policies/policy", "products/p/policies/policy"} {
		c.put(path, obj{"value": "<policies><inbound /></policies>"})
	}
	values, _ := c.get("allPolicies").body["value"].([]any)
	var got []string
	for _, v := range values {
		m, _ := v.(map[string]any)
		got = append(got, strings.TrimPrefix(text(object(m, "properties"), "referencePolicyId"), testService))
	}
	want := []string{"/apis/a/operations/o/policies/policy", "/apis/a/policies/policy", "/policies/policy", "/products/p/policies/policy"}
	if diff := cmp.Diff(got, want); diff != "" {
		t.Errorf("allPolicies (-got +want):\n%s", diff)
	}
	for path, want := range map[string]float64{"tagResources": 3, "apisByTags": 1, "productsByTags": 1, "apis/a/operationsByTags": 1,
		"apis?tags=T": 1, "apis?tags=none": 0, "policyDescriptions?scope=Api": 4, "regions": 1, "workspaceLinks": 0} {
		if got := c.get(path).body["count"]; got != want {
			t.Errorf("%s: got %v entries, want %v", path, got, want)
		}
	}
	first, _ := c.get("tagResources").body["value"].([]any)
	entry, _ := first[0].(map[string]any)
	if diff := cmp.Diff(entry["tag"], any(obj{"id": "/tags/t", "name": "T"})); diff != "" || object(entry, "api")["id"] != "/apis/a" {
		t.Errorf("tagResources: got %v", entry)
	}
	c.get("networkstatus")
	c.get("skus")
}

func TestAggregatesCanBeSpoiled(t *testing.T) {
	c := newClient(t, Options{Bare: true, Incomplete: []string{"allPolicies"}, Missing: []string{"tagResources"}})
	c.put("policies/policy", obj{"value": "<policies><inbound /></policies>"})
	if got := c.get("allPolicies").body["count"]; got != 0.0 {
		t.Errorf("allPolicies: got %v entries, want the only one left out", got)
	}
	c.want(404, "GET", "tagResources", nil)
}

// TestEveryKindRoundTrips writes, lists and deletes one of each type in the table
// with the least properties the facts demand.
func TestEveryKindRoundTrips(t *testing.T) {
	c := newClient(t, Options{Bare: true})
	stock(c)
	c.put("contentTypes/ct", obj{"name": "x"})
	c.put("authorizationProviders/ap", obj{"displayName": "x"})
	c.want(201, "PUT", "authorizationProviders/ap/authorizations/au", wrap(obj{"authorizationType": "OAuth2"}))
	c.put("apis/a/issues/i", obj{"title": "x", "description": "x", "userId": "/users/1"})
	for path, props := range map[string]obj{
		"apis/a/issues/i/comments/x":                                   {"text": "x", "userId": "/users/1"},
		"apis/a/issues/i/attachments/x":                                {"title": "x", "contentFormat": "link", "content": "x"},
		"authorizationProviders/ap/authorizations/au/accessPolicies/x": {"objectId": "x"},
		"contentTypes/ct/contentItems/x":                               {"any": "thing"},
		"gateways/gw/certificateAuthorities/x":                         {"isTrusted": true},
		"policyRestrictions/x":                                         {"scope": "/apis/a"},
		"schemas/x":                                                    {"schemaType": "json", "document": obj{"type": "object"}},
		"privateEndpointConnections/x":                                 {"privateLinkServiceConnectionState": obj{"status": "Approved"}},
		"apis/a/tagDescriptions/t":                                     {"description": "x"},
		"apis/a/diagnostics/applicationinsights":                       {"loggerId": "/loggers/l"},
		"apis/a/wikis/default":                                         {"documents": []obj{{"documentationId": "d"}}},
	} {
		if strings.HasSuffix(path, "/comments/x") {
			if diff := cmp.Diff(c.get("issues").list(), []string{"i"}); diff != "" {
				t.Errorf("issues of all APIs (-got +want):\n%s", diff)
			}
			c.get("issues/i")
		}
		t.Run(url.PathEscape(path), func(t *testing.T) {
			c.put(path, props)
			c.get(path)
			cut := strings.LastIndexByte(path, '/')
			if got := c.get(path[:cut]).list(); len(got) != 1 || got[0] != path[cut+1:] {
				t.Errorf("list: got %v", got)
			}
			c.want(200, "DELETE", path, nil)
			c.want(204, "DELETE", path, nil)
		})
	}
	c.want(201, "PUT", "portalRevisions/20240101", wrap(obj{"description": "x"}))
	c.want(200, "PUT", "portalconfigs/default", wrap(obj{"enableBasicAuth": false}))
}
