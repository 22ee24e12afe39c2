package amplify

import (
	"context"
	"errors"
	"net/url"
	"slices"

	"github.com/lockstep-apiops/lockstep/gateway"
)

// Takes implements gateway.Taker: what a scope holds goes with it, and what has
// a hard reference goes with its target, and so on. The server tells both, of
// kinds that nobody asked to manage, too. A kind that it knows and the table
// does not has no key, and is left out.
func (g *Gateway) Takes(ctx context.Context, key gateway.Key, stays func(gateway.Key) bool) ([]gateway.Key, error) {
	gone := map[gateway.Key]bool{key: true}
	var taken []gateway.Key
	for queue := []gateway.Key{key}; len(queue) > 0; queue = queue[1:] {
		next, err := g.takesAtOnce(ctx, queue[0])
		if err != nil {
			return nil, fail("get", queue[0], err)
		}
		for _, k := range next {
			if gone[k] || stays != nil && stays(k) {
				continue
			}
			gone[k] = true
			taken = append(taken, k)
			// What refers to something in a scope is in that scope.
			if !gone[g.table.kinds.Parent(k)] {
				queue = append(queue, k)
			}
		}
	}
	slices.SortFunc(taken, gateway.Key.Compare)
	return taken, nil
}

// takesAtOnce returns what a resource holds, and what refers to it and cannot
// be without it.
func (g *Gateway) takesAtOnce(ctx context.Context, key gateway.Key) ([]gateway.Key, error) {
	item, err := g.api.Get(ctx, g.path(key), url.Values{"embed": {"metadata.scopedResources,metadata.referencedByResources"}})
	if errors.Is(sentinel(err), gateway.ErrNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var keys []gateway.Key
	add := func(path string, goes func(entry map[string]any) bool) {
		for _, v := range gateway.Values(item, path) {
			if entry, ok := v.(map[string]any); ok && goes(entry) {
				if k, ok := g.keyOf(entry); ok {
					keys = append(keys, k)
				}
			}
		}
	}
	add("metadata.scopedResources[]", func(map[string]any) bool { return true })
	add("metadata.referencedByResources[]", func(entry map[string]any) bool { return entry["type"] == "hard" })
	return keys, nil
}

// keyOf returns the key of what a reference of the server describes, if the
// table has its kind.
func (g *Gateway) keyOf(reference map[string]any) (gateway.Key, bool) {
	text := func(name string) string { s, _ := reference[name].(string); return s }
	kind := nameOf(text("scopeKind"), text("kind"))
	s, ok := g.table.served[kind]
	if !ok || s.row.Group != text("group") || text("name") == "" {
		return gateway.Key{}, false
	}
	if s.scope == nil {
		return gateway.NewKey(kind, text("name")), true
	}
	return gateway.NewKey(text("scopeKind"), text("scopeName")).Child(kind, text("name")), text("scopeName") != ""
}
