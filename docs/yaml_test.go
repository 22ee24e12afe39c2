package docs

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestConfigurationIsUsed looks up the files that the page on configuration
// shows: stories run the programs with them.
func TestConfigurationIsUsed(t *testing.T) {
	page, err := os.ReadFile("configuration.md")
	if err != nil {
		t.Fatal(err)
	}
	stories, err := filepath.Glob(filepath.Join("..", "cmd", "*", "testdata", "*.txtar"))
	if err != nil {
		t.Fatal(err)
	}
	var all strings.Builder
	for _, name := range stories {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		all.Write(text)
	}
	blocks := strings.Split(string(page), "```yaml\n")[1:]
	for _, block := range blocks {
		text, _, _ := strings.Cut(block, "```")
		if !strings.Contains(all.String(), text) {
			t.Errorf("no story has a file with this in it:\n%s", text)
		}
	}
	if len(blocks) < 5 {
		t.Errorf("found %d files, want some more: the test does not see them", len(blocks))
	}
}
