package apidef

import (
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"slices"
	"strings"
)

// An element is an XML element whose prefixes have become namespaces.
type element struct {
	name     xml.Name
	line     int
	attrs    []xml.Attr // declarations of prefixes left out
	scope    *scope
	text     string // between its tags, that of its children left out
	children []*element
}

// A scope is what prefixes mean inside an element.
type scope struct {
	prefixes map[string]string
	around   *scope
}

func (s *scope) namespace(prefix string) (string, bool) {
	for ; s != nil; s = s.around {
		if ns, ok := s.prefixes[prefix]; ok {
			return ns, true
		}
	}
	return "", false
}

// readXML reads an XML document. Comments and instructions are left out. Go's
// reader expands no entities but the five that XML has, so small text stays
// small.
func readXML(text []byte) (*element, error) {
	dec := xml.NewDecoder(bytes.NewReader(text))
	root := &element{}
	open := []*element{root}
	for {
		tok, err := dec.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		line, _ := dec.InputPos()
		if err != nil {
			var syntax *xml.SyntaxError
			if errors.As(err, &syntax) {
				return nil, errorAt(syntax.Line, "%s", syntax.Msg)
			}
			return nil, errorAt(line, "%s", err)
		}
		top := open[len(open)-1]
		switch t := tok.(type) {
		case xml.StartElement:
			e := newElement(t, top.scope, line)
			top.children = append(top.children, e)
			if open = append(open, e); len(open) > maxDepth {
				return nil, errorAt(line, "nested more than %d levels deep", maxDepth)
			}
		case xml.EndElement:
			open = open[:len(open)-1]
		case xml.CharData:
			if s := string(t); strings.TrimSpace(s) != "" {
				top.text += s
			}
		}
	}
	if len(root.children) != 1 {
		return nil, errorAt(1, "not one root element but %d", len(root.children))
	}
	return root.children[0], nil
}

func newElement(t xml.StartElement, around *scope, line int) *element {
	e := &element{name: t.Name, line: line, scope: around}
	declared := map[string]string{}
	for _, a := range t.Attr {
		switch {
		case a.Name.Space == "xmlns":
			declared[a.Name.Local] = a.Value
		case a.Name.Space == "" && a.Name.Local == "xmlns":
			declared[""] = a.Value
		default:
			e.attrs = append(e.attrs, xml.Attr{Name: a.Name, Value: a.Value})
		}
	}
	if len(declared) > 0 {
		e.scope = &scope{prefixes: declared, around: around}
	}
	return e
}

// attr returns the value of an attribute that has no prefix.
func (e *element) attr(name string) string {
	for _, a := range e.attrs {
		if a.Name.Space == "" && a.Name.Local == name {
			return a.Value
		}
	}
	return ""
}

// all returns the children of a local name.
func (e *element) all(name string) []*element {
	var found []*element
	for _, c := range e.children {
		if c.name.Local == name {
			found = append(found, c)
		}
	}
	return found
}

// canonical returns the same string for elements that mean the same: white space
// between elements, comments, the order of attributes and the choice of prefixes
// do not count.
func (e *element) canonical() string {
	var b strings.Builder
	e.write(&b)
	return b.String()
}

func (e *element) write(b *strings.Builder) {
	b.WriteByte('<')
	writeName(b, e.name)
	attrs := slices.Clone(e.attrs)
	slices.SortFunc(attrs, func(x, y xml.Attr) int {
		if c := strings.Compare(x.Name.Space, y.Name.Space); c != 0 {
			return c
		}
		return strings.Compare(x.Name.Local, y.Name.Local)
	})
	for _, a := range attrs {
		if e.isAddress() && a.Name.Local == "location" {
			continue
		}
		b.WriteByte(' ')
		writeName(b, a.Name)
		b.WriteByte('=')
		writeQuoted(b, e.qualified(a.Value))
	}
	b.WriteByte('>')
	writeQuoted(b, e.qualified(e.text))
	for _, c := range e.children {
		c.write(b)
	}
	b.WriteString("</>")
}

func writeName(b *strings.Builder, n xml.Name) {
	if n.Space != "" {
		b.WriteByte('{')
		b.WriteString(n.Space)
		b.WriteByte('}')
	}
	b.WriteString(n.Local)
}

// qualified returns a value that is a name with a declared prefix with its
// namespace, and any other value as it is.
func (e *element) qualified(value string) string {
	prefix, local, ok := strings.Cut(strings.TrimSpace(value), ":")
	if !ok || prefix == "" || local == "" || strings.ContainsAny(local, ":/ \t\r\n") {
		return value
	}
	if ns, ok := e.scope.namespace(prefix); ok {
		return "{" + ns + "}" + local
	}
	return value
}
