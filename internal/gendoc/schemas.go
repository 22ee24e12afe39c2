package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/lockstep-apiops/lockstep/extractor/filterfile"
	"github.com/lockstep-apiops/lockstep/gateway"
	"github.com/lockstep-apiops/lockstep/gateway/apim"
	"github.com/lockstep-apiops/lockstep/internal/config"
	"github.com/lockstep-apiops/lockstep/internal/schema"
	"github.com/lockstep-apiops/lockstep/internal/settings"
	"github.com/lockstep-apiops/lockstep/publisher/overlay"
)

// schemaURL is where editors find the schemas.
const schemaURL = "https://raw.githubusercontent.com/lockstep-apiops/lockstep/main/docs/schemas/"

// writeSchemas writes the schemas of the configuration files of the programs,
// with the sections for Azure API Management.
func writeSchemas(dir string) error {
	all, err := schemas()
	if err != nil {
		return err
	}
	for _, name := range slices.Sorted(maps.Keys(all)) {
		var b bytes.Buffer
		enc := json.NewEncoder(&b)
		enc.SetEscapeHTML(false)
		enc.SetIndent("", " ")
		if err := enc.Encode(all[name]); err != nil {
			return fmt.Errorf("write schema of %s: %w", name, err)
		}
		if err := os.WriteFile(path.Join(dir, name), b.Bytes(), 0o644); err != nil {
			return fmt.Errorf("write schema of %s: %w", name, err)
		}
	}
	return nil
}

// schemas returns the schemas by the names of their files.
func schemas() (map[string]schema.Schema, error) {
	kinds, err := apim.Kinds()
	if err != nil {
		return nil, err
	}
	return map[string]schema.Schema{
		"extractor.schema.json": document("extractor.schema.json", "Configuration of the extractor for Azure API Management: settings, and what to extract",
			settings.Extractor(), kinds, filterfile.Schema),
		"publisher.schema.json": document("publisher.schema.json", "Configuration of the publisher for Azure API Management: settings, and what an environment has otherwise than the tree",
			settings.Publisher(), kinds, overlay.Schema),
	}, nil
}

func document(name, title string, rows []config.Setting, kinds *gateway.Kinds, sections func(*gateway.Kinds, *schema.Object) schema.Schema) schema.Schema {
	top := schema.NewObject()
	for _, row := range rows {
		addSetting(top, row)
	}
	top.Hidden("^"+regexp.QuoteMeta(config.SchemaKey)+"$", schema.Schema{})
	defs := sections(kinds, top)
	s := top.Schema()
	s["type"] = []string{"object", "null"} // a file may say nothing
	s["$schema"], s["$id"], s["title"] = schema.Draft, schemaURL+name, title
	s["definitions"] = defs
	return s
}

// addSetting adds the keys of a setting. Those that other tools have for it are
// taken, and not offered.
func addSetting(top *schema.Object, row config.Setting) {
	if row.Secret || row.Operator || row.File {
		return
	}
	value := valueOf(row)
	for _, key := range row.KeyNames() {
		top.Key(key, row.Usage, value)
	}
	if row.Inert {
		value = schema.Schema{}
	}
	for _, name := range slices.Concat(row.EnvNames(), row.Negate) {
		top.Hidden(anySpelling(name), value)
		for parts := strings.Split(name, "__"); len(parts) > 1; {
			parts = parts[:len(parts)-1]
			top.Hidden(anySpelling(strings.Join(parts, "__")), schema.Schema{"type": "object"})
		}
	}
}

// valueOf returns the schema of what a setting may be. An empty text is no value.
func valueOf(row config.Setting) schema.Schema {
	scalar := schema.Schema{"type": []string{"string", "number", "boolean", "null"}}
	text := func(types []string, pattern string) schema.Schema {
		return schema.Schema{"type": append(types, "string", "null"), "pattern": `^\s*(` + pattern + `)?\s*$`}
	}
	switch row.Type {
	case config.Bool:
		return schema.Any(schema.Schema{"type": "boolean"}, schema.Schema{"enum": []int{0, 1}},
			text(nil, strings.Trim(schema.AnyOfCase("true", "false", "yes", "no", "on", "off", "0", "1"), "^$")))
	case config.Int:
		return text([]string{"integer"}, "[+-]?[0-9]+")
	case config.Duration:
		return schema.Any(schema.Schema{"const": 0}, text(nil, `[+-]?([0-9.]+(ns|us|µs|ms|s|m|h))+|0`))
	case config.List:
		return schema.Any(scalar, schema.List(schema.Schema{"type": []string{"string", "number", "boolean", "null"}}))
	}
	if len(row.Choices) > 0 {
		return schema.Any(schema.Schema{"enum": row.Choices}, text(nil, strings.Trim(schema.AnyOfCase(row.Choices...), "^$")))
	}
	return scalar
}

// anySpelling returns the pattern of a name that other tools have: in any case,
// with dashes for underscores, and a colon for two of them.
func anySpelling(name string) string {
	name, many := strings.CutSuffix(name, "*")
	var parts []string
	for part := range strings.SplitSeq(name, "__") {
		var words []string
		for word := range strings.FieldsFuncSeq(part, func(r rune) bool { return r == '_' || r == '-' }) {
			words = append(words, strings.Trim(schema.AnyCase(word), "^$"))
		}
		parts = append(parts, strings.Join(words, "[-_]"))
	}
	pattern := "^" + strings.Join(parts, "([-_]{2}|:)")
	if !many {
		pattern += "$"
	}
	regexp.MustCompile(pattern) // of a table in the source
	return pattern
}
