package amplify

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/lockstep-apiops/lockstep/gateway"
	"github.com/lockstep-apiops/lockstep/gateway/amplify/central"
)

// Discover asks the server which kinds it has, and returns rows for them:
// paths, scopes, served versions, subresources, and what has to be there
// first. A server that does not describe its kinds gives none.
func Discover(ctx context.Context, c *central.Client) ([]Row, error) {
	const base = "/definitions/v1alpha1/groups"
	var found []Row
	for group, err := range c.List(ctx, base, nil) {
		if errors.Is(sentinel(err), gateway.ErrNotFound) {
			return nil, nil
		}
		if err != nil {
			return nil, fmt.Errorf("discover kinds: list groups: %w", err)
		}
		name := nameIn(group)
		if name == "" || name == "definitions" {
			continue
		}
		versions, err := versionsOf(ctx, c, base+"/"+escape(name)+"/commandlines")
		if err != nil {
			return nil, fmt.Errorf("discover kinds: list command lines of %s: %w", name, err)
		}
		var definitions []map[string]any
		for d, err := range c.List(ctx, base+"/"+escape(name)+"/resources", nil) {
			if err != nil {
				return nil, fmt.Errorf("discover kinds: list resources of %s: %w", name, err)
			}
			definitions = append(definitions, d)
		}
		found = append(found, rowsOf(name, definitions, versions)...)
	}
	return found, nil
}

// versionsOf returns what the command lines of a group tell: the plural of a
// kind is the name of the kind there.
func versionsOf(ctx context.Context, c *central.Client, path string) (map[string]string, error) {
	served := map[string]string{}
	for item, err := range c.List(ctx, path, nil) {
		if err != nil {
			return nil, err
		}
		kind, _ := gateway.Field(item, "spec.names.kind").(string)
		plural, _ := gateway.Field(item, "spec.names.plural").(string)
		if kind != "" && plural != "" {
			served[kind] = plural
		}
	}
	return served, nil
}

// rowsOf returns the rows that the definitions of a group make: one
// definition for each scope of a kind becomes one row.
func rowsOf(group string, definitions []map[string]any, plurals map[string]string) []Row {
	var order []string
	byKind := map[string]*Row{}
	for _, d := range definitions {
		kind, _ := gateway.Field(d, "spec.kind").(string)
		plural, _ := gateway.Field(d, "spec.plural").(string)
		if plural == "" {
			plural = plurals[kind]
		}
		if kind == "" || plural == "" {
			continue
		}
		r := byKind[kind]
		if r == nil {
			r = &Row{Group: group, Kind: kind, Plural: plural, Version: servedVersion(d), Doc: "as the server describes it"}
			byKind[kind] = r
			order = append(order, kind)
		}
		for _, version := range servedVersions(d) {
			if !slices.Contains(r.served, version) {
				r.served = append(r.served, version)
			}
		}
		if scope, _ := gateway.Field(d, "spec.scope.kind").(string); scope != "" {
			r.Scopes = join(r.Scopes, scope)
		}
		for _, v := range gateway.Values(d, "spec.subResources.names[]") {
			if name, ok := v.(string); ok {
				r.Subs = join(r.Subs, name)
			}
		}
		for _, v := range gateway.Values(d, "spec.references.toResources[]") {
			if to := target(v); to != "" && to != kind && !slices.Contains(r.After, to) {
				r.After = append(r.After, to)
			}
		}
	}
	var rows []Row
	for _, kind := range order {
		rows = append(rows, *byKind[kind])
	}
	return rows
}

// target returns the name of the kind that a reference of a definition is to,
// or "" for one that a subresource holds.
func target(v any) string {
	ref, _ := v.(map[string]any)
	if gateway.Field(ref, "from.subResourceName") != nil {
		return ""
	}
	kind, _ := ref["kind"].(string)
	scope, _ := ref["scopeKind"].(string)
	return nameOf(scope, kind)
}

func join(list, name string) string {
	if slices.Contains(strings.Fields(list), name) {
		return list
	}
	return strings.TrimSpace(list + " " + name)
}

// servedVersion returns the first version of a definition that is served and
// not on its way out.
func servedVersion(d map[string]any) string {
	for _, v := range gateway.Values(d, "spec.apiVersions[]") {
		version, _ := v.(map[string]any)
		deprecated, _ := version["deprecated"].(bool)
		if name := servedName(version); name != "" && !deprecated {
			return name
		}
	}
	return "v1alpha1"
}

// servedVersions returns the versions of a definition that are served.
func servedVersions(d map[string]any) []string {
	var names []string
	for _, v := range gateway.Values(d, "spec.apiVersions[]") {
		version, _ := v.(map[string]any)
		if name := servedName(version); name != "" {
			names = append(names, name)
		}
	}
	return names
}

// servedName returns the name of a version if it is served.
func servedName(version map[string]any) string {
	name, _ := version["name"].(string)
	if served, told := version["served"].(bool); told && !served {
		return ""
	}
	return name
}

// merge returns the rows of the table as a server describes them, and those
// that it has besides. What the table knows of order counts; a kind that it
// does not know waits for those that it knows, and for new ones before it, so
// that no two wait for each other. A kind in a scope that nobody knows is left
// out.
func merge(table, newer []Row) []Row {
	at := map[string]int{}
	for i := range table {
		at[table[i].id()] = i
	}
	var fresh []Row
	for _, n := range newer {
		i, ok := at[n.id()]
		if !ok {
			fresh = append(fresh, n)
			continue
		}
		table[i].Version, table[i].Plural, table[i].served = n.Version, n.Plural, n.served
		for _, scope := range strings.Fields(n.Scopes) {
			if table[i].Scopes != "" {
				table[i].Scopes = join(table[i].Scopes, scope)
			}
		}
		for _, sub := range strings.Fields(n.Subs) {
			table[i].Subs = join(table[i].Subs, sub)
		}
	}
	return append(table, usable(table, fresh)...)
}

// usable returns new rows that the table can take.
func usable(table, fresh []Row) []Row {
	unscoped, names := map[string]bool{}, map[string]bool{}
	for _, r := range append(slices.Clone(table), fresh...) {
		unscoped[r.id()] = r.Scopes == ""
	}
	for _, r := range table {
		for _, scope := range r.scopes() {
			names[nameOf(scope, r.Kind)] = true
		}
	}
	var out []Row
	for _, r := range fresh {
		r.Scopes = strings.Join(slices.DeleteFunc(strings.Fields(r.Scopes), func(s string) bool {
			return !unscoped[r.Group+"/"+s] || names[nameOf(s, r.Kind)]
		}), " ")
		if r.Scopes == "" && (!unscoped[r.id()] || names[r.Kind]) {
			continue
		}
		r.newer = true
		r.After = slices.DeleteFunc(r.After, func(name string) bool { return !names[name] && !names[nameOf(firstOf(r.Scopes), name)] })
		for _, scope := range r.scopes() {
			names[nameOf(scope, r.Kind)] = true
		}
		out = append(out, r)
	}
	return out
}

func firstOf(list string) string {
	first, _, _ := strings.Cut(list, " ")
	return first
}
