package autoflow

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"github.com/lockstep-apiops/lockstep/artifacts"
	"github.com/lockstep-apiops/lockstep/gateway"
	"github.com/lockstep-apiops/lockstep/gateway/gatewaytest"
)

// open returns the gateway of a file with a text.
func open(t *testing.T, text string, o Options) *Gateway {
	t.Helper()
	if o.Target == "" {
		o.Target = filepath.Join(t.TempDir(), "config.json")
	}
	if err := os.WriteFile(o.Target, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	g, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	return g
}

// text returns what a file holds.
func text(t *testing.T, path string) string {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func TestContract(t *testing.T) {
	gatewaytest.Run(t, gatewaytest.Harness{
		Open:   func(t *testing.T) gateway.Gateway { return open(t, "{}", Options{}) },
		Sample: sample, OddKind: "client", OddNames: []string{"a b", "a/b", "ü", "..", "%2F", "a.b", `a"b\`}, Crowd: 25,
		Needs: needs,
	})
}

// sample returns a resource of any kind.
func sample(key gateway.Key, variant int) *gateway.Resource {
	spec := map[string]any{"info": map[string]any{"title": fmt.Sprint("variant ", variant)}, "in": map[string]any{}, "none": nil}
	switch key.Kind {
	case "section":
		spec = map[string]any{"value": []any{map[string]any{"n": fmt.Sprint(variant)}, nil}}
	case "order":
		spec = map[string]any{"API": []any{"b"}}
		if variant == 1 {
			spec = map[string]any{"Server": []any{"z"}}
		}
	}
	return &gateway.Resource{Key: key, Spec: spec}
}

// needs returns the entries of which an order tells.
func needs(r *gateway.Resource) []gateway.Key {
	if r.Key.Kind != "order" {
		return nil
	}
	return []gateway.Key{gateway.NewKey("api", "a"), gateway.NewKey("api", "b"), gateway.NewKey("server", "a"), gateway.NewKey("server", "z")}
}

// samples are real configurations beside the checkout.
func samples(t *testing.T) []string {
	t.Helper()
	paths, err := filepath.Glob(filepath.FromSlash("../../../shared/samples/autoflow/*.json"))
	if err != nil {
		t.Fatal(err)
	}
	if len(paths) == 0 {
		t.Skip("NO REAL CONFIGURATIONS beside the checkout (../shared/samples/autoflow): that they come back byte for byte is not shown here")
	}
	return paths
}

// handmade has what the real ones have, and what they lack.
const handmade = `{"$product":{"deployment_mode":"SOLO","name":"API AutoFlow Pro","version":"3.1.5"},` +
	`"API":[{"id":"orders","type":"http","version":{"0.0.0":{"components":{},"info":{"title":"","version":"0.0.0"},"openapi":"3.0.2",` +
	`"paths":{"/orders":{"get":{"responses":{},"x-request-examples":{"DEFAULT":{},"LIVE MODE":{"header":{"cookie":"sid=topsecret"}}}}}}}}}],` +
	`"Client":[{"currentVersion":"0.0.0","id":"db","type":"mariadb","version":{"0.0.0":{"events":[],"setting":{"password":"hunter22","port":3306,"ratio":1.0,"username":"app"}}}}],` +
	`"Process":[{"id":"old","note":"<é\u0001>","url":"amqp://u:hunter33@mq/"}],` +
	`"Server":[{"currentVersion":"0.0.0","id":"orders","type":"http","version":{"0.0.0":{"events":[{"do":{"actions":[{"visualId":"1"}],"mapping":null}}],"setting":{"apis":[],"port":1111}}}}],` +
	`"Service":[{"id":"z","version":{"0.0.0":{"info":{},"operation":{"op":{"in":{}}}}}},{"id":"a","version":{}}],"settings":{}}`

// split extracts a configuration into files and reads them back.
func split(t *testing.T, g *Gateway) (map[string][]byte, []*gateway.Resource) {
	t.Helper()
	var rs []*gateway.Resource
	for r, err := range gateway.Walk(t.Context(), g, gateway.WalkOptions{}) {
		if err != nil {
			t.Fatal(err)
		}
		rs = append(rs, r)
	}
	files, err := artifacts.EncodeAll(g.kinds, rs, nil)
	if err != nil {
		t.Fatal(err)
	}
	tree := fstest.MapFS{}
	for name, text := range files.Write {
		tree[name] = &fstest.MapFile{Data: text}
	}
	again, problems, err := artifacts.Decode(g.kinds, tree)
	if err != nil || len(problems) > 0 {
		t.Fatal(problems, err)
	}
	return files.Write, again
}

// anew returns the text of a configuration in the product's form, or in its
// style of line breaks, whatever it was before.
func anew(c *config) []byte {
	return (&config{top: c.top, style: c.style}).bytes()
}

// TestBytes takes configurations apart and puts them together elsewhere.
func TestBytes(t *testing.T) {
	texts := map[string]string{"handmade": handmade}
	t.Run("real", func(t *testing.T) {
		for _, path := range samples(t) {
			texts[filepath.Base(path)] = text(t, path)
		}
	})
	for name, want := range texts {
		t.Run(name, func(t *testing.T) {
			c, err := parse([]byte(want))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(want, string(anew(c))); diff != "" {
				t.Fatalf("read and written (-want +got):\n%s", diff)
			}
			from := open(t, want, Options{LiveExamples: true})
			files, rs := split(t, from)
			for path, text := range files {
				if strings.Contains(string(text), "hunter") || strings.Contains(string(text), "topsecret") || strings.Contains(string(text), "eyJ") {
					t.Errorf("%s has a secret:\n%s", path, text)
				}
			}
			values := from.secretsOf(c)
			to := open(t, "{}", Options{LiveExamples: true, Secret: func(name string) (string, bool) {
				s, ok := values[name].(string)
				return s, ok
			}})
			assemble(t, to, rs)
			got, err := parse([]byte(text(t, to.o.Target)))
			if err != nil {
				t.Fatal(err)
			}
			got.style = c.style
			if diff := cmp.Diff(want, string(anew(got))); diff != "" {
				t.Errorf("put together (-want +got):\n%s", diff)
			}
			assemble(t, from, rs) // nothing of it is new
			if diff := cmp.Diff(want, text(t, from.o.Target)); diff != "" {
				t.Errorf("published where it came from (-want +got):\n%s", diff)
			}
		})
	}
}

// assemble publishes resources in one transaction, owners first.
func assemble(t *testing.T, g *Gateway, rs []*gateway.Resource) {
	t.Helper()
	tx, err := g.Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, k := range g.kinds.All() {
		for _, r := range rs {
			if r.Key.Kind != k.Name {
				continue
			}
			if err := tx.Put(t.Context(), r, nil); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := tx.Commit(t.Context()); err != nil {
		t.Fatal(err)
	}
}

// TestKeepsForm changes what is written in an order and with blanks of its own.
func TestKeepsForm(t *testing.T) {
	const had = "\ufeff{\"settings\" : {\"b\":1e5, \"a\":[1,\t2],\r\n \"c\":\"\\u00e9\\/\"},\r\n \"API\" : [] }\n"
	tests := []struct {
		name, spec, want string
	}{
		{"the same", `{"b":1e5,"a":[1,2],"c":"é/"}`, had},
		{"another value", `{"b":1e6,"a":[1,2],"c":"é/"}`, strings.Replace(had, "1e5", "1e6", 1)},
		{"a name more", `{"b":1e5,"a":[1,2],"c":"é/","d":{"e":null}}`, strings.Replace(had, `\/"}`, `\/", "d":{"e":null}}`, 1)},
		{"a name less", `{"b":1e5,"c":"é/"}`, strings.Replace(had, " \"a\":[1,\t2],\r\n", "", 1)},
		{"in a list", `{"b":1e5,"a":[0,1,2,3],"c":"é/"}`, strings.Replace(had, "1,\t2", "0,\t1,\t2,\t3", 1)},
		{"an empty list", `{"b":1e5,"a":[],"c":"é/"}`, strings.Replace(had, "1,\t2", "", 1)},
		{"nothing", `{}`, strings.Replace(had, had[strings.Index(had, `"b"`):strings.Index(had, "},")], "", 1)},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			g := open(t, had, Options{})
			c, err := parse([]byte(tt.spec))
			if err != nil {
				t.Fatal(err)
			}
			if err := g.Put(t.Context(), &gateway.Resource{Key: gateway.NewKey("settings", "settings"), Spec: c.top}, nil); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, text(t, g.o.Target)); diff != "" {
				t.Errorf("file (-want +got):\n%s", diff)
			}
		})
	}
}

// TestNothingThere tells what is empty from what is not there.
func TestNothingThere(t *testing.T) {
	for _, want := range []string{
		`{"API":[]}`, `{"API":[{"id":"a"}]}`, `{"API":[{"id":"a","version":{}}]}`, `{"Service":[{"id":"a","version":{"1":{}}}]}`,
		`{"Service":[{"id":"a","version":{"1":{"operation":{}}}}]}`, `{"Service":[{"id":"a","version":{"1":{"operation":{"o":{"":{}}}}}}]}`,
	} {
		_, rs := all(t, want, Options{})
		to := open(t, "{}", Options{})
		assemble(t, to, rs)
		if got := text(t, to.o.Target); got != want {
			t.Errorf("put together elsewhere: %s, want %s", got, want)
		}
	}
}

// TestExample puts the example tree together and takes it apart again.
func TestExample(t *testing.T) {
	const dir = "../../examples/autoflow"
	g := open(t, "{}", Options{Secret: func(string) (string, bool) { return "hunter22", true }})
	rs, problems, err := artifacts.Decode(g.kinds, os.DirFS(dir))
	if err != nil || len(problems) > 0 {
		t.Fatal(problems, err)
	}
	if findings := g.kinds.Review(nil, rs); findings != nil {
		t.Errorf("findings = %v, want none", findings)
	}
	assemble(t, g, rs)
	files, _ := split(t, g)
	for path, got := range files {
		if diff := cmp.Diff(text(t, filepath.Join(dir, filepath.FromSlash(path))), string(got)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", path, diff)
		}
	}
}
