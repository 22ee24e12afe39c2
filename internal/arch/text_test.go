package arch

import (
	"bytes"
	"go/ast"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// banned are texts that no file of the repository may hold. They are put together here so that this file holds none.
var banned = []struct {
	why     string
	pattern *regexp.Regexp
}{
	{"a path of one machine", regexp.MustCompile(`(^|[^\w.-])/(wor` + `k|far` + `m)/[a-z]`)},
	{"the host of a package registry: name the package, its client knows where to look", regexp.MustCompile(`\b(` + strings.Join([]string{
		`proxy\.golang`, `sum\.golang`, `registry\.npmjs`, `registry\.yarnpkg`, `deb\.debian`, `security\.debian`, `pypi`, `files\.pythonhosted`,
		`crates`, `rubygems`, `repo1?\.maven(\.apache)?`,
	}, "|") + `)\.(or` + `g|co` + `m|i` + `o)\b`)},
}

// offence returns why a line must not be in the repository, or nothing.
func offence(line []byte) string {
	for _, b := range banned {
		if b.pattern.Match(line) {
			return b.why
		}
	}
	return ""
}

func TestFilesHoldNoBannedText(t *testing.T) {
	for _, name := range files(t) {
		content, err := os.ReadFile(filepath.Join(root, name))
		if err != nil {
			t.Fatal(err)
		}
		if bytes.IndexByte(content, 0) >= 0 {
			continue
		}
		n := 0
		for line := range bytes.Lines(content) {
			n++
			if why := offence(line); why != "" {
				t.Errorf("%s:%d: %s", name, n, why)
			}
		}
	}
}

func TestOffence(t *testing.T) {
	tests := []struct {
		name, line string
		want       bool
	}{
		{"path of a machine", "see /wor" + "k/shared", true},
		{"path of a machine in quotes", `cd "/wor` + `k/x"`, true},
		{"relative path", "../wor" + "k/shared", false},
		{"path that ends alike", "/home/me/wor" + "k/x", false},
		{"module proxy", "GOPROXY=https://proxy.golang.or" + "g", true},
		{"npm", "https://registry.npmjs.or" + "g/left-pad", true},
		{"module path", "golang.org/x/sync", false},
		{"package index", "https://pypi.or" + "g/simple", true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := offence([]byte(tt.line)) != ""; got != tt.want {
				t.Errorf("offence(%q) = %t, want %t", tt.line, got, tt.want)
			}
		})
	}
}

// maxLines and maxTestLines are the lengths at which a file holds more than one idea.
const (
	maxLines     = 400
	maxTestLines = 700
)

// longFiles are files that may be longer, and why.
var longFiles = map[string]string{}

func TestFilesAreShort(t *testing.T) {
	for _, s := range sources(t) {
		limit := maxLines
		if s.test() {
			limit = maxTestLines
		}
		_, may := longFiles[s.path]
		switch {
		case s.lines > limit && !may && !ast.IsGenerated(s.file):
			t.Errorf("%s has %d lines, more than %d: split it by idea, or give the reason in longFiles", s.path, s.lines, limit)
		case s.lines <= limit && may:
			t.Errorf("%s has only %d lines: take it out of longFiles", s.path, s.lines)
		}
	}
}
