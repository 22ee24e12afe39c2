package artifacts_test

import (
	"encoding/json"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"github.com/lockstep-apiops/lockstep/artifacts"
	"github.com/lockstep-apiops/lockstep/gateway"
)

// yamlKinds is a table of which the files are YAML, with something of
// everything that a merge looks at.
func yamlKinds(t testing.TB) *gateway.Kinds {
	t.Helper()
	ks, err := gateway.NewKinds(gateway.Table{Rows: []gateway.Kind{{
		Name: "thing", Segment: "things", Dir: "things", File: "thing.yaml", Format: gateway.YAML, Order: []string{"kind", "name"},
		Omit: []string{"metadata.id"}, Loose: []string{"kind"}, Sets: []string{"tags"},
		Attach: []gateway.Attachment{{Pattern: "text.*"}},
	}}})
	if err != nil {
		t.Fatal(err)
	}
	return ks
}

func encodeYAML(t *testing.T, old string, spec map[string]any) string {
	t.Helper()
	ks := yamlKinds(t)
	var tree *artifacts.Tree
	if old != "" {
		var err error
		if tree, err = artifacts.NewTree(ks, fstest.MapFS{"things/a/thing.yaml": {Data: []byte(old)}}); err != nil {
			t.Fatal(err)
		}
	}
	f, err := artifacts.NewEncoder(ks, tree).Encode(&gateway.Resource{Key: gateway.NewKey("thing", "a"), Spec: spec})
	if err != nil {
		t.Fatal(err)
	}
	return string(f.Write["things/a/thing.yaml"])
}

func TestYAMLFiles(t *testing.T) {
	for _, tt := range []struct {
		name, old string
		spec      map[string]any
		want      string
	}{
		{"new", "", map[string]any{"spec": map[string]any{"n": 1, "f": 1.5, "s": "yes", "t": "a\nb\n", "d": "2020-01-01", "list": []any{"x"}, "o": "007"}, "name": "a", "kind": "Thing"},
			"kind: Thing\nname: a\nspec:\n  d: \"2020-01-01\"\n  f: 1.5\n  list:\n    - x\n  \"n\": 1\n  o: \"007\"\n  s: \"yes\"\n  t: |\n    a\n    b\n"},
		{"the same in other words", "# why\nname: 'a'\nmetadata: {id: 1}\ntags: [b, a]\n", map[string]any{"name": "a", "tags": []any{"a", "b"}}, ""},
		{"a change keeps comments, order and what means nothing", "# top\nname: a # its name\nmetadata:\n  id: 7\nspec:\n  # how many\n  n: 1 # few\n  m: 2\nkind: Other\n",
			map[string]any{"kind": "Thing", "name": "a", "spec": map[string]any{"n": 5, "m": 2, "z": true}},
			"# top\nname: a # its name\nmetadata:\n  id: 7\nspec:\n  # how many\n  n: 5 # few\n  m: 2\n  z: true\nkind: Other\n"},
		{"what goes, goes", "name: a\nspec:\n  n: 1\n  m: 2\n", map[string]any{"name": "a", "spec": map[string]any{"m": 2}}, "name: a\nspec:\n  m: 2\n"},
		{"a list", "name: a\nlist:\n  - x # one\n  - y\n", map[string]any{"name": "a", "list": []any{"z", "x"}}, "name: a\nlist:\n  - z\n  - x # one\n"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if diff := cmp.Diff(tt.want, encodeYAML(t, tt.old, tt.spec)); diff != "" {
				t.Errorf("file (-want +got):\n%s", diff)
			}
		})
	}
}

// TestYAMLTexts writes texts that a block would lose a part of, wherever a text
// can stand, and reads them again.
func TestYAMLTexts(t *testing.T) {
	ks := yamlKinds(t)
	for _, s := range []string{"\na", "\n", "\n\n a", "\t\n", " \n", "\r\na", "\ta\nb", "  a\n b\n", "a\n\n\n", "a  \n\tb ", "\u2028\n\u0085", "<<", "=", "~", "- a\n- b", "---\n...\n"} {
		spec := map[string]any{"a": s, s: map[string]any{s: []any{s, []any{s}, map[string]any{s: s}}}}
		want := &gateway.Resource{Key: gateway.NewKey("thing", "a"), Spec: spec}
		back, problems, err := artifacts.Decode(ks, fstest.MapFS{"things/a/thing.yaml": {Data: []byte(encodeYAML(t, "", spec))}})
		if err != nil || len(problems) > 0 || len(back) != 1 {
			t.Errorf("%q: read again: %v %v", s, err, problems)
			continue
		}
		for _, c := range ks.Diff(back[0], want) {
			t.Errorf("%q: %s is %q, want %q", s, c.Field, c.Have, c.Want)
		}
	}
}

