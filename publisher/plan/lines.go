package plan

import (
	"bytes"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/rogpeppe/go-internal/diff"

	"github.com/lockstep-apiops/lockstep/gateway"
)

// Bounds of what a plan carries of one text.
const (
	maxLines = 200
	maxText  = 2 << 20
	maxWidth = 500
)

// readable returns changes as a plan carries them: text and files as lines of
// a diff in place of the values.
func readable(cs []gateway.Change) []gateway.Change {
	out := make([]gateway.Change, 0, len(cs))
	for _, c := range cs {
		have, hText := asText(c.Have)
		want, wText := asText(c.Want)
		if hText || wText {
			if len(c.Lines) == 0 {
				c.Lines = diffLines(have, want)
			}
			c.Have, c.Want = nil, nil
		}
		c.Lines = bound(c.Lines)
		out = append(out, c)
	}
	return out
}

// asText returns a value that is better shown line by line.
func asText(v any) ([]byte, bool) {
	switch v := v.(type) {
	case []byte:
		return v, true
	case string:
		return []byte(v), strings.Contains(v, "\n")
	}
	return nil, false
}

// diffLines returns the lines of a unified diff, without the names of files.
func diffLines(have, want []byte) []string {
	have, want = lineEnds(have), lineEnds(want)
	switch {
	case !utf8.Valid(have) || !utf8.Valid(want):
		return []string{fmt.Sprintf("(binary, %d bytes before, %d after)", len(have), len(want))}
	case len(have)+len(want) > maxText:
		return []string{fmt.Sprintf("(too large to compare by line, %d bytes before, %d after)", len(have), len(want))}
	case bytes.Equal(have, want):
		return []string{"(only line ends differ)"}
	}
	text := string(diff.Diff("have", have, "want", want))
	for range 3 { // the line that names the command, and the names of the files
		_, text, _ = strings.Cut(text, "\n")
	}
	return strings.Split(strings.TrimSuffix(text, "\n"), "\n")
}

func lineEnds(text []byte) []byte { return bytes.ReplaceAll(text, []byte("\r\n"), []byte("\n")) }

// bound cuts off lines that are too long or too many, and says so.
func bound(lines []string) []string {
	if len(lines) == 0 {
		return nil
	}
	out := make([]string, 0, min(len(lines), maxLines+1))
	for i, l := range lines {
		if i == maxLines {
			out = append(out, fmt.Sprintf("(%d more lines)", len(lines)-i))
			break
		}
		if len(l) > maxWidth {
			l = strings.ToValidUTF8(l[:maxWidth], "") + "…"
		}
		out = append(out, l)
	}
	return out
}
