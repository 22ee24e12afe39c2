package artifacts

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lockstep-apiops/lockstep/gateway"
)

// spelledKinds is a table with every sort of spelling.
func spelledKinds(t testing.TB) *gateway.Kinds {
	t.Helper()
	text := []gateway.Split{{Field: "properties.value", File: "text.xml"}}
	lists := func(file string) gateway.Spelling {
		return gateway.Spelling{Layouts: []string{"lists"}, File: file, List: true}
	}
	ks, err := gateway.NewKinds(gateway.Table{FoldCase: true, Layouts: []string{"new", "old", "lists"}, Rows: []gateway.Kind{
		{Name: "value", Segment: "values", Dir: "my values", File: "value.json",
			Spellings: []gateway.Spelling{{Layouts: []string{"old"}, Dir: "myValues"}},
			Generated: func(spec map[string]any) bool { return gateway.Field(spec, "properties.made") == true }},
		{Name: "set", Segment: "sets", Dir: "sets", File: "set.json",
			Spellings: []gateway.Spelling{{Layouts: []string{"old"}, Dir: "sets", File: "apiSet.json"}}},
		{Name: "part", Segment: "parts", Dir: "parts", File: "part.json", Split: text,
			Spellings: []gateway.Spelling{{Layouts: []string{"old"}, Dir: "myParts", Either: true}}},
		{Name: "api", Segment: "apis", Dir: "apis", File: "api.json"},
		{Name: "api note", Parent: "api", Segment: "notes", Only: "default", File: "note.json",
			Split:     []gateway.Split{{Field: "text", File: "note.txt", Within: true}},
			Spellings: []gateway.Spelling{{Layouts: []string{"old"}, File: "note.md", Maybe: true}}},
		{Name: "group", Segment: "groups", Dir: "groups", File: "group.json"},
		{Name: "tag", Segment: "tags", Dir: "tags", File: "tag.json"},
		{Name: "tag api", Parent: "tag", Joins: "api", Segment: "apis", Dir: "apis", File: "tagApi.json", Omit: []string{"properties"},
			Spellings: []gateway.Spelling{{Layouts: []string{"old"}, Beside: "api", Dir: "tags", File: "apiTag.json"},
				{Layouts: []string{"lists"}, Beside: "api", File: "tags.json", List: true}}},
		{Name: "product", Segment: "products", Dir: "products", File: "product.json"},
		{Name: "product api", Parent: "product", Joins: "api", Segment: "apis", Dir: "apis", File: "productApi.json",
			Spellings: []gateway.Spelling{lists("apis.json")}},
		{Name: "product group", Parent: "product", Joins: "group", Segment: "groups", Dir: "groups", File: "productGroup.json",
			Loose: []string{"name", "properties"}, Builtin: []string{"admins"}, Repeats: "properties.groupId",
			Spellings: []gateway.Spelling{{Layouts: []string{"old"}, Dir: "groups", Bare: true}, lists("groups.json")}},
	}})
	if err != nil {
		t.Fatal(err)
	}
	return ks
}

