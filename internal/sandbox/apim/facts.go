package apim

import (
	_ "embed" // facts.json is part of the binary.
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"
)

//go:generate sh -c "go run ./genfacts ../../../../shared/reference/apim/schema-2024-05-01.json > facts.json"

//go:embed facts.json
var factsJSON []byte

// fact is what is known of one property, and of the properties below it.
type fact struct {
	Type      string   `json:"t"`
	Required  bool     `json:"r"`
	ReadOnly  bool     `json:"ro"`
	WriteOnly bool     `json:"wo"`
	Enum      []string `json:"e"`
	MinLength *int     `json:"nl"`
	MaxLength *int     `json:"xl"`
	MinValue  *int64   `json:"n"`
	MaxValue  *int64   `json:"x"`
	Pattern   string   `json:"p"`

	pattern *regexp.Regexp
	below   map[string]*fact
	names   []string // of below, sorted
	element *fact    // of a list
}

// loadFacts builds a tree of facts per resource type, by lower-case path.
func loadFacts() (map[string]*fact, error) {
	var flat map[string]map[string]*fact
	if err := json.Unmarshal(factsJSON, &flat); err != nil {
		return nil, fmt.Errorf("read facts: %w", err)
	}
	trees := make(map[string]*fact, len(flat))
	for path, props := range flat {
		root := &fact{}
		for at, f := range props {
			node := root.at(at)
			f.below, f.element = node.below, node.element
			*node = *f
			if f.Pattern != "" {
				re, err := regexp.Compile(f.Pattern)
				if err != nil {
					return nil, fmt.Errorf("read facts of %s.%s: %w", path, at, err)
				}
				node.pattern = re
			}
		}
		root.sort()
		trees[strings.ToLower(path)] = root
	}
	return trees, nil
}

// at finds, or makes, the node of a path such as "properties.rules[].name".
func (f *fact) at(path string) *fact {
	node := f
	for _, part := range strings.Split(path, ".") {
		name, isList := strings.CutSuffix(part, "[]")
		if node.below == nil {
			node.below = map[string]*fact{}
		}
		if node.below[name] == nil {
			node.below[name] = &fact{}
		}
		node = node.below[name]
		if isList {
			if node.element == nil {
				node.element = &fact{}
			}
			node = node.element
		}
	}
	return node
}

func (f *fact) sort() {
	for name, b := range f.below {
		f.names = append(f.names, name)
		b.sort()
	}
	slices.Sort(f.names)
	if f.element != nil {
		f.element.sort()
	}
}

// check lists what is wrong with a value. partial leaves out what is missing.
func (f *fact) check(at string, v any, partial bool) []detail {
	if v == nil {
		return nil
	}
	switch v := v.(type) {
	case map[string]any:
		return f.checkObject(at, v, partial)
	case []any:
		if f.Type != "" && f.Type != "a" {
			return []detail{wrongType(at, f.Type)}
		}
		if f.element == nil {
			return nil
		}
		var out []detail
		for i, e := range v {
			out = append(out, f.element.check(fmt.Sprintf("%s[%d]", at, i), e, false)...)
		}
		return out
	case string:
		return f.checkString(at, v)
	case json.Number:
		return f.checkNumber(at, v)
	case bool:
		if f.Type != "" && f.Type != "b" {
			return []detail{wrongType(at, f.Type)}
		}
	}
	return nil
}

func (f *fact) checkObject(at string, v map[string]any, partial bool) []detail {
	if f.Type != "" && f.Type != "o" {
		return []detail{wrongType(at, f.Type)}
	}
	var out []detail
	for _, name := range f.names {
		b := f.below[name]
		value, there := v[name]
		where := name
		if at != "" {
			where = at + "." + name
		}
		if !there || value == nil {
			if b.Required && !b.ReadOnly && !partial {
				out = append(out, detail{Target: where, Message: fmt.Sprintf("The %s field is required.", where)})
			}
			continue
		}
		if !b.ReadOnly {
			out = append(out, b.check(where, value, partial)...)
		}
	}
	return out
}

func (f *fact) checkString(at, v string) []detail {
	n := utf8.RuneCountInString(v)
	switch {
	case f.Type != "" && f.Type != "s":
		return []detail{wrongType(at, f.Type)}
	case f.MaxLength != nil && n > *f.MaxLength:
		return []detail{{Target: at, Message: fmt.Sprintf("%s must be at most %d characters long.", at, *f.MaxLength)}}
	case f.MinLength != nil && n < *f.MinLength:
		return []detail{{Target: at, Message: fmt.Sprintf("%s must be at least %d characters long.", at, *f.MinLength)}}
	case f.pattern != nil && !f.pattern.MatchString(v):
		return []detail{{Target: at, Message: fmt.Sprintf("%s has to match the pattern %s.", at, f.Pattern)}}
	case len(f.Enum) > 0 && !slices.ContainsFunc(f.Enum, func(e string) bool { return strings.EqualFold(e, v) }):
		return []detail{{Target: at, Message: fmt.Sprintf("%q is not a valid value of %s; use one of %s.", v, at, strings.Join(f.Enum, ", "))}}
	}
	return nil
}

func (f *fact) checkNumber(at string, v json.Number) []detail {
	if f.Type != "" && f.Type != "i" && f.Type != "n" {
		return []detail{wrongType(at, f.Type)}
	}
	if _, err := v.Int64(); err != nil && f.Type == "i" {
		return []detail{wrongType(at, f.Type)}
	}
	n, err := v.Float64()
	switch {
	case err != nil:
		return nil
	case f.MinValue != nil && n < float64(*f.MinValue):
		return []detail{{Target: at, Message: fmt.Sprintf("%s must not be below %d.", at, *f.MinValue)}}
	case f.MaxValue != nil && n > float64(*f.MaxValue):
		return []detail{{Target: at, Message: fmt.Sprintf("%s must not be above %d.", at, *f.MaxValue)}}
	}
	return nil
}

func wrongType(at, want string) detail {
	names := map[string]string{"s": "a string", "i": "an integer", "n": "a number", "b": "a boolean", "a": "a list", "o": "an object"}
	return detail{Target: at, Message: fmt.Sprintf("%s has to be %s.", at, names[want])}
}

// strip returns v without the properties the client can not set.
func (f *fact) strip(v map[string]any) map[string]any {
	out := make(map[string]any, len(v))
	for name, value := range v {
		b := f.below[name]
		if b == nil {
			out[name] = value
			continue
		}
		if b.ReadOnly {
			continue
		}
		if m, ok := value.(map[string]any); ok && len(b.below) > 0 {
			value = b.strip(m)
		}
		out[name] = value
	}
	return out
}
