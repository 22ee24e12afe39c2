package gateway

import (
	"cmp"
	"encoding/json"
	"maps"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
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

// Veiled returns the texts that a resource holds and nobody may see: the values of its
// secrets, and what comes from where secrets are kept.
func (ks *Kinds) Veiled(r *Resource) []string {
	texts := slices.Clone(r.Hidden)
	spec, _ := Clone(r.Spec).(map[string]any)
	for _, s := range ks.Get(r.Key.Kind).Secret {
		if on, _ := Field(spec, s.If).(bool); s.If != "" && !on {
			continue
		}
		s.Edit(spec, func(v any) (any, bool) {
			if s.Plain == nil || !s.Plain(v) {
				texts = appendTexts(texts, v)
			}
			return v, true
		})
	}
	slices.Sort(texts)
	return slices.Compact(texts)
}

// appendTexts adds the texts and numbers that a value is made of.
func appendTexts(texts []string, v any) []string {
	switch v := v.(type) {
	case string:
		if v != "" {
			texts = append(texts, v)
		}
	case json.Number:
		texts = append(texts, v.String())
	case []any:
		for _, e := range v {
			texts = appendTexts(texts, e)
		}
	case map[string]any:
		for _, e := range v {
			texts = appendTexts(texts, e)
		}
	}
	return texts
}

// Veil puts *** in the place of each of the texts in another, also where it is quoted, one
// of its lines alone, or cut off. What is no longer than three bytes counts only where it
// stands alone.
func Veil(text string, texts []string) string {
	var all []string
	for _, t := range texts {
		all = append(all, spellings(t)...)
	}
	slices.SortFunc(all, func(a, b string) int { return cmp.Or(len(b)-len(a), strings.Compare(a, b)) })
	for _, t := range slices.Compact(all) {
		text = veilOne(text, t)
	}
	return text
}

// spellings returns how a text may stand in another.
func spellings(text string) []string {
	all := []string{url.QueryEscape(text), url.PathEscape(text)}
	for line := range strings.Lines(text) {
		all = append(all, strings.TrimSpace(line))
	}
	all = append(all, text, strings.TrimSpace(text))
	for _, t := range slices.Clone(all) {
		quoted := strconv.Quote(t)
		all = append(all, quoted[1:len(quoted)-1])
	}
	return slices.DeleteFunc(all, func(t string) bool { return t == "" })
}

// beginning is how much of a text tells that it was cut off there.
const beginning = 8

func veilOne(text, hidden string) string {
	head := hidden[:min(beginning, len(hidden))]
	var b strings.Builder
	for from := 0; ; {
		i := strings.Index(text[from:], head)
		if i < 0 {
			b.WriteString(text[from:])
			return b.String()
		}
		at, end := from+i, from+i+len(head)
		for end < len(text) && end-at < len(hidden) && text[end] == hidden[end-at] {
			end++
		}
		if len(hidden) < shortest && (wordEnds(text[:at]) || wordBegins(text[end:])) {
			b.WriteString(text[from:end])
		} else {
			b.WriteString(text[from:at] + veil)
		}
		from = end
	}
}

func wordEnds(text string) bool {
	r, _ := utf8.DecodeLastRuneInString(text)
	return unicode.IsLetter(r) || unicode.IsDigit(r)
}

func wordBegins(text string) bool {
	r, _ := utf8.DecodeRuneInString(text)
	return unicode.IsLetter(r) || unicode.IsDigit(r)
}
