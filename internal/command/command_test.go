package command

import (
	"bytes"
	"context"
	"errors"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"
)

func TestRun(t *testing.T) {
	stopped, stop := context.WithCancel(t.Context())
	stop()
	for _, test := range []struct {
		name              string
		ctx               context.Context
		words             []string
		o                 Options
		want, errors, err string
	}{
		{name: "both outputs", words: Shell("echo out; echo wrong >&2"), want: "out\n", errors: "wrong\n"},
		{name: "an environment", words: Shell("echo $WHO $HOME"), o: Options{Environ: []string{"WHO=me"}}, want: "me\n"},
		{name: "more than the environment", words: Shell("echo $WHO $WHERE"), o: Options{Environ: []string{"WHO=me", "WHERE=there"}, Variables: []string{"WHERE=here"}}, want: "me here\n"},
		{name: "no input", words: Shell("cat")},
		{name: "no shell", words: []string{"echo", "$HOME;a b"}, want: "$HOME;a b\n"},
		{name: "a code", words: Shell("echo bad; exit 3"), want: "bad\n", err: "exit status 3"},
		{name: "no such program", words: []string{"no-such-program-here"}, err: "executable file not found"},
		{name: "no end", words: Shell("exec sleep 60"), o: Options{Timeout: 20 * time.Millisecond}, err: "no end after 20ms"},
		{name: "a child without an end", words: Shell("sleep 60; true"), o: Options{Timeout: 20 * time.Millisecond}, err: "no end after 20ms"},
		{name: "stopped", ctx: stopped, words: Shell("exec sleep 60"), o: Options{Timeout: time.Minute}, err: "context canceled"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			if test.ctx == nil {
				test.ctx = t.Context()
			}
			if test.o.Environ == nil {
				test.o.Environ = os.Environ()
			}
			var out, complaint bytes.Buffer
			test.o.Out, test.o.Errors = &out, &complaint
			err := Run(test.ctx, test.words, test.o)
			if (err == nil) != (test.err == "") || err != nil && !strings.Contains(err.Error(), test.err) {
				t.Errorf("got %v, want %q", err, test.err)
			}
			if out.String() != test.want || complaint.String() != test.errors {
				t.Errorf("output: got %q and %q, want %q and %q", out.String(), complaint.String(), test.want, test.errors)
			}
		})
	}
}

func TestErrorsCanBeAsked(t *testing.T) {
	err := Run(t.Context(), Shell("exit 3"), Options{})
	if e, ok := errors.AsType[*exec.ExitError](err); !ok || e.ExitCode() != 3 {
		t.Errorf("got %v, want exit code 3", err)
	}
}

func TestHead(t *testing.T) {
	h := Head{Limit: 5}
	for _, part := range []string{"abc", "", "def", "g"} {
		if n, err := h.Write([]byte(part)); n != len(part) || err != nil {
			t.Errorf("write %q: %d, %v", part, n, err)
		}
	}
	if got := h.String() + "," + string(h.Bytes()); got != "abcde,abcde" {
		t.Errorf("got %q, want abcde twice", got)
	}
}

func TestWords(t *testing.T) {
	hide := func(s string) string { return strings.ReplaceAll(s, "hush", "***") }
	for _, test := range []struct{ name, out, want string }{
		{"nothing", "", ""},
		{"blanks around", " a b\n\n", "a b"},
		{"a secret", "the hush\n", "the ***"},
		{"a secret where it is cut", "0123456789hush", "…3456789***"},
		{"a character where it is cut", "ä123456789", "…123456789"},
		{"no text", "a\xffb", "a?b"},
	} {
		t.Run(test.name, func(t *testing.T) {
			if got := Words([]byte(test.out), hide, 10); got != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
}
