package autoflow

import (
	"testing"

	"github.com/lockstep-apiops/lockstep/gateway"
)

// TestStandIn has references become values, and those references again: also
// where the name of a field does not tell a secret.
func TestStandIn(t *testing.T) {
	checks, err := Checks()
	if err != nil {
		t.Fatal(err)
	}
	r := &gateway.Resource{Key: gateway.NewKey("client", "db"), Spec: map[string]any{"password": "${secret:A}", "replica": "${secret:B}", "host": "db"}}
	checks.StandIn(r)
	if r.Spec["password"] != standInValue || r.Spec["replica"] != standInValue || r.Spec["host"] != "db" {
		t.Errorf("with stand-ins: %v, want them in place of references alone", r.Spec)
	}
	mask(r.Key, r.Spec)
	if !isReference(r.Spec["password"]) || !isReference(r.Spec["replica"]) {
		t.Errorf("masked: %v, want references", r.Spec)
	}
}
