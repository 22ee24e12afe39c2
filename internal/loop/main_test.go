package loop

import (
	"os"
	"runtime/debug"
	"testing"

	"github.com/lockstep-apiops/lockstep/internal/temptest"
)

// TestMain lets memory grow: much of it is made and dropped by services that
// live for a blink. So do their files.
func TestMain(m *testing.M) {
	debug.SetGCPercent(400)
	temptest.InMemory()
	os.Exit(m.Run())
}
