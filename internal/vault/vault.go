// Package vault finds values of secrets that git does not hold: in files of one
// folder, such as those that a cluster mounts, and by a command that asks a store
// of secrets.
//
// Which folder and which command say those who run the program. What is asked for
// may be said by files in git: a name can neither lead out of the folder nor become
// a part of the command. Errors name what was asked for, and hold no values.
package vault

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"
	"unicode/utf8"
)

// maxValue is the size in bytes of the largest value.
const maxValue = 1 << 20

// Variable is the one of the environment in which a command finds the name that
// it is asked for.
const Variable = "LOCKSTEP_SECRET"

// Options say where secrets are.
type Options struct {
	Dir     string        // folder of files; "" is none
	Command string        // for the shell; "" is none
	Timeout time.Duration // of the command, for one name; 0 is 30 seconds
	Environ []string      // environment of the command
}

// A Vault finds values. What was asked for once is not asked for again. Use New.
type Vault struct {
	o Options

	mu    sync.Mutex
	known map[string]found // by name
}

type found struct {
	value string
	ok    bool
	err   error
}

// New returns a Vault. It opens nothing yet.
func New(o Options) *Vault {
	o.Timeout = cmp.Or(o.Timeout, 30*time.Second)
	return &Vault{o: o, known: map[string]found{}}
}

// File returns the value in a file, of which the path is seen from the folder. One
// end of line at the end of the file is no part of it.
func (v *Vault) File(path string) (string, error) {
	if v.o.Dir == "" {
		return "", errors.New("no folder holds secrets: name it with --secrets-dir")
	}
	value, err := v.read(path)
	if err != nil {
		return "", fmt.Errorf("read %s in --secrets-dir: %w", path, err)
	}
	return value, nil
}

// Secret returns the value of a secret: that in the file of its name, else what
// the command says. It is an error if there is none.
func (v *Vault) Secret(ctx context.Context, name string) (string, error) {
	value, ok, err := v.Find(ctx, name)
	switch {
	case err != nil:
		return "", err
	case ok:
		return value, nil
	case v.o.Dir == "" && v.o.Command == "":
		return "", errors.New("nobody knows secrets: set --secrets-dir or --secret-command")
	}
	return "", fmt.Errorf("--secrets-dir has no file %s", name)
}

// Find is Secret for those who can do without. Where it is false, there is neither
// a file of that name nor a command.
func (v *Vault) Find(ctx context.Context, name string) (value string, ok bool, err error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	f, asked := v.known[name]
	if !asked {
		f = v.find(ctx, name)
		v.known[name] = f
	}
	return f.value, f.ok, f.err
}

func (v *Vault) find(ctx context.Context, name string) found {
	if v.o.Dir != "" {
		value, err := v.read(name)
		if err == nil {
			return found{value, true, nil}
		}
		if !errors.Is(err, fs.ErrNotExist) {
			return found{err: fmt.Errorf("read %s in --secrets-dir: %w", name, err)}
		}
	}
	if v.o.Command == "" {
		return found{}
	}
	value, err := v.ask(ctx, name)
	if err != nil {
		return found{err: fmt.Errorf("ask --secret-command for %s: %w", name, err)}
	}
	return found{value, true, nil}
}

// read returns the value in a file. Links count as far as they stay in the folder.
func (v *Vault) read(path string) (value string, err error) {
	name, err := filepath.Localize(path)
	if err != nil {
		return "", errors.New("want a path below it")
	}
	root, err := os.OpenRoot(v.o.Dir)
	if err != nil {
		return "", plain(err)
	}
	defer func() { err = errors.Join(err, root.Close()) }()
	info, err := root.Stat(name) // a pipe would be waited for
	switch {
	case err != nil:
		return "", plain(err)
	case !info.Mode().IsRegular():
		return "", errors.New("it is no file")
	}
	f, err := root.Open(name)
	if err != nil {
		return "", plain(err)
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	data, err := io.ReadAll(io.LimitReader(f, maxValue+1))
	if err != nil {
		return "", plain(err)
	}
	return check(data)
}

// plain returns the cause of an error without the paths of this machine.
func plain(err error) error {
	if e, ok := errors.AsType[*fs.PathError](err); ok {
		return e.Err
	}
	return err
}

// check returns what was read as a value, or says why it can be none.
func check(data []byte) (string, error) {
	if len(data) > maxValue {
		return "", fmt.Errorf("it is larger than %d kB", maxValue>>10)
	}
	data = bytes.TrimSuffix(bytes.TrimSuffix(data, []byte("\n")), []byte("\r"))
	switch {
	case len(data) == 0:
		return "", errors.New("it is empty")
	case slices.Contains(data, 0):
		return "", errors.New("it holds a zero byte: encode it, in base64 for one")
	case !utf8.Valid(data):
		return "", errors.New("it is no text in UTF-8: encode it, in base64 for one")
	}
	return string(data), nil
}

// hide takes a value, and each of its lines, out of a text.
func hide(text, value string) string {
	for _, part := range append([]string{value}, strings.Split(value, "\n")...) {
		if part = strings.TrimSpace(part); part != "" {
			text = strings.ReplaceAll(text, part, "***")
		}
	}
	return text
}
