package apidef

import (
	"strconv"
	"strings"
)

// A tokenKind tells the tokens of GraphQL apart.
type tokenKind int

const (
	endToken tokenKind = iota
	nameToken
	stringToken // its text is the value
	otherToken  // a number or a mark
)

// A lexeme is one token of a GraphQL document.
type lexeme struct {
	kind tokenKind
	text string
	line int
}

// A lexer cuts a GraphQL document into tokens and checks that its brackets
// pair.
type lexer struct {
	text string
	pos  int
	line int
	open []lexeme // brackets
}

// next returns the next token. White space, commas and comments are none.
func (l *lexer) next() (lexeme, error) {
	l.skip()
	tok := lexeme{kind: otherToken, line: l.line}
	if l.pos >= len(l.text) {
		tok.kind = endToken
		return tok, nil
	}
	rest := l.text[l.pos:]
	n := 1
	switch c := rest[0]; {
	case strings.HasPrefix(rest, `"""`):
		return l.blockString(tok)
	case c == '"':
		return l.string(tok)
	case isNameStart(c):
		tok.kind = nameToken
		n = len(rest) - len(strings.TrimLeftFunc(rest, isNameRune))
	case c == '-' || '0' <= c && c <= '9':
		n = 1 + len(rest[1:]) - len(strings.TrimLeft(rest[1:], "0123456789.eE+-"))
	case strings.HasPrefix(rest, "..."):
		n = 3
	case c == '{' || c == '(' || c == '[':
		l.open = append(l.open, lexeme{text: rest[:1], line: l.line})
	case c == '}' || c == ')' || c == ']':
		if !l.closes(c) {
			return tok, errorAt(l.line, "%q closes nothing", rest[:1])
		}
	case !strings.ContainsRune("!$&:=@|", rune(c)):
		return tok, errorAt(l.line, "character %q is no part of GraphQL", rest[:1])
	}
	tok.text = rest[:n]
	l.pos += n
	return tok, nil
}

func (l *lexer) closes(c byte) bool {
	n := len(l.open)
	if n == 0 || strings.IndexByte("{}()[]", c)-strings.Index("{}()[]", l.open[n-1].text) != 1 {
		return false
	}
	l.open = l.open[:n-1]
	return true
}

func (l *lexer) skip() {
	for l.pos < len(l.text) {
		switch l.text[l.pos] {
		case '\n':
			l.line++
		case ' ', '\t', '\r', ',':
		case '#':
			n := strings.IndexByte(l.text[l.pos:], '\n')
			if n < 0 {
				l.pos = len(l.text)
				return
			}
			l.pos += n - 1
		default:
			return
		}
		l.pos++
	}
}

func isNameStart(c byte) bool {
	return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || c == '_'
}

func isNameRune(r rune) bool {
	return r < 0x80 && (isNameStart(byte(r)) || '0' <= r && r <= '9')
}

// string reads a string of one line.
func (l *lexer) string(tok lexeme) (lexeme, error) {
	tok.kind = stringToken
	rest := l.text[l.pos:]
	for i := 1; i < len(rest); i++ {
		switch rest[i] {
		case '\\':
			i++
		case '\n':
			return tok, errorAt(l.line, "a string is not closed")
		case '"':
			raw := strings.ReplaceAll(rest[:i+1], `\/`, "/")
			value, err := strconv.Unquote(raw)
			if err != nil {
				value = raw
			}
			tok.text = value
			l.pos += i + 1
			return tok, nil
		}
	}
	return tok, errorAt(l.line, "a string is not closed")
}

// blockString reads a string between three quotes. Its value has no common
// indentation and no blank lines at its ends.
func (l *lexer) blockString(tok lexeme) (lexeme, error) {
	tok.kind = stringToken
	rest := l.text[l.pos+3:]
	end := 0
	for {
		n := strings.Index(rest[end:], `"""`)
		if n < 0 {
			return tok, errorAt(l.line, "a block string is not closed")
		}
		end += n
		if end == 0 || rest[end-1] != '\\' {
			break
		}
		end += 3
	}
	body := rest[:end]
	l.line += strings.Count(body, "\n")
	l.pos += 3 + end + 3
	tok.text = dedent(strings.ReplaceAll(strings.ReplaceAll(body, "\r\n", "\n"), `\"""`, `"""`))
	return tok, nil
}

func dedent(body string) string {
	lines := strings.Split(body, "\n")
	common := -1
	for i, line := range lines {
		indent := len(line) - len(strings.TrimLeft(line, " \t"))
		if i > 0 && indent < len(line) && (common < 0 || indent < common) {
			common = indent
		}
	}
	for i := range lines {
		if i > 0 && common > 0 {
			lines[i] = lines[i][min(common, len(lines[i])):]
		}
	}
	blank := func(s string) bool { return strings.Trim(s, " \t") == "" }
	for len(lines) > 0 && blank(lines[0]) {
		lines = lines[1:]
	}
	for len(lines) > 0 && blank(lines[len(lines)-1]) {
		lines = lines[:len(lines)-1]
	}
	return strings.Join(lines, "\n")
}
