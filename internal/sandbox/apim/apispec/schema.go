package apispec

import (
	"encoding/json"
	"strings"
)

// Where a JSON schema holds schemas. Everything else in it (examples, defaults,
// extensions) is data and must not be taken for one.
func schemaMembers(key string) (one, list, named bool) {
	switch key {
	case "items":
		return true, true, false
	case "additionalItems", "additionalProperties", "not", "contains", "if", "then", "else",
		"propertyNames", "unevaluatedItems", "unevaluatedProperties", "contentSchema":
		return true, false, false
	case "allOf", "anyOf", "oneOf", "prefixItems":
		return false, true, false
	case "properties", "patternProperties", "definitions", "$defs", "dependentSchemas":
		return false, false, true
	}
	return false, false, false
}

// mapSchema replaces s by f(s), then does the same to the schemas inside, in the
// order of their names. It changes the maps it is given.
func mapSchema(s any, f func(any) any) any {
	s = f(s)
	m, ok := s.(map[string]any)
	if !ok {
		return s
	}
	for _, key := range sortedKeys(m) {
		one, list, named := schemaMembers(key)
		switch v := m[key].(type) {
		case map[string]any:
			if named {
				mapNamed(v, f)
			} else if one {
				m[key] = mapSchema(v, f)
			}
		case []any:
			if list {
				for i, inner := range v {
					v[i] = mapSchema(inner, f)
				}
			}
		case bool:
			if one && key != "additionalProperties" {
				m[key] = mapSchema(v, f)
			}
		}
	}
	return m
}

// mapNamed is mapSchema for each schema of a map by name.
func mapNamed(schemas map[string]any, f func(any) any) {
	for _, name := range sortedKeys(schemas) {
		schemas[name] = mapSchema(schemas[name], f)
	}
}

// mapReferences replaces the reference at one schema, and those of its
// discriminator, which are mere hints.
func mapReferences(m map[string]any, f, hint func(string) string) {
	if ref, ok := m["$ref"].(string); ok {
		m["$ref"] = f(ref)
	}
	mapping := mapAt(mapAt(m, "discriminator"), "mapping")
	for _, k := range sortedKeys(mapping) {
		if ref, ok := mapping[k].(string); ok && strings.HasPrefix(ref, "#/") {
			mapping[k] = hint(ref)
		}
	}
}

// from31 turns the keywords of OpenAPI 3.1 at one schema into their equals in
// 3.0 and drops those that have none, as the service's importer does.
func from31(s any) any {
	if truth, ok := s.(bool); ok {
		if truth {
			return map[string]any{}
		}
		return map[string]any{"not": map[string]any{}}
	}
	m, ok := s.(map[string]any)
	if !ok {
		return s
	}
	types31(m)
	nullUnion(m, "anyOf")
	nullUnion(m, "oneOf")
	if c, ok := m["const"]; ok && m["enum"] == nil {
		m["enum"] = []any{c}
	}
	exclusiveBound(m, "exclusiveMinimum", "minimum")
	exclusiveBound(m, "exclusiveMaximum", "maximum")
	if list := listAt(m, "examples"); len(list) > 0 && m["example"] == nil {
		m["example"] = list[0]
	}
	contentEncoding(m)
	for key := range m {
		if only31(key) {
			delete(m, key)
		}
	}
	return refWithSiblings(m)
}

func only31(key string) bool {
	switch key {
	case "const", "examples", "$schema", "$id", "$anchor", "$comment", "$defs", "$dynamicRef", "$dynamicAnchor",
		"$vocabulary", "if", "then", "else", "dependentSchemas", "dependentRequired", "unevaluatedItems",
		"unevaluatedProperties", "contains", "minContains", "maxContains", "propertyNames", "patternProperties",
		"prefixItems", "contentEncoding", "contentMediaType", "contentSchema":
		return true
	}
	return false
}

