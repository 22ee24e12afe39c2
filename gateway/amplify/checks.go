package amplify

import (
	"maps"
	"slices"

	"github.com/lockstep-apiops/lockstep/gateway"
)

// Checks returns what whoever judges a tree, or tries it out, has to know
// besides the table.
func Checks() (gateway.Checks, error) {
	t, err := newTable(rows(), columns{})
	if err != nil {
		return gateway.Checks{}, err
	}
	return gateway.Checks{StandIn: t.standIn, Given: teamsOf}, nil
}

// standInValue stands for a value that git does not hold.
const standInValue = "stand-in"

// standIn gives a resource made-up values for those of its secrets that a tree
// leaves out.
func (t *table) standIn(r *gateway.Resource) {
	for _, s := range t.kinds.Get(r.Key.Kind).Secret {
		s.Edit(r.Spec, func(v any) (any, bool) {
			if isHidden(v) {
				return standInValue, true
			}
			return v, true
		})
	}
}

// teamsOf returns the names of the teams that a resource speaks of, sorted.
func teamsOf(r *gateway.Resource) []string {
	var names []string
	for _, path := range subjects() {
		for _, v := range gateway.Values(r.Spec, path) {
			holder, _ := v.(map[string]any)
			if name, ok := holder["name"].(string); ok && (holder["type"] == nil || holder["type"] == "team") {
				names = append(names, name)
			}
		}
	}
	for _, e := range attached(r.Spec) {
		for _, field := range slices.Sorted(maps.Values(teamFields())) {
			if name, ok := e[field].(string); ok {
				names = append(names, name)
			}
		}
	}
	names = slices.DeleteFunc(names, func(name string) bool { return name == "" || name == everyTeam })
	slices.Sort(names)
	return slices.Compact(names)
}
