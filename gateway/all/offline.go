package all

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"

	"github.com/spf13/pflag"

	"github.com/lockstep-apiops/lockstep/gateway"
	"github.com/lockstep-apiops/lockstep/gateway/amplifyproxies"
	"github.com/lockstep-apiops/lockstep/gateway/apim"
	"github.com/lockstep-apiops/lockstep/internal/config"
	"github.com/lockstep-apiops/lockstep/internal/httpx"
)

// checks are what products demand besides their tables, by their names.
func checks() map[string]func() (gateway.Checks, error) {
	return map[string]func() (gateway.Checks, error){"amplifyproxies": amplifyproxies.Checks, "apim": apim.Checks}
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

// emulated are the settings that lead to an emulator of a product at an
// address, as environment variables.
func emulated() map[string]func(endpoint string, v *config.Values) []string {
	return map[string]func(string, *config.Values) []string{
		"apim": func(endpoint string, v *config.Values) []string {
			return []string{
				"AZURE_RESOURCE_MANAGER_ENDPOINT=" + endpoint, "AZURE_BEARER_TOKEN=rehearsal",
				"API_MANAGEMENT_SERVICE_NAME=" + cmp.Or(v.String("service-name"), "rehearsal"),
				"AZURE_SUBSCRIPTION_ID=00000000-0000-0000-0000-000000000000", "AZURE_RESOURCE_GROUP_NAME=rehearsal",
			}
		},
	}
}

// Emulated opens a gateway of the product that the settings name, which an
// emulator on this machine serves at an address. Of the settings only the name
// of the instance counts, and nothing of the surroundings: no address and no
// credential can lead elsewhere.
func Emulated(v *config.Values, endpoint string, o Options) (*Opened, error) {
	name := v.String("gateway")
	of, ok := emulated()[name]
	if !ok {
		return nil, fmt.Errorf("open emulator: there is none of %s", name)
	}
	set, err := config.NewSet(slices.Clone(Settings()))
	if err != nil {
		return nil, err
	}
	own, err := set.Resolve(pflag.NewFlagSet(name, pflag.ContinueOnError), append(of(endpoint, v), "LOCKSTEP_GATEWAY="+name))
	if err != nil {
		return nil, fmt.Errorf("open emulator of %s: %w", name, err)
	}
	o.Env = func(string) string { return "" }
	return Open(own, o)
}
