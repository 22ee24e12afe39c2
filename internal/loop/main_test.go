package loop

import (
	"os"
	"runtime/debug"
	"testing"
)

// TestMain lets memory grow: much of it is made and dropped by services that
// live for a blink.
func TestMain(m *testing.M) {
	debug.SetGCPercent(400)
	os.Exit(m.Run())
}
