package overlay

import (
	"maps"
	"slices"
	"strings"

	"github.com/lockstep-apiops/lockstep/gateway"
)

// A merger merges one payload into another: objects member by member, anything
// else as a whole. Names of members are the same in upper and lower case.
type merger struct {
	spelling map[string]string // of fields that the kind speaks of, by lower case
}

func (m merger) object(dst, src map[string]any, path string) {
	for _, name := range slices.Sorted(maps.Keys(src)) {
		have := m.spelt(dst, path, name)
		sub, isObject := src[name].(map[string]any)
		if !isObject {
			dst[have] = gateway.Clone(src[name])
			continue
		}
		below, ok := dst[have].(map[string]any)
		if !ok {
			below = map[string]any{}
			dst[have] = below
		}
		m.object(below, sub, join(path, have))
	}
}

// spelt returns the name of a member as the payload spells it, else as the
// kind does, else as it is.
func (m merger) spelt(dst map[string]any, path, name string) string {
	if have, ok := member(dst, name); ok {
		return have
	}
	if field, ok := m.spelling[strings.ToLower(join(path, name))]; ok {
		return field[strings.LastIndexByte(field, '.')+1:]
	}
	return name
}

// member returns the name under which an object has a member, the very name
// before one in another case.
func member(m map[string]any, name string) (string, bool) {
	if _, ok := m[name]; ok {
		return name, true
	}
	for _, have := range slices.Sorted(maps.Keys(m)) {
		if strings.EqualFold(have, name) {
			return have, true
		}
	}
	return "", false
}

func join(path, name string) string {
	if path == "" {
		return name
	}
	return path + "." + name
}

// spellings returns the fields, and those above them, that the columns of a
// kind speak of, by their lower case.
func spellings(k *gateway.Kind) map[string]string {
	fields := slices.Concat(slices.Collect(maps.Keys(k.Defaults)), k.Omit, k.Loose, k.Sets, k.Unique, k.Fixed)
	for _, r := range k.Refs {
		fields = append(fields, r.Field)
	}
	for _, s := range k.Secret {
		fields = append(fields, s.Field, s.If)
	}
	for _, s := range k.Split {
		fields = append(fields, s.Field)
	}
	all := map[string]string{}
	for _, field := range fields {
		for _, f := range prefixes(field) {
			all[strings.ToLower(f)] = f
		}
	}
	return all
}

// prefixes returns a field and those above it, as far as it has no wildcard.
func prefixes(field string) []string {
	var all []string
	path := ""
	for name := range strings.SplitSeq(field, ".") {
		name, each := strings.CutSuffix(name, "[]")
		if name == "*" || name == "" {
			break
		}
		path = join(path, name)
		all = append(all, path)
		if each {
			break
		}
	}
	return all
}

// cutFolded removes what a payload has at a path, whatever the case of its
// names, and returns it.
func cutFolded(spec map[string]any, path string) any {
	head, tail, deep := strings.Cut(path, ".")
	name, ok := member(spec, head)
	if !ok {
		return nil
	}
	if !deep {
		v := spec[name]
		delete(spec, name)
		return v
	}
	sub, _ := spec[name].(map[string]any)
	return cutFolded(sub, tail)
}
