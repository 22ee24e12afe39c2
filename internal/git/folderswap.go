package git

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// swap moves a ref with git's own locks, so that the git program and this
// package may work on one repository at the same time. HEAD, the index and the
// work tree stay as they are.
func (f *folder) swap(ctx context.Context, ref string, to, from Hash) (err error) {
	if !to.IsZero() {
		if err := f.checkTarget(ctx, ref, to); err != nil {
			return err
		}
	}
	if err := f.checkWorkTrees(ref); err != nil {
		return err
	}
	lock, err := acquire(ctx, f.path(ref))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, lock.release()) }()
	have, err := f.read(ref)
	if err != nil {
		return err
	}
	if have != from {
		return &StaleError{Ref: ref, Want: from, Have: have}
	}
	if to.IsZero() {
		return f.remove(ctx, ref)
	}
	if isDir(f.path(ref)) {
		removeEmptyDirs(f.path(ref))
	}
	return lock.commit([]byte(to.String() + "\n"))
}

// checkTarget refuses a commit that is not there, and a ref whose name is a
// folder of another's or the reverse.
func (f *folder) checkTarget(ctx context.Context, ref string, to Hash) error {
	if !f.objects.has(to) {
		return fmt.Errorf("object %s: %w", to, ErrNotFound)
	}
	l, err := f.list(ctx)
	if err != nil {
		return err
	}
	for _, r := range l.refs {
		if strings.HasPrefix(r.Name, ref+"/") || strings.HasPrefix(ref, r.Name+"/") {
			return fmt.Errorf("%w: %s is in the way", ErrRefused, r.Name)
		}
	}
	return nil
}

// checkWorkTrees refuses a branch that somebody works on.
func (f *folder) checkWorkTrees(ref string) error {
	where, err := f.checkedOut(ref)
	if err != nil {
		return err
	}
	if where != "" {
		return fmt.Errorf("%w: the branch is checked out in %s, whose files would not follow: "+
			"use another branch, or push to a bare repository", ErrRefused, where)
	}
	return nil
}

// checkedOut returns the work tree that has ref checked out, or "".
func (f *folder) checkedOut(ref string) (string, error) {
	cfg, err := f.config()
	if err != nil {
		return "", err
	}
	heads, err := filepath.Glob(filepath.Join(globQuote(f.common), "worktrees", "*", "HEAD"))
	if err != nil {
		return "", err
	}
	if !cfg.Core.IsBare {
		heads = append(heads, filepath.Join(f.common, "HEAD"))
	}
	for _, head := range heads {
		_, target, err := readRefFile(head)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return "", fmt.Errorf("read %s: %w", head, err)
		}
		if target == ref {
			return workTreeOf(filepath.Dir(head)), nil
		}
	}
	return "", nil
}

// workTreeOf returns the folder that a git folder is the work tree's of.
func workTreeOf(gitDir string) string {
	if text, err := os.ReadFile(filepath.Join(gitDir, "gitdir")); err == nil {
		return filepath.Dir(under(gitDir, strings.TrimSpace(string(text))))
	}
	return filepath.Dir(gitDir)
}

func globQuote(path string) string {
	return strings.NewReplacer(`\`, `\\`, `*`, `\*`, `?`, `\?`, `[`, `\[`).Replace(path)
}

// remove deletes a ref that the caller has locked: from packed-refs first, so
// that an old value there does not come to light in between.
func (f *folder) remove(ctx context.Context, ref string) error {
	if err := f.unpack(ctx, ref); err != nil {
		return err
	}
	for _, path := range []string{f.path(ref), filepath.Join(f.common, "logs", filepath.FromSlash(ref))} {
		if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return nil
}

// unpack deletes a ref's line, and the peeled one below it, from packed-refs.
func (f *folder) unpack(ctx context.Context, ref string) (err error) {
	refs, err := f.packed()
	if err != nil {
		return err
	}
	if _, ok := refs[ref]; !ok {
		return nil
	}
	path := filepath.Join(f.common, "packed-refs")
	lock, err := acquire(ctx, path)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, lock.release()) }()
	text, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	var keep bytes.Buffer
	skipping := false
	for line := range bytes.Lines(text) {
		_, name, _ := strings.Cut(strings.TrimSpace(string(line)), " ")
		skipping = name == ref && line[0] != '#' || skipping && line[0] == '^'
		if !skipping {
			keep.Write(line)
		}
	}
	return lock.commit(keep.Bytes())
}

// removeEmptyDirs removes dir if there are no files below it. A failure shows
// when the caller puts a file in its place.
func removeEmptyDirs(dir string) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return
	}
	for _, e := range entries {
		if e.IsDir() {
			removeEmptyDirs(filepath.Join(dir, e.Name()))
		}
	}
	_ = os.Remove(dir)
}
