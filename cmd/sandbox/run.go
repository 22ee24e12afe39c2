package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/lockstep-apiops/lockstep/internal/cli"
)

// Exit codes.
const (
	exitDone   = 0
	exitFailed = 1
	exitUsage  = 2
)

// usageError is a mistake in flags, arguments or environment.
type usageError struct{ err error }

// Error is the mistake in words.
func (e *usageError) Error() string { return e.err.Error() }

// Unwrap is what went wrong below.
func (e *usageError) Unwrap() error { return e.err }

func usagef(format string, args ...any) error {
	return &usageError{fmt.Errorf(format, args...)}
}

// run is the whole command: 0 done, 1 failed, 2 usage.
func run(ctx context.Context, args []string, stdout, stderr io.Writer, getenv func(string) string) int {
	root := newRoot(getenv)
	root.SetArgs(append([]string{}, args...)) // never nil: cobra would take those of the process
	root.SetOut(stdout)
	root.SetErr(stderr)
	err := root.ExecuteContext(ctx)
	if err == nil {
		return exitDone
	}
	_, _ = fmt.Fprintln(stderr, "sandbox:", err) // Nowhere else to say it.
	var usage *usageError
	if errors.As(err, &usage) || strings.HasPrefix(err.Error(), "unknown command") {
		_, _ = fmt.Fprintln(stderr, "Run 'sandbox --help' to see what it takes.")
		return exitUsage
	}
	return exitFailed
}

func newRoot(getenv func(string) string) *cobra.Command {
	root := &cobra.Command{
		Use:   "sandbox",
		Short: "Emulate the management plane of an API gateway",
		Long: `Sandbox runs an emulator of an API gateway's management plane: a real HTTP server
that keeps state, checks what the real service checks, and can be told to be slow,
rate-limited or faulty. Use it to rehearse a merge, to try the tools, or to test.

Every flag can also be set in the environment: SANDBOX_ and its name in upper case,
with _ for -, such as SANDBOX_LISTEN. A flag wins over the environment.

Exit codes: 0 done, 1 failed, 2 usage.`,
		Version:       cli.ThisBuild().String(),
		SilenceUsage:  true,
		SilenceErrors: true,
		Args:          cobra.NoArgs,
		RunE:          func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	root.SetFlagErrorFunc(func(_ *cobra.Command, err error) error { return &usageError{err} })
	root.SetVersionTemplate("sandbox version {{.Version}}\n")
	root.PersistentPreRunE = func(cmd *cobra.Command, _ []string) error { return fromEnvironment(cmd.Flags(), getenv) }
	root.AddCommand(newAPIM(), newAmplify(), newAutoflow(os.Environ))
	return root
}

// fromEnvironment sets the flags that were not given from the environment.
func fromEnvironment(flags *pflag.FlagSet, getenv func(string) string) error {
	var wrong error
	flags.VisitAll(func(f *pflag.Flag) {
		name := "SANDBOX_" + strings.ToUpper(strings.ReplaceAll(f.Name, "-", "_"))
		if value := getenv(name); value != "" && !f.Changed && wrong == nil {
			if err := flags.Set(f.Name, value); err != nil {
				wrong = usagef("%s=%q: %w", name, value, err)
			}
		}
	})
	return wrong
}
