package main

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/spf13/pflag"
)

var update = flag.Bool("update", false, "write the list of flags into the documentation")

// TestDocumentedFlags compares the list of flags in the documentation with
// those that there are.
func TestDocumentedFlags(t *testing.T) {
	const begin, end = "<!-- flags of sandbox apim, written by go test ./cmd/sandbox -update -->\n", "<!-- end of flags -->\n"
	page := filepath.Join("..", "..", "docs", "sandbox.md")
	text, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	before, rest, found := strings.Cut(string(text), begin)
	_, after, closed := strings.Cut(rest, end)
	if !found || !closed {
		t.Fatalf("%s has no place for the flags", page)
	}
	var table strings.Builder
	table.WriteString("\n| Flag | Default | Meaning |\n| --- | --- | --- |\n")
	newAPIM().Flags().VisitAll(func(f *pflag.Flag) {
		preset := f.DefValue
		if preset == "[]" {
			preset = ""
		}
		if preset != "" {
			preset = "`" + preset + "`"
		}
		fmt.Fprintf(&table, "| `--%s` | %s | %s |\n", f.Name, preset, f.Usage)
	})
	want := before + begin + table.String() + "\n" + end + after
	if want == string(text) {
		return
	}
	if !*update {
		t.Fatalf("the flags in %s are stale: run go test ./cmd/sandbox -update", page)
	}
	if err := os.WriteFile(page, []byte(want), 0o644); err != nil {
		t.Fatal(err)
	}
}
