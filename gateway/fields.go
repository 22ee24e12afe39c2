package gateway

import "strings"

// Field returns what the payload holds at a path without wildcards, or nil.
func Field(spec map[string]any, path string) any {
	head, tail, deep := strings.Cut(path, ".")
	if !deep {
		return spec[head]
	}
	sub, _ := spec[head].(map[string]any)
	return Field(sub, tail)
}

// SetField stores v at a path without wildcards, making objects on the way.
func SetField(spec map[string]any, path string, v any) {
	head, tail, deep := strings.Cut(path, ".")
	if !deep {
		spec[head] = v
		return
	}
	sub, ok := spec[head].(map[string]any)
	if !ok {
		sub = map[string]any{}
		spec[head] = sub
	}
	SetField(sub, tail, v)
}

// CutField removes what the payload holds at a path without wildcards and
// returns it.
func CutField(spec map[string]any, path string) any {
	v := Field(spec, path)
	EditField(spec, path, func(any) (any, bool) { return nil, false })
	return v
}

// EditField calls edit with each value at path and replaces it by the first
// result, or removes it when the second is false. Elements of an array are
// replaced, never removed.
func EditField(spec map[string]any, path string, edit func(v any) (any, bool)) {
	head, tail, deep := strings.Cut(path, ".")
	if head == "*" {
		for name := range spec {
			editOne(spec, name, tail, deep, edit)
		}
		return
	}
	editOne(spec, head, tail, deep, edit)
}

func editOne(spec map[string]any, name, tail string, deep bool, edit func(v any) (any, bool)) {
	name, each := strings.CutSuffix(name, "[]")
	v, ok := spec[name]
	if !ok {
		return
	}
	if each {
		editEach(v, tail, deep, edit)
		return
	}
	if deep {
		if sub, ok := v.(map[string]any); ok {
			EditField(sub, tail, edit)
		}
		return
	}
	if v, keep := edit(v); keep {
		spec[name] = v
	} else {
		delete(spec, name)
	}
}

func editEach(v any, tail string, deep bool, edit func(v any) (any, bool)) {
	list, _ := v.([]any)
	for i, e := range list {
		sub, isMap := e.(map[string]any)
		switch {
		case deep && isMap:
			EditField(sub, tail, edit)
		case !deep:
			if e, keep := edit(e); keep {
				list[i] = e
			}
		}
	}
}

// Values returns the values at path, in the order of the payload.
func Values(spec map[string]any, path string) []any {
	var vs []any
	EditField(spec, path, func(v any) (any, bool) {
		vs = append(vs, v)
		return v, true
	})
	return vs
}

// Clone returns a deep copy of a decoded JSON value.
func Clone(v any) any {
	switch v := v.(type) {
	case map[string]any:
		m := make(map[string]any, len(v))
		for k, e := range v {
			m[k] = Clone(e)
		}
		return m
	case []any:
		s := make([]any, len(v))
		for i, e := range v {
			s[i] = Clone(e)
		}
		return s
	}
	return v
}
