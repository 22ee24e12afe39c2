package gateway_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lockstep-apiops/lockstep/gateway"
)

func TestHiddenTextsAreNotShown(t *testing.T) {
	ks, err := gateway.NewKinds(gateway.Table{Rows: []gateway.Kind{{Name: "thing", Segment: "things", Dir: "things", File: "thing.json"}}})
	if err != nil {
		t.Fatal(err)
	}
	type obj = map[string]any
	for _, tt := range []struct {
		name       string
		have, want obj
		hidden     []string
		changes    []gateway.Change
	}{
		{"nothing hidden", obj{"a": "x"}, obj{"a": "hush"}, nil, []gateway.Change{{Field: "a", Have: "x", Want: "hush"}}},
		{"the new value", obj{"a": "x", "b": "y"}, obj{"a": "Bearer hush", "b": "z"}, []string{"hush"}, []gateway.Change{{Field: "a", Have: "***", Want: "***"}, {Field: "b", Have: "y", Want: "z"}}},
		{"the old value", obj{"a": "hush"}, obj{"a": "x"}, []string{"hush"}, []gateway.Change{{Field: "a", Have: "***", Want: "***"}}},
		{"added", obj{}, obj{"a": "hush"}, []string{"hush"}, []gateway.Change{{Field: "a", Want: "***"}}},
		{"deep in a list", obj{"a": []any{}}, obj{"a": []any{"x", obj{"b": "hush"}}}, []string{"hush"}, []gateway.Change{{Field: "a", Want: "***"}}},
		{"a short one in another", obj{"a": "x"}, obj{"a": "hush"}, []string{"us"}, []gateway.Change{{Field: "a", Have: "x", Want: "hush"}}},
		{"a short one alone", obj{"a": "x"}, obj{"a": "us"}, []string{"us"}, []gateway.Change{{Field: "a", Have: "***", Want: "***"}}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			key := gateway.NewKey("thing", "t")
			got := ks.Diff(&gateway.Resource{Key: key, Spec: tt.have}, &gateway.Resource{Key: key, Spec: tt.want, Hidden: tt.hidden})
			if diff := cmp.Diff(tt.changes, got); diff != "" {
				t.Errorf("changes (-want +got):\n%s", diff)
			}
		})
	}
}
