package amplifyproxies

import (
	"os"
	"path/filepath"
	"testing"
)

// TestExampleIsRight reads the example tree.
func TestExampleIsRight(t *testing.T) {
	files, err := filepath.Glob(filepath.Join("..", "..", "examples", "amplifyproxies", "proxies", "*.yaml"))
	if err != nil || len(files) < 2 {
		t.Fatalf("found %d files, %v", len(files), err)
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := Parse(file, text); err != nil {
			t.Error(err)
		}
	}
}
