package apispec

import "strings"

// model is a definition made ready for an export: the schemas of all its
// resources under one set of names, in the dialect of OpenAPI 3.0.
type model struct {
	d       *Definition
	schemas map[string]any
	names   map[string]map[string]string // schema resource: its name for a schema: ours
	sidecar sidecar
}

func newModel(d *Definition) *model {
	m := &model{d: d, schemas: map[string]any{}, names: map[string]map[string]string{}, sidecar: sidecar{}}
	unique := newUniqueNames(keepCase)
	for _, s := range d.Schemas {
		document := mapAt(s.Properties, "document")
		switch s.Properties["contentType"] {
		case ContentTypeComponents:
			m.load(s.Name, mapAt(mapAt(document, "components"), "schemas"), false, unique)
		case ContentTypeDefinitions:
			m.load(s.Name, mapAt(document, "definitions"), true, unique)
		default:
			continue
		}
		m.loadSidecar(s.Name, mapAt(document, sidecarKey))
	}
	return m
}

// load takes in one resource's schemas. Two resources may use one name for
// different schemas, so the later one gets another.
func (m *model) load(resource string, schemas map[string]any, is20 bool, unique *uniqueNames) {
	names := make(map[string]string, len(schemas))
	for _, name := range sortedKeys(schemas) {
		names[name] = unique.claim(componentName(name))
	}
	m.names[resource] = names
	for name, schema := range schemas {
		m.schemas[names[name]] = mapSchema(copyJSON(schema), func(s any) any {
			if is20 {
				s = from20(s)
			}
			return m.localReferences(resource, s)
		})
	}
}

// localReferences turns a resource's references, in either version's form, into
// ours.
func (m *model) localReferences(resource string, s any) any {
	if s, ok := s.(map[string]any); ok {
		local := func(ref string) string {
			for _, prefix := range []string{definitionsPrefix, componentsPrefix} {
				if name, ok := strings.CutPrefix(ref, prefix); ok && m.names[resource][name] != "" {
					return componentsPrefix + m.names[resource][name]
				}
			}
			return ref
		}
		mapReferences(s, local, local)
	}
	return s
}

func (m *model) loadSidecar(resource string, entries map[string]any) {
	for name, v := range entries {
		if _, taken := m.sidecar[name]; taken {
			continue
		}
		entry, ok := copyJSON(v).(map[string]any)
		if !ok {
			continue
		}
		for _, p := range mapAt(entry, sideParameters) {
			m.loadParameter(resource, p)
		}
		m.sidecar[name] = entry
	}
}

func (m *model) loadParameter(resource string, v any) {
	p, _ := v.(map[string]any)
	local := func(s any) any { return m.localReferences(resource, s) }
	if schema, ok := p["schema"]; ok {
		p["schema"] = mapSchema(schema, local)
	}
	for _, media := range mapAt(p, "content") {
		if media, ok := media.(map[string]any); ok && media["schema"] != nil {
			media["schema"] = mapSchema(media["schema"], local)
		}
	}
}

// reference is a reference to the schema that a contract names, nil when it
// names none that exists.
func (m *model) reference(c map[string]any) *object {
	t := textAt(c, "typeName")
	id := textAt(c, "schemaId")
	id = id[strings.LastIndexByte(id, '/')+1:]
	name := m.names[id][t]
	if name == "" {
		return nil
	}
	out := &object{}
	out.set("$ref", componentsPrefix+name)
	return out
}

// resolve is the schema at the end of references among the components.
func (m *model) resolve(v any) map[string]any {
	for range maxHops {
		s, _ := plain(v).(map[string]any)
		ref, ok := s["$ref"].(string)
		if !ok {
			return s
		}
		v = m.schemas[componentOf(ref)]
	}
	return nil
}
