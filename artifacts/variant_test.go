package artifacts_test

import (
	"slices"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"github.com/lockstep-apiops/lockstep/artifacts"
	"github.com/lockstep-apiops/lockstep/gateway"
	"github.com/lockstep-apiops/lockstep/gateway/apim"
)

func TestVariant(t *testing.T) {
	kinds, err := apim.Kinds()
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct{ name, file, text, environment string }{
		{"of an API's policy", "apis/orders/policy.prod.xml", "apis/orders/policy.xml", "prod"},
		{"of the policy of all", "policy.pre-prod.xml", "policy.xml", "pre-prod"},
		{"of an operation's", "apis/orders/operations/get/policy.prod.xml", "apis/orders/operations/get/policy.xml", "prod"},
		{"the text itself", "apis/orders/policy.xml", "", ""},
		{"no environment", "apis/orders/policy..xml", "", ""},
		{"of a payload", "apis/orders/apiInformation.prod.json", "", ""},
		{"of a definition", "apis/orders/specification.prod.yaml", "", ""},
		{"where nothing is kept", "other/policy.prod.xml", "", ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			text, environment, ok := artifacts.Variant(kinds, test.file)
			if want := test.text != ""; ok != want || want && (text != test.text || environment != test.environment) {
				t.Errorf("Variant(%q) = %q, %q, %t; want %q, %q", test.file, text, environment, ok, test.text, test.environment)
			}
		})
	}
}

func TestIn(t *testing.T) {
	kinds, err := apim.Kinds()
	if err != nil {
		t.Fatal(err)
	}
	tree := fstest.MapFS{}
	for name, text := range map[string]string{
		"policy.xml": "<all/>", "policy.prod.xml": "<prod/>", "policy.test.xml": "<test/>",
		"apis/a/apiInformation.json": `{"properties":{"path":"a"}}`, "apis/a/policy.xml": "<a/>", "apis/a/policy.test.xml": "<atest/>",
		"products/p/productInformation.json": `{"properties":{}}`, "products/p/policy.prod.xml": "<alone/>",
	} {
		tree[name] = &fstest.MapFile{Data: []byte(text)}
	}
	for _, test := range []struct {
		environment string
		want        map[string]string
		used        []string
	}{
		{"", map[string]string{"policy policy": "<all/>", "api policy a/policy": "<a/>"}, nil},
		{"prod", map[string]string{"policy policy": "<prod/>", "api policy a/policy": "<a/>"}, []string{"policy.prod.xml"}},
		{"test", map[string]string{"policy policy": "<test/>", "api policy a/policy": "<atest/>"}, []string{"apis/a/policy.test.xml", "policy.test.xml"}},
	} {
		t.Run("in "+test.environment, func(t *testing.T) {
			var used []string
			rs, problems, err := artifacts.Decode(kinds, artifacts.In(kinds, tree, test.environment, func(f string) { used = append(used, f) }))
			if err != nil {
				t.Fatal(err)
			}
			got := map[string]string{}
			for _, r := range rs {
				if text, ok := gateway.Field(r.Spec, "properties.value").(string); ok {
					got[r.Key.String()] = text
				}
			}
			slices.Sort(used)
			if d := cmp.Diff(test.want, got) + cmp.Diff(test.used, used); d != "" {
				t.Errorf("policies and files used (-want +got):\n%s", d)
			}
			want := []artifacts.Problem{{Level: artifacts.Warning, Path: "products/p/policy.prod.xml", Text: "not used: there is no policy.xml beside it"}}
			if d := cmp.Diff(want, problems); d != "" {
				t.Errorf("problems (-want +got):\n%s", d)
			}
		})
	}
}
