//go:build unix

package main

import (
	"os"
	"runtime"
	"syscall"
)

// peakMemory returns the most memory that a process held, in megabytes.
func peakMemory(p *os.ProcessState) int {
	usage, ok := p.SysUsage().(*syscall.Rusage)
	if !ok {
		return 0
	}
	bytes := usage.Maxrss
	if runtime.GOOS != "darwin" { // which alone counts bytes, and others kilobytes
		bytes *= 1024
	}
	return int(bytes >> 20)
}
