package artifacts

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"github.com/lockstep-apiops/lockstep/gateway"
)

func TestDecode(t *testing.T) {
	ks := testKinds(t, true)
	rs, problems, err := Decode(ks, mapFS(map[string]string{
		"policy.xml":                                    "\ufeff<p/>\r\n",
		"named values/a b/valueInformation.json":        `{"properties":{"secret":true,"value":"s3cret","n":1.0,"id":"x"},"id":"i"}`,
		"apis/a/apiInformation.json":                    "\ufeff{}",
		"apis/a/specification.yaml":                     "x",
		"apis/a/operations/o/operationInformation.json": "{}",
		"apis/a/operations/o/policy.xml":                "<o/>",
		"apis/b/operations/o/operationInformation.json": "{}",
		"workspaces/w/apis/a%2Fb/apiInformation.json":   "{}",
		"tags/system/tagInformation.json":               "{}",
		"tags/t/apis/a/tagApiInformation.json":          "{}",
		"policy fragments/f/fragmentInformation.json":   `{"properties":{"format":"xml","value":"in here","description":"d"}}`,
		"policy fragments/f/policy.xml":                 "<f/>",
		"policy fragments/g/policy.xml":                 "<g/>",
		"deep/er/s/stones/x/stone.json":                 "{}",
		"README.md":                                     "",
		".git/config":                                   "",
		"apis/a/notes/x.txt":                            "",
		"Apis/c/apiInformation.json":                    "{}",
		"tags/lower/taginformation.json":                "{}",
		"tags/a%20b/tagInformation.json":                "{}",
		"apis/upper/apiInformation.json":                "{}",
		"apis/upper/Specification.YAML":                 "",
	}))
	if err != nil {
		t.Fatal(err)
	}
	type spec = map[string]any
	format := func(text string) spec { return props(spec{"format": "rawxml", "value": text}) }
	got := map[string]spec{}
	for _, r := range rs {
		got[r.Key.String()] = r.Spec
	}
	want := map[string]spec{
		"policy policy":               format("<p/>\r\n"),
		"value a b":                   props(spec{"secret": true, "value": "s3cret", "n": jsonNumber("1"), "id": "x"}),
		"api a":                       {},
		"operation policy a/o/policy": format("<o/>"),
		"operation b/o":               {},
		"workspace api w/a/b":         {},
		"tag api t/a":                 {},
		"fragment f":                  props(spec{"format": "rawxml", "value": "<f/>", "description": "d"}),
		"stone s/x":                   {},
		"api upper":                   {},
	}
	if d := cmp.Diff(got, want); d != "" {
		t.Error(d)
	}
	var told []string
	for _, p := range problems {
		told = append(told, p.Level.String()+" "+p.String())
	}
	wantTold := []string{
		"warning Apis: not used: to hold api resources it must be spelt apis",
		"info README.md: not managed",
		"info apis/a/notes: not managed",
		"info apis/a/operations/o/operationInformation.json: not used: apis/a/specification.yaml says it all",
		"warning apis/upper/Specification.YAML: not used: to be an api's it must be spelt specification.*",
		"info policy fragments/g: not managed: holds no file of a fragment",
		"warning policy fragments/g/policy.xml: not used: there is no fragmentInformation.json beside it",
		"warning policy fragments/f/fragmentInformation.json: properties.format is always rawxml: the one in here is not used",
		"warning policy fragments/f/fragmentInformation.json: properties.value is kept in policy.xml: the one in here is not used",
		"warning tags/a%20b: not used: no folder name of a tag: it must be spelt a b",
		"info tags/lower: not managed: holds no file of a tag",
		"warning tags/lower/taginformation.json: not used: to be a tag's it must be spelt tagInformation.json",
		"info tags/system: not managed: holds no file of a tag",
		"info tags/system/tagInformation.json: not managed: the gateway owns tag system",
	}
	if d := cmp.Diff(sorted(told), sorted(wantTold)); d != "" {
		t.Error(d)
	}
	if files := rs[1].Files; rs[1].Key.String() == "api a" && string(files["specification.yaml"]) != "x" {
		t.Errorf("attached files are %q", files)
	}
}

