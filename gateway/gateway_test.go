package gateway

import (
	"encoding/json"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var testPrefix = regexp.MustCompile(`(?i)^/subscriptions/[^/]+/service/[^/]+`)

// testKinds is a small table with something of everything.
func testKinds(t testing.TB) *Kinds {
	t.Helper()
	both := []string{"", "space"}
	ks, err := NewKinds(Table{FoldCase: true, IDPrefix: testPrefix, Rows: []Kind{
		{Name: "space", Segment: "spaces", Dir: "spaces", File: "space.json"},
		{Name: "value", Segment: "values", Under: both, Dir: "values", File: "value.json",
			Unique: []string{"label"}, Secret: []Secret{{Field: "text", If: "secret"}}},
		{Name: "logger", Segment: "loggers", Under: both, Dir: "loggers", File: "logger.json"},
		{Name: "api", Segment: "apis", Under: both, Dir: "apis", File: "api.json",
			Omit: []string{"id", "made.at"}, Loose: []string{"note"}, Sets: []string{"schemes"},
			Defaults: map[string]any{"schemes": []any{"https"}, "limit": 10, "names": map[string]any{"q": "k"}},
			Refs:     []Ref{{Field: "loggers[].id", Kind: "logger"}},
			Attach:   []Attachment{{Pattern: "spec.*"}}, Builtin: []string{"echo"}},
		{Name: "operation", Parent: "api", Segment: "operations", Under: both, Dir: "operations", File: "op.json", Inside: "spec.*"},
		{Name: "operation policy", Parent: "operation", Segment: "policies", Under: both, Only: "policy",
			Split: []Split{{Field: "text", File: "policy.xml"}},
			Mentions: func(r *Resource) []Mention {
				var ms []Mention
				for _, m := range regexp.MustCompile(`\{\{(\w+)\}\}`).FindAllStringSubmatch(Field(r.Spec, "text").(string), -1) {
					ms = append(ms, Mention{"value", "label", m[1]})
				}
				return ms
			}},
		{Name: "product", Segment: "products", Dir: "products", File: "product.json"},
		{Name: "product api", Parent: "product", Segment: "apis", Joins: "api", Dir: "apis", File: "link.json"},
		{Name: "product operation", Parent: "product", Segment: "operations", Joins: "operation", Dir: "operations", File: "link.json"},
	}})
	if err != nil {
		t.Fatal(err)
	}
	return ks
}

func TestNewKindsExpandsScopes(t *testing.T) {
	ks := testKinds(t)
	k := ks.Get("space operation policy")
	if k == nil || k.Parent != "space operation" || k.Row != "operation policy" {
		t.Fatalf("space operation policy is %+v", k)
	}
	if got := ks.Get("space api").Refs[0].Kind; got != "space logger" {
		t.Errorf("reference of a space api goes to %q, want the logger beside it", got)
	}
	if got := ks.Get("api").Refs[0].Kind; got != "logger" {
		t.Errorf("reference of an api goes to %q: expanding another scope changed it", got)
	}
	for _, k := range ks.All() {
		for _, d := range k.depends() {
			if d != k.Name && ks.Level(d) >= ks.Level(k.Name) {
				t.Errorf("%q is at level %d, what it depends on, %q, at %d", k.Name, ks.Level(k.Name), d, ks.Level(d))
			}
		}
	}
}

func TestNewKindsRefuses(t *testing.T) {
	for name, tc := range map[string]struct {
		rows []Kind
		want string
	}{
		"double":        {[]Kind{{Name: "a"}, {Name: "a"}}, "listed twice"},
		"unknown owner": {[]Kind{{Name: "a", Parent: "b"}}, `owner "b"`},
		"unknown kind":  {[]Kind{{Name: "a", After: []string{"b"}}}, "not in the table"},
		"circle":        {[]Kind{{Name: "a", After: []string{"b"}}, {Name: "b", After: []string{"a"}}}, "depends on itself"},
		"scope without the owner": {[]Kind{{Name: "s"}, {Name: "a"}, {Name: "b", Parent: "a", Under: []string{"s"}}},
			`owner "s a"`},
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := NewKinds(Table{Rows: tc.rows}); err == nil || !strings.Contains(err.Error(), tc.want) {
				t.Errorf("error is %v, want one with %q", err, tc.want)
			}
		})
	}
}

func TestIDs(t *testing.T) {
	ks := testKinds(t)
	for id, want := range map[string]Key{
		"/apis/a": NewKey("api", "a"),
		"/subscriptions/0/service/x/APIS/a;rev=2":    NewKey("api", "a;rev=2"),
		"/spaces/s/apis/a/operations/o":              NewKey("space operation", "s", "a", "o"),
		"/products/p/apis/a":                         NewKey("product api", "p", "a"),
		"/apis/a/operations/o/policies/policy":       NewKey("operation policy", "a", "o", "policy"),
		"/subscriptions/0/service/x/spaces/s/values": {},
		"/apis":      {},
		"apis/a":     {},
		"/nothing/x": {},
		"/apis//":    {},
	} {
		got, ok := ks.ParseID(id)
		if got != want && ok || ok != !want.IsZero() {
			t.Errorf("ParseID(%q) is %v, %v, want %v", id, got, ok, want)
		}
		if back := ks.ID(got); ok && !strings.HasSuffix(strings.ToLower(id), strings.ToLower(back)) {
			t.Errorf("ID(ParseID(%q)) is %q", id, back)
		}
	}
}

