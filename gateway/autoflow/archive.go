package autoflow

import (
	"archive/zip"
	"bytes"
	"errors"
	"fmt"
	"io"
	"path"
)

// archive is a zip with one config.json. What else it has stays.
type archive struct{}

// maxArchived is how large a configuration in an archive may be.
const maxArchived = 256 << 20

func (archive) open(raw []byte) (config, conf []byte, err error) {
	r, entry, err := readArchive(raw)
	if err != nil {
		return nil, nil, err
	}
	f, err := r.File[entry].Open()
	if err != nil {
		return nil, nil, fmt.Errorf("read archive: %w", err)
	}
	config, err = io.ReadAll(io.LimitReader(f, maxArchived+1))
	if err == nil && len(config) > maxArchived {
		err = fmt.Errorf("%s is larger than %d MiB", r.File[entry].Name, maxArchived>>20)
	}
	if err = errors.Join(err, f.Close()); err != nil {
		return nil, nil, fmt.Errorf("read archive: %w", err)
	}
	return config, nil, nil
}

func (archive) seal(raw, config, _ []byte) ([]byte, error) {
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	name, method := configName, zip.Deflate
	if raw != nil {
		r, entry, err := readArchive(raw)
		if err != nil {
			return nil, err
		}
		for i, f := range r.File {
			if i == entry {
				name, method = f.Name, f.Method
				continue
			}
			if err := w.Copy(f); err != nil {
				return nil, fmt.Errorf("write archive: %w", err)
			}
		}
	}
	f, err := w.CreateHeader(&zip.FileHeader{Name: name, Method: method})
	if err != nil {
		return nil, fmt.Errorf("write archive: %w", err)
	}
	_, err = f.Write(config)
	if err = errors.Join(err, w.Close()); err != nil {
		return nil, fmt.Errorf("write archive: %w", err)
	}
	return b.Bytes(), nil
}

// readArchive opens an archive and returns which entry is the configuration:
// config.json, or the only JSON file.
func readArchive(raw []byte) (*zip.Reader, int, error) {
	r, err := zip.NewReader(bytes.NewReader(raw), int64(len(raw)))
	if err != nil {
		return nil, 0, fmt.Errorf("read archive: %w", err)
	}
	only, n := 0, 0
	for i, f := range r.File {
		if path.Base(f.Name) == configName {
			return r, i, nil
		}
		if path.Ext(f.Name) == ".json" {
			only = i
			n++
		}
	}
	if n != 1 {
		return nil, 0, fmt.Errorf("read archive: it has no %s, and %d other JSON files", configName, n)
	}
	return r, only, nil
}
