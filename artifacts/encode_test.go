package artifacts

import (
	"errors"
	"maps"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"github.com/lockstep-apiops/lockstep/gateway"
)

func mapFS(files map[string]string) fstest.MapFS {
	m := fstest.MapFS{}
	for p, s := range files {
		m[p] = &fstest.MapFile{Data: []byte(s)}
	}
	return m
}

func props(p map[string]any) map[string]any { return map[string]any{"properties": p} }

func TestEncodeNew(t *testing.T) {
	ks := testKinds(t, true)
	got := mustEncode(t, ks, []*gateway.Resource{
		{Key: gateway.NewKey("value", "a b"), Spec: map[string]any{
			"zone": "z", "name": "n", "id": "drop",
			"properties": map[string]any{"z": "<&>", "name": "n", "a": []any{"x", map[string]any{}}, "secret": true, "value": "s3cret"},
		}},
		{Key: gateway.NewKey("policy", "policy"), Spec: props(map[string]any{"value": "<p/>\r\n", "format": "rawxml"})},
		{Key: gateway.NewKey("api", "x;rev=2"), Files: map[string][]byte{"specification.yaml": []byte("a: b")}},
		{Key: gateway.NewKey("operation policy", "x;rev=2", "get", "policy")},
		{Key: gateway.NewKey("tag api", "t", "x")},
		{Key: gateway.NewKey("workspace api policy", "w", "x", "policy"), Spec: props(map[string]any{"value": "<w/>"})},
	}, nil)
	want := map[string]string{
		"named values/a b/valueInformation.json": `{
  "name": "n",
  "properties": {
    "name": "n",
    "a": [
      "x",
      {}
    ],
    "secret": true,
    "z": "<&>"
  },
  "zone": "z"
}
`,
		"policy.xml":                             "<p/>\r\n",
		"apis/x;rev=2/apiInformation.json":       "{}\n",
		"apis/x;rev=2/specification.yaml":        "a: b",
		"apis/x;rev=2/operations/get/policy.xml": "",
		"tags/t/apis/x/tagApiInformation.json":   "{}\n",
		"workspaces/w/apis/x/policy.xml":         "<w/>",
	}
	have := map[string]string{}
	for p, b := range got.Write {
		have[p] = string(b)
	}
	if d := cmp.Diff(have, want); d != "" {
		t.Error(d)
	}
}

