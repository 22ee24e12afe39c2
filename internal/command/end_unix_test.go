//go:build !windows

package command

import (
	"bufio"
	"context"
	"errors"
	"io"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"
)

// TestACommandEndsWithAllThatItStarted: a pipe has an end when nobody is left who
// could write to it.
func TestACommandEndsWithAllThatItStarted(t *testing.T) {
	for _, test := range []struct{ name, script string }{
		{"in the background", "sleep 60 & echo started; wait"},
		{"by a shell of its own", "sh -c 'sleep 60 & wait' & echo started; wait"},
		{"that does not want to", "trap '' TERM; sleep 60 & echo started; wait"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			ctx, cancel := context.WithCancel(t.Context())
			read, write, err := os.Pipe()
			if err != nil {
				t.Fatal(err)
			}
			ended := make(chan error, 1)
			go func() { ended <- Run(ctx, Shell(test.script), Options{Out: write, Grace: 100 * time.Millisecond}) }()
			out := bufio.NewReader(read)
			if line, err := out.ReadString('\n'); err != nil || line != "started\n" {
				t.Fatalf("got %q, %v", line, err)
			}
			cancel()
			if err := <-ended; !errors.Is(err, context.Canceled) {
				t.Errorf("got %v, want %v", err, context.Canceled)
			}
			if err := write.Close(); err != nil {
				t.Fatal(err)
			}
			if err := read.SetReadDeadline(time.Now().Add(10 * time.Second)); err != nil {
				t.Fatal(err)
			}
			if rest, err := io.ReadAll(out); err != nil {
				t.Errorf("something that it started goes on: %q, %v", rest, err)
			}
			if err := read.Close(); err != nil {
				t.Error(err)
			}
		})
	}
}

// TestWhatIsLeftInTheBackground goes on, but cannot go on to write to what nobody reads.
func TestWhatIsLeftInTheBackground(t *testing.T) {
	t.Parallel()
	var out Head
	if err := Run(t.Context(), Shell("sleep 1 >/dev/null 2>&1 & echo on"), Options{Out: &out}); err != nil {
		t.Errorf("output sent elsewhere: %v", err)
	}
	err := Run(t.Context(), Shell("sleep 1 &"), Options{Out: &out, Grace: 20 * time.Millisecond})
	if !errors.Is(err, exec.ErrWaitDelay) || !strings.Contains(err.Error(), "send that to a file") {
		t.Errorf("got %v, want what to do", err)
	}
}
