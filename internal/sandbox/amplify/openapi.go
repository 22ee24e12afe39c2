package amplify

import (
	"fmt"
	"slices"
	"strings"
)

// openAPI describes what is served below /apis, from the table of kinds, in OpenAPI
// 3.0. base is the address of the server.
func (s *Server) openAPI(base string) map[string]any {
	d := &apiDocument{paths: map[string]any{}, schemas: sharedSchemas(componentRef)}
	for _, k := range s.table.kinds {
		for _, version := range k.versions {
			d.schemas[schemaName(k, version)] = resourceSchema(k, version, componentRef)
			d.add(k, version)
		}
	}
	return map[string]any{
		"openapi":    "3.0.3",
		"info":       map[string]any{"title": "API Server, as the sandbox serves it", "version": "1"},
		"servers":    []any{map[string]any{"url": base + "/apis"}},
		"security":   []any{map[string]any{"bearer": []any{}}},
		"paths":      d.paths,
		"components": components(d.schemas),
	}
}

func componentRef(name string) map[string]any {
	return map[string]any{"$ref": "#/components/schemas/" + name}
}

// apiDocument is a description while it is made.
type apiDocument struct{ paths, schemas map[string]any }

// add describes the lists and resources of a kind in a version.
func (d *apiDocument) add(k *kind, version string) {
	root := "/" + k.group + "/" + version
	if len(k.scopes) > 0 {
		d.paths[root+"/"+k.plural] = apiPath{k: k, version: version, name: "All"}.list(false)
	}
	scopes := k.scopes
	if len(scopes) == 0 {
		scopes = []*kind{nil}
	}
	for _, scope := range scopes {
		p, at := apiPath{k: k, version: version}, root
		if scope != nil {
			p.name, p.within = scope.name, true
			at += "/" + scope.plural + "/{scopeName}"
		}
		at += "/" + k.plural
		d.paths[at] = p.list(!k.described)
		d.paths[at+"/{name}"] = p.resource()
		if k.described {
			continue
		}
		for _, sub := range append(slices.Clone(k.subs), languages, languages+"-{code}", "{extension}") {
			d.paths[at+"/{name}/"+sub] = p.sub(sub)
		}
		if k.raw != "" {
			d.paths[at+"/{name}/"+raw] = p.raw()
		}
	}
}

// apiPath describes what can be done at the paths of a kind.
type apiPath struct {
	k       *kind
	version string
	name    string // of the scope, as operations are named for it
	within  bool   // the path names a scope
}

// id names an operation. No other one has the name.
func (p apiPath) id(verb, rest string) string {
	group, version := strings.ToUpper(p.k.group[:1])+p.k.group[1:], strings.ToUpper(p.version[:1])+p.version[1:]
	return verb + group + version + p.name + p.k.name + rest
}

// item is a path with the parameters that stand in it.
func (p apiPath) item(operations map[string]any, names ...string) map[string]any {
	if p.within {
		names = append([]string{"scopeName"}, names...)
	}
	if len(names) > 0 {
		operations["parameters"] = parameterRefs(names...)
	}
	return operations
}

// operation describes one call. All of them can fail in the usual ways, and some in
// more.
func (p apiPath) operation(id, status string, success map[string]any, more []string, parameters ...string) map[string]any {
	failure := map[string]any{"$ref": "#/components/responses/Error"}
	responses := map[string]any{status: success, "default": failure}
	for _, code := range more {
		responses[code] = failure
	}
	out := map[string]any{"operationId": id, "tags": []any{p.k.group}, "responses": responses}
	if len(parameters) > 0 {
		out["parameters"] = parameterRefs(parameters...)
	}
	return out
}

func (p apiPath) list(create bool) map[string]any {
	schema := componentRef(schemaName(p.k, p.version))
	found := jsonContent("The resources of a page.", map[string]any{"type": "array", "items": schema})
	found["headers"] = map[string]any{"X-Axway-Total-Count": headerRef("X-Axway-Total-Count"), "Link": headerRef("Link")}
	count := map[string]any{"description": "How many there are.", "headers": map[string]any{"X-Axway-Total-Count": headerRef("X-Axway-Total-Count")}}
	operations := map[string]any{
		"get":  p.operation(p.id("list", ""), "200", found, nil, "page", "pageSize", "sort", "query", "fields", "embed", "expand", "resource.language.code"),
		"head": p.operation(p.id("count", ""), "200", count, nil, "query", "count"),
	}
	if create {
		operations["post"] = withBody(p.operation(p.id("create", ""), "201", jsonContent("The new resource.", schema), []string{"409"}), "application/json", schema)
	}
	return p.item(operations)
}

func (p apiPath) resource() map[string]any {
	schema := componentRef(schemaName(p.k, p.version))
	found := jsonContent("The resource.", schema)
	show := []string{"fields", "embed", "expand"}
	operations := map[string]any{"get": p.operation(p.id("get", ""), "200", found, nil, append(show, "resource.language.code")...)}
	if !p.k.described {
		held := jsonContent("Finalizers hold the resource, which goes with the last of them.", schema)
		gone := p.operation(p.id("delete", ""), "204", map[string]any{"description": "The resource is gone."}, nil, "forceDelete")
		objectIn(gone, "responses")["202"] = held
		operations["put"] = withBody(p.operation(p.id("replace", ""), "200", found, []string{"428"}, show...), "application/json", schema)
		operations["patch"] = withBody(p.operation(p.id("patch", ""), "200", found, []string{"428"}, show...), "application/json-patch+json", componentRef("JSONPatch"))
		operations["delete"] = gone
	}
	return p.item(operations, "name")
}

// sub describes a subresource; its name may hold a parameter.
func (p apiPath) sub(name string) map[string]any {
	names, schema, id := []string{"name"}, map[string]any{"type": "object", "required": []any{name}}, "Sub"+strings.ToUpper(name[:1])+name[1:]
	if before, parameter, found := strings.Cut(strings.TrimSuffix(name, "}"), "{"); found {
		names = append(names, parameter)
		id = "Sub" + strings.Trim(before, "-") + "By" + strings.ToUpper(parameter[:1]) + parameter[1:]
		delete(schema, "required") // the field is named as the path is
	}
	value := jsonContent(fmt.Sprintf("The subresource, in the field %s.", name), schema)
	return p.item(map[string]any{
		"get": p.operation(p.id("get", id), "200", value, nil),
		"put": withBody(p.operation(p.id("replace", id), "200", value, []string{"428"}, "fields"), "application/json", schema),
	}, names...)
}

func (p apiPath) raw() map[string]any {
	file := map[string]any{"description": "The file, as it is.", "content": map[string]any{
		"*/*": map[string]any{"schema": map[string]any{"type": "string", "format": "binary"}}}}
	return p.item(map[string]any{"get": p.operation(p.id("get", "Raw"), "200", file, nil)}, "name")
}
