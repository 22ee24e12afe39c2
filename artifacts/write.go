package artifacts

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"unicode/utf8"
)

// A layout is how the author of a JSON file broke it into lines.
type layout struct {
	eol, indent, colon string
	inline             bool // new objects and arrays go on one line
}

// newLayout is how new files are written.
func newLayout() layout { return layout{eol: "\n", indent: "  ", colon: ": "} }

// layoutOf returns the layout of a file.
func layoutOf(d *document) layout {
	l := newLayout()
	raw, parts := d.root.raw, len(d.root.members)+len(d.root.items)
	if parts == 0 {
		if bytes.Contains(d.after, []byte("\r\n")) {
			l.eol = "\r\n"
		}
		return l
	}
	named := d.root
	var first []byte
	if d.root.kind == '[' {
		first = d.root.items[0].raw
		named = d.root.items[0]
	} else {
		first = d.root.members[0].raw
	}
	lead := raw[1:bytes.Index(raw, first)] // between the brace and the first part
	if j := bytes.LastIndexByte(lead, '\n'); j >= 0 {
		l.indent = string(lead[j+1:])
		if j > 0 && lead[j-1] == '\r' {
			l.eol = "\r\n"
		}
	}
	l.inline = named.inline
	if len(named.members) > 0 {
		name := named.members[0].raw
		i := bytes.Index(named.raw, name)
		if rest := named.raw[i+len(name):]; len(rest) > 1 && rest[0] == ':' && rest[1] != ' ' {
			l.colon = ":"
		}
	}
	return l
}

// bytes returns the text of a document in a layout.
func (d *document) bytes(l layout) []byte {
	var b bytes.Buffer
	b.Write(d.before)
	l.write(&b, d.root, 0)
	b.Write(d.after)
	return b.Bytes()
}

// write writes a value that lies depth objects and arrays deep.
func (l layout) write(b *bytes.Buffer, n *node, depth int) {
	if n.raw != nil {
		b.Write(n.raw)
		return
	}
	braces := "{}"
	if n.kind == '[' {
		braces = "[]"
	}
	b.WriteByte(braces[0])
	parts := 0
	next := func(lead []byte) {
		switch parts++; {
		case parts == 1 && n.head != nil:
			b.Write(n.head)
			return
		case parts > 1 && bytes.IndexByte(lead, ',') >= 0:
			b.Write(lead)
			return
		case parts > 1:
			b.WriteByte(',')
		}
		l.newline(b, n.inline, parts > 1, depth+1)
	}
	for _, m := range n.members {
		next(m.lead)
		b.Write(m.raw)
		b.WriteString(cmp.Or(string(m.colon), l.colon))
		l.write(b, m.value, depth+1)
	}
	for _, v := range n.items {
		next(v.lead)
		l.write(b, v, depth+1)
	}
	switch {
	case parts > 0 && n.tail != nil:
		b.Write(n.tail)
	case parts > 0:
		l.newline(b, n.inline, false, depth)
	}
	b.WriteByte(braces[1])
}

// newline writes what goes before a value: a new line, or a blank after a
// comma where the object is on one line and its author uses blanks.
func (l layout) newline(b *bytes.Buffer, inline, comma bool, depth int) {
	switch {
	case !inline:
		b.WriteString(l.eol)
		for range depth {
			b.WriteString(l.indent)
		}
	case comma && len(l.colon) > 1:
		b.WriteByte(' ')
	}
}

// newNode returns the node of a value that is to be written anew. The names
// of an object are sorted, but for those that people look for first.
func (l layout) newNode(v any) (*node, error) {
	switch v := v.(type) {
	case map[string]any:
		n := &node{kind: '{', inline: l.inline}
		for _, name := range slices.SortedFunc(maps.Keys(v), compareNames) {
			m, err := l.newMember(name, v[name])
			if err != nil {
				return nil, err
			}
			n.members = append(n.members, m)
		}
		return n, nil
	case []any:
		n := &node{kind: '[', inline: l.inline}
		for _, e := range v {
			item, err := l.newNode(e)
			if err != nil {
				return nil, err
			}
			n.items = append(n.items, item)
		}
		return n, nil
	}
	raw, err := scalar(v)
	return &node{raw: raw, value: v}, err
}

func (l layout) newMember(name string, v any) (member, error) {
	raw, err := scalar(name)
	if err != nil {
		return member{}, err
	}
	value, err := l.newNode(v)
	if err != nil {
		return member{}, fmt.Errorf("%s: %w", name, err)
	}
	return member{name: name, raw: raw, value: value}, nil
}

func compareNames(a, b string) int {
	rank := func(s string) int {
		switch s {
		case "name":
			return 0
		case "properties":
			return 1
		}
		return 2
	}
	return cmp.Or(rank(a)-rank(b), cmp.Compare(a, b))
}

// scalar returns the JSON text of a value without parts.
func scalar(v any) ([]byte, error) {
	if s, ok := v.(string); ok && !utf8.ValidString(s) {
		return nil, fmt.Errorf("%q is not valid UTF-8", s)
	}
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return nil, err
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), nil
}
