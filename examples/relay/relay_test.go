package relay_test

import (
	"net/http/httptest"
	"testing"

	"github.com/lockstep-apiops/lockstep/examples/relay"
	"github.com/lockstep-apiops/lockstep/gateway"
	"github.com/lockstep-apiops/lockstep/gateway/gatewaytest"
	"github.com/lockstep-apiops/lockstep/internal/httpx"
)

func open(t *testing.T) gateway.Gateway {
	t.Helper()
	s := httptest.NewServer(&server{items: map[string]map[string]any{}})
	t.Cleanup(s.Close)
	client := httpx.New(httpx.Options{})
	t.Cleanup(client.CloseIdleConnections)
	g, err := relay.New("test", &relay.Client{HTTP: client, Endpoint: s.URL})
	if err != nil {
		t.Fatal(err)
	}
	return g
}

// samples are valid payloads of each kind, two that differ.
var samples = map[string][2]map[string]any{
	"upstream":     {{"url": "https://one.example.com", "token": "t"}, {"url": "https://two.example.com", "retries": 3, "token": "t"}},
	"route":        {{"path": "/a", "upstream": "one", "methods": []any{"POST", "GET"}}, {"path": "/b", "upstream": "one"}},
	"route plugin": {{"order": 1, "script": "return 1\n"}, {"order": 2, "script": "return 2\n"}},
}

func TestContract(t *testing.T) {
	gatewaytest.Run(t, gatewaytest.Harness{
		Open: open,
		Sample: func(key gateway.Key, variant int) *gateway.Resource {
			spec, _ := gateway.Clone(samples[key.Kind][variant]).(map[string]any)
			return &gateway.Resource{Key: key, Spec: spec}
		},
		OddKind: "upstream", OddNames: []string{"a b", "a/b", "ü", "..", "a;b=c", "%2F", "a?b#c"}, Crowd: 25,
	})
}
