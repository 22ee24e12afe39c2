package apim_test

import (
	"testing"

	"github.com/lockstep-apiops/lockstep/gateway"
	"github.com/lockstep-apiops/lockstep/gateway/apim/apimtest"
	"github.com/lockstep-apiops/lockstep/gateway/gatewaytest"
	sandbox "github.com/lockstep-apiops/lockstep/internal/sandbox/apim"
)

func TestContract(t *testing.T) {
	for name, o := range map[string]sandbox.Options{
		"as the contract says":  {},
		"strict, older answers": {StrictIfMatch: true, Compat202: true, PageSize: 7},
	} {
		t.Run(name, func(t *testing.T) {
			o.Bare = true
			samples := apimtest.NewSamples(t, apimtest.Open(t, o).Describe().Kinds)
			gatewaytest.Run(t, gatewaytest.Harness{
				Open:   func(t *testing.T) gateway.Gateway { return apimtest.Open(t, o) },
				Sample: samples.Resource, Key: samples.Key, Needs: samples.Mentioned, Fixed: apimtest.Fixed,
				OddKind: "tag", OddNames: []string{"a b", "ü", "a;b=c", "a%2Fb", "a'b", "a(b)"}, Crowd: 250,
			})
		})
	}
}
