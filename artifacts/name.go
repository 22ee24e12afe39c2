package artifacts

import (
	"errors"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// maxName is the length in bytes that every common file system allows a name.
const maxName = 255

// folderName returns the folder name for a resource's name: the name itself
// but for what some file system or git could not hold, which is written %XX.
// resourceName reverses it.
func folderName(name string) (string, error) {
	if name == "" {
		return "", errors.New("a resource without a name has no folder")
	}
	if strings.IndexByte(name, 0) >= 0 {
		return "", fmt.Errorf("name %q: a name cannot hold a zero byte", name)
	}
	var b strings.Builder
	for i := 0; i < len(name); {
		_, size := utf8.DecodeRuneInString(name[i:])
		if mustEscape(name, i, size) {
			fmt.Fprintf(&b, "%%%02X", name[i])
			size = 1
		} else {
			b.WriteString(name[i : i+size])
		}
		i += size
	}
	if b.Len() > maxName {
		return "", fmt.Errorf("name %.40q...: takes %d bytes as a folder name, more than the %d that a file system holds: give the resource a shorter name or exclude it",
			name, b.Len(), maxName)
	}
	return b.String(), nil
}

// mustEscape reports whether the character at name[i] cannot stand for itself.
func mustEscape(name string, i, size int) bool {
	c := name[i]
	switch {
	case c < ' ', strings.IndexByte(`/\:*?"<>|`, c) >= 0:
		return true
	case c >= utf8.RuneSelf:
		return size == 1 // not UTF-8
	case c == '%': // only where it would be read as an escape
		return len(name) > i+2 && isHex(name[i+1]) && isHex(name[i+2])
	case c == '.' || c == ' ': // Windows drops them from the end
		return i == len(name)-1 || i == 0 && reserved(name)
	}
	return i == 0 && reserved(name)
}

func isHex(c byte) bool { return '0' <= c && c <= '9' || 'A' <= c && c <= 'F' || 'a' <= c && c <= 'f' }

// resourceName returns the name that a folder stands for, and false if no
// resource's folder is called so.
func resourceName(folder string) (string, bool) {
	name := unescape(folder)
	again, err := folderName(name)
	return name, err == nil && again == folder
}

// unescape replaces every %XX by the byte it stands for.
func unescape(s string) string {
	if strings.IndexByte(s, '%') < 0 {
		return s
	}
	b := make([]byte, 0, len(s))
	for i := 0; i < len(s); i++ {
		if s[i] == '%' && len(s) > i+2 && isHex(s[i+1]) && isHex(s[i+2]) {
			b = append(b, unhex(s[i+1])<<4|unhex(s[i+2]))
			i += 2
			continue
		}
		b = append(b, s[i])
	}
	return string(b)
}

func unhex(c byte) byte {
	switch {
	case c >= 'a':
		return c - 'a' + 10
	case c >= 'A':
		return c - 'A' + 10
	}
	return c - '0'
}

// reserved reports whether Windows or git gives the name a meaning of its own.
func reserved(name string) bool {
	name = strings.ToUpper(name)
	if bare := strings.Map(dropIgnored, name); bare == ".GIT" || bare == "GIT~1" {
		return true
	}
	stem, _, _ := strings.Cut(name, ".")
	stem = strings.TrimRight(stem, " ")
	switch stem {
	case "CON", "PRN", "AUX", "NUL", "CONIN$", "CONOUT$":
		return true
	}
	if !strings.HasPrefix(stem, "COM") && !strings.HasPrefix(stem, "LPT") {
		return false
	}
	n := stem[3:]
	return len(n) == 1 && n[0] >= '0' && n[0] <= '9' || n == "¹" || n == "²" || n == "³"
}

// dropIgnored drops the characters that HFS+ ignores in names.
func dropIgnored(r rune) rune {
	if unicode.Is(unicode.Cf, r) {
		return -1
	}
	return r
}

// foldPath returns the form that all spellings of a path share on a disk
// that ignores case, or how accents are composed.
func foldPath(p string) string {
	return norm.NFD.String(strings.Map(foldRune, norm.NFD.String(p)))
}

// foldRune returns the smallest of the runes that differ from r in case only.
func foldRune(r rune) rune {
	low := r
	for f := unicode.SimpleFold(r); f != r; f = unicode.SimpleFold(f) {
		low = min(low, f)
	}
	return low
}
