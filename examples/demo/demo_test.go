package main

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestDemo tells all stories with the programs as they are built.
func TestDemo(t *testing.T) {
	if os.Getenv("LOCKSTEP_DEMO") == "" {
		t.Skip("LOCKSTEP_DEMO is not set, so NO story was told: make demos sets it, which builds the programs")
	}
	bin, temp := t.TempDir(), t.TempDir()
	t.Setenv("TMPDIR", temp)
	t.Setenv("LOCKSTEP_EXCLUDE", "api=*") // what this machine sets must not count
	build := exec.CommandContext(t.Context(), "go", "build", "-ldflags=-s -w", "-o", bin+string(filepath.Separator), "../../cmd/...")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("build: %v\n%s", err, out)
	}
	for gateway, pull := range map[string]string{"apim": "rate-per-minute", "amplify": "+title: Orders, for everybody", "autoflow": "+  title: Orders, for everybody"} {
		t.Run(gateway, func(t *testing.T) {
			var out bytes.Buffer
			if err := run(t.Context(), &out, []string{"--bin", bin, "--gateway", gateway}); err != nil {
				t.Fatalf("%v; so far:\n%s", err, out.String())
			}
			want := []string{"$ publisher --input example", "pull request 2 opened", pull, "no drift: main says what the gateway says", "nothing to do", "That was the round trip"}
			rest := out.String()
			for _, text := range want {
				_, after, found := strings.Cut(rest, text)
				if !found {
					t.Errorf("no %q, or not in this order, in:\n%s", text, out.String())
				}
				rest = after
			}
		})
	}
	left, err := os.ReadDir(temp)
	if err != nil || len(left) > 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
}

func TestDemoOfNoGateway(t *testing.T) {
	var out bytes.Buffer
	if err := run(t.Context(), &out, []string{"--gateway", "other"}); err == nil || !strings.Contains(err.Error(), "apim, amplify or autoflow") {
		t.Errorf("got %v, want an error that names the gateways", err)
	}
}

func TestDemoFails(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	var out bytes.Buffer
	if err := run(t.Context(), &out, []string{"--bin", t.TempDir()}); err == nil || !strings.Contains(err.Error(), "sandbox") {
		t.Errorf("without programs: got %v, want an error that names the sandbox", err)
	}
}

func TestRunChecks(t *testing.T) {
	for _, test := range []struct {
		name string
		want ending
		err  string
	}{
		{"as expected", done("git version"), ""},
		{"another exit code", ending{code: 3}, "exit code 0, want 3"},
		{"another output", done("svn"), `lacks "svn"`},
	} {
		t.Run(test.name, func(t *testing.T) {
			var out bytes.Buffer
			s := stage{out: &out, dir: t.TempDir(), env: os.Environ()}
			err := s.run(t.Context(), "git --version", test.want)
			if got := errorText(err); (got == "") != (test.err == "") || !strings.Contains(got, test.err) {
				t.Errorf("got error %q, want %q", got, test.err)
			}
			if !strings.HasPrefix(out.String(), "\n$ git --version\ngit version") {
				t.Errorf("shown: %q", out.String())
			}
		})
	}
}

func errorText(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}
