package policy

import "strings"

// A frame is something that an expression has opened and not yet closed.
type frame struct {
	kind     frameKind
	verbatim bool // of a string: backslashes are ordinary, newlines allowed
	escaped  bool // of a string: its quotes are written as &quot;
}

type frameKind int

const (
	parens       frameKind = iota // ( … )
	braces                        // { … }
	hole                          // { … } of an interpolated string
	interpolated                  // $"…" or $@"…"
)

// expression skips "@( … )" or "@{ … }". It keeps a stack of its own, so that
// no text, however deep, makes it recurse.
func (s *scanner) expression() error {
	s.pos++ // the @
	stack := []frame{bracket(s.text[s.pos])}
	from := s.pos
	s.pos++
	for len(stack) > 0 {
		if s.pos >= len(s.text) {
			return errSyntax
		}
		var err error
		if top := stack[len(stack)-1]; top.kind == interpolated {
			stack, err = s.stringStep(stack, top)
		} else {
			stack, err = s.codeStep(stack, top, from)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func bracket(c byte) frame {
	if c == '(' {
		return frame{kind: parens}
	}
	return frame{kind: braces}
}

// codeStep moves over one piece of code: a bracket, a literal, a comment, or a
// byte that means nothing here. The expression began at from.
func (s *scanner) codeStep(stack []frame, top frame, from int) ([]frame, error) {
	rest := s.text[s.pos:]
	switch c := rest[0]; c {
	case '(', '{':
		s.pos++
		return append(stack, bracket(c)), nil
	case ')', '}':
		if (c == ')') != (top.kind == parens) {
			return nil, errSyntax
		}
		s.pos++
		return stack[:len(stack)-1], nil
	case '\'':
		return stack, s.character()
	case '/':
		return stack, s.slash(from)
	case ':':
		return stack, s.colon(top)
	case '\n':
		s.cutBefore(from)
	case '"', '&', '$', '@':
		return s.stringStart(stack)
	}
	s.pos++
	return stack, nil
}

// cutBefore marks the white space before the newline at the scanner's place as
// meaning nothing: outside of literals, code does not see it.
func (s *scanner) cutBefore(from int) {
	to := s.pos
	at := to
	for at > from && (s.text[at-1] == ' ' || s.text[at-1] == '\t') {
		at--
	}
	if at < to {
		s.cuts = append(s.cuts, span{at, to})
	}
}

// character skips a character literal.
func (s *scanner) character() error {
	for s.pos++; s.pos < len(s.text); s.pos++ {
		switch s.text[s.pos] {
		case '\\':
			s.pos++
			if s.pos < len(s.text) && s.text[s.pos] == '\n' {
				return errSyntax
			}
		case '\n':
			return errSyntax
		case '\'':
			s.pos++
			return nil
		}
	}
	return errSyntax
}

// slash skips a comment, or a slash that starts none.
func (s *scanner) slash(from int) error {
	rest := s.text[s.pos:]
	switch {
	case strings.HasPrefix(rest, "//"):
		n := strings.IndexByte(rest, '\n')
		if n < 0 {
			return errSyntax
		}
		s.pos += n // codeStep sees the newline
	case strings.HasPrefix(rest, "/*"):
		n := strings.Index(rest[2:], "*/")
		if n < 0 {
			return errSyntax
		}
		for end := s.pos + 2 + n; s.pos < end; s.pos++ {
			if s.text[s.pos] == '\n' {
				s.cutBefore(from)
			}
		}
		s.pos += len("*/")
	default:
		s.pos++
	}
	return nil
}

// colon skips a colon and, where it stands in the hole of an interpolated
// string, the format after it: there a quote is an ordinary character. A
// conditional in a hole has parentheses around it, as C# demands.
func (s *scanner) colon(top frame) error {
	s.pos++
	if top.kind != hole {
		return nil
	}
	if s.take(':') { // global::Name
		return nil
	}
	n := strings.IndexAny(s.text[s.pos:], "}\n")
	if n < 0 || s.text[s.pos+n] == '\n' {
		return errSyntax
	}
	s.pos += n
	return nil
}

// stringStart skips a plain string, or enters an interpolated one, if the
// scanner stands before its prefix or its quote. Otherwise it skips a byte.
func (s *scanner) stringStart(stack []frame) ([]frame, error) {
	at := s.pos
	f := frame{kind: interpolated}
	interpolates := false
	for at < len(s.text) && at < s.pos+2 && (s.text[at] == '$' || s.text[at] == '@') {
		interpolates = interpolates || s.text[at] == '$'
		f.verbatim = f.verbatim || s.text[at] == '@'
		at++
	}
	n, escaped := quoteAt(s.text[at:])
	if n == 0 {
		s.pos++
		return stack, nil
	}
	f.escaped = escaped
	s.pos = at + n
	if interpolates {
		return append(stack, f), nil
	}
	return stack, s.plainString(f)
}

// plainString skips the rest of a string that has no holes.
func (s *scanner) plainString(f frame) error {
	for s.pos < len(s.text) {
		done, err := s.stringByte(f)
		if done || err != nil {
			return err
		}
	}
	return errSyntax
}

// stringStep moves over one piece of an interpolated string.
func (s *scanner) stringStep(stack []frame, top frame) ([]frame, error) {
	if s.take('{') {
		if s.take('{') {
			return stack, nil
		}
		return append(stack, frame{kind: hole}), nil
	}
	done, err := s.stringByte(top)
	if done {
		stack = stack[:len(stack)-1]
	}
	return stack, err
}

// stringByte moves over a character of a string, its escape, or the quote that
// ends it; done is true after the latter.
func (s *scanner) stringByte(f frame) (done bool, err error) {
	rest := s.text[s.pos:]
	if n, escaped := quoteAt(rest); n > 0 && escaped == f.escaped {
		s.pos += n
		if f.verbatim {
			if n, escaped := quoteAt(rest[n:]); n > 0 && escaped == f.escaped {
				s.pos += n // doubled: one quote of the string
				return false, nil
			}
		}
		return true, nil
	}
	switch {
	case f.verbatim:
	case rest[0] == '\n':
		return false, errSyntax
	case rest[0] == '\\' && len(rest) > 1 && rest[1] != '\n':
		n, escaped := quoteAt(rest[1:])
		if n == 0 || escaped != f.escaped {
			n = 1
		}
		s.pos += n
	}
	s.pos++
	return false, nil
}

// quoteAt returns the length of the double quote that text begins with, 0 if
// there is none, and whether it is written as a character reference.
func quoteAt(text string) (n int, escaped bool) {
	if text == "" {
		return 0, false
	}
	if text[0] == '"' {
		return 1, false
	}
	if text[0] == '&' {
		for _, q := range [...]string{"&quot;", "&#34;", "&#x22;"} {
			if strings.HasPrefix(text, q) {
				return len(q), true
			}
		}
	}
	return 0, false
}
