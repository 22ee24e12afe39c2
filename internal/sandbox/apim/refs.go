package apim

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// resolve checks every reference of what is about to be stored, makes ids absolute
// and notes whom the item depends on.
func (w *write) resolve() error {
	k := w.kind
	if k.assoc != nil {
		return w.resolveMember()
	}
	if k.link != nil {
		return w.resolveLink()
	}
	if len(k.refs) == 0 {
		return nil
	}
	w.item.props = cloneMap(w.item.props)
	var wrong []detail
	for _, r := range k.refs {
		wrong = append(wrong, w.resolveField(r, strings.Split(r.field, "."), w.item.props)...)
	}
	if len(wrong) > 0 {
		return invalidAll(wrong)
	}
	return nil
}

// resolveField follows a field path into nested objects and lists.
func (w *write) resolveField(r reference, path []string, in map[string]any) []detail {
	name, isList := strings.CutSuffix(path[0], "[]")
	value := in[name]
	if isList {
		list, _ := value.([]any)
		var wrong []detail
		for i := range list {
			if m, ok := list[i].(map[string]any); ok && len(path) > 1 {
				wrong = append(wrong, w.resolveField(r, path[1:], m)...)
			} else if s, ok := list[i].(string); ok && len(path) == 1 {
				list[i], wrong = w.resolveValue(r, s, wrong)
			}
		}
		return wrong
	}
	if len(path) > 1 {
		if m, ok := value.(map[string]any); ok {
			return w.resolveField(r, path[1:], m)
		}
		return nil
	}
	s, _ := value.(string)
	if s == "" {
		return nil
	}
	var wrong []detail
	in[name], wrong = w.resolveValue(r, s, nil)
	return wrong
}

// resolveValue finds the target of one reference and gives the id to store.
func (w *write) resolveValue(r reference, value string, wrong []detail) (any, []detail) {
	id := value
	if r.bare && !strings.Contains(value, "/") {
		id = r.to + "/" + value
	}
	at, found := w.svc.find(w.at.scope, id)
	if !found || at.kind.path != r.to {
		if r.loose {
			return value, wrong
		}
		return value, append(wrong, detail{Target: leaf(r.field), Message: fmt.Sprintf("%s %q could not be found.", w.svc.srv.table.get(r.to).noun, value)})
	}
	w.item.refer(refKey(at.item))
	if r.bare {
		return value, wrong
	}
	return w.svc.idOf(at.item), wrong
}

// leaf is the last name of a field path.
func leaf(field string) string {
	return strings.TrimSuffix(field[strings.LastIndexByte(field, '.')+1:], "[]")
}

// refer notes a dependency once.
func (it *item) refer(key string) {
	if key != "" && !slices.Contains(it.refs, key) {
		it.refs = append(it.refs, key)
	}
}

// refKey is what references to an item are kept under: revisions share their API's.
func refKey(it *item) string {
	if it.rev != "" {
		return rootKey(it.key)
	}
	return it.key
}

// held says who keeps an item from being deleted.
func (v *service) held(it *item) error {
	for _, r := range v.sortedReferrers(refKey(it)) {
		if it.rev == "" && holds(r, it) {
			return inUse("%s %q cannot be deleted because it is used by %s.", it.kind.noun, v.nameOf(it), v.idOf(r))
		}
	}
	return nil
}

// holds reports whether r keeps its target from being deleted.
func holds(r, target *item) bool {
	if r.kind.follows {
		return false
	}
	if r.kind.noun == policyNoun || target.kind.path == "namedValues" {
		return true
	}
	return slices.ContainsFunc(r.kind.refs, func(f reference) bool { return f.hold && f.to == target.kind.path })
}

// cloneMap copies an object and all objects and lists in it.
func cloneMap(m map[string]any) map[string]any {
	out := maps.Clone(m)
	for name, v := range out {
		out[name] = cloneValue(v)
	}
	return out
}

func cloneValue(v any) any {
	switch v := v.(type) {
	case map[string]any:
		return cloneMap(v)
	case []any:
		out := slices.Clone(v)
		for i := range out {
			out[i] = cloneValue(out[i])
		}
		return out
	}
	return v
}
