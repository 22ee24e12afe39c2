package docs

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

var (
	proof = regexp.MustCompile("`([^` ]+)` `(Test[A-Za-z0-9]+)`")
	story = regexp.MustCompile("`([^` ]+\\.txtar)`")
)

// TestProofsAreThere looks up the tests and stories that the page on migrating
// names.
func TestProofsAreThere(t *testing.T) {
	page, err := os.ReadFile("migrating-from-azure-apiops.md")
	if err != nil {
		t.Fatal(err)
	}
	promises := 0
	for line := range strings.Lines(string(page)) {
		if regexp.MustCompile(`^\| [0-9]+\. `).MatchString(line) {
			promises++
		}
		for _, m := range story.FindAllStringSubmatch(line, -1) {
			if _, err := os.Stat(filepath.Join("..", m[1])); err != nil {
				t.Error(err)
			}
		}
		for _, m := range proof.FindAllStringSubmatch(line, -1) {
			if !hasTest(t, filepath.Join("..", m[1]), m[2]) {
				t.Errorf("%s has no %s", m[1], m[2])
			}
		}
	}
	if promises != 11 {
		t.Errorf("found %d promises, want 11", promises)
	}
}

// hasTest reports whether a test stands in a folder or below it.
func hasTest(t *testing.T, dir, name string) bool {
	t.Helper()
	found := false
	err := filepath.WalkDir(dir, func(p string, _ os.DirEntry, err error) error {
		if err != nil || found || !strings.HasSuffix(p, "_test.go") {
			return err
		}
		text, err := os.ReadFile(p)
		found = strings.Contains(string(text), "\nfunc "+name+"(")
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}
