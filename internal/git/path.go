package git

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/go-git/go-git/v5/plumbing"
)

// checkPath refuses a path that would leave the repository or reach git's own
// files, on any file system that somebody may check it out to.
func checkPath(path string) error {
	if strings.ContainsAny(path, "\x00\\") || !utf8.ValidString(path) {
		return fmt.Errorf("path %q: it holds a character that no path in git may", path)
	}
	for part := range strings.SplitSeq(path, "/") {
		switch {
		case part == "" || part == "." || part == "..":
			return fmt.Errorf("path %q: it must be relative, without empty, \".\" or \"..\" parts", path)
		case isDotGit(part):
			return fmt.Errorf("path %q: the name %q is git's own", path, part)
		}
	}
	return nil
}

// isDotGit reports whether some file system takes name for ".git": without
// regard to case; on NTFS also without dots and spaces at the end, with a
// stream's name behind a colon, or as the short name git~1; on HFS+ without
// the code points that it ignores.
func isDotGit(name string) bool {
	name = strings.ToLower(strings.Map(dropIgnored, name))
	name, _, _ = strings.Cut(name, ":")
	name = strings.TrimRight(name, ". ")
	return name == ".git" || name == "git~1"
}

// dropIgnored removes the code points that HFS+ ignores in names.
func dropIgnored(r rune) rune {
	switch {
	case 0x200c <= r && r <= 0x200f, 0x202a <= r && r <= 0x202e, 0x206a <= r && r <= 0x206f, r == 0xfeff:
		return -1
	}
	return r
}

// checkRef refuses a ref that git would, and any outside of refs/.
func checkRef(name string) error {
	if !strings.HasPrefix(name, "refs/") {
		return fmt.Errorf("ref %q: give its name in full, as in refs/heads/main", name)
	}
	if err := plumbing.ReferenceName(name).Validate(); err != nil {
		return fmt.Errorf("ref %q: %w", name, err)
	}
	return nil
}
