package apim

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestItem(t *testing.T) {
	c := newClient(t, Options{Bare: true})
	created := c.want(201, "PUT", "tags/Blue", wrap(obj{"displayName": "blue", "somethingNew": obj{"a": 1}}))
	if created.header.Get("ETag") == "" {
		t.Error("PUT gave no ETag")
	}
	want := obj{"id": testService + "/tags/Blue", "name": "Blue", "type": "Microsoft.ApiManagement/service/tags",
		"properties": obj{"displayName": "blue", "somethingNew": obj{"a": 1.0}}}
	if diff := cmp.Diff(c.get("tags/Blue").body, want); diff != "" {
		t.Errorf("read back (-got +want):\n%s", diff)
	}
	upper := strings.Replace(testService, "resourceGroups", "RESOURCEGROUPS", 1)
	if got := c.get(upper + "/TAGS/blUE"); got.body["name"] != "Blue" {
		t.Errorf("read in other case: got name %v, want Blue", got.body["name"])
	}
	c.want(200, "PUT", "tags/blue", wrap(obj{"displayName": "navy"}))
	got := c.get("tags/blue")
	if diff := cmp.Diff(got.props(), obj{"displayName": "navy"}); diff != "" {
		t.Errorf("after update (-got +want):\n%s", diff)
	}
	c.want(200, "PATCH", "tags/blue", wrap(obj{"more": true}))
	if diff := cmp.Diff(c.get("tags/blue").props(), obj{"displayName": "navy", "more": true}); diff != "" {
		t.Errorf("after patch (-got +want):\n%s", diff)
	}
	c.want(200, "HEAD", "tags/blue", nil)
	c.want(200, "DELETE", "tags/blue", nil)
	c.want(204, "DELETE", "tags/blue", nil)
	c.want(404, "HEAD", "tags/blue", nil)
	if got := c.want(404, "GET", "tags/blue", nil).errorText(); got != "ResourceNotFound: Tag not found." {
		t.Errorf("error: got %q", got)
	}
}

func TestIfMatch(t *testing.T) {
	for _, test := range []struct {
		name, method, path, match string
		strict                    bool
		want                      int
	}{
		{name: "star on missing creates", method: "PUT", path: "tags/new", match: "*", want: 201},
		{name: "star on existing updates", method: "PUT", path: "tags/old", match: "*", want: 200},
		{name: "stale on existing", method: "PUT", path: "tags/old", match: `"AAAAAAAAAAA="`, want: 412},
		{name: "tag on missing", method: "PUT", path: "tags/new", match: `"AAAAAAAAAAA="`, want: 412},
		{name: "fresh", method: "PUT", path: "tags/old", match: "fresh", want: 200},
		{name: "fresh delete", method: "DELETE", path: "tags/old", match: "fresh", want: 200},
		{name: "stale delete", method: "DELETE", path: "tags/old", match: `"AAAAAAAAAAA="`, want: 412},
		{name: "absent delete", method: "DELETE", path: "tags/old", want: 200},
		{name: "absent delete when strict", method: "DELETE", path: "tags/old", strict: true, want: 400},
		{name: "absent patch when strict", method: "PATCH", path: "tags/old", strict: true, want: 400},
		{name: "absent put when strict", method: "PUT", path: "tags/old", strict: true, want: 200},
	} {
		t.Run(test.name, func(t *testing.T) {
			c := newClient(t, Options{Bare: true, StrictIfMatch: test.strict})
			etag := c.put("tags/old", obj{"displayName": "old"}).header.Get("ETag")
			match := test.match
			if match == "fresh" {
				match = etag
			}
			var headers []string
			if match != "" {
				headers = []string{"If-Match", match}
			}
			c.want(test.want, test.method, test.path, wrap(obj{"displayName": "x"}), headers...)
		})
	}
}

func TestETagChangesWithEveryWrite(t *testing.T) {
	c := newClient(t, Options{Bare: true})
	first := c.put("tags/a", obj{"displayName": "a"}).header.Get("ETag")
	second := c.put("tags/a", obj{"displayName": "a"}).header.Get("ETag")
	if first == second {
		t.Errorf("two writes, one ETag %s", first)
	}
	if got := c.want(200, "HEAD", "tags/a", nil).header.Get("ETag"); got != second {
		t.Errorf("HEAD: got ETag %s, want %s", got, second)
	}
}

