package overlay_test

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lockstep-apiops/lockstep/gateway"
	"github.com/lockstep-apiops/lockstep/gateway/apim"
	"github.com/lockstep-apiops/lockstep/publisher/overlay"
	"github.com/lockstep-apiops/lockstep/publisher/plan"
)

func testKinds(t testing.TB) *gateway.Kinds {
	t.Helper()
	kinds, err := apim.Kinds()
	if err != nil {
		t.Fatal(err)
	}
	return kinds
}

// resource returns one with this JSON below "properties", in normal form.
func resource(t testing.TB, kinds *gateway.Kinds, properties string, key gateway.Key) *gateway.Resource {
	t.Helper()
	dec := json.NewDecoder(strings.NewReader(`{"properties":` + properties + `}`))
	dec.UseNumber()
	var spec map[string]any
	if err := dec.Decode(&spec); err != nil {
		t.Fatal(err)
	}
	return &gateway.Resource{Key: key, Spec: kinds.Normal(kinds.Get(key.Kind), spec)}
}

// tree is a tree as it is in the first environment.
func tree(t testing.TB, kinds *gateway.Kinds) []*gateway.Resource {
	t.Helper()
	at := func(properties, kind string, names ...string) *gateway.Resource {
		return resource(t, kinds, properties, gateway.NewKey(kind, names...))
	}
	return []*gateway.Resource{
		at(`{"displayName":"password","secret":true}`, "named value", "password"),
		at(`{"displayName":"limit","value":"60","tags":["a","b"]}`, "named value", "limit"),
		at(`{"url":"https://dev.example.com","protocol":"http","credentials":{"header":{"x-key":["{{password}}"],"y":["1"]},"query":{}}}`, "backend", "orders"),
		at(`{"loggerId":"/loggers/dev","verbosity":"verbose","sampling":{"samplingType":"fixed","percentage":100}}`, "diagnostic", "applicationinsights"),
		at(`{"format":"rawxml","value":"<policies/>"}`, "policy", "policy"),
		at(`{"displayName":"Orders","path":"orders","serviceUrl":"https://dev.example.com"}`, "api", "orders"),
		at(`{"displayName":"Orders","path":"orders","apiRevision":"2"}`, "api", "orders;rev=2"),
		at(`{"loggerId":"/loggers/dev"}`, "api diagnostic", "orders", "applicationinsights"),
		at(`{"format":"rawxml","value":"<policies/>"}`, "api operation policy", "orders", "place", "policy"),
		at(`{"displayName":"crm","value":"1"}`, "workspace named value", "team", "crm"),
		at(`{"value":"<policies/>","format":"rawxml"}`, "workspace api policy", "team", "crm", "policy"),
	}
}

func env(name string) (string, bool) {
	v, ok := map[string]string{"secret": `hunter"2{#limit#}`, "limit": "90", "stage": "prod"}[name]
	return v, ok
}

// changed applies a file and returns what it changes: the new payloads.
func changed(t *testing.T, file string) (map[string]string, []*overlay.Problem, error) {
	t.Helper()
	kinds := testKinds(t)
	o, warnings, err := overlay.Parse(kinds, "f.yaml", []byte(file), overlay.Options{Env: env, Settings: []string{"apimServiceName", "x"}})
	if err != nil {
		return nil, warnings, err
	}
	before := tree(t, kinds)
	after, more, err := o.Apply(before)
	if d := cmp.Diff(tree(t, kinds), before, cmp.Comparer(func(a, b gateway.Key) bool { return a == b })); d != "" {
		t.Errorf("Apply changed what it was given (-before +after):\n%s", d)
	}
	if len(after) != len(before) {
		t.Fatalf("%d resources of %d", len(after), len(before))
	}
	out := map[string]string{}
	for i := range before {
		if d := cmp.Diff(before[i].Spec, after[i].Spec); d != "" {
			out[after[i].Key.String()] = text(t, after[i].Spec["properties"])
		}
	}
	return out, append(warnings, more...), err
}

