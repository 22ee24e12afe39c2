// Package command runs the commands that users configure: tests, linters, what makes a
// product take a configuration, what asks a store of secrets.
//
// It knows how such a command starts and ends: with an environment, without input, for
// a limited time, and together with all that it started. What its output means, and
// which secrets may be in it, is for those who run it.
package command

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"strings"
	"time"
)

// Options say how a command is run.
type Options struct {
	Environ     []string      // nil is that of this process
	Variables   []string      // added to it
	Timeout     time.Duration // 0 is no limit
	Grace       time.Duration // to end once it was told to, and to let go of its output; 0 is 5 seconds
	Out, Errors io.Writer     // what it prints; nil is nowhere
}

// Shell returns the words that have the shell run a line.
func Shell(line string) []string { return []string{"sh", "-c", line} }

// Run runs a program with its arguments, and returns when it has ended. If time is up or
// the context ends, so does the command, with all that it started; on Windows it ends
// alone. What it leaves in the background when it ends by itself goes on.
//
// The error is that of the context if this has ended, else says that there was no end
// in time, else is one of package exec.
func Run(ctx context.Context, words []string, o Options) error {
	limited, cancel := ctx, context.CancelFunc(func() {})
	if o.Timeout > 0 {
		limited, cancel = context.WithTimeout(ctx, o.Timeout)
	}
	defer cancel()
	cmd := exec.CommandContext(limited, words[0], words[1:]...)
	cmd.Env = o.Environ
	cmd.Env = append(cmd.Environ(), o.Variables...)
	cmd.Stdout, cmd.Stderr, cmd.WaitDelay = o.Out, o.Errors, cmp.Or(o.Grace, 5*time.Second)
	leftover := endWhole(cmd)
	err := cmd.Run()
	switch {
	case err == nil:
		return nil
	case ctx.Err() != nil:
		return errors.Join(ctx.Err(), leftover())
	case limited.Err() != nil:
		return errors.Join(fmt.Errorf("no end after %v", o.Timeout), leftover())
	case errors.Is(err, exec.ErrWaitDelay):
		return fmt.Errorf("what it left in the background still writes to its output: send that to a file: %w", err)
	}
	return err
}

// A Head keeps the beginning of what is written to it.
type Head struct {
	Limit int // of bytes

	text bytes.Buffer
}

// Write implements io.Writer. It takes all, and keeps as much as there is room for.
func (h *Head) Write(p []byte) (int, error) {
	h.text.Write(p[:min(len(p), h.Limit-h.text.Len())])
	return len(p), nil
}

// Bytes returns what is kept.
func (h *Head) Bytes() []byte { return h.text.Bytes() }

// String returns what is kept as a text.
func (h *Head) String() string { return h.text.String() }

// Words returns what a command said for a log or an error: what hide leaves of it, cut
// to the last bytes if it is longer.
func Words(out []byte, hide func(string) string, last int) string {
	text := hide(string(bytes.TrimSpace(bytes.ToValidUTF8(out, []byte("?")))))
	if cut := len(text) - last; cut > 0 {
		text = "…" + strings.ToValidUTF8(text[cut:], "")
	}
	return text
}
