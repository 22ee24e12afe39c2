package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"github.com/spf13/cobra"
)

// Main runs a program in this process and returns its exit code. The first interrupt or request to terminate cancels
// the context of the command, the second ends the process at once.
func Main(newRoot func(System) *cobra.Command) int {
	sys := Process()
	ctx, stop := interruptible(context.Background(), sys.Stderr)
	defer stop()
	return Run(ctx, sys, newRoot)
}

// interruptible returns a context that the first signal cancels, after which signals do again what they do by default.
// The function it returns ends the wait for a signal.
func interruptible(parent context.Context, stderr io.Writer) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancelCause(parent)
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	go func() {
		select {
		case s := <-signals:
			signal.Stop(signals)
			fmt.Fprintln(stderr, "stopping as soon as nothing is left half done; interrupt again to stop at once")
			cancel(fmt.Errorf("stopped by signal %q", s))
		case <-ctx.Done():
			signal.Stop(signals)
		}
	}()
	return ctx, func() { cancel(nil) }
}

// Run runs a program and returns its exit code. An error is printed here, once, and nowhere else: "program: verb noun:
// cause", a line for each of several, and after wrong usage where to find help.
func Run(ctx context.Context, sys System, newRoot func(System) *cobra.Command) int {
	root := newRoot(sys)
	prepare(root, sys)
	cmd, err := root.ExecuteContextC(ctx)
	code := exitCode(err)
	if says(err) {
		if cause := context.Cause(ctx); cause != nil && errors.Is(err, context.Canceled) && !errors.Is(err, cause) {
			err = fmt.Errorf("%w: %w", cause, err)
		}
		printError(sys.defused(sys.Stderr), root.Name(), err)
		if code == ExitUsage {
			fmt.Fprintf(sys.Stderr, "see '%s --help'\n", cmd.CommandPath())
		}
	}
	return code
}

// says reports whether there is something to print about an error.
func says(err error) bool {
	var coded *Error
	return err != nil && (!errors.As(err, &coded) || coded.Err != nil)
}

// printError prints each line of an error after the program's name; lines that continue another start with a blank.
func printError(w io.Writer, name string, err error) {
	for line := range strings.SplitSeq(strings.TrimRight(err.Error(), "\n"), "\n") {
		if line != strings.TrimLeft(line, " \t") {
			fmt.Fprintln(w, line)
			continue
		}
		fmt.Fprintf(w, "%s: %s\n", name, line)
	}
}
