package extractor

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/lockstep-apiops/lockstep/artifacts"
	"github.com/lockstep-apiops/lockstep/gateway"
)

// Meta is what a description needs to know besides the Result.
type Meta struct {
	Product, Instance string // of the gateway
	Scope             string // name of the part of it that was read; "" is none
	Limit             int    // bytes that the body may have; 0: any number

	// File returns the address where a file of the tree shows, or "". One that
	// is gone shows as it was. Nothing in the address may mean anything in
	// Markdown. nil: there are none.
	File func(path string, gone bool) string
	// Mermaid says that graphs are drawn where the description goes.
	Mermaid bool
	// Elsewhere is a sentence that tells where the whole description is. It
	// stands in a body that lacks something.
	Elsewhere string
}

// scope returns the words for the scope, if there is one.
func (m Meta) scope(before string, as func(string) string) string {
	if m.Scope == "" {
		return ""
	}
	return before + as(m.Scope)
}

// A Description is what a pull request says of the changes of a Result.
type Description struct {
	Title string // one line
	Body  string // Markdown
	Whole bool   // the limit left nothing out of the body
}

// Describe returns what a pull request says that brings the changes of a
// Result. The same Result gives the same words. No name that a gateway may hold
// becomes markup, a mention, or a link other than that of File.
//
// A body that would exceed the limit goes without links and graph. If that is
// not enough it keeps its summary, then the notes, then the resources as far as
// they go. It says what it leaves out.
func Describe(r Result, m Meta) Description {
	d := Description{
		Title: fmt.Sprintf("Bring artifacts in line with %s %s%s: %s", visible(m.Product), visible(m.Instance), m.scope(", ", visible), counts(&r)),
	}
	d.Body, d.Whole = newPage(&r, m).fit()
	return d
}

// Details returns the whole body of a description in parts that the limit has
// room for. Each of them is Markdown by itself.
func Details(r Result, m Meta) []string { return newPage(&r, m).parts() }

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

// resources is the table of what changed: removals first.
func resources(r *Result, file func(path string, gone bool) string) *block {
	b := &block{what: "resources", head: "\n| | Resource | Files |\n|---|---|---|\n"}
	changes := slices.SortedStableFunc(slices.Values(r.Changes), func(a, b ResourceChange) int {
		return cmp.Compare(rank[a.Op], rank[b.Op])
	})
	for _, c := range changes {
		op := string(c.Op)
		if c.Op == Removed {
			op = "**" + op + "**"
		}
		b.lines = append(b.lines, fmt.Sprintf("| %s | %s %s | %s |\n", op, plain(c.Key.Kind), code(name(c.Key)), files(c, file)))
	}
	return b
}

// rank is the order in which people read what happened: what is lost first.
var rank = map[Op]int{Removed: 0, Changed: 1, Added: 2}

func name(key gateway.Key) string { return strings.Join(key.Names(), "/") }

// files lists the files of a change, the first few of them, with links.
func files(c ResourceChange, file func(path string, gone bool) string) string {
	return list(c.Files, 4, func(p string) string {
		if file != nil {
			if to := file(p, slices.Contains(c.Gone, p)); to != "" {
				return "[" + code(p) + "](" + to + ")"
			}
		}
		return code(p)
	})
}

// fields tells what of the changed resources is different, folded.
func fields(r *Result) *block {
	b := &block{
		what: "lines of detail",
		head: "\n<details><summary>What changed in each</summary>\n\n", tail: "\n</details>\n",
	}
	for _, c := range r.Changes {
		if len(c.Fields) > 0 {
			b.lines = append(b.lines, fmt.Sprintf("- %s %s: %s\n", plain(c.Key.Kind), code(name(c.Key)), list(c.Fields, 20, code)))
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
		if p.Level != artifacts.Info {
			b.lines = append(b.lines, fmt.Sprintf("- %s: %s\n", code(p.Path), code(p.Text)))
		}
	}
	return b
}

// list returns names with commas between them, the first few of them, each as
// it is to show.
func list(names []string, few int, show func(string) string) string {
	var parts []string
	for _, n := range names[:min(few, len(names))] {
		parts = append(parts, show(n))
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
