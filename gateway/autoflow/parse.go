package autoflow

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// A config is a configuration, decoded: objects, lists, texts, json.Number,
// bool and nil.
type config struct {
	top   map[string]any
	style style
	form  *form    // nil: it was not read
	empty []string // sections that stay when their last entry goes
}

// A style is how a configuration is written. The zero style is the product's
// own: names sorted, one line, no line break at the end.
type style struct {
	indent string // of one level; "" is one line
	end    string // behind the last brace
}

// parse reads a configuration and checks its outline. Nothing is an empty one.
func parse(text []byte) (*config, error) {
	if len(text) == 0 {
		return &config{top: map[string]any{}}, nil
	}
	if !utf8.Valid(text) {
		return nil, errors.New("parse configuration: not UTF-8")
	}
	body := bytes.TrimPrefix(text, []byte("\ufeff"))
	d := json.NewDecoder(bytes.NewReader(body))
	d.UseNumber()
	p := parser{d: d, text: text, skip: len(text) - len(body)}
	root, err := p.value("")
	if err != nil {
		return nil, fmt.Errorf("parse configuration: line %d: %w", p.line(), err)
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("parse configuration: line %d: more than one document", p.line())
	}
	top, ok := root.value.(map[string]any)
	if !ok {
		return nil, errors.New("parse configuration: want a JSON object")
	}
	c := &config{top: top, style: styleOf(text), form: &form{text: text, root: root}}
	if err := c.check(); err != nil {
		return nil, fmt.Errorf("parse configuration: %w", err)
	}
	return c, nil
}

// A parser decodes JSON and refuses what encoding/json takes in silence.
type parser struct {
	d    *json.Decoder
	text []byte
	skip int // bytes before what the decoder reads
}

// place returns the offset that the parser has come to.
func (p *parser) place() int { return p.skip + int(p.d.InputOffset()) }

// line returns the line that the parser has come to.
func (p *parser) line() int {
	return bytes.Count(p.text[:min(p.place(), len(p.text))], []byte("\n")) + 1
}

// token returns the next token, and where it begins.
func (p *parser) token() (json.Token, int, error) {
	from := p.place()
	t, err := p.d.Token()
	if err != nil {
		return nil, 0, unexpected(err)
	}
	start := from + len(p.text[from:]) - len(bytes.TrimLeft(p.text[from:], " \t\r\n,:"))
	if _, ok := t.(string); ok && halfCharacter(p.text[start:p.place()]) {
		return nil, 0, errors.New("a text has half a character, \\ud800 to \\udfff without its other half")
	}
	return t, start, nil
}

// value returns the piece of the next value.
func (p *parser) value(at string) (*piece, error) {
	t, start, err := p.token()
	if err != nil {
		return nil, err
	}
	v := &piece{start: start, at: start, value: t}
	switch t {
	case json.Delim('{'):
		err = p.object(v, at)
	case json.Delim('['):
		err = p.list(v, at)
	}
	v.end = p.place()
	return v, err
}

func (p *parser) list(v *piece, at string) error {
	list := []any{}
	for p.d.More() {
		e, err := p.value(at + "[]")
		if err != nil {
			return err
		}
		list = append(list, e.value)
		v.parts = append(v.parts, *e)
	}
	v.value = list
	_, _, err := p.token()
	return err
}

func (p *parser) object(v *piece, at string) error {
	m := map[string]any{}
	for p.d.More() {
		t, start, err := p.token()
		if err != nil {
			return err
		}
		name, _ := t.(string)
		if _, twice := m[name]; twice {
			return fmt.Errorf("the name %q occurs twice in %s", name, orTop(at))
		}
		e, err := p.value(strings.TrimPrefix(at+"."+name, "."))
		if err != nil {
			return err
		}
		e.name, e.at = name, start
		m[name] = e.value
		v.parts = append(v.parts, *e)
	}
	v.value = m
	_, _, err := p.token()
	return err
}

