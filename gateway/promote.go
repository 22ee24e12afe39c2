package gateway

import "context"

// A Promoter is a Gateway whose resources take effect on runtimes that they are
// brought to, one runtime after another.
type Promoter interface {
	Gateway
	// Promote brings a resource to the runtime named to: as it was put last, or
	// as it is on the runtime named from, if that is not "".
	Promote(ctx context.Context, r *Resource, from, to string) (*Promoted, error)
}

// Promoted is a resource on a runtime.
type Promoted struct {
	Revision string // which it is; "" if the gateway does not tell
	URL      string // where it answers; likewise
	// Keys are what clients need to call it, by their names. They are secrets:
	// never stored, printed or logged.
	Keys map[string]string
}
