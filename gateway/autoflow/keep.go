package autoflow

import (
	"reflect"

	"github.com/lockstep-apiops/lockstep/gateway"
)

// keepLive gives an OpenAPI document the captured requests of an older one,
// as far as it still has the operations.
func keepLive(old, next map[string]any) {
	paths, _ := old["paths"].(map[string]any)
	for path, item := range paths {
		methods, _ := item.(map[string]any)
		for method, op := range methods {
			was, _ := op.(map[string]any)
			examples, _ := was["x-request-examples"].(map[string]any)
			live, ok := examples["LIVE MODE"]
			is := member(member(member(next, "paths"), path), method)
			if !ok || is == nil {
				continue
			}
			have, isMap := is["x-request-examples"].(map[string]any)
			if !isMap {
				have = map[string]any{}
				is["x-request-examples"] = have
			}
			if _, ok := have["LIVE MODE"]; !ok {
				have["LIVE MODE"] = gateway.Clone(live)
			}
		}
	}
}

// member returns the object that an object has under a name, or nil.
func member(m map[string]any, name string) map[string]any {
	v, _ := m[name].(map[string]any)
	return v
}

// visualID is where a flow keeps the id that its drawing has for an action.
const visualID = "visualId"

// dropVisualIDs removes the ids that drawings of flows have.
func dropVisualIDs(spec map[string]any) {
	eachObject(spec, func(m map[string]any) { delete(m, visualID) })
}

func eachObject(v any, f func(map[string]any)) {
	switch v := v.(type) {
	case map[string]any:
		f(v)
		for _, e := range v {
			eachObject(e, f)
		}
	case []any:
		for _, e := range v {
			eachObject(e, f)
		}
	}
}

// keepVisualIDs gives actions the ids that those in the same place have, where
// these are of the same category and name.
func keepVisualIDs(old, next any) {
	switch n := next.(type) {
	case map[string]any:
		o, ok := old.(map[string]any)
		if !ok {
			return
		}
		id, had := o[visualID]
		if _, has := n[visualID]; had && !has && reflect.DeepEqual(n["category"], o["category"]) && reflect.DeepEqual(n["name"], o["name"]) {
			n[visualID] = id
		}
		for name := range n {
			keepVisualIDs(o[name], n[name])
		}
	case []any:
		o, _ := old.([]any)
		for i := range min(len(o), len(n)) {
			keepVisualIDs(o[i], n[i])
		}
	}
}
