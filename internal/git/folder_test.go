package git

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// FuzzRefFiles reads a repository whose ref files hold anything: it may be an
// error, but no panic, and no name that would lead out of refs/ when written.
func FuzzRefFiles(f *testing.F) {
	f.Add("# pack-refs with: peeled fully-peeled sorted\n0123456789012345678901234567890123456789 refs/tags/v1\n^1123456789012345678901234567890123456789\n",
		"0123456789012345678901234567890123456789\n", "ref: refs/heads/main\n")
	f.Add("", "ref: refs/heads/main", "ref: refs/heads/main")
	f.Add("x", "", "ref:")
	f.Fuzz(func(t *testing.T, packed, loose, head string) {
		dir := t.TempDir()
		for _, d := range []string{"objects", "refs/heads"} {
			if err := os.MkdirAll(filepath.Join(dir, d), 0o755); err != nil {
				t.Fatal(err)
			}
		}
		for name, content := range map[string]string{"packed-refs": packed, "refs/heads/main": loose, "HEAD": head} {
			if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		folder, err := findFolder(dir)
		if err != nil {
			t.Fatal(err)
		}
		l, err := folder.list(t.Context())
		if err != nil {
			return
		}
		if !slices.IsSortedFunc(l.refs, func(a, b Ref) int { return strings.Compare(a.Name, b.Name) }) {
			t.Errorf("refs are not sorted: %v", l.refs)
		}
		for _, r := range l.refs {
			if l.at(r.Name) != r.Hash {
				t.Errorf("ref %q: got %s, want %s", r.Name, l.at(r.Name), r.Hash)
			}
		}
	})
}

func FuzzSplitSteps(f *testing.F) {
	for _, s := range []string{"main", "HEAD~2^", "v1^^~10", "~", "a~99999999999999999999", "a^2", "a~-1"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, name string) {
		base, steps, err := splitSteps(name)
		if err != nil {
			return
		}
		if base == "" || !strings.HasPrefix(name, base) || steps < 0 || strings.ContainsAny(base, "~^") {
			t.Errorf("splitSteps(%q): got %q, %d", name, base, steps)
		}
	})
}
