//go:build unix

package autoflow

import (
	"os"
	"path/filepath"
	"syscall"
	"testing"
)

// TestKeepsOwner replaces a file of somebody else.
func TestKeepsOwner(t *testing.T) {
	if os.Getuid() != 0 {
		t.Skip("ONLY ROOT CAN GIVE FILES AWAY: that a file keeps its owner is not shown here")
	}
	path := filepath.Join(t.TempDir(), "config.json")
	if err := os.WriteFile(path, []byte("{}"), 0o640); err != nil {
		t.Fatal(err)
	}
	const owner, group = 4711, 4712
	if err := os.Chown(path, owner, group); err != nil {
		t.Fatal(err)
	}
	if err := replace(path, []byte(`{"settings":{}}`)); err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	got, ok := info.Sys().(*syscall.Stat_t)
	if !ok || got.Uid != owner || got.Gid != group || info.Mode().Perm() != 0o640 {
		t.Errorf("the file belongs to %d:%d with %v, want %d:%d as before", got.Uid, got.Gid, info.Mode().Perm(), owner, group)
	}
}