func TestDecodeSpellings(t *testing.T) {
	for _, tc := range []struct {
		name  string
		files map[string]string
		want  string // keys
		told  string // the problems
	}{
		{"a folder of another name", map[string]string{"myValues/a/value.json": "{}", "my values/b/value.json": "{}"}, "value a, value b", ""},
		{"a file of another name", map[string]string{"sets/s/apiSet.json": "{}"}, "set s", ""},
		{"text alone", map[string]string{"myParts/p/text.xml": "<p/>"}, "part p", ""},
		{"text within", map[string]string{"myParts/p/part.json": `{"properties":{"value":"<p/>"}}`}, "part p", ""},
		{"below the other end", map[string]string{"apis/a/tags/t/apiTag.json": "{}"}, "tag api t/a", ""},
		{"lists", map[string]string{"products/p/apis.json": `[{"name":"a"},{"name":"B"},{"name":"A"}]`, "apis/a/tags.json": `[{"name":"t"}]`},
			"product api p/B, product api p/a, tag api t/a", ""},
		{"in a list, what the gateway owns", map[string]string{"products/p/groups.json": `[{"name":"Admins"},{"name":"g"}]`},
			"product group p/g", "info products/p/groups.json: not managed: the gateway owns product group p/Admins"},
		{"twice the same", map[string]string{"myValues/a/value.json": `{"x": 1}`, "my values/a/value.json": `{"x":1.0}`}, "value a", ""},
		{"a list that agrees", map[string]string{
			"products/p/apis.json": `[{"name":"A"}]`, "products/p/apis/a/productApi.json": "{}"}, "product api p/a", ""},
		{"a list where others have files", map[string]string{
			"products/p/apis.json": `[{"name":"a"}]`, "products/p/groups.json": `[{"name":"g"}]`,
			"products/r/apis/b/productApi.json": "{}", "products/q/apis/b/productApi.json": "{}"},
			"product api p/a, product group p/g, product api q/b, product api r/b",
			"warning products/p/apis.json: used as it is, though others have files, such as products/q/apis/b/productApi.json: " +
				"if an older tool left it behind, remove it, else bring the tree into one layout"},
		{"a list of nothing where others have files", map[string]string{
			"products/p/product.json": "{}", "products/p/apis.json": `[]`, "products/q/apis/b/productApi.json": "{}"}, "product p, product api q/b", ""},
		{"a stale list", map[string]string{
			"products/p/apis.json": `[{"name":"a"},{"name":"gone"}]`, "products/p/apis/a/productApi.json": "{}", "products/p/apis/b/productApi.json": "{}"},
			"product api p/a, product api p/b",
			"warning products/p/apis.json: not used, for products/p/apis/a/productApi.json and others beside it say otherwise: " +
				"b is only in products/p/apis/b/productApi.json, gone is only in the list: remove the list, or the files"},
		{"a stale list of the other end", map[string]string{"apis/a/tags.json": `[{"name":"t"}]`, "tags/u/apis/a/tagApi.json": "{}"}, "tag api u/a",
			"warning apis/a/tags.json: not used, for tags/u/apis/a/tagApi.json and others beside it say otherwise: " +
				"u is only in tags/u/apis/a/tagApi.json, t is only in the list: remove the list, or the files"},
		{"what may be something else", map[string]string{"apis/a/note.md": "\ufeff\n{}"}, "api note a/default", ""},
		{"what is something else", map[string]string{"apis/a/note.md": "# Notes", "apis/a/Note.md": ""}, "",
			"info apis/a: not managed: holds no file of an api\ninfo apis/a/Note.md: not managed\ninfo apis/a/note.md: not managed: holds no JSON"},
		{"what was to be JSON", map[string]string{"apis/a/api.json": "{}", "apis/a/note.md": "{# Notes"}, "api a",
			"warning apis/a/note.md: not used: looks like JSON, and is not valid"},
		{"what the gateway made", map[string]string{"my values/a/value.json": `{"properties":{"made":true}}`}, "",
			"info my values/a/value.json: not managed: the gateway makes it by itself"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			rs, problems, err := Decode(spelledKinds(t), mapFS(tc.files))
			if err != nil {
				t.Fatal(err)
			}
			var keys, told []string
			for _, r := range rs {
				keys = append(keys, r.Key.String())
			}
			for _, p := range problems {
				told = append(told, p.Level.String()+" "+p.String())
			}
			if got := strings.Join(keys, ", "); got != tc.want {
				t.Errorf("keys are %q, want %q", got, tc.want)
			}
			if got := strings.Join(told, "\n"); got != tc.told {
				t.Errorf("problems are %q, want %q", got, tc.told)
			}
		})
	}
}

func TestDecodeSpellingErrors(t *testing.T) {
	for _, tc := range []struct {
		name  string
		files map[string]string
		want  string
	}{
		{"two say otherwise", map[string]string{"myValues/a/value.json": `{"x":1}`, "my values/a/value.json": `{"x":2}`},
			"decode value a: my values/a/value.json and myValues/a/value.json say different things: keep one of them"},
		{"no list", map[string]string{"products/p/apis.json": "{}"}, `products/p/apis.json:1:1: want a list: [{"name": "..."}]`},
		{"no name", map[string]string{"products/p/apis.json": `[{"name":"a"},{"nome":"b"}]`}, `products/p/apis.json: element 2: want an object with a "name"`},
		{"empty", map[string]string{"products/p/apis.json": " "}, `products/p/apis.json: empty: want a list`},
		{"cut off", map[string]string{"products/p/apis.json": `[{"name":`}, "products/p/apis.json:1:9: unexpected end"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if _, _, err := Decode(spelledKinds(t), mapFS(tc.files)); err == nil || !strings.Contains(err.Error(), tc.want) {
				t.Errorf("error is %v, want it to tell %q", err, tc.want)
			}
		})
	}
}

