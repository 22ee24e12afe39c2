package main

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

var update = flag.Bool("update", false, "write the list of flags into the documentation")

// TestDocumentedFlags compares the lists of flags in the documentation with
// those that there are.
func TestDocumentedFlags(t *testing.T) {
	page := filepath.Join("..", "..", "docs", "sandbox.md")
	text, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	want := string(text)
	for _, cmd := range []*cobra.Command{newAPIM(), newAmplify(), newAutoflow(nil)} {
		want = withFlags(t, want, cmd)
	}
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

// withFlags is the page with the flags of a command in their place.
func withFlags(t *testing.T, page string, cmd *cobra.Command) string {
	t.Helper()
	begin := fmt.Sprintf("<!-- flags of sandbox %s, written by go test ./cmd/sandbox -update -->\n", cmd.Name())
	const end = "<!-- end of flags -->\n"
	before, rest, found := strings.Cut(page, begin)
	_, after, closed := strings.Cut(rest, end)
	if !found || !closed {
		t.Fatalf("the page has no place for the flags of sandbox %s", cmd.Name())
	}
	var table strings.Builder
	table.WriteString("\n| Flag | Default | Meaning |\n| --- | --- | --- |\n")
	cmd.Flags().VisitAll(func(f *pflag.Flag) {
		preset := f.DefValue
		if preset == "[]" {
			preset = ""
		}
		if preset != "" {
			preset = "`" + preset + "`"
		}
		fmt.Fprintf(&table, "| `--%s` | %s | %s |\n", f.Name, preset, f.Usage)
	})
	return before + begin + table.String() + "\n" + end + after
}
