package conformance

import (
	"slices"
	"strings"
	"testing"

	"github.com/lockstep-apiops/lockstep/internal/sandbox/apim"
)

// place is where a kind is tried: a service or a workspace of it.
type place struct {
	t      *testing.T
	f      *factory
	id     string
	owners []string // names that come before those of the kind
}

// client is the kind's client for the place; ok is false when the SDK has none.
func (p place) client(k kind) (client, bool) {
	constructor := k.top
	if len(p.owners) > 0 {
		constructor = k.ws
	}
	if constructor == nil {
		return client{}, false
	}
	return newClient(p.f, constructor, k.list), true
}

// fill puts names into a row's JSON.
func (p place) fill(props, name string) string {
	return strings.NewReplacer("{name}", name, "{scope}", p.id, "{owner}", strings.Join(p.owners, "/")).Replace(props)
}

// furnish creates what the rows refer to, three of each kind.
func (p place) furnish(names ...string) {
	p.t.Helper()
	for _, k := range kinds() {
		if !slices.Contains(names, k.name) {
			continue
		}
		c, ok := p.client(k)
		if !ok {
			continue
		}
		for _, name := range few() {
			names := slices.Concat(p.owners, k.below, []string{name})
			if _, err := c.do(p.t.Context(), request{verb: 'P', names: names, props: p.fill(k.put, name)}); err != nil {
				p.t.Fatalf("create %s %v: %v", k.name, names, err)
			}
		}
	}
}

// newPlace makes a furnished service, or a furnished workspace in one.
func newPlace(t *testing.T, inWorkspace bool) place {
	t.Helper()
	p := place{t: t, f: connect(t, start(t, apim.Options{Bare: true, PageSize: pageSize})), id: serviceID}
	if p.furnish("user"); !inWorkspace {
		p.furnish("tag", "group", "logger", "gateway", "documentation", "API", "operation", "product", "resolver")
		return p
	}
	c := newClient(p.f, (*factory).NewWorkspaceClient, "")
	if _, err := c.do(t.Context(), request{verb: 'P', names: []string{workspace}, props: `{"displayName":"W"}`}); err != nil {
		t.Fatal(err)
	}
	p.owners, p.id = []string{workspace}, p.id+"/workspaces/"+workspace
	p.furnish("tag", "group", "logger", "API", "operation", "product")
	return p
}
