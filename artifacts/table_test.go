package artifacts

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io/fs"
	"maps"
	"math/rand/v2"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/lockstep-apiops/lockstep/gateway"
)

// testKinds is a table that has one of everything a row can say.
func testKinds(t testing.TB, fold bool) *gateway.Kinds {
	t.Helper()
	xml := []gateway.Split{{Field: "properties.value", File: "policy.xml"}}
	raw := map[string]any{"properties.format": "rawxml"}
	spec := gateway.Attachment{Pattern: "specification.*", Equal: sameSpec, Reencode: reencode}
	both := []string{"", "workspace"}
	ks, err := gateway.NewKinds(gateway.Table{
		FoldCase: fold,
		IDPrefix: regexp.MustCompile(`^/subscriptions/[^/]+/service/[^/]+`),
		Rows: []gateway.Kind{
			{Name: "workspace", Segment: "workspaces", Dir: "workspaces", File: "workspaceInformation.json", Implied: true},
			{Name: "value", Segment: "namedValues", Dir: "named values", File: "valueInformation.json", Under: both,
				Omit: []string{"id"}, Sets: []string{"properties.tags"}, Loose: []string{"properties.note"},
				Defaults: map[string]any{"properties.kept": true},
				Secret:   []gateway.Secret{{Field: "properties.value", If: "properties.secret"}, {Field: "properties.headers.*"}}},
			{Name: "policy", Only: "policy", Segment: "policies", Split: xml, Const: raw, Under: both},
			{Name: "fragment", Segment: "fragments", Dir: "policy fragments", File: "fragmentInformation.json", Split: xml, Const: raw},
			{Name: "api", Segment: "apis", Dir: "apis", File: "apiInformation.json", Under: both, Attach: []gateway.Attachment{spec}},
			{Name: "api policy", Parent: "api", Only: "policy", Segment: "policies", Split: xml, Const: raw, Under: both},
			{Name: "operation", Parent: "api", Segment: "operations", Dir: "operations", File: "operationInformation.json", Inside: "specification.*", Under: both},
			{Name: "operation policy", Parent: "operation", Only: "policy", Segment: "policies", Split: xml, Const: raw, Under: both},
			{Name: "tag", Segment: "tags", Dir: "tags", File: "tagInformation.json", Builtin: []string{"system"}},
			{Name: "tag api", Parent: "tag", Joins: "api", Segment: "apis", Dir: "apis", File: "tagApiInformation.json"},
			{Name: "step", Segment: "steps", Dir: "deep/er"},
			{Name: "stone", Parent: "step", Segment: "stones", Dir: "stones", File: "stone.json"},
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	return ks
}

// specDoc returns what a specification file says: JSON, or "key: value" lines.
func specDoc(name string, b []byte) (map[string]string, error) {
	m := map[string]string{}
	if strings.HasSuffix(name, ".json") {
		return m, json.Unmarshal(b, &m)
	}
	for line := range strings.Lines(strings.TrimPrefix(string(b), "\ufeff")) {
		k, v, ok := strings.Cut(strings.TrimSpace(line), ": ")
		if !ok {
			return nil, fmt.Errorf("line %q", line)
		}
		m[k] = v
	}
	return m, nil
}

func sameSpec(an string, a []byte, bn string, b []byte) bool {
	x, xerr := specDoc(an, a)
	y, yerr := specDoc(bn, b)
	return xerr == nil && yerr == nil && maps.Equal(x, y)
}

func reencode(text []byte, from, to string) ([]byte, error) {
	m, err := specDoc(from, text)
	if err != nil || !strings.HasSuffix(to, ".json") && !strings.HasSuffix(to, ".yaml") {
		return nil, fmt.Errorf("cannot write %s", to)
	}
	if strings.HasSuffix(to, ".json") {
		return json.Marshal(m)
	}
	var b bytes.Buffer
	for _, k := range slices.Sorted(maps.Keys(m)) {
		fmt.Fprintf(&b, "%s: %s\n", k, m[k])
	}
	return b.Bytes(), nil
}

var hostile = []string{
	"orders", "orders;rev=2", "with space", "ü", "u\u0308x", "..", ".", "CON", "com1.txt", "a/b", `a\b`, "a:b", "trailing.", "trailing ",
	"100%", "%2F", "%", "x%zz", ".git", "git~1", "bad\xffutf8", "nul\x01", "*?", "a|b<c>\"", "apis", "policy.xml", "日本", "-x", "~", "İ", "COM¹", "[x]",
}

// random returns resources with hostile names and payloads.
func random(r *rand.Rand) []*gateway.Resource {
	var rs []*gateway.Resource
	add := func(key gateway.Key, spec map[string]any, files map[string][]byte) gateway.Key {
		rs = append(rs, &gateway.Resource{Key: key, Spec: spec, Files: files})
		return key
	}
	some := func() []string {
		names := slices.Clone(hostile)
		r.Shuffle(len(names), func(i, j int) { names[i], names[j] = names[j], names[i] })
		return names[:r.IntN(3)]
	}
	policy := func() map[string]any {
		return map[string]any{"properties": map[string]any{"format": "rawxml", "value": text(r)}}
	}
	scope := func(owner gateway.Key, prefix string) {
		if r.IntN(2) == 0 {
			add(owner.Child(prefix+"policy", "policy"), policy(), nil)
		}
		for _, n := range some() {
			add(owner.Child(prefix+"value", n), payload(r), nil)
		}
		for _, n := range some() {
			api := owner.Child(prefix+"api", n)
			var files map[string][]byte
			if r.IntN(2) == 0 {
				files = map[string][]byte{"specification.yaml": []byte("a: b\nn: " + fmt.Sprint(r.IntN(9)) + "\n")}
			}
			add(api, payload(r), files)
			if r.IntN(2) == 0 {
				add(api.Child(prefix+"api policy", "policy"), policy(), nil)
			}
			for _, n := range some() {
				if op := api.Child(prefix+"operation", n); files == nil {
					add(op, payload(r), nil)
				} else {
					add(op.Child(prefix+"operation policy", "policy"), policy(), nil)
				}
			}
		}
	}
	scope(gateway.Key{}, "")
	for _, n := range some() {
		w := gateway.NewKey("workspace", n)
		if r.IntN(2) == 0 {
			add(w, payload(r), nil)
		}
		scope(w, "workspace ")
	}
	for _, n := range some() {
		tag := add(gateway.NewKey("tag", n), nil, nil)
		for _, n := range some() {
			add(tag.Child("tag api", n), nil, nil)
		}
		add(gateway.NewKey("step", n, "stone"), payload(r), nil)
		rs[len(rs)-1].Key = gateway.NewKey("stone", n, "s")
	}
	for _, n := range some() {
		f := payload(r)
		gateway.SetField(f, "properties.value", text(r))
		gateway.SetField(f, "properties.format", "rawxml")
		add(gateway.NewKey("fragment", n), f, nil)
	}
	return rs
}

func text(r *rand.Rand) string {
	return []string{"", "<p/>", "<p a=\"&\">\r\n</p>\r\n", "<p>\n\ttab\n</p>", "{{secret}} é\u2028"}[r.IntN(5)]
}

func payload(r *rand.Rand) map[string]any {
	p := map[string]any{}
	for _, f := range []struct {
		name   string
		values []any
	}{
		{"displayName", []any{"x", "<&>", "ü \"quoted\"", "\u2028", "/subscriptions/s/service/x/apis/a"}},
		{"count", []any{json.Number("1"), json.Number("1.50"), 3, 1e21, json.Number("123456789012345678901")}},
		{"tags", []any{[]any{"b", "a"}, []any{"a", "b"}, []any{}, []any{"c"}}},
		{"list", []any{[]any{map[string]any{"name": "n", "v": nil}, "x"}, []any{json.Number("1"), json.Number("2")}, []any{json.Number("2")}}},
		{"kept", []any{true, false}},
		{"secret", []any{true, false}},
		{"deep", []any{map[string]any{"a": map[string]any{"b": true}}, map[string]any{"a.b": "dot", "": "empty"}}},
	} {
		if i := r.IntN(len(f.values) + 2); i < len(f.values) {
			p[f.name] = gateway.Clone(f.values[i])
		}
	}
	return map[string]any{"name": "n", "properties": p, "id": "drop"}
}

// apply makes changes to a tree held in memory.
func apply(m fstest.MapFS, f Files) fstest.MapFS {
	m = maps.Clone(m)
	if m == nil {
		m = fstest.MapFS{}
	}
	for _, p := range f.Remove {
		delete(m, p)
	}
	for p, b := range f.Write {
		m[p] = &fstest.MapFile{Data: b}
	}
	return m
}

func mustTree(t testing.TB, ks *gateway.Kinds, fsys fs.FS) *Tree {
	t.Helper()
	tree, err := NewTree(ks, fsys)
	if err != nil {
		t.Fatal(err)
	}
	return tree
}

func mustEncode(t testing.TB, ks *gateway.Kinds, rs []*gateway.Resource, old fs.FS) Files {
	t.Helper()
	f, err := EncodeAll(ks, rs, mustTree(t, ks, old))
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func jsonNumber(s string) json.Number { return json.Number(s) }

func sorted(s []string) []string { return slices.Sorted(slices.Values(s)) }
