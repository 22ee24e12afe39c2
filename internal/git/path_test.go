package git

import (
	"path/filepath"
	"strings"
	"testing"
)

func TestCheckPath(t *testing.T) {
	tests := []struct {
		path string
		ok   bool
	}{
		{"a", true},
		{"apis/x/specification.yaml", true},
		{".gitignore", true},
		{".github/workflows/x.yaml", true},
		{"git", true},
		{".gitx/config", true},
		{"a/..b/c..", true},
		{"名前/ü", true},
		{"with space/end ", true},
		{"", false},
		{".", false},
		{"/etc/passwd", false},
		{"a//b", false},
		{"a/", false},
		{"../a", false},
		{"a/../../b", false},
		{"a/./b", false},
		{".git/config", false},
		{"a/.git", false},
		{".GIT/hooks/post-checkout", false},
		{".git /config", false},
		{".git.", false},
		{".git. . /x", false},
		{".git:stream", false},
		{".git::$INDEX_ALLOCATION/config", false},
		{"git~1/config", false},
		{"GIT~1", false},
		{".g\u200cit/config", false},
		{"\ufeff.git", false},
		{"a\\..\\.git\\config", false},
		{"a\x00b", false},
		{"a\xffb", false},
	}
	for _, tt := range tests {
		if err := checkPath(tt.path); (err == nil) != tt.ok {
			t.Errorf("checkPath(%q): got %v, want ok = %t", tt.path, err, tt.ok)
		}
	}
}

func FuzzCheckPath(f *testing.F) {
	for _, s := range []string{"a/b", "../a", ".git ", "git~1", "a//b", "\u202e.git", "C:/x"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, path string) {
		if checkPath(path) != nil {
			return
		}
		if !filepath.IsLocal(filepath.FromSlash(path)) || filepath.ToSlash(filepath.Clean(path)) != path {
			t.Errorf("path %q leaves the repository or has two spellings", path)
		}
		for part := range strings.SplitSeq(path, "/") {
			if strings.EqualFold(strings.TrimRight(part, " ."), ".git") {
				t.Errorf("path %q is git's own", path)
			}
		}
	})
}

func TestCheckRef(t *testing.T) {
	for name, ok := range map[string]bool{
		"refs/heads/main": true, "refs/heads/a/b.c": true, "refs/lockstep/pulls/1": true,
		"main": false, "HEAD": false, "refs/heads/": false, "refs/heads/a..b": false, "refs/heads/../../config": false,
		"refs/heads/x.lock": false, "refs/heads/a b": false, "refs//x": false, "refs/heads/-x": false, "refs/heads/a\\b": false,
	} {
		if err := checkRef(name); (err == nil) != ok {
			t.Errorf("checkRef(%q): got %v, want ok = %t", name, err, ok)
		}
	}
}

func TestIsURL(t *testing.T) {
	for location, want := range map[string]bool{
		"https://example.com/r": true, "file:///r": true, "git@example.com:o/r.git": true, "example.com:r": true,
		".": false, "/a/b": false, "./a:b": false, `C:\repo`: false, "C:/repo": false, "repo.git": false, "a/b:c": false,
	} {
		if got := isURL(location); got != want {
			t.Errorf("isURL(%q): got %t, want %t", location, got, want)
		}
	}
}
