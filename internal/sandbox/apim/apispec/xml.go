package apispec

import (
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"strings"
)

// element is an XML element with what the readers of WADL and WSDL ask for.
type element struct {
	name     xml.Name
	attrs    []xml.Attr
	parent   *element
	children []*element
	text     string // own text and that of what is inside
	line     int
	start    int // offsets in the text
	end      int
}

// parseXML reads one XML document. Entities other than XML's own are refused,
// so none can grow.
func parseXML(text string) (*element, error) {
	text = strings.TrimPrefix(text, "\ufeff")
	dec := xml.NewDecoder(strings.NewReader(text))
	// What is given is text already, whatever encoding its first line names.
	dec.CharsetReader = func(_ string, r io.Reader) (io.Reader, error) { return r, nil }
	p := xmlParser{}
	for {
		start := dec.InputOffset()
		token, err := dec.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		line, _ := dec.InputPos()
		if err == nil {
			err = p.add(token, line, int(start), int(dec.InputOffset()))
		}
		if err != nil {
			return nil, explainXML(err, line)
		}
	}
	if p.root == nil {
		return nil, malformed(0, "the document is empty")
	}
	return p.root, nil
}

func explainXML(err error, line int) error {
	var syntax *xml.SyntaxError
	if errors.As(err, &syntax) {
		return malformed(syntax.Line, syntax.Msg)
	}
	return malformed(line, err.Error())
}

type xmlParser struct {
	root, at *element
	depth    int
	chars    strings.Builder // the text of all elements; each has a part of it
	begins   []int           // where the parts of the open elements begin
}

func (p *xmlParser) add(token xml.Token, line, start, end int) error {
	switch token := token.(type) {
	case xml.StartElement:
		if p.depth++; p.depth > maxDepth {
			return fmt.Errorf("the document nests deeper than %d levels", maxDepth)
		}
		e := &element{name: token.Name, attrs: token.Attr, parent: p.at, line: line, start: start}
		switch {
		case p.at != nil:
			p.at.children = append(p.at.children, e)
		case p.root != nil:
			return errors.New("there is more than one root element")
		default:
			p.root = e
		}
		p.at = e
		p.begins = append(p.begins, p.chars.Len())
	case xml.EndElement:
		p.depth--
		p.at.end = end
		p.at.text = p.chars.String()[p.begins[p.depth]:]
		p.begins = p.begins[:p.depth]
		p.at = p.at.parent
	case xml.CharData:
		if p.at != nil {
			p.chars.Write(token)
		}
	}
	return nil
}

// attr is an attribute without a namespace.
func (e *element) attr(name string) string {
	if e == nil {
		return ""
	}
	for _, a := range e.attrs {
		if a.Name.Space == "" && a.Name.Local == name {
			return a.Value
		}
	}
	return ""
}

// all is the children of the given local name, whatever their namespace.
func (e *element) all(name string) []*element {
	var out []*element
	if e != nil {
		for _, c := range e.children {
			if c.name.Local == name {
				out = append(out, c)
			}
		}
	}
	return out
}

// first is the first child of the given local name, nil when there is none.
func (e *element) first(name string) *element {
	if all := e.all(name); len(all) > 0 {
		return all[0]
	}
	return nil
}

// content is the element's text without the white space around it.
func (e *element) content() string {
	if e == nil {
		return ""
	}
	return strings.TrimSpace(e.text)
}

// localName is a qualified name without its prefix.
func localName(qualified string) string {
	return qualified[strings.IndexByte(qualified, ':')+1:]
}

// escapeXML is s as the text of an element or an attribute.
func escapeXML(s string) string {
	var b strings.Builder
	_ = xml.EscapeText(&b, []byte(s)) // a Builder takes every write
	return b.String()
}
