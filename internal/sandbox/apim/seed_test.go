package apim

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// plant writes files below a new folder.
func plant(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, doc := range files {
		at := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(at), 0o750); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(at, []byte(doc), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func TestSeed(t *testing.T) {
	dir := plant(t, map[string]string{
		"apis/pets/apiInformation.json":                             `{"properties":{"path":"pets","displayName":"Pets"}}`,
		"apis/pets/specification.yaml":                              petstore,
		"apis/pets;rev=2/apiInformation.json":                       `{"properties":{"path":"pets","displayName":"Pets","apiRevision":"2"}}`,
		"apis/pets/operations/listPets/policy.xml":                  `<policies><inbound><include-fragment fragment-id="f" /></inbound></policies>`,
		"policy fragments/f/policyFragmentInformation.json":         `{"properties":{"description":"F"}}`,
		"policy fragments/f/policy.xml":                             `<fragment><a b="{{zz}}" /></fragment>`,
		"named values/zz/namedValueInformation.json":                `{"properties":{"displayName":"zz","value":"v"}}`,
		"tags/t/tagInformation.json":                                `{"properties":{"displayName":"t"}}`,
		"tags/t/apis/pets/tagApiInformation.json":                   `{}`,
		"products/p/productInformation.json":                        `{"properties":{"displayName":"p"}}`,
		"products/p/groups/developers/productGroupInformation.json": `{"name":"link1","properties":{"groupId":"/groups/developers"}}`,
		"policy.xml": `<policies><inbound /></policies>`,
		"workspaces/w/tags/t/tagInformation.json":                   `{"properties":{"displayName":"t"}}`,
		"workspaces/w/tags/t/products/p/tagProductInformation.json": `{"name":"l","properties":{"productId":"/products/p"}}`,
		"workspaces/w/products/p/productInformation.json":           `{"properties":{"displayName":"p"}}`,
		"workspaces/w/policy.xml":                                   `<policies><inbound /></policies>`,
	})
	c := newClient(t, Options{Seed: []string{"dev=" + dir}})
	for path, want := range map[string][]string{
		"apis":                 {"echo-api", "pets", "pets;rev=2"},
		"apis/pets/operations": {"getPet", "listPets"},
		"apis/pets/tags":       {"t"},
		"policyFragments":      {"f"},
		"namedValues":          {"zz"},
	} {
		if diff := cmp.Diff(c.get(path).list(), want); diff != "" {
			t.Errorf("%s (-got +want):\n%s", path, diff)
		}
	}
	c.get("policies/policy")
	c.get("apis/pets/operations/listPets/policies/policy")
	c.get("products/p/groupLinks/link1")
	c.get("workspaces/w/tags/t/productLinks/l")
	c.get("workspaces/w/policies/policy")
	c.put("apis/pets/policies/policy", obj{"value": "<policies />"})
	other := strings.Replace(testService, "service/dev", "service/prod", 1)
	if got := c.get(other + "/namedValues").list(); len(got) != 0 {
		t.Errorf("another service was seeded: %v", got)
	}
}

func TestSeedThatCannotBe(t *testing.T) {
	dir := plant(t, map[string]string{"policy.xml": `<policies><inbound><a b="{{none}}" /></inbound></policies>`})
	_, err := New(Options{Seed: []string{dir}})
	if err == nil || !strings.Contains(err.Error(), "policies/policy") || !strings.Contains(err.Error(), "none") {
		t.Errorf("got %v, want an error that names the file and the named value", err)
	}
}

func TestSeedFromRealArtifacts(t *testing.T) {
	dir := samples(t, "apiops-v7")
	c := newClient(t, Options{Bare: true, Seed: []string{dir}})
	for path, want := range map[string]int{"apis": 8, "backends": 2, "namedValues": 4, "policyFragments": 2, "products": 2, "tags": 2,
		"subscriptions": 2, "loggers": 1, "diagnostics": 1, "apiVersionSets": 1, "products/product1/apis": 3, "tags/tag2/apiLinks": 3} {
		if got := c.get(path).list(); len(got) != want {
			t.Errorf("%s: got %v, want %d", path, got, want)
		}
	}
	if got := c.get("apis/revisioned-api").props()["apiRevision"]; got != "1" {
		t.Errorf("current revision: got %v, want 1", got)
	}
	c.get("apis/revisioned-api;rev=2/operations/get-revision-v2/policies/policy")
}
