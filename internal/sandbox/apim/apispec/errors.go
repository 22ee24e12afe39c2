package apispec

import (
	"errors"
	"fmt"
	"strings"
)

// What may be wrong with a specification; callers ask with errors.Is.
var (
	ErrMalformed           = errors.New("malformed document")
	ErrUnsupported         = errors.New("unsupported format")
	ErrExternalReference   = errors.New("external reference")
	ErrUnresolvedReference = errors.New("unresolved reference")
	ErrUndeclaredParameter = errors.New("undeclared path parameter")
	ErrDuplicateParameter  = errors.New("duplicate parameter")
	ErrDuplicateOperation  = errors.New("duplicate operation")
	// ErrNoSource says that an export needs the text the API was imported
	// from, and that there is none.
	ErrNoSource = errors.New("no source document")
)

// Detail is one thing that is wrong, in the words of the management plane: the
// field it concerns and a sentence for a person.
type Detail struct {
	Kind    error
	Target  string
	Message string
	// Line is the line in the text, counted from 1; 0 when it is not known.
	Line int
}

// Error is the message with its line.
func (d Detail) Error() string {
	if d.Line > 0 {
		return fmt.Sprintf("line %d: %s", d.Line, d.Message)
	}
	return d.Message
}

// Unwrap is the kind.
func (d Detail) Unwrap() error { return d.Kind }

// ValidationError is what a specification is refused with: at least one detail,
// in the order of the document.
type ValidationError struct {
	Details []Detail
}

// Error is all messages on one line.
func (e *ValidationError) Error() string {
	all := make([]string, len(e.Details))
	for i, d := range e.Details {
		all[i] = d.Error()
	}
	return "import specification: " + strings.Join(all, "; ")
}

// Unwrap gives the details to errors.Is and errors.As.
func (e *ValidationError) Unwrap() []error {
	all := make([]error, len(e.Details))
	for i, d := range e.Details {
		all[i] = d
	}
	return all
}

// targetDocument is the field the service names when the text as a whole is at
// fault.
const targetDocument = "representation"

func invalid(kind error, target, message string) *ValidationError {
	return &ValidationError{Details: []Detail{{Kind: kind, Target: target, Message: message}}}
}

// malformed refuses the text as a whole; line 0 is not known.
func malformed(line int, message string) *ValidationError {
	return &ValidationError{Details: []Detail{{
		Kind: ErrMalformed, Target: targetDocument, Line: line,
		Message: "Parsing error(s): " + message + ".",
	}}}
}
