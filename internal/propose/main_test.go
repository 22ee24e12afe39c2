package propose_test

import (
	"os"
	"runtime/debug"
	"testing"

	"github.com/lockstep-apiops/lockstep/internal/temptest"
)

// TestMain has the repositories of the tests in memory, and lets memory grow: both live for a blink.
func TestMain(m *testing.M) {
	debug.SetGCPercent(400)
	temptest.InMemory()
	os.Exit(m.Run())
}
