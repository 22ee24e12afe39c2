package gateway_test

import (
	"testing"

	"github.com/lockstep-apiops/lockstep/gateway"
)

func TestOptedOut(t *testing.T) {
	ks, err := gateway.NewKinds(gateway.Table{Rows: []gateway.Kind{
		{Name: "workspace", Segment: "workspaces"}, {Name: "key", Segment: "keys", Under: []string{"", "workspace"}, OptIn: true},
		{Name: "key use", Parent: "key", Segment: "uses", Under: []string{"", "workspace"}},
	}})
	if err != nil {
		t.Fatal(err)
	}
	asked := func(k *gateway.Kind) bool { return k.Name == "key" }
	for key, want := range map[gateway.Key]bool{
		gateway.NewKey("workspace", "w"):                       false,
		gateway.NewKey("key", "a"):                             false,
		gateway.NewKey("key use", "a", "b"):                    false,
		gateway.NewKey("workspace key", "w", "a"):              true,
		gateway.NewKey("workspace key use", "w", "a", "b"):     true,
		gateway.NewKey("a kind that is not in the table", "a"): false,
	} {
		if got := ks.OptedOut(key, asked); got != want {
			t.Errorf("OptedOut(%v) = %t, want %t", key, got, want)
		}
	}
}
