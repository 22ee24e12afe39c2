package autoflow

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// Names of files in a data directory.
const (
	configName = "config.json"
	confName   = "autoflow.conf"
)

// A target is where a configuration lies: in a data directory, or alone.
type target struct {
	path   string
	create bool
}

func newTarget(path string, create bool) *target { return &target{path, create} }

// Files are what a target holds.
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

// read reads what the target holds.
func (t *target) read() (files, error) {
	f := files{at: t.path}
	if info, err := os.Stat(t.path); err == nil && info.IsDir() {
		f.at, f.confAt = filepath.Join(t.path, configName), filepath.Join(t.path, confName)
	}
	raw, err := readFile(f.at)
	switch {
	case err != nil:
		return f, fmt.Errorf("read configuration: %w", err)
	case raw == nil && !t.create:
		return f, fmt.Errorf("read configuration: %s is not there: name the data directory, a config.json, its zip or a ConfigMap manifest, "+
			"or ask for a new one with autoflow-create", f.at)
	case raw != nil:
		f.raw = raw
		if f.config, f.conf, err = boxOf(f.at).open(raw); err != nil {
			return f, fmt.Errorf("read configuration: %s: %w", f.at, err)
		}
		if len(f.config) == 0 && !t.create {
			return f, fmt.Errorf("read configuration: %s is empty: put the configuration back, or ask for a new one with autoflow-create", f.at)
		}
	}
	if f.confAt != "" {
		if f.conf, err = readFile(f.confAt); err != nil {
			return f, fmt.Errorf("read system variables: %w", err)
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

// write replaces what the target holds, each file at once, and reads it again.
func (f files) write(config, conf []byte) error {
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

// restore makes the target what it was.
func (f files) restore() error {
	errs := []error{replace(f.at, f.raw)}
	if f.confAt != "" {
		if now, err := readFile(f.confAt); err != nil || !bytes.Equal(now, f.conf) {
			errs = append(errs, replace(f.confAt, f.conf))
		}
	}
	return errors.Join(errs...)
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
	if info, err := os.Stat(path); err == nil {
		mode = info.Mode().Perm()
	}
	tmp, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+"-*")
	if err != nil {
		return fmt.Errorf("write file: %w", err)
	}
	_, err = tmp.Write(text)
	err = cmp.Or(err, tmp.Chmod(mode), tmp.Sync())
	err = errors.Join(err, tmp.Close())
	if err == nil {
		err = os.Rename(tmp.Name(), path)
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

// lockPoll is how often somebody looks whether a lock is free.
const lockPoll = 200 * time.Millisecond

// lock keeps other publications away until the returned function is called.
func (t *target) lock(ctx context.Context, o Options) (func() error, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	f := files{at: t.path}
	if info, err := os.Stat(t.path); err == nil && info.IsDir() {
		f.at = filepath.Join(t.path, configName)
	}
	path := f.at + ".lock"
	wait, cancel := context.WithTimeout(ctx, max(o.LockWait, time.Nanosecond))
	defer cancel()
	for {
		err := createLock(path, o.Now())
		if err == nil {
			return func() error { return os.Remove(path) }, nil
		}
		if !errors.Is(err, fs.ErrExist) {
			return nil, fmt.Errorf("lock %s: %w", f.at, err)
		}
		select {
		case <-time.After(lockPoll):
		case <-wait.Done():
			if err := ctx.Err(); err != nil {
				return nil, err
			}
			holder, _ := os.ReadFile(path) // for the message alone
			return nil, fmt.Errorf("%s is being published already, by %s: wait for that, or remove %s if it is no more",
				f.at, cmp.Or(strings.TrimSpace(string(holder)), "somebody"), path)
		}
	}
}

func createLock(path string, now time.Time) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if err != nil {
		return err
	}
	host, err := os.Hostname()
	if err != nil {
		host = "an unknown host"
	}
	_, err = fmt.Fprintf(f, "process %d on %s, since %s\n", os.Getpid(), host, now.UTC().Format(time.RFC3339))
	return errors.Join(err, f.Close())
}

// joinUndo adds to an error what went wrong when its work was undone.
func joinUndo(err, undo error) error {
	if undo == nil {
		return err
	}
	return errors.Join(err, undo)
}
