package autoflow

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"unicode/utf8"
)

// A config is a configuration, decoded: objects, lists, texts, json.Number,
// bool and nil.
type config struct {
	top   map[string]any
	style style
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
	d := json.NewDecoder(bytes.NewReader(bytes.TrimPrefix(text, []byte("\ufeff"))))
	d.UseNumber()
	p := parser{d: d, text: text}
	v, err := p.value("")
	if err != nil {
		return nil, fmt.Errorf("parse configuration: line %d: %w", p.line(), err)
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("parse configuration: line %d: more than one document", p.line())
	}
	top, ok := v.(map[string]any)
	if !ok {
		return nil, errors.New("parse configuration: want a JSON object")
	}
	c := &config{top: top, style: styleOf(text)}
	if err := c.check(); err != nil {
		return nil, fmt.Errorf("parse configuration: %w", err)
	}
	return c, nil
}

// A parser decodes JSON and refuses what encoding/json takes in silence.
type parser struct {
	d    *json.Decoder
	text []byte
}

// line returns the line that the parser has come to.
func (p *parser) line() int {
	return bytes.Count(p.text[:min(int(p.d.InputOffset()), len(p.text))], []byte("\n")) + 1
}

func (p *parser) value(at string) (any, error) {
	t, err := p.d.Token()
	if err != nil {
		return nil, unexpected(err)
	}
	switch t {
	case json.Delim('{'):
		return p.object(at)
	case json.Delim('['):
		list := []any{}
		for p.d.More() {
			v, err := p.value(at + "[]")
			if err != nil {
				return nil, err
			}
			list = append(list, v)
		}
		_, err := p.d.Token()
		return list, unexpected(err)
	}
	return t, nil
}

func (p *parser) object(at string) (map[string]any, error) {
	m := map[string]any{}
	for p.d.More() {
		t, err := p.d.Token()
		if err != nil {
			return nil, unexpected(err)
		}
		name, _ := t.(string)
		if _, twice := m[name]; twice {
			return nil, fmt.Errorf("the name %q occurs twice in %s", name, orTop(at))
		}
		if m[name], err = p.value(strings.TrimPrefix(at+"."+name, ".")); err != nil {
			return nil, err
		}
	}
	_, err := p.d.Token()
	return m, unexpected(err)
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
