package extractor

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strconv"
)

// A FolderSink writes to a plain folder. It never leaves that folder,
// wherever symbolic links lead. It is not for several goroutines at once.
type FolderSink struct {
	root *os.Root
	temp int // number of the next temporary file
}

// NewFolderSink returns a sink that writes below a folder, which it creates
// if need be. Close it when done.
func NewFolderSink(name string) (*FolderSink, error) {
	if err := os.MkdirAll(name, 0o755); err != nil {
		return nil, fmt.Errorf("open output folder: %w", err)
	}
	root, err := os.OpenRoot(name)
	if err != nil {
		return nil, fmt.Errorf("open output folder: %w", err)
	}
	return &FolderSink{root: root}, nil
}

// Close closes the folder.
func (s *FolderSink) Close() error { return s.root.Close() }

// Put writes a file whole or not at all.
func (s *FolderSink) Put(p string, content []byte) error {
	name, err := local(p)
	if err != nil {
		return err
	}
	if err := s.checkFolders(p); err != nil {
		return err
	}
	dir := filepath.Dir(name)
	if err := s.root.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	temp, f, err := s.create(dir)
	if err != nil {
		return err
	}
	_, err = f.Write(content)
	if err = errors.Join(err, f.Close()); err == nil {
		err = s.root.Rename(temp, name)
	}
	if err != nil {
		return errors.Join(err, s.root.Remove(temp))
	}
	return nil
}

// checkFolders refuses a path that leads through a symbolic link: what lies
// behind one is never read back.
func (s *FolderSink) checkFolders(p string) error {
	for dir := path.Dir(p); dir != "."; dir = path.Dir(dir) {
		info, err := s.root.Lstat(filepath.FromSlash(dir))
		if err == nil && info.Mode()&fs.ModeSymlink != 0 {
			return fmt.Errorf("%s is a symbolic link: replace it by a folder", dir)
		}
	}
	return nil
}

// create creates a temporary file that nobody else has.
func (s *FolderSink) create(dir string) (string, *os.File, error) {
	for {
		s.temp++
		name := filepath.Join(dir, ".lockstep-"+strconv.Itoa(os.Getpid())+"-"+strconv.Itoa(s.temp)+".tmp")
		f, err := s.root.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
		if !errors.Is(err, fs.ErrExist) {
			return name, f, err
		}
	}
}

// Remove removes a file, and the folders that are empty without it.
func (s *FolderSink) Remove(p string) error {
	name, err := local(p)
	if err != nil {
		return err
	}
	if err := s.checkFolders(p); err != nil {
		return err
	}
	if err := s.root.Remove(name); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	for p = path.Dir(p); p != "."; p = path.Dir(p) {
		dir := filepath.FromSlash(p)
		if info, err := s.root.Lstat(dir); err != nil || !info.IsDir() || s.root.Remove(dir) != nil {
			return nil // is gone, or holds something yet
		}
	}
	return nil
}

// local returns the path in the system's spelling.
func local(p string) (string, error) {
	if !fs.ValidPath(p) || p == "." {
		return "", fmt.Errorf("path %q: no file below the output folder", p)
	}
	return filepath.Localize(p)
}