// What changes keeps the form that the authors of the file gave it.
func TestEncodeKeepsForm(t *testing.T) {
	const file = "named values/v/valueInformation.json"
	for name, tc := range map[string]struct {
		old  string
		spec map[string]any
		want string // "": the file is left alone
	}{
		"same, other form": {
			"\ufeff{\"properties\":{\"tags\":[\"b\",\"a\"],\"x\":1.0,\"s\":\"\\u003c\"},\"id\":\"/i\"}",
			props(map[string]any{"x": 1, "s": "<", "tags": []any{"a", "b"}}), "",
		},
		"same, absolute id": {
			`{"properties":{"s":"/subscriptions/1/service/2/apis/a"}}`,
			props(map[string]any{"s": "/apis/a"}), "",
		},
		"same but for what is loose": {`{"properties":{"note":"mine"}}`, props(map[string]any{"note": "theirs"}), ""},
		"same but for a secret": {
			`{"properties":{"secret":true,"value":"s3cret"}}`, props(map[string]any{"secret": true}), "",
		},
		"order, indentation, line ends, no final newline": {
			"{\r\n\t\"properties\": {\r\n\t\t\"z\": \"\\u0041\",\r\n\t\t\"a\": \"old\"\r\n\t},\r\n\t\"id\": \"/i\"\r\n}",
			props(map[string]any{"z": "A", "a": "new", "m": "add", "b": map[string]any{"c": true}}),
			"{\r\n\t\"properties\": {\r\n\t\t\"z\": \"\\u0041\",\r\n\t\t\"a\": \"new\",\r\n\t\t\"b\": {\r\n\t\t\t\"c\": true\r\n\t\t},\r\n\t\t\"m\": \"add\"\r\n\t},\r\n\t\"id\": \"/i\"\r\n}",
		},
		"mark, blanks around, one line": {
			"\ufeff \n{ \"properties\": {\"a\": 1, \"b\": 2}}\n\n",
			props(map[string]any{"b": 3, "c": []any{1}}),
			"\ufeff \n{ \"properties\": {\"b\": 3, \"c\": [1]}}\n\n",
		},
		"minified": {
			`{"properties":{"a":1,"b":2}}`, props(map[string]any{"a": 1, "b": 3, "c": 4}), `{"properties":{"a":1,"b":3,"c":4}}`,
		},
		"secret, loose, default and empty fields stay": {
			"{\n  \"properties\": {\n    \"kept\": true,\n    \"note\": \"mine\",\n    \"d\": null,\n    \"secret\": true,\n    \"value\": \"s3cret\",\n    \"x\": 1\n  }\n}\n",
			props(map[string]any{"secret": true, "x": 2, "note": "theirs"}),
			"{\n  \"properties\": {\n    \"kept\": true,\n    \"note\": \"mine\",\n    \"d\": null,\n    \"secret\": true,\n    \"value\": \"s3cret\",\n    \"x\": 2\n  }\n}\n",
		},
		"a value that is no secret any more": {
			`{"properties":{"secret":true,"value":"s3cret"}}`,
			props(map[string]any{"secret": false, "value": "plain"}), `{"properties":{"secret":false,"value":"plain"}}`,
		},
		"a value that has become a secret": {
			`{"properties":{"secret":false,"value":"plain"}}`,
			props(map[string]any{"secret": true, "value": "s3cret"}), `{"properties":{"secret":true}}`,
		},
		"a value that is gone and was a secret": {
			`{"properties":{"secret":true,"value":"s3cret"}}`, props(map[string]any{"secret": false}), `{"properties":{"secret":false}}`,
		},
		"secrets below an object that is gone": {
			`{"properties":{"headers":{"k":"s3cret"},"x":{"y":1,"z":""},"w":1}}`, props(map[string]any{"w": 2}),
			`{"properties":{"headers":{"k":"s3cret"},"w":2}}`,
		},
		"set": {
			`{"properties":{"tags":["c","b","a"]}}`, props(map[string]any{"tags": []any{"a", "c", "d"}}),
			`{"properties":{"tags":["c","a","d"]}}`,
		},
		"list grows in the middle": {
			"{\n \"properties\": {\n  \"l\": [{\"n\": 1}, {\"n\": 3}]\n }\n}",
			props(map[string]any{"l": []any{map[string]any{"n": 1}, map[string]any{"n": 2}, map[string]any{"n": 3}}}),
			"{\n \"properties\": {\n  \"l\": [{\"n\": 1}, {\n    \"n\": 2\n   }, {\"n\": 3}]\n }\n}",
		},
		"element of a list": {
			"{\"properties\": {\"l\": [{\"n\": 1, \"o\": \"\"}, {\"n\": 2}]}}",
			props(map[string]any{"l": []any{map[string]any{"n": 9}, map[string]any{"n": 2}}}),
			"{\"properties\": {\"l\": [{\"n\": 9, \"o\": \"\"}, {\"n\": 2}]}}",
		},
		"object becomes text": {
			`{"properties":{"o":{"a":1}}}`, props(map[string]any{"o": "a"}), `{"properties":{"o":"a"}}`,
		},
		"was empty":     {"{}", props(map[string]any{"a": 1}), "{\n  \"properties\": {\n    \"a\": 1\n  }\n}"},
		"becomes empty": {`{"properties":{"a":1}}`, nil, `{}`},
	} {
		t.Run(name, func(t *testing.T) {
			ks := testKinds(t, true)
			old := mapFS(map[string]string{file: tc.old})
			r := &gateway.Resource{Key: gateway.NewKey("value", "V"), Spec: tc.spec}
			f := mustEncode(t, ks, []*gateway.Resource{r}, old)
			if got := string(f.Write[file]); got != tc.want || len(f.Remove) > 0 {
				t.Fatalf("got %q, removed %v, want %q", got, f.Remove, tc.want)
			}
			if (len(f.Fields) > 0) != (tc.want != "") {
				t.Errorf("changed fields are %v", f.Fields)
			}
			back, ok, err := DecodeKey(ks, apply(old, f), r.Key)
			if err != nil || !ok || !ks.Equal(back, r) {
				t.Errorf("reads as %+v, %v, %v", back, ok, err)
			}
		})
	}
}

