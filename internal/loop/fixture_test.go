package loop

import (
	"fmt"
	"strings"
	"testing"

	"github.com/lockstep-apiops/lockstep/gateway"
	"github.com/lockstep-apiops/lockstep/gateway/apim/apimtest"
)

// everything returns a sample of each kind that is asked for, with what it
// depends on, and an API with a definition, a revision and policies.
func everything(t testing.TB, kinds *gateway.Kinds, variant int, ask func(k *gateway.Kind) bool) list {
	t.Helper()
	samples := apimtest.NewSamples(t, kinds)
	var all list
	seen := map[gateway.Key]bool{}
	var add func(key gateway.Key)
	add = func(key gateway.Key) {
		if seen[key] || !kinds.Get(key.Kind).Stored() {
			return
		}
		seen[key] = true
		r := samples.Resource(key, variant)
		for _, needed := range append(kinds.References(r), samples.Mentioned(r)...) {
			add(needed)
		}
		r.Spec = kinds.Normal(kinds.Get(key.Kind), r.Spec)
		all = append(all, r)
	}
	for _, k := range kinds.All() {
		if ask(k) {
			add(samples.Key(k))
		}
	}
	for _, name := range []string{"web", "web;rev=2"} {
		web := httpAPI(kinds, name, 2, fmt.Sprintf("variant %d", variant))
		if strings.HasSuffix(name, "2") {
			gateway.SetField(web.Spec, "properties.apiRevision", "2")
		}
		all = append(all, web, policyOf(web.Key.Child("api operation", "get-0").Child("api operation policy", "policy"), variant))
	}
	return append(all, policyOf(gateway.NewKey("api policy", "web", "policy"), variant))
}

// httpAPI returns an API with a definition of so many operations.
func httpAPI(kinds *gateway.Kinds, name string, operations int, description string) *gateway.Resource {
	root, _, _ := strings.Cut(name, ";")
	var b strings.Builder
	fmt.Fprintf(&b, "openapi: 3.0.1\ninfo:\n  title: %s\n  version: '1'\npaths:\n", root)
	for i := range operations {
		fmt.Fprintf(&b, "  /things%d:\n    get:\n      operationId: get-%d\n      summary: Get %d\n", i, i, i)
		fmt.Fprintf(&b, "      responses:\n        '200':\n          description: %s\n", description)
	}
	r := &gateway.Resource{Key: gateway.NewKey("api", name), Spec: map[string]any{"properties": map[string]any{
		"displayName": root, "path": root, "description": description, "serviceUrl": "https://example.com"}}}
	r.Spec = kinds.Normal(kinds.Get("api"), r.Spec)
	r.Files = map[string][]byte{"specification.yaml": []byte(b.String())}
	return r
}

func policyOf(key gateway.Key, variant int) *gateway.Resource {
	text := fmt.Sprintf("<policies>\n\t<inbound>\n\t\t<set-variable name=\"variant\" value=\"%d\" />\n\t</inbound>\n</policies>\n", variant)
	return &gateway.Resource{Key: key, Spec: map[string]any{"properties": map[string]any{"format": "rawxml", "value": text}}}
}

// manyAPIs returns APIs with operations, and with a policy each if asked for.
func manyAPIs(kinds *gateway.Kinds, n, operations int, policies bool) list {
	var all list
	for i := range n {
		name := fmt.Sprintf("api-%04d", i)
		all = append(all, httpAPI(kinds, name, operations, "a thing"))
		if policies {
			all = append(all, policyOf(gateway.NewKey("api policy", name, "policy"), 0))
		}
	}
	return all
}

// fill puts resources into a service as fast as it takes them.
func fill(t testing.TB, g gateway.Gateway, rs list) {
	t.Helper()
	for _, r := range rs {
		if err := g.Put(t.Context(), r, nil); err != nil {
			t.Fatal(err)
		}
	}
}
