package git

import (
	"cmp"
	"fmt"
	"io/fs"
	"path"
	"slices"
)

// An Op is what happened to a file between two trees.
type Op string

// What can happen to a file. A rename is a Deleted and an Added.
const (
	Added    Op = "added"
	Modified Op = "modified" // in content, in mode or in both
	Deleted  Op = "deleted"
)

// A Change is one file or link that differs between two trees.
type Change struct {
	Path             string
	Op               Op
	OldHash, NewHash Hash        // zero where there is none
	OldMode, NewMode fs.FileMode // likewise
}

// Diff returns what changed from a to b, sorted by path. It reads only folders
// that differ. A nil tree is an empty one.
func Diff(a, b *Tree) ([]Change, error) {
	d := &differ{a: a, b: b}
	var left, right Hash
	if a != nil {
		left = a.hash
	}
	if b != nil {
		right = b.hash
	}
	if err := d.dirs("", left, right); err != nil {
		return nil, fmt.Errorf("compare trees: %w", err)
	}
	slices.SortFunc(d.changes, func(x, y Change) int { return cmp.Compare(x.Path, y.Path) })
	return d.changes, nil
}

type differ struct {
	a, b    *Tree
	changes []Change
}

// dirs compares two folders; the zero Hash is one that is not there.
func (d *differ) dirs(dir string, a, b Hash) error {
	if a == b {
		return nil
	}
	left, err := entriesOf(d.a, a)
	if err != nil {
		return err
	}
	right, err := entriesOf(d.b, b)
	if err != nil {
		return err
	}
	for len(left) > 0 || len(right) > 0 {
		var x, y Entry // the zero Entry is one that is not there
		switch order := compareFirst(left, right); {
		case order < 0:
			x, left = left[0], left[1:]
		case order > 0:
			y, right = right[0], right[1:]
		default:
			x, left, y, right = left[0], left[1:], right[0], right[1:]
		}
		if err := d.entry(path.Join(dir, cmp.Or(x.name, y.name)), x, y); err != nil {
			return err
		}
	}
	return nil
}

// entry compares two entries of one name.
func (d *differ) entry(name string, x, y Entry) error {
	if x.hash == y.hash && x.mode == y.mode {
		return nil
	}
	var from, to Hash
	if x.IsDir() {
		from, x = x.hash, Entry{}
	}
	if y.IsDir() {
		to, y = y.hash, Entry{}
	}
	c := Change{Path: name, Op: Modified, OldHash: x.hash, NewHash: y.hash, OldMode: x.mode, NewMode: y.mode}
	switch {
	case x.name == "" && y.name == "":
		return d.dirs(name, from, to)
	case x.name == "":
		c.Op = Added
	case y.name == "":
		c.Op = Deleted
	}
	d.changes = append(d.changes, c)
	return d.dirs(name, from, to)
}

func entriesOf(t *Tree, h Hash) ([]Entry, error) {
	if t == nil || h.IsZero() {
		return nil, nil
	}
	return t.entries(h)
}

func compareFirst(a, b []Entry) int {
	switch {
	case len(a) == 0:
		return 1
	case len(b) == 0:
		return -1
	}
	return cmp.Compare(a[0].name, b[0].name)
}
