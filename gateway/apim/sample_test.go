package apim_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/lockstep-apiops/lockstep/artifacts"
	"github.com/lockstep-apiops/lockstep/gateway"
	"github.com/lockstep-apiops/lockstep/gateway/apim/apimtest"
	"github.com/lockstep-apiops/lockstep/gateway/apim/policy"
	sandbox "github.com/lockstep-apiops/lockstep/internal/sandbox/apim"
)

// samples returns a folder of real data, which lies beside the checkout and
// is no part of it.
func samples(t *testing.T, name string) string {
	t.Helper()
	dir := filepath.Join("..", "..", "..", "shared", "samples", name)
	if _, err := os.Stat(dir); err != nil {
		t.Skipf("NOT TESTED on real data: %v", err)
	}
	return dir
}

// putAll writes resources in whatever order the service takes them.
func putAll(t *testing.T, g gateway.Gateway, todo []*gateway.Resource) {
	t.Helper()
	for len(todo) > 0 {
		var again []*gateway.Resource
		var last error
		for _, r := range todo {
			if err := g.Put(t.Context(), r, nil); err != nil {
				again, last = append(again, r), err
			}
		}
		if len(again) == len(todo) {
			t.Fatal(last)
		}
		todo = again
	}
}

// TestSampleTree publishes a real tree that another tool wrote and extracts it
// over itself: not a byte of its 58 files may change, and none may be added.
func TestSampleTree(t *testing.T) {
	root := os.DirFS(samples(t, "apiops-v7"))
	svc := apimtest.Open(t, sandbox.Options{Bare: true})
	kinds := svc.Describe().Kinds
	want, problems, err := artifacts.Decode(kinds, root)
	if err != nil || len(problems) > 0 {
		t.Fatalf("decode: %v, problems %v", err, problems)
	}
	putAll(t, svc, want)
	tree, err := artifacts.NewTree(kinds, root)
	if err != nil {
		t.Fatal(err)
	}
	var got []*gateway.Resource
	for r, err := range gateway.Walk(t.Context(), svc, gateway.WalkOptions{Workers: 8}) {
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, r)
	}
	files, err := artifacts.EncodeAll(kinds, got, tree)
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range files.Paths() {
		t.Errorf("%s would change to %q", path, files.Write[path])
	}
	set, paths := kinds.NewSet(got...), 0
	for _, r := range want {
		if set.Get(r.Key) == nil {
			t.Errorf("%v is lost", r.Key)
		}
		paths += len(tree.Files(r.Key))
	}
	if paths != 58 || set.Len() != len(want) {
		t.Errorf("%d files and %d resources, want 58 and %d", paths, set.Len(), len(want))
	}
}

// TestSamplePolicies writes real policies, most of which are no well-formed
// XML, and reads them back.
func TestSamplePolicies(t *testing.T) {
	dir := samples(t, "policies")
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	if len(entries) < 40 {
		t.Errorf("%d policies, want 40", len(entries))
	}
	for i, e := range entries {
		t.Run(e.Name(), func(t *testing.T) {
			text, err := os.ReadFile(filepath.Join(dir, e.Name()))
			if err != nil {
				t.Fatal(err)
			}
			svc := apimtest.Open(t, sandbox.Options{Bare: true})
			key := gateway.NewKey("policy", "policy")
			if strings.Contains(string(text), "<fragment") {
				key = gateway.NewKey("policy fragment", fmt.Sprint("fragment", i))
			}
			for _, ref := range policy.References(string(text)) {
				putAll(t, svc, []*gateway.Resource{mentioned(t, ref)})
			}
			want := &gateway.Resource{Key: key, Spec: map[string]any{"properties": map[string]any{"format": "rawxml", "value": string(text)}}}
			putAll(t, svc, []*gateway.Resource{want})
			got, err := svc.Get(t.Context(), key)
			if err != nil {
				t.Fatal(err)
			}
			for _, c := range svc.Describe().Kinds.Diff(got, want) {
				t.Errorf("%s was %q and comes back as %q", c.Field, c.Want, c.Have)
			}
		})
	}
}

// mentioned makes what a policy names.
func mentioned(t *testing.T, ref policy.Reference) *gateway.Resource {
	t.Helper()
	var p map[string]any
	name := ref.Name
	switch ref.Kind {
	case "named value":
		p = map[string]any{"displayName": ref.Name, "value": "x"}
		name = "nv-" + ref.Name
	case "backend":
		p = map[string]any{"url": "https://example.com", "protocol": "http"}
	case "policy fragment":
		p = map[string]any{"format": "rawxml", "value": "<fragment />"}
	case "logger":
		p = map[string]any{"loggerType": "azureMonitor"}
	case "certificate":
		p = map[string]any{"keyVault": map[string]any{"secretIdentifier": "https://vault.example.com/secrets/x"}}
	case "schema":
		p = map[string]any{"schemaType": "json", "document": map[string]any{"type": "object"}}
	case "authorization provider":
		p = map[string]any{"displayName": ref.Name, "identityProvider": "aad"}
	default:
		t.Skipf("no sample of a %s", ref.Kind)
	}
	return &gateway.Resource{Key: gateway.NewKey(ref.Kind, name), Spec: map[string]any{"properties": p}}
}
