package artifacts

import (
	"testing"
	"testing/fstest"

	"github.com/lockstep-apiops/lockstep/gateway"
)

func TestLine(t *testing.T) {
	kinds, err := gateway.NewKinds(gateway.Table{Rows: []gateway.Kind{
		{Name: "flow", Segment: "flows", Dir: "flows", File: "flow.yaml", Format: gateway.YAML},
		{Name: "other", Segment: "others", Dir: "others", File: "other.json"},
	}})
	if err != nil {
		t.Fatal(err)
	}
	tree, err := NewTree(kinds, fstest.MapFS{
		"flows/a/flow.yaml":   {Data: []byte("# a flow\nsteps:\n  - do: x\n  - do: y\n    at/once: true\n")},
		"others/b/other.json": {Data: []byte("{\n  \"a\": 1\n}\n")},
	})
	if err != nil {
		t.Fatal(err)
	}
	flow := gateway.NewKey("flow", "a")
	tests := []struct {
		name    string
		key     gateway.Key
		pointer string
		want    int
	}{
		{"all of it", flow, "", 2},
		{"a name", flow, "/steps", 2},
		{"an element", flow, "/steps/1", 4},
		{"a name with a slash", flow, "/steps/1/at~1once", 5},
		{"what the file does not have", flow, "/steps/1/never/was", 4},
		{"an index that is none", flow, "/steps/9", 2},
		{"a file in JSON", gateway.NewKey("other", "b"), "/a", 0},
		{"a resource that is not there", gateway.NewKey("flow", "z"), "/a", 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := tree.Line(tt.key, tt.pointer); got != tt.want {
				t.Errorf("line of %q = %d, want %d", tt.pointer, got, tt.want)
			}
		})
	}
}
