package forge

import (
	"fmt"
	"net/url"
	"strconv"
	"strings"
)

// A Mark is what programs need to know of a pull request that they opened. It
// travels in the body and does not show. Who can edit the body can forge it: it
// serves to find things again, not to trust them.
type Mark struct {
	ID   string `json:"id,omitempty"`   // of what the pull request stands for
	Run  string `json:"run,omitempty"`  // that proposed the tree, if it is known: an address or a name
	Tree string `json:"tree,omitempty"` // hash of the tree that is proposed
	// Parts is how many comments hold what the body had no room for.
	Parts int `json:"parts,omitempty"`
}

const (
	markStart = "<!-- lockstep "
	markEnd   = "-->"
	// markSize is the most bytes that a mark takes in a body.
	markSize = 1024
)

// String returns the mark as a line of Markdown that does not show.
func (m Mark) String() string {
	var b strings.Builder
	b.WriteString(markStart)
	parts := ""
	if m.Parts > 0 {
		parts = strconv.Itoa(m.Parts)
	}
	for _, f := range []struct{ key, value string }{{"id", m.ID}, {"run", m.Run}, {"tree", m.Tree}, {"parts", parts}} {
		if f.value != "" {
			// Two hyphens in a row would end the comment in some parsers.
			b.WriteString(f.key + "=" + strings.ReplaceAll(url.QueryEscape(f.value), "-", "%2D") + " ")
		}
	}
	return b.String() + markEnd
}

// ParseMark returns the mark that a body begins with, and the rest of the body.
// Marks further down are text: somebody may have quoted them.
func ParseMark(body string) (m Mark, rest string, ok bool) {
	line, rest, _ := strings.Cut(body, "\n")
	fields, found := strings.CutPrefix(strings.TrimSuffix(line, "\r"), markStart)
	if !found {
		return Mark{}, body, false
	}
	fields, found = strings.CutSuffix(fields, markEnd)
	if !found {
		return Mark{}, body, false
	}
	for _, f := range strings.Fields(fields) {
		key, escaped, _ := strings.Cut(f, "=")
		value, err := url.QueryUnescape(escaped)
		if err != nil {
			return Mark{}, body, false
		}
		switch key {
		case "id":
			m.ID = value
		case "run":
			m.Run = value
		case "tree":
			m.Tree = value
		case "parts":
			m.Parts = number(value)
		}
	}
	return m, rest, true
}

// check refuses a mark that is no short line.
func (m Mark) check() error {
	if n := len(m.String()); n >= markSize {
		return fmt.Errorf("the mark of a pull request takes %d bytes, and may take %d", n, markSize-1)
	}
	return nil
}
