package apispec

import (
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// maxHops bounds a chain of references that point at references.
const maxHops = 32

// readComponents names and converts the document's schemas. Names that OpenAPI
// 3 does not allow are changed, and so are the references to them.
func (im *importer) readComponents() {
	all := im.rawComponents().all()
	for _, m := range all {
		if _, ok := m.value.(*object); !ok {
			if _, ok := m.value.(bool); !ok {
				continue
			}
		}
		name := im.names.claim(componentName(m.key))
		im.rawNames[m.key] = name
		if o, ok := m.value.(*object); ok {
			im.hoisted[o] = name
		}
	}
	for _, m := range all {
		if name, ok := im.rawNames[m.key]; ok {
			im.components[name] = im.convert(m.value)
		}
	}
}

func (im *importer) rawComponents() *object {
	if im.dialect == openapi20 {
		return im.root.object("definitions")
	}
	return im.root.object("components").object("schemas")
}

// convert is a schema as it is stored: references by final name, keywords of
// 3.1 turned into those of 3.0.
func (im *importer) convert(v any) any {
	return mapSchema(plain(v), func(s any) any {
		if im.dialect == openapi31 {
			s = from31(s)
		}
		if m, ok := s.(map[string]any); ok {
			mapReferences(m, im.reference, im.hint)
		}
		return s
	})
}

// reference is the stored form of a reference to a schema.
func (im *importer) reference(ref string) string {
	name, ok := im.component(ref)
	if !ok {
		return ref
	}
	if im.dialect == openapi20 {
		return definitionsPrefix + name
	}
	return componentsPrefix + name
}

// hint is reference for a place that may point at nothing.
func (im *importer) hint(ref string) string {
	before := len(im.details)
	stored := im.reference(ref)
	im.details = im.details[:before]
	return stored
}

// component is the name of the component that a reference stands for. What it
// points at becomes one if it is none: the paths a document describes do not
// survive as such, and a cycle through them ends at the name.
func (im *importer) component(ref string) (string, bool) {
	for range maxHops {
		tokens, ok := im.pointer(ref)
		if !ok {
			return "", false
		}
		if key, ok := im.componentKey(tokens); ok && im.rawNames[key] != "" {
			return im.rawNames[key], true
		}
		target, ok := im.resolve(tokens).(*object)
		if !ok {
			im.fail(ErrUnresolvedReference, targetDocument, "Parsing error(s): the reference %q points at nothing.", ref)
			return "", false
		}
		if name, ok := im.hoisted[target]; ok {
			return name, true
		}
		next, ok := target.get("$ref").(string)
		if !ok {
			return im.hoist(target, pointerName(tokens)), true
		}
		ref = next
	}
	im.fail(ErrUnresolvedReference, targetDocument, "Parsing error(s): the reference %q leads in a circle.", ref)
	return "", false
}

// componentKey is the document's name of a component that a pointer goes
// straight to.
func (im *importer) componentKey(tokens []string) (string, bool) {
	if im.dialect == openapi20 {
		return tokenAfter(tokens, "definitions")
	}
	return tokenAfter(tokens, "components", "schemas")
}

// tokenAfter is the one token behind the given ones.
func tokenAfter(tokens []string, parents ...string) (string, bool) {
	n := len(parents)
	if len(tokens) != n+1 || !slices.Equal(tokens[:n], parents) {
		return "", false
	}
	return tokens[n], true
}

// hoist makes a schema a component of its own, once.
func (im *importer) hoist(o *object, name string) string {
	if known, ok := im.hoisted[o]; ok {
		return known
	}
	name = im.names.claim(truncate(componentName(name)))
	im.hoisted[o] = name
	im.components[name] = im.convert(o)
	return name
}

// pointerName is a component's name made from where it stood.
func pointerName(tokens []string) string {
	var kept []string
	for _, t := range tokens {
		switch t {
		case "paths", "components", "schemas", "definitions", "content", "schema", "properties":
		default:
			kept = append(kept, camel(t))
		}
	}
	return strings.Join(kept, "-")
}

// deref follows references to anything but a schema. It is nil, with a fault on
// record, where there is no object at the end.
func (im *importer) deref(v any) *object {
	first := ""
	for range maxHops {
		o, ok := v.(*object)
		if !ok {
			if first != "" {
				im.fail(ErrUnresolvedReference, targetDocument, "Parsing error(s): the reference %q points at nothing.", first)
			}
			return nil
		}
		ref, ok := o.get("$ref").(string)
		if !ok {
			return o
		}
		if first == "" {
			first = ref
		}
		tokens, ok := im.pointer(ref)
		if !ok {
			return nil
		}
		v = im.resolve(tokens)
	}
	im.fail(ErrUnresolvedReference, targetDocument, "Parsing error(s): the reference %q leads in a circle.", first)
	return nil
}

// pointer is the tokens of a reference within the document.
func (im *importer) pointer(ref string) ([]string, bool) {
	fragment, ok := strings.CutPrefix(ref, "#")
	if !ok {
		im.fail(ErrExternalReference, targetDocument,
			"Parsing error(s): the reference %q leaves the document; put what it names into the document.", ref)
		return nil, false
	}
	if fragment == "" {
		return nil, true
	}
	if !strings.HasPrefix(fragment, "/") {
		im.fail(ErrUnresolvedReference, targetDocument, "Parsing error(s): the reference %q is no JSON pointer.", ref)
		return nil, false
	}
	tokens := strings.Split(fragment[1:], "/")
	for i, t := range tokens {
		if decoded, err := url.PathUnescape(t); err == nil {
			t = decoded
		}
		tokens[i] = strings.ReplaceAll(strings.ReplaceAll(t, "~1", "/"), "~0", "~")
	}
	return tokens, true
}

// resolve is what stands at a pointer, nil when nothing does.
func (im *importer) resolve(tokens []string) any {
	var v any = im.root
	for _, t := range tokens {
		switch at := v.(type) {
		case *object:
			v = at.get(t)
		case []any:
			i, err := strconv.Atoi(t)
			if err != nil || i < 0 || i >= len(at) {
				return nil
			}
			v = at[i]
		default:
			return nil
		}
	}
	return v
}

// bodySchema is the name of a body's schema, empty when it says nothing. One
// written in place becomes a component under the given name, as on the service.
func (im *importer) bodySchema(v any, name string) string {
	o, ok := v.(*object)
	if !ok || len(o.members) == 0 {
		return ""
	}
	if ref, ok := o.get("$ref").(string); ok && (im.dialect != openapi31 || len(o.members) == 1) {
		known, _ := im.component(ref)
		return known
	}
	return im.hoist(o, name)
}
