// Package docs checks what the documentation says against what the stories of
// the programs run.
package docs

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/lockstep-apiops/lockstep/internal/config"
	"github.com/lockstep-apiops/lockstep/internal/settings"
)

// pages returns the README and the pages beside this file and in the folders here.
func pages(t *testing.T) map[string]string {
	t.Helper()
	names, err := filepath.Glob("*.md")
	if err != nil {
		t.Fatal(err)
	}
	below, err := filepath.Glob(filepath.Join("*", "*.md"))
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]string{}
	for _, name := range slices.Concat(names, below, []string{filepath.Join("..", "README.md")}) {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		all[name] = string(text)
	}
	if len(all) < 2 {
		t.Fatal("found no pages: the test looks in the wrong place")
	}
	return all
}

// commands returns the command lines in a page's blocks of shell, and those
// that its pipelines run.
func commands(page string) []string {
	var lines []string
	inside := ""
	for line := range strings.Lines(page) {
		line = strings.TrimSpace(line)
		step, isStep := strings.CutPrefix(line, "- run: ")
		switch {
		case strings.HasPrefix(line, "```"):
			inside = strings.TrimPrefix(line, "```")
		case inside == "sh" && line != "" && !strings.HasPrefix(line, "#"):
			lines = append(lines, line)
		case inside == "yaml" && isStep:
			lines = append(lines, step)
		}
	}
	return lines
}

var storyPrefix = regexp.MustCompile(`^(! )?(exits [0-9] |start |exec )?`)

// told returns the command lines that stories run.
func told(t *testing.T) map[string]bool {
	t.Helper()
	lines := map[string]bool{}
	err := filepath.WalkDir(filepath.Join("..", "cmd"), func(name string, _ fs.DirEntry, err error) error {
		if err != nil || filepath.Ext(name) != ".txtar" {
			return err
		}
		text, err := os.ReadFile(name)
		for line := range strings.Lines(string(text)) {
			line = strings.TrimSpace(line)
			lines[line[len(storyPrefix.FindString(line)):]] = true
		}
		return err
	})
	if err != nil || len(lines) == 0 {
		t.Fatalf("found %d lines of stories: %v", len(lines), err)
	}
	return lines
}

// checker finds out whether a command line of a page is one that works.
type checker struct {
	told      map[string]bool
	makefile  string
	variables []string
}

func newChecker(t *testing.T) checker {
	makefile, err := os.ReadFile(filepath.Join("..", "Makefile"))
	if err != nil {
		t.Fatal(err)
	}
	variables := []string{"AZURE_CLIENT_SECRET"} // read by the way to sign in, and no setting
	for _, rows := range [][]config.Setting{settings.Extractor(), settings.Publisher(), settings.Plan(), settings.Pulls(), settings.Validate()} {
		for _, row := range rows {
			variables = append(variables, row.EnvNames()...)
		}
	}
	return checker{told(t), string(makefile), variables}
}

// check returns what is wrong with a command line, or nothing.
func (c checker) check(line string) string {
	program, rest, _ := strings.Cut(line, " ")
	switch program {
	case "make":
		if !strings.Contains(c.makefile, "\n"+rest+":") {
			return "the Makefile has no such target"
		}
	case "export":
		if name, _, found := strings.Cut(rest, "="); !found || !slices.Contains(c.variables, name) {
			return "no setting has this name in the environment"
		}
	case "go":
		if _, path, _ := strings.Cut(rest, " "); strings.HasPrefix(rest, "install ") && path != "github.com/lockstep-apiops/lockstep/cmd/...@latest" {
			return "it installs something else"
		}
	default:
		if !c.told[line] {
			return "no story in cmd/*/testdata runs it"
		}
	}
	return ""
}

func TestCommandLinesAreRun(t *testing.T) {
	c := newChecker(t)
	n := 0
	for name, page := range pages(t) {
		for _, line := range commands(page) {
			n++
			if wrong := c.check(line); wrong != "" {
				t.Errorf("%s: %s: %s", name, line, wrong)
			}
		}
	}
	if n < 20 {
		t.Errorf("found %d command lines, want at least 20: the test does not see them", n)
	}
}

