package artifacts_test

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"github.com/lockstep-apiops/lockstep/artifacts"
	"github.com/lockstep-apiops/lockstep/gateway"
)

// flatKinds is a table of kinds of which the payload lies beside the folder.
func flatKinds(t testing.TB) *gateway.Kinds {
	t.Helper()
	ks, err := gateway.NewKinds(gateway.Table{Rows: []gateway.Kind{
		{Name: "scope", Segment: "scopes", Dir: "group/scopes", File: "*.yaml", Format: gateway.YAML},
		{Name: "thing", Parent: "scope", Segment: "things", Dir: "things", File: "*.yaml", Format: gateway.YAML, Attach: []gateway.Attachment{{Pattern: "text.*"}}},
	}})
	if err != nil {
		t.Fatal(err)
	}
	return ks
}

func file(text string) *fstest.MapFile { return &fstest.MapFile{Data: []byte(text)} }

func TestPayloadsBesideFolders(t *testing.T) {
	ks := flatKinds(t)
	scope := gateway.NewKey("scope", "s")
	thing, other, dotted := scope.Child("thing", "a"), scope.Child("thing", "b"), scope.Child("thing", "c:d.e")
	enc := artifacts.NewEncoder(ks, nil)
	tree := fstest.MapFS{}
	for _, r := range []*gateway.Resource{
		{Key: scope, Spec: map[string]any{"x": "y"}},
		{Key: thing, Spec: map[string]any{"x": "y"}, Files: map[string][]byte{"text.md": []byte("# a\n")}},
		{Key: other, Spec: map[string]any{"x": "y"}},
		{Key: dotted, Spec: map[string]any{"x": "y"}},
	} {
		f, err := enc.Encode(r)
		if err != nil {
			t.Fatal(err)
		}
		for name, text := range f.Write {
			tree[name] = &fstest.MapFile{Data: text}
		}
	}
	var names []string
	for name := range tree {
		names = append(names, name)
	}
	slices.Sort(names)
	want := []string{"group/scopes/s.yaml", "group/scopes/s/things/a.yaml", "group/scopes/s/things/a/text.md", "group/scopes/s/things/b.yaml", "group/scopes/s/things/c%3Ad.e.yaml"}
	if diff := cmp.Diff(want, names); diff != "" {
		t.Fatalf("files (-want +got):\n%s", diff)
	}
	rs, problems, err := artifacts.Decode(ks, tree)
	if err != nil || len(rs) != 4 || len(problems) != 0 {
		t.Fatalf("Decode() = %d resources, %v, %v", len(rs), problems, err)
	}
	for name, key := range map[string]gateway.Key{want[0]: scope, want[1]: thing, want[2]: thing, want[3]: other, want[4]: dotted} {
		if got, ok := artifacts.KeyOf(ks, name); !ok || got != key {
			t.Errorf("KeyOf(%s) = %v, %t, want %v", name, got, ok, key)
		}
		r, ok, err := artifacts.DecodeKey(ks, tree, key)
		if err != nil || !ok || r.Spec["x"] != "y" {
			t.Errorf("DecodeKey(%v) = %v, %t, %v", key, r, ok, err)
		}
	}
	old, err := artifacts.NewTree(ks, tree)
	if err != nil {
		t.Fatal(err)
	}
	changed, err := artifacts.NewEncoder(ks, old).Encode(&gateway.Resource{Key: thing, Spec: map[string]any{"x": "z"}, Files: map[string][]byte{"text.md": []byte("# a\n")}})
	if err != nil || string(changed.Write["group/scopes/s/things/a.yaml"]) != "x: z\n" || len(changed.Write) != 1 {
		t.Errorf("Encode() = %v, %v", changed, err)
	}
	gone, err := artifacts.NewEncoder(ks, old).Remove(thing)
	if diff := cmp.Diff([]string{"group/scopes/s/things/a.yaml", "group/scopes/s/things/a/text.md"}, gone.Remove); diff != "" || err != nil {
		t.Errorf("Remove() = %v (-want +got):\n%s", err, diff)
	}
}

