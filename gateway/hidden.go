package gateway

import (
	"maps"
	"slices"
	"strings"
)

// veil stands for a value that is not shown.
const veil = "***"

// shortest is the length from which a text counts wherever it occurs in another:
// shorter ones are part of many that have nothing to do with them.
const shortest = 4

// holds reports whether a value has one of the texts anywhere in it.
func holds(v any, texts []string) bool {
	switch v := v.(type) {
	case string:
		return slices.ContainsFunc(texts, func(t string) bool { return v == t || len(t) >= shortest && strings.Contains(v, t) })
	case []any:
		return slices.ContainsFunc(v, func(e any) bool { return holds(e, texts) })
	case map[string]any:
		return slices.ContainsFunc(slices.Collect(maps.Values(v)), func(e any) bool { return holds(e, texts) })
	}
	return false
}

// veiled returns changes without the values, old and new, of those that hold a
// hidden text on either side.
func veiled(cs []Change, hidden []string) []Change {
	if len(hidden) == 0 {
		return cs
	}
	for i, c := range cs {
		if !holds(c.Have, hidden) && !holds(c.Want, hidden) {
			continue
		}
		cs[i] = Change{Field: c.Field}
		if c.Have != nil {
			cs[i].Have = veil
		}
		if c.Want != nil {
			cs[i].Want = veil
		}
	}
	return cs
}

// withoutHidden puts veils in the place of values that hold a hidden text.
func withoutHidden(v any, hidden []string) any {
	switch v := v.(type) {
	case string:
		if holds(v, hidden) {
			return veil
		}
	case []any:
		for i, e := range v {
			v[i] = withoutHidden(e, hidden)
		}
	case map[string]any:
		for name, e := range v {
			v[name] = withoutHidden(e, hidden)
		}
	}
	return v
}
