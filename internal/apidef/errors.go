package apidef

import (
	"errors"
	"fmt"
)

// A SyntaxError says where a definition can not be read, and why.
type SyntaxError struct {
	Name string // of the file
	Line int    // from 1, or 0 if not known
	Msg  string
}

// Error returns "read API definition NAME:LINE: MESSAGE".
func (e *SyntaxError) Error() string {
	if e.Line == 0 {
		return fmt.Sprintf("read API definition %s: %s", e.Name, e.Msg)
	}
	return fmt.Sprintf("read API definition %s:%d: %s", e.Name, e.Line, e.Msg)
}

// errorAt returns an error for a line of a file that the caller does not know.
func errorAt(line int, format string, args ...any) error {
	return &SyntaxError{Line: line, Msg: fmt.Sprintf(format, args...)}
}

// named puts the name of the file into an error made by errorAt.
func named(name string, err error) error {
	var e *SyntaxError
	if errors.As(err, &e) {
		return &SyntaxError{Name: name, Line: e.Line, Msg: e.Msg}
	}
	return fmt.Errorf("read API definition %s: %w", name, err)
}
