package autoflow

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"syscall"
	"time"
)

// Names of files in a data directory.
const (
	configName = "config.json"
	confName   = "autoflow.conf"
)

// A fileTarget is a configuration in a data directory, or alone in a file.
type fileTarget struct {
	path   string
	create bool
	now    func() time.Time
	log    *slog.Logger

	told atomic.Bool // of a lock, or it is our own
}

func (*fileTarget) fresh() time.Duration          { return 0 }
func (*fileTarget) restart(context.Context) error { return nil }
func (*fileTarget) ready(context.Context) error   { return nil }

// files are what the target held.
type files struct {
	at     string // path of the file that holds the configuration
	raw    []byte // that file; nil: it is not there
	config []byte // the configuration in it
	confAt string // path of the file of system variables; "": it is in raw, or nowhere
	conf   []byte // system variables; nil: there are none
}

// A box is the form of a file that holds a configuration.
type box interface {
	// open returns the configuration that a file holds, and the system
	// variables beside it.
	open(raw []byte) (config, conf []byte, err error)
	// seal returns the file with others in their place.
	seal(raw, config, conf []byte) ([]byte, error)
}

// boxOf returns the form of a file by its name.
func boxOf(path string) box {
	switch strings.ToLower(filepath.Ext(path)) {
	case ".zip":
		return archive{}
	case ".yaml", ".yml":
		return manifest{}
	}
	return plain{}
}

// plain is a file that is the configuration.
type plain struct{}

func (plain) open(raw []byte) ([]byte, []byte, error)  { return raw, nil, nil }
func (plain) seal(_, config, _ []byte) ([]byte, error) { return config, nil }

// at returns the file that holds the configuration, and the one with system
// variables beside it, if there can be one.
func (t *fileTarget) at() (config, conf string) {
	if info, err := os.Stat(t.path); err == nil && info.IsDir() {
		return filepath.Join(t.path, configName), filepath.Join(t.path, confName)
	}
	return t.path, ""
}

// read implements target.
func (t *fileTarget) read(ctx context.Context) (state, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	f := &files{}
	f.at, f.confAt = t.at()
	t.tell(f.at)
	raw, err := readFile(f.at)
	switch {
	case err != nil:
		return nil, fmt.Errorf("read configuration: %w", err)
	case raw == nil && !t.create:
		return nil, fmt.Errorf("read configuration: %s is not there: name the data directory, a config.json, its zip or a ConfigMap manifest, "+
			"or ask for a new one with autoflow-create", f.at)
	case raw != nil:
		f.raw = raw
		if f.config, f.conf, err = boxOf(f.at).open(raw); err != nil {
			return nil, fmt.Errorf("read configuration: %s: %w", f.at, err)
		}
		if len(f.config) == 0 && !t.create {
			return nil, fmt.Errorf("read configuration: %s is empty: put the configuration back, or ask for a new one with autoflow-create", f.at)
		}
	}
	if f.confAt != "" {
		if f.conf, err = readFile(f.confAt); err != nil {
			return nil, fmt.Errorf("read system variables: %w", err)
		}
	}
	return f, nil
}

// readFile returns what a file holds, or nil if it is not there. What is there
// and empty is not nil.
func readFile(path string) ([]byte, error) {
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	return text, err
}

// contents implements state.
func (f *files) contents() contents {
	return contents{at: f.at, there: f.raw != nil, config: f.config, conf: f.conf}
}

// same implements state: a file is compared with all that is in it.
func (f *files) same(later state) bool {
	l, ok := later.(*files)
	return ok && bytes.Equal(l.raw, f.raw) && bytes.Equal(l.conf, f.conf)
}

// check implements state: a file holds everything.
func (f *files) check(_, _ []byte) error { return nil }

// write implements state. Each file is replaced at once.
func (f *files) write(_ context.Context, config, conf []byte) error {
	raw, err := boxOf(f.at).seal(f.raw, config, conf)
	if err != nil {
		return fmt.Errorf("write %s: %w", f.at, err)
	}
	if f.confAt != "" && !bytes.Equal(conf, f.conf) {
		if err := replace(f.confAt, conf); err != nil {
			return err
		}
	}
	return replace(f.at, raw)
}

// restore implements state.
func (f *files) restore(context.Context) error {
	err := putBack(f.at, f.raw)
	if f.confAt != "" {
		err = errors.Join(err, putBack(f.confAt, f.conf))
	}
	return err
}

// putBack makes a file hold what it held; nil: it was not there.
func putBack(path string, text []byte) error {
	now, err := readFile(path)
	if err == nil && bytes.Equal(now, text) && (now == nil) == (text == nil) {
		return nil // nothing came of the write
	}
	return replace(path, text)
}

// replace makes a file hold a text, at once, also after a power failure; nil
// removes it. A link to the file stays one.
func replace(path string, text []byte) (err error) {
	if behind, err := filepath.EvalSymlinks(path); err == nil {
		path = behind
	}
	if text == nil {
		if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("remove file: %w", err)
		}
		return nil
	}
	mode := fs.FileMode(0o600) // it may hold secrets
	was, err := os.Stat(path)
	if err == nil {
		mode = was.Mode().Perm()
	}
	tmp, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+"-*")
	if err != nil {
		return fmt.Errorf("write file: %w", err)
	}
	_, err = tmp.Write(text)
	err = cmp.Or(err, keepOwner(tmp, was), tmp.Chmod(mode), tmp.Sync())
	err = errors.Join(err, tmp.Close())
	if err == nil {
		err = os.Rename(tmp.Name(), path)
	}
	if errors.Is(err, syscall.EBUSY) {
		err = fmt.Errorf("%w: a file that is mounted alone cannot be replaced: mount the folder that it is in", err)
	}
	if err != nil {
		return fmt.Errorf("write file: %w", errors.Join(err, os.Remove(tmp.Name())))
	}
	syncFolder(filepath.Dir(path))
	now, err := os.ReadFile(path)
	if err != nil {
		return fmt.Errorf("read again what was written: %w", err)
	}
	if !bytes.Equal(now, text) {
		return fmt.Errorf("%s is not what was written to it: somebody else writes it too", path)
	}
	return nil
}

// syncFolder makes the names in a folder outlive a power failure, where the
// system can do that.
func syncFolder(dir string) {
	d, err := os.Open(dir)
	if err != nil {
		return
	}
	_ = d.Sync() // some systems cannot, and the file itself is safe
	_ = d.Close()
}
