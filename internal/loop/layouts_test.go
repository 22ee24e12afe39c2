package loop

import (
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lockstep-apiops/lockstep/artifacts"
	"github.com/lockstep-apiops/lockstep/gateway"
	"github.com/lockstep-apiops/lockstep/gateway/apim/apimtest"
	sandbox "github.com/lockstep-apiops/lockstep/internal/sandbox/apim"
)

// layoutTree reads a tree as another tool writes it.
func layoutTree(t testing.TB, name string) tree {
	t.Helper()
	files := tree{}
	root := os.DirFS(filepath.Join("testdata", "layouts", name))
	err := fs.WalkDir(root, ".", func(p string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		text, err := fs.ReadFile(root, p)
		files[p] = string(text)
		return err
	})
	if err != nil || len(files) < 30 {
		t.Fatalf("read tree %s: %d files, %v", name, len(files), err)
	}
	return files
}

// published returns a service that holds what a tree says.
func published(t testing.TB, files tree) *apimtest.Service {
	t.Helper()
	svc := apimtest.Direct(t, newSandbox(t, sandbox.Options{Bare: true}), "service")
	for _, name := range spokenOf(files) { // which Azure/apiops needs to be there already
		store(t, svc, gateway.NewKey("workspace", name), map[string]any{"displayName": "The team's"})
	}
	store(t, svc, gateway.NewKey("named value", "6581f0aa0102030405060708"), map[string]any{
		"displayName": "Logger-Credentials--6581f0aa0102030405060709", "secret": true, "value": "s"})
	if files["loggers/insights/loggerInformation.json"] != "" { // with credentials that git does not hold
		store(t, svc, gateway.NewKey("logger", "insights"), map[string]any{"loggerType": "applicationInsights",
			"credentials": map[string]any{"instrumentationKey": "00000000-0000-4000-8000-000000000001"}})
	}
	for _, name := range []string{"administrators", "developers", "guests"} {
		store(t, svc, gateway.NewKey("group", name), map[string]any{"displayName": name})
	}
	rs, _, err := artifacts.Decode(svc.Describe().Kinds, files.fs())
	if err != nil {
		t.Fatal(err)
	}
	publish(t, svc, list(rs), false)
	return svc
}

// spokenOf returns the names of the workspaces that have a folder and no file
// in a tree.
func spokenOf(files tree) []string {
	names := map[string]bool{}
	for p := range files {
		if parts := strings.Split(p, "/"); parts[0] == "workspaces" && files["workspaces/"+parts[1]+"/workspaceInformation.json"] == "" {
			names[parts[1]] = true
		}
	}
	return slices.Sorted(maps.Keys(names))
}

func store(t testing.TB, g gateway.Gateway, key gateway.Key, properties map[string]any) {
	t.Helper()
	if err := g.Put(t.Context(), &gateway.Resource{Key: key, Spec: map[string]any{"properties": properties}}, nil); err != nil {
		t.Fatal(err)
	}
}

// changed returns the paths of the files that differ between two trees.
func changed(a, b tree) []string {
	paths := []string{}
	for p := range a {
		if text, ok := b[p]; !ok || text != a[p] {
			paths = append(paths, p)
		}
	}
	for p := range b {
		if _, ok := a[p]; !ok {
			paths = append(paths, p)
		}
	}
	slices.Sort(paths)
	return paths
}

// TestLayouts publishes trees of other tools and extracts over them: no byte
// changes. Then the gateway changes, and only the files do that say so.
func TestLayouts(t *testing.T) {
	tagged := gateway.NewKey("tag", "sales").Child("tag api", "orders-v1")
	sold := gateway.NewKey("product", "silver").Child("product api", "orders-v1")
	seen := gateway.NewKey("product", "gold").Child("product group", "guests")
	for _, test := range []struct {
		layout string
		add    []gateway.Key
		drop   []gateway.Key
		more   []string // files of what the tool does not know, which a first extract adds
		want   []string // files that differ then
	}{
		{layout: "v7", add: []gateway.Key{tagged, sold, seen}, drop: []gateway.Key{gateway.NewKey("tag", "internal").Child("tag api", "echo")}, want: []string{
			"products/gold/groups/guests/productGroupInformation.json", "products/silver/apis/orders-v1/productApiInformation.json",
			"tags/internal/apis/echo/tagApiInformation.json", "tags/sales/apis/orders-v1/tagApiInformation.json"}},
		{layout: "v6", add: []gateway.Key{tagged, sold, seen}, drop: []gateway.Key{gateway.NewKey("tag", "internal").Child("tag api", "echo")},
			want: []string{
				"apis/echo/tags/internal/apiTagInformation.json", "apis/orders-v1/tags/sales/apiTagInformation.json",
				"products/gold/groups.json", "products/gold/groups/guests/productGroupInformation.json",
				"products/silver/apis/orders-v1/productApiInformation.json"}},
		{layout: "v5", add: []gateway.Key{tagged, sold}, drop: []gateway.Key{gateway.NewKey("product", "gold").Child("product group", "developers")}, want: []string{
			"apis/orders-v1/tags.json", "products/gold/groups.json", "products/silver/apis.json"}},
		{layout: "apiops-cli", add: []gateway.Key{tagged, seen}, drop: []gateway.Key{gateway.NewKey("gateway", "onprem").Child("gateway api", "orders-v1")}, want: []string{
			"apis/orders-v1/tags/sales/tagInformation.json", "gateways/onprem/apis.json", "products/gold/groups.json"}},
	} {
		t.Run(test.layout, func(t *testing.T) {
			t.Parallel()
			files := layoutTree(t, test.layout)
			svc := published(t, files)
			got, result := extract(t, svc, files)
			for _, p := range changed(files, got) {
				if !slices.Contains(test.more, p) {
					t.Errorf("first extract: %s changes from %q to %q", p, files[p], got[p])
				}
			}
			if len(result.Changes) != len(test.more) {
				t.Errorf("first extract: %v, want no drift but for %v", result.Changes, test.more)
			}
			files = got
			for _, key := range test.add {
				store(t, svc, key, nil)
			}
			for _, key := range test.drop {
				if err := svc.Delete(t.Context(), &gateway.Resource{Key: key}); err != nil {
					t.Fatal(err)
				}
			}
			got, _ = extract(t, svc, files)
			if d := cmp.Diff(changed(files, got), test.want); d != "" {
				t.Errorf("files that change (-got +want):\n%s", d)
			}
			rs, _, err := artifacts.Decode(svc.Describe().Kinds, got.fs())
			if err != nil {
				t.Fatal(err)
			}
			wantInSync(t, svc, list(rs), "after the change")
			if again, _ := extract(t, svc, got); !maps.Equal(again, got) {
				t.Errorf("a second extract changes %v", changed(got, again))
			}
		})
	}
}
