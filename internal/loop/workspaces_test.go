package loop

import (
	"maps"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lockstep-apiops/lockstep/gateway"
)

// TestWorkspaceFolders changes workspaces of a tree that knows them by their
// folders alone, as Azure/apiops does.
func TestWorkspaceFolders(t *testing.T) {
	files := layoutTree(t, "v7")
	delete(files, "named values/6581f0aa0102030405060708/namedValueInformation.json") // which the service made
	svc := published(t, files)
	c := gateway.NewKey("workspace", "team-c")
	store(t, svc, c, map[string]any{"displayName": "Team C"})
	store(t, svc, c.Child("workspace tag", "new"), map[string]any{"displayName": "new"})
	store(t, svc, gateway.NewKey("workspace", "empty"), map[string]any{"displayName": "Empty"})
	if err := svc.Delete(t.Context(), &gateway.Resource{Key: gateway.NewKey("workspace", "team-b")}); err != nil {
		t.Fatal(err)
	}
	got, _ := extract(t, svc, files)
	want := []string{"workspaces/team-b/backends/mill/backendInformation.json", "workspaces/team-c/tags/new/tagInformation.json"}
	if d := cmp.Diff(changed(files, got), want); d != "" {
		t.Errorf("files that change (-got +want):\n%s", d)
	}
	wantInSync(t, svc, plain(t, svc, got), "after the change")

	maps.DeleteFunc(got, func(p, _ string) bool { return strings.HasPrefix(p, "workspaces/team-c/") })
	publish(t, svc, plain(t, svc, got), true)
	if _, err := svc.Get(t.Context(), c); err != nil {
		t.Errorf("a workspace goes with its last file: %v", err)
	}
	wantInSync(t, svc, plain(t, svc, got), "after the last file of a folder is gone")

	maps.DeleteFunc(got, func(p, _ string) bool { return strings.HasPrefix(p, "workspaces/") })
	whole, _ := extract(t, svc, got)
	for _, name := range []string{"team-a", "team-c", "empty"} {
		if whole["workspaces/"+name+"/workspaceInformation.json"] == "" {
			t.Errorf("a tree without workspaces gets no file of %s", name)
		}
	}
}
