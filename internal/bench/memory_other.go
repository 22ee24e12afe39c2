//go:build !unix

package main

import "os"

// peakMemory returns 0: this system does not tell in a way we know.
func peakMemory(*os.ProcessState) int { return 0 }
