package policy

import "strings"

// skim collects what looks like a reference in a text that can not be scanned.
// It takes no notice of expressions and nesting: a tag is what stands between
// two left angle brackets, and a value ends at the next quote. Places that
// count only inside another element are left out.
func (c collector) skim(text string) {
	text = withoutComments(text)
	liquid := false
	for i, piece := range strings.Split(text, "<") {
		if strings.HasPrefix(piece, "/set-body") {
			liquid = false
		}
		if liquid {
			continue
		}
		if i > 0 {
			s := scanner{text: "<" + piece}
			t := s.looseTag()
			c.element(s.text, t, nil)
			liquid = s.isLiquid(t)
		}
		if !liquid {
			c.namedValues(piece)
		}
	}
}

// looseTag reads a name and as many attributes as there are. The name is empty
// if the text begins with no tag.
func (s *scanner) looseTag() token {
	s.pos = len("<")
	t := token{kind: openTag, name: s.name()}
	for s.space() {
		a := attribute{name: s.name()}
		s.space()
		if a.name == "" || !s.take('=') {
			break
		}
		s.space()
		if s.pos >= len(s.text) {
			break
		}
		a.quote = s.text[s.pos]
		if a.quote != '"' && a.quote != '\'' {
			break
		}
		s.pos++
		n := strings.IndexByte(s.text[s.pos:], a.quote)
		if n < 0 {
			break
		}
		a.value = span{s.pos, s.pos + n}
		s.pos += n + 1
		t.attrs = append(t.attrs, a)
	}
	return t
}

// withoutComments returns text without its XML comments. One that never ends
// is taken for ordinary text.
func withoutComments(text string) string {
	var b strings.Builder
	for {
		from := strings.Index(text, "<!--")
		if from < 0 {
			break
		}
		n := strings.Index(text[from+4:], "-->")
		if n < 0 {
			break
		}
		b.WriteString(text[:from])
		text = text[from+4+n+3:]
	}
	b.WriteString(text)
	return b.String()
}
