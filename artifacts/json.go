package artifacts

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	"gopkg.in/yaml.v3"
)

var bom = []byte("\ufeff")

// A node is a JSON value that remembers how it was written.
type node struct {
	kind    byte   // '{', '[', or 0 for a value without parts
	raw     []byte // as it was written; nil: to be written anew
	inline  bool   // written on one line, with parts
	value   any    // of a value without parts
	members []member
	items   []*node

	// What stood around it, commas and colons included. nil: to be written anew.
	lead []byte // before an item of an array
	head []byte // before the first part of it
	tail []byte // between the last part and the closing brace
}

type member struct {
	name  string
	raw   []byte // the name as it was written; nil: to be written anew
	value *node

	lead, colon []byte // before the name and behind it; nil: to be written anew
}

// decoded returns the value as encoding/json would, numbers as json.Number.
func (n *node) decoded() any {
	switch n.kind {
	case '{':
		m := make(map[string]any, len(n.members))
		for _, e := range n.members {
			m[e.name] = e.value.decoded()
		}
		return m
	case '[':
		s := make([]any, len(n.items))
		for i, e := range n.items {
			s[i] = e.decoded()
		}
		return s
	}
	return n.value
}

// without returns an object without a field.
func (n *node) without(field string) *node {
	head, tail, deep := strings.Cut(field, ".")
	out := &node{kind: n.kind, inline: n.inline, head: n.head, tail: n.tail}
	same := true
	for _, m := range n.members {
		switch {
		case m.name != head:
		case !deep:
			same = false
			continue
		case m.value.kind == '{':
			v := m.value.without(tail)
			same = same && v == m.value
			m.value = v
		}
		out.members = append(out.members, m)
	}
	if same || n.kind != '{' {
		return n
	}
	return out
}

// A document is a file with a payload: one object and what surrounds it.
type document struct {
	before, after []byte // byte-order mark and white space
	root          *node
	yaml          *yaml.Node // of a file in YAML, in place of the text in root
}

func (d *document) spec() map[string]any {
	spec, _ := d.root.decoded().(map[string]any)
	return spec
}

// checkText refuses what is not UTF-8.
func checkText(path string, data []byte) error {
	if utf8.Valid(data) {
		return nil
	}
	if bytes.HasPrefix(data, []byte("\xff\xfe")) || bytes.HasPrefix(data, []byte("\xfe\xff")) {
		return &FileError{Path: path, Err: errors.New("UTF-16: save it as UTF-8")}
	}
	i := 0
	for i < len(data) {
		r, size := utf8.DecodeRune(data[i:])
		if r == utf8.RuneError && size == 1 {
			break
		}
		i += size
	}
	return errorAt(path, data, i, errors.New("not valid UTF-8"))
}

// parseJSON reads a file that holds one JSON object, in which no name may
// occur twice. path is for errors.
func parseJSON(path string, data []byte) (*document, error) {
	return parseDocument(path, data, '{', errors.New("want a JSON object"))
}

// parseList is parseJSON for a file that holds an array.
func parseList(path string, data []byte) (*document, error) {
	return parseDocument(path, data, '[', errNoList)
}

// parseDocument reads a file that holds one value of a kind. wrong says what it
// should hold.
func parseDocument(path string, data []byte, kind byte, wrong error) (*document, error) {
	if err := checkText(path, data); err != nil {
		return nil, err
	}
	start := len(data) - len(bytes.TrimPrefix(data, bom))
	var raw json.RawMessage
	if err := json.Unmarshal(data[start:], &raw); err != nil {
		return nil, syntaxError(path, data, start, wrong, err)
	}
	p := parser{path: path, data: data, i: start}
	p.space()
	begin := p.i
	root, err := p.parse()
	if err != nil {
		return nil, err
	}
	if root.kind != kind {
		return nil, errorAt(path, data, begin, wrong)
	}
	return &document{before: data[:begin], after: data[p.i:], root: root}, nil
}

