package policy

import "strings"

// Equal reports whether two policy texts say the same, so that a file needs no
// rewrite and a gateway no update. It is an equivalence.
//
// It ignores a byte-order mark, an <?xml …?> line, which line ends are used,
// white space at the ends of the text, and
//   - white space between tags, inside tags and between attributes,
//   - the kind and amount of white space inside XML comments,
//   - white space at line ends of expression code, outside of C# literals.
//
// It never ignores any other character, nor white space in attribute values,
// in CDATA, in C# literals, or in text that is more than white space.
//
// Texts whose structure it can not follow are equal only if their lines are,
// white space at line ends apart.
func Equal(a, b string) bool {
	return a == b || canonical(a) == canonical(b)
}

// canonical returns the same string for texts that are equal, and for no
// others. It is for comparison alone and no text that a gateway would take.
func canonical(text string) string {
	text = plain(text)
	if c, err := structure(text); err == nil {
		return "x" + c
	}
	return "l" + lines(text)
}

// plain returns text with newlines as line ends, without byte-order mark, XML
// declaration and white space around it.
func plain(text string) string {
	const space = " \t\n"
	text = strings.TrimPrefix(text, "\ufeff")
	if strings.Contains(text, "\r") {
		text = strings.ReplaceAll(text, "\r\n", "\n")
		text = strings.ReplaceAll(text, "\r", "\n")
	}
	text = strings.Trim(text, space)
	if len(text) > len("<?xml") && text[:5] == "<?xml" && isSpace(text[5]) {
		if n := strings.Index(text, "?>"); n >= 0 {
			text = strings.TrimLeft(text[n+2:], space)
		}
	}
	return text
}

// lines returns text without white space at line ends.
func lines(text string) string {
	var b strings.Builder
	for line := range strings.SplitSeq(text, "\n") {
		b.WriteString(strings.TrimRight(line, " \t"))
		b.WriteByte('\n')
	}
	return b.String()
}

// structure returns text without the white space that Equal ignores.
func structure(text string) (string, error) {
	w := writer{scanner: scanner{text: text}}
	w.b.Grow(len(text))
	for {
		t, err := w.next()
		if err != nil {
			return "", err
		}
		switch t.kind {
		case textRun, cdata, comment:
			w.run = append(w.run, t)
		case endOfText:
			w.flush()
			return w.b.String(), nil
		default:
			w.flush()
			w.markup(t)
		}
	}
}

// A writer puts tokens into canonical form.
type writer struct {
	scanner
	b   strings.Builder
	run []token // characters and comments since the last tag
	cut int     // how many of the scanner's cuts are behind us
}

// flush writes the characters between two tags. If they are white space and
// comments alone, only the comments count.
func (w *writer) flush() {
	counts := false
	for _, t := range w.run {
		counts = counts || t.kind == cdata || t.kind == textRun && !isBlank(w.text[t.at.from:t.at.to])
	}
	for _, t := range w.run {
		switch {
		case t.kind == comment:
			w.comment(t)
		case counts:
			w.exact(t.at)
		}
	}
	w.run = w.run[:0]
}

func (w *writer) markup(t token) {
	switch t.kind {
	case openTag:
		w.b.WriteByte('<')
		w.b.WriteString(t.name)
		for _, a := range t.attrs {
			w.b.WriteByte(' ')
			w.b.WriteString(a.name)
			w.b.WriteByte('=')
			w.b.WriteByte(a.quote)
			w.exact(a.value)
			w.b.WriteByte(a.quote)
		}
		if t.empty {
			w.b.WriteByte('/')
		}
		w.b.WriteByte('>')
	case closeTag:
		w.b.WriteString("</")
		w.b.WriteString(t.name)
		w.b.WriteByte('>')
	default:
		w.exact(t.at)
	}
}

// exact writes a range of the text as it is, except for the scanner's cuts.
func (w *writer) exact(at span) {
	for w.cut < len(w.cuts) && w.cuts[w.cut].from < at.to {
		if c := w.cuts[w.cut]; c.from >= at.from {
			w.b.WriteString(w.text[at.from:c.from])
			at.from = c.to
		}
		w.cut++
	}
	w.b.WriteString(w.text[at.from:at.to])
}

// comment writes a comment with single spaces.
func (w *writer) comment(t token) {
	w.b.WriteString("<!--")
	body := w.text[t.at.from+len("<!--") : t.at.to-len("-->")]
	for i, word := range strings.FieldsFunc(body, func(r rune) bool { return r < 0x80 && isSpace(byte(r)) }) {
		if i > 0 {
			w.b.WriteByte(' ')
		}
		w.b.WriteString(word)
	}
	w.b.WriteString("-->")
}

func isBlank(text string) bool { return strings.Trim(text, " \t\n") == "" }