func TestCheck(t *testing.T) {
	c := newChecker(t)
	for _, test := range []struct {
		name, line string
		good       bool
	}{
		{"a line of a story", "extractor --service-name contoso --output apimartifacts", true},
		{"another", "extractor --service-name contoso --output artefacts", false},
		{"a target", "make demo", true},
		{"no target", "make love", false},
		{"a variable", "export AZURE_RESOURCE_MANAGER_ENDPOINT=http://127.0.0.1:8750", true},
		{"no variable", "export AZURE_RESOURCE_MANAGER=http://127.0.0.1:8750", false},
	} {
		t.Run(test.name, func(t *testing.T) {
			if wrong := c.check(test.line); (wrong == "") != test.good {
				t.Errorf("check(%q) = %q", test.line, wrong)
			}
		})
	}
}

var link = regexp.MustCompile(`\]\(([^)]+)\)`)

func TestLinksLeadSomewhere(t *testing.T) {
	for name, page := range pages(t) {
		for _, m := range link.FindAllStringSubmatch(page, -1) {
			target, anchor, _ := strings.Cut(m[1], "#")
			if strings.Contains(target, "://") {
				continue
			}
			file := name
			if target != "" {
				file = filepath.Join(filepath.Dir(name), target)
			}
			info, err := os.Stat(file)
			if err != nil {
				t.Errorf("%s links to %s, which is not there", name, m[1])
				continue
			}
			if anchor != "" && !info.IsDir() && !hasHeading(t, file, anchor) {
				t.Errorf("%s links to %s, which has no such heading", name, m[1])
			}
		}
	}
}

var notInAnchors = regexp.MustCompile(`[^a-z0-9 -]`)

// hasHeading reports whether a page has a heading with the anchor that forges make of it.
func hasHeading(t *testing.T, file, anchor string) bool {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(text)) {
		if heading, found := strings.CutPrefix(strings.TrimLeft(line, "#"), " "); found && strings.HasPrefix(line, "#") {
			made := notInAnchors.ReplaceAllString(strings.ToLower(strings.TrimSpace(heading)), "")
			if strings.ReplaceAll(made, " ", "-") == anchor {
				return true
			}
		}
	}
	return false
}

// TestCodeIsCompiled looks up the code that the pages on gateways and forges show.
func TestCodeIsCompiled(t *testing.T) {
	for _, test := range []struct {
		page, files string
		least       int
	}{
		{"adding-a-gateway.md", filepath.Join("..", "examples", "relay", "*.go"), 3},
		{"adding-a-forge.md", filepath.Join("..", "forge", "*.go"), 2},
	} {
		t.Run(test.page, func(t *testing.T) {
			page, err := os.ReadFile(test.page)
			if err != nil {
				t.Fatal(err)
			}
			source := sources(t, test.files)
			blocks := strings.Split(string(page), "```go\n")[1:]
			for _, block := range blocks {
				code, _, _ := strings.Cut(block, "```")
				if !strings.Contains(source, unindented(code)) {
					t.Errorf("%s do not have this code:\n%s", test.files, code)
				}
			}
			if len(blocks) < test.least {
				t.Errorf("found %d blocks of code, want at least %d: the test does not see them", len(blocks), test.least)
			}
		})
	}
}

// sources returns what is in the files that match, without what lines begin with.
func sources(t *testing.T, pattern string) string {
	t.Helper()
	files, err := filepath.Glob(pattern)
	if err != nil {
		t.Fatal(err)
	}
	var all strings.Builder
	for _, name := range files {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		all.WriteString(unindented(string(text)))
	}
	return all.String()
}

// unindented returns a text without the white space that lines begin with.
func unindented(text string) string {
	var b strings.Builder
	for line := range strings.Lines(text) {
		b.WriteString(strings.TrimLeft(line, "\t "))
	}
	return b.String()
}
