package apispec

// singleExample is the name the service gives to the one example of a body.
const singleExample = "default"

// examples is the examples of a parameter or a media type by name.
func (im *importer) examples(o *object) map[string]any {
	out := map[string]any{}
	if v := o.get("example"); v != nil {
		out[singleExample] = map[string]any{"value": plain(v)}
	}
	for _, m := range o.object("examples").all() {
		example, ok := m.value.(*object)
		if !ok {
			out[m.key] = map[string]any{"value": plain(m.value)}
			continue
		}
		if example = im.deref(example); example == nil {
			continue
		}
		kept := map[string]any{}
		for _, key := range []string{"summary", "description", "externalValue"} {
			setText(kept, key, example.text(key))
		}
		if v, ok := example.find("value"); ok {
			kept["value"] = plain(example.members[v].value)
		}
		out[m.key] = kept
	}
	return out
}

// setExamples writes a contract's examples into an OpenAPI object: one without
// words of its own as example, else all by name.
func setExamples(o *object, c map[string]any) {
	examples := mapAt(c, "examples")
	if one := mapAt(examples, singleExample); len(examples) == 1 && len(one) == 1 && one["value"] != nil {
		o.set("example", one["value"])
		return
	}
	if len(examples) > 0 {
		o.set("examples", examples)
	}
}