func TestFoldersWithoutPayload(t *testing.T) {
	ks := flatKinds(t)
	rs, problems, err := artifacts.Decode(ks, fstest.MapFS{"group/scopes/s/things/a/text.md": file("x"), "group/scopes/s/things/b.yaml": file("x: y\n"), "group/scopes/s/notes.yml": file("x")})
	if err != nil || len(rs) != 1 || rs[0].Key.Name() != "b" {
		t.Fatalf("Decode() = %v, %v", rs, err)
	}
	var texts []string
	for _, p := range problems {
		texts = append(texts, p.Path+": "+p.Text)
	}
	if got := strings.Join(texts, "\n"); !strings.Contains(got, "things/a/text.md: not used: there is no ../a.yaml beside it") || !strings.Contains(got, "notes.yml: not managed") {
		t.Errorf("problems are %s", got)
	}
}

func TestPayloadsThatCollide(t *testing.T) {
	_, _, err := artifacts.Decode(flatKinds(t), fstest.MapFS{"group/scopes/s.yaml": file("x: y\n"), "group/scopes/S/things/a.yaml": file("x: y\n")})
	var collision *artifacts.CollisionError
	if !errors.As(err, &collision) {
		t.Errorf("Decode() error = %v, want a collision", err)
	}
}

func TestPayloadsOfOtherTools(t *testing.T) {
	rs, problems, err := artifacts.Decode(flatKinds(t), fstest.MapFS{
		"group/scopes/s.yml": file("x: y\n"), "group/scopes/s/things/a.json": file(`{"x": "y"}`), "group/scopes/notes.txt": file("x"),
		"group/scopes/s/things/b.yaml": file(`{"x": "y"}`), "group/scopes/s/things/c.yaml": file("---\nx: y\n---\n"),
	})
	if err != nil || len(rs) != 2 {
		t.Fatalf("Decode() = %v, %v, want the two of which the names are right", rs, err)
	}
	got := map[string]string{}
	for _, p := range problems {
		got[p.Path] = p.Level.String() + ": " + p.Text
	}
	want := map[string]string{
		"group/scopes/notes.txt":       "info: not managed",
		"group/scopes/s.yml":           "warning: not used: it must be spelt s.yaml",
		"group/scopes/s/things/a.json": "warning: not used: it must be spelt a.yaml, and may hold JSON all the same",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("problems (-want +got):\n%s", diff)
	}
}

func TestWhatLooksLikeAPayloadElsewhere(t *testing.T) {
	tree := fstest.MapFS{
		"group/scopes/s.yaml": file("x: y\n"), "group/scopes/s/things/a.yaml": file("x: y\n"), // these two are fine
		"settings.yaml": file(""), ".ci/run.yaml": file(""), "group/notes/a.md": file(""), "group/scopes/README.md": file(""), // nobody's business
		"group/s.yaml": file(""), "group/scopes/s/thing/b.yaml": file(""), "group/scopes/s/x[1]/b.yaml": file(""), "group/scopes/s/b.yaml": file(""),
	}
	parsed, err := artifacts.NewTree(flatKinds(t), tree)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, p := range parsed.Problems() {
		if p.Level == artifacts.Warning {
			got = append(got, p.String())
		}
	}
	slices.Sort(got)
	want := []string{
		"group/s.yaml: not used: each resource lies in the folder of its kind, such as scopes",
		"group/scopes/s/b.yaml: not used: each resource lies in the folder of its kind, such as things",
		"group/scopes/s/thing: not used: no kind has a folder of that name here; did you mean things?",
		"group/scopes/s/x[1]: not used: no kind has a folder of that name here",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("warnings (-want +got):\n%s", diff)
	}
}

