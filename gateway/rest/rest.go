// Package rest is a Gateway over a REST API that a table describes.
//
// It knows collections, items, pages, versions of what was read, links between
// two others, and payloads that a list tells only in part. It knows no
// product: a product's package supplies the table, the client that makes the
// calls, and hooks for what the columns cannot say.
package rest

import (
	"context"
	"fmt"
	"iter"
	"net/url"
	"strings"

	"github.com/lockstep-apiops/lockstep/gateway"
)

// A Client makes the calls. It carries credentials, retries, limits, pages and
// the waiting for long operations. Paths are relative to the API's root, with
// names escaped. Bodies are decoded JSON with numbers as json.Number.
type Client interface {
	Pages(ctx context.Context, path string, q url.Values) iter.Seq2[map[string]any, error]
	Get(ctx context.Context, path string, q url.Values) (body map[string]any, etag string, err error)
	Head(ctx context.Context, path string, q url.Values) (etag string, found bool, err error)
	Put(ctx context.Context, path string, q url.Values, body any, ifMatch string) (map[string]any, string, error)
	Patch(ctx context.Context, path string, q url.Values, body any, ifMatch string) (map[string]any, string, error)
	Delete(ctx context.Context, path string, q url.Values, ifMatch string) error
}

// A Kind is a row of the table: the kind and how the API serves it.
type Kind struct {
	gateway.Kind

	Each      bool       // the list leaves out what a get returns
	FromList  bool       // of the one an owner may have, only the list tells without error whether it is there
	Bare      bool       // joins two others and has no payload: the API offers no get, only a head
	Link      *Link      // is kept by the API under a name of its own
	Query     url.Values // sent with each get
	DeleteAll url.Values // sent with each delete, so that it takes what the item owns
	Serial    string     // writes of all rows with the same text wait for each other

	// Hooks, for what the columns cannot say. All may be nil.
	Item   func(item map[string]any) (name string, keep bool)                 // name of a listed item, and whether it counts
	Fetch  func(ctx context.Context, c *Caller, r *gateway.Resource) error    // completes a resource after a get
	Store  func(ctx context.Context, c *Caller, p *Write) error               // in place of the put
	Remove func(ctx context.Context, c *Caller, have *gateway.Resource) error // in place of the delete
}

// A Link is a row whose resources the API keeps under names it makes up,
// while what counts is which two resources they join: the resource's own name
// is taken from the id it points at.
type Link struct {
	Field string // id of the other end: "properties.apiId"
	Depth int    // how many names of that id make the resource's name; 0 is 1
	Keep  bool   // the payload is kept; otherwise the name tells all
}

// A Write is a resource on its way to the API.
type Write struct {
	Kind       *Kind
	Want, Have *gateway.Resource // Have is nil where the resource is not there
	Body       map[string]any    // payload, ids made absolute, secrets in place
	IfMatch    string
}

// Options describe a REST gateway.
type Options struct {
	Product, Instance string
	Client            Client
	Root              string // id of the instance, put before relative ids: "/subscriptions/…/service/x"
	Table             gateway.Table
	Rows              []Kind   // in place of Table.Rows
	Poor              []string // kinds below which no list tells all
	ETags             bool
	// Sentinel maps an error of the client to one of gateway's, or nil.
	Sentinel func(error) error
}

// A Gateway serves the kinds of a table through a Client. Use New.
type Gateway struct {
	desc   gateway.Description
	kinds  *gateway.Kinds
	rows   map[string]*Kind // by name of the row
	caller *Caller
	opts   Options
}

var _ gateway.Gateway = (*Gateway)(nil)

