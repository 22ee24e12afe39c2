package source_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lockstep-apiops/lockstep/gateway/apim"
	"github.com/lockstep-apiops/lockstep/internal/git"
	"github.com/lockstep-apiops/lockstep/internal/source"
)

// TestTouchedInLists changes lists of links, and the layout of a tree.
func TestTouchedInLists(t *testing.T) {
	kinds, err := apim.Kinds()
	if err != nil {
		t.Fatal(err)
	}
	const (
		list  = "products/gold/apis.json"
		one   = "products/gold/apis/a/productApiInformation.json"
		below = "apis/a/tags/t/apiTagInformation.json"
		api   = "apis/a/apiInformation.json"
		sdl   = "apis/a/schemas/graphql/schemaInformation.json"
		graph = `{"properties":{"contentType":"application/vnd.ms-azure-apim.graphql.schema","document":{"value":"type Query { a: Int }"}}}`
	)
	for _, test := range []struct {
		name          string
		before, after map[string]string
		want          []string
	}{
		{"one goes, one comes", map[string]string{list: `[{"name":"a"},{"name":"b"}]`}, map[string]string{list: `[{"name":"b"},{"name":"c"}]`},
			[]string{"- product api gold/a", "+ product api gold/c"}},
		{"other words", map[string]string{list: `[{"name":"a"},{"name":"b"}]`}, map[string]string{list: "[\n{\"name\": \"b\"}, {\"name\": \"A\"}]"}, nil},
		{"the list goes", map[string]string{list: `[{"name":"a"}]`, "x": "1"}, map[string]string{list: ""}, []string{"- product api gold/a"}},
		{"the list becomes files", map[string]string{list: `[{"name":"a"}]`}, map[string]string{list: "", one: "{}"}, nil},
		{"a file puts a list aside", map[string]string{list: `[{"name":"b"}]`}, map[string]string{one: "{}"},
			[]string{"+ product api gold/a", "- product api gold/b"}},
		{"a stale list changes", map[string]string{list: `[{"name":"b"}]`, one: "{}"}, map[string]string{list: `[{"name":"c"}]`}, nil},
		{"a link moves", map[string]string{below: "{}"}, map[string]string{below: "", "tags/t/apis/a/tagApiInformation.json": "{}"}, nil},
		{"a link goes", map[string]string{below: "{}", "x": "1"}, map[string]string{below: ""}, []string{"- tag api t/a"}},
		{"a definition in a schema changes", map[string]string{api: "{}", sdl: graph}, map[string]string{sdl: strings.Replace(graph, "Int", "ID", 1)}, []string{"~ api a"}},
		{"a definition in a schema moves", map[string]string{api: "{}", sdl: graph},
			map[string]string{sdl: "", "apis/a/specification.graphql": "type Query { a: Int }"}, nil},
		{"a schema changes", map[string]string{api: "{}", sdl: "{}"}, map[string]string{sdl: `{"properties":{"contentType":"x"}}`}, []string{"~ api schema a/graphql"}},
		{"a value moves", map[string]string{"namedValues/v/namedValueInformation.json": "{}"},
			map[string]string{"namedValues/v/namedValueInformation.json": "", "named values/v/namedValueInformation.json": "{}"}, nil},
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
			c, err := source.NewCommit(t.Context(), kinds, repo, h.dir, "main", ".", nil)
			if err != nil {
				t.Fatal(err)
			}
			touched, err := c.Touched(t.Context(), first)
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, x := range touched {
				mark, r := "~ ", x.Want
				switch {
				case x.Base == nil:
					mark = "+ "
				case x.Want == nil:
					mark, r = "- ", x.Base
				}
				got = append(got, mark+r.Key.String())
			}
			if d := cmp.Diff(got, test.want); d != "" {
				t.Errorf("touched (-got +want):\n%s", d)
			}
		})
	}
	if kinds.Elsewhere("api") || !kinds.Elsewhere("product api") {
		t.Error("the wrong kinds are in files with others: the test shows nothing")
	}
}
