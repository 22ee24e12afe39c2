package vault

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// folder makes a folder with files, and one beside it that has a file, too.
func folder(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "secrets")
	for name, text := range files {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func TestFile(t *testing.T) {
	t.Parallel()
	dir := folder(t, map[string]string{
		"plain": "hush", "line": "hush\n", "lines": "hush\r\nhush\n\n", "windows": "hush\r\n", "blanks": " hush ", "db/password": "deep", "..data/key": "mounted",
		"empty": "\n", "zero": "hush\x00", "binary": "hush\xff", "large": strings.Repeat("hush", maxValue/4) + "!", "../outside": "hush",
	})
	for link, to := range map[string]string{"key": "..data/key", "out": "../outside"} {
		if err := os.Symlink(to, filepath.Join(dir, link)); err != nil {
			t.Fatal(err)
		}
	}
	v := New(Options{Dir: dir})
	for _, tt := range []struct{ path, want, wrong string }{
		{"plain", "hush", ""},
		{"line", "hush", ""},
		{"lines", "hush\r\nhush\n", ""},
		{"windows", "hush", ""},
		{"blanks", " hush ", ""},
		{"db/password", "deep", ""},
		{"key", "mounted", ""},
		{"none", "", "read none in --secrets-dir: no such file or directory"},
		{"db", "", "it is no file"},
		{"empty", "", "it is empty"},
		{"zero", "", "it holds a zero byte"},
		{"binary", "", "no text in UTF-8"},
		{"large", "", "it is larger than 1024 kB"},
		{"../outside", "", "want a path below it"},
		{"db/../plain", "", "want a path below it"},
		{"/etc/passwd", "", "want a path below it"},
		{"out", "", "path escapes from parent"},
	} {
		t.Run(tt.path, func(t *testing.T) {
			got, err := v.File(tt.path)
			if got != tt.want || (err == nil) != (tt.wrong == "") || err != nil && !strings.Contains(err.Error(), tt.wrong) {
				t.Errorf("File(%q) = %q, %v, want %q, %q", tt.path, got, err, tt.want, tt.wrong)
			}
			if err != nil && (strings.Contains(err.Error(), "hush") || strings.Contains(err.Error(), dir)) {
				t.Errorf("the error tells too much: %v", err)
			}
		})
	}
	if _, err := New(Options{}).File("plain"); err == nil || !strings.Contains(err.Error(), "--secrets-dir") {
		t.Errorf("without a folder: %v, want how to name one", err)
	}
}

func TestSecret(t *testing.T) {
	t.Parallel()
	dir := folder(t, map[string]string{"filed": "of the file\n", "empty": ""})
	for _, tt := range []struct {
		name, asked string
		o           Options
		want, wrong string
	}{
		{"a file", "filed", Options{Dir: dir}, "of the file", ""},
		{"a file before the command", "filed", Options{Dir: dir, Command: "echo other"}, "of the file", ""},
		{"a command", "chat", Options{Dir: dir, Command: `echo "value of $LOCKSTEP_SECRET for $WHO"`, Environ: []string{"WHO=me"}}, "value of chat for me", ""},
		{"a name is no part of the command", "chat;echo", Options{Command: `printf %s "$LOCKSTEP_SECRET"`}, "chat;echo", ""},
		{"no file, no command", "chat", Options{Dir: dir}, "", "--secrets-dir has no file chat"},
		{"nothing", "chat", Options{}, "", "set --secrets-dir or --secret-command"},
		{"an empty file is no reason to ask", "empty", Options{Dir: dir, Command: "echo other"}, "", "read empty in --secrets-dir: it is empty"},
		{"a command that fails", "chat", Options{Command: "echo no such secret >&2; exit 2"}, "", "ask --secret-command for chat: exit status 2: no such secret"},
		{"a command that says nothing", "chat", Options{Command: "exit 0"}, "", "it is empty"},
		{"a command that fails after all", "chat", Options{Command: "echo hush; echo got hush >&2; exit 1"}, "", "exit status 1: got ***"},
		{"a command that says too much", "chat", Options{Command: "head -c 1100000 /dev/zero | tr '\\0' x"}, "", "larger than"},
		{"a command without an end", "chat", Options{Command: "exec sleep 60", Timeout: 20 * time.Millisecond}, "", "no end after 20ms"},
		{"no command", "chat", Options{Command: "no-such-program-here"}, "", "exit status 127"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if tt.o.Environ == nil {
				tt.o.Environ = []string{}
			}
			tt.o.Environ = append(tt.o.Environ, "PATH="+os.Getenv("PATH"))
			v := New(tt.o)
			got, err := v.Secret(t.Context(), tt.asked)
			if got != tt.want || (err == nil) != (tt.wrong == "") || err != nil && !strings.Contains(err.Error(), tt.wrong) {
				t.Errorf("Secret(%q) = %q, %v, want %q, %q", tt.asked, got, err, tt.want, tt.wrong)
			}
			if err != nil && strings.Contains(err.Error(), "hush") {
				t.Errorf("the error holds a value: %v", err)
			}
		})
	}
}

// TestSecretIsAskedForOnce has a command count its runs.
func TestSecretIsAskedForOnce(t *testing.T) {
	t.Parallel()
	count := filepath.Join(t.TempDir(), "count")
	v := New(Options{Command: `echo "$LOCKSTEP_SECRET" >> "` + count + `"; test "$LOCKSTEP_SECRET" = a && echo value`, Environ: os.Environ()})
	for range 3 {
		if got, err := v.Secret(t.Context(), "a"); got != "value" || err != nil {
			t.Errorf("got %q, %v, want the value", got, err)
		}
		if _, _, err := v.Find(t.Context(), "b"); err == nil {
			t.Error("what the command refuses is no error")
		}
	}
	text, err := os.ReadFile(count)
	if string(text) != "a\nb\n" || err != nil {
		t.Errorf("the command ran for %q, %v, want once for each name", text, err)
	}
}

func TestSecretEndsWithTheRun(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := New(Options{Command: "exec sleep 60"}).Secret(ctx, "a"); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want %v", err, context.Canceled)
	}
}