// TestWhatLooksLikeAPayload puts files into a tree of each shape that hold payloads and
// are not found there, and some that are nobody's business.
func TestWhatLooksLikeAPayload(t *testing.T) {
	folders, err := gateway.NewKinds(gateway.Table{Rows: []gateway.Kind{
		{Name: "settings", Segment: "settings", Only: "settings", File: "settings.yaml", Format: gateway.YAML},
		{Name: "api", Segment: "apis", Dir: "apis", File: "api.yaml", Format: gateway.YAML},
		{Name: "version", Parent: "api", Segment: "versions", Dir: "versions", File: "openapi.yaml", Format: gateway.YAML},
		{Name: "tag", Segment: "tags", Dir: "tags", File: "tag.json"},
	}})
	if err != nil {
		t.Fatal(err)
	}
	proxies, err := gateway.NewKinds(gateway.Table{Rows: []gateway.Kind{{Name: "proxy", Segment: "proxies", Dir: "proxies", File: "*.yaml", Format: gateway.YAML}}})
	if err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		name  string
		kinds *gateway.Kinds
		files []string
		want  []string
	}{
		{"ends of names", proxies, []string{"proxies/A.YAML", "proxies/B.yaml~", "proxies/C.yaml.txt", "proxies/D.Json", "proxies/E.yaml"}, []string{
			"proxies/A.YAML: not used: it must be spelt A.yaml", "proxies/B.yaml~: not used: it must be spelt B.yaml",
			"proxies/C.yaml.txt: not used: it must be spelt C.yaml", "proxies/D.Json: not used: it must be spelt D.yaml, and may hold JSON all the same",
		}},
		{"folders", proxies, []string{"proxies/sub/A.yaml", "proxies/sub/deep/B.yaml", "proxys/C.yaml"}, []string{
			"proxies/sub/A.yaml: not used: each proxy lies in the folder above, where all are",
			"proxies/sub/deep: not used: it looks like a proxy, and lies in the folder of another",
			"proxys: not used: no kind has a folder of that name here; did you mean proxies?",
		}},
		{"nobody's business", proxies, []string{
			"README.md", "P.yaml", "docs/a.yaml", "proxies/README.md", "proxies/A.yaml", "proxies/A.yaml~", "proxies/A.yaml.bak", "proxies/.A.yaml.swp",
			"proxies/notes.txt", "proxies/sub/logo.png", "proxies/sub/deep/notes.md", ".ci/run.yaml", "proxys/notes.md",
		}, nil},
		{"a folder each", folders, []string{"apis/a/api.yml", "apis/b/api.YAML", "apis/c/api.yaml.orig", "apis/d/api.yaml", "apis/d/versions/1/openapi.json", "tags/t/tag.yaml", "settings.yml"}, []string{
			"apis/a/api.yml: not used: it must be spelt api.yaml", "apis/b/api.YAML: not used: to be an api's it must be spelt api.yaml",
			"apis/c/api.yaml.orig: not used: it must be spelt api.yaml", "apis/d/versions/1/openapi.json: not used: it must be spelt openapi.yaml, and may hold JSON all the same",
			"settings.yml: not used: it must be spelt settings.yaml", "tags/t/tag.yaml: not used: it must be spelt tag.json, and hold JSON",
		}},
		{"astray folders", folders, []string{"api/a/api.yaml", "apis/sub/a/api.yaml", "apis/b/api.yaml", "apis/b/version/1/openapi.yaml"}, []string{
			"api: not used: no kind has a folder of that name here; did you mean apis?",
			"apis/b/version: not used: no kind has a folder of that name here; did you mean versions?",
			"apis/sub/a: not used: it looks like an api, and lies in the folder of another",
		}},
		{"nobody's business, with a folder each", folders, []string{
			"settings.yaml", "settings.json", "api/README.md", "deploy/settings.yaml", "examples/a/api.yaml", "apis/README.md", "apis/a/api.yaml", "apis/a/api.yaml~", "apis/a/docs/notes.yaml",
		}, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			tree := fstest.MapFS{}
			for _, name := range tt.files {
				tree[name] = file("x: y\n")
			}
			parsed, err := artifacts.NewTree(tt.kinds, tree)
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, p := range parsed.Problems() {
				if p.Level == artifacts.Warning {
					got = append(got, p.String())
				}
			}
			slices.Sort(got)
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("warnings (-want +got):\n%s", diff)
			}
		})
	}
}