func TestEncodeText(t *testing.T) {
	for name, tc := range map[string]struct{ old, text, want string }{
		"same but line ends and mark":  {"\ufeff<a>\n</a>", "<a>\r\n</a>", ""},
		"keeps lf":                     {"<a>\n</a>\n", "<b>\r\n</b>", "<b>\n</b>"},
		"keeps crlf and mark":          {"\ufeff<a>\r\n</a>", "<b>\n</b>\n", "\ufeff<b>\r\n</b>\r\n"},
		"mixed: as the gateway has it": {"<a>\r\n<b>\n</a>", "<b>\r\n</b>", "<b>\r\n</b>"},
		"one line":                     {"<a/>", "<b/>\r\n", "<b/>\r\n"},
	} {
		t.Run(name, func(t *testing.T) {
			ks := testKinds(t, true)
			old := mapFS(map[string]string{"policy.xml": tc.old})
			r := &gateway.Resource{Key: gateway.NewKey("policy", "policy"), Spec: props(map[string]any{"value": tc.text, "format": "rawxml"})}
			f := mustEncode(t, ks, []*gateway.Resource{r}, old)
			if got := string(f.Write["policy.xml"]); got != tc.want {
				t.Errorf("got %q, want %q", got, tc.want)
			}
		})
	}
}

// A resource in several files: only those that say something else change.
func TestEncodeParts(t *testing.T) {
	const info, xml = "policy fragments/f/fragmentInformation.json", "policy fragments/f/policy.xml"
	for name, tc := range map[string]struct {
		old   map[string]string
		spec  map[string]any
		write map[string]string
		gone  []string
	}{
		"payload alone": {
			map[string]string{info: `{"properties":{"description":"a"}}`, xml: "<p/>"},
			map[string]any{"description": "b", "value": "<p/>"},
			map[string]string{info: `{"properties":{"description":"b"}}`}, nil,
		},
		"text alone": {
			map[string]string{info: `{ "properties":{"description":"a"}}`, xml: "<p/>"},
			map[string]any{"description": "a", "value": "<q/>"},
			map[string]string{xml: "<q/>"}, nil,
		},
		"text gone": {
			map[string]string{info: "{}", xml: "<p/>"}, map[string]any{}, nil, []string{xml},
		},
		"text within the payload, the same": {
			map[string]string{info: `{"properties":{"value":"<p/>","format":"rawxml"}}`}, map[string]any{"value": "<p/>"}, nil, nil,
		},
		"text within the payload, changed": {
			map[string]string{info: `{"properties":{"value":"<p/>","format":"xml","description":"a"}}`},
			map[string]any{"value": "<q/>", "description": "a"},
			map[string]string{info: `{"properties":{"description":"a"}}`, xml: "<q/>"}, nil,
		},
	} {
		t.Run(name, func(t *testing.T) {
			ks := testKinds(t, true)
			tc.spec["format"] = "rawxml"
			r := &gateway.Resource{Key: gateway.NewKey("fragment", "f"), Spec: props(tc.spec)}
			f := mustEncode(t, ks, []*gateway.Resource{r}, mapFS(tc.old))
			var got map[string]string
			for p, b := range f.Write {
				if got == nil {
					got = map[string]string{}
				}
				got[p] = string(b)
			}
			if d := cmp.Diff(got, tc.write) + cmp.Diff(f.Remove, tc.gone); d != "" {
				t.Error(d)
			}
			back, ok, err := DecodeKey(ks, apply(mapFS(tc.old), f), r.Key)
			if err != nil || !ok || !ks.Equal(back, r) {
				t.Errorf("reads as %+v, %v, %v", back, ok, err)
			}
		})
	}
}

