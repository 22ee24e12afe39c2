package autoflow

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lockstep-apiops/lockstep/gateway"
)

// TestEveryByte carries configurations made by chance through a tree: into an
// empty folder, where they come from, and through changes that are taken back.
func TestEveryByte(t *testing.T) {
	seeds := uint64(4)
	if asked, ok := os.LookupEnv("LOCKSTEP_SEEDS"); ok {
		n, err := strconv.ParseUint(asked, 10, 32)
		if err != nil {
			t.Fatalf("LOCKSTEP_SEEDS: %v", err)
		}
		seeds = n
	}
	for seed := range seeds {
		t.Run(fmt.Sprint("seed", seed), func(t *testing.T) {
			t.Parallel()
			m := newMaker(seed)
			top := m.config()
			want := string((&config{top: top}).bytes())
			from := open(t, want, Options{LiveExamples: true})
			_, rs := split(t, from)

			values := from.secretsOf(&config{top: top})
			to, err := New(Options{Target: filepath.Join(t.TempDir(), "config.json"), Create: true, LiveExamples: true, Secret: func(name string) (string, bool) {
				if v, ok := values[name]; ok {
					return fmt.Sprint(v), true
				}
				return "${secret:" + name + "}", true // there is no other value for what looks like a reference
			}})
			if err != nil {
				t.Fatal(err)
			}
			assemble(t, to, rs)
			if diff := cmp.Diff(want, text(t, to.o.Target)); diff != "" && !ambiguous(values) {
				t.Errorf("put together elsewhere (-want +got):\n%s", diff)
			}
			for name, form := range m.forms(top, want) {
				thereAndBack(t, name, form, rs)
			}
		})
	}
}

// ambiguous reports whether two secrets have one name, as those of the clients
// a.b and a-b: elsewhere both get the one value that is given for it.
func ambiguous(values map[string]any) bool {
	for _, v := range values {
		if v == nil {
			return true
		}
	}
	return false
}

// forms returns the same configuration as different programs would write it.
func (m maker) forms(top map[string]any, own string) map[string]string {
	var b strings.Builder
	m.write(&b, top)
	blanks := string((&config{top: top, style: style{indent: "  ", end: "\n"}}).bytes())
	return map[string]string{
		"its own": own, "blanks": blanks, "tabs": string((&config{top: top, style: style{indent: "\t"}}).bytes()),
		"CRLF": "\ufeff" + strings.ReplaceAll(blanks, "\n", "\r\n"), "disorder": " " + b.String() + "\r\n",
	}
}

// write writes a value in disorder, with blanks and escapes that nobody needs.
func (m maker) write(b *strings.Builder, v any) {
	w := writer{}
	switch o := v.(type) {
	case map[string]any:
		if len(o) == 0 {
			v = json.Number("{}") // what is between brackets is lost when something comes there and goes
		}
	case []any:
		if len(o) == 0 {
			v = json.Number("[]")
		}
	}
	blank := func(s string) { b.WriteString(s + pick(m, []string{"", "", " ", "\n", "\r\n\t"})) }
	switch v := v.(type) {
	case map[string]any:
		blank("{")
		names := sortedNames(v)
		m.Shuffle(len(names), func(i, j int) { names[i], names[j] = names[j], names[i] })
		for i, name := range names {
			if i > 0 {
				blank(",")
			}
			m.write(b, name)
			blank("")
			blank(":")
			m.write(b, v[name])
			blank("")
		}
		b.WriteString("}")
	case []any:
		blank("[")
		for i, e := range v {
			if i > 0 {
				blank(",")
			}
			m.write(b, e)
			blank("")
		}
		b.WriteString("]")
	case string:
		text := string((&config{top: map[string]any{"": v}}).bytes())
		text = strings.ReplaceAll(text[4:len(text)-1], "/", `\/`)
		b.WriteString(strings.ReplaceAll(text, "é", `\u00e9`))
	default:
		w.value(v, "")
		b.Write(w.b)
	}
}

// thereAndBack changes all resources of a configuration and takes that back.
func thereAndBack(t *testing.T, name, form string, rs []*gateway.Resource) {
	t.Helper()
	g := open(t, form, Options{LiveExamples: true})
	assemble(t, g, rs)
	if diff := cmp.Diff(form, text(t, g.o.Target)); diff != "" {
		t.Errorf("%s: published where it came from (-want +got):\n%s", name, diff)
	}
	var changed []*gateway.Resource
	for _, r := range rs {
		c := *r
		c.Spec, _ = gateway.Clone(r.Spec).(map[string]any)
		switch value := c.Spec["value"].(type) {
		case map[string]any:
			value["m"] = []any{map[string]any{}}
		case []any:
			c.Spec["value"] = append(value, "m")
		case nil:
			if r.Key.Kind != "order" {
				c.Spec["m"] = map[string]any{"a": "b", "c": []any{"d"}}
			}
		}
		if r.Key.Kind == "section" {
			delete(c.Spec, "m")
		}
		changed = append(changed, &c)
	}
	assemble(t, g, changed)
	if text(t, g.o.Target) == form {
		t.Errorf("%s: a change was not written", name)
	}
	assemble(t, g, rs)
	if diff := cmp.Diff(form, text(t, g.o.Target)); diff != "" {
		t.Errorf("%s: changed and taken back (-want +got):\n%s", name, diff)
	}
}