// halfCharacter reports whether a text in JSON escapes one half of a character
// that takes two: encoding/json would put another character in its place.
func halfCharacter(text []byte) bool {
	high := rune(0)
	for i := 0; i < len(text); i++ {
		r := rune(0)
		if text[i] == '\\' && text[i+1] == 'u' {
			n, _ := strconv.ParseUint(string(text[i+2:i+6]), 16, 16) // the decoder has seen that it is a number
			r = rune(n)
			i += 5
		} else if text[i] == '\\' {
			i++
		}
		switch {
		case high != 0 && utf16.DecodeRune(high, r) == utf8.RuneError:
			return true
		case high != 0:
			high = 0
		case utf16.IsSurrogate(r):
			high = r
		}
	}
	return high != 0
}

func orTop(at string) string {
	if at == "" {
		return "the configuration"
	}
	return at
}

func unexpected(err error) error {
	if errors.Is(err, io.EOF) {
		return io.ErrUnexpectedEOF
	}
	return err
}

// styleOf returns how a text that is known to be JSON is written.
func styleOf(text []byte) style {
	body := bytes.TrimRight(text, " \t\r\n")
	s := style{end: string(text[len(body):])}
	if i := bytes.IndexByte(body, '\n'); i >= 0 {
		rest := body[i+1:]
		s.indent = string(rest[:len(rest)-len(bytes.TrimLeft(rest, " \t"))])
	}
	return s
}

// bytes returns the text of a configuration.
func (c *config) bytes() []byte {
	if c.form != nil {
		return c.form.bytes(c.top, c.style)
	}
	w := writer{indent: c.style.indent}
	w.value(c.top, "\n")
	return append(w.b, c.style.end...)
}

// A writer writes JSON as the product does.
type writer struct {
	b      []byte
	indent string
}

// value appends a value. nl is the line break with the indentation of the line
// that it begins on.
func (w *writer) value(v any, nl string) {
	switch v := v.(type) {
	case map[string]any:
		names := slices.Sorted(maps.Keys(v))
		w.list('{', '}', len(names), nl, func(i int, nl string) {
			w.text(names[i])
			w.b = append(w.b, ':')
			if w.indent != "" {
				w.b = append(w.b, ' ')
			}
			w.value(v[names[i]], nl)
		})
	case []any:
		w.list('[', ']', len(v), nl, func(i int, nl string) { w.value(v[i], nl) })
	case string:
		w.text(v)
	case nil:
		w.b = append(w.b, "null"...)
	default: // json.Number, bool
		w.b = fmt.Append(w.b, v)
	}
}

func (w *writer) list(first, last byte, n int, nl string, item func(i int, nl string)) {
	w.b = append(w.b, first)
	for i := range n {
		if i > 0 {
			w.b = append(w.b, ',')
		}
		if w.indent != "" {
			w.b = append(w.b, nl+w.indent...)
		}
		item(i, nl+w.indent)
	}
	if w.indent != "" && n > 0 {
		w.b = append(w.b, nl...)
	}
	w.b = append(w.b, last)
}

// text appends a text. Only what JSON does not allow as it is gets escaped:
// encoding/json escapes more.
func (w *writer) text(s string) {
	w.b = append(w.b, '"')
	for i := range len(s) {
		switch c := s[i]; {
		case c == '"' || c == '\\':
			w.b = append(w.b, '\\', c)
		case c >= 0x20:
			w.b = append(w.b, c)
		case escapes[c] != 0:
			w.b = append(w.b, '\\', escapes[c])
		default:
			w.b = fmt.Appendf(w.b, `\u%04X`, c)
		}
	}
	w.b = append(w.b, '"')
}

// escapes are the short spellings of control characters.
var escapes = [0x20]byte{'\b': 'b', '\t': 't', '\n': 'n', '\f': 'f', '\r': 'r'}
