package autoflow

import (
	"encoding/json"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/lockstep-apiops/lockstep/gateway"
)

// reference is what stands in a tree for a secret: ${secret:NAME}.
var reference = regexp.MustCompile(`^\$\{secret:([A-Za-z_][A-Za-z0-9_]*)\}$`)

// isReference reports whether a value stands for a secret.
func isReference(v any) bool {
	s, ok := v.(string)
	return ok && reference.MatchString(s)
}

// isPlain reports whether what a secret field holds is no secret.
func isPlain(v any) bool { return v == "" || isReference(v) }

// A secretEdit is called with a secret and the path that leads to it, and
// returns what to put in its place.
type secretEdit func(path []string, v any) (any, bool)

// eachSecret calls edit with each value that is a secret or stands for one.
func eachSecret(spec map[string]any, edit func(v any) (any, bool)) {
	walkSecrets(spec, nil, func(_ []string, v any) (any, bool) { return edit(v) })
}

// walkSecrets calls edit with each secret below v, in order. The name under
// which a value is kept tells that it is one, or its looks.
func walkSecrets(v any, path []string, edit secretEdit) {
	switch v := v.(type) {
	case map[string]any:
		for _, name := range sortedNames(v) {
			at := append(slices.Clip(path), name)
			if !secretMember(v, name, path) {
				walkSecrets(v[name], at, edit)
				continue
			}
			if e, keep := edit(at, v[name]); keep {
				v[name] = e
			} else {
				delete(v, name)
			}
		}
	case []any:
		for i := range v {
			at := append(slices.Clip(path), strconv.Itoa(i))
			if s, ok := v[i].(string); ok && (secretLooks(s) || amongSecrets(path)) {
				v[i], _ = edit(at, s)
				continue
			}
			walkSecrets(v[i], at, edit)
		}
	}
}

// secretMember reports whether a member of an object at a path is a secret.
// Flows keep some as pairs: {"key": "password", "value": "..."}.
func secretMember(m map[string]any, name string, path []string) bool {
	label := name
	if pair, ok := m["key"].(string); ok && name == "value" {
		label = pair
	}
	named := secretName(label) || amongSecrets(path) && !plainName(name)
	switch v := m[name].(type) {
	case string:
		return named && (inSetting(path) || !placeholder.MatchString(v)) || secretLooks(v)
	case json.Number:
		return named
	}
	return false
}

func sortedNames(m map[string]any) []string { return slices.Sorted(maps.Keys(m)) }

// mask puts references in the place of secrets and returns them by name.
func mask(key gateway.Key, spec map[string]any) map[string]any {
	values := map[string]any{}
	walkSecrets(spec, nil, func(path []string, v any) (any, bool) {
		if isPlain(v) {
			return v, true
		}
		name := secretKey(key, path)
		for i := 2; values[name] != nil; i++ {
			name = fmt.Sprintf("%s_%d", secretKey(key, path), i)
		}
		values[name] = v
		return "${secret:" + name + "}", true
	})
	return values
}

var notName = regexp.MustCompile(`[^A-Z0-9]+`)

// secretKey returns the name of the secret at a path of a resource.
func secretKey(key gateway.Key, path []string) string {
	kind, _, _ := strings.Cut(key.Kind, " ")
	words := slices.Concat([]string{kind}, key.Names(), path)
	return strings.Trim(notName.ReplaceAllString(strings.ToUpper(strings.Join(words, "_")), "_"), "_")
}

// A vault knows the values of secrets.
type vault struct {
	env     func(string) (string, bool) // what the caller was told; nil: nothing
	current func(name string) any       // what the configuration holds; nil: not there
}

// fill puts values in the place of references. old is the payload so far: what
// it has in the same surroundings counts before what bears the name, and what
// it has in the same place comes last.
func (v vault) fill(spec, old map[string]any) error {
	was := held(old)
	around := surroundings(spec)
	var lacks []string
	walkSecrets(spec, nil, func(path []string, e any) (any, bool) {
		s, _ := e.(string)
		m := reference.FindStringSubmatch(s)
		if m == nil {
			return e, true
		}
		if got, ok := v.value(m[1], was, gateway.Pointer(path...), around[gateway.Pointer(path...)]); ok {
			return got, true
		}
		if !isExample(path) {
			lacks = append(lacks, m[1])
		}
		return e, true
	})
	if len(lacks) == 0 {
		return nil
	}
	return fmt.Errorf("%w: %s", gateway.ErrInvalid, lacksSecret(lacks...))
}

// A hoard is the secrets of a payload: by place, and by what is around them if
// that is around no other.
type hoard struct{ places, around map[string]any }

func held(spec map[string]any) hoard {
	h := hoard{map[string]any{}, map[string]any{}}
	around := surroundings(spec)
	walkSecrets(gateway.Clone(spec), nil, func(path []string, v any) (any, bool) {
		at := gateway.Pointer(path...)
		if isReference(v) {
			h.places[at] = v // it says so itself
		}
		if isPlain(v) {
			return v, true
		}
		h.places[at] = v
		if other, twice := h.around[around[at]]; twice && other != v {
			v = nil // it could be either
		}
		h.around[around[at]] = v
		return v, true
	})
	return h
}

// surroundings returns what is around each secret of a payload, by its place:
// names that lead to it, without indices, and the object that it is in, without
// secrets.
func surroundings(spec map[string]any) map[string]string {
	bare, _ := gateway.Clone(spec).(map[string]any)
	var paths [][]string
	walkSecrets(bare, nil, func(path []string, _ any) (any, bool) {
		paths = append(paths, path)
		return "", true
	})
	all := map[string]string{}
	for _, path := range paths {
		var object any = bare
		var names []string
		for _, step := range path[:len(path)-1] {
			switch o := object.(type) {
			case map[string]any:
				object = o[step]
				names = append(names, step)
			case []any:
				i, _ := strconv.Atoi(step) // the path comes from a walk of the same payload
				object = o[i]
			}
		}
		text, err := json.Marshal([]any{names, path[len(path)-1], object})
		if err == nil { // decoded JSON always encodes
			all[gateway.Pointer(path...)] = string(text)
		}
	}
	return all
}

// value returns the value of a secret, from its name, its place and what is
// around it.
func (v vault) value(name string, was hoard, at, around string) (any, bool) {
	had := was.places[at]
	if v.env != nil {
		if s, ok := v.env(name); ok && s != "" {
			if _, number := had.(json.Number); number && json.Valid([]byte(s)) {
				return json.Number(s), true
			}
			return s, true
		}
	}
	for _, e := range []any{was.around[around], v.current(name), had} {
		if e != nil {
			return e, true
		}
	}
	return nil, false
}
