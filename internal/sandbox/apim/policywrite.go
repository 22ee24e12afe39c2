package apim

import (
	"strings"
)

// writePolicy writes tokens the way the service does: no XML declaration, one tab a
// level, CRLF. escaped gives XML; otherwise expressions stay as C#.
func writePolicy(tokens []token, escaped bool) string {
	w := &policyWriter{escaped: escaped}
	for i := 0; i < len(tokens); i++ {
		i = w.token(tokens, i)
	}
	return strings.Join(w.lines, "\r\n")
}

type policyWriter struct {
	escaped bool
	depth   int
	lines   []string
}

func (w *policyWriter) line(s string) {
	w.lines = append(w.lines, strings.Repeat("\t", w.depth)+s)
}

// token writes the token at i, or the whole element when it holds text, and says
// which token was the last.
func (w *policyWriter) token(tokens []token, i int) int {
	t := tokens[i]
	switch t.kind {
	case tokenComment:
		w.line("<!--" + crlf(t.text) + "-->")
	case tokenText:
		if s := strings.TrimSpace(t.text); s != "" {
			w.line(w.content(s, t.cdata))
		}
	case tokenClose:
		w.depth = max(w.depth-1, 0)
		w.line("</" + t.text + ">")
	case tokenOpen:
		return w.element(tokens, i)
	}
	return i
}

func (w *policyWriter) element(tokens []token, i int) int {
	t := tokens[i]
	if t.empty {
		w.line(w.tag(t))
		return i
	}
	end := closing(tokens, i)
	if end < 0 {
		w.line(w.tag(t))
		w.depth++
		return i
	}
	if end == i+1 || (end == i+2 && isBlank(tokens[i+1])) {
		t.empty = true
		w.line(w.tag(t))
		return end
	}
	if hasText(tokens[i+1 : end]) {
		var b strings.Builder
		for _, inner := range tokens[i : end+1] {
			b.WriteString(w.inline(inner))
		}
		w.line(b.String())
		return end
	}
	w.line(w.tag(t))
	w.depth++
	return i
}

// closing finds the end of the element that starts at i.
func closing(tokens []token, i int) int {
	depth := 0
	for j := i; j < len(tokens); j++ {
		switch {
		case tokens[j].kind == tokenOpen && !tokens[j].empty:
			depth++
		case tokens[j].kind == tokenClose:
			if depth--; depth == 0 {
				return j
			}
		}
	}
	return -1
}

func isBlank(t token) bool {
	return t.kind == tokenText && !t.cdata && strings.TrimSpace(t.text) == ""
}

// hasText reports whether there is text at the top of an element's contents.
func hasText(tokens []token) bool {
	depth := 0
	for _, t := range tokens {
		switch {
		case t.kind == tokenOpen && !t.empty:
			depth++
		case t.kind == tokenClose:
			depth--
		case depth == 0 && t.kind == tokenText && !isBlank(t):
			return true
		}
	}
	return false
}

func (w *policyWriter) inline(t token) string {
	switch t.kind {
	case tokenOpen:
		return w.tag(t)
	case tokenClose:
		return "</" + t.text + ">"
	case tokenComment:
		return "<!--" + crlf(t.text) + "-->"
	case tokenText:
		return w.content(t.text, t.cdata)
	}
	return ""
}

func (w *policyWriter) tag(t token) string {
	var b strings.Builder
	b.WriteString("<" + t.text)
	for _, a := range t.attrs {
		b.WriteString(" " + a.name + `="` + w.value(a.value, true) + `"`)
	}
	if t.empty {
		b.WriteString(" />")
	} else {
		b.WriteString(">")
	}
	return b.String()
}

func (w *policyWriter) content(s string, cdata bool) string {
	if cdata {
		return "<![CDATA[" + crlf(s) + "]]>"
	}
	return w.value(s, false)
}

// value writes text or an attribute, escaped where it has to be.
func (w *policyWriter) value(s string, inAttr bool) string {
	plain := unescapeXML(s)
	if !w.escaped && strings.HasPrefix(strings.TrimSpace(plain), "@") {
		return crlf(plain)
	}
	plain = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;").Replace(plain)
	if inAttr {
		plain = strings.ReplaceAll(plain, `"`, "&quot;")
	}
	return crlf(plain)
}

func unescapeXML(s string) string {
	return strings.NewReplacer("&lt;", "<", "&gt;", ">", "&quot;", `"`, "&apos;", "'", "&#xD;", "\r", "&#xA;", "\n", "&amp;", "&").Replace(s)
}

// crlf gives lines the ends the service writes.
func crlf(s string) string {
	return strings.ReplaceAll(strings.ReplaceAll(s, "\r\n", "\n"), "\n", "\r\n")
}
