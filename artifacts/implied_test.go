package artifacts

import (
	"testing"

	"github.com/lockstep-apiops/lockstep/gateway"
)

// TestEncodeImplied writes an owner into trees that speak of it in different
// ways.
func TestEncodeImplied(t *testing.T) {
	ks := testKinds(t, true)
	const file, value = "workspaces/w/workspaceInformation.json", "named values/v/valueInformation.json"
	for _, tc := range []struct {
		name  string
		files map[string]string
		write bool
	}{
		{"an empty tree", nil, true},
		{"no folder", map[string]string{value: "{}"}, true},
		{"its folder alone", map[string]string{"workspaces/W/" + value: "{}"}, false},
		{"the folder of another", map[string]string{"workspaces/v/apis/a/operations/o/policy.xml": ""}, false},
		{"a folder that holds nothing", map[string]string{"workspaces/v/notes.txt": ""}, true},
		{"the file of another", map[string]string{"workspaces/w/" + value: "{}", "workspaces/v/workspaceInformation.json": "{}"}, true},
		{"its file", map[string]string{file: "{}"}, true},
	} {
		t.Run(tc.name, func(t *testing.T) {
			f, err := Encode(ks, &gateway.Resource{Key: gateway.NewKey("workspace", "w"), Spec: props(map[string]any{"x": true})}, mustTree(t, ks, mapFS(tc.files)))
			if err != nil {
				t.Fatal(err)
			}
			if got := f.Write[file] != nil; got != tc.write || len(f.Paths()) > 1 {
				t.Errorf("writes %v, want the workspace's file: %t", f.Paths(), tc.write)
			}
		})
	}
}
