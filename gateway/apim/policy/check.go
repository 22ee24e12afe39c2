package policy

import (
	"fmt"
	"slices"
	"strings"
)

// A Fault is a place in the text of a policy that no service takes.
type Fault struct {
	Line int // from 1
	Text string
}

// sections are what a policies element may hold, each once.
var sections = []string{"inbound", "backend", "outbound", "on-error"}

// Check returns what is wrong with the form of a policy, in the order of lines:
// markup that does not hold together, a root element that is not one of roots,
// and sections that a policies element does not have or has twice. Roots of nil
// allow any. It knows neither elements nor attributes.
func Check(text string, roots ...string) []Fault {
	text, skipped := located(text)
	c := checker{scanner: scanner{text: text}, skipped: skipped, roots: roots, seen: map[string]bool{}}
	for c.step() {
	}
	return c.faults
}

// located returns the text that the scanner reads, and how many lines of the
// original are before it.
func located(text string) (string, int) {
	whole := strings.ReplaceAll(strings.ReplaceAll(text, "\r\n", "\n"), "\r", "\n")
	bare := plain(text)
	return bare, strings.Count(whole[:max(0, strings.Index(whole, bare))], "\n")
}

// A checker walks over a text and collects faults.
type checker struct {
	scanner
	skipped int
	roots   []string
	opened  []int // lines of the elements that are open
	rooted  bool
	seen    map[string]bool // sections
	faults  []Fault
}

// step checks one token and reports whether there are more.
func (c *checker) step() bool {
	from := c.pos
	depth := len(c.open)
	t, err := c.next()
	if err != nil {
		c.broken(from)
		return false
	}
	switch t.kind {
	case endOfText:
		if !c.rooted {
			c.fault(from, "there is no element")
		}
		return false
	case textRun, cdata:
		if depth == 0 && strings.TrimSpace(c.text[t.at.from:t.at.to]) != "" {
			c.fault(from, "there is text outside of the root element")
		}
	case openTag:
		c.element(t, depth)
		if !t.empty {
			c.opened = append(c.opened, c.line(from))
		}
	case closeTag:
		c.opened = c.opened[:len(c.opened)-1]
	}
	return true
}

// element checks where an element stands, and its attributes.
func (c *checker) element(t token, depth int) {
	at := t.at.from
	switch {
	case depth == 0 && c.rooted:
		c.fault(at, fmt.Sprintf("there is a second root element <%s>", t.name))
	case depth == 0 && len(c.roots) > 0 && !slices.Contains(c.roots, t.name):
		c.fault(at, fmt.Sprintf("the root element is <%s> and must be <%s>", t.name, strings.Join(c.roots, "> or <")))
	case depth == 1 && c.open[0] == "policies" && !slices.Contains(sections, t.name):
		c.fault(at, fmt.Sprintf("<%s> is no section of a policy: %s are", t.name, strings.Join(sections, ", ")))
	case depth == 1 && c.open[0] == "policies" && c.seen[t.name]:
		c.fault(at, fmt.Sprintf("there is a second section <%s>", t.name))
	case depth == 1:
		c.seen[t.name] = true
	}
	c.rooted = true
	for i, a := range t.attrs {
		if slices.ContainsFunc(t.attrs[:i], func(b attribute) bool { return b.name == a.name }) {
			c.fault(a.value.from, fmt.Sprintf("<%s> has the attribute %s twice", t.name, a.name))
		}
	}
}

// broken says why no token begins at a place.
func (c *checker) broken(from int) {
	rest := c.text[from:]
	switch {
	case rest == "":
		i := len(c.open) - 1
		c.faults = append(c.faults, Fault{c.opened[i], fmt.Sprintf("the element <%s> is not closed", c.open[i])})
	case strings.HasPrefix(rest, "</"):
		name := strings.TrimRight(strings.TrimPrefix(rest[:strings.IndexAny(rest+">", ">")], "</"), " \t\n")
		text := fmt.Sprintf("</%s> closes no element", name)
		if i := len(c.open) - 1; i >= 0 {
			text = fmt.Sprintf("</%s> stands where <%s> of line %d is open", name, c.open[i], c.opened[i])
		}
		c.fault(from, text)
	case strings.HasPrefix(rest, "<!--"):
		c.fault(from, "the comment has no end")
	case strings.HasPrefix(rest, "<!"), strings.HasPrefix(rest, "<?"):
		c.fault(from, "the markup has no end, or is none that a policy may have")
	case startsTag(rest):
		s := scanner{text: rest, pos: 1}
		c.fault(from, fmt.Sprintf("the tag <%s> is not well formed: look for quotes that are missing or not closed, and brackets of an expression that do not match", s.name()))
	default:
		c.fault(from+max(0, strings.Index(rest, "@")), "the brackets or quotes of the expression do not match")
	}
}

func (c *checker) line(at int) int { return c.skipped + 1 + strings.Count(c.text[:at], "\n") }

func (c *checker) fault(at int, text string) {
	c.faults = append(c.faults, Fault{c.line(at), text})
}

// Line returns the line, from 1, of the first place in a text where it names a
// resource, as References finds it. It is 0 for one that it does not name.
func Line(text string, ref Reference) int {
	text, skipped := located(text)
	w := walker{scanner: scanner{text: text}, open: map[string]int{}}
	c := collector{}
	for more := true; more; {
		var at span
		at, more = w.step(c)
		if _, ok := c[ref]; ok {
			return skipped + 1 + strings.Count(text[:at.from+nameIn(text[at.from:at.to], ref)], "\n")
		}
	}
	if w.lost {
		c.skim(text)
	}
	if _, ok := c[ref]; ok {
		return skipped + 1 + strings.Count(text[:nameIn(text, ref)], "\n")
	}
	return 0
}

// nameIn returns the place in a token of the name of a reference that it has.
func nameIn(piece string, ref Reference) int {
	name := ref.Name[strings.LastIndexByte(ref.Name, '/')+1:]
	for from := 0; ; {
		i := strings.Index(piece[from:], name)
		if i < 0 {
			return 0
		}
		i += from
		end := i + len(name)
		if (i == 0 || !isDisplayByte(piece[i-1])) && (end == len(piece) || !isDisplayByte(piece[end])) {
			return i
		}
		from = end
	}
}