func syntaxError(path string, data []byte, start int, wrong, err error) error {
	if len(bytes.TrimSpace(data[start:])) == 0 {
		return &FileError{Path: path, Err: fmt.Errorf("empty: %w", wrong)}
	}
	if se, ok := errors.AsType[*json.SyntaxError](err); ok {
		return errorAt(path, data, start+int(se.Offset)-1, err) // the offset is behind the character
	}
	return &FileError{Path: path, Err: err}
}

// A parser reads text that is known to be valid JSON.
type parser struct {
	path string
	data []byte
	i    int
}

// space skips what separates values, and returns it.
func (p *parser) space() []byte {
	start := p.i
	for p.i < len(p.data) && bytes.IndexByte([]byte(" \t\r\n,:"), p.data[p.i]) >= 0 {
		p.i++
	}
	return p.data[start:p.i:p.i]
}

// parse reads one value. The separators between values are known to be right
// and count as space.
func (p *parser) parse() (*node, error) {
	start := p.i
	var n *node
	var err error
	switch p.data[p.i] {
	case '{':
		n, err = p.object()
	case '[':
		n, err = p.array()
	case '"':
		var s string
		s, err = p.text()
		n = &node{value: s}
	default:
		n = &node{value: p.literal()}
	}
	if err != nil {
		return nil, err
	}
	n.raw = p.data[start:p.i]
	n.inline = len(n.members)+len(n.items) > 0 && bytes.IndexByte(n.raw, '\n') < 0
	return n, nil
}

func (p *parser) object() (*node, error) {
	n := &node{kind: '{'}
	seen := map[string]bool{}
	p.i++
	lead := p.space()
	for ; p.data[p.i] != '}'; lead = p.space() {
		start := p.i
		name, err := p.text()
		if err != nil {
			return nil, err
		}
		if seen[name] {
			return nil, errorAt(p.path, p.data, start, fmt.Errorf("the name %q occurs twice in one object", name))
		}
		seen[name] = true
		raw := p.data[start:p.i]
		colon := p.space()
		v, err := p.parse()
		if err != nil {
			return nil, err
		}
		n.members = append(n.members, member{name, raw, v, lead, colon})
	}
	if len(n.members) > 0 {
		n.head, n.tail = n.members[0].lead, lead
	}
	p.i++
	return n, nil
}

func (p *parser) array() (*node, error) {
	n := &node{kind: '['}
	p.i++
	lead := p.space()
	for ; p.data[p.i] != ']'; lead = p.space() {
		v, err := p.parse()
		if err != nil {
			return nil, err
		}
		v.lead = lead
		n.items = append(n.items, v)
	}
	if len(n.items) > 0 {
		n.head, n.tail = n.items[0].lead, lead
	}
	p.i++
	return n, nil
}

func (p *parser) text() (string, error) {
	start := p.i
	for p.i++; p.data[p.i] != '"'; p.i++ {
		if p.data[p.i] == '\\' {
			p.i++
		}
	}
	p.i++
	raw := p.data[start:p.i]
	if bytes.IndexByte(raw, '\\') < 0 {
		return string(raw[1 : len(raw)-1]), nil
	}
	var s string
	if err := json.Unmarshal(raw, &s); err != nil {
		return "", errorAt(p.path, p.data, start, err)
	}
	replaced := bytes.Count([]byte(s), []byte("\ufffd"))
	if replaced > bytes.Count(raw, []byte("\ufffd"))+bytes.Count(bytes.ToLower(raw), []byte(`\ufffd`)) {
		return "", errorAt(p.path, p.data, start, errors.New("half of a surrogate pair"))
	}
	return s, nil
}

func (p *parser) literal() any {
	start := p.i
	for p.i < len(p.data) && bytes.IndexByte([]byte(" \t\r\n,:]}"), p.data[p.i]) < 0 {
		p.i++
	}
	switch s := string(p.data[start:p.i]); s {
	case "true":
		return true
	case "false":
		return false
	case "null":
		return nil
	default:
		return json.Number(s)
	}
}
