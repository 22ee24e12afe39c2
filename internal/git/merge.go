package git

import (
	"context"
	"fmt"
	"maps"
	"path"
	"slices"

	"github.com/go-git/go-git/v5/plumbing"
	"github.com/go-git/go-git/v5/plumbing/filemode"
	"github.com/go-git/go-git/v5/plumbing/object"
)

// Merge merges two trees that come from a third, file by file, and returns the
// tree of the result. A file, link or submodule that only one side changed is
// taken from that side; one that both changed, and not alike, is a conflict,
// whatever its lines say. Renames are not followed.
//
// If there are conflicts, their paths are returned, sorted, and the tree holds
// ours in their places. Folders that did not change are not read. The trees
// must be in the store; the zero Hash is an empty one.
func (r *Repo) Merge(ctx context.Context, ancestor, ours, theirs Hash) (tree Hash, conflicts []string, err error) {
	m := &merger{objects: r.objects}
	if tree, err = m.dirs(ctx, "", ancestor, ours, theirs); err != nil {
		return Hash{}, nil, fmt.Errorf("merge trees: %w", err)
	}
	if tree.IsZero() {
		if tree, err = r.objects.write(plumbing.TreeObject, nil); err != nil {
			return Hash{}, nil, fmt.Errorf("merge trees: %w", err)
		}
	}
	slices.Sort(m.conflicts)
	return tree, m.conflicts, nil
}

type merger struct {
	objects   *objects
	conflicts []string
}

// dirs merges folders; the zero Hash is one that is not there.
func (m *merger) dirs(ctx context.Context, dir string, ancestor, ours, theirs Hash) (Hash, error) {
	switch {
	case ours == theirs || ancestor == theirs:
		return ours, nil
	case ancestor == ours:
		return theirs, nil
	}
	if err := ctx.Err(); err != nil {
		return Hash{}, err
	}
	var sides [3]map[string]object.TreeEntry
	names := map[string]bool{}
	for i, h := range []Hash{ancestor, ours, theirs} {
		list, err := m.objects.tree(h)
		if err != nil {
			return Hash{}, err
		}
		sides[i] = make(map[string]object.TreeEntry, len(list))
		for _, e := range list {
			sides[i][e.Name], names[e.Name] = e, true
		}
	}
	merged := make(map[string]object.TreeEntry, len(names))
	for _, name := range slices.Sorted(maps.Keys(names)) {
		e, err := m.entry(ctx, path.Join(dir, name), sides[0][name], sides[1][name], sides[2][name])
		if err != nil {
			return Hash{}, err
		}
		if !e.Hash.IsZero() {
			merged[name] = e
		}
	}
	return m.objects.writeTree(merged)
}

// entry merges what three folders have under one name. The zero TreeEntry is
// nothing.
func (m *merger) entry(ctx context.Context, name string, ancestor, ours, theirs object.TreeEntry) (object.TreeEntry, error) {
	switch {
	case ours == theirs || ancestor == theirs:
		return ours, nil
	case ancestor == ours:
		return theirs, nil
	}
	a, o, t := folderOf(ancestor), folderOf(ours), folderOf(theirs)
	if isFileEntry(ours) || isFileEntry(theirs) {
		// A file on one side meets something else on the other. That they
		// came from the same is known; that one side only deleted or added
		// below a folder, too.
		m.conflicts = append(m.conflicts, name)
		return ours, nil
	}
	h, err := m.dirs(ctx, name, a, o, t)
	if err != nil || h.IsZero() {
		return object.TreeEntry{}, err
	}
	return object.TreeEntry{Name: path.Base(name), Mode: filemode.Dir, Hash: h}, nil
}

// folderOf returns the folder that an entry is, or the zero Hash.
func folderOf(e object.TreeEntry) Hash {
	if e.Mode == filemode.Dir {
		return e.Hash
	}
	return Hash{}
}

func isFileEntry(e object.TreeEntry) bool { return !e.Hash.IsZero() && e.Mode != filemode.Dir }