// A rule may read a field under another name: what the file has under the old
// one must not win over what has changed.
func TestEncodeRenamedField(t *testing.T) {
	rename := func(spec map[string]any) {
		if v := gateway.CutField(spec, "old"); v != nil {
			spec["new"] = v
		}
	}
	ks, err := gateway.NewKinds(gateway.Table{Rows: []gateway.Kind{{
		Name: "thing", Segment: "things", Dir: "things", File: "thing.json",
		Rules: []func(map[string]any){rename}, Secret: []gateway.Secret{{Field: "key"}},
	}}})
	if err != nil {
		t.Fatal(err)
	}
	const p = "things/a/thing.json"
	old := mapFS(map[string]string{p: `{"old":1,"key":"s3cret","void":""}`})
	key := gateway.NewKey("thing", "a")
	if f := mustEncode(t, ks, []*gateway.Resource{{Key: key, Spec: map[string]any{"new": 1}}}, old); !f.Empty() {
		t.Errorf("changes %v", f.Paths())
	}
	f := mustEncode(t, ks, []*gateway.Resource{{Key: key, Spec: map[string]any{"new": 2}}}, old)
	if got, want := string(f.Write[p]), `{"key":"s3cret","new":2}`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestEncodeAttached(t *testing.T) {
	const info = "apis/a/apiInformation.json"
	for name, tc := range map[string]struct {
		old    map[string]string
		files  map[string][]byte
		unread []string
		write  map[string]string
		remove []string
	}{
		"same in another format": {
			map[string]string{"apis/a/specification.json": `{ "k":"v" }`},
			map[string][]byte{"specification.yaml": []byte("k: v\n")}, nil, nil, nil,
		},
		"changed, in the tree's format": {
			map[string]string{"apis/a/specification.json": `{ "k":"v" }`},
			map[string][]byte{"specification.yaml": []byte("k: w\n")}, nil,
			map[string]string{"apis/a/specification.json": `{"k":"w"}`}, nil,
		},
		"changed to a format that cannot be turned": {
			map[string]string{"apis/a/specification.wsdl": `<x/>`},
			map[string][]byte{"specification.yaml": []byte("k: w\n")}, nil,
			map[string]string{"apis/a/specification.yaml": "k: w\n"}, []string{"apis/a/specification.wsdl"},
		},
		"two, one of them right": {
			map[string]string{"apis/a/specification.json": `{}`, "apis/a/specification.yaml": "k: w\n"},
			map[string][]byte{"specification.yaml": []byte("k: w\n")}, nil, nil, []string{"apis/a/specification.json"},
		},
		"keeps line ends": {
			map[string]string{"apis/a/specification.yaml": "k: v\n"},
			map[string][]byte{"specification.yaml": []byte("k: w\r\nl: m\r\n")}, nil,
			map[string]string{"apis/a/specification.yaml": "k: w\nl: m\n"}, nil,
		},
		"gone": {
			map[string]string{"apis/a/specification.yaml": "k: w\n"}, nil, nil, nil, []string{"apis/a/specification.yaml"},
		},
		"not read": {
			map[string]string{"apis/a/specification.wsdl": "<x/>"}, nil, []string{"specification.*"}, nil, nil,
		},
	} {
		t.Run(name, func(t *testing.T) {
			ks := testKinds(t, true)
			old := maps.Clone(tc.old)
			old[info] = "{}"
			r := &gateway.Resource{Key: gateway.NewKey("api", "a"), Files: tc.files, Unread: tc.unread}
			f := mustEncode(t, ks, []*gateway.Resource{r}, mapFS(old))
			got := map[string]string{}
			for p, b := range f.Write {
				got[p] = string(b)
			}
			if len(got) == 0 {
				got = nil
			}
			if d := cmp.Diff(got, tc.write); d != "" {
				t.Error(d)
			}
			if d := cmp.Diff(f.Remove, tc.remove); d != "" {
				t.Error(d)
			}
		})
	}
}

func TestEncodeRefuses(t *testing.T) {
	api := func(name string, files ...string) *gateway.Resource {
		r := &gateway.Resource{Key: gateway.NewKey("api", name), Files: map[string][]byte{}}
		for _, f := range files {
			r.Files[f] = nil
		}
		return r
	}
	for name, tc := range map[string]struct {
		rs   []*gateway.Resource
		want string
	}{
		"unknown kind":         {[]*gateway.Resource{{Key: gateway.NewKey("nothing", "a")}}, "not in the table"},
		"kind without files":   {[]*gateway.Resource{{Key: gateway.NewKey("step", "a")}}, "no files"},
		"the same twice":       {[]*gateway.Resource{api("a"), api("A")}, "comes twice"},
		"second of only one":   {[]*gateway.Resource{{Key: gateway.NewKey("policy", "other")}}, `its name is "policy"`},
		"file out of place":    {[]*gateway.Resource{api("a", "other.txt")}, `no place for a file named "other.txt"`},
		"file on its way out":  {[]*gateway.Resource{api("a", "specification./../../x")}, "no place"},
		"file windows ignores": {[]*gateway.Resource{api("a", "specification.")}, "no place"},
		"two of a group":       {[]*gateway.Resource{api("a", "specification.json", "specification.yaml")}, "only one can be kept"},
		"long name":            {[]*gateway.Resource{api(strings.Repeat("x", 256))}, "256 bytes as a folder name"},
		"text that is none":    {[]*gateway.Resource{{Key: gateway.NewKey("policy", "policy"), Spec: props(map[string]any{"value": 1})}}, "is no text"},
		"not UTF-8":            {[]*gateway.Resource{{Key: gateway.NewKey("api", "a"), Spec: props(map[string]any{"a": "\xff"})}}, "properties: a: "},
		"what no file can say": {
			[]*gateway.Resource{{Key: gateway.NewKey("policy", "policy"), Spec: props(map[string]any{"format": "xml"})}},
			"properties.format is xml, and the tree can only hold rawxml",
		},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := EncodeAll(testKinds(t, true), tc.rs, nil)
			if err == nil || !strings.Contains(err.Error(), tc.want) {
				t.Errorf("got %v, want it to tell %q", err, tc.want)
			}
		})
	}
}

