package source_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lockstep-apiops/lockstep/artifacts"
	"github.com/lockstep-apiops/lockstep/gateway/apim"
	"github.com/lockstep-apiops/lockstep/internal/git"
	"github.com/lockstep-apiops/lockstep/internal/source"
)

// TestRevivedLists removes files beside a list, which then counts.
func TestRevivedLists(t *testing.T) {
	kinds, err := apim.Kinds()
	if err != nil {
		t.Fatal(err)
	}
	const list, file = "products/gold/apis.json", "products/gold/apis/a/productApiInformation.json"
	for _, test := range []struct {
		name          string
		before, after map[string]string
		want          []string
	}{
		{"a stale list is left", map[string]string{list: `[{"name":"b"}]`, file: "{}"}, map[string]string{file: ""}, []string{list}},
		{"a stale list is written anew", map[string]string{list: `[{"name":"b"}]`, file: "{}"}, map[string]string{file: "", list: `[{"name":"c"}]`}, nil},
		{"a list that agreed is left", map[string]string{list: `[{"name":"a"}]`, file: "{}"}, map[string]string{file: ""}, nil},
		{"a stale list goes as well", map[string]string{list: `[{"name":"b"}]`, file: "{}", "x": "1"}, map[string]string{file: "", list: ""}, nil},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			h := newHistory(t)
			first := h.commit(test.before)
			h.commit(test.after)
			repo, err := git.Open(t.Context(), h.dir, git.Options{})
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() {
				if err := repo.Close(); err != nil {
					t.Error(err)
				}
			})
			var got []string
			c, err := source.NewCommit(t.Context(), kinds, repo, h.dir, "main", ".", func(p artifacts.Problem) {
				if p.Level == artifacts.Warning && strings.Contains(p.Text, "comes into force") {
					got = append(got, p.Path)
				}
			})
			if err != nil {
				t.Fatal(err)
			}
			if _, err := c.Touched(t.Context(), first); err != nil {
				t.Fatal(err)
			}
			if d := cmp.Diff(got, test.want); d != "" {
				t.Errorf("warnings (-got +want):\n%s", d)
			}
		})
	}
}
