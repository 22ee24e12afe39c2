// Package all lists every gateway that the programs can manage, with the
// settings that each needs, and opens the one that was asked for.
//
// It is the only package, besides the products' own, that knows products. To
// add one, add a line to products.
package all

import (
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/lockstep-apiops/lockstep/gateway"
	"github.com/lockstep-apiops/lockstep/gateway/amplify"
	"github.com/lockstep-apiops/lockstep/gateway/amplifyproxies"
	"github.com/lockstep-apiops/lockstep/gateway/apim"
	"github.com/lockstep-apiops/lockstep/gateway/autoflow"
	"github.com/lockstep-apiops/lockstep/internal/config"
	"github.com/lockstep-apiops/lockstep/internal/httpx"
)

// A product is a gateway that can be opened from settings.
type product struct {
	settings func() []config.Setting
	open     func(*config.Values, Options) (*Opened, error)
	kinds    func() (*gateway.Kinds, error)
	excluded func(*config.Values) []string // patterns of what a setting of its own leaves out
	layouts  func() []string               // of trees; the first is that of a new one
}

// products are all there are, by the name that configuration uses.
func products() map[string]product {
	return map[string]product{
		"amplify":        {amplifySettings, openAmplify, amplify.Kinds, nothingExcluded, oneLayout},
		"amplifyproxies": {amplifyProxiesSettings, openAmplifyProxies, amplifyproxies.Kinds, nothingExcluded, oneLayout},
		"apim":           {apimSettings, openAPIM, apim.Kinds, apimExcluded, apim.Layouts},
		"autoflow":       {autoflowSettings, openAutoFlow, autoflow.Kinds, nothingExcluded, oneLayout},
	}
}

// Names returns the names of the products, sorted.
func Names() []string { return slices.Sorted(maps.Keys(products())) }

// Settings returns what can be set about gateways: which product, how fast,
// and what each product asks for.
func Settings() []config.Setting {
	rows := []config.Setting{
		{Name: "gateway", Default: "apim", Choices: Names(), Usage: "product of the gateway"},
		{Name: "workers", Type: config.Int, Default: "16", Usage: "calls to the gateway at once; the gateway's limits are kept all the same"},
		{Name: "timeout", Type: config.Duration, Default: "15m", Usage: "longest time for one call with all its retries"},
	}
	all := products()
	for _, name := range Names() {
		rows = append(rows, all[name].settings()...)
	}
	return rows
}

// Layouts returns the names of the layouts that trees of any product may have,
// those of new trees first.
func Layouts() []string {
	var names []string
	all := products()
	for _, name := range Names() {
		for _, l := range all[name].layouts() {
			if !slices.Contains(names, l) {
				names = append(names, l)
			}
		}
	}
	return names
}

// tables are the kinds of each product. They are made once: each command of a
// program asks for them, and they never change.
var tables = sync.OnceValues(func() (map[string]*gateway.Kinds, error) {
	all := map[string]*gateway.Kinds{}
	for name, p := range products() {
		kinds, err := p.kinds()
		if err != nil {
			return nil, fmt.Errorf("list kinds of %s: %w", name, err)
		}
		all[name] = kinds
	}
	return all, nil
})

// Kinds returns the table of a product, without a gateway.
func Kinds(name string) (*gateway.Kinds, error) {
	all, err := tables()
	if err != nil {
		return nil, err
	}
	kinds, ok := all[name]
	if !ok {
		return nil, fmt.Errorf("list kinds: there is no product %q", name)
	}
	return kinds, nil
}

// Sections returns the keys, sorted, under which a configuration file may speak
// of the resources of any product.
func Sections() ([]string, error) {
	all, err := tables()
	if err != nil {
		return nil, err
	}
	var keys []string
	for _, kinds := range all {
		keys = append(keys, kinds.ConfigKeys("")...)
	}
	slices.Sort(keys)
	return slices.Compact(keys), nil
}

// OptIn returns the names of the kinds of any product that are managed only
// where somebody asks for them, sorted.
func OptIn() ([]string, error) {
	all, err := tables()
	if err != nil {
		return nil, err
	}
	var names []string
	for _, kinds := range all {
		for _, k := range kinds.All() {
			if k.OptIn {
				names = append(names, k.Row)
			}
		}
	}
	slices.Sort(names)
	return slices.Compact(names), nil
}

// Excluded returns the patterns, KIND=GLOB, of what the settings leave out: exclude, and those of the product.
func Excluded(v *config.Values) []string {
	p, ok := products()[v.String("gateway")]
	if !ok {
		return v.List("exclude")
	}
	return slices.Concat(v.List("exclude"), p.excluded(v))
}

// Options are what a gateway takes from its surroundings.
type Options struct {
	Env func(string) string // environment variables
	// Secret returns the value of a secret that is kept elsewhere, and false if
	// nobody has one of that name. nil: nobody has any.
	Secret    func(name string) (string, bool, error)
	Logger    *slog.Logger
	UserAgent string
	// Poll is how long to wait before looking again how far something is that
	// takes its time, where the gateway does not say; 0 is the product's own.
	Poll time.Duration
}

// Opened is a gateway and the count of the requests it has made.
type Opened struct {
	Gateway gateway.Gateway
	HTTP    *httpx.Client // nil: it makes no requests
}

// Stats returns the requests made so far.
func (o *Opened) Stats() httpx.Stats {
	if o.HTTP == nil {
		return httpx.Stats{}
	}
	return o.HTTP.Stats()
}

// Open opens the gateway that the settings name. It makes no call yet, but for
// one of which the kinds have to be asked for.
func Open(v *config.Values, o Options) (*Opened, error) {
	p, ok := products()[v.String("gateway")]
	if !ok {
		return nil, fmt.Errorf("open gateway: product %q is not one of %s", v.String("gateway"), strings.Join(Names(), ", "))
	}
	g, err := p.open(v, o)
	if err != nil {
		return nil, fmt.Errorf("open gateway: %w", err)
	}
	return g, nil
}
