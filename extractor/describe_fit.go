package extractor

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// A page is the body of a description, in its parts.
type page struct {
	meta Meta
	head string
	// What is long: a table, a graph, what is folded, and what was passed over.
	table, graph, details, notes *block
	bare                         *block // the table without links
}

func newPage(r *Result, m Meta) *page {
	p := &page{
		meta:  m,
		head:  fmt.Sprintf("**%s** in %s gateway %s%s, of which %s read.\n", counts(r), code(m.Product), code(m.Instance), m.scope(", scope ", code), number(r.Read, "resource was", "resources were")),
		table: resources(r, m.File), graph: &block{what: "graphs"}, details: fields(r), notes: remarks(r), bare: resources(r, nil),
	}
	if m.Mermaid {
		p.graph = graph(r)
	}
	return p
}

// A block is a part of the body, line by line.
type block struct {
	what       string // its lines are
	head, tail string
	lines      []string
}

func (b *block) text() string {
	if len(b.lines) == 0 {
		return ""
	}
	return b.head + strings.Join(b.lines, "") + b.tail
}

// fit returns as many lines of the block as a number of bytes hold.
func (b *block) fit(size int) *block {
	c := &block{what: b.what, head: b.head, tail: b.tail}
	for left := size - len(b.head) - len(b.tail); len(c.lines) < len(b.lines); {
		line := b.lines[len(c.lines)]
		if left -= len(line); left < 0 {
			break
		}
		c.lines = append(c.lines, line)
	}
	return c
}

// fit returns the body within the limit, and whether nothing is left out.
func (p *page) fit() (body string, whole bool) {
	body = p.head + p.table.text() + p.graph.text() + p.details.text() + p.notes.text()
	if p.meta.Limit <= 0 || len(body) <= p.meta.Limit {
		return body, true
	}
	var out []string
	if p.table.text() != p.bare.text() {
		out = append(out, "links to files")
	}
	if len(p.graph.lines) > 0 {
		out = append(out, "the graph of what depends on it")
	}
	body = p.head + p.bare.text() + p.details.text() + p.notes.text() + p.leftOut(out)
	if len(out) > 0 && len(body) <= p.meta.Limit {
		return body, false
	}
	return p.shorten(out), false
}

// leftOut says what a body lacks.
func (p *page) leftOut(what []string) string {
	text := "\n_Left out for length: " + strings.Join(what, ", ") + "._"
	if p.meta.Elsewhere != "" {
		text += " " + p.meta.Elsewhere
	}
	return text + "\n"
}

// shorten returns a body that lacks resources, and what else is left out.
func (p *page) shorten(out []string) string {
	room := 220 + len(p.meta.Elsewhere) // for saying what is left out
	left := p.meta.Limit - len(p.head) - room
	if left < 0 {
		return cutText(p.head, p.meta.Limit)
	}
	n := p.notes.fit(left / 2)
	left -= len(n.text())
	t := p.bare.fit(left)
	left -= len(t.text())
	d := p.details.fit(left)
	for _, b := range []struct{ all, shown *block }{{p.bare, t}, {p.details, d}, {p.notes, n}} {
		if hidden := len(b.all.lines) - len(b.shown.lines); hidden > 0 {
			out = append(out, fmt.Sprintf("%d of %d %s", hidden, len(b.all.lines), b.all.what))
		}
	}
	return cutText(p.head+t.text()+d.text()+n.text()+p.leftOut(out), p.meta.Limit)
}

// parts returns all there is, in parts within the limit.
func (p *page) parts() []string {
	const tooLong = "_A line is left out for its length._\n"
	if p.meta.Limit <= 0 {
		body, _ := p.fit()
		return []string{body}
	}
	all := []string{cutText(p.head, p.meta.Limit)}
	for _, b := range []*block{p.table, p.graph, p.details, p.notes} {
		rest := *b
		for len(rest.lines) > 0 {
			last := &all[len(all)-1]
			some := rest.fit(p.meta.Limit - len(*last))
			switch {
			case len(some.lines) > 0:
				*last += some.text()
				rest.lines = rest.lines[len(some.lines):]
			case *last != "":
				all = append(all, "")
			default: // the line is longer than a part may be
				rest.lines = append([]string{tooLong}, rest.lines[1:]...)
				if len(rest.head)+len(tooLong)+len(rest.tail) > p.meta.Limit {
					return all // there is no room for anything
				}
			}
		}
	}
	return all
}

// cutText cuts text to at most size bytes, between two characters.
func cutText(s string, size int) string {
	const more = "…"
	if len(s) <= size {
		return s
	}
	end := max(0, size-len(more))
	for end > 0 && !utf8.RuneStart(s[end]) {
		end--
	}
	if size < len(more) {
		return ""
	}
	return s[:end] + more
}