func TestReferencesByName(t *testing.T) {
	ks := testKinds(t)
	for name, tc := range map[string]struct {
		key  Key
		want []Key
	}{
		"beside it":                {NewKey("product api", "p", "a"), []Key{NewKey("api", "a"), NewKey("product", "p")}},
		"with an owner":            {NewKey("product operation", "p", "a/o"), []Key{NewKey("operation", "a", "o"), NewKey("product", "p")}},
		"with an owner it lacks":   {NewKey("product operation", "p", "o"), []Key{NewKey("product", "p")}},
		"nothing but its own":      {NewKey("space api", "s", "a"), []Key{NewKey("space", "s")}},
		"nothing":                  {NewKey("api", "a"), nil},
		"of an owner with a slash": {NewKey("product operation", "p", "a/b/o"), []Key{NewKey("operation", "a/b", "o"), NewKey("product", "p")}},
	} {
		t.Run(name, func(t *testing.T) {
			got := ks.References(&Resource{Key: tc.key})
			if d := cmp.Diff(tc.want, got, cmp.AllowUnexported(Key{})); d != "" {
				t.Errorf("references (-want +got):\n%s", d)
			}
		})
	}
}

func TestNormal(t *testing.T) {
	ks := testKinds(t)
	k := ks.Get("api")
	for name, tc := range map[string]struct{ in, want string }{
		"what the gateway owns": {`{"id":"x","made":{"at":"now","by":"me"}}`, `{"made":{"by":"me"}}`},
		"nothing is gone":       {`{"a":null,"b":{},"c":[],"d":"","e":{"f":{"g":null}}}`, `{}`},
		"false and zero stay":   {`{"a":false,"b":0}`, `{"a":false,"b":0}`},
		"places stay":           {`{"a":[null,"",{}]}`, `{"a":[null,"",{}]}`},
		"defaults":              {`{"schemes":["https"],"limit":1e1,"names":{"q":"k","x":null}}`, `{}`},
		"not quite defaults":    {`{"schemes":["https","http"],"limit":11}`, `{"schemes":["http","https"],"limit":11}`},
		"ids":                   {`{"loggers":[{"id":"/subscriptions/1/service/x/loggers/l"}]}`, `{"loggers":[{"id":"/loggers/l"}]}`},
		"other ids stay":        {`{"vault":"/subscriptions/1/vaults/x"}`, `{"vault":"/subscriptions/1/vaults/x"}`},
		"numbers":               {`{"a":1.0,"b":1.50,"c":12345678901234567890}`, `{"a":1,"b":1.5,"c":12345678901234567890}`},
		"unknown fields stay":   {`{"mcpTools":[{"operationId":"x"}]}`, `{"mcpTools":[{"operationId":"x"}]}`},
	} {
		t.Run(name, func(t *testing.T) {
			in, want := decode(t, tc.in), decode(t, tc.want)
			got := ks.Normal(k, in)
			if d := cmp.Diff(want, got); d != "" {
				t.Errorf("normal form (-want +got):\n%s", d)
			}
			if d := cmp.Diff(got, ks.Normal(k, got)); d != "" {
				t.Errorf("the normal form has another (-first +second):\n%s", d)
			}
			if d := cmp.Diff(decode(t, tc.in), in); d != "" {
				t.Errorf("the input was changed:\n%s", d)
			}
		})
	}
}

func decode(t testing.TB, s string) map[string]any {
	t.Helper()
	d := json.NewDecoder(strings.NewReader(s))
	d.UseNumber()
	var m map[string]any
	if err := d.Decode(&m); err != nil {
		t.Fatal(err)
	}
	return m
}

// That a field is empty may say something else than that it is not there.
func TestNormalKeepsEmptyTexts(t *testing.T) {
	ks, err := NewKinds(Table{Rows: []Kind{{
		Name: "api", Segment: "apis", Dir: "apis", File: "api.json", Keep: []string{"properties.path"},
	}}})
	if err != nil {
		t.Fatal(err)
	}
	for in, want := range map[string]string{
		`{"properties":{"path":"","other":""}}`: `{"properties":{"path":""}}`,
		`{"properties":{"path":null}}`:          `{}`,
		`{"properties":{"path":"a"}}`:           `{"properties":{"path":"a"}}`,
		`{"properties":{"other":{"path":""}}}`:  `{}`,
	} {
		var spec map[string]any
		if err := json.Unmarshal([]byte(in), &spec); err != nil {
			t.Fatal(err)
		}
		got, err := json.Marshal(ks.Public(ks.Get("api"), spec))
		if err != nil || string(got) != want {
			t.Errorf("public form of %s is %s, %v, want %s", in, got, err, want)
		}
	}
}