// TestEncodeSpellings adds and removes resources.
func TestEncodeSpellings(t *testing.T) {
	link := func(kind, owner, name string) gateway.Key {
		return gateway.NewKey(strings.Fields(kind)[0], owner).Child(kind, name)
	}
	for _, tc := range []struct {
		name   string
		files  map[string]string
		layout string
		add    []gateway.Key
		remove []gateway.Key
		want   map[string]string // what differs; "-" is gone
	}{
		{name: "an empty tree", add: []gateway.Key{link("tag api", "t", "a"), link("product api", "p", "a")},
			want: map[string]string{"tags/t/apis/a/tagApi.json": "{}\n", "products/p/apis/a/productApi.json": "{}\n"}},
		{name: "a layout asked for", layout: "lists", add: []gateway.Key{link("tag api", "u", "a"), link("tag api", "t", "a"), gateway.NewKey("set", "s")},
			want: map[string]string{"apis/a/tags.json": "[\n  {\n    \"name\": \"t\"\n  },\n  {\n    \"name\": \"u\"\n  }\n]\n", "sets/s/set.json": "{}\n"}},
		{name: "a list keeps its form", files: map[string]string{"products/p/apis.json": "[\r\n    {\"name\":\"b\"},\r\n    {\"name\":\"a\"}\r\n]"},
			add: []gateway.Key{link("product api", "p", "c")}, remove: []gateway.Key{link("product api", "p", "B")},
			want: map[string]string{"products/p/apis.json": "[\r\n    {\"name\":\"a\"},\r\n    {\"name\":\"c\"}\r\n]"}},
		{name: "a list joins, whatever is asked for", layout: "new", files: map[string]string{"products/p/apis.json": `[{"name":"b"}]`},
			add: []gateway.Key{link("product api", "p", "a")}, want: map[string]string{"products/p/apis.json": `[{"name":"b"},{"name":"a"}]`}},
		{name: "files join, whatever is asked for", layout: "lists", files: map[string]string{"products/p/apis/b/productApi.json": "{}"},
			add: []gateway.Key{link("product api", "p", "a")}, want: map[string]string{"products/p/apis/a/productApi.json": "{}\n"}},
		{name: "a list that agrees goes on to agree",
			files: map[string]string{"products/p/apis.json": `[{"name":"b"}]`, "products/p/apis/b/productApi.json": "{}"},
			add:   []gateway.Key{link("product api", "p", "a")}, remove: []gateway.Key{link("product api", "p", "b")},
			want: map[string]string{"products/p/apis.json": `[{"name":"a"}]`, "products/p/apis/a/productApi.json": "{}\n", "products/p/apis/b/productApi.json": "-"}},
		{name: "the last of a list", files: map[string]string{"products/p/apis.json": `[{"name":"b"}]`},
			remove: []gateway.Key{link("product api", "p", "b")}, want: map[string]string{"products/p/apis.json": "-"}},
		{name: "in a list, what the gateway owns stays", files: map[string]string{"products/p/groups.json": `[{"name":"admins"}, {"name":"g"}]`},
			remove: []gateway.Key{link("product group", "p", "g")}, want: map[string]string{"products/p/groups.json": `[{"name":"admins"}]`}},
		{name: "a stale list does not come into force",
			files:  map[string]string{"products/p/apis.json": `[{"name":"c"}]`, "products/p/apis/b/productApi.json": "{}"},
			remove: []gateway.Key{link("product api", "p", "b")},
			want:   map[string]string{"products/p/apis.json": "-", "products/p/apis/b/productApi.json": "-"}},
		{name: "what most do", files: map[string]string{
			"apis/a/tags/t/apiTag.json": "{}", "apis/b/tags/t/apiTag.json": "{}", "tags/u/apis/a/tagApi.json": "{}"},
			add: []gateway.Key{link("tag api", "u", "b")}, want: map[string]string{"apis/b/tags/u/apiTag.json": "{}\n"}},
		{name: "what the tree does", files: map[string]string{"myValues/v/value.json": "{}", "sets/s/apiSet.json": "{}"},
			add: []gateway.Key{link("tag api", "t", "a")}, want: map[string]string{"apis/a/tags/t/apiTag.json": "{}\n"}},
		{name: "what a look into a file tells", files: map[string]string{"products/p/groups/g/productGroup.json": "{}"},
			add:  []gateway.Key{link("product group", "p", "h"), link("tag api", "t", "a")},
			want: map[string]string{"products/p/groups/h/productGroup.json": "{}\n", "apis/a/tags/t/apiTag.json": "{}\n"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			ks := spelledKinds(t)
			old := mapFS(tc.files)
			e := NewEncoder(ks, mustTree(t, ks, old))
			if err := e.SetLayout(tc.layout); err != nil {
				t.Fatal(err)
			}
			now := old
			for _, key := range tc.add {
				spec := map[string]any{}
				if key.Kind == "product group" {
					spec["name"] = "link"
				}
				f, err := e.Encode(&gateway.Resource{Key: key, Spec: spec})
				if err != nil {
					t.Fatal(err)
				}
				now = apply(now, f)
			}
			for _, key := range tc.remove {
				f, err := e.Remove(key)
				if err != nil {
					t.Fatal(err)
				}
				now = apply(now, f)
			}
			got := map[string]string{}
			for p := range old {
				if now[p] == nil {
					got[p] = "-"
				}
			}
			for p, f := range now {
				if old[p] == nil || string(old[p].Data) != string(f.Data) {
					got[p] = string(f.Data)
				}
			}
			if d := cmp.Diff(got, tc.want); d != "" {
				t.Error(d)
			}
		})
	}
}

