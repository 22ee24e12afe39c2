package amplify

import (
	"context"
	"errors"
	"fmt"
	"net/url"

	"github.com/lockstep-apiops/lockstep/gateway"
)

// Delete implements gateway.Gateway. What a scope holds, and what refers to a
// resource and cannot be without it, goes with it.
func (g *Gateway) Delete(ctx context.Context, have *gateway.Resource) error {
	err := g.remove(ctx, have)
	if err == nil || errors.Is(sentinel(err), gateway.ErrNotFound) {
		return nil
	}
	return fail("delete", have.Key, err)
}

func (g *Gateway) remove(ctx context.Context, have *gateway.Resource) error {
	_, s := g.kind(have.Key.Kind)
	path := g.path(have.Key)
	if have.ETag != "" || s.row.Archive {
		item, err := g.api.Get(ctx, path, nil)
		if err != nil {
			return err
		}
		if have.ETag != "" && versionOf(item) != have.ETag {
			return gateway.ErrStale
		}
		if err := g.archive(ctx, s.row, path, item); err != nil {
			return err
		}
	}
	q := url.Values{}
	if g.opts.Force {
		q.Set("forceDelete", "true")
	}
	pending, err := g.api.Delete(ctx, path, q)
	if err != nil || !pending {
		return err
	}
	if _, err := g.api.Get(ctx, path, nil); err != nil {
		return err
	}
	return fmt.Errorf("%w: it is marked for deletion, and goes when the agents agree whose finalizers guard it", gateway.ErrConflict)
}

// archive takes a resource to the end of its life cycle.
func (g *Gateway) archive(ctx context.Context, r *Row, path string, item map[string]any) error {
	state, _ := item["state"].(string)
	if !r.Archive || state == "archived" {
		return nil
	}
	for _, s := range steps(state, "archived") {
		if _, err := g.api.Put(ctx, path+"/state", nil, map[string]any{"state": s}); err != nil {
			return fmt.Errorf("archive: %w", err)
		}
	}
	return nil
}
