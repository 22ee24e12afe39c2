package temptest

import (
	"os"
	"syscall"
	"testing"
)

func TestFit(t *testing.T) {
	good := syscall.Statfs_t{Type: tmpfs, Bsize: 4096, Bavail: room / 4096}
	for name, test := range map[string]struct {
		change func(*syscall.Statfs_t)
		want   bool
	}{
		"in memory, with room": {func(*syscall.Statfs_t) {}, true},
		"on a disk":            {func(fs *syscall.Statfs_t) { fs.Type = 0xef53 }, false},
		"not for programs":     {func(fs *syscall.Statfs_t) { fs.Flags |= noExec }, false},
		"too small":            {func(fs *syscall.Statfs_t) { fs.Bavail-- }, false},
	} {
		t.Run(name, func(t *testing.T) {
			fs := good
			test.change(&fs)
			if got := fit(fs); got != test.want {
				t.Errorf("fit: got %t, want %t", got, test.want)
			}
		})
	}
}

func TestWhatIsAskedForCounts(t *testing.T) {
	asked := t.TempDir()
	t.Setenv("TMPDIR", asked)
	InMemory()
	if got := os.Getenv("TMPDIR"); got != asked {
		t.Errorf("TMPDIR: got %q, want %q", got, asked)
	}
}
