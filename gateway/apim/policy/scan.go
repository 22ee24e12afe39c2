package policy

import (
	"errors"
	"strings"
)

// errSyntax is what the scanner says of a text it can not make sense of. The
// callers have another way for such texts and never show the reason.
var errSyntax = errors.New("policy text has no structure that the scanner knows")

// A tokenKind tells the pieces of a policy text apart.
type tokenKind int

const (
	endOfText   tokenKind = iota
	openTag               // <name …> or <name …/>
	closeTag              // </name>
	textRun               // characters between markup, expressions included
	cdata                 // <![CDATA[ … ]]>
	comment               // <!-- … -->
	instruction           // <? … ?>
)

// A span is a half-open range of bytes of the scanned text.
type span struct{ from, to int }

// A token is one piece of a policy text.
type token struct {
	kind  tokenKind
	at    span        // the whole token, markup included
	name  string      // of a tag
	attrs []attribute // of an open tag
	empty bool        // an open tag that closes itself
}

// An attribute is a name and the characters between its quotes.
type attribute struct {
	name  string
	quote byte
	value span
}

// value returns the characters of an attribute of t, without the white space
// around them. It is empty if t has no such attribute.
func (t token) value(text, name string) string {
	for _, a := range t.attrs {
		if a.name == name {
			return strings.Trim(text[a.value.from:a.value.to], " \t\n")
		}
	}
	return ""
}

// A scanner cuts a policy text into tokens. Its text must have no carriage
// returns.
type scanner struct {
	text string
	pos  int

	open   []string // names of the elements that are open
	liquid int      // depth at which a Liquid template is open, or 0
	cuts   []span   // white space at line ends of expression code, in order
}

// next returns the next token. At the end of a text whose elements are all
// closed it returns endOfText.
func (s *scanner) next() (token, error) {
	rest := s.text[s.pos:]
	switch {
	case rest == "":
		if len(s.open) > 0 {
			return token{}, errSyntax
		}
		return token{kind: endOfText, at: span{s.pos, s.pos}}, nil
	case strings.HasPrefix(rest, "<!--"):
		return s.until(comment, "<!--", "-->")
	case strings.HasPrefix(rest, "<![CDATA["):
		return s.until(cdata, "<![CDATA[", "]]>")
	case strings.HasPrefix(rest, "<?"):
		return s.until(instruction, "<?", "?>")
	case strings.HasPrefix(rest, "<!"):
		return token{}, errSyntax
	case strings.HasPrefix(rest, "</"):
		return s.closeTag()
	case startsTag(rest):
		return s.openTag()
	}
	return s.textRun()
}

// until returns a token that begins with left and ends with the next right.
func (s *scanner) until(kind tokenKind, left, right string) (token, error) {
	n := strings.Index(s.text[s.pos+len(left):], right)
	if n < 0 {
		return token{}, errSyntax
	}
	t := token{kind: kind, at: span{s.pos, s.pos + len(left) + n + len(right)}}
	s.pos = t.at.to
	return t, nil
}

// textRun returns the characters up to the next markup. Angle brackets inside
// expressions are no markup, nor is one that no name follows.
func (s *scanner) textRun() (token, error) {
	t := token{kind: textRun, at: span{s.pos, s.pos}}
	for s.pos < len(s.text) {
		switch {
		case startsMarkup(s.text[s.pos:]):
			t.at.to = s.pos
			return t, nil
		case s.liquid == 0 && startsExpression(s.text[s.pos:]):
			if err := s.expression(); err != nil {
				return token{}, err
			}
		default:
			s.pos++
		}
	}
	t.at.to = s.pos
	return t, nil
}

