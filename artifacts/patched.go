package artifacts

import (
	"bytes"
	"io/fs"
	"maps"
	"path"
	"slices"
	"time"
)

// A patched file system is one with changes to its files.
type patched struct {
	fs.FS
	files   Files
	removed map[string]bool
	added   map[string]map[string]fs.DirEntry // by folder
}

func newPatched(base fs.FS, files Files) *patched {
	p := &patched{FS: base, files: files, removed: map[string]bool{}, added: map[string]map[string]fs.DirEntry{}}
	for _, name := range files.Remove {
		p.removed[name] = true
	}
	for name, text := range files.Write {
		p.add(name, memInfo{path.Base(name), int64(len(text)), 0})
	}
	return p
}

// add enters a file or folder, and the folders that it is in.
func (p *patched) add(name string, info memInfo) {
	dir := path.Dir(name)
	if p.added[dir] == nil {
		p.added[dir] = map[string]fs.DirEntry{}
		if dir != "." {
			p.add(dir, memInfo{path.Base(dir), 0, fs.ModeDir})
		}
	}
	p.added[dir][info.name] = fs.FileInfoToDirEntry(info)
}

// Open implements fs.FS for files. Folders are those of the base.
func (p *patched) Open(name string) (fs.File, error) {
	if text, ok := p.files.Write[name]; ok {
		return &memFile{*bytes.NewReader(text), memInfo{path.Base(name), int64(len(text)), 0}}, nil
	}
	if p.removed[name] {
		return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
	}
	return p.FS.Open(name)
}

// ReadDir implements fs.ReadDirFS.
func (p *patched) ReadDir(name string) ([]fs.DirEntry, error) {
	list, err := fs.ReadDir(p.FS, name)
	if err != nil && p.added[name] == nil {
		return nil, err
	}
	entries := map[string]fs.DirEntry{}
	for _, e := range list {
		if !p.removed[path.Join(name, e.Name())] {
			entries[e.Name()] = e
		}
	}
	maps.Copy(entries, p.added[name])
	var out []fs.DirEntry
	for _, n := range slices.Sorted(maps.Keys(entries)) {
		out = append(out, entries[n])
	}
	return out, nil
}

// A memFile is a file in memory.
type memFile struct {
	bytes.Reader
	info memInfo
}

func (f *memFile) Stat() (fs.FileInfo, error) { return f.info, nil }
func (f *memFile) Close() error               { return nil }

// A memInfo describes one.
type memInfo struct {
	name string
	size int64
	mode fs.FileMode
}

func (i memInfo) Name() string       { return i.name }
func (i memInfo) Size() int64        { return i.size }
func (i memInfo) Mode() fs.FileMode  { return i.mode }
func (i memInfo) ModTime() time.Time { return time.Time{} }
func (i memInfo) IsDir() bool        { return i.mode.IsDir() }
func (i memInfo) Sys() any           { return nil }