func text(t *testing.T, v any) string {
	t.Helper()
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// TestMessagesHoldNoValues breaks a file that holds a secret in all ways there
// are to break it.
func TestMessagesHoldNoValues(t *testing.T) {
	const file = "namedValues:\n- name: password\n  properties:\n    value: '{#secret#}'\n    other: s3cr3t\n  patch:\n  - {op: add, path: /properties/x/y, value: s3cr3t}\n"
	for i := range len(file) {
		_, warnings, err := changed(t, file[:i]+file[min(i+3, len(file)):])
		if said := fmt.Sprint(err, warnings); strings.Contains(said, "hunter") {
			t.Errorf("without bytes %d to %d it says %s", i, i+3, said)
		}
	}
}

// TestPlan makes a plan of an overlaid tree: what is desired is hashed after
// the merge, and secrets are in neither hash nor plan.
func TestPlan(t *testing.T) {
	kinds := testKinds(t)
	overlaid := func(value string) *plan.Plan {
		o, _, err := overlay.Parse(kinds, "f.yaml", []byte("namedValues:\n- name: password\n  properties: {value: '{#v#}', displayName: p}\n- name: limit\n  properties: {value: '{#v#}'}\n"),
			overlay.Options{Env: func(string) (string, bool) { return value, true }})
		if err != nil {
			t.Fatal(err)
		}
		want, _, err := o.Apply(tree(t, kinds))
		if err != nil {
			t.Fatal(err)
		}
		p, err := plan.New(kinds, tree(t, kinds), want, plan.Options{Lenient: true})
		if err != nil {
			t.Fatal(err)
		}
		return p
	}
	digests := func(p *plan.Plan) map[string]string {
		all := map[string]string{}
		for _, a := range p.Actions {
			all[a.Key.String()] = a.WantDigest
		}
		return all
	}
	one, two := digests(overlaid("one")), digests(overlaid("two"))
	if len(one) != 2 || one["named value limit"] == two["named value limit"] {
		t.Errorf("digests of another value: %v and %v, want them to differ", one, two)
	}
	if one["named value password"] != two["named value password"] {
		t.Error("the digest of a secret named value tells of its value")
	}
	saved, err := overlaid("hunter2").JSON()
	if err != nil || strings.Count(string(saved), "hunter2") != 1 {
		t.Errorf("the saved plan holds the value %d times, %v, want once, for what is no secret", strings.Count(string(saved), "hunter2"), err)
	}
}

func TestSame(t *testing.T) {
	kinds := testKinds(t)
	parse := func(file string, o overlay.Options) *overlay.Overlay {
		out, _, err := overlay.Parse(kinds, "f.yaml", []byte(file), o)
		if err != nil {
			t.Fatal(err)
		}
		return out
	}
	const file = "apis:\n- name: orders\n  properties: {path: '{#p#}'}\n  diagnostics:\n  - {name: a, properties: {x: 1}}\nbackends:\n- {name: b, properties: {url: x}}\n"
	was := parse(file, overlay.Options{Open: true})
	now := parse(strings.ReplaceAll(file, "url: x", "url: y"), overlay.Options{Open: true, Env: env})
	for key, want := range map[gateway.Key]struct{ touches, same, open bool }{
		gateway.NewKey("api", "orders"):                   {true, true, true},
		gateway.NewKey("api", "orders;rev=4"):             {true, true, true},
		gateway.NewKey("api diagnostic", "orders", "a"):   {true, true, false},
		gateway.NewKey("backend", "b"):                    {true, false, false},
		gateway.NewKey("backend", "c"):                    {false, true, false},
		gateway.NewKey("api operation", "orders", "list"): {false, true, false},
	} {
		if was.Touches(key) != want.touches || was.Same(now, key) != want.same || was.HasOpen(key) != want.open {
			t.Errorf("%v is touched, same, open: %t, %t, %t, want %+v", key, was.Touches(key), was.Same(now, key), was.HasOpen(key), want)
		}
	}
	if was.Same(nil, gateway.NewKey("backend", "b")) || !was.Same(nil, gateway.NewKey("backend", "c")) {
		t.Error("no overlay at all says the same of b, or something else of c")
	}
}

func TestLenient(t *testing.T) {
	_, warnings, err := overlay.Parse(testKinds(t), "f.yaml", []byte("api: []\napis:\n- {name: a, x: y}\n- name: A\n"), overlay.Options{Lenient: true})
	if err != nil || len(warnings) != 3 {
		t.Errorf("warnings %v, error %v, want three warnings", warnings, err)
	}
}

// TestPlainPayloads overrides payloads that no field wraps.
func TestPlainPayloads(t *testing.T) {
	kinds, err := gateway.NewKinds(gateway.Table{Rows: []gateway.Kind{{Name: "route", Segment: "routes", File: "route.json"}}})
	if err != nil {
		t.Fatal(err)
	}
	o, _, err := overlay.Parse(kinds, "f.yaml", []byte("routes:\n- name: a\n  url: prod\n"), overlay.Options{})
	if err != nil {
		t.Fatal(err)
	}
	got, err := o.ApplyTo(&gateway.Resource{Key: gateway.NewKey("route", "a"), Spec: map[string]any{"url": "dev", "x": true}})
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(map[string]any{"url": "prod", "x": true}, got.Spec); d != "" {
		t.Errorf("payload (-want +got):\n%s", d)
	}
}

// TestToolkitSample reads the sample that Azure/apiops comes with, but for a
// name and a setting in it that are remarks in brackets.
func TestToolkitSample(t *testing.T) {
	sample, err := os.ReadFile(filepath.Join("..", "..", "..", "shared", "samples", "configuration.prod.yaml"))
	if err != nil {
		t.Skip("the toolkit's sample of overrides is not beside the checkout, so it is not read: ", err)
	}
	sample = regexp.MustCompile(`name: \[.*\]`).ReplaceAll(sample, []byte("name: insights"))
	kinds := testKinds(t)
	o, warnings, err := overlay.Parse(kinds, "configuration.prod.yaml", sample, overlay.Options{
		Env: func(name string) (string, bool) { return "value of " + name, true }, Settings: []string{"apimServiceName"},
	})
	if err != nil || len(warnings) > 0 {
		t.Fatalf("the sample is not understood: %v %v", err, warnings)
	}
	for key, want := range map[gateway.Key]string{
		gateway.NewKey("named value", "testSecret"):                                                                `{"displayName":"testSecret","value":"value of testSecretValue"}`,
		gateway.NewKey("api release", "demo-conference-api", "releaseName1"):                                       `{"notes":"Release notes"}`,
		gateway.NewKey("workspace named value", "workspaceName1", "workspaceNamedValueName1"):                      `{"displayName":"workspaceNamedValueName1","value":"value of workspaceNamedValue"}`,
		gateway.NewKey("workspace api release", "workspaceName1", "workspaceApiName1", "workspaceApiReleaseName1"): `{"notes":"Workspace release notes"}`,
	} {
		got, err := o.ApplyTo(&gateway.Resource{Key: key, Spec: map[string]any{}})
		if err != nil || text(t, got.Spec["properties"]) != want {
			t.Errorf("%v becomes %v, %v, want %s", key, got, err, want)
		}
	}
}

func FuzzParse(f *testing.F) {
	for _, seed := range []string{
		"apis:\n- name: orders\n  properties: {path: x}\n", "apis:\n- name: orders\n  patch:\n  - {op: add, path: /properties/a, value: [1]}\n",
		"namedValues:\n- {name: limit, properties: {value: '{#a#}${env:b}{#[c]#}', tags: [z]}}\n", "policies:\n- {name: policy, properties: {format: rawxml, value: x}}\n",
		"apis: &a [*a]\n", "backends:\n- name: orders\n  properties: &p {credentials: *p}\n", "workspaces:\n- name: team\n  apis:\n  - name: crm\n    policies: [{name: policy}]\n",
		"backends:\n- <<: {name: orders}\n  PROPERTIES: {Url: 1, URL: 2}\n",
		"namedValues:\n- {name: limit, properties: {value: 'a${file:db/../password}${secret:a.b}', tags: ['${file:}', '${secret:1}', '${secret:a']}}\n",
		"backends:\n- {name: '${secret:orders}', patch: [{op: add, path: /properties/x, value: ['${file:a}${file:${file:b}}']}]}\n",
	} {
		f.Add([]byte(seed))
	}
	kinds := testKinds(f)
	rs := tree(f, kinds)
	const value = "no-text-of-anybody-else"
	vault := func(string) (string, error) { return value, nil }
	f.Fuzz(func(t *testing.T, text []byte) {
		o, _, err := overlay.Parse(kinds, "f.yaml", text, overlay.Options{Lenient: true, Open: true, File: vault, Secret: vault})
		if strings.Contains(fmt.Sprint(err), value) {
			t.Errorf("a message holds a value: %v", err)
		}
		if err != nil {
			return
		}
		got, _, err := o.Apply(rs)
		if err != nil {
			return
		}
		again, _, err := o.Apply(rs)
		if err != nil {
			t.Fatalf("applied once, and not again: %v", err)
		}
		for i, r := range got {
			for _, c := range kinds.Diff(rs[i], r) {
				if strings.Contains(fmt.Sprint(c), value) {
					t.Errorf("a change of %v shows a value: %v", r.Key, c)
				}
			}
			if !kinds.Equal(r, again[i]) {
				t.Errorf("%v is another the second time", r.Key)
			}
			if d := cmp.Diff(r.Spec, kinds.Normal(kinds.Get(r.Key.Kind), r.Spec)); d != "" {
				t.Errorf("%v is not in normal form:\n%s", r.Key, d)
			}
		}
	})
}

func TestDigest(t *testing.T) {
	kinds := testKinds(t)
	digest := func(file, value string) string {
		o, _, err := overlay.Parse(kinds, "f.yaml", []byte(file), overlay.Options{Env: func(string) (string, bool) { return value, true }})
		if err != nil {
			t.Fatal(err)
		}
		return o.Digest()
	}
	const file = "namedValues:\n- {name: password, properties: {Value: '{#v#}', displayName: p}}\nbackends:\n- {name: orders, properties: {url: x}}\n"
	one := digest(file, "one")
	if got := digest(file, "two"); got != one {
		t.Error("the digest tells of a secret")
	}
	if got := digest(strings.Replace(file, "url: x", "url: y", 1), "one"); got == one {
		t.Error("another address has the same digest")
	}
	if got := digest("backends:\n", ""); got != "" {
		t.Errorf("the digest of nothing is %q", got)
	}
}
