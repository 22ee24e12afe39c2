package artifacts

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lockstep-apiops/lockstep/gateway"
)

// lendingKinds is a table in which a schema may hold the definition of an API.
func lendingKinds(t testing.TB) *gateway.Kinds {
	t.Helper()
	both := []string{"", "space"}
	ks, err := gateway.NewKinds(gateway.Table{FoldCase: true, Layouts: []string{"new", "old"}, Rows: []gateway.Kind{
		{Name: "space", Segment: "spaces", Dir: "spaces", File: "space.json"},
		{Name: "api", Segment: "apis", Under: both, Dir: "apis", File: "api.json", Attach: []gateway.Attachment{{
			Pattern: "definition.*",
			Within: &gateway.Within{Layouts: []string{"old"}, Row: "schema", Name: "main", Field: "text",
				Const: map[string]any{"type": "sdl"}, File: "definition.sdl"}}}},
		{Name: "schema", Parent: "api", Segment: "schemas", Under: both, Dir: "schemas", File: "schema.json", Inside: "definition.*"},
	}})
	if err != nil {
		t.Fatal(err)
	}
	return ks
}

// TestLoans reads and writes APIs whose definitions lie in various places.
func TestLoans(t *testing.T) {
	const api, inner, beside = "apis/a/api.json", "apis/a/schemas/Main/schema.json", "apis/a/definition.sdl"
	const held = `{ "id": "/x", "type": "sdl", "text": "old" }`
	for _, tc := range []struct {
		name  string
		files map[string]string
		keys  string            // what the tree holds
		write map[string][]byte // the API's files, to be written; nil: it goes
		want  map[string]string // what differs; "-" is gone
	}{
		{"the same", map[string]string{api: "{}", inner: held}, "api a", map[string][]byte{"definition.sdl": []byte("old")}, map[string]string{}},
		{"another", map[string]string{api: "{}", inner: held}, "api a", map[string][]byte{"definition.sdl": []byte("new")},
			map[string]string{inner: `{ "id": "/x", "type": "sdl", "text": "new" }`}},
		{"of another sort", map[string]string{api: "{}", inner: held}, "api a", map[string][]byte{"definition.wsdl": []byte("w")},
			map[string]string{inner: "-", "apis/a/definition.wsdl": "w"}},
		{"none", map[string]string{api: "{}", inner: held}, "api a", map[string][]byte{}, map[string]string{inner: "-"}},
		{"the API goes", map[string]string{api: "{}", inner: held}, "api a", nil, map[string]string{api: "-", inner: "-"}},
		{"no definition, but a schema", map[string]string{api: "{}", inner: `{"type":"xsd","text":"old"}`}, "api a, schema a/Main", map[string][]byte{}, map[string]string{}},
		{"an empty schema", map[string]string{api: "{}", inner: `{"type":"sdl"}`}, "api a, schema a/Main", map[string][]byte{}, map[string]string{}},
		{"of an API that is not there", map[string]string{inner: held}, "schema a/Main", map[string][]byte{"definition.sdl": []byte("new")}, map[string]string{api: "{}\n", beside: "new"}},
		{"a file counts", map[string]string{api: "{}", inner: held, beside: "b"}, "api a", map[string][]byte{"definition.sdl": []byte("c")}, map[string]string{beside: "c"}},
	} {
		for _, scope := range []string{"", "spaces/s/"} {
			t.Run(scope+tc.name, func(t *testing.T) {
				ks := lendingKinds(t)
				old := mapFS(moved(tc.files, scope))
				tree := mustTree(t, ks, old)
				var keys []string
				for _, k := range tree.Keys() {
					keys = append(keys, strings.TrimPrefix(strings.ReplaceAll(k.String(), " s/", " "), "space "))
				}
				if got := strings.Join(keys, ", "); got != tc.keys {
					t.Errorf("the tree holds %q, want %q", got, tc.keys)
				}
				key := gateway.NewKey("api", "a")
				if scope != "" {
					key = gateway.NewKey("space", "s").Child("space api", "a")
				}
				r := &gateway.Resource{Key: key, Spec: map[string]any{}, Files: tc.write}
				e := NewEncoder(ks, tree)
				f, err := e.Remove(key)
				if tc.write != nil {
					f, err = e.Encode(r)
				}
				if err != nil {
					t.Fatal(err)
				}
				now, got := apply(old, f), map[string]string{}
				for p := range old {
					if now[p] == nil {
						got[strings.TrimPrefix(p, scope)] = "-"
					}
				}
				for p, text := range f.Write {
					got[strings.TrimPrefix(p, scope)] = string(text)
				}
				if d := cmp.Diff(got, tc.want); d != "" {
					t.Errorf("files (-got +want):\n%s", d)
				}
				back, ok, err := DecodeKey(ks, now, key)
				if err != nil || ok != (tc.write != nil) || ok && !ks.Equal(back, r) {
					t.Errorf("reads as %+v, %t, %v", back, ok, err)
				}
				if held := slices.Sorted(maps.Keys(old)); ok && len(tc.want) == 0 && len(keys) == 1 && !slices.Equal(tree.Files(key), held) {
					t.Errorf("the files of the API are %v, want %v", tree.Files(key), held)
				}
			})
		}
	}
}

// moved returns files as they are below a folder.
func moved(files map[string]string, dir string) map[string]string {
	out := map[string]string{}
	for p, text := range files {
		out[dir+p] = text
	}
	return out
}
