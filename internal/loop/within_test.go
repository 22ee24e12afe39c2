package loop

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lockstep-apiops/lockstep/gateway"
)

// TestKeptWithin changes what Azure/apiops-cli keeps in places of its own: the
// files stay where they are, with all else in them.
func TestKeptWithin(t *testing.T) {
	files := layoutTree(t, "apiops-cli")
	svc := published(t, files)
	api, err := svc.Get(t.Context(), gateway.NewKey("api", "graph"))
	if err != nil {
		t.Fatal(err)
	}
	api.Files = map[string][]byte{"specification.graphql": []byte("type Query {\n  orders: [Int]\n}\n")}
	if err := svc.Put(t.Context(), api, nil); err != nil {
		t.Fatal(err)
	}
	store(t, svc, gateway.NewKey("documentation", "start"), map[string]any{"title": "Start", "content": "# Begin\n"})
	store(t, svc, gateway.NewKey("documentation", "more"), map[string]any{"title": "More", "content": "# More\n"})
	store(t, svc, gateway.NewKey("api wiki", "echo", "default"), map[string]any{"documents": []any{map[string]any{"documentationId": "more"}}})
	got, result := extract(t, svc, files)
	want := []string{
		"apis/echo/wiki.md", "apis/graph/schemas/graphql/schemaInformation.json",
		"documentations/more/content.md", "documentations/more/documentationInformation.json", "documentations/start/documentationInformation.json"}
	if d := cmp.Diff(changed(files, got), want); d != "" {
		t.Errorf("files that change (-got +want):\n%s", d)
	}
	for p, words := range map[string][2]string{
		want[0]: {`"documentationId": "start"`, `"documentationId": "more"`}, want[1]: {"[String]", "[Int]"},
		want[4]: {`"# Start\n\nAsk for a key – then call.\n"`, `"# Begin\n"`},
	} {
		if text := strings.Replace(files[p], words[0], words[1], 1); got[p] != text {
			t.Errorf("%s is %s, want %s", p, got[p], text)
		}
	}
	if len(result.Changes) != 4 {
		t.Errorf("changes are %v, want 4", result.Changes)
	}
	wantInSync(t, svc, folder(t, svc, got, nil), "after the change")

	if err := svc.Delete(t.Context(), &gateway.Resource{Key: api.Key}); err != nil {
		t.Fatal(err)
	}
	got, _ = extract(t, svc, got)
	for p := range got {
		if strings.HasPrefix(p, "apis/graph/") {
			t.Errorf("%s stays of an API that is gone", p)
		}
	}
	if v7 := migrated(t, files, "v7"); v7[want[1]] != "" || v7["apis/graph/specification.graphql"] != "type Query {\r\n  orders: [String]\r\n}\r\n" {
		t.Errorf("moved to v7: %q", v7["apis/graph/specification.graphql"])
	}
	if cli := migrated(t, files, "apiops-cli"); !slices.Equal(changed(cli, files), []string{}) {
		t.Errorf("moved to where it is: %v", changed(cli, files))
	}
}
