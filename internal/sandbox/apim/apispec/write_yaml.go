package apispec

import (
	"strings"
	"unicode/utf8"
)

// writeYAML is v as block-style YAML 1.2 that YAML 1.1 readers take the same
// way: whatever could be read as something other than a text is quoted. It is
// written here because yaml.v3 neither keeps numbers exact nor reads back every
// block scalar it writes.
func writeYAML(v any) string {
	var b strings.Builder
	if members, ok := mapping(v); ok && len(members) > 0 {
		writeYAMLMembers(&b, members, 0, false)
		return b.String()
	}
	writeYAMLInline(&b, v, 0)
	return b.String()
}

// mapping is the members of an object or a map.
func mapping(v any) ([]member, bool) {
	switch v := v.(type) {
	case *object:
		return v.members, true
	case map[string]any:
		return sortedMembers(v), true
	}
	return nil, false
}

// writeYAMLMembers writes a mapping's lines. inline says that the cursor already
// stands where the first key goes.
func writeYAMLMembers(b *strings.Builder, members []member, depth int, inline bool) {
	for i, m := range members {
		if i > 0 || !inline {
			indent(b, depth)
		}
		writeYAMLKey(b, m.key, depth)
		writeYAMLAfterKey(b, m.value, depth)
	}
}

// maxSimpleKey is below what a reader must take as a key without a mark.
const maxSimpleKey = 1000

func writeYAMLKey(b *strings.Builder, key string, depth int) {
	if len(key) <= maxSimpleKey/6 { // six bytes are the longest escape
		writeYAMLString(b, key)
		b.WriteByte(':')
		return
	}
	b.WriteString("? ")
	writeYAMLString(b, key)
	b.WriteByte('\n')
	indent(b, depth)
	b.WriteByte(':')
}

func writeYAMLAfterKey(b *strings.Builder, v any, depth int) {
	if members, ok := mapping(v); ok && len(members) > 0 {
		b.WriteByte('\n')
		writeYAMLMembers(b, members, depth+1, false)
		return
	}
	if list, ok := v.([]any); ok && len(list) > 0 {
		b.WriteByte('\n')
		writeYAMLList(b, list, depth+1, false)
		return
	}
	b.WriteByte(' ')
	writeYAMLInline(b, v, depth)
}

func writeYAMLList(b *strings.Builder, list []any, depth int, inline bool) {
	for i, v := range list {
		if i > 0 || !inline {
			indent(b, depth)
		}
		b.WriteString("- ")
		if members, ok := mapping(v); ok && len(members) > 0 {
			writeYAMLMembers(b, members, depth+1, true)
		} else if inner, ok := v.([]any); ok && len(inner) > 0 {
			writeYAMLList(b, inner, depth+1, true)
		} else {
			writeYAMLInline(b, v, depth)
		}
	}
}

// writeYAMLInline writes what fits behind a key, and the line's end.
func writeYAMLInline(b *strings.Builder, v any, depth int) {
	switch v := v.(type) {
	case *object, map[string]any:
		b.WriteString("{}")
	case []any:
		b.WriteString("[]")
	case string:
		if blockSafe(v) {
			writeYAMLBlock(b, v, depth+1)
			return
		}
		writeYAMLString(b, v)
	case nil:
		b.WriteString("null")
	default:
		b.WriteString(scalarText(v))
	}
	b.WriteByte('\n')
}

func indent(b *strings.Builder, depth int) {
	for range depth {
		b.WriteString("  ")
	}
}

// writeYAMLString writes s on one line: plain, or in the lightest quotes.
func writeYAMLString(b *strings.Builder, s string) {
	switch {
	case plainSafe(s):
		b.WriteString(s)
	case printable(s):
		b.WriteByte('\'')
		b.WriteString(strings.ReplaceAll(s, "'", "''"))
		b.WriteByte('\'')
	default:
		quote(b, s)
	}
}

// printable says that s is one line of characters no reader changes.
func printable(s string) bool {
	for _, r := range s {
		if needsEscape(r) {
			return false
		}
	}
	return true
}

// plainSafe is stricter than YAML: a text goes without quotes only if it starts
// like a word or a path and cannot be taken for anything else.
func plainSafe(s string) bool {
	if s == "" || !printable(s) || reserved(s) || strings.ContainsAny(s, "{}[]") {
		return false
	}
	first, _ := utf8.DecodeRuneInString(s)
	if strings.Count(s, ".") == 2 && strings.Trim(s, "0123456789.") == "" && first != '.' {
		return true // a version such as 3.0.1 is no number
	}
	if first != '/' && first != '_' && first != '$' && first != '(' && !letter(first) {
		return false
	}
	last := s[len(s)-1]
	return last != ' ' && last != ':' && !strings.Contains(s, ": ") && !strings.Contains(s, " #")
}

func letter(r rune) bool {
	return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r > 0xa0
}

// reserved names the words that some YAML reader takes for no text.
func reserved(s string) bool {
	if len(s) > len("false") {
		return false
	}
	switch strings.ToLower(s) {
	case "true", "false", "yes", "no", "on", "off", "y", "n", "null", "nan", "inf":
		return true
	}
	return false
}

// blockSafe says that s reads back the same from a block of lines: two lines at
// least, none with white space at its ends that a reader or an editor may take
// away, at most one line feed at the end.
func blockSafe(s string) bool {
	body := strings.TrimSuffix(s, "\n")
	if !strings.Contains(body, "\n") || strings.HasSuffix(body, "\n") {
		return false
	}
	for i, line := range strings.Split(body, "\n") {
		if !printable(line) || i == 0 && (line == "" || line[0] == ' ') {
			return false
		}
		if line != "" && line[len(line)-1] == ' ' {
			return false
		}
	}
	return true
}

func writeYAMLBlock(b *strings.Builder, s string, depth int) {
	body, ended := strings.CutSuffix(s, "\n")
	if ended {
		b.WriteString("|\n")
	} else {
		b.WriteString("|-\n")
	}
	for _, line := range strings.Split(body, "\n") {
		if line != "" {
			indent(b, depth)
			b.WriteString(line)
		}
		b.WriteByte('\n')
	}
}
