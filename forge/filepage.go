package forge

import (
	"fmt"
	"io/fs"
	"net/url"
	"strings"
)

// filePage returns the pattern of the pages that show files, below an address on
// a site.
func filePage(site *url.URL, above, pattern string) string {
	return site.Scheme + "://" + site.Host + escapePath(strings.TrimSuffix(site.Path, "/")+above) + pattern
}

// FileURL returns the address of the page that shows a file of a branch, or "" if
// the forge has none, or no file can be called so. The path goes from the root of
// the repository, with slashes. Whatever the names are, they stand in the address
// as letters, digits, "%", "/", "-", "_", "." and "~" alone, to which neither
// Markdown nor HTML give a meaning there.
func (a Abilities) FileURL(branch, path string) string {
	if a.FilePage == "" || branch == "" || path == "." || !fs.ValidPath(path) {
		return ""
	}
	return strings.NewReplacer("{branch}", escapePath(branch), "{path}", escapePath(path)).Replace(a.FilePage)
}

// escapePath writes all bytes as numbers that could mean something anywhere in a
// URL, but for slashes.
func escapePath(s string) string {
	var b strings.Builder
	for i := range len(s) {
		c := s[i]
		switch {
		case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9', strings.IndexByte("/-_.~", c) >= 0:
			b.WriteByte(c)
		default:
			fmt.Fprintf(&b, "%%%02X", c)
		}
	}
	return b.String()
}
