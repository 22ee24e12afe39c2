package amplify

import (
	"encoding/json"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/santhosh-tekuri/jsonschema/v6"
)

// anonymous is a client without a token.
func (c *client) anonymous() *client { return &client{t: c.t, srv: c.srv} }

func TestDocuments(t *testing.T) {
	t.Parallel()
	c := newClient(t, Options{ExtraKinds: []string{"management/Lake/lakes"}})
	docs := c.anonymous().get("docs").body
	t.Run("OpenAPI holds together", func(t *testing.T) { holdsTogether(t, docs) })
	t.Run("OpenAPI has what the vendor has", func(t *testing.T) { hasWhatTheVendorHas(t, c.srv.table, docs) })
	stranger := c.anonymous()
	for _, test := range []struct {
		name, method, path string
		by                 *client
		status             int
		detail             string
	}{
		{"docs are read", "POST", "docs", c, 405, "POST is not supported"},
		{"schema needs a token", "GET", "jsonschema", stranger, 401, ""},
		{"GraphQL", "POST", "graphql", c, 501, "has no GraphQL"},
		{"GraphQL needs a token", "POST", "graphql", stranger, 401, ""},
		{"below the docs", "GET", "docs/more", c, 404, "nothing at"},
	} {
		t.Run(test.name, func(t *testing.T) {
			if r := test.by.in(t).do(test.method, test.path, nil); r.status != test.status || !strings.Contains(r.detail(), test.detail) {
				t.Errorf("got %d %q, want %d %q", r.status, r.detail(), test.status, test.detail)
			}
		})
	}
	r := c.want(http.StatusNotImplemented, http.MethodPost, "graphql", obj{"query": "{ environments { name } }"})
	if at(r.body, "errors.0.title") != "Not Implemented error" || at(r.body, "errors.0.meta.tenantId") == nil {
		t.Errorf("GraphQL: got %s", r.raw)
	}
}

// holdsTogether: references lead somewhere, operations have names of their own, and
// what stands in a path is declared.
func holdsTogether(t *testing.T, doc obj) {
	if at(doc, "openapi") != "3.0.3" || at(doc, "servers.0.url") != "http://amplify.test/apis" {
		t.Errorf("head: got %v, %v", doc["openapi"], doc["servers"])
	}
	eachRef(doc, func(ref string) {
		var v any = doc
		for _, name := range strings.Split(strings.TrimPrefix(ref, "#/"), "/") {
			inside, _ := v.(obj)
			v = inside[name]
		}
		if v == nil {
			t.Errorf("%s leads nowhere", ref)
		}
	})
	braces := regexp.MustCompile(`\{([^}]+)\}`)
	ids := map[string]bool{}
	for path, item := range doc["paths"].(obj) {
		var want, got []string
		for _, m := range braces.FindAllStringSubmatch(path, -1) {
			want = append(want, m[1])
		}
		declared, _ := at(item, "parameters").([]any)
		for _, p := range declared {
			name, _ := p.(obj)["$ref"].(string)
			got = append(got, name[strings.LastIndexByte(name, '/')+1:])
		}
		if !slices.Equal(got, want) {
			t.Errorf("%s declares %v", path, got)
		}
		for method, operation := range item.(obj) {
			id, _ := at(operation, "operationId").(string)
			if method == "parameters" {
				continue
			}
			if id == "" || ids[id] {
				t.Errorf("%s %s: the name %q is empty or there twice", method, path, id)
			}
			ids[id] = true
		}
	}
	if len(ids) < 2000 {
		t.Errorf("got %d operations, want those of all kinds", len(ids))
	}
	if at(doc, "paths") == nil || doc["paths"].(obj)["/management/v1/lakes/{name}"] == nil {
		t.Error("a kind that was added is missing")
	}
}

func eachRef(v any, found func(string)) {
	switch v := v.(type) {
	case obj:
		if ref, is := v["$ref"].(string); is {
			found(ref)
		}
		for _, below := range v {
			eachRef(below, found)
		}
	case []any:
		for _, below := range v {
			eachRef(below, found)
		}
	}
}

