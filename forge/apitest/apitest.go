// Package apitest holds requests and answers against the description that the
// makers of a forge publish of its API, in OpenAPI 3.0 or Swagger 2.0.
//
// It is stricter than the description where that hides mistakes: a parameter or
// an attribute that the description does not have is refused, since a server
// ignores what is misspelt. Of answers it takes parts: a fake need not tell all
// that the real one does, but nothing else.
package apitest

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"sync"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

// A Description is that of an API.
type Description struct {
	doc        map[string]any
	operations []operation
	requests   *schemas
	answers    *schemas
}

// schemas compiles those of a document; it may be used by many at once.
type schemas struct {
	url      string
	mu       sync.Mutex
	compiler *jsonschema.Compiler
}

// Load reads a description from a file.
func Load(name string) (*Description, error) {
	text, err := os.ReadFile(name)
	if err != nil {
		return nil, fmt.Errorf("read API description: %w", err)
	}
	d, err := parse(text)
	if err != nil {
		return nil, fmt.Errorf("read API description %s: %w", name, err)
	}
	return d, nil
}

// parse makes two documents of one: as it is for requests, and with nothing
// required for answers.
func parse(text []byte) (*Description, error) {
	read := func() (map[string]any, error) {
		v, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
		if err != nil {
			return nil, err
		}
		doc, ok := v.(map[string]any)
		if !ok {
			return nil, errors.New("it is no JSON object")
		}
		return doc, nil
	}
	strict, err := read()
	if err != nil {
		return nil, err
	}
	loose, err := read()
	if err != nil {
		return nil, err
	}
	toJSONSchema(strict)
	toJSONSchema(loose)
	requireNothing(loose)
	d := &Description{doc: strict}
	if d.requests, err = newSchemas("mem:///requests.json", strict); err != nil {
		return nil, err
	}
	if d.answers, err = newSchemas("mem:///answers.json", loose); err != nil {
		return nil, err
	}
	if d.operations = d.listOperations(); len(d.operations) == 0 {
		return nil, errors.New("it describes no operation")
	}
	return d, nil
}

func newSchemas(url string, doc any) (*schemas, error) {
	c := jsonschema.NewCompiler()
	c.DefaultDraft(jsonschema.Draft4) // which OpenAPI 2 and 3.0 extend
	return &schemas{url: url, compiler: c}, c.AddResource(url, doc)
}

// toJSONSchema puts what OpenAPI has of its own into the terms of JSON Schema.
func toJSONSchema(v any) {
	switch v := v.(type) {
	case map[string]any:
		if yes, _ := v["nullable"].(bool); yes {
			allowNull(v)
		}
		for _, x := range v {
			toJSONSchema(x)
		}
	case []any:
		for _, x := range v {
			toJSONSchema(x)
		}
	}
}

func allowNull(schema map[string]any) {
	if kind, ok := schema["type"].(string); ok {
		schema["type"] = []any{kind, "null"}
	}
	if values, ok := schema["enum"].([]any); ok && !slices.Contains(values, nil) {
		schema["enum"] = append(slices.Clone(values), nil)
	}
}

// requireNothing lets parts pass for the whole. Alternatives that differ in what
// they require then look the same, so more than one may fit.
func requireNothing(v any) {
	switch v := v.(type) {
	case map[string]any:
		if _, ok := v["required"].([]any); ok {
			delete(v, "required")
		}
		if choice, ok := v["oneOf"].([]any); ok {
			delete(v, "oneOf")
			v["anyOf"] = choice
		}
		for _, x := range v {
			requireNothing(x)
		}
	case []any:
		for _, x := range v {
			requireNothing(x)
		}
	}
}

// resolve follows references inside the document.
func (d *Description) resolve(v any) map[string]any {
	m, _ := v.(map[string]any)
	for range 16 {
		ref, ok := m["$ref"].(string)
		if !ok {
			return m
		}
		m, _ = at(d.doc, ref).(map[string]any)
	}
	return nil
}

// at returns what a local reference points to.
func at(doc any, ref string) any {
	pointer, ok := strings.CutPrefix(ref, "#/")
	if !ok {
		return nil
	}
	for _, key := range strings.Split(pointer, "/") {
		m, _ := doc.(map[string]any)
		doc = m[unescape.Replace(key)]
	}
	return doc
}

var (
	escape   = strings.NewReplacer("~", "~0", "/", "~1", "%", "%25", " ", "%20", "{", "%7B", "}", "%7D")
	unescape = strings.NewReplacer("~1", "/", "~0", "~")
)

// validate checks a value by the schema at a path of the document.
func (s *schemas) validate(value any, path []string) error {
	pointer := ""
	for _, key := range path {
		pointer += "/" + escape.Replace(key)
	}
	schema, err := s.compile(pointer)
	if err != nil {
		return err
	}
	return schema.Validate(value)
}

func (s *schemas) compile(pointer string) (*jsonschema.Schema, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.compiler.Compile(s.url + "#" + pointer)
}

// unknownKeys returns the attributes of a body that its schema does not have.
func (d *Description) unknownKeys(schema, body any) []string {
	object, ok := body.(map[string]any)
	if !ok {
		return nil
	}
	known, open := d.properties(schema)
	if open {
		return nil
	}
	var unknown []string
	for _, key := range slices.Sorted(maps.Keys(object)) {
		if !known[key] {
			unknown = append(unknown, key)
		}
	}
	return unknown
}

// properties returns the names of a schema's attributes; open if it takes any.
func (d *Description) properties(schema any) (known map[string]bool, open bool) {
	s := d.resolve(schema)
	known = map[string]bool{}
	own, _ := s["properties"].(map[string]any)
	for name := range own {
		known[name] = true
	}
	parts := 0
	for _, key := range []string{"allOf", "anyOf", "oneOf"} {
		list, _ := s[key].([]any)
		parts += len(list)
		for _, part := range list {
			more, _ := d.properties(part)
			maps.Copy(known, more)
		}
	}
	_, free := s["additionalProperties"].(map[string]any)
	return known, free || len(own) == 0 && parts == 0
}

func decode(text []byte) (any, error) {
	if len(bytes.TrimSpace(text)) == 0 {
		return nil, nil
	}
	v, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		return nil, fmt.Errorf("it is no JSON: %w", err)
	}
	return v, nil
}

// scalar returns a parameter's text as the value that its schema wants.
func scalar(schema map[string]any, text string) any {
	switch schema["type"] {
	case "integer", "number":
		return json.Number(text)
	case "boolean":
		switch text {
		case "true":
			return true
		case "false":
			return false
		}
	case "array":
		var items []any
		inner, _ := schema["items"].(map[string]any)
		for item := range strings.SplitSeq(text, ",") {
			items = append(items, scalar(inner, item))
		}
		return items
	}
	return text
}
