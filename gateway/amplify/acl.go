package amplify

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"sync"

	"github.com/lockstep-apiops/lockstep/gateway"
)

// lists knows access control lists by id, and who waits for one. A tree names
// lists, for the server makes an id for each.
type lists struct {
	attaching sync.Mutex // held while something is attached: each reads and writes all of what is

	mu      sync.Mutex
	byID    map[string]string         // name
	waiting map[gateway.Key][]waiting // by list
}

// A waiting is a resource that a list is to be attached to once it is there.
type waiting struct {
	owner gateway.Key
	entry map[string]any
}

const listKind = "AccessControlList"

// note remembers a list that the server handed out.
func (l *lists) note(r *Row, item map[string]any) {
	id, _ := gateway.Field(item, "metadata.id").(string)
	if r.Kind != listKind || id == "" {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.byID[id] = nameIn(item)
}

func (l *lists) name(id string) (string, bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	name, ok := l.byID[id]
	return name, ok
}

func (l *lists) wait(list gateway.Key, w waiting) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.waiting == nil {
		l.waiting = map[gateway.Key][]waiting{}
	}
	same := func(o waiting) bool { return o.owner == w.owner && reflect.DeepEqual(o.entry, w.entry) }
	if !slices.ContainsFunc(l.waiting[list], same) {
		l.waiting[list] = append(l.waiting[list], w)
	}
}

// take returns who waits for a list, and forgets them.
func (l *lists) take(list gateway.Key) []waiting {
	l.mu.Lock()
	defer l.mu.Unlock()
	ws := l.waiting[list]
	delete(l.waiting, list)
	return ws
}

// attached returns the entries of a payload that attach lists to it.
func attached(spec map[string]any) []map[string]any {
	var entries []map[string]any
	for _, v := range gateway.Values(spec, "metadata.acl[]") {
		if e, ok := v.(map[string]any); ok {
			entries = append(entries, e)
		}
	}
	return entries
}

// teamFields are those of an entry that hold teams, as a tree calls them.
func teamFields() map[string]string {
	return map[string]string{"subjectId": "subjectName", "scopedResourceOwnerId": "scopedResourceOwnerName"}
}

// nameLists puts names in place of the ids in what attaches lists to a
// resource. What is attached and no more there is left out.
func (g *Gateway) nameLists(ctx context.Context, key gateway.Key, spec map[string]any) error {
	var kept []any
	entries := attached(spec)
	for _, e := range entries {
		if err := g.nameList(ctx, key, e); err != nil {
			return err
		}
		if e["aclName"] == nil {
			continue
		}
		kept = append(kept, e)
	}
	if entries != nil {
		gateway.SetField(spec, "metadata.acl", kept)
	}
	return nil
}

// nameList puts names in place of the ids in an entry that attaches a list, as
// far as they are those of something.
func (g *Gateway) nameList(ctx context.Context, key gateway.Key, e map[string]any) error {
	if id, _ := e["aclId"].(string); id != "" {
		name, ok := g.acls.name(id)
		if !ok {
			if err := g.loadLists(ctx, key); err != nil && !errors.Is(sentinel(err), gateway.ErrNotFound) {
				return err
			}
			name, ok = g.acls.name(id)
		}
		if ok {
			delete(e, "aclId")
			e["aclName"] = name
		}
	}
	return g.swapTeams(ctx, e, false)
}

// swapTeams puts names in place of ids in an entry, or the other way.
func (g *Gateway) swapTeams(ctx context.Context, e map[string]any, back bool) error {
	for id, name := range teamFields() {
		from, to := id, name
		if back {
			from, to = name, id
		}
		v, _ := e[from].(string)
		if v == "" || v == everyTeam {
			continue
		}
		if err := g.teams.load(ctx); err != nil {
			return err
		}
		table := g.teams.names
		if back {
			table = g.teams.ids
		}
		got, ok := table[v]
		switch {
		case ok:
			delete(e, from)
			e[to] = got
		case back:
			return fmt.Errorf("%w: %s", gateway.ErrInvalid, noTeam(v))
		}
	}
	return nil
}

// listKey returns the key of a list that a resource holds.
func (g *Gateway) listKey(owner gateway.Key, name string) (gateway.Key, bool) {
	kind := nameOf(owner.Kind, listKind)
	return owner.Child(kind, name), g.table.kinds.Get(kind) != nil
}

// loadLists asks for the lists that a resource holds.
func (g *Gateway) loadLists(ctx context.Context, owner gateway.Key) error {
	key, ok := g.listKey(owner, "*")
	if !ok {
		return nil
	}
	_, s := g.kind(key.Kind)
	for item, err := range g.api.ListCounted(ctx, g.collection(key.Kind, owner), nil) {
		if err != nil {
			return fmt.Errorf("list access control lists: %w", err)
		}
		g.acls.note(s.row, item)
	}
	return nil
}

// resolveLists puts the ids of lists in place of their names in the body of a
// resource. A list that is not there yet is attached when it is: it can only
// be made in the resource that it is attached to.
func (g *Gateway) resolveLists(ctx context.Context, key gateway.Key, body map[string]any) error {
	kept := []any{}
	entries := attached(body)
	for _, e := range entries {
		name, _ := e["aclName"].(string)
		list, ok := g.listKey(key, name)
		if name == "" || !ok {
			return fmt.Errorf("%w: metadata.acl names no list of this resource: give its aclName", gateway.ErrInvalid)
		}
		if err := g.swapTeams(ctx, e, true); err != nil {
			return err
		}
		item, err := g.api.Get(ctx, g.path(list), nil)
		switch {
		case errors.Is(sentinel(err), gateway.ErrNotFound):
			g.acls.wait(list, waiting{key, e})
			continue
		case err != nil:
			return fmt.Errorf("find access control list %s: %w", name, err)
		}
		attach(e, item)
		kept = append(kept, e)
	}
	if entries != nil {
		gateway.SetField(body, "metadata.acl", kept)
	}
	return nil
}

// attach puts the id of a list into an entry.
func attach(e, list map[string]any) {
	delete(e, "aclName")
	e["aclId"] = gateway.Field(list, "metadata.id")
}

// attachWaiting attaches a list that is new to what waits for it.
func (g *Gateway) attachWaiting(ctx context.Context, list gateway.Key) error {
	ws := g.acls.take(list)
	if len(ws) == 0 {
		return nil
	}
	g.acls.attaching.Lock()
	defer g.acls.attaching.Unlock()
	item, err := g.api.Get(ctx, g.path(list), nil)
	if err != nil {
		return fmt.Errorf("attach %v: %w", list, err)
	}
	for _, w := range ws {
		attach(w.entry, item)
		if err := g.attachTo(ctx, w); err != nil {
			return fmt.Errorf("attach to %v: %w", w.owner, err)
		}
	}
	return nil
}

// attachTo adds an entry to those of a resource. That somebody else changes the
// resource at the same time is no reason to leave the list unattached: nobody
// would come back to it.
func (g *Gateway) attachTo(ctx context.Context, w waiting) error {
	const tries = 5
	for try := 1; ; try++ {
		owner, err := g.api.Get(ctx, g.path(w.owner), nil)
		if err != nil {
			return err
		}
		all, _ := gateway.Field(owner, "metadata.acl").([]any)
		gateway.SetField(owner, "metadata.acl", append(all, w.entry))
		for _, name := range subresources(owner) {
			delete(owner, name)
		}
		_, err = g.api.Put(ctx, g.path(w.owner), nil, owner)
		if err == nil || try == tries || !errors.Is(sentinel(err), gateway.ErrStale) {
			return g.cover(err, w.owner, owner)
		}
	}
}
