package yamlfile

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"gopkg.in/yaml.v3"
)

func asWritten(n *yaml.Node) string { return n.Value }

// read returns all that a file holds, and what is wrong with it.
func read(text string, lenient bool) (map[string]any, *Reader) {
	r := NewReader("f.yaml", lenient)
	all := map[string]any{}
	for _, p := range r.Root([]byte(text)) {
		all[p.Key.Value] = r.Value(p.Value, asWritten)
	}
	return all, r
}

func TestValues(t *testing.T) {
	for _, test := range []struct {
		name, text string
		want       any
	}{
		{"text", `hello`, "hello"},
		{"quoted number", `"12"`, "12"},
		{"number", `12`, json.Number("12")},
		{"long number", `123456789012345678901234567890`, json.Number("123456789012345678901234567890")},
		{"fraction", `-1.50`, json.Number("-1.50")},
		{"fraction without a zero", `.5`, json.Number("0.5")},
		{"hexadecimal", `0x1F`, json.Number("31")},
		{"leading zeros are part of a text", `0123`, "0123"},
		{"yes is a text", `yes`, "yes"},
		{"true", `True`, true},
		{"nothing", `~`, nil},
		{"empty", ``, nil},
		{"a date is a text", `2024-05-01`, "2024-05-01"},
		{"list", `[a, 1, {b: false}]`, []any{"a", json.Number("1"), map[string]any{"b": false}}},
		{"anchor", `[&x {a: 1}, *x]`, []any{map[string]any{"a": json.Number("1")}, map[string]any{"a": json.Number("1")}}},
		{"merge", `[&x {a: 1, b: 2}, {<<: *x, b: 3}]`, []any{
			map[string]any{"a": json.Number("1"), "b": json.Number("2")}, map[string]any{"b": json.Number("3"), "a": json.Number("1")}}},
		{"merge of several", `[&x {a: 1}, &y {a: 2, b: 2}, {<<: [*x, *y]}]`, []any{
			map[string]any{"a": json.Number("1")}, map[string]any{"a": json.Number("2"), "b": json.Number("2")},
			map[string]any{"a": json.Number("1"), "b": json.Number("2")}}},
	} {
		t.Run(test.name, func(t *testing.T) {
			all, r := read("\ufeffv: "+test.text+"\r\n", false)
			if err := r.Err(); err != nil {
				t.Fatal(err)
			}
			if d := cmp.Diff(test.want, all["v"]); d != "" {
				t.Errorf("value (-want +got):\n%s", d)
			}
		})
	}
}

func TestProblems(t *testing.T) {
	for _, test := range []struct{ name, text, want string }{
		{"no mapping", "- a\n", "f.yaml:1: the file must hold keys and values"},
		{"no YAML", "a: b\n\tc: d\n", "f.yaml:2: found a tab character that violates indentation"},
		{"a bare token", "a: {#b#}\nc: d\n", `a token needs quotes around it: "{#NAME#}"`},
		{"two documents", "a: b\n---\nc: d\n", "f.yaml:2: a second document starts here; one is allowed"},
		{"a key twice", "a: b\nA: c\n", `f.yaml:2: key "A" is also in line 1`},
		{"a mapping as key", "? {a: b}\n: c\n", "f.yaml:1: the file has a key that is no plain text"},
		{"a tag", "a:\n  b: !secret P\n", "f.yaml:2: the tag !secret means nothing here: write the value itself"},
		{"a tag of a list", "a: !x [b]\n", "f.yaml:1: the tag !x means nothing here"},
		{"bytes", "a: !!binary aGk=\n", "f.yaml:1: the tag !!binary means nothing here"},
		{"not a number", "a: .nan\n", "f.yaml:1: .nan is no number that JSON can hold"},
		{"endless", "a: &a [*a]\n", "f.yaml:1: values nest deeper than 100"},
		{"endless merge", "a: &a {<<: *a}\n", "f.yaml:1: mappings merge each other"},
		{"a bomb", bomb(), "the file is too large once its anchors are followed"},
	} {
		t.Run(test.name, func(t *testing.T) {
			_, r := read(test.text, false)
			if err := r.Err(); err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("error = %v, want %s", err, test.want)
			}
		})
	}
}

// bomb is a list of lists of lists, each ten times the one before.
func bomb() string {
	var b strings.Builder
	b.WriteString("a0: &a0 [x]\n")
	for i := 1; i < 9; i++ {
		prev := string(rune('0' + i - 1))
		b.WriteString("a" + string(rune('0'+i)) + ": &a" + string(rune('0'+i)) + " [" + strings.TrimSuffix(strings.Repeat("*a"+prev+",", 10), ",") + "]\n")
	}
	return b.String()
}

func TestNothing(t *testing.T) {
	for _, text := range []string{"", "\ufeff", "# only a comment\n", "---\n", "~\n"} {
		if all, r := read(text, false); len(all) != 0 || r.Err() != nil {
			t.Errorf("%q holds %v, %v, want nothing", text, all, r.Err())
		}
	}
}

func TestLenient(t *testing.T) {
	_, r := read("b: 1\na: b\na: c\nB: 2\n", true)
	if err := r.Err(); err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, w := range r.Warnings() {
		got = append(got, w.Error())
	}
	want := []string{`f.yaml:3: key "a" is also in line 2`, `f.yaml:4: key "B" is also in line 1`}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("warnings (-want +got):\n%s", d)
	}
}

func FuzzValue(f *testing.F) {
	for _, seed := range []string{"a: 1", "a: &a [*a]", "a: &a {<<: *a}", "a: 0x_", "? - x\n: y", "a: !!int x", "a: !!float 1_0", "a: !!binary x", "\xff\xfea\x00", bomb()} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		r := NewReader("f", false)
		for _, p := range r.Root(text) {
			if v := r.Value(p.Value, asWritten); r.Err() == nil {
				if _, err := json.Marshal(v); err != nil {
					t.Fatalf("%q gives %v: %v", text, v, err)
				}
			}
		}
	})
}

func TestErrMayBeAskedTwice(t *testing.T) {
	r := NewReader("f", false)
	r.Problemf(nil, "a")
	r.Problemf(nil, "a")
	first, second := r.Err(), r.Err()
	if first == nil || second == nil || first.Error() != second.Error() {
		t.Errorf("got %v, then %v", first, second)
	}
}
