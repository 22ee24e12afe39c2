package apispec

import (
	"strings"
	"unicode/utf8"
)

// writeJSON is v as indented JSON: members of an *object in its order, those of
// a map sorted.
func writeJSON(v any) string {
	var b strings.Builder
	writeJSONValue(&b, v, 0)
	b.WriteByte('\n')
	return b.String()
}

const jsonIndent = "  "

func writeJSONValue(b *strings.Builder, v any, depth int) {
	switch v := v.(type) {
	case *object:
		writeJSONMembers(b, v.members, depth)
	case map[string]any:
		writeJSONMembers(b, sortedMembers(v), depth)
	case []any:
		if len(v) == 0 {
			b.WriteString("[]")
			return
		}
		for i, e := range v {
			b.WriteString(separator('[', i))
			newLine(b, depth+1)
			writeJSONValue(b, e, depth+1)
		}
		newLine(b, depth)
		b.WriteByte(']')
	case string:
		quote(b, v)
	case nil:
		b.WriteString("null")
	default:
		b.WriteString(scalarText(v))
	}
}

func writeJSONMembers(b *strings.Builder, members []member, depth int) {
	if len(members) == 0 {
		b.WriteString("{}")
		return
	}
	for i, m := range members {
		b.WriteString(separator('{', i))
		newLine(b, depth+1)
		quote(b, m.key)
		b.WriteString(": ")
		writeJSONValue(b, m.value, depth+1)
	}
	newLine(b, depth)
	b.WriteByte('}')
}

func separator(open byte, i int) string {
	if i == 0 {
		return string(open)
	}
	return ","
}

func newLine(b *strings.Builder, depth int) {
	b.WriteByte('\n')
	for range depth {
		b.WriteString(jsonIndent)
	}
}

// sortedMembers is the members of a map, sorted by key.
func sortedMembers(m map[string]any) []member {
	out := make([]member, 0, len(m))
	for _, k := range sortedKeys(m) {
		out = append(out, member{k, m[k]})
	}
	return out
}

// quote writes s in double quotes, in the spelling that JSON and YAML share.
func quote(b *strings.Builder, s string) {
	const hex = "0123456789abcdef"
	b.WriteByte('"')
	for _, r := range s {
		switch {
		case r == '"' || r == '\\':
			b.WriteByte('\\')
			b.WriteRune(r)
		case r == '\n':
			b.WriteString(`\n`)
		case r == '\r':
			b.WriteString(`\r`)
		case r == '\t':
			b.WriteString(`\t`)
		case needsEscape(r):
			b.WriteString(`\u`)
			for shift := 12; shift >= 0; shift -= 4 {
				b.WriteByte(hex[r>>shift&0xf])
			}
		default:
			b.WriteRune(r)
		}
	}
	b.WriteByte('"')
}

// needsEscape names what YAML does not take as it is, or takes as a line's end.
// All of it fits four hexadecimal digits.
func needsEscape(r rune) bool {
	switch {
	case r < 0x20, r >= 0x7f && r < 0xa0, r == 0x2028, r == 0x2029, r == 0xfeff, r == 0xfffe, r == 0xffff:
		return true
	}
	return r == utf8.RuneError
}