// TestYAMLValues reads what all readers of YAML agree on.
func TestYAMLValues(t *testing.T) {
	const text = "hex: 0x1F\nplus: +1\nminus: -1\npoint: .5\nwhole: 1.\nexp: 1e3\nlarge: 123456789012345678901234567890\nzero: 0\n" +
		"quoted: '010'\nstring: !!str 010\ndate: 2020-01-01\nyes: yes\nno: !!bool FALSE\nclock: 12:30\n"
	rs, _, err := artifacts.Decode(yamlKinds(t), fstest.MapFS{"things/a/thing.yaml": {Data: []byte(text)}})
	if err != nil {
		t.Fatal(err)
	}
	number := func(s string) any { return json.Number(s) }
	want := map[string]any{
		"hex": number("31"), "plus": number("1"), "minus": number("-1"), "point": number("0.5"), "whole": number("1"), "exp": number("1000"),
		"large": number("123456789012345678901234567890"), "zero": number("0"), "quoted": "010", "string": "010",
		"date": "2020-01-01", "yes": "yes", "no": false, "clock": "12:30",
	}
	if diff := cmp.Diff(want, rs[0].Spec); diff != "" {
		t.Errorf("values (-want +got):\n%s", diff)
	}
}

func TestYAMLFilesThatAreRefused(t *testing.T) {
	for _, tt := range []struct{ name, text, want string }{
		{"empty", "# nothing\n", "empty"},
		{"a list", "# some\n- a\n", "thing.yaml:2:1: want a YAML document that is one mapping"},
		{"a list in JSON", `[{"name": "a"}]`, "thing.yaml:1:1: want a YAML document that is one mapping"},
		{"two documents", "name: a\n---\nname: b\n", "thing.yaml:3:1: another document: split the file"},
		{"two documents and an empty one", "---\nname: a\n---\n---\nname: b\n", "thing.yaml:5:1: another document"},
		{"no YAML after a document", "name: a\n---\na: [\n", "thing.yaml"},
		{"a name twice", "name: a\nname: b\n", `"name" occurs twice`},
		{"an alias", "a: &x {b: 1}\nc: *x\n", "thing.yaml:2:4: an alias"},
		{"no YAML", "a: [\n", "thing.yaml:1:1: did not find"},
		{"a merge", "a: {b: 1}\nc:\n  <<: {d: 1}\n", "thing.yaml:3:3: merge keys are not supported: write the fields out"},
		{"a name that is none", "? [a]\n: b\n", "thing.yaml:1:3: the name of a field is no text"},
		{"octal", "a: 1\nport: 010\n", "thing.yaml:2:7: 010 is one number to some readers of YAML"},
		{"octal without sense", "a: 09\n", "09 is one number"},
		{"octal of YAML 1.2", "a: 0o10\n", "0o10 is one number"},
		{"binary", "a: 0b1\n", "0b1 is one number"},
		{"digits in groups", "a: 1_000\n", "1_000 is one number"},
		{"zeros before a fraction", "a: 00.5\n", "00.5 is one number"},
		{"a tag", "a:\n  - !secret P\n", "thing.yaml:2:5: the tag !secret means nothing here"},
		{"a tag of a mapping", "a: !x {b: 1}\n", "the tag !x means nothing here"},
		{"a tag of a list", "a: !x [1]\n", "the tag !x means nothing here"},
		{"a tag of a name", "!x a: 1\n", "the tag !x means nothing here"},
		{"a tag of everything", "!x\na: 1\n", "the tag !x means nothing here"},
		{"bytes", "a: !!binary aGk=\n", "the tag !!binary means nothing here"},
		{"no truth", "a: !!bool yes\n", "yes is no !!bool"},
		{"something for nothing", "a: !!null x\n", "x is no !!null"},
		{"not a number", "a: .nan\n", "no number that JSON can hold"},
		{"UTF-16", "\xff\xfea\x00", "UTF-16"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, _, err := artifacts.Decode(yamlKinds(t), fstest.MapFS{"things/a/thing.yaml": {Data: []byte(tt.text)}})
			if err == nil || !strings.Contains(err.Error(), tt.want) || !strings.Contains(err.Error(), "things/a/thing.yaml") {
				t.Errorf("Decode() error = %v, want one with the path and %q", err, tt.want)
			}
		})
	}
}

// FuzzYAML reads any text as a payload, and writes what it read again.
func FuzzYAML(f *testing.F) {
	f.Add("name: a\nspec: {n: 0x1f, d: 2020-01-01, f: 1e3, s: \"yes\", t: |\n  a\n}\n")
	f.Add("a: !!binary aGk=\nb: [~, true, null, -1, '']\n")
	f.Fuzz(func(t *testing.T, text string) {
		ks := yamlKinds(t)
		rs, _, err := artifacts.Decode(ks, fstest.MapFS{"things/a/thing.yaml": {Data: []byte(text)}})
		if err != nil || len(rs) == 0 {
			return
		}
		again, err := artifacts.NewEncoder(ks, nil).Encode(rs[0])
		if err != nil {
			return // text that no file holds, such as half a character
		}
		back, _, err := artifacts.Decode(ks, fstest.MapFS{"things/a/thing.yaml": {Data: again.Write["things/a/thing.yaml"]}})
		if err != nil {
			t.Fatalf("read what was written: %v\n%s", err, again.Write["things/a/thing.yaml"])
		}
		for _, c := range ks.Diff(back[0], rs[0]) {
			t.Errorf("%s is %v, want %v", c.Field, c.Have, c.Want)
		}
	})
}
