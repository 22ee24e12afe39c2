package filterfile

import (
	"strings"

	"github.com/lockstep-apiops/lockstep/gateway"
	"github.com/lockstep-apiops/lockstep/internal/schema"
)

// Schema adds to an object the keys that a file may hold at its top, and
// returns the definitions that they refer to.
func Schema(kinds *gateway.Kinds, top *schema.Object) schema.Schema {
	top.Key(ModeKey, "what becomes of kinds that are not listed", schema.Any(schema.Null(), schema.Schema{"enum": Modes()}))
	lists(kinds, top, "")
	defs := schema.Schema{
		"names": schema.List(schema.Text()),
		"below": schema.Any(schema.Null(), schema.Schema{"type": "array", "maxItems": 0}, schema.Schema{"type": "object", "maxProperties": 0}),
	}
	defs["leaf"] = entrySchema(schema.NewObject().Key(nameKey, "", schema.Text()), namesSchema(schema.Ref("below"), nil))
	for _, k := range kinds.All() {
		if len(kinds.ConfigKeys(k.Parent)) > 0 {
			define(kinds, k, defs)
		}
	}
	return defs
}

// lists adds the keys of lists below resources of a kind.
func lists(kinds *gateway.Kinds, o *schema.Object, owner string) {
	for _, k := range kinds.Children(owner) {
		for _, key := range k.ConfigKeys() {
			if key != "" {
				o.Key(key, k.Doc, schema.Ref(word(k)+"List"))
			}
		}
	}
}

// define adds what a list of a kind holds.
func define(kinds *gateway.Kinds, k *gateway.Kind, defs schema.Schema) {
	entries := schema.List(schema.Ref(word(k)))
	defs[word(k)+"List"] = schema.Any(schema.Null(), entries, schema.NewObject().
		Key(includeKey, "names to extract", schema.Any(schema.Null(), entries)).
		Key(excludeKey, "names to leave out", schema.Any(schema.Null(), schema.Ref("names"))).Schema())

	if len(kinds.ConfigKeys(k.Name)) == 0 {
		defs[word(k)] = schema.Ref("leaf")
		return
	}
	named, below := schema.NewObject(), schema.NewObject()
	named.Key(nameKey, "", schema.Text())
	lists(kinds, named, k.Name)
	lists(kinds, below, k.Name)
	defs[word(k)+"Names"] = namesSchema(schema.Any(schema.Ref("below"), below.Schema()), kinds.ConfigKeys(k.Name))
	defs[word(k)] = entrySchema(named, schema.Ref(word(k)+"Names"))
}

// entrySchema returns the schema of an entry: a name, an object with a name, or
// names as keys.
func entrySchema(named *schema.Object, names schema.Schema) schema.Schema {
	isName := schema.Schema{"patternProperties": schema.Schema{schema.AnyCase(nameKey): schema.Text()}}
	return schema.Schema{
		"if":   schema.Schema{"type": "object"},
		"else": schema.Text(),
		"then": schema.Schema{
			"minProperties": 1,
			"if":            schema.Schema{"allOf": []schema.Schema{schema.Has(schema.AnyCase(nameKey)), isName}},
			"then":          named.Schema(),
			"else":          names,
		},
	}
}

// namesSchema returns the schema of an entry that has names for keys, with what
// may stand below each. A second key that is none of a name lacks some blanks.
func namesSchema(below schema.Schema, keys []string) schema.Schema {
	s := schema.Schema{"propertyNames": schema.Schema{"pattern": `\S`}, "additionalProperties": below}
	if len(keys) > 0 {
		s["if"] = schema.Schema{"minProperties": 2}
		s["then"] = schema.Lacks(schema.AnyOfCase(keys...))
	}
	return s
}

// word returns the name of the definition for a kind.
func word(k *gateway.Kind) string { return strings.ReplaceAll(k.Name, " ", "-") }
