package cli

import (
	"bytes"
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/lockstep-apiops/lockstep/internal/config"
)

func TestLines(t *testing.T) {
	tests := []struct{ name, text, want string }{
		{"nothing", "orders: a::b ## c [d] #[e]\n", "orders: a::b ## c [d] #[e]\n"},
		{"Azure's command", "api x##vso[task.setvariable variable=y]z\n", "api x##vso [task.setvariable variable=y]z\n"},
		{"in upper case", "##VSO[a]", "##VSO [a]"},
		{"with a soft hyphen in it", "##v\u00adso[a]", "##v\u00adso [a]"},
		{"with a control character in it", "#\x01#vso[a]", "#\x01#vso [a]"},
		{"a format of either", "x ##[error]y ###[warning]", "x ## [error]y ### [warning]"},
		{"GitHub's command", "::add-mask::a\n", ": :add-mask::a\n"},
		{"after blanks", "a\n \t\u2003::error::b\n", "a\n \t\u2003: :error::b\n"},
		{"after a carriage return", "a\r::error::b\n", "a\r: :error::b\n"},
		{"not at the start", "a ::error::b: ::c\n", "a ::error::b: ::c\n"},
		{"a lone colon", ": a ::b\n:\n::\n", ": a ::b\n:\n: :\n"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			for _, env := range []string{"TF_BUILD=True", "GITHUB_ACTIONS=true"} {
				for _, size := range []int{1, 3, len(tt.text)} {
					var b bytes.Buffer
					w := System{Environ: []string{env}, Stdout: &b}.Lines()
					for rest := tt.text; rest != ""; {
						part := rest[:min(size, len(rest))]
						if n, err := w.Write([]byte(part)); n != len(part) || err != nil {
							t.Fatalf("Write() = %d, %v, want %d", n, err, len(part))
						}
						rest = rest[len(part):]
					}
					if got := b.String(); got != tt.want {
						t.Errorf("with %s, %d bytes at once: got %q, want %q", env, size, got, tt.want)
					}
				}
			}
		})
	}
}

func TestLinesElsewhere(t *testing.T) {
	var b bytes.Buffer
	if w := (System{Environ: []string{"CI=true"}, Stdout: &b}).Lines(); w != &b {
		t.Errorf("Lines() = %T where no pipeline reads commands, want standard output itself", w)
	}
}

// TestNoCommandInLogOrError carries commands in where others may name things.
func TestNoCommandInLogOrError(t *testing.T) {
	const hostile = "orders\n::set-env name=PATH::x\n##vso[task.setvariable variable=PATH]x"
	for _, env := range []string{"TF_BUILD=True", "GITHUB_ACTIONS=true"} {
		for _, output := range []string{"stdout", "stderr"} {
			for _, format := range []string{"text", "json"} {
				var stdout, stderr bytes.Buffer
				sys := System{
					Environ: []string{env, "LOCKSTEP_LOG_OUTPUT=" + output, "LOCKSTEP_LOG_FORMAT=" + format},
					Stdin:   strings.NewReader(""), Stdout: &stdout, Stderr: &stderr,
				}
				code := Run(t.Context(), sys, program(func(_ context.Context, v *config.Values) error {
					log, err := sys.Logger(v, false)
					if err != nil {
						return err
					}
					log.Warn("careful", "name", hostile)
					return errors.New("put " + hostile)
				}))
				all := stdout.String() + stderr.String()
				if code != ExitFailed || strings.Count(all, "task.setvariable") != 2 {
					t.Fatalf("got code %d, want 1 and both lines:\n%s", code, all)
				}
				if strings.Contains(all, "##vso[") || strings.Contains("\n"+all, "\n::") {
					t.Errorf("%s, %s, %s: a command was printed:\n%s", env, output, format, all)
				}
			}
		}
	}
}

func FuzzLines(f *testing.F) {
	for _, seed := range []string{"##vso[", "#\n#[", "\u00a0::", "##\x00vso[", " : :\r::"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		var b bytes.Buffer
		if _, err := (System{Environ: []string{"GITHUB_ACTIONS=true"}, Stdout: &b}).Lines().Write([]byte(text)); err != nil {
			t.Fatal(err)
		}
		for line := range strings.FieldsFuncSeq(b.String(), func(r rune) bool { return r == '\n' || r == '\r' }) {
			low := strings.ToLower(line)
			if strings.Contains(low, "##vso[") || strings.Contains(low, "##[") || strings.HasPrefix(strings.TrimSpace(line), "::") {
				t.Errorf("%q became %q, which has a command in it", text, line)
			}
		}
		if strings.ReplaceAll(b.String(), " ", "") != strings.ReplaceAll(text, " ", "") {
			t.Errorf("%q became %q, want only blanks added", text, b.String())
		}
	})
}
