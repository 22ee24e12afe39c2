package temptest

import (
	"os"
	"syscall"
)

// shared is where Linux has its folder in memory; containers have one too, mostly small and not for programs.
const shared = "/dev/shm"

const (
	tmpfs  = 0x01021994 // type of file systems in memory
	noExec = 8          // flag of those that no program may be started from, as tests do
	room   = 1 << 30    // bytes that must be free
)

// folder returns a folder in memory that is fit for temporary files, or nothing.
func folder() string {
	var fs syscall.Statfs_t
	if err := syscall.Statfs(shared, &fs); err != nil || !fit(fs) {
		return ""
	}
	probe, err := os.MkdirTemp(shared, "probe-")
	if err != nil || os.Remove(probe) != nil {
		return ""
	}
	return shared
}

// fit reports whether a file system is in memory, starts programs and has room.
func fit(fs syscall.Statfs_t) bool {
	return fs.Type == tmpfs && fs.Flags&noExec == 0 && fs.Bavail*uint64(fs.Bsize) >= room
}
