package extractor

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/lockstep-apiops/lockstep/artifacts"
)

// Meta is what a description needs to know besides the Result.
type Meta struct {
	Product, Instance string // of the gateway
	Limit             int    // bytes that the body may have; 0: any number
}

// Describe returns title and body, in Markdown, of a pull request that brings
// the changes of a Result. The same Result gives the same words. No name that
// a gateway may hold becomes markup, a link or a mention.
//
// A body that would exceed the limit keeps its summary, then the notes, then
// the resources as far as they go, and says what it leaves out.
func Describe(r Result, m Meta) (title, body string) {
	counts := counts(&r)
	title = fmt.Sprintf("Bring artifacts in line with %s %s: %s", visible(m.Product), visible(m.Instance), counts)
	head := fmt.Sprintf("**%s** in %s gateway %s, of which %s read.\n",
		counts, code(m.Product), code(m.Instance), number(r.Read, "resource was", "resources were"))
	table, details, notes := resources(&r), fields(&r), remarks(&r)
	body = head + table.text() + details.text() + notes.text()
	if m.Limit > 0 && len(body) > m.Limit {
		body = shorten(head, table, details, notes, m.Limit)
	}
	return title, body
}

// counts says how many resources changed in what way, removals first.
func counts(r *Result) string {
	var parts []string
	for _, op := range []Op{Removed, Changed, Added} {
		if n := r.Count(op); n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", n, op))
		}
	}
	if len(parts) == 0 {
		return "no changes"
	}
	return strings.Join(parts, ", ")
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

// shorten makes a body of at most limit bytes.
func shorten(head string, table, details, notes *block, limit int) string {
	const room = 160 // for saying what is left out
	left := limit - len(head) - room
	if left < 0 {
		return cutText(head, limit)
	}
	n := notes.fit(left / 2)
	left -= len(n.text())
	t := table.fit(left)
	left -= len(t.text())
	d := details.fit(left)
	var out []string
	for _, p := range []struct{ all, shown *block }{{table, t}, {details, d}, {notes, n}} {
		if hidden := len(p.all.lines) - len(p.shown.lines); hidden > 0 {
			out = append(out, fmt.Sprintf("%d of %d %s", hidden, len(p.all.lines), p.all.what))
		}
	}
	end := "\n_Left out for length: " + strings.Join(out, ", ") + "._\n"
	return cutText(head+t.text()+d.text()+n.text()+end, limit)
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

// resources is the table of what changed: removals first.
func resources(r *Result) *block {
	b := &block{what: "resources", head: "\n| | Resource | Files |\n|---|---|---|\n"}
	rank := map[Op]int{Removed: 0, Changed: 1, Added: 2}
	changes := slices.SortedStableFunc(slices.Values(r.Changes), func(a, b ResourceChange) int {
		return cmp.Compare(rank[a.Op], rank[b.Op])
	})
	for _, c := range changes {
		op := string(c.Op)
		if c.Op == Removed {
			op = "**" + op + "**"
		}
		b.lines = append(b.lines, fmt.Sprintf("| %s | %s %s | %s |\n", op, plain(c.Key.Kind), code(name(c)), list(c.Files, 4)))
	}
	return b
}

func name(c ResourceChange) string { return strings.Join(c.Key.Names(), "/") }

// fields tells what of the changed resources is different, folded.
func fields(r *Result) *block {
	b := &block{
		what: "lines of detail",
		head: "\n<details><summary>What changed in each</summary>\n\n", tail: "\n</details>\n",
	}
	for _, c := range r.Changes {
		if len(c.Fields) > 0 {
			b.lines = append(b.lines, fmt.Sprintf("- %s %s: %s\n", plain(c.Key.Kind), code(name(c)), list(c.Fields, 20)))
		}
	}
	return b
}

// remarks tells what was passed over, and why.
func remarks(r *Result) *block {
	b := &block{what: "notes", head: "\n**Notes**\n\n"}
	for _, line := range r.Remarks() {
		b.lines = append(b.lines, "- "+code(line)+"\n")
	}
	for _, u := range r.Unmanaged {
		b.lines = append(b.lines, fmt.Sprintf("- seen, not managed: %d %s (%s)\n", u.Count, plain(u.Name), plain(u.Why)))
	}
	for _, p := range r.Problems {
		if p.Level == artifacts.Warning {
			b.lines = append(b.lines, fmt.Sprintf("- %s: %s\n", code(p.Path), code(p.Text)))
		}
	}
	return b
}

// list returns names with commas between them, the first few of them.
func list(names []string, few int) string {
	var parts []string
	for _, n := range names[:min(few, len(names))] {
		parts = append(parts, code(n))
	}
	if more := len(names) - few; more > 0 {
		parts = append(parts, fmt.Sprintf("and %d more", more))
	}
	return strings.Join(parts, ", ")
}

func number(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}

// code returns text as code. Text that could break out of a code span, or of
// the table around it, is spelt in character references instead.
func code(s string) string {
	s = visible(s)
	if s != "" && s == strings.TrimSpace(s) && !strings.ContainsAny(s, "`|\\") {
		return "`" + s + "`"
	}
	return "<code>" + references(s) + "</code>"
}

// plain returns the words of this program's own tables as they are, if they
// are words.
func plain(s string) string {
	if strings.ContainsFunc(s, func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsDigit(r) && !strings.ContainsRune(" -,", r)
	}) {
		return code(s)
	}
	return s
}

// visible replaces what cannot be seen or changes how the rest is seen.
func visible(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || unicode.Is(unicode.Cf, r) || r == '\u2028' || r == '\u2029' {
			return '\ufffd'
		}
		return r
	}, strings.ToValidUTF8(s, "\ufffd"))
}

// references replaces what Markdown gives a meaning.
func references(s string) string {
	var b strings.Builder
	for _, r := range s {
		if r < utf8.RuneSelf && (unicode.IsPunct(r) || unicode.IsSymbol(r)) {
			fmt.Fprintf(&b, "&#%d;", r)
			continue
		}
		b.WriteRune(r)
	}
	return b.String()
}
