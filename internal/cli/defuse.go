package cli

import (
	"io"
	"strings"
	"sync"
)

// Lines returns standard output for lines that hold what others wrote, such as the names of resources. Where a pipeline
// takes commands from the output of a step, no line written here is one. What prints commands on purpose, or a
// document, writes to Stdout.
func (s System) Lines() io.Writer { return s.defused(s.Stdout) }

// defused returns a writer whose lines a pipeline does not take for commands.
func (s System) defused(w io.Writer) io.Writer {
	if s.Getenv("TF_BUILD") == "" && s.Getenv("GITHUB_ACTIONS") == "" {
		return w
	}
	return &defuser{w: w, start: true}
}

// defuser writes a blank into what a pipeline would take for a command: "##vso[" and "##[" anywhere in a line, as Azure
// Pipelines and GitHub look for them, and "::" with which a line starts. It looks past characters that are not printable
// ASCII, since runners do, when they compare and when they trim.
type defuser struct {
	mu    sync.Mutex
	w     io.Writer
	tail  string // the last printable characters of the line, in lower case
	start bool   // only blanks so far
}

// Write writes p. It reports len(p) when all was written, whatever was added.
func (d *defuser) Write(p []byte) (int, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	out := make([]byte, 0, len(p))
	for _, b := range p {
		if d.completes(b) {
			out = append(out, ' ')
		}
		out = append(out, b)
		d.follow(b)
	}
	if _, err := d.w.Write(out); err != nil {
		return 0, err
	}
	return len(p), nil
}

// completes reports whether a byte would make a command of what is before it.
func (d *defuser) completes(b byte) bool {
	switch b {
	case '[':
		return strings.HasSuffix(d.tail, "##") || strings.HasSuffix(d.tail, "##vso")
	case ':':
		return d.start && d.tail == ":"
	}
	return false
}

// follow notes a byte that was written.
func (d *defuser) follow(b byte) {
	switch {
	case b == '\n' || b == '\r':
		d.tail, d.start = "", true
	case b <= ' ' && d.start && d.tail == "", b < ' ', b > '~':
	default:
		d.start = d.start && d.tail == "" && b == ':'
		if 'A' <= b && b <= 'Z' {
			b += 'a' - 'A'
		}
		d.tail += string(rune(b))
		d.tail = d.tail[max(0, len(d.tail)-longest):]
	}
}

// longest is how much of a line is needed to tell a command.
const longest = len("##vso")
