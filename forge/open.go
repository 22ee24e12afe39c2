package forge

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
)

// Config says which forge, and which repository on it.
type Config struct {
	Kind string // a name that [Kinds] returns

	// Store is the repository itself, for the forge "local".
	Store Store
	// Now is the clock that dates what a forge writes; nil for time.Now.
	Now func() time.Time
}

// forges is every forge there is.
var forges = map[string]func(Config) (Forge, error){
	"local": openLocal,
}

// Kinds returns the names of all forges, sorted.
func Kinds() []string { return slices.Sorted(maps.Keys(forges)) }

// Open returns the forge that c names.
func Open(c Config) (Forge, error) {
	construct := forges[c.Kind]
	if construct == nil {
		return nil, fmt.Errorf("open forge %q: not supported; use one of %s", c.Kind, strings.Join(Kinds(), ", "))
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	f, err := construct(c)
	if err != nil {
		return nil, fmt.Errorf("open forge %q: %w", c.Kind, err)
	}
	return f, nil
}