// types31 turns a list of types into one type, nullable where null is listed.
func types31(m map[string]any) {
	types, ok := m["type"].([]any)
	if !ok {
		if m["type"] == "null" {
			delete(m, "type")
			m["nullable"] = true
			m["enum"] = []any{nil}
		}
		return
	}
	var rest []any
	for _, t := range types {
		if t == "null" {
			m["nullable"] = true
		} else {
			rest = append(rest, t)
		}
	}
	delete(m, "type")
	switch {
	case len(rest) == 1:
		m["type"] = rest[0]
	case len(rest) > 1 && m["anyOf"] == nil:
		union := make([]any, len(rest))
		for i, t := range rest {
			union[i] = map[string]any{"type": t}
		}
		m["anyOf"] = union
	}
}

// nullUnion takes {type: null} out of a union and says nullable instead.
func nullUnion(m map[string]any, key string) {
	list, ok := m[key].([]any)
	if !ok {
		return
	}
	rest := make([]any, 0, len(list))
	for _, v := range list {
		if s, ok := v.(map[string]any); ok && len(s) == 1 && s["type"] == "null" {
			m["nullable"] = true
		} else {
			rest = append(rest, v)
		}
	}
	if m[key] = rest; len(rest) == 0 {
		delete(m, key)
	}
}

// exclusiveBound turns exclusiveMinimum: 3 into minimum: 3 with
// exclusiveMinimum: true.
func exclusiveBound(m map[string]any, exclusive, bound string) {
	if n, ok := m[exclusive].(json.Number); ok {
		m[bound] = n
		m[exclusive] = true
	}
}

func contentEncoding(m map[string]any) {
	if m["type"] != "string" || m["format"] != nil {
		return
	}
	switch {
	case m["contentEncoding"] == "base64":
		m["format"] = "byte"
	case m["contentMediaType"] == "application/octet-stream":
		m["format"] = "binary"
	}
}

// refWithSiblings keeps what stands beside a reference, which counts in 3.1 and
// does not in 3.0.
func refWithSiblings(m map[string]any) any {
	ref, ok := m["$ref"].(string)
	if !ok || len(m) == 1 {
		return m
	}
	delete(m, "$ref")
	all, _ := m["allOf"].([]any)
	m["allOf"] = append([]any{map[string]any{"$ref": ref}}, all...)
	return m
}

// from20 turns the dialect of OpenAPI 2.0 at one schema into that of 3.0.
func from20(s any) any {
	m, ok := s.(map[string]any)
	if !ok {
		return s
	}
	if name, ok := m["discriminator"].(string); ok {
		m["discriminator"] = map[string]any{"propertyName": name}
	}
	if v, ok := m["x-nullable"]; ok {
		delete(m, "x-nullable")
		m["nullable"] = v
	}
	if m["type"] == "file" {
		m["type"], m["format"] = "string", "binary"
	}
	return m
}

// to20 turns the dialect of OpenAPI 3.0 at one schema into that of 2.0, without
// the keywords that 2.0 does not have.
func to20(s any) any {
	m, ok := s.(map[string]any)
	if !ok {
		return s
	}
	if d, ok := m["discriminator"].(map[string]any); ok {
		delete(m, "discriminator")
		setText(m, "discriminator", textAt(d, "propertyName"))
	}
	if v, ok := m["nullable"]; ok {
		delete(m, "nullable")
		m["x-nullable"] = v
	}
	for _, key := range []string{"oneOf", "anyOf", "not", "writeOnly", "deprecated"} {
		delete(m, key)
	}
	return m
}

// copyJSON is a copy of v that shares nothing with it.
func copyJSON(v any) any {
	switch v := v.(type) {
	case map[string]any:
		out := make(map[string]any, len(v))
		for k, inner := range v {
			out[k] = copyJSON(inner)
		}
		return out
	case []any:
		out := make([]any, len(v))
		for i := range v {
			out[i] = copyJSON(v[i])
		}
		return out
	}
	return v
}