// TestAnswersAreAsDescribed: what the server answers fits the schema that it tells.
func TestAnswersAreAsDescribed(t *testing.T) {
	t.Parallel()
	c := newClient(t, Options{Teams: []string{"blue"}})
	c.service()
	c.put(envs+"/e", obj{"title": "E", "owner": obj{"type": "team", "id": stableID("team", "blue")}, "finalizers": []any{obj{"name": "f"}}, "attributes": obj{"a": "b"}})
	c.want(http.StatusNoContent, http.MethodDelete, envs+"/e/accessrequestdefinitions/key", nil)
	c.post("catalog/v1/products", obj{"name": "p", "tags": []any{"a"}})
	c.put("catalog/v1/products/p/languages", obj{"languages": obj{"resource": obj{"code": "en-us"}}})
	c.put("catalog/v1/products/p/state", obj{"state": "active"})
	text := c.get("jsonschema").raw
	document, err := jsonschema.UnmarshalJSON(strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	compiler := jsonschema.NewCompiler()
	if err := compiler.AddResource("server.json", document); err != nil {
		t.Fatal(err)
	}
	conforms := func(t *testing.T, name string, value any) {
		t.Helper()
		schema, err := compiler.Compile("server.json#/definitions/" + name)
		if err != nil {
			t.Fatal(err)
		}
		if err := schema.Validate(value); err != nil {
			t.Error(err)
		}
	}
	for path, name := range map[string]string{
		envs + "/e?embed=metadata.scopedResources":                                                "management.v1.Environment",
		envs + "/e/apiservices/orders?embed=metadata.referencedByResources,metadata.accessRights": "management.v1.APIService",
		envs + "/e/apiserviceinstances/orders-live":                                               "management.v1.APIServiceInstance",
		"management/v1alpha1/environments/e/apiservicerevisions/orders-1":                         "management.v1alpha1.APIServiceRevision",
		"catalog/v1/products/p?expand=languages":                                                  "catalog.v1.Product",
		"definitions/v1/groups/management":                                                        "definitions.v1.ResourceGroup",
		"definitions/v1/groups/management/resources/environment":                                  "definitions.v1.ResourceDefinition",
	} {
		t.Run(path, func(t *testing.T) { conforms(t, name, any(c.in(t).get(path).body)) })
	}
	conforms(t, "Errors", any(c.do(http.MethodGet, envs+"/none", nil).body))
	schema, err := compiler.Compile("server.json")
	if err != nil {
		t.Fatal(err)
	}
	if err := schema.Validate(any(obj{"kind": "Nothing"})); err == nil {
		t.Error("a kind that is not there fits")
	}
}

// hasWhatTheVendorHas compares with a table made from the vendor's own description of
// 2024: paths, methods and subresources.
func hasWhatTheVendorHas(t *testing.T, table *table, doc obj) {
	file := filepath.Join("..", "..", "..", "..", "shared", "reference", "amplify", "oas_kinds.json")
	text, err := os.ReadFile(file)
	if err != nil {
		t.Skipf("NOT COMPARED with the vendor's own description: %v", err)
	}
	var rows []struct {
		Group, Version, Scope, Plural string
		Methods                       []string
		Subs                          map[string][]string
	}
	if err := json.Unmarshal(text, &rows); err != nil {
		t.Fatal(err)
	}
	paths := doc["paths"].(obj)
	var missing []string
	for _, row := range rows {
		at := "/" + row.Group + "/" + row.Version
		if row.Scope != "" {
			at += "/" + row.Scope + "/{scopeName}"
		}
		at += "/" + row.Plural
		k := table.byPath[row.Group+"/"+row.Plural]
		gone := row.Scope != "" && table.byPath[row.Group+"/"+row.Scope] == nil
		if k == nil || gone || k.described || !slices.Contains(k.versions, row.Version) {
			continue // no longer modelled, made from the table, or in a version that nobody serves now
		}
		want := map[string][]string{}
		for _, method := range row.Methods {
			on := at + "/{name}"
			if strings.HasSuffix(method, "*") {
				on = at
			}
			want[on] = append(want[on], strings.ToLower(strings.TrimSuffix(method, "*")))
		}
		for sub, methods := range row.Subs {
			for _, method := range methods {
				want[at+"/{name}/"+sub] = append(want[at+"/{name}/"+sub], strings.ToLower(method))
			}
		}
		for _, path := range slices.Sorted(maps.Keys(want)) {
			item, _ := paths[path].(obj)
			for _, method := range want[path] {
				if item[method] == nil {
					missing = append(missing, method+" "+path)
				}
			}
		}
	}
	const dropped = " /management/v1alpha1/environments/{scopeName}/credentialrequestdefinitions/{name}/references" // since 2024
	if diff := cmp.Diff([]string{"get" + dropped, "put" + dropped}, missing); diff != "" {
		t.Errorf("missing (-want +got):\n%s", diff)
	}
}
