package git

import (
	"context"
	"fmt"
	"io/fs"
	"maps"
	"slices"
	"strings"

	"github.com/go-git/go-git/v5/plumbing"
	"github.com/go-git/go-git/v5/plumbing/filemode"
	"github.com/go-git/go-git/v5/plumbing/object"
)

// A Stage collects changes to the files of a commit until Commit makes a new
// one of them. Content goes to the object store at once, so a stage's size
// follows the number of changed paths only.
//
// A Stage is for one goroutine. One that is not committed leaves no trace but
// objects that git removes in time.
type Stage struct {
	repo *Repo
	base Hash // commit
	tree Hash
	root node
}

// A node is what a stage knows of a path. Nodes without a put or removed below
// them do not exist.
type node struct {
	children map[string]*node
	removed  bool // what the base has at this path goes
	put      bool // a file with content hash comes; there are no children
	hash     Hash
	mode     filemode.FileMode // of the file; Empty keeps that of the base
}

// Stage starts changes over the files of a commit. The zero Hash starts from
// nothing, for the first commit of a repository or a branch of its own.
func (r *Repo) Stage(ctx context.Context, base Hash) (*Stage, error) {
	s := &Stage{repo: r, base: base}
	if base.IsZero() {
		return s, ctx.Err()
	}
	t, err := r.Tree(ctx, base)
	if err != nil {
		return nil, err
	}
	s.tree = t.hash
	return s, nil
}

// Add puts a file at path, in place of what is there: a file, which keeps being
// executable or not, a symbolic link or a folder. A file on the way to path
// becomes a folder. It is an error to add a file and files below it.
func (s *Stage) Add(path string, content []byte) error {
	if err := checkPath(path); err != nil {
		return fmt.Errorf("add file: %w", err)
	}
	h, err := s.repo.objects.write(plumbing.BlobObject, content)
	if err != nil {
		return fmt.Errorf("add file %q: %w", path, err)
	}
	return s.add(path, node{put: true, hash: h})
}

// Apply makes changes as [Diff] finds them, in their order: each path then has
// what the second of its trees had there. The content must be in the store.
func (s *Stage) Apply(changes []Change) error {
	for _, c := range changes {
		if err := checkPath(c.Path); err != nil {
			return fmt.Errorf("apply change: %w", err)
		}
		if c.Op == Deleted {
			if err := s.Remove(c.Path); err != nil {
				return err
			}
			continue
		}
		if err := s.add(c.Path, node{put: true, hash: c.NewHash, mode: fileMode(c.NewMode)}); err != nil {
			return err
		}
	}
	return nil
}

// fileMode is the opposite of modeOf.
func fileMode(m fs.FileMode) filemode.FileMode {
	switch {
	case m.Type() == fs.ModeSymlink:
		return filemode.Symlink
	case m&0o111 != 0:
		return filemode.Executable
	}
	return filemode.Regular
}

// add puts a file's node at path.
func (s *Stage) add(path string, file node) error {
	n := &s.root
	for part := range strings.SplitSeq(path, "/") {
		if n.put {
			return fmt.Errorf("add file %q: a folder on its way is added as a file", path)
		}
		n = n.child(part)
	}
	if n.adds() && !n.put {
		return fmt.Errorf("add file %q: files are added below it", path)
	}
	*n = file
	return nil
}

// Remove takes away the file or link at path, or the folder with all that is
// in it, added files included. If nothing is there, nothing happens.
func (s *Stage) Remove(path string) error {
	if err := checkPath(path); err != nil {
		return fmt.Errorf("remove file: %w", err)
	}
	n := &s.root
	for part := range strings.SplitSeq(path, "/") {
		if n.put {
			return nil
		}
		n = n.child(part)
	}
	*n = node{removed: true}
	return nil
}

func (n *node) child(name string) *node {
	if n.children == nil {
		n.children = map[string]*node{}
	}
	c := n.children[name]
	if c == nil {
		c = &node{}
		n.children[name] = c
	}
	return c
}

// adds reports whether a file comes at the node or below it.
func (n *node) adds() bool {
	if n.put {
		return true
	}
	for _, c := range n.children {
		if c.adds() {
			return true
		}
	}
	return false
}

// apply returns the tree that the node makes of a folder, the zero Hash if
// nothing is left of it, and whether it differs. Untouched folders are not read.
func (s *Stage) apply(ctx context.Context, n *node, dir Hash) (Hash, bool, error) {
	if err := ctx.Err(); err != nil {
		return Hash{}, false, err
	}
	list, err := s.repo.objects.tree(dir)
	if err != nil {
		return Hash{}, false, err
	}
	entries := make(map[string]object.TreeEntry, len(list)+len(n.children))
	for _, e := range list {
		entries[e.Name] = e
	}
	changed := false
	for _, name := range slices.Sorted(maps.Keys(n.children)) {
		had, exists := entries[name]
		if exists && had.Mode == filemode.Submodule {
			return Hash{}, false, fmt.Errorf("%q is a submodule: its files belong to another repository", name)
		}
		e, err := s.entry(ctx, name, n.children[name], had)
		switch {
		case err != nil:
			return Hash{}, false, fmt.Errorf("%s: %w", name, err)
		case e == had:
			continue
		case e.Hash.IsZero():
			delete(entries, name)
		default:
			entries[name] = e
		}
		changed = true
	}
	if !changed {
		return dir, false, nil
	}
	h, err := s.repo.objects.writeTree(entries)
	return h, true, err
}

// entry returns what becomes of one entry. The zero TreeEntry is none.
func (s *Stage) entry(ctx context.Context, name string, n *node, had object.TreeEntry) (object.TreeEntry, error) {
	if n.put {
		e := object.TreeEntry{Name: name, Mode: n.mode, Hash: n.hash}
		if e.Mode != filemode.Empty {
			return e, nil
		}
		e.Mode = filemode.Regular
		if had.Mode == filemode.Executable {
			e.Mode = had.Mode
		}
		return e, nil
	}
	if n.removed {
		had = object.TreeEntry{}
	}
	var dir Hash
	if had.Mode == filemode.Dir {
		dir = had.Hash
	}
	h, changed, err := s.apply(ctx, n, dir)
	switch {
	case err != nil:
		return object.TreeEntry{}, err
	case !changed:
		return had, nil
	case h.IsZero():
		return object.TreeEntry{}, nil
	}
	return object.TreeEntry{Name: name, Mode: filemode.Dir, Hash: h}, nil
}

// byTreeOrder is git's order of entries: by name, a folder's as if it ended in
// a slash.
func byTreeOrder(a, b object.TreeEntry) int {
	pair := object.TreeEntrySorter{a, b}
	switch {
	case pair.Less(0, 1):
		return -1
	case pair.Less(1, 0):
		return 1
	}
	return 0
}