func TestDecodeErrors(t *testing.T) {
	for name, tc := range map[string]struct {
		files map[string]string
		want  string
	}{
		"syntax":           {map[string]string{"apis/a/apiInformation.json": "{\n  \"a\": 1,\n  \"b\" 2\n}"}, "apis/a/apiInformation.json:3:7: invalid character '2'"},
		"cut off":          {map[string]string{"apis/a/apiInformation.json": "{\n\"a\": {"}, "apis/a/apiInformation.json:2:6: unexpected end"},
		"more than one":    {map[string]string{"apis/a/apiInformation.json": "{} {}"}, "apis/a/apiInformation.json:1:4: invalid character '{' after"},
		"empty":            {map[string]string{"apis/a/apiInformation.json": "\ufeff\n"}, "apis/a/apiInformation.json: empty: want a JSON object"},
		"no object":        {map[string]string{"apis/a/apiInformation.json": "\ufeff\n [1]"}, "apis/a/apiInformation.json:2:2: want a JSON object"},
		"double name":      {map[string]string{"apis/a/apiInformation.json": "{\"x\": {\n\t\"a\": 1, \"\\u0061\": 2}}"}, `apis/a/apiInformation.json:2:10: the name "a" occurs twice`},
		"not UTF-8":        {map[string]string{"apis/a/apiInformation.json": "{\"é\":\n\"\xff\"}"}, "apis/a/apiInformation.json:2:2: not valid UTF-8"},
		"UTF-16":           {map[string]string{"apis/a/apiInformation.json": "\xff\xfe{\x00}\x00"}, "apis/a/apiInformation.json: UTF-16: save it as UTF-8"},
		"half a character": {map[string]string{"apis/a/apiInformation.json": `{"a": "\ud800"}`}, "apis/a/apiInformation.json:1:7: half of a surrogate pair"},
		"text not UTF-8":   {map[string]string{"policy.xml": "<a>\n\xfe</a>"}, "policy.xml:2:1: not valid UTF-8"},
		"two of a group": {
			map[string]string{"apis/a/apiInformation.json": "{}", "apis/a/specification.json": "", "apis/a/specification.yaml": ""},
			"apis/a: keep only one of specification.json, specification.yaml",
		},
		"all are told": {
			map[string]string{"apis/a/apiInformation.json": "", "apis/b/apiInformation.json": "x"},
			"apis/b/apiInformation.json:1:1: invalid character 'x'",
		},
	} {
		t.Run(name, func(t *testing.T) {
			rs, _, err := Decode(testKinds(t, true), mapFS(tc.files))
			if err == nil || !strings.Contains(err.Error(), tc.want) || rs != nil {
				t.Errorf("got %v, want it to tell %q", err, tc.want)
			}
		})
	}
}

// A valid file with U+FFFD in it is no half character.
func TestDecodeReplacementCharacter(t *testing.T) {
	rs, _, err := Decode(testKinds(t, true), mapFS(map[string]string{"apis/a/apiInformation.json": "{\"a\": \"\\uFFFD\ufffd\\n\\ud83d\\ude00\"}"}))
	if err != nil || rs[0].Spec["a"] != "\ufffd\ufffd\n\U0001f600" {
		t.Errorf("got %v, %v", rs, err)
	}
}

func TestDecodeKey(t *testing.T) {
	ks := testKinds(t, true)
	fsys := mapFS(map[string]string{
		"apis/Orders/apiInformation.json":                    "{}",
		"apis/Orders/specification.json":                     "{}",
		"apis/Orders/operations/o/operationInformation.json": "{}",
		"apis/Orders/operations/o/policy.xml":                "<o/>",
		"apis/broken/apiInformation.json":                    "{",
		"workspaces/w/apis/x/policy.xml":                     "<w/>",
		"deep/er/s/stones/x/stone.json":                      "{}",
	})
	for _, tc := range []struct {
		key  gateway.Key
		want string
	}{
		{gateway.NewKey("api", "orders"), "api Orders"},
		{gateway.NewKey("operation policy", "orders", "o", "policy"), "operation policy Orders/o/policy"},
		{gateway.NewKey("workspace api policy", "w", "x", "policy"), "workspace api policy w/x/policy"},
		{gateway.NewKey("stone", "s", "x"), "stone s/x"},
		{gateway.NewKey("operation", "orders", "o"), ""},
		{gateway.NewKey("workspace", "w"), ""},
		{gateway.NewKey("api policy", "orders", "policy"), ""},
		{gateway.NewKey("api", "none"), ""},
	} {
		r, ok, err := DecodeKey(ks, fsys, tc.key)
		got := ""
		if ok {
			got = r.Key.String()
		}
		if got != tc.want || err != nil {
			t.Errorf("%v: got %q, %v, want %q", tc.key, got, err, tc.want)
		}
	}
	if _, ok, err := DecodeKey(ks, fsys, gateway.NewKey("api", "broken")); ok || err == nil {
		t.Error("a broken file is no error")
	}
}

func TestKeyOf(t *testing.T) {
	ks := testKinds(t, true)
	for p, want := range map[string]string{
		"policy.xml":                                  "policy policy",
		"apis/a/policy.xml":                           "api policy a/policy",
		"apis/a/specification.yaml":                   "api a",
		"apis/a%2Fb/apiInformation.json":              "api a/b",
		"tags/t/apis/a/tagApiInformation.json":        "tag api t/a",
		"workspaces/w/policy.xml":                     "workspace policy w/policy",
		"workspaces/w/apis/x/operations/o/policy.xml": "workspace operation policy w/x/o/policy",
		"deep/er/s/stones/x/stone.json":               "stone s/x",
		"deep/er/s/stone.json":                        "",
		"apis/a/other.txt":                            "",
		"apis/a%2fb/apiInformation.json":              "",
		"apis/apiInformation.json":                    "",
		"Apis/a/apiInformation.json":                  "",
		"":                                            "",
	} {
		key, ok := KeyOf(ks, p)
		if key.String() != want || ok != (want != "") {
			t.Errorf("%q: got %q, %v, want %q", p, key, ok, want)
		}
	}
}

