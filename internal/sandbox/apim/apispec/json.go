package apispec

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
)

// maxDepth bounds how deep a document nests. Real ones stay below a hundred.
const maxDepth = 400

// parseJSON reads one JSON value. Members given twice are refused, because
// which one counts differs between readers.
func parseJSON(text string) (any, error) {
	text = strings.TrimPrefix(text, "\ufeff")
	r := strings.NewReader(text)
	dec := json.NewDecoder(r)
	dec.UseNumber()
	p := jsonParser{dec: dec, text: text}
	v, err := p.value(0)
	if err != nil {
		return nil, p.explain(err)
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return nil, p.explain(errors.New("there is text after the document's end"))
	}
	return v, nil
}

type jsonParser struct {
	dec  *json.Decoder
	text string
}

// explain adds the line to a reader's complaint.
func (p *jsonParser) explain(err error) error {
	message, offset := err.Error(), p.dec.InputOffset()
	var syntax *json.SyntaxError
	if errors.As(err, &syntax) && syntax.Offset > offset {
		offset = syntax.Offset
	}
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		message, offset = "the document ends too early", int64(len(p.text))
	}
	offset = min(offset, int64(len(p.text)))
	return malformed(1+strings.Count(p.text[:offset], "\n"), message)
}

func (p *jsonParser) value(depth int) (any, error) {
	if depth > maxDepth {
		return nil, fmt.Errorf("the document nests deeper than %d levels", maxDepth)
	}
	token, err := p.dec.Token()
	if err != nil {
		return nil, err
	}
	switch token {
	case json.Delim('{'):
		return p.object(depth)
	case json.Delim('['):
		return p.list(depth)
	}
	return token, nil
}

func (p *jsonParser) object(depth int) (any, error) {
	o := &object{}
	for p.dec.More() {
		token, err := p.dec.Token()
		if err != nil {
			return nil, err
		}
		key, ok := token.(string)
		if !ok {
			return nil, fmt.Errorf("a member's name is not a string: %v", token)
		}
		if _, twice := o.find(key); twice {
			return nil, fmt.Errorf("the member %q is given twice", key)
		}
		v, err := p.value(depth + 1)
		if err != nil {
			return nil, err
		}
		o.set(key, v)
	}
	_, err := p.dec.Token()
	return o, err
}

func (p *jsonParser) list(depth int) (any, error) {
	list := []any{}
	for p.dec.More() {
		v, err := p.value(depth + 1)
		if err != nil {
			return nil, err
		}
		list = append(list, v)
	}
	_, err := p.dec.Token()
	return list, err
}
