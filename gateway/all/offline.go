package all

import (
	"context"
	"errors"
	"iter"

	"github.com/lockstep-apiops/lockstep/gateway"
	"github.com/lockstep-apiops/lockstep/gateway/amplify"
	"github.com/lockstep-apiops/lockstep/gateway/amplifyproxies"
	"github.com/lockstep-apiops/lockstep/gateway/apim"
	"github.com/lockstep-apiops/lockstep/gateway/autoflow"
	"github.com/lockstep-apiops/lockstep/internal/httpx"
)

// checks are what products demand besides their tables, by their names.
func checks() map[string]func() (gateway.Checks, error) {
	return map[string]func() (gateway.Checks, error){
		"amplify": amplify.Checks, "amplifyproxies": amplifyproxies.Checks, "apim": apim.Checks, "autoflow": autoflow.Checks,
	}
}

// Checks returns what a product demands of resources besides its table; of a
// product that says nothing they are empty.
func Checks(name string) (gateway.Checks, error) {
	if of, ok := checks()[name]; ok {
		return of()
	}
	return gateway.Checks{}, nil
}

// Offline returns a gateway of a product that can be described and no more: it
// needs no settings and makes no call.
func Offline(name string) (*Opened, error) {
	kinds, err := Kinds(name)
	if err != nil {
		return nil, err
	}
	return &Opened{Gateway: described{gateway.Description{Product: name, Kinds: kinds}}, HTTP: httpx.New(httpx.Options{})}, nil
}

// errOffline is what a gateway that is not there answers.
var errOffline = errors.New("there is no gateway: it was opened to be described alone")

// A described is a gateway that only has a description.
type described struct{ is gateway.Description }

var _ gateway.Gateway = described{}

// Describe implements gateway.Gateway.
func (d described) Describe() gateway.Description { return d.is }

// List implements gateway.Gateway.
func (described) List(_ context.Context, kind string, parent gateway.Key) iter.Seq2[*gateway.Resource, error] {
	return func(yield func(*gateway.Resource, error) bool) {
		yield(nil, &gateway.Error{Op: "list", Key: parent.Child(kind, ""), Err: errOffline})
	}
}

// Get implements gateway.Gateway.
func (described) Get(_ context.Context, key gateway.Key) (*gateway.Resource, error) {
	return nil, &gateway.Error{Op: "get", Key: key, Err: errOffline}
}

// Put implements gateway.Gateway.
func (described) Put(_ context.Context, want, _ *gateway.Resource) error {
	return &gateway.Error{Op: "put", Key: want.Key, Err: errOffline}
}

// Delete implements gateway.Gateway.
func (described) Delete(_ context.Context, have *gateway.Resource) error {
	return &gateway.Error{Op: "delete", Key: have.Key, Err: errOffline}
}