func TestEncodeTellsWhatItLoses(t *testing.T) {
	f := mustEncode(t, testKinds(t, true), []*gateway.Resource{{
		Key:  gateway.NewKey("policy", "policy"),
		Spec: props(map[string]any{"value": "<p/>", "a": map[string]any{"b": 1}}),
	}}, nil)
	if d := cmp.Diff(f.Lost, []string{"properties.a.b"}); d != "" {
		t.Error(d)
	}
}

func TestSharedFolders(t *testing.T) {
	ks := testKinds(t, false)
	var c *CollisionError
	_, err := EncodeAll(ks, []*gateway.Resource{{Key: gateway.NewKey("tag api", "b", "x")}, {Key: gateway.NewKey("tag", "B")}}, nil)
	if !errors.As(err, &c) || c.A != "tags/B" || c.B != "tags/b" {
		t.Errorf("two in a set: got %v", err)
	}
	old := mustTree(t, ks, mapFS(map[string]string{"tags/b/tagInformation.json": "{}"}))
	e := NewEncoder(ks, old)
	r := &gateway.Resource{Key: gateway.NewKey("tag", "B")}
	if _, err := e.Encode(r); !errors.As(err, &c) {
		t.Errorf("one in the tree: got %v", err)
	}
	e.Forget(gateway.NewKey("tag", "b"))
	if f, err := e.Encode(r); err != nil || len(f.Write) != 1 {
		t.Errorf("after Forget: got %v, %v", f, err)
	}
	for _, fold := range []bool{true, false} {
		_, _, err = Decode(testKinds(t, fold), mapFS(map[string]string{"tags/b/x": "", "tags/B/tagInformation.json": "{}"}))
		if !errors.As(err, &c) || c.A != "tags/B" || c.B != "tags/b" {
			t.Errorf("decode: got %v", err)
		}
	}
}

// The tree's spelling of a name wins where the gateway does not tell case apart.
func TestEncodeKeepsSpelling(t *testing.T) {
	ks := testKinds(t, true)
	old := mapFS(map[string]string{"apis/Orders/README.md": "mine", "tags/T/tagInformation.json": "{}"})
	f := mustEncode(t, ks, []*gateway.Resource{
		{Key: gateway.NewKey("api", "orders")},
		{Key: gateway.NewKey("api policy", "ORDERS", "policy"), Spec: props(map[string]any{"value": "<p/>"})},
		{Key: gateway.NewKey("tag", "t")},
		{Key: gateway.NewKey("tag api", "t", "orders")},
	}, old)
	want := []string{"apis/Orders/apiInformation.json", "apis/Orders/policy.xml", "tags/T/apis/orders/tagApiInformation.json"}
	if d := cmp.Diff(f.Paths(), want); d != "" {
		t.Error(d)
	}
}