// New returns the gateway that the options describe. An error is a fault in
// the table.
func New(o Options) (*Gateway, error) {
	g := &Gateway{rows: map[string]*Kind{}, opts: o}
	o.Table.Rows = nil
	for i := range o.Rows {
		o.Table.Rows = append(o.Table.Rows, o.Rows[i].Kind)
		g.rows[o.Rows[i].Name] = &o.Rows[i]
	}
	kinds, err := gateway.NewKinds(o.Table)
	if err != nil {
		return nil, fmt.Errorf("read table of %s: %w", o.Product, err)
	}
	g.kinds = kinds
	g.caller = &Caller{Client: o.Client, Kinds: kinds, Root: o.Root, locks: newLocks()}
	g.desc = gateway.Description{Product: o.Product, Instance: o.Instance, Kinds: kinds, ETags: o.ETags}
	return g, nil
}

// Describe implements gateway.Gateway.
func (g *Gateway) Describe() gateway.Description { return g.desc }

// Caller returns what the gateway makes its calls with.
func (g *Gateway) Caller() *Caller { return g.caller }

// row returns the row and the kind that a name stands for.
func (g *Gateway) row(kind string) (*Kind, *gateway.Kind) {
	k := g.kinds.Get(kind)
	if k == nil {
		panic("gateway/rest: no kind " + kind) // a bug in the caller, not in its input
	}
	return g.rows[k.Row], k
}

// fail wraps an error of a call so that callers can ask for its sentinel.
func (g *Gateway) fail(op string, key gateway.Key, err error) error {
	if g.opts.Sentinel != nil {
		if s := g.opts.Sentinel(err); s != nil {
			err = fmt.Errorf("%w: %w", s, err)
		}
	}
	return &gateway.Error{Op: op, Key: key, Err: err}
}

// poor reports whether a list of the kind leaves out what a get returns.
func (g *Gateway) poor(row *Kind, k *gateway.Kind) bool {
	if row.Each || row.Fetch != nil || row.Query != nil {
		return true
	}
	for p := k; p != nil; p = g.kinds.Get(p.Parent) {
		for _, name := range g.opts.Poor {
			if p.Parent == name {
				return !row.Bare && row.Link == nil
			}
		}
	}
	return false
}

// A Caller makes calls on resources by key. Hooks use it.
type Caller struct {
	Client
	Kinds *gateway.Kinds
	Root  string
	locks *locks
}

// Path returns the path of a resource.
func (c *Caller) Path(k gateway.Key) string {
	if k.IsZero() {
		return c.Root
	}
	parent := c.Kinds.Parent(k)
	return c.Collection(parent, k.Kind) + "/" + Escape(k.Name())
}

// Collection returns the path of the resources of a kind below an owner.
func (c *Caller) Collection(owner gateway.Key, kind string) string {
	return c.Path(owner) + "/" + c.Kinds.Get(kind).Segment
}

// ID returns the absolute id of a resource.
func (c *Caller) ID(k gateway.Key) string { return c.Root + c.Kinds.ID(k) }

// Lock waits until no other call holds the name, and returns what frees it.
func (c *Caller) Lock(ctx context.Context, name string) (unlock func(), err error) {
	return c.locks.lock(ctx, name)
}

// Absolute returns a payload in which ids of other resources are those of this
// instance.
func (c *Caller) Absolute(k *gateway.Kind, spec map[string]any) map[string]any {
	out, _ := gateway.Clone(spec).(map[string]any)
	for _, ref := range k.Refs {
		if ref.ByName {
			continue
		}
		gateway.EditField(out, ref.Field, func(v any) (any, bool) {
			s, ok := v.(string)
			if !ok || !strings.HasPrefix(s, "/") || strings.HasPrefix(s, "/subscriptions/") && !c.relative(s) {
				return v, true
			}
			return c.Root + s, true
		})
	}
	return out
}

// relative reports whether an id that starts like an absolute one names a
// resource of this gateway after all.
func (c *Caller) relative(id string) bool {
	_, ok := c.Kinds.ParseID(id)
	return ok
}

// Escape makes a name fit for one segment of a path.
func Escape(name string) string {
	if name == "." || name == ".." { // a server would walk the tree
		return strings.ReplaceAll(name, ".", "%2E")
	}
	return strings.ReplaceAll(url.PathEscape(name), ";", "%3B")
}
