package main

import (
	"testing"

	"github.com/lockstep-apiops/lockstep/internal/cli"
)

// BenchmarkStart builds the commands and their flags, which each run does before anything else.
func BenchmarkStart(b *testing.B) {
	sys := cli.Process()
	for b.Loop() {
		newRoot(sys)
	}
}
