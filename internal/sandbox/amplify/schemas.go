package amplify

import "strings"

// schemaName names a kind in a version, as in "management.v1.Environment".
func schemaName(k *kind, version string) string { return k.group + "." + version + "." + k.name }

// jsonSchema describes the resources of all kinds and versions in a JSON Schema.
func (s *Server) jsonSchema() map[string]any {
	ref := func(name string) map[string]any { return map[string]any{"$ref": "#/definitions/" + name} }
	definitions := sharedSchemas(ref)
	var all []any
	for _, k := range s.table.kinds {
		for _, version := range k.versions {
			definitions[schemaName(k, version)] = resourceSchema(k, version, ref)
			all = append(all, ref(schemaName(k, version)))
		}
	}
	out := map[string]any{"$schema": "http://json-schema.org/draft-07/schema#", "title": "Resources of the API Server, as the sandbox serves them",
		"anyOf": all, "definitions": definitions}
	withoutNullable(out)
	return out
}

// withoutNullable says that something may be null in the way of JSON Schema, where
// OpenAPI 3.0 has a word of its own.
func withoutNullable(at any) {
	switch at := at.(type) {
	case map[string]any:
		if at["nullable"] == true {
			delete(at, "nullable")
			at["type"] = []any{at["type"], "null"}
		}
		for _, below := range at {
			withoutNullable(below)
		}
	case []any:
		for _, below := range at {
			withoutNullable(below)
		}
	}
}

// resourceSchema describes a resource. Of its spec the references are known, and no
// more.
func resourceSchema(k *kind, version string, ref func(string) map[string]any) map[string]any {
	properties := map[string]any{
		"group":      map[string]any{"type": "string", "enum": []any{k.group}},
		"apiVersion": map[string]any{"type": "string", "enum": []any{version}},
		"kind":       map[string]any{"type": "string", "enum": []any{k.name}},
		"name":       map[string]any{"type": "string", "pattern": namePattern.String()},
		"title":      text(),
		"metadata":   ref("Metadata"),
		"owner":      ref("Owner"),
		"attributes": map[string]any{"type": "object", "additionalProperties": text()},
		"finalizers": map[string]any{"type": "array", "items": ref("Finalizer")},
		"tags":       texts(),
		"spec":       specSchema(k),
	}
	for _, sub := range k.subs {
		properties[sub] = map[string]any{}
	}
	properties[languages] = map[string]any{"type": "object"}
	return map[string]any{"type": "object", "properties": properties}
}

// specSchema describes the spec of a kind, as far as it is known.
func specSchema(k *kind) map[string]any {
	schema := map[string]any{"type": "object", "properties": map[string]any{}}
	for _, l := range k.links {
		field := map[string]any{"type": "string", "x-amplify-kind-ref": l.target.name, "x-amplify-kind-ref-type": linkType(l)}
		if !l.hard && !strings.HasSuffix(l.field, "[]") {
			field["nullable"] = true // once what it names is gone
		}
		if path, ofSpec := strings.CutPrefix(l.field, "spec."); ofSpec {
			placeSchema(schema, strings.Split(path, "."), field)
		}
	}
	return schema
}

// sharedSchemas describe what the resources of all kinds have.
func sharedSchemas(ref func(string) map[string]any) map[string]any {
	object := func(properties map[string]any, required ...string) map[string]any {
		out := map[string]any{"type": "object", "properties": properties}
		if len(required) > 0 {
			out["required"] = textList(required)
		}
		return out
	}
	reference := func() map[string]any {
		return object(map[string]any{"id": text(), "group": text(), "kind": text(), "name": text(), "selfLink": text(), "scopeKind": text(), "scopeName": text(),
			"type": map[string]any{"type": "string", "enum": []any{"hard", "soft", "scope"}}}, "kind", "name", "type")
	}
	flag, list := map[string]any{"type": "boolean"}, func(of map[string]any) map[string]any { return map[string]any{"type": "array", "items": of} }
	return map[string]any{
		"Metadata": object(map[string]any{"id": text(), "resourceVersion": text(), "selfLink": text(), "state": text(), "audit": ref("Audit"), "scope": ref("Scope"),
			"accessRights": object(map[string]any{"canRead": flag, "canWrite": flag, "canDelete": flag, "canChangeOwner": flag}),
			"acl":          list(map[string]any{"type": "object"}), "references": list(reference()), "deletedReferences": list(reference()),
			"referencedByResources": list(reference()), "scopedResources": list(reference())}),
		"Audit":     object(map[string]any{"createTimestamp": text(), "createUserId": text(), "modifyTimestamp": text(), "modifyUserId": text()}),
		"Scope":     object(map[string]any{"id": text(), "kind": text(), "name": text(), "selfLink": text()}),
		"Owner":     object(map[string]any{"type": map[string]any{"type": "string", "enum": []any{"team"}}, "id": text()}, "type", "id"),
		"Finalizer": object(map[string]any{"name": text(), "description": text()}, "name"),
		"JSONPatch": list(object(map[string]any{"op": map[string]any{"type": "string", "enum": []any{"add", "replace", "remove", buildTreeOp}},
			"path": text(), "value": map[string]any{}}, "op", "path")),
		"Errors": object(map[string]any{"errors": list(object(map[string]any{"status": map[string]any{"type": "integer"}, "title": text(), "detail": text(),
			"source": map[string]any{"type": "object"}, "meta": map[string]any{"type": "object"}}, "status", "title", "detail"))}, "errors"),
	}
}