func TestPaging(t *testing.T) {
	c := newClient(t, Options{Bare: true, PageSize: 3})
	var want []string
	for i := range 8 {
		name := fmt.Sprintf("tag%d", i)
		want = append(want, name)
		c.put("tags/"+name, obj{"displayName": name})
	}
	var got []string
	pages := 0
	for next := "tags"; next != ""; pages++ {
		r := c.get(next)
		if r.body["count"] != 8.0 {
			t.Errorf("count: got %v, want 8", r.body["count"])
		}
		got = append(got, r.list()...)
		next = text(r.body, "nextLink")
	}
	if diff := cmp.Diff(got, want); diff != "" || pages != 3 {
		t.Errorf("%d pages, want 3 (-got +want):\n%s", pages, diff)
	}
	for _, test := range []struct {
		query string
		want  []string
	}{
		{"$top=2&$skip=1", []string{"tag1", "tag2"}},
		{"$filter=displayName eq 'TAG3'", []string{"tag3"}},
		{"$filter=name ne 'tag3' and startswith(name,'tag') and not contains(name,'4')", []string{"tag0", "tag1", "tag2"}},
		{"$filter=endswith(name,'7') or name eq 'tag1'", []string{"tag1", "tag7"}},
		{"$skip=100", []string{}},
	} {
		t.Run(test.query, func(t *testing.T) {
			got := c.get("tags?" + strings.NewReplacer(" ", "%20", "'", "%27").Replace(test.query)).list()
			if diff := cmp.Diff(got, test.want); diff != "" {
				t.Errorf("-got +want:\n%s", diff)
			}
		})
	}
	c.want(400, "GET", "tags?$top=0", nil)
	c.want(400, "GET", "tags?$filter=nonsense", nil)
}

func TestRefusals(t *testing.T) {
	c := newClient(t, Options{Bare: true})
	for _, test := range []struct {
		name, method, path string
		body               any
		status             int
		want               string
	}{
		{"no api-version", "GET", c.base + testService + "/tags", nil, 400, "MissingApiVersionParameter"},
		{"no such collection", "GET", "nothings", nil, 404, "ResourceNotFound"},
		{"no such parent", "GET", "apis/none/operations", nil, 404, "Api not found."},
		{"bad JSON", "PUT", "tags/a", "{", 400, "InvalidRequestContent"},
		{"required", "PUT", "tags/a", wrap(obj{}), 400, "[displayName: The properties.displayName field is required.]"},
		{"no body", "PUT", "tags/a", nil, 400, "displayName"},
		{"too long", "PUT", "tags/a", wrap(obj{"displayName": strings.Repeat("x", 161)}), 400, "at most 160"},
		{"pattern", "PUT", "namedValues/a", wrap(obj{"displayName": "a b", "value": "x"}), 400, "has to match the pattern"},
		{"name pattern", "PUT", "tags/a*b", wrap(obj{"displayName": "x"}), 400, "[name:"},
		{"closed enum", "PUT", "products/a", wrap(obj{"displayName": "a", "state": "sold"}), 400, "[state:"},
		{"wrong type", "PUT", "tags/a", wrap(obj{"displayName": 3}), 400, "has to be a string"},
		{"bounds", "PUT", "backends/a", wrap(obj{"type": "Pool", "pool": obj{"services": []obj{{"id": "/backends/b", "weight": 101}}}}), 400, "not be above 100"},
		{"no whole number", "PUT", "backends/a", wrap(obj{"type": "Pool", "pool": obj{"services": []obj{{"id": "/backends/b", "weight": 1.5}}}}), 400, "has to be an integer"},
		{"share above 100", "PUT", "diagnostics/applicationinsights", wrap(obj{"loggerId": "/loggers/a", "sampling": obj{"samplingType": "fixed", "percentage": 100.5}}), 400, "not be above 100"},
		{"share of no number", "PUT", "diagnostics/applicationinsights", wrap(obj{"loggerId": "/loggers/a", "sampling": obj{"samplingType": "fixed", "percentage": "50"}}), 400, "has to be a number"},
		{"verb", "PATCH", "policies/policy", wrap(obj{}), 405, "MethodNotAllowed"},
		{"patch of nothing", "PATCH", "tags/none", wrap(obj{"displayName": "x"}), 404, "Tag not found."},
		{"only name", "PUT", "policies/other", wrap(obj{"value": "<policies/>"}), 400, "[name:"},
		{"no such wiki", "GET", "products/p/wikis/default", nil, 500, "InternalServerError"},
	} {
		t.Run(test.name, func(t *testing.T) {
			c.put("products/p", obj{"displayName": "p"})
			r := c.do(test.method, test.path, test.body)
			if r.status != test.status || !strings.Contains(r.errorText(), test.want) {
				t.Errorf("got %d %s, want %d with %q", r.status, r.errorText(), test.status, test.want)
			}
		})
	}
}

