package cli

import (
	"errors"
	"fmt"

	"github.com/lockstep-apiops/lockstep/internal/config"
)

// The exit codes of all programs. There are no others, except that of a process killed by a signal.
const (
	ExitDone    = 0 // done
	ExitFailed  = 1 // something failed; the rest was done where it did not depend on that
	ExitUsage   = 2 // the command line, the environment or the configuration is wrong; nothing was done
	ExitPending = 3 // done, and there is drift or a pending change, where the user asked to be told by the code
)

// exitHelp is the line of help on exit codes.
const exitHelp = "Exit codes: 0 done, 1 failed, 2 wrong usage, 3 drift or pending changes where asked for"

// Error is an error that carries its exit code. With no Err the program ends with the code and prints nothing: what
// there was to say was said on standard output.
type Error struct {
	Code int
	Err  error
}

// Error returns the message of Err.
func (e *Error) Error() string {
	if e.Err == nil {
		return fmt.Sprintf("exit code %d", e.Code)
	}
	return e.Err.Error()
}

// Unwrap returns Err.
func (e *Error) Unwrap() error { return e.Err }

// Usagef returns an error that ends the program with ExitUsage and a pointer to its help.
func Usagef(format string, args ...any) error {
	return &Error{Code: ExitUsage, Err: fmt.Errorf(format, args...)}
}

// exitCode returns the code for what a command returned.
func exitCode(err error) int {
	var coded *Error
	var wrong *config.Error
	switch {
	case err == nil:
		return ExitDone
	case errors.As(err, &coded):
		return coded.Code
	case errors.As(err, &wrong):
		return ExitUsage
	}
	return ExitFailed
}
