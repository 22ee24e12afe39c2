package memory_test

import (
	"testing"

	"github.com/lockstep-apiops/lockstep/gateway"
	"github.com/lockstep-apiops/lockstep/gateway/gatewaytest"
	"github.com/lockstep-apiops/lockstep/gateway/memory"
)

func TestContract(t *testing.T) {
	for _, fold := range []bool{true, false} {
		kinds, err := gateway.NewKinds(gateway.Table{FoldCase: fold, Rows: []gateway.Kind{
			{Name: "space", Segment: "spaces", Dir: "spaces", File: "space.json"},
			{Name: "backend", Segment: "backends", Under: []string{"", "space"}, Dir: "backends", File: "backend.json",
				Refs:   []gateway.Ref{{Field: "pool[].id", Kind: "backend"}},
				Secret: []gateway.Secret{{Field: "key"}}},
			{Name: "api", Segment: "apis", Under: []string{"", "space"}, Dir: "apis", File: "api.json",
				Refs: []gateway.Ref{{Field: "backend", Kind: "backend", ByName: true}}},
			{Name: "policy", Parent: "api", Segment: "policies", Under: []string{"", "space"}, Only: "policy",
				Split: []gateway.Split{{Field: "value", File: "policy.xml"}}},
			{Name: "product", Segment: "products", Dir: "products", File: "product.json"},
			{Name: "product api", Parent: "product", Segment: "apis", Joins: "api", Dir: "apis", File: "productApi.json"},
		}})
		if err != nil {
			t.Fatal(err)
		}
		gatewaytest.Run(t, gatewaytest.Harness{
			Open:    func(*testing.T) gateway.Gateway { return memory.New(kinds) },
			Fixed:   func(k *gateway.Kind) bool { return k.Joins != "" },
			OddKind: "product", OddNames: []string{"a b", "a/b", "ü", "..", "a;b=c", "%2F", "a?b#c"}, Crowd: 250,
			Sample: func(key gateway.Key, variant int) *gateway.Resource {
				spec := map[string]any{"note": []string{"first", "second"}[variant]}
				switch row := kinds.Get(key.Kind).Row; {
				case row == "product api":
					spec = map[string]any{}
				case row == "policy":
					spec = map[string]any{"value": []string{"<a/>", "<b/>"}[variant]}
				case row == "api":
					spec["backend"] = "x1"
				case row == "backend" && variant == 1:
					spec["pool"] = []any{map[string]any{"id": kinds.ID(kinds.Parent(key).Child(key.Kind, "member"))}}
				}
				if key.Name() == "member" {
					delete(spec, "pool")
				}
				return &gateway.Resource{Key: key, Spec: spec}
			},
		})
	}
}
