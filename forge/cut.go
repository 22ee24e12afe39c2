package forge

import (
	"strings"
	"unicode/utf8"
)

// cutNotice says at the end of a text that it is not all of it.
const cutNotice = "\n\n_The rest is left out: it is longer than the forge takes._\n"

// cut shortens Markdown to at most limit bytes and says so. It ends between two
// lines, or in a long line between two characters, and closes the code fences,
// comments and <details> that are open there.
func cut(text string, limit int) string {
	if len(text) <= limit {
		return text
	}
	for end := limit - len(cutNotice); end > 0; {
		end = cutAt(text, end)
		kept := strings.TrimRight(text[:end], " \t\n")
		short := kept + closers(kept) + cutNotice
		over := len(short) - limit
		if over <= 0 {
			return short
		}
		end -= over
	}
	return cutLine(strings.TrimSpace(cutNotice), limit)
}

// cutAt returns where to cut text at or before end.
func cutAt(text string, end int) int {
	const longLine = 1000
	if i := strings.LastIndexByte(text[:end], '\n'); i > 0 && end-i < longLine {
		return i
	}
	for end > 0 && !utf8.RuneStart(text[end]) {
		end--
	}
	return end
}

// closers returns what ends the blocks that are open at the end of Markdown.
func closers(text string) string {
	var indent, fence string // of the code block that is open
	comment, details := false, 0
	for line := range strings.Lines(text) {
		line = strings.TrimRight(line, "\n")
		i, mark := fenceOf(line)
		switch {
		case fence != "":
			if strings.HasPrefix(mark, fence) && strings.TrimSpace(line) == mark {
				fence = ""
			}
		case !comment && mark != "":
			indent, fence = i, mark
		default:
			comment = inComment(line, comment)
			lower := strings.ToLower(line)
			details = max(0, details+strings.Count(lower, "<details")-strings.Count(lower, "</details"))
		}
	}
	var b strings.Builder
	if fence != "" {
		b.WriteString("\n" + indent + fence)
	}
	if comment {
		b.WriteString("\n" + markEnd)
	}
	if details > 0 {
		b.WriteString("\n" + strings.Repeat("\n</details>", details))
	}
	return b.String()
}

// fenceOf returns the back-ticks or tildes of a line that opens or closes a
// code block, and what it is indented by. Fences in quotes end with the quote.
func fenceOf(line string) (indent, mark string) {
	text := strings.TrimLeft(line, " \t")
	indent = line[:len(line)-len(text)]
	for _, c := range []string{"`", "~"} {
		rest := strings.TrimLeft(text, c)
		if n := len(text) - len(rest); n >= 3 && (c == "~" || !strings.Contains(rest, c)) {
			return indent, text[:n]
		}
	}
	return "", ""
}

// inComment reports whether an HTML comment is open after a line, if one was or
// was not before it.
func inComment(line string, open bool) bool {
	for {
		mark := "<!--"
		if open {
			mark = markEnd
		}
		i := strings.Index(line, mark)
		if i < 0 {
			return open
		}
		open, line = !open, line[i+len(mark):]
	}
}

// cutLine shortens a line to at most limit bytes, between two characters.
func cutLine(s string, limit int) string {
	const more = "…"
	if len(s) <= limit {
		return s
	}
	end := limit - len(more)
	if end <= 0 {
		return ""
	}
	for end > 0 && !utf8.RuneStart(s[end]) {
		end--
	}
	return strings.TrimRight(s[:end], " ") + more
}
