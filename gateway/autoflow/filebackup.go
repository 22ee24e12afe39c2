package autoflow

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"time"
)

// stamp is the form of the time in the name of a backup.
const stamp = "20060102T150405.000Z"

// backUp implements state: the copy is beside the file.
func (f *files) backUp(_ context.Context, keep int, now time.Time) (string, error) {
	if keep <= 0 || f.raw == nil {
		return "", nil
	}
	mode := os.FileMode(0o600)
	if info, err := os.Stat(f.at); err == nil {
		mode = info.Mode().Perm()
	}
	path := f.at + "." + now.UTC().Format(stamp) + ".bak"
	out, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, mode)
	if err != nil {
		return "", fmt.Errorf("back up: %w", err)
	}
	_, err = out.Write(f.raw)
	if err = errors.Join(err, out.Sync(), out.Close()); err != nil {
		return "", fmt.Errorf("back up: %w", err)
	}
	return path, nil
}

// prune implements state.
func (f *files) prune(keep int, log *slog.Logger) error {
	if keep <= 0 {
		return nil
	}
	dir, base := filepath.Split(f.at)
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
	for _, name := range names[:max(0, len(names)-keep)] {
		if err := os.Remove(filepath.Join(dir, name)); err != nil {
			log.Warn("an old backup stays", "file", name, "err", err)
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
