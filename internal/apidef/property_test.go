package apidef_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"gopkg.in/yaml.v3"
	"pgregory.net/rapid"

	"github.com/lockstep-apiops/lockstep/internal/apidef"
)

type object = map[string]any

var schemaNames = []string{"Item", "Order", "Node"}

func genSchema(depth int) *rapid.Generator[object] {
	return rapid.Custom(func(t *rapid.T) object {
		kind := rapid.IntRange(0, 7).Draw(t, "kind")
		if depth == 0 && kind > 3 {
			kind -= 4
		}
		inner := func(label string) object { return genSchema(depth-1).Draw(t, label) }
		switch kind {
		case 0:
			return object{"type": "string", "description": rapid.SampledFrom(prose).Draw(t, "description")}
		case 1:
			return object{"type": "integer", "format": "int64", "minimum": rapid.IntRange(0, 1000).Draw(t, "minimum")}
		case 2:
			return object{"type": "string", "enum": []any{"yes", "007", "null", "b"}, "nullable": rapid.Bool().Draw(t, "nullable")}
		case 3:
			return object{"$ref": "#/components/schemas/" + rapid.SampledFrom(schemaNames).Draw(t, "ref")}
		case 4:
			return object{"type": "array", "items": inner("items")}
		case 5:
			return object{"anyOf": []any{inner("any"), inner("of")}}
		case 6:
			return object{"type": "object", "additionalProperties": inner("additional")}
		}
		properties := object{}
		for _, name := range rapid.SliceOfNDistinct(rapid.SampledFrom(propertyNames), 1, 3, rapid.ID).Draw(t, "properties") {
			properties[name] = inner("property")
		}
		return object{"type": "object", "properties": properties, "required": []any{slices.Sorted(maps.Keys(properties))[0]}}
	})
}

// propertyNames and prose hold what is easily taken for something else.
var (
	propertyNames = []string{"id", "$ref", "x-thing", "example", "properties", "200", "on"}
	prose         = []string{"One.", "two\nlines\n", "  - not: a list", "# no comment", "'quoted\" \\ ", "tab\there", "日本\u2028語", "1.0"}
)

func genOperation(id string, method string) *rapid.Generator[object] {
	return rapid.Custom(func(t *rapid.T) object {
		op := object{
			"operationId": id, "summary": "Summary of " + id, "description": rapid.SampledFrom(prose).Draw(t, "description"),
			"parameters": []any{object{"name": "limit", "in": "query", "schema": object{"type": "integer", "default": 5}}},
			"responses": object{
				"200": object{"description": "Good.", "content": object{"application/json": object{"schema": genSchema(2).Draw(t, "response")}}},
				"404": object{"description": rapid.SampledFrom(prose).Draw(t, "none")},
			},
		}
		if method == "post" {
			op["requestBody"] = object{"content": object{"application/json": object{"schema": genSchema(2).Draw(t, "request")}}}
		}
		return op
	})
}

var genDocument = rapid.Custom(func(t *rapid.T) object {
	paths, schemas := object{}, object{}
	for i, path := range []string{"/items", "/items/{id}", "/x"}[:rapid.IntRange(1, 3).Draw(t, "paths")] {
		item := object{}
		for _, method := range []string{"get", "post"} {
			item[method] = genOperation(fmt.Sprintf("%s-%d", method, i), method).Draw(t, method)
		}
		paths[path] = item
	}
	for _, name := range schemaNames {
		schemas[name] = genSchema(2).Draw(t, name)
	}
	return object{"openapi": "3.0.1", "paths": paths, "components": object{"schemas": schemas}}
})

// shuffled writes v as JSON with the keys of objects in any order.
func shuffled(t *rapid.T, v any) string {
	switch v := v.(type) {
	case object:
		var parts []string
		for _, k := range rapid.Permutation(slices.Sorted(maps.Keys(v))).Draw(t, "keys") {
			parts = append(parts, shuffled(t, k)+": "+shuffled(t, v[k]))
		}
		return "{" + strings.Join(parts, ",\n") + "}"
	case []any:
		var parts []string
		for _, item := range v {
			parts = append(parts, shuffled(t, item))
		}
		return "[" + strings.Join(parts, ", ") + "]"
	}
	text, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// mutations are changes of an operation that mean something to the service.
var mutations = map[string]func(op object){
	"id":               func(op object) { op["operationId"] = "another" },
	"summary":          func(op object) { op["summary"] = "Another." },
	"description":      func(op object) { op["description"] = "Another." },
	"parameter":        func(op object) { op["parameters"] = []any{} },
	"parameter name":   func(op object) { op["parameters"].([]any)[0].(object)["name"] = "max" },
	"parameter place":  func(op object) { op["parameters"].([]any)[0].(object)["in"] = "header" },
	"required":         func(op object) { op["parameters"].([]any)[0].(object)["required"] = true },
	"parameter schema": func(op object) { op["parameters"].([]any)[0].(object)["schema"] = object{"type": "boolean"} },
	"default":          func(op object) { op["parameters"].([]any)[0].(object)["schema"].(object)["default"] = 6 },
	"status":           func(op object) { op["responses"].(object)["201"] = object{"description": "New."} },
	"no status":        func(op object) { delete(op["responses"].(object), "404") },
	"response": func(op object) {
		op["responses"].(object)["404"] = object{"description": "Another."}
	},
	"header": func(op object) {
		op["responses"].(object)["200"].(object)["headers"] = object{"X": object{"schema": object{"type": "string"}}}
	},
	"content type": func(op object) { op["responses"].(object)["200"].(object)["content"] = object{"text/plain": object{}} },
	"schema": func(op object) {
		media := op["responses"].(object)["200"].(object)["content"].(object)["application/json"].(object)
		media["schema"] = object{"not": media["schema"]}
	},
	"no schema": func(op object) {
		op["responses"].(object)["200"].(object)["content"].(object)["application/json"] = object{}
	},
}

func TestEqualProperty(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		doc := genDocument.Draw(t, "document")
		a := shuffled(t, doc)
		asYAML, err := yaml.Marshal(doc)
		if err != nil {
			t.Fatal(err)
		}
		reencoded, err := apidef.Reencode([]byte(a), "a.json", "a.yaml")
		if err != nil {
			t.Fatal(err)
		}
		back, err := apidef.Reencode(reencoded, "a.yaml", "a.json")
		if err != nil {
			t.Fatalf("%v in\n%s", err, reencoded)
		}
		for how, b := range map[string]string{
			"shuffled": shuffled(t, doc), "as YAML": string(asYAML), "reencoded": string(reencoded), "and back": string(back),
		} {
			if same, err := apidef.Equal("a", []byte(a), "b", []byte(b)); !same {
				t.Fatalf("Equal to itself %s = %t, %v\n%s\n%s", how, same, err, a, b)
			}
		}
		item := doc["paths"].(object)["/items"].(object)
		method := rapid.SampledFrom([]string{"get", "post"}).Draw(t, "method")
		name := rapid.SampledFrom(slices.Sorted(maps.Keys(mutations))).Draw(t, "mutation")
		mutations[name](item[method].(object))
		b := shuffled(t, doc)
		if same, err := apidef.Equal("a", []byte(a), "b", []byte(b)); same || err != nil {
			t.Fatalf("Equal to itself with another %s = %t, %v\n%s\n%s", name, same, err, a, b)
		}
	})
}
