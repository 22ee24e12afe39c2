package arch

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// record is the decision that has a row for each module we import.
const record = "docs/decisions/0002-dependencies.md"

// decided reports whether an import path is of one of the modules.
func decided(modules []string, imported string) bool {
	for _, m := range modules {
		if imported == m || strings.HasPrefix(imported, m+"/") {
			return true
		}
	}
	return false
}

// recorded returns the modules in the first column of the tables of a text.
func recorded(text string) []string {
	var modules []string
	for line := range strings.Lines(text) {
		if cell, ok := strings.CutPrefix(line, "| `"); ok {
			module, _, _ := strings.Cut(cell, "`")
			modules = append(modules, module)
		}
	}
	return modules
}

func TestDependenciesAreDecided(t *testing.T) {
	text, err := os.ReadFile(filepath.Join(root, record))
	if err != nil {
		t.Fatal(err)
	}
	modules := recorded(string(text))
	said := make(map[string]bool)
	for _, s := range sources(t) {
		for _, spec := range s.file.Imports {
			imported := importPath(spec)
			domain, _, _ := strings.Cut(imported, "/")
			ours := imported == module || strings.HasPrefix(imported, module+"/")
			if ours || !strings.Contains(domain, ".") || decided(modules, imported) || said[imported] {
				continue
			}
			said[imported] = true
			t.Errorf("%s:%d: %s is of a module without a row in %s: add what it is for, what else was considered, who keeps it alive",
				s.path, s.line(spec), imported, record)
		}
	}
}

func TestDecided(t *testing.T) {
	modules := recorded("# Title\n\n| Module | What for |\n| --- | --- |\n| `github.com/a/b` | x |\n| npm `c` | y |\n")
	tests := []struct {
		name, imported string
		want           bool
	}{
		{"a module", "github.com/a/b", true},
		{"a package of it", "github.com/a/b/c", true},
		{"a module that starts alike", "github.com/a/bc", false},
		{"no module", "github.com/x/y", false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := decided(modules, tt.imported); got != tt.want {
				t.Errorf("decided(%s) = %t, want %t", tt.imported, got, tt.want)
			}
		})
	}
}
