package amplify_test

import (
	"os"
	"runtime/debug"
	"testing"
)

// TestMain lets memory grow: the organizations of these tests live for a blink, and to collect them is much of the work.
func TestMain(m *testing.M) {
	debug.SetGCPercent(400)
	os.Exit(m.Run())
}
