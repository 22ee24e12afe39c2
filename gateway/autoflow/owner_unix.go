//go:build unix

package autoflow

import (
	"fmt"
	"io/fs"
	"os"
	"syscall"
)

// keepOwner gives a file that takes the place of another its owner: the product
// may be another user than the publisher. nil: there was none before. Who may
// not do that is told if the owner could not read the file any more.
func keepOwner(f *os.File, was fs.FileInfo) error {
	if was == nil {
		return nil
	}
	old, ok := was.Sys().(*syscall.Stat_t)
	now, err := f.Stat()
	if err != nil || !ok {
		return err
	}
	if own, ok := now.Sys().(*syscall.Stat_t); ok && own.Uid == old.Uid && own.Gid == old.Gid {
		return nil
	}
	err = f.Chown(int(old.Uid), int(old.Gid))
	if err != nil && was.Mode().Perm()&0o040 != 0 && f.Chown(-1, int(old.Gid)) == nil {
		return nil // its group reads it as before
	}
	if err != nil && was.Mode().Perm()&0o004 == 0 {
		return fmt.Errorf("the file would belong to another user, and the one before could not read it: publish as that user, or let all read it: %w", err)
	}
	return nil
}