func (s *scanner) closeTag() (token, error) {
	t := token{kind: closeTag, at: span{s.pos, s.pos}}
	s.pos += len("</")
	t.name = s.name()
	s.space()
	if n := len(s.open); n == 0 || s.open[n-1] != t.name || !s.take('>') {
		return token{}, errSyntax
	}
	if len(s.open) == s.liquid {
		s.liquid = 0
	}
	s.open = s.open[:len(s.open)-1]
	t.at.to = s.pos
	return t, nil
}

func (s *scanner) openTag() (token, error) {
	t := token{kind: openTag, at: span{s.pos, s.pos}}
	s.pos += len("<")
	t.name = s.name()
	for {
		apart := s.space()
		switch {
		case s.take('>'):
			s.open = append(s.open, t.name)
			if s.liquid == 0 && s.isLiquid(t) {
				s.liquid = len(s.open)
			}
			t.at.to = s.pos
			return t, nil
		case strings.HasPrefix(s.text[s.pos:], "/>"):
			s.pos += len("/>")
			t.empty, t.at.to = true, s.pos
			return t, nil
		case !apart:
			// A quote that ended a value too early shows here.
			return token{}, errSyntax
		}
		a, err := s.attribute()
		if err != nil {
			return token{}, err
		}
		t.attrs = append(t.attrs, a)
	}
}

// isLiquid reports whether t opens a Liquid template, whose text has no
// expressions.
func (s *scanner) isLiquid(t token) bool {
	return t.name == "set-body" && strings.EqualFold(t.value(s.text, "template"), "liquid")
}

// attribute reads name="value". The quote that ends the value is the first one
// outside an expression.
func (s *scanner) attribute() (attribute, error) {
	a := attribute{name: s.name()}
	s.space()
	if a.name == "" || !s.take('=') {
		return a, errSyntax
	}
	s.space()
	switch {
	case s.take('"'):
		a.quote = '"'
	case s.take('\''):
		a.quote = '\''
	default:
		return a, errSyntax
	}
	a.value.from = s.pos
	for s.pos < len(s.text) {
		switch {
		case s.text[s.pos] == a.quote:
			a.value.to = s.pos
			s.pos++
			return a, nil
		case startsExpression(s.text[s.pos:]):
			if err := s.expression(); err != nil {
				return a, err
			}
		default:
			s.pos++
		}
	}
	return a, errSyntax
}

// name reads the name of an element or attribute; it is empty if there is none.
func (s *scanner) name() string {
	from := s.pos
	for s.pos < len(s.text) && isNameByte(s.text[s.pos], s.pos == from) {
		s.pos++
	}
	return s.text[from:s.pos]
}

// space skips white space and reports whether there was any.
func (s *scanner) space() bool {
	from := s.pos
	for s.pos < len(s.text) && isSpace(s.text[s.pos]) {
		s.pos++
	}
	return s.pos > from
}

// take skips c if it comes next, and reports whether it did.
func (s *scanner) take(c byte) bool {
	if s.pos < len(s.text) && s.text[s.pos] == c {
		s.pos++
		return true
	}
	return false
}

// startsMarkup reports whether text begins with something that ends a text run.
func startsMarkup(text string) bool {
	if len(text) < 2 || text[0] != '<' {
		return false
	}
	return text[1] == '/' || text[1] == '!' || text[1] == '?' || isNameByte(text[1], true)
}

func startsTag(text string) bool {
	return len(text) > 1 && text[0] == '<' && isNameByte(text[1], true)
}

func startsExpression(text string) bool {
	return len(text) > 1 && text[0] == '@' && (text[1] == '(' || text[1] == '{')
}

// isNameByte reports whether c may stand in a name. Bytes of other alphabets
// are let through whole.
func isNameByte(c byte, first bool) bool {
	switch {
	case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', c == '_', c == ':', c >= 0x80:
		return true
	case '0' <= c && c <= '9', c == '-', c == '.':
		return !first
	}
	return false
}

// isSpace reports whether c is white space to XML once line ends are newlines.
func isSpace(c byte) bool { return c == ' ' || c == '\t' || c == '\n' }
