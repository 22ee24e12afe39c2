package storytest_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// unwatched finds a run of a program whose standard error nobody looks at. What completes words writes there for shells.
var unwatched = regexp.MustCompile(`(?m)^(! |\? )?(exec )?(extractor|publisher) (?:[^_\n]|_[^_\n])*$`)

// TestStoriesWatchStandardError holds that each run in a story goes through exits, which fails when a run that did its
// work wrote to standard error: pipelines for Azure fail such a step. It wants a run with warnings among them.
func TestStoriesWatchStandardError(t *testing.T) {
	for _, program := range []string{"extractor", "publisher"} {
		t.Run(program, func(t *testing.T) {
			stories, err := filepath.Glob(filepath.Join("..", "..", "cmd", program, "testdata", "*.txtar"))
			if err != nil || len(stories) == 0 {
				t.Fatalf("found %d stories: %v", len(stories), err)
			}
			warned := 0
			for _, name := range stories {
				text, err := os.ReadFile(name)
				if err != nil {
					t.Fatal(err)
				}
				script, _, _ := strings.Cut(string(text), "\n-- ")
				for _, line := range unwatched.FindAllString(script, -1) {
					t.Errorf("%s: %s: run it by exits, which watches standard error", name, line)
				}
				warned += strings.Count(script, "level=WARN")
			}
			if warned == 0 {
				t.Error("no story has a warning: whether those stay off standard error is not known")
			}
		})
	}
}

func TestUnwatched(t *testing.T) {
	for line, want := range map[string]bool{
		"extractor --output x": true, "! publisher plan": true, "exec publisher plan": true,
		"exits 0 extractor --output x": false, "extractor __complete --format ''": false, "# extractor --output x": false,
	} {
		if got := unwatched.MatchString(line); got != want {
			t.Errorf("unwatched(%q) = %t, want %t", line, got, want)
		}
	}
}