func TestTreeKnown(t *testing.T) {
	ks := testKinds(t, true)
	tree := mustTree(t, ks, mapFS(map[string]string{
		"policy.xml":                       "",
		"apis/a/policy.xml":                "",
		"apis/a/operations/o/policy.xml":   "",
		"apis/A b/operations/o/policy.xml": "",
		"apis/a/operations/P/policy.xml":   "",
		"apis/ab/operations/o/policy.xml":  "",
		"apis/a-b/operations/o/policy.xml": "",
	}))
	for _, tc := range []struct {
		owner gateway.Key
		want  string
	}{
		{gateway.Key{}, "a/o a/P A b/o a-b/o ab/o"},
		{gateway.NewKey("api", "A"), "a/o a/P"},
		{gateway.NewKey("operation", "a", "p"), "a/P"},
		{gateway.NewKey("api", "none"), ""},
	} {
		var got []string
		for _, k := range tree.Known("operation policy", tc.owner) {
			got = append(got, strings.Join(k.Names()[:2], "/"))
		}
		if strings.Join(got, " ") != tc.want {
			t.Errorf("%v: got %q, want %q", tc.owner, got, tc.want)
		}
	}
	if _, _, err := tree.Read(gateway.NewKey("api", "a")); !errors.Is(err, gateway.ErrNotFound) {
		t.Errorf("reading what is not there: got %v", err)
	}
}

func TestEmptyTree(t *testing.T) {
	rs, problems, err := Decode(testKinds(t, true), nil)
	if len(rs)+len(problems) > 0 || err != nil {
		t.Errorf("got %v, %v, %v", rs, problems, err)
	}
	if _, _, err := Decode(testKinds(t, true), os.DirFS(filepath.Join(t.TempDir(), "none"))); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a folder that is not there: got %v", err)
	}
}

func TestDirFollowsNoLinks(t *testing.T) {
	out, in := t.TempDir(), t.TempDir()
	write(t, filepath.Join(out, "apiInformation.json"), "{}")
	write(t, filepath.Join(in, "apis", "a", "apiInformation.json"), "{}")
	for link, to := range map[string]string{
		"apis/b": out, "apis/c": "a", "policy.xml": filepath.Join(out, "apiInformation.json"), "other": out,
	} {
		if err := os.Symlink(to, filepath.Join(in, link)); err != nil {
			t.Skip("this system makes no symbolic links: ", err)
		}
	}
	dir, err := OpenDir(in)
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := dir.Close(); err != nil {
			t.Error(err)
		}
	}()
	rs, problems, err := Decode(testKinds(t, true), dir)
	if err != nil || len(rs) != 1 || rs[0].Key.Name() != "a" {
		t.Fatalf("got %v, %v", rs, err)
	}
	var got []string
	for _, p := range problems {
		got = append(got, p.Level.String()+" "+p.Path)
	}
	if d := cmp.Diff(got, []string{"warning apis/b", "warning apis/c", "info other", "warning policy.xml"}); d != "" {
		t.Error(d)
	}
	if _, ok, err := DecodeKey(testKinds(t, true), dir, gateway.NewKey("api", "c")); ok || err != nil {
		t.Errorf("got %v, %v for a linked folder", ok, err)
	}
}

func write(t testing.TB, p, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(p), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(p, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

// endless is a tree in which one file has no end.
type endless struct{ fstest.MapFS }

func (e endless) Open(name string) (fs.File, error) {
	f, err := e.MapFS.Open(name)
	if strings.HasSuffix(name, "specification.json") && err == nil {
		return endlessFile{f}, nil
	}
	return f, err
}

type endlessFile struct{ fs.File }

func (endlessFile) Read(b []byte) (int, error) { return len(b), nil }

func TestDecodeRefusesHugeFiles(t *testing.T) {
	fsys := endless{mapFS(map[string]string{"apis/a/apiInformation.json": "{}", "apis/a/specification.json": "x"})}
	_, _, err := Decode(testKinds(t, true), fsys)
	var fe *FileError
	if !errors.As(err, &fe) || fe.Path != "apis/a/specification.json" || !strings.Contains(err.Error(), "larger than 64 MB") {
		t.Errorf("got %v", err)
	}
}

// What is read and written again without a change is the same bytes.
func FuzzJSON(f *testing.F) {
	for _, s := range []string{`{}`, "\ufeff{ \"a\" : [1 , {}, \"\\u003c\"] }\r\n", `{"a":{"b":null},"c":1e5}`, "[", `{"a":1,"a":2}`, `{"\ud800":1}`} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		d, err := parseJSON("x", data)
		if err != nil {
			return
		}
		l := layoutOf(d)
		if got := d.bytes(l); !bytes.Equal(got, data) {
			t.Fatalf("got %q, want %q", got, data)
		}
		n, err := l.newNode(d.spec())
		if err != nil {
			t.Fatal(err)
		}
		again, err := parseJSON("y", (&document{before: d.before, root: n, after: d.after}).bytes(l))
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(again.spec(), d.spec()); diff != "" {
			t.Fatal(diff)
		}
	})
}
