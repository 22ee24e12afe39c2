package apitest_test

import (
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/lockstep-apiops/lockstep/forge/apitest"
)

// described is one API twice, as OpenAPI 3.0 and as Swagger 2.0.
var described = map[string]string{
	"openapi": `{"openapi": "3.0.3", "paths": {
		"/repos/{owner}/pulls": {
			"get": {
				"parameters": [{"$ref": "#/components/parameters/state"}, {"name": "page", "in": "query", "required": true, "schema": {"type": "integer"}}],
				"responses": {"200": {"content": {"application/json": {"schema": {"type": "array", "items": {"$ref": "#/components/schemas/pull"}}}}}}
			},
			"post": {
				"requestBody": {"required": true, "content": {"application/json": {"schema": {"$ref": "#/components/schemas/pull"}}}},
				"responses": {"201": {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/pull"}}}}}
			}
		},
		"/repos/{owner}/{name}": {"delete": {"responses": {"204": {"description": "gone"}}}},
		"/refs/{ref}": {"get": {"parameters": [{"name": "ref", "in": "path", "x-multi-segment": true}], "responses": {}}},
		"/tags/{tag}": {"get": {"parameters": [{"name": "tag", "in": "path"}], "responses": {}}}
	}, "components": {
		"parameters": {"state": {"name": "state", "in": "query", "schema": {"type": "string", "enum": ["open", "closed"]}}},
		"schemas": {"pull": {"type": "object", "required": ["title"], "properties": {
			"title": {"type": "string"}, "body": {"type": "string", "nullable": true}, "number": {"type": "integer"}
		}}}
	}}`,
	"swagger": `{"swagger": "2.0", "paths": {
		"/repos/{owner}/pulls": {
			"get": {
				"parameters": [{"name": "state", "in": "query", "type": "string", "enum": ["open", "closed"]}, {"name": "page", "in": "query", "required": true, "type": "integer"}],
				"responses": {"200": {"schema": {"type": "array", "items": {"$ref": "#/definitions/pull"}}}}
			},
			"post": {
				"parameters": [{"name": "body", "in": "body", "required": true, "schema": {"$ref": "#/definitions/pull"}}],
				"responses": {"201": {"$ref": "#/responses/pull"}}
			}
		},
		"/repos/{owner}/{name}": {"delete": {"responses": {"204": {"description": "gone"}}}},
		"/refs/{ref}": {"get": {"parameters": [{"name": "ref", "in": "path", "x-multi-segment": true}], "responses": {}}},
		"/tags/{tag}": {"get": {"parameters": [{"name": "tag", "in": "path"}], "responses": {}}}
	}, "responses": {"pull": {"schema": {"$ref": "#/definitions/pull"}}}, "definitions": {
		"pull": {"type": "object", "required": ["title"], "properties": {
			"title": {"type": "string"}, "body": {"type": ["string", "null"]}, "number": {"type": "integer"}
		}}
	}}`,
}

func load(t *testing.T, text string) (*apitest.Description, error) {
	t.Helper()
	name := filepath.Join(t.TempDir(), "api.json")
	if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return apitest.Load(name)
}

func TestCheckRequest(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, method, path, query, body string
		want                            string // part of the error; "" for none
	}{
		{name: "list", method: "GET", path: "/repos/a/pulls", query: "page=1&state=open"},
		{name: "create", method: "POST", path: "/repos/a/pulls", body: `{"title": "x", "body": null}`},
		{name: "the more specific path counts", method: "DELETE", path: "/repos/a/b"},
		{name: "a parameter of several segments", method: "GET", path: "/refs/heads/x"},
		{name: "a parameter of one segment", method: "GET", path: "/tags/heads/x", want: "no such operation"},
		{name: "unknown path", method: "GET", path: "/users", want: "no such operation"},
		{name: "unknown method", method: "PUT", path: "/repos/a/pulls", want: "no such operation"},
		{name: "a blank in a path is one element", method: "GET", path: "/repos/a%2Fb/pulls", query: "page=1"},
		{name: "unknown parameter", method: "GET", path: "/repos/a/pulls", query: "page=1&sate=open", want: `no parameter "sate"`},
		{name: "missing parameter", method: "GET", path: "/repos/a/pulls", want: `"page" is missing`},
		{name: "parameter of another value", method: "GET", path: "/repos/a/pulls", query: "page=1&state=opened", want: "none of"},
		{name: "parameter of another type", method: "GET", path: "/repos/a/pulls", query: "page=x", want: "no integer"},
		{name: "unknown attribute", method: "POST", path: "/repos/a/pulls", body: `{"title": "x", "desc": "y"}`, want: "no attribute desc"},
		{name: "missing attribute", method: "POST", path: "/repos/a/pulls", body: `{"body": "x"}`, want: "title"},
		{name: "attribute of another type", method: "POST", path: "/repos/a/pulls", body: `{"title": 1}`, want: "string"},
		{name: "null where there is none", method: "POST", path: "/repos/a/pulls", body: `{"title": null}`, want: "null"},
		{name: "no body", method: "POST", path: "/repos/a/pulls", want: "body is missing"},
		{name: "a body too many", method: "DELETE", path: "/repos/a/b", body: `{}`, want: "takes no body"},
		{name: "no JSON", method: "POST", path: "/repos/a/pulls", body: `{`, want: "no JSON"},
	}
	for form, text := range described {
		d, err := load(t, text)
		if err != nil {
			t.Fatal(err)
		}
		for _, tt := range tests {
			t.Run(form+"/"+tt.name, func(t *testing.T) {
				query, err := url.ParseQuery(tt.query)
				if err != nil {
					t.Fatal(err)
				}
				check(t, d.CheckRequest(tt.method, tt.path, query, []byte(tt.body)), tt.want)
			})
		}
	}
}

func TestCheckAnswer(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, method, body string
		status             int
		want               string
	}{
		{name: "a part is enough", method: "GET", status: 200, body: `[{"number": 1}]`},
		{name: "another type", method: "GET", status: 200, body: `[{"number": "1"}]`, want: "integer"},
		{name: "by reference", method: "POST", status: 201, body: `{"title": 1}`, want: "string"},
		{name: "an attribute more", method: "POST", status: 201, body: `{"title": "x", "id": 1}`},
		{name: "another status", method: "GET", status: 500, body: `{"oh": "no"}`},
	}
	for form, text := range described {
		d, err := load(t, text)
		if err != nil {
			t.Fatal(err)
		}
		for _, tt := range tests {
			t.Run(form+"/"+tt.name, func(t *testing.T) {
				check(t, d.CheckAnswer(tt.method, "/repos/a/pulls", tt.status, []byte(tt.body)), tt.want)
			})
		}
	}
}

func TestLoadRefuses(t *testing.T) {
	t.Parallel()
	for name, text := range map[string]string{"no JSON": "{", "no object": "[]", "no operations": "{}"} {
		t.Run(name, func(t *testing.T) {
			if _, err := load(t, text); err == nil {
				t.Error("got no error")
			}
		})
	}
}

func check(t *testing.T, err error, want string) {
	t.Helper()
	switch {
	case want == "" && err != nil:
		t.Errorf("got %v, want no error", err)
	case want != "" && (err == nil || !strings.Contains(err.Error(), want)):
		t.Errorf("got %v, want an error with %q", err, want)
	}
}
