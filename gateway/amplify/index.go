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

// Index implements gateway.Indexer: one list for each collection of scoped
// kinds in place of one for each scope there is. A list that the server does
// not serve, or that says of anything in it not where it belongs, is done
// without.
func (g *Gateway) Index(ctx context.Context, wanted func(kind string) bool) (*gateway.Index, error) {
	if err := g.teams.try(ctx); err != nil {
		return nil, err
	}
	var rows []*Row
	kinds := map[*Row][]string{}
	for _, k := range g.table.kinds.All() {
		s := g.table.served[k.Name]
		if s.scope == nil || !wanted(k.Name) {
			continue
		}
		if kinds[s.row] == nil {
			rows = append(rows, s.row)
		}
		kinds[s.row] = append(kinds[s.row], k.Name)
	}
	found := make([][]*gateway.Resource, len(rows))
	errs := make([]error, len(rows))
	var wg sync.WaitGroup
	slots := make(chan struct{}, listsAtOnce)
	for i, r := range rows {
		wg.Go(func() {
			slots <- struct{}{}
			defer func() { <-slots }()
			found[i], errs[i] = g.across(ctx, r)
		})
	}
	wg.Wait()
	var covered []string
	var all []*gateway.Resource
	for i, r := range rows {
		switch err := errs[i]; {
		case err == nil:
			covered = append(covered, kinds[r]...)
			all = append(all, found[i]...)
		case !dispensable(err):
			return nil, fmt.Errorf("list %s of %s: %w", r.Plural, g.desc.Instance, err)
		}
	}
	if covered == nil {
		return nil, nil
	}
	return g.table.kinds.NewIndex(covered, all), nil
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
		if s, ok := g.table.served[kind]; !ok || s.row != r || owner == "" {
			return nil, errAstray
		}
		res, err := g.read(ctx, gateway.NewKey(scope, owner).Child(kind, nameIn(item)), item)
		if err != nil {
			return nil, err
		}
		rs = append(rs, res)
	}
	return rs, nil
}