func TestSharesMayHaveDecimals(t *testing.T) {
	c := newClient(t, Options{Bare: true})
	c.put("loggers/azuremonitor", obj{"loggerType": "azureMonitor"})
	c.put("diagnostics/azuremonitor", obj{"loggerId": "/loggers/azuremonitor", "sampling": obj{"samplingType": "fixed", "percentage": 0.5}})
}

func TestServices(t *testing.T) {
	c := newClient(t, Options{Services: []string{"dev"}})
	if got := c.get("").body["name"]; got != "dev" {
		t.Errorf("service: got name %v, want dev", got)
	}
	other := strings.TrimSuffix(testService, "dev") + "prod"
	r := c.want(404, "GET", other+"/apis", nil)
	if r.header.Get("x-ms-failure-cause") != "gateway" {
		t.Error("unknown service: not answered by the gateway")
	}
	group := testService[:strings.Index(testService, "/dev")]
	if diff := cmp.Diff(c.get(group).list(), []string{"dev"}); diff != "" {
		t.Errorf("list of services (-got +want):\n%s", diff)
	}
}

func TestStoresAreApart(t *testing.T) {
	c := newClient(t, Options{Bare: true})
	c.put("tags/a", obj{"displayName": "a"})
	other := strings.Replace(testService, "resourceGroups/rg", "resourceGroups/other", 1)
	if got := c.get(other + "/tags").list(); len(got) != 0 {
		t.Errorf("tags of another group: got %v, want none", got)
	}
}

func TestUsualContents(t *testing.T) {
	c := newClient(t, Options{})
	for path, want := range map[string][]string{
		"apis":                             {"echo-api"},
		"groups":                           {"administrators", "developers", "guests"},
		"products":                         {"starter", "unlimited"},
		"products/starter/apis":            {"echo-api"},
		"products/starter/groups":          {"administrators", "developers", "guests"},
		"users":                            {"1"},
		"apis/echo-api/products":           {"starter", "unlimited"},
		"portalsettings":                   {"delegation", "signin", "signup"},
		"tenant":                           {"access", "gitAccess"},
		"notifications/BCC/recipientUsers": {},
	} {
		if diff := cmp.Diff(c.get(path).list(), want); diff != "" {
			t.Errorf("%s (-got +want):\n%s", path, diff)
		}
	}
	if r := c.want(405, "DELETE", "groups/guests", nil); !strings.Contains(r.errorText(), "System entity") {
		t.Errorf("delete of a system group: %s", r.errorText())
	}
	c.want(405, "DELETE", "subscriptions/master", nil)
}

func TestTier(t *testing.T) {
	c := newClient(t, Options{SKU: "Consumption"})
	if got := c.want(500, "GET", "gateways", nil).errorText(); !strings.Contains(got, "Request processing failed due to internal error") {
		t.Errorf("gateways: got %s", got)
	}
	if got := c.want(400, "GET", "groups", nil).errorText(); !strings.HasPrefix(got, "MethodNotAllowedInPricingTier") {
		t.Errorf("got %s", got)
	}
	if got := c.get("products").list(); len(got) != 0 {
		t.Errorf("products: got %v, want none", got)
	}
}

func TestToken(t *testing.T) {
	c := newClient(t, Options{CheckToken: true})
	c.want(401, "GET", "tags", nil)
	c.want(200, "GET", "tags", nil, "Authorization", "Bearer x")
}
