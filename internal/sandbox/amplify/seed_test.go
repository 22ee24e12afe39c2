package amplify

import (
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// planted writes the files of a seed and returns their folder.
func planted(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		name = filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

const (
	seedService = `{"group": "management", "kind": "APIService", "name": "orders", "metadata": {"id": "42", "scope": {"kind": "Environment", "name": "dev"}},
		"spec": {"description": "Place orders."}, "x-team": {"contact": "orders@example.com"}}`
	seedOthers = `group: management
kind: Environment
name: dev
title: Development
spec:
  description: ours
---
group: catalog
kind: Asset
name: orders
spec: {}
state: active
`
)

func TestSeed(t *testing.T) {
	state := filepath.Join(t.TempDir(), "state.json")
	dir := planted(t, map[string]string{"a.json": seedService, "b/others.yaml": seedOthers, "b/others/definition.yaml": "openapi: 3.0.3\n", "notes.md": "kind: none"})
	o := Options{Seed: []string{dir}, StateFile: state, Anonymous: true}
	srv, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	c := &client{t: t, srv: srv}
	for path, want := range map[string]string{
		"/apis/management/v1/environments/dev":                    "Development",
		"/apis/management/v1/environments/dev/apiservices/orders": "orders@example.com",
		"/apis/catalog/v1/assets/orders":                          `"state":"active"`,
	} {
		if r := c.do(http.MethodGet, path, ""); r.status != http.StatusOK || !strings.Contains(r.raw, want) {
			t.Errorf("GET %s: got %d %s, want %q in it", path, r.status, r.raw, want)
		}
	}

	// An organization that was kept is not seeded again.
	if r := c.do(http.MethodDelete, "/apis/management/v1/environments/dev", ""); r.status != http.StatusNoContent {
		t.Fatalf("DELETE: got %d %s", r.status, r.raw)
	}
	if err := srv.Close(); err != nil {
		t.Fatal(err)
	}
	again := &client{t: t, srv: newServer(t, o)}
	if r := again.do(http.MethodGet, "/apis/management/v1/environments/dev", ""); r.status != http.StatusNotFound {
		t.Errorf("after a restart: got %d %s, want 404", r.status, r.raw)
	}
}

func TestBadSeeds(t *testing.T) {
	for _, test := range []struct{ name, text, want string }{
		{"nothing", "", "no file with a resource"},
		{"no YAML", "a: [", "a.yaml"},
		{"unknown kind", "kind: Mesh\nname: m\n", "a.yaml:1: kind Mesh"},
		{"no scope", "kind: APIService\nname: m\nspec: {}\n", "metadata.scope: want kind and name"},
		{"a scope that is not there", strings.ReplaceAll(seedService, `"dev"`, `"test"`), "a.yaml:1: "},
		{"a bad name", "kind: Environment\nname: Bad Name\nspec: {}\n", "Name is not valid"},
		{"a bad subresource", "kind: Environment\nname: dev\nspec: {}\nnonsense: {}\n", "nonsense: "},
	} {
		t.Run(test.name, func(t *testing.T) {
			_, err := New(Options{Seed: []string{planted(t, map[string]string{"a.yaml": test.text})}})
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("got %v, want an error with %q", err, test.want)
			}
		})
	}
}
