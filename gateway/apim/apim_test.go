package apim_test

import (
	"testing"

	"github.com/lockstep-apiops/lockstep/gateway"
	"github.com/lockstep-apiops/lockstep/gateway/apim/apimtest"
	"github.com/lockstep-apiops/lockstep/gateway/gatewaytest"
	sandbox "github.com/lockstep-apiops/lockstep/internal/sandbox/apim"
)

func TestContract(t *testing.T) {
	samples := apimtest.NewSamples(t, apimtest.Open(t, sandbox.Options{Bare: true}).Describe().Kinds)
	gatewaytest.Run(t, gatewaytest.Harness{
		Open: func(t *testing.T) gateway.Gateway {
			return apimtest.Open(t, sandbox.Options{Bare: true})
		},
		Sample: samples.Resource, Key: samples.Key, Needs: samples.Mentioned, Fixed: apimtest.Fixed,
		OddKind: "tag", OddNames: []string{"a b", "ü", "a;b=c", "a%2Fb", "a'b", "a(b)"}, Crowd: 250,
	})
}
