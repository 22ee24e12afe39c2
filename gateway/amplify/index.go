package amplify

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"sync"

	"github.com/lockstep-apiops/lockstep/gateway"
	"github.com/lockstep-apiops/lockstep/gateway/amplify/central"
)

// listsAtOnce is how many collections are read at once. The limits of the
// server are kept all the same.
const listsAtOnce = 8

// Index implements gateway.Indexer: one list for each collection of kinds, over
// all scopes, in place of one for each scope there is. A list that the server
// does not serve, or that says of anything in it not where it belongs, is done
// without. Kinds in no scope are part of it for the sake of those who hold
// resources that it does not name: these are asked for before they count as
// gone.
func (g *Gateway) Index(ctx context.Context, wanted func(kind string) bool) (*gateway.Index, error) {
	if err := g.teams.try(ctx); err != nil {
		return nil, err
	}
	first, rest, kinds := g.indexable(wanted)
	var covered []string
	var all []*gateway.Resource
	// Access control lists come first: else their names would be asked for
	// scope by scope.
	for _, rows := range [][]*Row{first, rest} {
		for i, res := range g.acrossAll(ctx, rows) {
			switch r := rows[i]; {
			case res.err == nil:
				covered = append(covered, kinds[r]...)
				all = append(all, res.found...)
			case !dispensable(res.err):
				return nil, unread(kinds[r][0], res.err)
			case r.Scopes == "" && errors.Is(sentinel(res.err), gateway.ErrNotFound):
				g.unserved.Store(r.id(), true)
			}
		}
	}
	if covered == nil {
		return nil, nil
	}
	return g.table.kinds.NewIndex(covered, all), nil
}

// unread returns the error that ends a run which could not list a kind.
func unread(kind string, err error) error {
	if central.Status(err) == http.StatusForbidden {
		err = fmt.Errorf("%w: give the service account the right to read it, or leave the kind out with --exclude", err)
	}
	return fail("list", gateway.NewKey(kind, "*"), err)
}

// indexable returns the rows that have a kind that is wanted, access control
// lists apart, and the names of these kinds.
func (g *Gateway) indexable(wanted func(kind string) bool) (first, rest []*Row, kinds map[*Row][]string) {
	kinds = map[*Row][]string{}
	for _, k := range g.table.kinds.All() {
		r := g.table.served[k.Name].row
		switch {
		case !wanted(k.Name):
			continue
		case kinds[r] != nil:
		case r.Kind == listKind:
			first = append(first, r)
		default:
			rest = append(rest, r)
		}
		kinds[r] = append(kinds[r], k.Name)
	}
	return first, rest, kinds
}

// A reading is what became of a list.
type reading struct {
	found []*gateway.Resource
	err   error
}

// acrossAll returns the resources of each row in all scopes.
func (g *Gateway) acrossAll(ctx context.Context, rows []*Row) []reading {
	all := make([]reading, len(rows))
	var wg sync.WaitGroup
	slots := make(chan struct{}, listsAtOnce)
	for i, r := range rows {
		wg.Go(func() {
			slots <- struct{}{}
			defer func() { <-slots }()
			all[i].found, all[i].err = g.across(ctx, r)
		})
	}
	wg.Wait()
	return all
}

// dispensable reports whether a list over all scopes failed in a way that says
// only that the server has none.
func dispensable(err error) bool {
	return errors.Is(sentinel(err), gateway.ErrNotFound) || errors.Is(err, errAstray) || central.Status(err) == http.StatusMethodNotAllowed
}

// errAstray is a list with something in it of which the scope is not known.
var errAstray = errors.New("the list does not say which scope something is in")

// across returns the resources of a row in all scopes.
func (g *Gateway) across(ctx context.Context, r *Row) ([]*gateway.Resource, error) {
	var rs []*gateway.Resource
	path := "/" + r.Group + "/" + r.version() + "/" + r.Plural
	for item, err := range g.api.List(ctx, path, g.query(r)) {
		if err != nil {
			return nil, err
		}
		scope, _ := gateway.Field(item, "metadata.scope.kind").(string)
		owner, _ := gateway.Field(item, "metadata.scope.name").(string)
		kind := nameOf(scope, r.Kind)
		s, ok := g.table.served[kind]
		if !ok || s.row != r || (owner == "") != (s.scope == nil) {
			return nil, errAstray
		}
		key := gateway.NewKey(kind, nameIn(item))
		if s.scope != nil {
			key = gateway.NewKey(scope, owner).Child(kind, nameIn(item))
		}
		res, err := g.read(ctx, key, item)
		if err != nil {
			return nil, err
		}
		rs = append(rs, res)
	}
	return rs, nil
}