func TestPublicHidesSecrets(t *testing.T) {
	ks := testKinds(t)
	k := ks.Get("value")
	for in, want := range map[string]string{
		`{"label":"l","secret":true,"text":"hush"}`: `{"label":"l","secret":true}`,
		`{"label":"l","text":"plain"}`:              `{"label":"l","text":"plain"}`,
	} {
		if d := cmp.Diff(decode(t, want), ks.Public(k, decode(t, in))); d != "" {
			t.Errorf("public form of %s (-want +got):\n%s", in, d)
		}
		if got := ks.Normal(k, decode(t, in)); got["text"] == nil {
			t.Errorf("the normal form of %s lost the text that a write needs", in)
		}
	}
}

func TestDiff(t *testing.T) {
	ks := testKinds(t)
	key := NewKey("api", "a")
	for name, tc := range map[string]struct {
		have, want Resource
		fields     []string
	}{
		"equal but for spelling": {Resource{Spec: decode(t, `{"x":1.0,"note":"a","d":""}`)}, Resource{Spec: decode(t, `{"x":1,"note":"b"}`)}, nil},
		"fields":                 {Resource{Spec: decode(t, `{"x":{"y":1,"z":2},"l":[1,2]}`)}, Resource{Spec: decode(t, `{"x":{"y":1,"z":3},"l":[1,3],"n":1}`)}, []string{"l[1]", "n", "x.z"}},
		"file":                   {Resource{Files: file("spec.yaml", "a")}, Resource{Files: file("spec.yaml", "b")}, []string{"spec.yaml"}},
		"file gone":              {Resource{Files: file("spec.yaml", "a")}, Resource{}, []string{"spec.yaml"}},
		"file not read":          {Resource{Unread: []string{"spec.*"}}, Resource{Files: file("spec.yaml", "b")}, nil},
		"no file of a group":     {Resource{Files: file("readme", "a")}, Resource{}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			tc.have.Key, tc.want.Key = key, key
			var got []string
			for _, c := range ks.Diff(&tc.have, &tc.want) {
				got = append(got, c.Field)
			}
			if d := cmp.Diff(tc.fields, got); d != "" {
				t.Errorf("changed fields (-want +got):\n%s", d)
			}
		})
	}
}

func file(name, text string) map[string][]byte { return map[string][]byte{name: []byte(text)} }

func TestDepends(t *testing.T) {
	ks := testKinds(t)
	near := &Resource{Key: NewKey("space value", "s", "v"), Spec: map[string]any{"label": "one"}}
	far := &Resource{Key: NewKey("value", "v"), Spec: map[string]any{"label": "one"}}
	only := &Resource{Key: NewKey("value", "w"), Spec: map[string]any{"label": "two"}}
	policy := func(key Key) *Resource {
		return &Resource{Key: key, Spec: map[string]any{"text": "{{one}} {{two}} {{three}}"}}
	}
	inside, outside := policy(NewKey("space operation policy", "s", "a", "o", "policy")), policy(NewKey("operation policy", "a", "o", "policy"))
	set := ks.NewSet(near, far, only, inside, outside)
	for _, tc := range []struct {
		r    *Resource
		want []Key
	}{
		{inside, []Key{NewKey("space operation", "s", "a", "o"), near.Key, only.Key}},
		{outside, []Key{NewKey("operation", "a", "o"), far.Key, only.Key}},
		{&Resource{Key: NewKey("api", "a"), Spec: decode(t, `{"loggers":[{"id":"/apis/A"}]}`)}, nil},
		{&Resource{Key: NewKey("product api", "p", "A")}, []Key{NewKey("api", "A"), NewKey("product", "p")}},
		{&Resource{Key: NewKey("space api", "s", "a"), Spec: decode(t, `{"loggers":[{"id":"/spaces/s/loggers/l"},{"id":"/loggers/m"}]}`)},
			[]Key{NewKey("logger", "m"), NewKey("space", "s"), NewKey("space logger", "s", "l")}},
	} {
		if d := cmp.Diff(tc.want, set.Depends(tc.r), cmp.AllowUnexported(Key{})); d != "" {
			t.Errorf("%v depends on (-want +got):\n%s", tc.r.Key, d)
		}
	}
	if d := cmp.Diff([]Mention{{"value", "label", "three"}}, set.Unmet(inside)); d != "" {
		t.Errorf("unmet (-want +got):\n%s", d)
	}
}

func TestKeys(t *testing.T) {
	ks := testKinds(t)
	op := NewKey("api", "a/b").Child("operation", "c")
	if got := op.String(); got != "operation a/b/c" {
		t.Errorf("String is %q", got)
	}
	if d := cmp.Diff([]string{"a/b", "c"}, op.Names()); d != "" {
		t.Error(d)
	}
	if got := ks.Parent(op); got != NewKey("api", "a/b") {
		t.Errorf("Parent is %v", got)
	}
	if !ks.Owns(NewKey("api", "A/B"), op) || ks.Owns(NewKey("api", "a"), op) || !ks.Owns(Key{}, op) {
		t.Error("Owns is wrong")
	}
	if !ks.IsBuiltin(NewKey("api", "Echo").Child("operation", "x")) || ks.IsBuiltin(op) {
		t.Error("IsBuiltin is wrong")
	}
}
