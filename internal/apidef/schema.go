package apidef

import (
	"slices"
	"strings"
)

// keywords returns what a schema says, in the one spelling that is compared: as
// JSON Schema writes it, without what never counts, without defaults that change
// nothing, and without null. Values are as in the document, so a map or list of
// schemas still has their references.
func keywords(schema *node) map[string]*node {
	words := map[string]*node{}
	if schema.kind == boolean {
		if schema.text != "true" {
			words["not"] = newObject()
		}
		return words
	}
	for k, v := range schema.entries {
		if !ignored(k) && !saysNothing(k, v) {
			words[k] = v
		}
	}
	if schema.is("x-nullable") { // how Swagger says it
		words["nullable"] = newBool(true)
	}
	foldNull(words)
	foldLimit(words, "minimum", "exclusiveMinimum")
	foldLimit(words, "maximum", "exclusiveMaximum")
	if c, ok := words["const"]; ok && words["enum"] == nil {
		words["enum"] = newList(c)
		delete(words, "const")
	}
	foldContent(words)
	if d := words["discriminator"]; d != nil && d.kind == text {
		words["discriminator"] = newObject()
		words["discriminator"].add("propertyName", d)
	}
	if t := words["type"]; t != nil && t.kind == text && t.text == "file" {
		words["type"], words["format"] = newText("string"), newText("binary")
	}
	return words
}

// ignored reports whether a keyword never counts. Examples are compared apart.
func ignored(key string) bool {
	switch key {
	case "$schema", "$id", "$comment", "$defs", "definitions", "externalDocs", "example", "examples":
		return true
	}
	return strings.HasPrefix(key, "x-")
}

// saysNothing reports whether a keyword has a value that means the same as its
// absence.
func saysNothing(key string, v *node) bool {
	switch key {
	case "nullable", "readOnly", "writeOnly", "deprecated", "uniqueItems":
		return v.kind == boolean && v.text == "false"
	case "exclusiveMinimum", "exclusiveMaximum":
		return v.kind == boolean && v.text == "false" || v.kind == null
	case "required", "properties", "allOf", "anyOf", "oneOf", "enum", "patternProperties":
		return len(v.items) == 0
	case "additionalProperties":
		return v.kind == boolean && v.text == "true" || v.kind == object && len(v.keys) == 0
	case "description", "title", "format":
		return v.kind == text && prose(v.text) == ""
	case "const":
		return false
	}
	return v.kind == null
}

// foldNull makes nullable and a list of types out of type and null: the list is
// sorted, and nullable says whether null was in it.
func foldNull(words map[string]*node) {
	t := words["type"]
	if t == nil {
		return
	}
	types := t.strings()
	if t.kind == text {
		types = []string{t.text}
	}
	if i := slices.Index(types, "null"); i >= 0 && len(types) > 1 {
		types = slices.Delete(types, i, i+1)
		words["nullable"] = newBool(true)
	}
	slices.Sort(types)
	if len(types) == 1 {
		words["type"] = newText(types[0])
		return
	}
	n := newList()
	for _, t := range slices.Compact(types) {
		n.items = append(n.items, newText(t))
	}
	words["type"] = n
}

// foldLimit makes exclusiveMinimum: 5 out of minimum: 5, exclusiveMinimum: true.
func foldLimit(words map[string]*node, limit, exclusive string) {
	if e := words[exclusive]; e == nil || e.kind != boolean {
		return
	}
	delete(words, exclusive)
	if l := words[limit]; l != nil {
		words[exclusive] = l
		delete(words, limit)
	}
}

// foldContent makes format: byte and format: binary out of the keywords that
// say so since OpenAPI 3.1.
func foldContent(words map[string]*node) {
	encoding, kind := words["contentEncoding"], words["contentMediaType"]
	switch {
	case words["format"] != nil:
	case encoding != nil && encoding.text == "base64":
		words["format"] = newText("byte")
		delete(words, "contentEncoding")
	case encoding == nil && kind != nil && kind.text == "application/octet-stream":
		words["format"] = newText("binary")
		delete(words, "contentMediaType")
	}
}

// A role says what the value of a keyword is made of.
type role int

const (
	plainValue role = iota // a value
	proseValue             // a text for people
	setValue               // a list whose order does not matter
	oneSchema              // a schema
	schemaList             // a list of schemas
	schemaMap              // schemas by name
)

func roleOf(key string, v *node) role {
	switch key {
	case "properties", "patternProperties", "dependentSchemas":
		return schemaMap
	case "allOf", "anyOf", "oneOf", "prefixItems":
		return schemaList
	case "additionalProperties", "not", "if", "then", "else", "contains", "propertyNames",
		"unevaluatedItems", "unevaluatedProperties", "additionalItems":
		return oneSchema
	case "items":
		if v.kind == list {
			return schemaList
		}
		return oneSchema
	case "enum", "required":
		return setValue
	case "description", "title":
		return proseValue
	}
	return plainValue
}
