package artifacts

import (
	"bytes"
	"cmp"
	"fmt"
	"slices"
	"unicode/utf8"
)

// A Level says how much a Problem matters.
type Level int

const (
	// Info marks what is simply none of this program's business.
	Info Level = iota
	// Warning marks what its author probably meant otherwise.
	Warning
	// Settled marks what does not count, for the tree says otherwise beside
	// it, as a list that an older tool left behind: nothing is unread for it.
	Settled
)

// String returns the level's name.
func (l Level) String() string {
	if l == Info {
		return "info"
	}
	return "warning"
}

// A Problem is something in a tree that is not used, and why.
type Problem struct {
	Level Level
	Path  string
	Text  string
}

// String returns the path and what is the matter with it.
func (p Problem) String() string { return p.Path + ": " + p.Text }

func sortProblems(ps []Problem) {
	slices.SortFunc(ps, func(a, b Problem) int {
		return cmp.Or(cmp.Compare(a.Path, b.Path), cmp.Compare(a.Text, b.Text))
	})
}

// A FileError is a file that cannot be used, and where in it the reason is.
type FileError struct {
	Path         string
	Line, Column int // from 1; 0: the file as a whole
	Err          error
}

// Error names the file, the place and the cause.
func (e *FileError) Error() string {
	if e.Line == 0 {
		return fmt.Sprintf("%s: %v", e.Path, e.Err)
	}
	return fmt.Sprintf("%s:%d:%d: %v", e.Path, e.Line, e.Column, e.Err)
}

// Unwrap returns the cause.
func (e *FileError) Unwrap() error { return e.Err }

// errorAt returns the error for the place that lies offset bytes into a file.
func errorAt(path string, data []byte, offset int, err error) error {
	before := data[:min(max(offset, 0), len(data))]
	line := before[bytes.LastIndexByte(before, '\n')+1:]
	return &FileError{
		Path: path, Line: bytes.Count(before, []byte("\n")) + 1,
		Column: utf8.RuneCount(bytes.TrimPrefix(line, bom)) + 1, Err: err,
	}
}

// A CollisionError is two folders that are one on some disks.
type CollisionError struct{ A, B string }

// Error names both.
func (e *CollisionError) Error() string {
	return fmt.Sprintf("%s and %s: the same folder on a disk that ignores case: rename one or exclude it", e.A, e.B)
}
