package validate

import (
	"encoding/json"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/lockstep-apiops/lockstep/gateway"
	"github.com/lockstep-apiops/lockstep/internal/nearest"
)

// name checks what a resource is called.
func (c *checker) name(it *item) {
	s := c.Checks.Schemas[it.kind.Row]
	if s == nil || s.Name == nil || it.kind.Joins != "" {
		return
	}
	name := it.key.Name()
	if it.kind.ConfigName != nil {
		if short := it.kind.ConfigName(name); short != "" {
			name = short
		}
	}
	if text := outside(s.Name, name); text != "" {
		c.add(it, ruleName, it.home(), 0, fmt.Sprintf("the name of the %s %s", it.kind.Row, text))
	}
}

// schema checks the payload of a resource.
func (c *checker) schema(it *item) {
	s := c.Checks.Schemas[it.kind.Row]
	if s == nil {
		return
	}
	if c.below[s] == nil {
		c.below[s] = childrenOf(s)
	}
	v := &schemaCheck{checker: c, it: it, schema: s, below: c.below[s]}
	v.object(it.want.Spec, "", "")
}

// childrenOf returns the names of the fields that objects have, by path.
func childrenOf(s *gateway.Schema) map[string][]string {
	below := map[string][]string{}
	for path := range s.Fields {
		if strings.HasSuffix(path, "[]") {
			continue
		}
		i := strings.LastIndexByte(path, '.')
		below[path[:max(0, i)]] = append(below[path[:max(0, i)]], path[i+1:])
	}
	return below
}

// A schemaCheck checks one payload. Fields have a path, as in the schema, and a
// place, which has the numbers of elements.
type schemaCheck struct {
	*checker
	it     *item
	schema *gateway.Schema
	below  map[string][]string
}

func (v *schemaCheck) find(rule, place, format string, args ...any) {
	file := v.it.payload
	line := v.line(v.it, place)
	if file == "" {
		file = v.it.home()
	}
	v.add(v.it, rule, file, line, place+" "+fmt.Sprintf(format, args...))
}

// object checks the fields of an object.
func (v *schemaCheck) object(m map[string]any, path, place string) {
	known := v.below[path]
	if len(known) == 0 {
		return // its names are the author's own
	}
	for _, name := range slices.Sorted(maps.Keys(m)) {
		field, at := join(path, name), join(place, name)
		if p := v.schema.Fields[field]; p != nil {
			v.value(p, m[name], field, at)
		} else if !v.exempt(field) {
			v.find(ruleUnknown, at, "is not a field that the %s is known to have%s", v.it.kind.Row, nearest.Hint(name, known))
		}
	}
	for _, name := range slices.Sorted(slices.Values(known)) {
		field := join(path, name)
		switch p := v.schema.Fields[field]; {
		case p.Required && m[name] == nil && !v.exempt(field):
			v.find(ruleRequired, join(place, name), "is required")
		case path == "" && m[name] == nil && p.Type == "object" && !v.exempt(field):
			v.object(nil, field, field)
		}
	}
}

// exempt reports whether a field need not be in the tree: the gateway has it,
// fills it in, or keeps it secret.
func (v *schemaCheck) exempt(field string) bool {
	k := v.it.kind
	fields := slices.Concat(k.Omit, k.Loose, slices.Collect(maps.Keys(k.Defaults)))
	for _, s := range k.Secret {
		fields = append(fields, s.Field)
	}
	return slices.ContainsFunc(fields, func(f string) bool { return field == f || strings.HasPrefix(field, f+".") })
}

// value checks one value.
func (v *schemaCheck) value(p *gateway.Property, value any, path, place string) {
	if !isType(p.Type, value) {
		v.find(ruleType, place, "must be %s", typeNames[p.Type])
		return
	}
	switch value := value.(type) {
	case map[string]any:
		v.object(value, path, place)
	case []any:
		element := v.schema.Fields[path+"[]"]
		for i, e := range value {
			at := fmt.Sprintf("%s[%d]", place, i)
			if sub, ok := e.(map[string]any); ok && element == nil {
				v.object(sub, path+"[]", at)
			} else if element != nil {
				v.value(element, e, path+"[]", at)
			}
		}
	case string:
		v.text(p, value, place)
	case json.Number:
		if n, err := value.Float64(); err == nil && (p.Min != nil && n < float64(*p.Min) || p.Max != nil && n > float64(*p.Max)) {
			v.find(ruleValue, place, "must be %s", between(p))
		}
	}
}

// filledIn finds what stands for a value that the gateway or a pipeline fills in.
var filledIn = regexp.MustCompile(`\{\{|\{#`)

func (v *schemaCheck) text(p *gateway.Property, text, place string) {
	if filledIn.MatchString(text) {
		return
	}
	if fits := func(e string) bool { return strings.EqualFold(e, text) }; len(p.Enum) > 0 && !slices.ContainsFunc(p.Enum, fits) {
		rule := ruleKnown
		if p.Closed {
			rule = ruleValue
		}
		v.find(rule, place, "must be one of %s%s", strings.Join(p.Enum, ", "), nearest.Hint(text, p.Enum))
	}
	if wrong := outside(p, text); wrong != "" {
		v.find(ruleValue, place, "%s", wrong)
	}
}

// outside returns in words how a text is not what a property may hold, or "".
func outside(p *gateway.Property, text string) string {
	n := utf8.RuneCountInString(text)
	switch {
	case p.Max != nil && n > *p.Max, p.Min != nil && n < *p.Min:
		return fmt.Sprintf("has %d characters and must have %s", n, between(p))
	case p.Pattern != nil && !p.Pattern.MatchString(text):
		return fmt.Sprintf("does not match %s", p.Pattern)
	}
	return ""
}

func between(p *gateway.Property) string {
	switch {
	case p.Min == nil:
		return fmt.Sprintf("at most %d", *p.Max)
	case p.Max == nil:
		return fmt.Sprintf("at least %d", *p.Min)
	}
	return fmt.Sprintf("from %d to %d", *p.Min, *p.Max)
}

// typeNames are the types of properties in words.
var typeNames = map[string]string{
	"string": "a text", "int": "a number", "bool": "true or false", "object": "an object", "array": "a list",
}

func isType(t string, v any) bool {
	ok := true
	switch t {
	case "string":
		_, ok = v.(string)
	case "int":
		_, ok = v.(json.Number)
	case "bool":
		_, ok = v.(bool)
	case "object":
		_, ok = v.(map[string]any)
	case "array":
		_, ok = v.([]any)
	}
	return ok
}
