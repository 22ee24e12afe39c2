// Package relay is an example of a gateway: that of Relay, a product that does
// not exist. It follows docs/adding-a-gateway.md, step by step, and passes the
// contract suite against a small server in its test.
//
// It knows the kinds that Relay holds and what Relay does to payloads. How
// Relay is called is in client.go.
package relay

import (
	"errors"
	"net/http"

	"github.com/lockstep-apiops/lockstep/gateway"
	"github.com/lockstep-apiops/lockstep/gateway/rest"
)

// kinds is the table of what Relay holds.
func kinds() []rest.Kind {
	return []rest.Kind{
		{Kind: gateway.Kind{
			Name: "upstream", Segment: "upstreams", Doc: "servers that requests are relayed to",
			Dir: "upstreams", File: "upstream.json",
			Omit: owned(), Secret: []gateway.Secret{{Field: "token"}}, Defaults: map[string]any{"retries": 0}}},
		{Kind: gateway.Kind{
			Name: "route", Segment: "routes", Doc: "which requests go to which upstream",
			Dir: "routes", File: "route.json",
			Omit: owned(), Sets: []string{"methods"}, Refs: []gateway.Ref{{Field: "upstream", Kind: "upstream", ByName: true}}}},
		{Kind: gateway.Kind{
			Name: "route plugin", Parent: "route", Segment: "plugins", Doc: "what is done to the requests of a route",
			Dir: "plugins", File: "plugin.json", Split: []gateway.Split{{Field: "script", File: "script.lua"}},
			Omit: owned()}},
	}
}

// owned are the fields that Relay sets.
func owned() []string { return []string{"name", "updated"} }

// New returns the gateway that a client reaches. An error is a fault in the
// table.
func New(instance string, c *Client) (*rest.Gateway, error) {
	return rest.New(rest.Options{
		Product: "relay", Instance: instance, Client: c, Rows: kinds(), ETags: true, Sentinel: sentinel,
	})
}

// sentinel maps what Relay answers to what callers ask for.
func sentinel(err error) error {
	answer, ok := errors.AsType[*StatusError](err)
	if !ok {
		return nil
	}
	switch answer.Status {
	case http.StatusNotFound:
		return gateway.ErrNotFound
	case http.StatusPreconditionFailed:
		return gateway.ErrStale
	case http.StatusUnauthorized, http.StatusForbidden:
		return gateway.ErrDenied
	case http.StatusConflict:
		return gateway.ErrConflict
	case http.StatusBadRequest, http.StatusUnprocessableEntity:
		return gateway.ErrInvalid
	}
	return nil
}
