package autoflow

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"github.com/lockstep-apiops/lockstep/gateway"
)

// Commit implements gateway.Transaction: it writes the configuration, and has
// the product take it. If either fails, all is put back as it was.
func (t *transaction) Commit(ctx context.Context) (err error) {
	defer func() { err = joinUndo(err, t.unlock()) }()
	if err := ctx.Err(); err != nil {
		return err
	}
	config := t.work.bytes()
	conf := t.conf()
	if bytes.Equal(config, t.base.bytes()) && t.before.raw != nil {
		config = t.before.config // as it was written
		if bytes.Equal(conf, t.before.conf) {
			return nil
		}
	}
	if err := checkPorts(t.work, conf); err != nil {
		return err
	}
	now, err := t.g.target.read()
	if err != nil {
		return err
	}
	if !bytes.Equal(now.raw, t.before.raw) || !bytes.Equal(now.conf, t.before.conf) {
		return fmt.Errorf("%w: somebody wrote %s meanwhile", gateway.ErrStale, t.before.at)
	}
	backup, err := t.backUp()
	if err != nil {
		return err
	}
	if err := t.before.write(config, conf); err != nil {
		return joinUndo(err, t.before.restore())
	}
	if err := t.activate(ctx, ports(t.work, conf)); err != nil {
		return t.undo(ctx, err, backup)
	}
	return t.prune()
}

// conf returns the system variables that go with the configuration.
func (t *transaction) conf() []byte {
	if !t.g.o.Boot {
		return t.before.conf
	}
	conf := withVariable(t.before.conf, bootFile, configName)
	return withVariable(conf, bootReplaces, "true")
}

// undo puts back what was there, has the product take it again, and returns
// what happened.
func (t *transaction) undo(ctx context.Context, failed error, backup string) error {
	ctx = context.WithoutCancel(ctx) // half a way back is the worst of all
	if err := t.before.restore(); err != nil {
		return fmt.Errorf("%w; the configuration before could not be put back (%w): its backup is %s", failed, err, backup)
	}
	if t.before.raw == nil {
		return fmt.Errorf("%w; there was no configuration before: what was written is removed again", failed)
	}
	if err := t.activate(ctx, ports(t.base, t.before.conf)); err != nil {
		return fmt.Errorf("%w; the configuration before is back in its place, and does not run either: %w", failed, err)
	}
	return fmt.Errorf("%w; the configuration before is back in its place and activated", failed)
}

// stamp is the form of the time in the name of a backup.
const stamp = "20060102T150405.000Z"

// backUp copies the file that is going to be written and returns where to.
func (t *transaction) backUp() (string, error) {
	if t.g.o.Backups <= 0 || t.before.raw == nil {
		return "", nil
	}
	mode := os.FileMode(0o600)
	if info, err := os.Stat(t.before.at); err == nil {
		mode = info.Mode().Perm()
	}
	path := t.before.at + "." + t.g.o.Now().UTC().Format(stamp) + ".bak"
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, mode)
	if err != nil {
		return "", fmt.Errorf("back up: %w", err)
	}
	_, err = f.Write(t.before.raw)
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return "", fmt.Errorf("back up: %w", err)
	}
	return path, nil
}

// prune removes the oldest backups.
func (t *transaction) prune() error {
	if t.g.o.Backups <= 0 {
		return nil
	}
	dir, base := filepath.Split(t.before.at)
	entries, err := os.ReadDir(filepath.Clean(dir))
	if err != nil {
		return fmt.Errorf("remove old backups: %w", err)
	}
	var names []string
	for _, e := range entries {
		if ok, err := filepath.Match("????????T??????.???Z.bak", trimStart(e.Name(), base+".")); ok && err == nil {
			names = append(names, e.Name())
		}
	}
	slices.Sort(names)
	for _, name := range names[:max(0, len(names)-t.g.o.Backups)] {
		if err := os.Remove(filepath.Join(dir, name)); err != nil {
			t.g.o.Log.Warn("an old backup stays", "file", name, "err", err)
		}
	}
	return nil
}

func trimStart(s, start string) string {
	if len(s) > len(start) && s[:len(start)] == start {
		return s[len(start):]
	}
	return ""
}
