package git

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"
	"sync"

	"github.com/go-git/go-git/v5/plumbing"
	"github.com/go-git/go-git/v5/plumbing/filemode"
	"github.com/go-git/go-git/v5/plumbing/object"
)

// A Tree is the files of a commit, or of a folder in it, as a file system. It
// reads what it is asked for and no more, and folders only once.
//
// Symbolic links are shown as such and never followed: reading through one
// fails. Submodules are left out, and so are names that no file system could
// hold. All times are zero.
//
// Its methods may be called from several goroutines at once.
type Tree struct {
	objects *objects
	hash    Hash
	dirs    *dirCache
}

// dirCache keeps the folders that were read, for a Tree and its Subs.
type dirCache struct {
	mu   sync.Mutex
	dirs map[Hash][]Entry
}

var (
	_ fs.ReadDirFS  = (*Tree)(nil)
	_ fs.ReadFileFS = (*Tree)(nil)
	_ fs.ReadLinkFS = (*Tree)(nil)
	_ fs.StatFS     = (*Tree)(nil)
	_ fs.SubFS      = (*Tree)(nil)
)

// Tree returns the files of a commit.
func (r *Repo) Tree(ctx context.Context, commit Hash) (*Tree, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if err := r.need(ctx, commit); err != nil {
		return nil, fmt.Errorf("open tree of %s: %w", commit, err)
	}
	c, err := r.objects.commit(commit)
	if err != nil {
		return nil, fmt.Errorf("open tree of %s: %w", commit, err)
	}
	return r.TreeAt(c.TreeHash), nil
}

// TreeAt returns the files of a tree object, which must be in the store: that
// of a commit that was read, or one that Write or Merge made.
func (r *Repo) TreeAt(h Hash) *Tree {
	return &Tree{objects: r.objects, hash: h, dirs: &dirCache{dirs: map[Hash][]Entry{}}}
}

// Hash returns the hash of the tree object. Equal hashes mean equal content.
func (t *Tree) Hash() Hash { return t.hash }

// Dir returns the tree of a folder.
func (t *Tree) Dir(name string) (*Tree, error) {
	e, err := t.find("open", name)
	if err != nil {
		return nil, err
	}
	if !e.IsDir() {
		return nil, &fs.PathError{Op: "open", Path: name, Err: errNotDir}
	}
	return &Tree{objects: t.objects, hash: e.hash, dirs: t.dirs}, nil
}

// Sub is Dir for [fs.Sub].
func (t *Tree) Sub(name string) (fs.FS, error) { return t.Dir(name) }

// Lookup returns a file's or folder's entry, hash included, without reading it.
func (t *Tree) Lookup(name string) (Entry, error) { return t.find("lookup", name) }

// Open implements [fs.FS].
func (t *Tree) Open(name string) (fs.File, error) {
	e, err := t.find("open", name)
	if err != nil {
		return nil, err
	}
	if e.IsDir() {
		entries, err := t.entries(e.hash)
		if err != nil {
			return nil, &fs.PathError{Op: "open", Path: name, Err: err}
		}
		return &openDir{entry: e, name: name, rest: entries}, nil
	}
	data, err := t.ReadFile(name)
	if err != nil {
		return nil, err
	}
	return newOpenFile(e, data), nil
}

// ReadFile returns the content of a file.
func (t *Tree) ReadFile(name string) ([]byte, error) {
	e, err := t.find("read", name)
	if err != nil {
		return nil, err
	}
	if !e.mode.IsRegular() {
		return nil, &fs.PathError{Op: "read", Path: name, Err: fmt.Errorf("%w: it is a %s, no file", fs.ErrInvalid, e.kind())}
	}
	data, err := t.objects.read(plumbing.BlobObject, e.hash)
	if err != nil {
		return nil, &fs.PathError{Op: "read", Path: name, Err: err}
	}
	return data, nil
}

