package loop

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lockstep-apiops/lockstep/gateway/apim/apimtest"
	sandbox "github.com/lockstep-apiops/lockstep/internal/sandbox/apim"
)

// TestRoundTripThroughFaults does not let a service answer in peace: the loop
// comes to the same end as without faults, and no run of it fails.
func TestRoundTripThroughFaults(t *testing.T) {
	for seed := range min(seeds(t, 10), 60) {
		t.Run(fmt.Sprint("seed", seed), func(t *testing.T) {
			t.Parallel()
			rng := numbers(seed)
			faults := someFaults(rng)
			one := apimtest.Open(t, sandbox.Options{Bare: true, Faults: faults}).Patient(t)
			service := apimtest.Random(rng, one.Describe().Kinds)
			if len(service) == 0 {
				return
			}
			t.Logf("%d resources, faults %q", len(service), faults)
			publish(t, one, list(service), false)
			wantInSync(t, one, list(service), "after the service was made")
			first, _ := extract(t, one, nil)
			again, _ := extract(t, one, first)
			if diff := cmp.Diff(first, again); diff != "" {
				t.Errorf("an extract through faults changed the tree (-first +again):\n%s", diff)
			}
			if len(first) == 0 {
				return
			}
			two := apimtest.Open(t, sandbox.Options{Bare: true, Faults: someFaults(rng)}).Patient(t)
			publish(t, two, folder(t, two, first, service), true)
			wantInSync(t, two, plain(t, two, first), "after the second service was made")
		})
	}
}

// someFaults returns a few faults, among them some that strike after a request
// took effect.
func someFaults(rng *rand.Rand) []string {
	kinds := []string{
		"status=429", "status=503", "status=503,when=after", "status=409,code=PessimisticConcurrencyConflict,method=PUT",
		"status=504,when=after,method=PUT", "reset", "reset,when=after", "reset,method=PUT,when=after", "truncate", "truncate,method=PUT",
		"html", "html,when=after", "status=502,method=DELETE,when=after", "status=408,method=GET",
	}
	var faults []string
	for range 1 + rng.IntN(3) {
		faults = append(faults, fmt.Sprintf("%s,every=%d", kinds[rng.IntN(len(kinds))], 4+rng.IntN(9)))
	}
	return faults
}
