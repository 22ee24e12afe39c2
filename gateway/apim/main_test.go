package apim_test

import (
	"os"
	"runtime/debug"
	"testing"
)

// TestMain lets memory grow: the sandboxes and trees of these tests live for a blink, and to collect them is a third of
// the work.
func TestMain(m *testing.M) {
	debug.SetGCPercent(400)
	os.Exit(m.Run())
}
