package loop

import (
	"testing"

	"github.com/lockstep-apiops/lockstep/gateway/apim/apimtest"
	sandbox "github.com/lockstep-apiops/lockstep/internal/sandbox/apim"
)

// TestFreshServices carries what a new service comes with to another new
// service, which has it already.
func TestFreshServices(t *testing.T) {
	t.Parallel()
	for _, sku := range []string{"Developer", "Consumption", "StandardV2"} {
		t.Run(sku, func(t *testing.T) {
			t.Parallel()
			s := newSandbox(t, sandbox.Options{SKU: sku})
			one, two := apimtest.Direct(t, s, "one"), apimtest.Direct(t, s, "two")
			files, _ := extract(t, one, nil)
			wantInSync(t, one, plain(t, one, files), "after the service was extracted")
			wantInSync(t, two, plain(t, two, files), "before anything was published to another")
		})
	}
}
