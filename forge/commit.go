package forge

import (
	"context"
	"errors"
)

// A Committer can make commits itself, and signs them.
type Committer interface {
	// Commit makes a commit and moves the branch to it. The branch must be
	// where c.From says: the forge itself compares, so of two that start from
	// the same place one succeeds, and the other gets an error that wraps
	// [ErrMoved]. Whether the commit descends from c.From does not matter.
	Commit(ctx context.Context, c Commit) (Committed, error)
}

// ErrMoved means that a branch was not where it was expected.
var ErrMoved = errors.New("branch has moved")

// A Commit is one to be made. All hashes are whole. Who is named as the author
// is up to the forge.
type Commit struct {
	Branch  string
	From    string // commit that the branch is at; "": it is not there
	Parents []string
	Message string

	BaseTree string // hash of the tree of the first parent
	Files    []File // what differs from it, in order
	Tree     string // hash of the tree that this must come to
}

// A File is one that a [Commit] changes.
type File struct {
	Path       string
	Content    []byte // of a link, its target
	Executable bool
	Link       bool
	Gone       bool // it is taken away
}

// Committed is a commit that was made.
type Committed struct {
	Hash     string
	Verified bool // the forge has signed it
}
