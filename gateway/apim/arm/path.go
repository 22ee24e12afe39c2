package arm

import (
	"net/url"
	"strings"
)

// Escape returns name as one segment of a path: "a;rev=2" becomes "a%3Brev=2".
func Escape(name string) string {
	switch name {
	case ".", "..": // a server would walk the tree
		return strings.ReplaceAll(name, ".", "%2E")
	}
	return url.PathEscape(name)
}

// Path returns the path made of the given names, each of them escaped.
func Path(names ...string) string {
	var b strings.Builder
	for _, name := range names {
		b.WriteString("/" + Escape(name))
	}
	return b.String()
}