// ReadDir returns the entries of a folder, sorted by name. Each is an [Entry].
func (t *Tree) ReadDir(name string) ([]fs.DirEntry, error) {
	e, err := t.find("readdir", name)
	if err != nil {
		return nil, err
	}
	if !e.IsDir() {
		return nil, &fs.PathError{Op: "readdir", Path: name, Err: errNotDir}
	}
	entries, err := t.entries(e.hash)
	if err != nil {
		return nil, &fs.PathError{Op: "readdir", Path: name, Err: err}
	}
	list := make([]fs.DirEntry, len(entries))
	for i, e := range entries {
		list[i] = e
	}
	return list, nil
}

// Stat implements [fs.StatFS]. Of a link it describes the link.
func (t *Tree) Stat(name string) (fs.FileInfo, error) {
	e, err := t.find("stat", name)
	if err != nil {
		return nil, err
	}
	return e.Info()
}

// Lstat is Stat.
func (t *Tree) Lstat(name string) (fs.FileInfo, error) { return t.Stat(name) }

// ReadLink returns where a symbolic link points to.
func (t *Tree) ReadLink(name string) (string, error) {
	e, err := t.find("readlink", name)
	if err != nil {
		return "", err
	}
	if e.mode.Type() != fs.ModeSymlink {
		return "", &fs.PathError{Op: "readlink", Path: name, Err: fs.ErrInvalid}
	}
	data, err := t.objects.read(plumbing.BlobObject, e.hash)
	return string(data), err
}

var errNotDir = errors.New("not a directory")

// find walks to a name, folder by folder.
func (t *Tree) find(op, name string) (Entry, error) {
	if !fs.ValidPath(name) {
		return Entry{}, &fs.PathError{Op: op, Path: name, Err: fs.ErrInvalid}
	}
	e := Entry{name: path.Base(name), mode: fs.ModeDir | 0o755, hash: t.hash, objects: t.objects}
	if name == "." {
		return e, nil
	}
	for part := range strings.SplitSeq(name, "/") {
		if !e.IsDir() {
			return Entry{}, &fs.PathError{Op: op, Path: name, Err: fs.ErrNotExist}
		}
		entries, err := t.entries(e.hash)
		if err != nil {
			return Entry{}, &fs.PathError{Op: op, Path: name, Err: err}
		}
		i, ok := slices.BinarySearchFunc(entries, part, func(e Entry, name string) int { return cmp.Compare(e.name, name) })
		if !ok {
			return Entry{}, &fs.PathError{Op: op, Path: name, Err: fs.ErrNotExist}
		}
		e = entries[i]
	}
	return e, nil
}

// entries returns what a folder shows, sorted by name.
func (t *Tree) entries(h Hash) ([]Entry, error) {
	t.dirs.mu.Lock()
	defer t.dirs.mu.Unlock()
	if entries, ok := t.dirs.dirs[h]; ok {
		return entries, nil
	}
	raw, err := t.objects.tree(h)
	if err != nil {
		return nil, err
	}
	entries := make([]Entry, 0, len(raw))
	for _, e := range raw {
		if shown(e) {
			entries = append(entries, Entry{name: e.Name, mode: modeOf(e.Mode), hash: e.Hash, objects: t.objects})
		}
	}
	slices.SortFunc(entries, func(a, b Entry) int { return cmp.Compare(a.name, b.name) })
	t.dirs.dirs[h] = entries
	return entries, nil
}

// shown reports whether a tree entry is part of the file system.
func shown(e object.TreeEntry) bool {
	return e.Mode != filemode.Submodule && e.Name != "." && fs.ValidPath(e.Name) && !strings.Contains(e.Name, "/")
}

func modeOf(m filemode.FileMode) fs.FileMode {
	switch m {
	case filemode.Dir:
		return fs.ModeDir | 0o755
	case filemode.Executable:
		return 0o755
	case filemode.Symlink:
		return fs.ModeSymlink | 0o777
	}
	return 0o644
}
