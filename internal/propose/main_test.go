package propose_test

import (
	"os"
	"testing"

	"github.com/lockstep-apiops/lockstep/internal/temptest"
)

// TestMain has the repositories of the tests in memory: to write them is most of the work.
func TestMain(m *testing.M) {
	temptest.InMemory()
	os.Exit(m.Run())
}
