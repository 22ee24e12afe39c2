package loop

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/lockstep-apiops/lockstep/artifacts"
	"github.com/lockstep-apiops/lockstep/gateway/apim"
)

// migrated returns a tree in another layout.
func migrated(t testing.TB, files tree, layout string) tree {
	t.Helper()
	kinds, err := apim.Kinds()
	if err != nil {
		t.Fatal(err)
	}
	m, err := artifacts.Migrate(kinds, files.fs(), layout)
	if err != nil {
		t.Fatalf("migrate to %s: %v", layout, err)
	}
	out := maps.Clone(files)
	for _, p := range m.Remove {
		if _, ok := out[p]; !ok {
			t.Errorf("migrate to %s: removes %s, which is not there", layout, p)
		}
		delete(out, p)
	}
	for p, text := range m.Write {
		out[p] = string(text)
	}
	return out
}

// TestMigrate takes each tree to each layout, where it must still be what the
// gateway says, and a second time be as it should.
func TestMigrate(t *testing.T) {
	kinds, err := apim.Kinds()
	if err != nil {
		t.Fatal(err)
	}
	for _, from := range []string{"v7", "v6", "v5", "apiops-cli"} {
		t.Run(from, func(t *testing.T) {
			t.Parallel()
			files := layoutTree(t, from)
			svc := published(t, files)
			_, first := extract(t, svc, files)
			for _, to := range kinds.Layouts() {
				got := migrated(t, files, to)
				if again := migrated(t, got, to); !maps.Equal(got, again) {
					t.Errorf("%s: a second migration changes %v", to, changed(got, again))
				}
				if _, result := extract(t, svc, got); len(result.Changes) != len(first.Changes) {
					t.Errorf("%s: an extract finds %v", to, result.Changes)
				}
				for _, p := range changed(files, got) {
					if to == from && p != "products/gold/groups.json" { // which says what files say
						t.Errorf("%s: what is in the layout changes: %s", to, p)
					}
				}
			}
			v7 := migrated(t, files, "v7")
			want := "{\n  \"name\": \"developers\",\n  \"properties\": {\n    \"groupId\": \"/groups/developers\"\n  }\n}\n"
			if got := v7["products/gold/groups/developers/productGroupInformation.json"]; got != want && from != "v7" {
				t.Errorf("a group's link is %q, want %q", got, want)
			}
			for _, p := range slices.Sorted(maps.Keys(v7)) {
				for _, other := range []string{"apiTagInformation.json", "/tags.json", "/groups.json", "namedValues/", "policyFragments/", "apiVersionSet"} {
					if strings.Contains(p, other) && from != "v6" {
						t.Errorf("v7: %s stays", p)
					}
				}
			}
		})
	}
}
