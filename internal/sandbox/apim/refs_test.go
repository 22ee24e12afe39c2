package apim

import (
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// stock fills a service with one of most things that others refer to.
func stock(c *client) {
	c.put("namedValues/nv-id", obj{"displayName": "greeting", "value": "hello"})
	c.put("backends/b", obj{"url": "https://b.example.com", "protocol": "http"})
	c.put("loggers/l", obj{"loggerType": "azureMonitor"})
	c.put("policyFragments/f", obj{"value": "<fragment><set-header name=\"x\"><value>{{greeting}}</value></set-header></fragment>"})
	c.put("apis/a", obj{"displayName": "A", "path": "a"})
	c.put("apis/a/operations/o", obj{"displayName": "o", "method": "GET", "urlTemplate": "/o"})
	c.put("products/p", obj{"displayName": "P"})
	c.put("groups/g", obj{"displayName": "G"})
	c.put("tags/t", obj{"displayName": "T"})
	c.put("documentations/d", obj{"title": "D", "content": "d"})
	c.put("gateways/gw", obj{"locationData": obj{"name": "here"}})
}

func TestUnknownReferencesAreRefused(t *testing.T) {
	c := newClient(t, Options{Bare: true})
	stock(c)
	other := strings.Replace(testService, "service/dev", "service/prod", 1)
	for _, test := range []struct {
		name, path string
		props      obj
		want       string
	}{
		{"logger of diagnostic", "diagnostics/d", obj{"loggerId": "/loggers/none"}, "[loggerId:"},
		{"logger of api diagnostic", "apis/a/diagnostics/d", obj{"loggerId": "/loggers/none"}, "[loggerId:"},
		{"logger of another service", "diagnostics/d", obj{"loggerId": other + "/loggers/l"}, "[loggerId:"},
		{"kind of another type", "diagnostics/d", obj{"loggerId": "/backends/b"}, "[loggerId:"},
		{"pool member", "backends/pool", obj{"type": "Pool", "pool": obj{"services": []obj{{"id": "/backends/none"}}}}, "[id:"},
		{"certificate of backend", "backends/x", obj{"url": "https://x", "protocol": "http", "credentials": obj{"certificateIds": []string{"/certificates/none"}}}, "[certificateIds:"},
		{"subscription scope", "subscriptions/s", obj{"displayName": "s", "scope": "/products/none"}, "[scope:"},
		{"subscription scope kind", "subscriptions/s", obj{"displayName": "s", "scope": "/tags/t"}, "[scope:"},
		{"release", "apis/a/releases/r", obj{"apiId": "/apis/a;rev=9"}, "[apiId:"},
		{"group link", "products/p/groupLinks/l", obj{"groupId": "/groups/none"}, "[groupId:"},
		{"api link", "products/p/apiLinks/l", obj{"apiId": "/apis/none"}, "[apiId:"},
		{"tag link", "tags/t/operationLinks/l", obj{"operationId": "/apis/a/operations/none"}, "[operationId:"},
		{"wiki", "apis/a/wikis/default", obj{"documents": []obj{{"documentationId": "none"}}}, "[documentationId:"},
		{"tag description", "apis/a/tagDescriptions/none", obj{"description": "x"}, "[tagId:"},
		{"named value in backend", "backends/x", obj{"url": "https://{{none}}", "protocol": "http"}, "Cannot find a property 'none'"},
		{"named value in logger", "loggers/x", obj{"loggerType": "applicationInsights", "credentials": obj{"instrumentationKey": "{{none}}"}}, "Cannot find a property 'none'"},
		{"scheme without name", "apiVersionSets/v", obj{"displayName": "v", "versioningScheme": "Query"}, "[versionQueryName:"},
		{"gateway certificate", "gateways/gw/hostnameConfigurations/h", obj{"hostname": "x", "certificateId": "/certificates/none"}, "[certificateId:"},
	} {
		t.Run(test.name, func(t *testing.T) {
			r := c.want(400, "PUT", test.path, wrap(test.props))
			if got := r.errorText(); !strings.HasPrefix(got, "ValidationError: One or more fields") || !strings.Contains(got, test.want) {
				t.Errorf("got %s, want %s", got, test.want)
			}
		})
	}
}

func TestIDsComeBackAbsolute(t *testing.T) {
	c := newClient(t, Options{Bare: true})
	stock(c)
	for _, test := range []struct {
		path, field, sent, want string
		more                    obj
	}{
		{"diagnostics/d", "loggerId", "/loggers/L", "/loggers/l", nil},
		{"diagnostics/d", "loggerId", "loggers/l", "/loggers/l", nil},
		{"subscriptions/s", "scope", "/products/p", "/products/p", obj{"displayName": "s"}},
		{"subscriptions/s", "scope", "/apis", "/apis", obj{"displayName": "s"}},
		{"subscriptions/s", "scope", "/apis/a", "/apis/a", obj{"displayName": "s"}},
		{"subscriptions/s", "scope", strings.ToUpper(testService) + "/apis/a", "/apis/a", obj{"displayName": "s"}},
		{"products/p/apiLinks/l", "apiId", "/apis/a", "/apis/a", nil},
	} {
		t.Run(test.path+" "+test.sent, func(t *testing.T) {
			props := obj{test.field: test.sent}
			maps.Copy(props, test.more)
			c.put(test.path, props)
			if got := c.get(test.path).props()[test.field]; got != testService+test.want {
				t.Errorf("got %v, want %s", got, testService+test.want)
			}
		})
	}
	c.put("backends/pool", obj{"type": "Pool", "pool": obj{"services": []obj{{"id": "/backends/b", "weight": 3}}}})
	services, _ := object(c.get("backends/pool").props(), "pool")["services"].([]any)
	if diff := cmp.Diff(services, []any{obj{"id": testService + "/backends/b", "weight": 3.0}}); diff != "" {
		t.Errorf("pool (-got +want):\n%s", diff)
	}
}

func TestWhatIsInUseStays(t *testing.T) {
	c := newClient(t, Options{Bare: true})
	stock(c)
	c.put("policies/policy", obj{"value": `<policies><inbound><include-fragment fragment-id="f" /><set-backend-service backend-id="b" /></inbound></policies>`})
	c.put("diagnostics/d", obj{"loggerId": "/loggers/l"})
	c.put("products/p/wikis/default", obj{"documents": []obj{{"documentationId": "d"}}})
	c.put("subscriptions/s", obj{"displayName": "s", "scope": "/products/p"})
	for _, path := range []string{"namedValues/nv-id", "policyFragments/f", "backends/b", "loggers/l", "documentations/d", "products/p"} {
		if got := c.want(400, "DELETE", path, nil).errorText(); !strings.HasPrefix(got, "ValidationError") {
			t.Errorf("%s: got %s", path, got)
		}
		c.get(path)
	}
	for _, path := range []string{"policies/policy", "policyFragments/f", "namedValues/nv-id", "backends/b", "diagnostics/d", "loggers/l", "products/p?deleteSubscriptions=true"} {
		c.want(200, "DELETE", path, nil)
	}
	c.want(404, "GET", "subscriptions/s", nil)
	c.want(404, "GET", "products/p/wikis/default", nil)
	c.want(200, "DELETE", "documentations/d", nil)
}

func TestMemberships(t *testing.T) {
	c := newClient(t, Options{Bare: true})
	stock(c)
	for _, test := range []struct {
		name, assoc, shown, link, field, target string
		head                                    int
		id                                      string
	}{
		{"product api", "products/p/apis/a", "a", "products/p/apiLinks/l", "apiId", "/apis/a", 204, "/apis/a"},
		{"product group", "products/p/groups/g", "g", "products/p/groupLinks/l", "groupId", "/groups/g", 204, "/groups/g"},
		{"api tag", "apis/a/tags/t", "t", "tags/t/apiLinks/l", "apiId", "/apis/a", 200, "/tags/t"},
		{"product tag", "products/p/tags/t", "t", "tags/t/productLinks/l", "productId", "/products/p", 200, "/tags/t"},
		{"operation tag", "apis/a/operations/o/tags/t", "t", "tags/t/operationLinks/l", "operationId", "/apis/a/operations/o", 200, "/tags/t"},
	} {
		t.Run(test.name, func(t *testing.T) {
			links := test.link[:strings.LastIndexByte(test.link, '/')]
			assocs := test.assoc[:strings.LastIndexByte(test.assoc, '/')]
			c.want(404, "HEAD", test.assoc, nil)
			r := c.want(201, "PUT", test.assoc, nil)
			if r.body["id"] != testService+test.id {
				t.Errorf("id: got %v", r.body["id"])
			}
			c.want(200, "PUT", test.assoc, nil)
			c.want(test.head, "HEAD", test.assoc, nil)
			if diff := cmp.Diff(c.get(assocs).list(), []string{test.shown}); diff != "" {
				t.Errorf("members (-got +want):\n%s", diff)
			}
			if got := c.get(links).list(); len(got) != 1 {
				t.Fatalf("links: got %v, want one", got)
			}
			if got := c.want(409, "PUT", test.link, wrap(obj{test.field: test.target})).errorText(); !strings.HasPrefix(got, "Conflict: Link already exists between specified ") {
				t.Errorf("second link: got %s", got)
			}
			c.want(200, "DELETE", test.assoc, nil)
			c.want(204, "DELETE", test.assoc, nil)
			c.want(201, "PUT", test.link, wrap(obj{test.field: test.target}))
			c.want(200, "PUT", test.link, wrap(obj{test.field: test.target}))
			c.want(test.head, "HEAD", test.assoc, nil)
			c.want(200, "DELETE", test.link, nil)
			c.want(404, "HEAD", test.assoc, nil)
		})
	}
	c.want(404, "PUT", "products/p/apis/none", nil)
	c.want(201, "PUT", "gateways/gw/apis/a", wrap(obj{"provisioningState": "created"}))
	c.want(200, "HEAD", "gateways/gw/apis/a", nil)
	if got := c.get("gateways/gw/apis").list(); len(got) != 1 || got[0] != "a" {
		t.Errorf("apis of gateway: got %v", got)
	}
	c.want(201, "PUT", "products/p/apis/a", nil)
	c.want(202, "DELETE", "apis/a", nil)
	for _, path := range []string{"gateways/gw/apis", "products/p/apis", "products/p/apiLinks"} {
		if got := c.get(path).list(); len(got) != 0 {
			t.Errorf("%s after the API went: got %v", path, got)
		}
	}
}

func TestMembershipsFollowTheCurrentRevision(t *testing.T) {
	c := newClient(t, Options{Bare: true})
	stock(c)
	c.put("products/p/apiLinks/l", obj{"apiId": "/apis/a"})
	c.put("tags/t/operationLinks/l", obj{"operationId": "/apis/a/operations/o"})
	c.put("apis/a;rev=2", obj{"path": "a", "sourceApiId": "/apis/a"})
	c.put("apis/a/releases/r", obj{"apiId": "/apis/a;rev=2"})
	if got := c.get("products/p/apis").list(); len(got) != 1 || got[0] != "a" {
		t.Errorf("products' apis: got %v, want [a]", got)
	}
	want := testService + "/apis/a;rev=1/operations/o"
	if got := c.get("tags/t/operationLinks/l").props()["operationId"]; got != want {
		t.Errorf("operationId: got %v, want %s", got, want)
	}
}

func TestPolicyReferences(t *testing.T) {
	c := newClient(t, Options{Bare: true})
	stock(c)
	for _, test := range []struct{ name, value, want string }{
		{"unknown named value", `<policies><inbound><x a="{{none}}" /></inbound></policies>`, "Cannot find a property 'none'"},
		{"id instead of display name", `<policies><inbound><x a="{{nv-id}}" /></inbound></policies>`, "Cannot find a property 'nv-id'"},
		{"unknown fragment", `<policies><inbound><include-fragment fragment-id='none' /></inbound></policies>`, "Policy fragment with id 'none'"},
		{"unknown backend", `<policies><inbound><set-backend-service backend-id="none" /></inbound></policies>`, "Backend with id 'none'"},
		{"wrong root", `<fragment />`, "root element should be 'policies'"},
		{"unknown section", `<policies><inwards /></policies>`, "policy section 'inwards'"},
		{"unbalanced", `<policies><inbound></policies>`, "representation"},
		{"raw expression as xml", `<policies><inbound><x a="@(1 < 2 && "a" == "b")" /></inbound></policies>`, "not well-formed"},
	} {
		t.Run(test.name, func(t *testing.T) {
			if got := c.want(400, "PUT", "policies/policy", wrap(obj{"value": test.value})).errorText(); !strings.Contains(got, test.want) {
				t.Errorf("got %s, want %s", got, test.want)
			}
		})
	}
	for name, value := range map[string]string{
		"comment":               `<policies><!-- {{none}} <x> --><inbound /></policies>`,
		"liquid":                `<policies><inbound><set-body template="liquid">{{body.name}} {{ none }}</set-body></inbound></policies>`,
		"backend by expression": `<policies><inbound><set-backend-service backend-id="@((string)context.Variables["b"])" /></inbound></policies>`,
		"raw expression":        "<policies>\n<inbound><x a=\"@(1 < 2 && \"a>\" == \"b\")\">@{ List<string> a = null; return \"</x>\"; }</x></inbound></policies>",
		"no XML":                `<policies><inbound /></policies>`,
	} {
		if r := c.do("PUT", "policies/policy", wrap(obj{"format": "rawxml", "value": value})); r.status > 201 {
			t.Errorf("%s: got %d %s", name, r.status, r.errorText())
		}
		if got := c.get("policies/policy?format=rawxml").props()["value"]; got != value {
			t.Errorf("%s: raw form: got %v, want %v", name, got, value)
		}
	}
	c.want(400, "PUT", "policies/policy", wrap(obj{"format": "xml-link", "value": "https://x"}))
}

func TestFragmentCycle(t *testing.T) {
	c := newClient(t, Options{Bare: true})
	include := func(name string) obj {
		return obj{"format": "rawxml", "value": `<fragment><include-fragment fragment-id="` + name + `" /></fragment>`}
	}
	c.put("policyFragments/a", obj{"value": "<fragment />"})
	c.put("policyFragments/b", include("a"))
	c.put("policyFragments/c", include("b"))
	if got := c.want(400, "PUT", "policyFragments/a", wrap(include("c"))).errorText(); !strings.Contains(got, "includes itself") {
		t.Errorf("got %s", got)
	}
	if diff := cmp.Diff(c.want(200, "POST", "policyFragments/a/listReferences", nil).list(), []string{"b"}); diff != "" {
		t.Errorf("references (-got +want):\n%s", diff)
	}
}

func TestPolicyNormalForm(t *testing.T) {
	c := newClient(t, Options{Bare: true})
	sent := "<?xml version=\"1.0\"?>\n<policies>\n  <!-- keep -->\n  <inbound><base/>\n<set-header name=\"a\"><value>x &amp; y</value></set-header>\n" +
		"<choose><when condition=\"@(1 &lt; 2)\"><return-response></return-response></when></choose></inbound>\n</policies>"
	want := "<policies>\r\n\t<!-- keep -->\r\n\t<inbound>\r\n\t\t<base />\r\n\t\t<set-header name=\"a\">\r\n\t\t\t<value>x &amp; y</value>\r\n\t\t</set-header>\r\n" +
		"\t\t<choose>\r\n\t\t\t<when condition=\"@(1 &lt; 2)\">\r\n\t\t\t\t<return-response />\r\n\t\t\t</when>\r\n\t\t</choose>\r\n\t</inbound>\r\n</policies>"
	c.put("policies/policy", obj{"format": "xml", "value": sent})
	if diff := cmp.Diff(c.get("policies/policy").props(), obj{"format": "xml", "value": want}); diff != "" {
		t.Errorf("xml (-got +want):\n%s", diff)
	}
	raw := strings.Replace(want, "1 &lt; 2", "1 < 2", 1)
	if diff := cmp.Diff(c.get("policies/policy?format=rawxml").props(), obj{"format": "rawxml", "value": raw}); diff != "" {
		t.Errorf("rawxml (-got +want):\n%s", diff)
	}
	c.put("policies/policy", obj{"format": "xml", "value": want})
	if got := c.get("policies/policy").props()["value"]; got != want {
		t.Errorf("the normal form is not stable:\n%v", got)
	}
}

// samples finds real data beside the checkout, or skips.
func samples(t *testing.T, path string) string {
	t.Helper()
	dir := filepath.Join("..", "..", "..", "..", "shared", "samples", path)
	if _, err := os.Stat(dir); err != nil {
		t.Skipf("no sample data at %s: this test reads real artifacts that are not part of the repository", dir)
	}
	return dir
}

func TestRealPoliciesAreAccepted(t *testing.T) {
	dir := samples(t, "policies")
	files, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	c := newClient(t, Options{Bare: true})
	ready := map[string]bool{}
	for _, f := range files {
		raw, err := os.ReadFile(filepath.Join(dir, f.Name()))
		if err != nil {
			t.Fatal(err)
		}
		doc := string(raw)
		tokens, err := scanPolicy(doc)
		if err != nil {
			t.Errorf("%s: %v", f.Name(), err)
			continue
		}
		for _, name := range policyTokens(tokens) {
			if !ready["nv"+name] {
				ready["nv"+name] = true
				c.put("namedValues/"+name, obj{"displayName": name, "value": "x"})
			}
		}
		for _, tok := range tokens {
			if id := tok.get("fragment-id"); id != "" && !ready["f"+id] {
				ready["f"+id] = true
				c.put("policyFragments/"+id, obj{"value": "<fragment />"})
			}
			if id := tok.get("backend-id"); id != "" && !ready["b"+id] {
				ready["b"+id] = true
				c.put("backends/"+id, obj{"url": "https://x", "protocol": "http"})
			}
		}
		at := "policies/policy"
		if strings.Contains(doc, "<fragment>") {
			at = "policyFragments/sample"
		}
		if r := c.do("PUT", at, wrap(obj{"format": "rawxml", "value": doc})); r.status > 201 {
			t.Errorf("%s: got %d %s", f.Name(), r.status, r.errorText())
		}
		if got := c.get(at + "?format=rawxml").props()["value"]; got != doc {
			t.Errorf("%s: the raw form is not what was sent", f.Name())
		}
	}
}

func FuzzScanPolicy(f *testing.F) {
	for _, seed := range []string{"<policies />", `<a b="@("x")">@{ return "<"; }</a>`, "<!-- x -->", "<a", "&quot;", "@("} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, doc string) {
		tokens, err := scanPolicy(doc)
		if err != nil {
			return
		}
		first := writePolicy(tokens, true)
		again, err := scanPolicy(first)
		if err != nil || checkNesting(tokens, []string{"policies"}) != nil {
			return
		}
		if second := writePolicy(again, true); second != first {
			t.Errorf("normal form is not stable:\n%q\n%q", first, second)
		}
	})
}
