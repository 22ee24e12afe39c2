package validate_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/lockstep-apiops/lockstep/internal/validate"
)

// The test program is a linter when this variable says of which sort.
const asLinter = "LOCKSTEP_TEST_LINTER"

func TestMain(m *testing.M) {
	if sort := os.Getenv(asLinter); sort != "" {
		os.Exit(lint(sort, os.Args[1:]))
	}
	os.Exit(m.Run())
}

// lint prints what linters print.
func lint(sort string, files []string) int {
	switch sort {
	case "places":
		for _, f := range files {
			fmt.Printf("%s:2:7 error oas3-api-servers \"no servers\"\n%s:3 warning info-contact \"no contact\"\n", f, f)
		}
		fmt.Println("/elsewhere.yaml:1:1 error not-asked \"about this\"")
		return 1
	case "count":
		fmt.Printf("given %d files\n", len(files))
		return 3
	case "forever":
		select {}
	case "loud":
		fmt.Print(strings.Repeat("0123456789abcdef\n", 1<<17))
		return 1
	}
	return 0
}

func TestLint(t *testing.T) {
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	const spec = "openapi: 3.0.1\ninfo: {title: a, version: '1'}\npaths: {}\n"
	files := map[string]string{
		"apis/a/apiInformation.json": strings.Replace(orders, `"orders"`, `"a"`, 1), "apis/a/specification.yaml": spec,
		"apis/b/apiInformation.json": strings.Replace(orders, `"orders"`, `"b"`, 1), "apis/b/specification.yaml": spec,
	}
	folder := t.TempDir()
	for name, text := range files {
		name = filepath.Join(folder, name)
		if err := os.MkdirAll(filepath.Dir(name), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	places := []string{
		`apis/a/specification.yaml:2: error lint: error oas3-api-servers "no servers" (api a)`,
		`apis/a/specification.yaml:3: warning lint: warning info-contact "no contact" (api a)`,
		`apis/b/specification.yaml:2: error lint: error oas3-api-servers "no servers" (api b)`,
		`apis/b/specification.yaml:3: warning lint: warning info-contact "no contact" (api b)`,
	}
	tests := []struct {
		name, sort, folder string
		args               []string
		want               []string
	}{
		{name: "nothing to say", sort: "quiet"},
		{name: "places, all at once", sort: "places", want: places},
		{name: "places, one by one", sort: "places", args: []string{"{}"}, want: places},
		{name: "places in a folder", sort: "places", folder: folder, want: places},
		{name: "no places, all at once", sort: "count", want: []string{":0: error lint: the linter ended with code 3: given 2 files"}},
		{name: "no places, one by one", sort: "count", args: []string{"{}"}, want: []string{
			"apis/a/specification.yaml:0: error lint: the linter ended with code 3: given 1 files (api a)",
			"apis/b/specification.yaml:0: error lint: the linter ended with code 3: given 1 files (api b)",
		}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			o := options(t)
			o.Tree = tree(files)
			o.Lint = &validate.Lint{Command: append([]string{exe}, tt.args...), Folder: tt.folder, Timeout: time.Minute, Env: append(os.Environ(), asLinter+"="+tt.sort)}
			r, err := validate.Run(t.Context(), o)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(found(r), tt.want); diff != "" {
				t.Errorf("findings (-got +want):\n%s", diff)
			}
		})
	}
	t.Run("loud", func(t *testing.T) {
		o := options(t)
		o.Tree = tree(files)
		o.Lint = &validate.Lint{Command: []string{exe}, Env: []string{asLinter + "=loud"}}
		r, err := validate.Run(t.Context(), o)
		if err != nil || len(r.Findings) != 1 || len(r.Findings[0].Text) > 1000 || !strings.Contains(r.Findings[0].Text, "more lines") {
			t.Errorf("%v, %d findings, want one that is cut", err, len(r.Findings))
		}
	})
	for name, l := range map[string]*validate.Lint{
		"not there":       {Command: []string{filepath.Join(folder, "none")}},
		"takes for ever":  {Command: []string{exe}, Timeout: 50 * time.Millisecond, Env: []string{asLinter + "=forever"}},
		"not what it was": {Command: []string{folder}},
	} {
		t.Run(name, func(t *testing.T) {
			o := options(t)
			o.Tree, o.Lint = tree(files), l
			if _, err := validate.Run(t.Context(), o); err == nil || !strings.Contains(err.Error(), "linter") {
				t.Errorf("error %v, want one of the linter", err)
			}
		})
	}
	t.Run("stopped", func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		o := options(t)
		o.Tree = tree(files)
		if _, err := validate.Run(ctx, o); err == nil {
			t.Error("a run that was stopped had no error")
		}
	})
}

func TestSplitCommand(t *testing.T) {
	tests := []struct {
		line string
		want []string
	}{
		{"spectral lint", []string{"spectral", "lint"}},
		{"  a\t b ", []string{"a", "b"}},
		{`a "b c" 'd "e"' f\ g ""`, []string{"a", "b c", `d "e"`, "f g", ""}},
		{`a 'b\c' "d\"e"`, []string{"a", `b\c`, `d"e`}},
		{`a --x='b c'`, []string{"a", "--x=b c"}},
		{"", nil}, {`a "b`, nil}, {`a \`, nil},
	}
	for _, tt := range tests {
		t.Run(tt.line, func(t *testing.T) {
			got, err := validate.SplitCommand(tt.line)
			if diff := cmp.Diff(got, tt.want); diff != "" || (err == nil) != (tt.want != nil) {
				t.Errorf("SplitCommand: %v (-got +want):\n%s", err, diff)
			}
		})
	}
}
