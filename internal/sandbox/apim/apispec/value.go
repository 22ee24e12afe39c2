package apispec

import (
	"encoding/json"
	"fmt"
	"sort"
	"strconv"
)

// A parsed document is made of *object, []any, string, json.Number, bool and
// nil. What goes into a resource is the same with map[string]any for *object,
// because the management plane does not keep the order of members.

// object is a JSON object that remembers the order of its members.
type object struct {
	members []member
	index   map[string]int // only beside many members
}

type member struct {
	key   string
	value any
}

// indexFrom is the number of members from which on a map beats a scan.
const indexFrom = 12

// set adds a member or replaces its value.
func (o *object) set(key string, value any) {
	if i, ok := o.find(key); ok {
		o.members[i].value = value
		return
	}
	o.members = append(o.members, member{key, value})
	switch n := len(o.members); {
	case o.index != nil:
		o.index[key] = n - 1
	case n == indexFrom:
		o.index = make(map[string]int, 2*n)
		for i, m := range o.members {
			o.index[m.key] = i
		}
	}
}

func (o *object) find(key string) (int, bool) {
	if o == nil {
		return 0, false
	}
	if o.index != nil {
		i, ok := o.index[key]
		return i, ok
	}
	for i, m := range o.members {
		if m.key == key {
			return i, true
		}
	}
	return 0, false
}

// all is the members in order; none for a nil object.
func (o *object) all() []member {
	if o == nil {
		return nil
	}
	return o.members
}

// get is the value of a member, nil when there is none.
func (o *object) get(key string) any {
	if i, ok := o.find(key); ok {
		return o.members[i].value
	}
	return nil
}

// object is the member as an object, nil when it is none.
func (o *object) object(key string) *object {
	v, _ := o.get(key).(*object)
	return v
}

// list is the member as a list, nil when it is none.
func (o *object) list(key string) []any {
	v, _ := o.get(key).([]any)
	return v
}

// text is the member as a text; numbers and booleans are taken by their
// spelling, since people write `version: 1.0` without quotes.
func (o *object) text(key string) string { return scalarText(o.get(key)) }

// truth says whether the member is true.
func (o *object) truth(key string) bool { return o.get(key) == true }

// plain is v with every *object turned into a map.
func plain(v any) any {
	switch v := v.(type) {
	case *object:
		out := make(map[string]any, len(v.members))
		for _, m := range v.members {
			out[m.key] = plain(m.value)
		}
		return out
	case []any:
		out := make([]any, len(v))
		for i := range v {
			out[i] = plain(v[i])
		}
		return out
	}
	return v
}

// scalarText is the spelling of a scalar, empty for anything else.
func scalarText(v any) string {
	switch v := v.(type) {
	case string:
		return v
	case bool:
		return strconv.FormatBool(v)
	case json.Number, int, int64, float64:
		return numberText(v)
	}
	return ""
}

// numberText spells a number as JSON does.
func numberText(v any) string {
	if n, ok := v.(json.Number); ok {
		return n.String()
	}
	b, err := json.Marshal(v)
	if err != nil {
		return "null" // infinities and NaN, which no JSON holds
	}
	return string(b)
}

// jsonText spells any value as compact JSON with sorted members.
func jsonText(v any) string {
	b, err := json.Marshal(plain(v))
	if err != nil {
		return fmt.Sprint(v)
	}
	return string(b)
}

// sortedKeys is the keys of m in order.
func sortedKeys[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	sort.Strings(keys)
	return keys
}

// The readers below take what a caller stored and read back as JSON.

func mapAt(m map[string]any, key string) map[string]any {
	v, _ := m[key].(map[string]any)
	return v
}

func listAt(m map[string]any, key string) []any {
	v, _ := m[key].([]any)
	return v
}

func textAt(m map[string]any, key string) string { return scalarText(m[key]) }

// mapsAt is the objects of a list member.
func mapsAt(m map[string]any, key string) []map[string]any {
	var out []map[string]any
	for _, v := range listAt(m, key) {
		if v, ok := v.(map[string]any); ok {
			out = append(out, v)
		}
	}
	return out
}

// setText adds a member unless the text is empty.
func setText(m map[string]any, key, text string) {
	if text != "" {
		m[key] = text
	}
}
