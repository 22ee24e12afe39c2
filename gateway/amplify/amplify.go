// Package amplify is the gateway of Axway's Amplify: the API Server of Amplify
// Central, which holds environments, APIs, assets, products and marketplaces.
//
// It knows the kinds of the groups management and catalog (the table in
// rows.go), and those that the server describes besides; what the server does
// to payloads; subresources and translations, which have writes of their own;
// and that ids differ from organization to organization, so that teams and
// access control lists go by their names. Calls are package central's
// business, files and git that of others.
//
// A payload is a resource as the server's own command line tool takes it, with
// subresources at its top.
package amplify

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"

	"github.com/lockstep-apiops/lockstep/gateway"
	"github.com/lockstep-apiops/lockstep/gateway/amplify/central"
)

// Options say which organization to manage and how.
type Options struct {
	Client   *central.Client
	Instance string // for messages and names of branches
	// Queries narrow what is listed, in the server's own language, by kind:
	// "APIService" to "tags==public". They are sent with lists alone: what is
	// asked for by name is found all the same.
	Queries map[string]string
	// Newer are kinds that the table does not have, or has otherwise, as
	// Discover tells.
	Newer []Row
	// Force deletes what finalizers guard, without waiting for the agents that
	// set them.
	Force bool
	// Form says in which form trees hold resources.
	Form Form
}

// A Gateway is one organization. Use New.
type Gateway struct {
	desc  gateway.Description
	table *table
	api   *central.Client
	opts  Options
	teams teams
	acls  lists
	// unserved has the rows, by their ids, of which the server turned out to
	// have no collection, so that it is not asked scope by scope.
	unserved sync.Map
}

var (
	_ gateway.Gateway    = (*Gateway)(nil)
	_ gateway.Indexer    = (*Gateway)(nil)
	_ gateway.Taker      = (*Gateway)(nil)
	_ gateway.Translator = (*Gateway)(nil)
)

// New returns the gateway of an organization. An error is a fault in the
// options.
func New(o Options) (*Gateway, error) {
	g := &Gateway{api: o.Client, opts: o, teams: teams{api: o.Client}, acls: lists{byID: map[string]string{}}}
	var err error
	if g.table, err = newTable(merge(rows(), o.Newer), columns{faults: g.missing, whole: true}); err != nil {
		return nil, fmt.Errorf("read table of amplify: %w", err)
	}
	if !slices.Contains(Forms(), string(o.Form)) && o.Form != "" {
		return nil, fmt.Errorf("choose form: %q is none of %s", o.Form, strings.Join(Forms(), ", "))
	}
	for kind := range o.Queries {
		if _, ok := g.table.byKind(kind); !ok {
			return nil, fmt.Errorf("read queries: there is no kind %q", kind)
		}
	}
	g.desc = gateway.Description{Product: "amplify", Instance: o.Instance, Kinds: g.table.kinds, ETags: true}
	return g, nil
}

// Kinds returns the table of kinds, without an organization.
func Kinds() (*gateway.Kinds, error) {
	t, err := newTable(rows(), columns{})
	if err != nil {
		return nil, err
	}
	return t.kinds, nil
}

// Describe implements gateway.Gateway.
func (g *Gateway) Describe() gateway.Description { return g.desc }

// kind returns what a kind of the contract stands for.
func (g *Gateway) kind(name string) (*gateway.Kind, served) {
	k := g.table.kinds.Get(name)
	if k == nil {
		panic("gateway/amplify: no kind " + name) // a bug in the caller, not in its input
	}
	return k, g.table.served[name]
}

// collection returns the path of the resources of a kind below an owner.
func (g *Gateway) collection(kind string, owner gateway.Key) string {
	_, s := g.kind(kind)
	path := "/" + s.row.Group + "/" + s.row.version()
	if !owner.IsZero() {
		path += "/" + s.scope.Plural + "/" + escape(owner.Name())
	}
	return path + "/" + s.row.Plural
}

// path returns the path of a resource.
func (g *Gateway) path(k gateway.Key) string {
	return g.collection(k.Kind, g.table.kinds.Parent(k)) + "/" + escape(k.Name())
}

// escape makes a name fit for one segment of a path.
func escape(name string) string {
	if name == "." || name == ".." {
		return "%2E" + name[1:]
	}
	return url.PathEscape(name)
}

// fail wraps an error of a call so that callers can ask for its sentinel.
func fail(op string, key gateway.Key, err error) error {
	if s := sentinel(err); s != nil {
		err = fmt.Errorf("%w: %w", s, err)
	}
	return &gateway.Error{Op: op, Key: key, Err: err}
}

// sentinel maps an answer of the server to what callers ask for.
func sentinel(err error) error {
	switch central.Status(err) {
	case http.StatusNotFound:
		return gateway.ErrNotFound
	case http.StatusPreconditionRequired, http.StatusPreconditionFailed:
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
