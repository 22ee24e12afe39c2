package git

import (
	"bytes"
	"io"
	"io/fs"
	"time"
)

// An Entry is a file, link or folder in a [Tree]. It is what ReadDir's entries
// are, so that a walk learns each file's hash without reading it.
type Entry struct {
	name    string
	mode    fs.FileMode
	hash    Hash
	objects *objects
}

var _ fs.DirEntry = Entry{}

// Name returns the last part of the entry's path.
func (e Entry) Name() string { return e.name }

// IsDir reports whether the entry is a folder.
func (e Entry) IsDir() bool { return e.mode.IsDir() }

// Type returns the type bits of Mode.
func (e Entry) Type() fs.FileMode { return e.mode.Type() }

// Mode tells folders, links, files and executable files apart.
func (e Entry) Mode() fs.FileMode { return e.mode }

// Hash returns the hash of the content: of a file the one that [HashBlob] has
// for it, of a folder that of its tree.
func (e Entry) Hash() Hash { return e.hash }

// String formats the entry as [fs.FormatDirEntry] does.
func (e Entry) String() string { return fs.FormatDirEntry(e) }

// Info returns the entry with its size, which it looks up.
func (e Entry) Info() (fs.FileInfo, error) {
	if e.IsDir() {
		return info{entry: e}, nil
	}
	n, err := e.objects.size(e.hash)
	if err != nil {
		return nil, &fs.PathError{Op: "stat", Path: e.name, Err: err}
	}
	return info{entry: e, size: n}, nil
}

func (e Entry) kind() string {
	switch e.mode.Type() {
	case fs.ModeDir:
		return "folder"
	case fs.ModeSymlink:
		return "symbolic link"
	}
	return "file"
}

// info is an Entry with a size. Its Sys is the Entry.
type info struct {
	entry Entry
	size  int64
}

func (i info) Name() string       { return i.entry.name }
func (i info) Size() int64        { return i.size }
func (i info) Mode() fs.FileMode  { return i.entry.mode }
func (i info) ModTime() time.Time { return time.Time{} }
func (i info) IsDir() bool        { return i.entry.IsDir() }
func (i info) Sys() any           { return i.entry }
func (i info) String() string     { return fs.FormatFileInfo(i) }

// openFile is a file of a Tree that Open returned.
type openFile struct {
	*bytes.Reader // Read, Seek, ReadAt
	info          info
}

func newOpenFile(e Entry, data []byte) *openFile {
	return &openFile{Reader: bytes.NewReader(data), info: info{entry: e, size: int64(len(data))}}
}

func (f *openFile) Stat() (fs.FileInfo, error) { return f.info, nil }
func (f *openFile) Close() error               { return nil }

// openDir is a folder of a Tree that Open returned.
type openDir struct {
	entry Entry
	name  string
	rest  []Entry
}

func (d *openDir) Stat() (fs.FileInfo, error) { return info{entry: d.entry}, nil }
func (d *openDir) Close() error               { return nil }

func (d *openDir) Read([]byte) (int, error) {
	return 0, &fs.PathError{Op: "read", Path: d.name, Err: fs.ErrInvalid}
}

// ReadDir implements [fs.ReadDirFile].
func (d *openDir) ReadDir(n int) ([]fs.DirEntry, error) {
	if n > 0 && len(d.rest) == 0 {
		return nil, io.EOF
	}
	if n <= 0 || n > len(d.rest) {
		n = len(d.rest)
	}
	list := make([]fs.DirEntry, n)
	for i, e := range d.rest[:n] {
		list[i] = e
	}
	d.rest = d.rest[n:]
	return list, nil
}
