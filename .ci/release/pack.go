package main

import (
	"archive/zip"
	"bytes"
	"fmt"
	"io/fs"
	"maps"
	"path"
	"slices"
	"time"
)

// An entry is a file in an archive.
type entry struct {
	content []byte
	mode    fs.FileMode
}

// pack returns an archive of entries by their paths: sorted, with one time for
// all, and marked as made on Unix, so that what may run still may when it is
// unpacked.
func pack(entries map[string]entry, at time.Time) ([]byte, error) {
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for _, name := range slices.Sorted(maps.Keys(entries)) {
		e := entries[name]
		header := &zip.FileHeader{Name: name, Method: zip.Deflate, Modified: at}
		header.SetMode(e.mode)
		w, err := z.CreateHeader(header)
		if err == nil {
			_, err = w.Write(e.content)
		}
		if err != nil {
			return nil, fmt.Errorf("pack %s: %w", name, err)
		}
	}
	if err := z.Close(); err != nil {
		return nil, fmt.Errorf("pack: %w", err)
	}
	return b.Bytes(), nil
}

// A bundle is an archive of pipelines: folders of the source, and where they go
// in a repository.
type bundle struct {
	archive string
	folders map[string]string
}

// bundles are all there are, by the names that Azure/apiops gives them.
func bundles() []bundle {
	return []bundle{
		{"Github.zip", map[string]string{"pipelines/github/workflows": ".github/workflows", "pipelines/github/actions": ".github/actions", "pipelines/lockstep": "lockstep"}},
		{"Azure_DevOps.zip", map[string]string{"pipelines/azure": ".azure-pipelines", "pipelines/lockstep": "lockstep"}},
	}
}

// entries returns what a bundle holds of a source.
func (b bundle) entries(source fs.FS) (map[string]entry, error) {
	all := map[string]entry{}
	for from, to := range b.folders {
		err := fs.WalkDir(source, from, func(name string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() {
				return err
			}
			content, err := fs.ReadFile(source, name)
			if err != nil {
				return err
			}
			mode := fs.FileMode(0o644)
			if path.Ext(name) == ".sh" {
				mode = 0o755
			}
			all[path.Join(to, name[len(from):])] = entry{content, mode}
			return nil
		})
		if err != nil {
			return nil, fmt.Errorf("pack pipelines: %w", err)
		}
	}
	return all, nil
}