func TestSetLayout(t *testing.T) {
	e := NewEncoder(spelledKinds(t), nil)
	for name, good := range map[string]bool{"": true, AutoLayout: true, "old": true, "New": false, "x": false} {
		if err := e.SetLayout(name); (err == nil) != good {
			t.Errorf("SetLayout(%q) error = %v, want none: %t", name, err, good)
		}
	}
}

func TestMigrate(t *testing.T) {
	for _, tc := range []struct {
		name, to string
		files    map[string]string
		want     map[string]string
		fails    string
	}{
		{name: "files move byte for byte", to: "new", files: map[string]string{
			"myValues/v/value.json": "{ \"password\": 1 }\r\n", "sets/s/apiSet.json": " {}", "myValues/v/notes.txt": "ours", "apis/a/tags/t/apiTag.json": `{"x":1}`},
			want: map[string]string{
				"my values/v/value.json": "{ \"password\": 1 }\r\n", "sets/s/set.json": " {}", "myValues/v/notes.txt": "ours", "tags/t/apis/a/tagApi.json": `{"x":1}`}},
		{name: "text gets a file", to: "new", files: map[string]string{"myParts/p/part.json": `{"properties": {"value": "<p/>", "x": 1}}`, "myParts/q/text.xml": "<q/>"},
			want: map[string]string{"parts/p/part.json": `{"properties": {"x": 1}}`, "parts/p/text.xml": "<p/>", "parts/q/part.json": "{}\n", "parts/q/text.xml": "<q/>"}},
		{name: "lists become files", to: "new", files: map[string]string{"products/p/groups.json": `[{"name":"admins"},{"name":"g"}]`, "apis/a/tags.json": `[{"name":"t"}]`},
			want: map[string]string{
				"products/p/groups/admins/productGroup.json": "{\n  \"name\": \"admins\",\n  \"properties\": {\n    \"groupId\": \"/groups/admins\"\n  }\n}\n",
				"products/p/groups/g/productGroup.json":      "{\n  \"name\": \"g\",\n  \"properties\": {\n    \"groupId\": \"/groups/g\"\n  }\n}\n",
				"tags/t/apis/a/tagApi.json":                  "{}\n"}},
		{name: "files become lists", to: "lists", files: map[string]string{"products/p/apis/b/productApi.json": "{}", "products/p/apis/a/productApi.json": "{}"},
			want: map[string]string{"products/p/apis.json": "[\n  {\n    \"name\": \"a\"\n  },\n  {\n    \"name\": \"b\"\n  }\n]\n"}},
		{name: "a stale list stays", to: "new", files: map[string]string{"products/p/apis.json": `[{"name":"x"}]`, "products/p/apis/a/productApi.json": "{}"},
			want: map[string]string{"products/p/apis.json": `[{"name":"x"}]`, "products/p/apis/a/productApi.json": "{}"}},
		{name: "a stale list is replaced", to: "lists", files: map[string]string{"products/p/apis.json": `[{"name":"x"},{"name":"a"}]`, "products/p/apis/a/productApi.json": "{}", "products/p/apis/b/productApi.json": "{}"},
			want: map[string]string{"products/p/apis.json": `[{"name":"a"},{"name":"b"}]`}},
		{name: "one of two that say the same", to: "new", files: map[string]string{"myValues/v/value.json": "{}", "my values/v/value.json": "{ }"},
			want: map[string]string{"my values/v/value.json": "{ }"}},
		{name: "two that say otherwise", to: "new", files: map[string]string{"myValues/v/value.json": "{}", "my values/v/value.json": `{"x":1}`}, fails: "keep one of them"},
		{name: "a place that is taken", to: "new", files: map[string]string{"myParts/p/part.json": "{}", "myParts/p/text.xml": "", "parts/p/text.xml": "<q/>"}, fails: "move it away"},
		{name: "no such layout", to: "newer", fails: `"newer" is none of this gateway's: new, old, lists`},
	} {
		t.Run(tc.name, func(t *testing.T) {
			ks := spelledKinds(t)
			old := mapFS(tc.files)
			m, err := Migrate(ks, old, tc.to)
			if tc.fails != "" {
				if err == nil || !strings.Contains(err.Error(), tc.fails) {
					t.Fatalf("error is %v, want it to tell %q", err, tc.fails)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			got := map[string]string{}
			for p, f := range apply(old, m.Files) {
				got[p] = string(f.Data)
			}
			if d := cmp.Diff(got, tc.want); d != "" {
				t.Error(d)
			}
		})
	}
}

// TestVerify shows that what a migration would lose is found out.
func TestVerify(t *testing.T) {
	ks := spelledKinds(t)
	old := mapFS(map[string]string{"my values/a/value.json": `{"x":1}`, "my values/b/value.json": "{}"})
	before, _, err := Decode(ks, old)
	if err != nil {
		t.Fatal(err)
	}
	for name, f := range map[string]Files{
		"is lost":        {Remove: []string{"my values/a/value.json"}},
		"differs":        {Write: map[string][]byte{"my values/a/value.json": []byte("{}")}},
		"resources more": {Write: map[string][]byte{"my values/c/value.json": []byte("{}")}},
		"cannot be read": {Write: map[string][]byte{"my values/c/value.json": []byte("{")}},
	} {
		m := migration{kinds: ks, out: Migration{Files: f}}
		if err := m.verify(old, before); !errors.Is(err, errChanged) {
			t.Errorf("%s: error is %v, want one that says so", name, err)
		}
	}
	if err := (&migration{kinds: ks}).verify(old, before); err != nil {
		t.Error(err)
	}
}

func TestLists(t *testing.T) {
	ks := spelledKinds(t)
	for p, want := range map[string]bool{
		"products/p/apis.json": true, "apis/a/tags.json": true, "tags/t/apis.json": false, "apis.json": false, "products/p/apis/a/productApi.json": false,
	} {
		if got := IsList(ks, p); got != want {
			t.Errorf("IsList(%q) = %t, want %t", p, got, want)
		}
	}
	if key, ok := KeyOf(ks, "apis/a/tags/t/apiTag.json"); !ok || key.String() != "tag api t/a" {
		t.Errorf("KeyOf() = %v, %t", key, ok)
	}
	fsys := mapFS(map[string]string{"products/p/apis.json": `[{"name":"a"}]`, "my values/m/value.json": `{"properties":{"made":true}}`})
	key := gateway.NewKey("product", "P").Child("product api", "A")
	if _, ok, err := DecodeKey(ks, fsys, key); !ok || err != nil {
		t.Errorf("DecodeKey(%v) = %t, %v", key, ok, err)
	}
	made := gateway.NewKey("value", "m")
	if _, ok, err := DecodeKey(ks, fsys, made); ok || err != nil {
		t.Errorf("DecodeKey(%v) = %t, %v", made, ok, err)
	}
	if tree := mustTree(t, ks, fsys); !tree.Generated(made) || tree.Generated(key) {
		t.Error("the wrong resources count as made by the gateway")
	}
}

// BenchmarkTree reads the names of large trees, half of whose files are lists.
// The time for one file must not grow with their number.
func BenchmarkTree(b *testing.B) {
	ks := spelledKinds(b)
	for _, n := range []int{1000, 10000} {
		dir := b.TempDir()
		for i := range n {
			write(b, filepath.Join(dir, "apis", fmt.Sprint("a", i), "api.json"), "{}")
			write(b, filepath.Join(dir, "apis", fmt.Sprint("a", i), "tags.json"), `[{"name":"t"},{"name":"u"}]`)
		}
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			for b.Loop() {
				mustTree(b, ks, os.DirFS(dir))
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(2*n*b.N), "ns/file")
		})
	}
}
