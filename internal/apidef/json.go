package apidef

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
)

// readJSON reads one JSON value.
func readJSON(text []byte) (*node, error) {
	r := jsonReader{text: text, dec: json.NewDecoder(bytes.NewReader(text)), line: 1}
	r.dec.UseNumber()
	root, err := r.value()
	if err != nil {
		return nil, err
	}
	if _, err := r.dec.Token(); !errors.Is(err, io.EOF) {
		return nil, errorAt(r.lineOf(int(r.dec.InputOffset())), "text after the end of the document")
	}
	return root, nil
}

// A jsonReader builds nodes from the tokens of encoding/json.
type jsonReader struct {
	text  []byte
	dec   *json.Decoder
	line  int // of the byte at offset
	at    int
	depth int
}

// token returns the next token and its line.
func (r *jsonReader) token() (json.Token, int, error) {
	tok, err := r.dec.Token()
	if err == nil {
		return tok, r.lineOf(int(r.dec.InputOffset())), nil
	}
	offset := int(r.dec.InputOffset())
	msg := err.Error()
	var syntax *json.SyntaxError
	if errors.As(err, &syntax) {
		offset = int(syntax.Offset)
	}
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		offset, msg = len(r.text), "the document ends too early"
	}
	return nil, 0, errorAt(r.lineOf(offset), "%s", msg)
}

// lineOf returns the line of an offset that is not before the last one asked
// for.
func (r *jsonReader) lineOf(offset int) int {
	offset = min(offset, len(r.text))
	if offset > r.at {
		r.line += bytes.Count(r.text[r.at:offset], []byte("\n"))
		r.at = offset
	}
	return r.line
}

func (r *jsonReader) value() (*node, error) {
	tok, line, err := r.token()
	if err != nil {
		return nil, err
	}
	switch v := tok.(type) {
	case json.Delim:
		if r.depth++; r.depth > maxDepth {
			return nil, errorAt(line, "nested more than %d levels deep", maxDepth)
		}
		defer func() { r.depth-- }()
		if v == '{' {
			return r.object(line)
		}
		return r.list(line)
	case string:
		return &node{kind: text, line: line, text: v}, nil
	case json.Number:
		return &node{kind: number, line: line, text: v.String()}, nil
	case bool:
		n := newBool(v)
		n.line = line
		return n, nil
	}
	return &node{kind: null, line: line}, nil
}

func (r *jsonReader) object(line int) (*node, error) {
	n := &node{kind: object, line: line}
	for r.dec.More() {
		tok, line, err := r.token()
		if err != nil {
			return nil, err
		}
		key, ok := tok.(string)
		if !ok {
			return nil, errorAt(line, "key of an object is no string")
		}
		v, err := r.value()
		if err != nil {
			return nil, err
		}
		if !n.add(key, v) {
			return nil, errorAt(line, "key %q is given twice", key)
		}
	}
	_, _, err := r.token()
	return n, err
}

func (r *jsonReader) list(line int) (*node, error) {
	n := &node{kind: list, line: line}
	for r.dec.More() {
		v, err := r.value()
		if err != nil {
			return nil, err
		}
		n.items = append(n.items, v)
	}
	_, _, err := r.token()
	return n, err
}
