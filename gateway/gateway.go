// Package gateway defines what an API gateway looks like to this program:
// resources, the kinds they belong to, their normal form, and the calls that
// read and write them.
//
// It knows no product and no file format, and imports nothing else of the
// program. Each product lives in a package below this one.
package gateway

import (
	"context"
	"errors"
	"iter"
)

// A Gateway reads and writes the resources of one gateway instance.
// Its methods may be called from several goroutines at once. Retries, rate
// limits and whatever must not run at the same time are its own business.
// Errors that concern a resource are of type *[Error].
type Gateway interface {
	// Describe reports what the gateway is and which kinds it holds.
	// It makes no call over the network.
	Describe() Description

	// List yields the resources of a kind that parent owns; parent is the
	// zero Key for a kind without one. The order is unspecified. It stops
	// after the first error. A resource marked Partial carries less than
	// Get would return. A kind that this instance cannot hold gives
	// ErrUnsupported, a parent that is not there ErrNotFound or nothing.
	List(ctx context.Context, kind string, parent Key) iter.Seq2[*Resource, error]

	// Get returns one resource whole, or an error that wraps ErrNotFound.
	Get(ctx context.Context, key Key) (*Resource, error)

	// Put makes the resource what want says, creating it if need be. have
	// is what the caller last read of it, nil if it was not there or the
	// caller does not know: if have carries an ETag and the gateway has
	// changed the resource since, nothing is written and the error wraps
	// ErrStale. A second Put of the same resource changes nothing. Secret
	// fields that want lacks keep the value they have.
	Put(ctx context.Context, want, have *Resource) error

	// Delete removes a resource and what it owns. Deleting what is not
	// there is no error. The ETag of have counts as in Put. A gateway that
	// cannot delete gives ErrUnsupported.
	Delete(ctx context.Context, have *Resource) error
}

// An Indexer is a Gateway that can tell from a few calls which resources of
// some kinds exist, where asking owner by owner would take thousands.
type Indexer interface {
	// Index asks anew, for what covers a kind that is wanted. A nil Index
	// means that this instance has none.
	Index(ctx context.Context, wanted func(kind string) bool) (*Index, error)
}

// A Taker is a gateway on which a delete takes along more than what the plan of
// it has read: what nobody asked to manage, or what refers to the resource and
// cannot be without it.
type Taker interface {
	// Takes returns the keys, sorted, of all that goes with a resource when it is
	// deleted, what it owns among them. What stays, since it will refer to
	// something else by then, does not go, nor what goes for its sake alone. A
	// nil stays is true of nothing.
	Takes(ctx context.Context, key Key, stays func(Key) bool) ([]Key, error)
}

// A Surveyor is a Gateway that can count what it holds and this program
// leaves alone, so that nothing is passed over in silence.
type Surveyor interface {
	Survey(ctx context.Context) ([]Unmanaged, error)
}

// Unmanaged is something that a gateway holds and this program does not manage.
type Unmanaged struct {
	Name  string // "users"
	Count int
	Why   string // "runtime state"
}

// A Description says what a Gateway is.
type Description struct {
	Product  string // short name, as used in configuration: "apim"
	Instance string // which one, for messages and branch names; never a secret
	Kinds    *Kinds
	ETags    bool // writes can be made conditional on what was read
	// WriteOnly says that the gateway cannot be read. What it lists and gets is
	// what this program put there last, as far as it was noted; changes made by
	// others are not seen, and what was never noted may be there all the same.
	WriteOnly bool
}

// A Resource is one object on a gateway: its key and its payload.
type Resource struct {
	Key   Key
	Spec  map[string]any    // payload as decoded JSON
	Files map[string][]byte // attached files by name
	ETag  string            // version that was read, "" if not known

	// Partial says that Spec and Files are not complete: only Get has all.
	Partial bool
	// Digest, if not "", is all that is known of Spec and Files, which are
	// empty then: what Kinds.Digest returned for them.
	Digest string
	// Hidden are texts in Spec that come from where secrets are kept: what
	// differs and holds one of them is told without its values.
	Hidden []string
	// Unread are patterns of attached files that the gateway may hold but
	// did not hand out. They are neither compared nor taken for deleted.
	Unread []string
}

// Errors that callers ask for with errors.Is.
var (
	ErrNotFound    = errors.New("not found")
	ErrConflict    = errors.New("the gateway's state forbids it")
	ErrStale       = errors.New("changed on the gateway since it was read")
	ErrDenied      = errors.New("permission denied")
	ErrInvalid     = errors.New("refused by the gateway as invalid")
	ErrUnsupported = errors.New("not available on this gateway's tier")
)

// An Error is a failed call on a resource.
type Error struct {
	Op  string // "list", "get", "put", "delete"
	Key Key
	Err error
}

// Error names the call, the resource and the cause.
func (e *Error) Error() string { return e.Op + " " + e.Key.String() + ": " + e.Err.Error() }

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }
