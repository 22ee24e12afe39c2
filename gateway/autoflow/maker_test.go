package autoflow

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"strings"
)

// A maker makes configurations by chance, of what real ones have and of what
// breaks programs that read and write them.
type maker struct{ *rand.Rand }

func newMaker(seed uint64) maker { return maker{rand.New(rand.NewPCG(seed, 0))} }

// oddTexts are what other formats take for something else.
var oddTexts = []string{
	"", "yes", "null", "~", "1.0", "0x1", "1e3", "-0", "2001-01-01", "12:30:45", "- a", "a: b", "# x", "x # y", "[a]", "{a}", "&a", "*a", "!t", "@a", "`", "'a'", `"a"`,
	"a\nb", "a\n\n", "\na", "\n", "a  \nb  ", "\ta", "a\t\n\tb", "\t\n", " \n", "a\r\nb\r\n", "\r", " lead", "trail ", "  x\n y\n", "---", "...\n", "? a", "<<", "=", ":", "|", ">",
	"\u2028x", "\u2029", "\u0085x", "é", "e\u0301", "\x01\x1f", "\x00", "\u007f\u0080", "\ufeffx", "\ufffd", "😀", "</script>&<>", "a/b", `a\b`, `\u0041`, "\u200b", "\u202e",
	"${secret:FOO}", "${env:HOME}", "${secret:}x", "{#FOO#}", "${a}", "{{x}}", strings.Repeat("word ", 80),
}

// oddNumbers are numbers of which the spelling says something.
var oddNumbers = []json.Number{"0", "-0", "1", "1.0", "-0.0", "1e5", "1E5", "1E+5", "0.1000", "1E400", "5e-324", "12345678901234567890123", "3.14159265358979323846264338", "-1.50E+10", "0e0"}

// oddIDs are names of folders that are none.
var oddIDs = []string{"a", "a b", "a.b", "a/b", "ü", "..", ".", `a\b`, "CON", "%2F", strings.Repeat("x", 200), "a:b", "a*b", "-", "~", "a#b", "😀", "1", "1.0", "yes", "null", " lead", "trail ", "a\nb", "trail.", "$p", "Orders", "versions", "api.yaml", "[a]"}

func pick[T any](m maker, from []T) T { return from[m.IntN(len(from))] }

// value returns anything, a few levels deep.
func (m maker) value(depth int) any {
	switch n := m.IntN(10); {
	case depth == 0 || n < 4:
		return pick(m, oddTexts)
	case n == 4:
		return pick(m, oddNumbers)
	case n == 5:
		return pick(m, []any{true, false, nil, []any{}, map[string]any{}})
	case n < 8:
		return m.list(depth - 1)
	}
	return m.object(depth - 1)
}

func (m maker) list(depth int) []any {
	list := []any{}
	for range m.IntN(4) {
		list = append(list, m.value(depth))
	}
	return list
}

func (m maker) object(depth int) map[string]any {
	o := map[string]any{}
	for range m.IntN(5) {
		o[pick(m, oddTexts)] = m.value(depth)
	}
	return o
}

// extended returns an object, perhaps with a field more.
func (m maker) extended(o map[string]any) map[string]any {
	name := pick(m, oddTexts)
	if _, ok := o[name]; !ok && m.IntN(3) == 0 {
		o[name] = m.value(2)
	}
	return o
}

func (m maker) info() map[string]any {
	return map[string]any{"title": pick(m, oddTexts), "description": pick(m, oddTexts)}
}

// flow returns what runs for a request.
func (m maker) flow(depth int) map[string]any {
	actions := []any{}
	for i := range m.IntN(3) {
		input := m.object(2)
		if depth > 0 {
			input["foreach"] = m.flow(depth - 1)
		}
		actions = append(actions, map[string]any{
			"__struct__": "Action", "active": true, "category": "string", "name": "n", "title": nil, "input": input, "visualId": fmt.Sprint(depth, i),
			"output": map[string]any{"__struct__": "ScopeReference", "scope": "variables", "path": m.list(0)},
		})
	}
	return map[string]any{"__struct__": "Execution", "actions": actions, "mapping": m.value(2)}
}

// named returns objects by some of the names.
func (m maker) named(names []string, object func(name string) map[string]any) map[string]any {
	all := map[string]any{}
	for range m.IntN(4) {
		name := pick(m, names)
		all[name] = m.extended(object(name))
	}
	return all
}

// section returns entries with versions, mostly sorted, perhaps none of them.
func (m maker) section(version func(id string) map[string]any) []any {
	entries := []any{}
	all := m.named(oddIDs, func(id string) map[string]any {
		e := map[string]any{"id": id, "type": "http"}
		versions := m.named([]string{"0.0.0", "1.0.0", "1.10.0", "2.0.0-rc.1", "v1"}, func(string) map[string]any { return version(id) })
		if len(versions) > 0 || m.IntN(2) == 0 {
			e["version"] = versions
		}
		for name := range versions {
			e["currentVersion"] = name
		}
		return e
	})
	for _, id := range sortedNames(all) {
		entries = append(entries, all[id])
	}
	if m.IntN(3) == 0 {
		m.Shuffle(len(entries), func(i, j int) { entries[i], entries[j] = entries[j], entries[i] })
	}
	return entries
}

// config returns a whole configuration.
func (m maker) config() map[string]any {
	top := map[string]any{
		"$product": m.extended(map[string]any{"deployment_mode": "SOLO", "name": "API AutoFlow Pro", "version": "3.1.5"}), "settings": m.object(2),
		"API": m.section(func(string) map[string]any {
			paths := m.named([]string{"/", "/a/{id}", "/todo/:x", "", "/é"}, func(string) map[string]any {
				return map[string]any{"get": map[string]any{"responses": map[string]any{"200": map[string]any{}}, "x-request-examples": map[string]any{"LIVE MODE": m.object(1)}}}
			})
			return map[string]any{"openapi": "3.0.2", "info": m.info(), "paths": paths, "components": map[string]any{}, "servers": []any{}}
		}),
		"Client": m.section(func(id string) map[string]any {
			return map[string]any{"info": m.info(), "events": []any{}, "setting": m.extended(map[string]any{"id": id, "username": "app", "password": pick(m, oddTexts[1:40]), "port": pick(m, oddNumbers)})}
		}),
		"Server": m.section(func(id string) map[string]any {
			return map[string]any{"events": []any{map[string]any{"matches": []any{m.flow(2)}, "setting": m.object(1)}}, "setting": map[string]any{"id": id, "port": json.Number("1111")}}
		}),
		"Service": m.section(func(string) map[string]any {
			v := map[string]any{"info": m.info()}
			if m.IntN(4) > 0 {
				v["operation"] = m.named(oddIDs, func(id string) map[string]any { return map[string]any{"id": id, "do": m.flow(2), "in": m.value(2)} })
			}
			return v
		}),
		"Process": m.value(3), "a/b": m.value(2), "..": m.value(2),
	}
	for _, name := range sortedNames(top) {
		if m.IntN(6) == 0 {
			delete(top, name)
		}
	}
	return top
}
