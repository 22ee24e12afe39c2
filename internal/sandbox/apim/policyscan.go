package apim

import (
	"fmt"
	"strings"
)

// A policy document looks like XML but need not be: expressions, C# after @( or @{,
// stand unescaped in attributes and text, quotes and angle brackets included. The
// scanner knows where an expression ends, and takes the rest as XML.

// tokenKind says what a policy token is.
type tokenKind int

const (
	tokenText tokenKind = iota
	tokenOpen
	tokenClose
	tokenComment
	tokenOther // processing instructions, doctype
)

// token is one piece of a policy document.
type token struct {
	kind  tokenKind
	text  string // name of an element; else the text as it stands
	attrs []attr
	empty bool // <name/>
	cdata bool
}

type attr struct{ name, value string }

// get reads an attribute, "" when it is not there.
func (t token) get(name string) string {
	for _, a := range t.attrs {
		if a.name == name {
			return a.value
		}
	}
	return ""
}

// scanPolicy cuts a document into tokens.
func scanPolicy(doc string) ([]token, error) {
	s := &policyScanner{in: strings.TrimPrefix(doc, "\ufeff")}
	for s.at < len(s.in) {
		if err := s.step(); err != nil {
			line := 1 + strings.Count(s.in[:min(s.at, len(s.in))], "\n")
			return nil, fmt.Errorf("%w on line %d", err, line)
		}
	}
	return s.out, nil
}

type policyScanner struct {
	in  string
	at  int
	out []token
}

func (s *policyScanner) rest() string { return s.in[s.at:] }

func (s *policyScanner) emit(t token) { s.out = append(s.out, t) }

func (s *policyScanner) step() error {
	rest := s.rest()
	switch {
	case strings.HasPrefix(rest, "<!--"):
		return s.until("<!--", "-->", tokenComment)
	case strings.HasPrefix(rest, "<![CDATA["):
		if err := s.until("<![CDATA[", "]]>", tokenText); err != nil {
			return err
		}
		s.out[len(s.out)-1].cdata = true
		return nil
	case strings.HasPrefix(rest, "<?"):
		return s.until("<?", "?>", tokenOther)
	case strings.HasPrefix(rest, "<!"):
		return s.until("<!", ">", tokenOther)
	case strings.HasPrefix(rest, "</"):
		end := strings.IndexByte(rest, '>')
		if end < 0 {
			return fmt.Errorf("closing tag without end")
		}
		s.emit(token{kind: tokenClose, text: strings.TrimSpace(rest[2:end])})
		s.at += end + 1
		return nil
	case rest[0] == '<' && len(rest) > 1 && isNameByte(rest[1]):
		return s.open()
	}
	s.content()
	return nil
}

func (s *policyScanner) until(open, end string, kind tokenKind) error {
	i := strings.Index(s.rest()[len(open):], end)
	if i < 0 {
		return fmt.Errorf("%q without %q", open, end)
	}
	s.emit(token{kind: kind, text: s.rest()[len(open) : len(open)+i]})
	s.at += len(open) + i + len(end)
	return nil
}

// content reads text up to the next tag, over expressions.
func (s *policyScanner) content() {
	start := s.at
	for s.at < len(s.in) {
		if n := expressionLength(s.rest()); n > 0 {
			s.at += n
			continue
		}
		if s.in[s.at] == '<' && s.at > start {
			break
		}
		s.at++
	}
	s.emit(token{kind: tokenText, text: s.in[start:s.at]})
}

// open reads a start tag.
func (s *policyScanner) open() error {
	t := token{kind: tokenOpen}
	s.at++
	t.text = s.name()
	for {
		s.space()
		switch rest := s.rest(); {
		case rest == "":
			return fmt.Errorf("element %q is not closed", t.text)
		case strings.HasPrefix(rest, "/>"):
			s.at += 2
			t.empty = true
			s.emit(t)
			return nil
		case rest[0] == '>':
			s.at++
			s.emit(t)
			return nil
		}
		a, err := s.attr()
		if err != nil {
			return fmt.Errorf("element %q: %w", t.text, err)
		}
		t.attrs = append(t.attrs, a)
	}
}

