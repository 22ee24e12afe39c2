package amplify

// components are the parts that the description of the API Server refers to.
func components(schemas map[string]any) map[string]any {
	failure := jsonContent("What went wrong.", componentRef("Errors"))
	return map[string]any{
		"schemas":         schemas,
		"parameters":      parameters(),
		"responses":       map[string]any{"Error": failure},
		"securitySchemes": map[string]any{"bearer": map[string]any{"type": "http", "scheme": "bearer"}},
		"headers": map[string]any{
			"X-Axway-Total-Count": map[string]any{"description": "How many there are on all pages.", "schema": map[string]any{"type": "integer"}},
			"Link":                map[string]any{"description": `The next page, with rel="next"; absent on the last.`, "schema": map[string]any{"type": "string"}},
		},
	}
}

// parameters are those that calls share, by name.
func parameters() map[string]any {
	out := map[string]any{}
	for _, p := range []struct {
		name, in, about string
		schema          map[string]any
	}{
		{"scopeName", "path", "Name of the scope.", text()},
		{"name", "path", "Name of the resource.", text()},
		{"code", "path", "Code of a language.", map[string]any{"type": "string", "enum": textList(languageCodes())}},
		{"extension", "path", "Name of an extension.", map[string]any{"type": "string", "pattern": "^x-"}},
		{"page", "query", "Number of the page, from 1.", map[string]any{"type": "integer", "minimum": 1}},
		{"pageSize", "query", "How many stand on a page.", map[string]any{"type": "integer", "minimum": 1, "maximum": maxPage}},
		{"sort", "query", "Field to sort by, with ,ASC or ,DESC after it or not.", texts()},
		{"query", "query", "Condition in RSQL.", text()},
		{"fields", "query", "Fields to show; all, when there are none.", texts()},
		{"embed", "query", "What to show besides: metadata.references, metadata.accessRights, metadata.referencedByResources, metadata.scopedResources, or the resource of a language.", texts()},
		{"expand", "query", "Languages to show.", texts()},
		{"resource.language.code", "query", "Language to show the resource in.", text()},
		{"count", "query", "Whether those count that cannot be read.", map[string]any{"type": "string", "enum": []any{"all", "accessible"}}},
		{"forceDelete", "query", "Delete what finalizers hold, too.", map[string]any{"type": "boolean"}},
	} {
		entry := map[string]any{"name": p.name, "in": p.in, "description": p.about, "schema": p.schema}
		if p.in == "path" {
			entry["required"] = true
		} else if p.schema["type"] == "array" {
			entry["explode"] = false
		}
		out[p.name] = entry
	}
	return out
}

func text() map[string]any { return map[string]any{"type": "string"} }

func texts() map[string]any { return map[string]any{"type": "array", "items": text()} }

func parameterRefs(names ...string) []any {
	var out []any
	for _, name := range names {
		out = append(out, map[string]any{"$ref": "#/components/parameters/" + name})
	}
	return out
}

func headerRef(name string) map[string]any {
	return map[string]any{"$ref": "#/components/headers/" + name}
}

// jsonContent is an answer with a body of the schema.
func jsonContent(about string, schema map[string]any) map[string]any {
	return map[string]any{"description": about, "content": map[string]any{"application/json": map[string]any{"schema": schema}}}
}

// withBody gives an operation a body that it needs.
func withBody(operation map[string]any, media string, schema map[string]any) map[string]any {
	operation["requestBody"] = map[string]any{"required": true, "content": map[string]any{media: map[string]any{"schema": schema}}}
	return operation
}
