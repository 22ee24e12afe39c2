package amplify

import (
	"fmt"
	"hash/fnv"
	"slices"
	"strings"
	"time"
)

// describe makes the definitions of groups, kinds and versions from the table, as
// resources that clients read to find out what there is.
func (s *Server) describe() {
	groups, resources := s.table.byPath["definitions/groups"], s.table.byPath["definitions/resources"]
	versions, lines := s.table.byPath["definitions/resourceversions"], s.table.byPath["definitions/commandlines"]
	for _, group := range s.table.groups() {
		scope := keyOf("", groups, group)
		digest := fnv.New32a()
		for _, k := range s.table.kinds {
			if k.group != group {
				continue
			}
			_, _ = fmt.Fprint(digest, k.ref(), k.plural, k.subs, k.versions) // Never fails.
			for _, d := range definitionsOf(k) {
				s.addDescribed(resources, scope, d.name, d.resource(), 0)
				s.addDescribed(lines, scope, d.name, d.commandLine(), 0)
				for _, version := range k.versions {
					s.addDescribed(versions, scope, d.name+"-"+version, d.version(version), 0)
				}
			}
		}
		// A client keeps what it read of a group until this number changes.
		s.addDescribed(groups, "", group, map[string]any{}, int(digest.Sum32()%1_000_000))
	}
	clear(s.store.dirty)
}

func (s *Server) addDescribed(k *kind, scope, name string, spec map[string]any, version int) {
	since := stamp{time.Date(2024, 1, 1, 0, 0, 0, 0, time.UTC), "system"}
	s.store.put(&object{kind: k, scope: scope, name: name, id: stableID(scope, k.plural, name), title: name, spec: spec,
		created: since, modified: since, version: version})
}

// definition is a kind in one of its scopes.
type definition struct {
	name  string
	kind  *kind
	scope *kind // nil: it stands alone
}

// definitionsOf lists a kind once for each scope. Only a kind of several scopes has
// the scope in the names of its definitions.
func definitionsOf(k *kind) []definition {
	name := strings.ToLower(k.name)
	switch len(k.scopes) {
	case 0:
		return []definition{{name, k, nil}}
	case 1:
		return []definition{{name, k, k.scopes[0]}}
	}
	var out []definition
	for _, scope := range k.scopes {
		out = append(out, definition{name + "-" + strings.ToLower(scope.name), k, scope})
	}
	return out
}

func (d definition) resource() map[string]any {
	spec := map[string]any{"kind": d.kind.name, "plural": d.kind.plural, "apiVersions": d.versions(),
		"references":   map[string]any{"toResources": d.toResources()},
		"subResources": map[string]any{"names": append(textList(d.kind.subs), languages)},
		"queryParams":  textList(queryFields(d.kind))}
	if d.scope != nil {
		spec["scope"] = map[string]any{"kind": d.scope.name}
	}
	return spec
}

// versions lists the versions that serve the kind; all but the best are deprecated.
func (d definition) versions() []any {
	var out []any
	for i, name := range d.kind.versions {
		out = append(out, map[string]any{"name": name, "served": true, "deprecated": i > 0})
	}
	return out
}

func (d definition) toResources() []any {
	out := []any{}
	for _, l := range d.kind.links {
		if len(l.target.scopes) > 0 && !l.target.heldBy(d.scope) {
			continue // in this scope there are none
		}
		entry := map[string]any{"group": l.target.group, "kind": l.target.name, "types": []any{linkType(l)}}
		if len(l.target.scopes) > 0 {
			entry["scopeKind"] = d.scope.name
		}
		if l.sub() != "" {
			entry["from"] = map[string]any{"subResourceName": l.sub()}
		}
		out = append(out, entry)
	}
	return out
}

func (d definition) commandLine() map[string]any {
	singular := strings.ToLower(d.kind.name)
	columns := []any{column("Name", "string", ".name"), column("Title", "string", ".title"), column("Age", "date", ".metadata.audit.createTimestamp")}
	if d.scope != nil {
		columns = slices.Insert(columns, 1, column("Scope Kind", "string", ".metadata.scope.kind"), column("Scope Name", "string", ".metadata.scope.name"))
	}
	short := []any{}
	if d.kind.ref() == "management/Environment" {
		short = []any{"env"}
	}
	return map[string]any{"resourceDefinition": d.name, "columns": columns, "names": map[string]any{"plural": d.kind.plural,
		"singular": singular, "kind": d.kind.name, "listKind": d.kind.name + "List", "shortNames": short}}
}

func column(name, kind, path string) any {
	return map[string]any{"name": name, "type": kind, "jsonPath": path, "description": name, "hidden": false}
}

// version describes the kind in a version. Of its schema only the references are known.
func (d definition) version(name string) map[string]any {
	return map[string]any{"resourceDefinition": d.name, "name": name, "served": true, "deprecated": name != d.kind.versions[0], "schema": specSchema(d.kind)}
}

// placeSchema puts the schema of a field where its path says.
func placeSchema(schema map[string]any, path []string, field map[string]any) {
	name, isList := strings.CutSuffix(path[0], "[]")
	properties := objectIn(schema, "properties")
	below := field
	if len(path) > 1 {
		below = objectIn(properties, name)
		if isList {
			below = objectIn(below, "items")
		}
		if below == nil {
			below = map[string]any{"type": "object", "properties": map[string]any{}}
		}
		placeSchema(below, path[1:], field)
	}
	if isList {
		below = map[string]any{"type": "array", "items": below}
	}
	properties[name] = below
}

func textList(words []string) []any {
	out := []any{}
	for _, word := range words {
		out = append(out, word)
	}
	return out
}
