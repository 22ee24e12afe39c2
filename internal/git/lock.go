package git

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"
)

// lockWait is how long acquire waits for another process to release a lock,
// which is held for as long as it takes to write a small file.
const lockWait = time.Second

// A lock is the right to replace a file, held by the existence of another one
// beside it. It is git's own protocol.
type lock struct {
	path string // of the file that is locked
	file *os.File
	held bool
}

// acquire locks the file at path, which need not exist.
func acquire(ctx context.Context, path string) (*lock, error) {
	ctx, cancel := context.WithTimeout(ctx, lockWait)
	defer cancel()
	for {
		if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
			return nil, err
		}
		file, err := os.OpenFile(path+".lock", os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o666)
		if err == nil {
			return &lock{path: path, file: file, held: true}, nil
		}
		// The folder may have been removed by who deleted the last ref in it.
		if !errors.Is(err, fs.ErrExist) && !errors.Is(err, fs.ErrNotExist) {
			return nil, err
		}
		select {
		case <-ctx.Done():
			return nil, fmt.Errorf("wait for %s.lock: %w: if no git is running, remove it", path, ctx.Err())
		case <-time.After(5 * time.Millisecond):
		}
	}
}

// commit replaces the locked file's content and ends the lock.
func (l *lock) commit(content []byte) error {
	if _, err := l.file.Write(content); err != nil {
		return err
	}
	if err := l.file.Sync(); err != nil {
		return err
	}
	if err := l.file.Close(); err != nil {
		return err
	}
	if err := os.Rename(l.path+".lock", l.path); err != nil {
		return err
	}
	l.held = false // from here on, a lock file is somebody else's
	return nil
}

// release ends the lock if commit did not.
func (l *lock) release() error {
	if !l.held {
		return nil
	}
	l.held = false
	if err := l.file.Close(); err != nil && !errors.Is(err, os.ErrClosed) {
		return errors.Join(err, os.Remove(l.path+".lock"))
	}
	return os.Remove(l.path + ".lock")
}
