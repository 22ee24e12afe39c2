package git

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// A Trailer is a line at the end of a commit's message that programs read, as
// in "Key: value".
type Trailer struct {
	Key, Value string
}

// coAuthor is the key under which forges look for more authors.
const coAuthor = "Co-authored-by"

// trailers returns the lines that follow the message, with the blank line
// before them, or "".
func (m *Meta) trailers() (string, error) {
	list := slices.Clone(m.Trailers)
	for _, p := range m.CoAuthors {
		p = p.clean()
		if p.Name == "" || p.Email == "" {
			return "", errors.New("co-author: a name and an e-mail address are needed")
		}
		list = append(list, Trailer{coAuthor, p.String()})
	}
	if len(list) == 0 {
		return "", nil
	}
	var b strings.Builder
	for _, t := range list {
		if !isTrailerKey(t.Key) {
			return "", fmt.Errorf("trailer %q: its key may hold letters, digits and hyphens", t.Key)
		}
		b.WriteString("\n" + t.Key + ": " + cleanValue(t.Value))
	}
	return b.String() + "\n", nil
}

// Trailers returns the trailers in the last paragraph of a commit's message, in
// order. Other lines in it are passed over.
func Trailers(message string) []Trailer {
	lines := strings.Split(strings.TrimRight(message, "\r\n \t"), "\n")
	first := len(lines)
	for first > 0 && strings.TrimSpace(lines[first-1]) != "" {
		first--
	}
	if first == 0 {
		return nil // the title is no trailer
	}
	var list []Trailer
	for _, line := range lines[first:] {
		key, value, ok := strings.Cut(line, ":")
		if ok && isTrailerKey(key) {
			list = append(list, Trailer{key, strings.TrimSpace(value)})
		}
	}
	return list
}

func isTrailerKey(s string) bool {
	return s != "" && strings.Trim(s, "-0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz") == ""
}

// cleanValue makes a value one line.
func cleanValue(s string) string {
	drop := func(r rune) rune {
		if r < ' ' || r == 0x7f {
			return ' '
		}
		return r
	}
	return strings.TrimSpace(strings.Map(drop, strings.ToValidUTF8(s, "\uFFFD")))
}
