package overlay

import (
	"strings"

	"github.com/lockstep-apiops/lockstep/gateway"
	"github.com/lockstep-apiops/lockstep/internal/schema"
)

// Schema adds to an object the keys that a file may hold at its top, and
// returns the definitions that they refer to.
func Schema(kinds *gateway.Kinds, top *schema.Object) schema.Schema {
	sections(kinds, top, "")
	defs := schema.Schema{"patches": patchesSchema()}
	for _, k := range kinds.All() {
		if len(kinds.ConfigKeys(k.Parent)) > 0 {
			defs[word(k)] = entrySchema(kinds, k)
		}
	}
	return defs
}

// sections adds the keys of lists of entries below those of a kind.
func sections(kinds *gateway.Kinds, o *schema.Object, owner string) {
	for _, k := range kinds.Children(owner) {
		for _, key := range k.ConfigKeys() {
			if key != "" {
				o.Key(key, k.Doc, schema.Any(schema.Null(), schema.List(schema.Ref(word(k)))))
			}
		}
	}
}

// entrySchema returns the schema of what is changed of one resource.
func entrySchema(kinds *gateway.Kinds, k *gateway.Kind) schema.Schema {
	o := schema.NewObject()
	o.Key(nameKey, "name of the resource", schema.Text())
	o.Key(patchKey, "operations of RFC 6902, done after the merge", schema.Ref("patches"))
	sections(kinds, o, k.Name)
	body := kinds.ConfigBody()
	if body != "" {
		o.Key(body, "merged into the payload: lists and plain values as a whole", schema.Any(schema.Null(), bodySchema(k, body)))
	}
	s := o.Schema()
	if body == "" {
		s["additionalProperties"] = true
	}
	return schema.Schema{"allOf": []schema.Schema{s, schema.Has(schema.AnyCase(nameKey))}}
}

// bodySchema returns the schema of the part of a payload that can be set.
func bodySchema(k *gateway.Kind, body string) schema.Schema {
	fields := schema.Schema{}
	for field, value := range k.Const {
		text, _ := value.(string)
		if name, ok := strings.CutPrefix(field, body+"."); ok && text != "" {
			fields[schema.AnyCase(name)] = schema.Any(schema.Null(), schema.Schema{"type": "string", "pattern": schema.AnyCase(text)})
		}
	}
	for _, split := range k.Split {
		if name, ok := strings.CutPrefix(split.Field, body+"."); ok {
			fields[schema.AnyCase(name)] = schema.Schema{"type": []string{"string", "null"}}
		}
	}
	return schema.Schema{"type": "object", "patternProperties": fields}
}

func patchesSchema() schema.Schema {
	return schema.Any(schema.Null(), schema.List(schema.Schema{
		"type": "object", "additionalProperties": false, "required": []string{"op", "path"},
		"properties": schema.Schema{
			"op":    schema.Schema{"enum": []string{opAdd, opRemove, opReplace}},
			"path":  schema.Schema{"type": "string", "pattern": "^/", "description": "a JSON pointer: /properties/url"},
			"value": schema.Schema{},
		},
		"if":   schema.Schema{"properties": schema.Schema{"op": schema.Schema{"const": opRemove}}},
		"else": schema.Schema{"required": []string{"value"}},
	}))
}

// word returns the name of the definition for a kind.
func word(k *gateway.Kind) string { return strings.ReplaceAll(k.Name, " ", "-") }
