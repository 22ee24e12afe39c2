// Package schema writes JSON Schemas, of draft 7, for configuration files whose
// keys are the same in upper and lower case.
//
// It knows the words of a schema, and nothing of what files are about.
package schema

import (
	"fmt"
	"regexp"
	"strings"
	"unicode"
)

// Draft is the dialect that the schemas are written in: what the language
// server for YAML, which editors use, knows best.
const Draft = "http://json-schema.org/draft-07/schema#"

// A Schema is one schema, as JSON.
type Schema map[string]any

// Ref returns the schema that is defined under a name.
func Ref(name string) Schema { return Schema{"$ref": "#/definitions/" + name} }

// Any returns the schema of what one of these is of.
func Any(of ...Schema) Schema { return Schema{"anyOf": of} }

// Null returns the schema of no value.
func Null() Schema { return Schema{"type": "null"} }

// Text returns the schema of a plain value that is not blank, as YAML has them:
// a name that looks like a number is one.
func Text() Schema {
	return Schema{"type": []string{"string", "number", "boolean"}, "pattern": `\S`}
}

// List returns the schema of a list of such elements.
func List(of Schema) Schema { return Schema{"type": "array", "items": of} }

// An Object is a mapping with known keys.
type Object struct {
	properties Schema
	patterns   Schema
}

// NewObject returns an object without keys.
func NewObject() *Object { return &Object{Schema{}, Schema{}} }

// Key adds a key. Editors offer it as it is spelt; in any other case it is the
// same. What it is for shows beside it.
func (o *Object) Key(name, doc string, value Schema) *Object {
	shown := Schema{}
	for k, v := range value {
		shown[k] = v
	}
	if doc != "" {
		if _, ref := shown["$ref"]; ref { // what stands beside a reference does not count
			shown = Schema{"allOf": []Schema{value}}
		}
		shown["description"] = doc
	}
	o.properties[name] = shown
	o.patterns[AnyCase(name)] = value
	return o
}

// Hidden adds a key that is taken and not offered.
func (o *Object) Hidden(pattern string, value Schema) *Object {
	o.patterns[pattern] = value
	return o
}

// Schema returns the schema of the object, which has no other keys.
func (o *Object) Schema() Schema {
	return Schema{"type": "object", "properties": o.properties, "patternProperties": o.patterns, "additionalProperties": false}
}

// Has returns the schema of an object that has a key which a pattern fits.
func Has(pattern string) Schema { return Schema{"not": Lacks(pattern)} }

// Lacks returns the schema of an object that has no key which a pattern fits.
func Lacks(pattern string) Schema {
	return Schema{"propertyNames": Schema{"not": Schema{"pattern": pattern}}}
}

// AnyCase returns the pattern of a word in upper and lower case.
func AnyCase(word string) string {
	var b strings.Builder
	b.WriteString("^")
	for _, r := range word {
		if up, low := unicode.ToUpper(r), unicode.ToLower(r); up != low {
			fmt.Fprintf(&b, "[%c%c]", up, low)
			continue
		}
		b.WriteString(regexp.QuoteMeta(string(r)))
	}
	b.WriteString("$")
	return b.String()
}

// AnyOfCase returns the pattern of any of some words.
func AnyOfCase(words ...string) string {
	patterns := make([]string, len(words))
	for i, w := range words {
		patterns[i] = strings.TrimSuffix(strings.TrimPrefix(AnyCase(w), "^"), "$")
	}
	return "^(" + strings.Join(patterns, "|") + ")$"
}
