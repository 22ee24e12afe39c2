package amplify

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lockstep-apiops/lockstep/gateway"
)

func TestChecks(t *testing.T) {
	checks, err := Checks()
	if err != nil {
		t.Fatal(err)
	}
	r := &gateway.Resource{Key: gateway.NewKey("Environment", "dev").Child("Environment Secret", "s"), Spec: map[string]any{
		"owner":    map[string]any{"type": "team", "name": "Payments"},
		"metadata": map[string]any{"acl": []any{map[string]any{"subjectName": "Orders"}, map[string]any{"subjectName": everyTeam}}},
		"spec": map[string]any{
			"subjects": []any{map[string]any{"type": "team", "name": "Payments"}, map[string]any{"type": "user", "name": "Dana"}},
			"data":     map[string]any{"hidden": hidden, "given": "of the environment"},
		},
	}}
	if diff := cmp.Diff(checks.Given(r), []string{"Orders", "Payments"}); diff != "" {
		t.Errorf("given (-got +want):\n%s", diff)
	}
	checks.StandIn(r)
	want := map[string]any{"hidden": standInValue, "given": "of the environment"}
	if diff := cmp.Diff(gateway.Field(r.Spec, "spec.data"), any(want)); diff != "" {
		t.Errorf("secrets (-got +want):\n%s", diff)
	}
}