func (s *policyScanner) attr() (attr, error) {
	a := attr{name: s.name()}
	s.space()
	if a.name == "" || !strings.HasPrefix(s.rest(), "=") {
		return a, fmt.Errorf("attribute %q has no value", a.name)
	}
	s.at++
	s.space()
	rest := s.rest()
	if rest == "" || (rest[0] != '"' && rest[0] != '\'') {
		return a, fmt.Errorf("value of %q is not quoted", a.name)
	}
	body := rest[1:]
	lead := len(body) - len(strings.TrimLeft(body, " \t\r\n"))
	skip := 0
	if n := expressionLength(body[lead:]); n > 0 {
		skip = lead + n
	}
	end := strings.IndexByte(body[skip:], rest[0])
	if end < 0 {
		skip = 0
		if end = strings.IndexByte(body, rest[0]); end < 0 {
			return a, fmt.Errorf("value of %q does not end", a.name)
		}
	}
	a.value = body[:skip+end]
	s.at += 1 + skip + end + 1
	return a, nil
}

func (s *policyScanner) name() string {
	start := s.at
	for s.at < len(s.in) && isNameByte(s.in[s.at]) {
		s.at++
	}
	return s.in[start:s.at]
}

func (s *policyScanner) space() {
	for s.at < len(s.in) && strings.IndexByte(" \t\r\n", s.in[s.at]) >= 0 {
		s.at++
	}
}

func isNameByte(b byte) bool {
	return b == '-' || b == '_' || b == '.' || b == ':' || b >= '0' && b <= '9' || b >= 'a' && b <= 'z' || b >= 'A' && b <= 'Z' || b >= 0x80
}

// expressionLength is how long the expression at the start of s is; 0 when there is none.
func expressionLength(s string) int {
	if !strings.HasPrefix(s, "@(") && !strings.HasPrefix(s, "@{") {
		return 0
	}
	depth, i := 0, 1
	for i < len(s) {
		if n := literalLength(s[i:]); n > 0 {
			i += n
			continue
		}
		switch s[i] {
		case '(', '{', '[':
			depth++
		case ')', '}', ']':
			if depth--; depth == 0 {
				return i + 1
			}
		}
		i++
	}
	return 0
}

// literalLength is how long the C# string, character or comment at the start of s is.
func literalLength(s string) int {
	switch {
	case strings.HasPrefix(s, "//"):
		return lineLength(s)
	case strings.HasPrefix(s, "/*"):
		if i := strings.Index(s, "*/"); i > 0 {
			return i + 2
		}
		return len(s)
	case strings.HasPrefix(s, `@"`), strings.HasPrefix(s, `$@"`), strings.HasPrefix(s, `@$"`):
		return verbatimLength(s, strings.IndexByte(s, '"')+1)
	case strings.HasPrefix(s, `"`), strings.HasPrefix(s, `$"`):
		return quotedLength(s, strings.IndexByte(s, '"')+1, `"`)
	case strings.HasPrefix(s, "&quot;"):
		return quotedLength(s, len("&quot;"), "&quot;")
	case strings.HasPrefix(s, "'"):
		return quotedLength(s, 1, "'")
	}
	return 0
}

func lineLength(s string) int {
	if i := strings.IndexByte(s, '\n'); i >= 0 {
		return i
	}
	return len(s)
}

// verbatimLength ends at a quote that is not doubled.
func verbatimLength(s string, i int) int {
	for ; i < len(s); i++ {
		if s[i] != '"' {
			continue
		}
		if i+1 < len(s) && s[i+1] == '"' {
			i++
			continue
		}
		return i + 1
	}
	return len(s)
}

// quotedLength ends at the first quote that is not escaped. Literals end with their
// line at the latest, so an odd quote does not swallow the document.
func quotedLength(s string, i int, quote string) int {
	for i < len(s) {
		switch {
		case s[i] == '\\':
			i += 2
		case strings.HasPrefix(s[i:], quote):
			return i + len(quote)
		case s[i] == '\n':
			return i
		default:
			i++
		}
	}
	return len(s)
}
