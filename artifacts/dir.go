package artifacts

import (
	"fmt"
	"io/fs"
	"os"
)

// A Dir is a plain folder as a tree to read. Nothing outside of it is ever
// opened, wherever symbolic links lead.
type Dir struct {
	fs.FS
	root *os.Root
}

// OpenDir opens a folder for reading. Close it when done.
func OpenDir(name string) (*Dir, error) {
	root, err := os.OpenRoot(name)
	if err != nil {
		return nil, fmt.Errorf("open folder: %w", err)
	}
	return &Dir{FS: root.FS(), root: root}, nil
}

// ReadDir implements fs.ReadDirFS.
func (d *Dir) ReadDir(name string) ([]fs.DirEntry, error) { return fs.ReadDir(d.FS, name) }

// Close closes the folder.
func (d *Dir) Close() error { return d.root.Close() }
