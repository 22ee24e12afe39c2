package amplify_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lockstep-apiops/lockstep/gateway"
	"github.com/lockstep-apiops/lockstep/gateway/amplify"
	sandbox "github.com/lockstep-apiops/lockstep/internal/sandbox/amplify"
)

func TestDiscovery(t *testing.T) {
	t.Parallel()
	so := sandbox.Options{ExtraKinds: []string{
		"management/LLMProvider/llmproviders:policies", "management/LLMModel/llmmodels@LLMProvider,Environment", "catalog/Bundle/bundles@Product:icon",
	}}
	b := newBench(t, so, amplify.Options{})
	newer, err := amplify.Discover(t.Context(), b.client)
	if err != nil {
		t.Fatal(err)
	}
	if n := len(b.since()); n > 20 {
		t.Errorf("discovery took %d requests", n)
	}
	g, err := amplify.New(amplify.Options{Client: b.client, Newer: newer})
	if err != nil {
		t.Fatal(err)
	}
	b.Gateway = g
	ks := g.Describe().Kinds
	for name, dir := range map[string]string{
		"LLMProvider": "management/llmproviders", "LLMProvider LLMModel": "llmmodels", "Environment LLMModel": "llmmodels", "Product Bundle": "bundles",
	} {
		k := ks.Get(name)
		if k == nil || k.Dir != dir {
			t.Fatalf("kind %s is %v, want one in %s", name, k, dir)
		}
	}
	key := gateway.NewKey("LLMProvider", "p")
	b.put(key, obj{"spec": obj{"a": "b", "apiKey": "hush", "auth": obj{"secret": obj{"name": "s", "key": "k"}}}, "policies": obj{"c": "d"}}, nil)
	b.put(key.Child("LLMProvider LLMModel", "m"), obj{"spec": obj{}}, nil)
	got := b.walk()
	if len(got) != 2 || got["LLMProvider p"].Spec["policies"] == nil {
		t.Errorf("read %v", got)
	}
	safe := obj{"a": "b", "apiKey": "(secret)", "auth": obj{"secret": obj{"name": "s", "key": "k"}}}
	if diff := cmp.Diff(any(safe), b.public(key)["spec"]); diff != "" {
		t.Errorf("of a kind that nobody knows a tree holds (-want +got):\n%s", diff)
	}
	for version, want := range map[string]string{"v1": "", "v9": `apiVersion "v9" is none that Amplify serves LLMProvider in: want v1`} {
		told := ""
		for _, f := range ks.Get("LLMProvider").Faults(&gateway.Resource{Key: key, Spec: obj{"apiVersion": version}}) {
			told += f.Text
		}
		if told != want {
			t.Errorf("of %s a plan tells %q, want %q", version, told, want)
		}
	}
	if v := got["LLMProvider p"].Spec["apiVersion"]; v != "v1" {
		t.Errorf("version is %v, want the one that is served", v)
	}
}

// TestDiscoveryKeepsToTheTable makes sure that nothing changes where the server
// describes what the table has.
func TestDiscoveryKeepsToTheTable(t *testing.T) {
	t.Parallel()
	b := newBench(t, sandbox.Options{}, amplify.Options{})
	newer, err := amplify.Discover(t.Context(), b.client)
	if err != nil {
		t.Fatal(err)
	}
	g, err := amplify.New(amplify.Options{Client: b.client, Newer: newer})
	if err != nil {
		t.Fatal(err)
	}
	names := func(ks *gateway.Kinds) string {
		var all []string
		for _, k := range ks.All() {
			all = append(all, k.Name+" "+k.Dir+" "+k.Segment)
		}
		return strings.Join(all, "\n")
	}
	if got, want := names(g.Describe().Kinds), names(b.Describe().Kinds); got != want {
		t.Errorf("kinds are\n%s\nwant\n%s", got, want)
	}
}
