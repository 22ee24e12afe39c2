package amplify

import (
	"context"
	"fmt"
	"sync"

	"github.com/lockstep-apiops/lockstep/gateway"
	"github.com/lockstep-apiops/lockstep/gateway/amplify/central"
)

// teams knows the teams of the organization. A tree names teams, for each
// organization has ids of its own.
type teams struct {
	api *central.Client

	mu    sync.Mutex
	known bool
	tried bool
	ids   map[string]string // by name
	names map[string]string // by id
}

// subjects are the fields of a payload that hold teams: the object with the id.
func subjects() []string { return []string{"owner", "spec.subjects[]"} }

// load asks for the teams, once.
func (t *teams) load(ctx context.Context) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.known {
		return nil
	}
	all, err := t.api.Teams(ctx)
	if err != nil {
		return fmt.Errorf("list teams: %w", err)
	}
	t.known, t.ids, t.names = true, map[string]string{}, map[string]string{}
	for _, team := range all {
		t.names[team.ID] = team.Name
		t.ids[team.Name] = team.ID
	}
	return nil
}

// try is load, once, for a caller that can do without: a platform that cannot
// be asked is no fault until somebody needs a team.
func (t *teams) try(ctx context.Context) error {
	t.mu.Lock()
	again := t.tried
	t.tried = true
	t.mu.Unlock()
	if again {
		return nil
	}
	if err := t.load(ctx); err != nil && ctx.Err() != nil {
		return err
	}
	return nil
}

// everyTeam stands for all teams, in every organization.
const everyTeam = "*"

// name puts the names of teams in place of their ids. The id of a team that is
// no more stays.
func (t *teams) name(ctx context.Context, spec map[string]any) error {
	return t.each(ctx, spec, "id", func(holder map[string]any, id string) error {
		if name, ok := t.names[id]; ok {
			delete(holder, "id")
			holder["name"] = name
		}
		return nil
	})
}

// resolve puts the ids of teams in place of their names.
func (t *teams) resolve(ctx context.Context, spec map[string]any) error {
	return t.each(ctx, spec, "name", func(holder map[string]any, name string) error {
		id, ok := t.ids[name]
		if !ok {
			return fmt.Errorf("%w: %s", gateway.ErrInvalid, noTeam(name))
		}
		delete(holder, "name")
		holder["id"] = id
		return nil
	})
}

func noTeam(name string) string {
	return fmt.Sprintf("there is no team %q in this organization: make it, or name another in the configuration", name)
}

// each calls f with each object of a payload that is a team and tells it by
// the field. Teams are asked for if there is one.
func (t *teams) each(ctx context.Context, spec map[string]any, field string, f func(holder map[string]any, value string) error) error {
	for _, path := range subjects() {
		for _, v := range gateway.Values(spec, path) {
			holder, _ := v.(map[string]any)
			value, _ := holder[field].(string)
			if value == "" || value == everyTeam || holder["type"] != nil && holder["type"] != "team" {
				continue
			}
			if err := t.load(ctx); err != nil {
				return err
			}
			if err := f(holder, value); err != nil {
				return err
			}
		}
	}
	return nil
}
