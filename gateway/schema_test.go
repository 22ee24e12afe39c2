package gateway_test

import (
	"testing"

	"github.com/lockstep-apiops/lockstep/gateway"
)

func TestParseSchemas(t *testing.T) {
	const text = "# a comment\n\napi\n  name string! 1..80 ^[^ ]+$\n  state string {a|b}!\n  kind string {x|y} ..3\n  any any\n  tags[] int 1..\ntag\n"
	all, err := gateway.ParseSchemas(text)
	if err != nil {
		t.Fatal(err)
	}
	api := all["api"]
	if len(all) != 2 || api == nil || len(all["tag"].Fields) != 0 || len(api.Fields) != 4 {
		t.Fatalf("ParseSchemas = %v, want two rows", all)
	}
	for field, want := range map[string]string{"state": "string {a|b}!", "kind": "string ..3 {x|y}", "any": "any", "tags[]": "int 1.."} {
		if got := api.Fields[field]; got == nil || got.String() != want {
			t.Errorf("%s = %v, want %s", field, got, want)
		}
	}
	if p := api.Name; p == nil || p.String() != "string! 1..80 ^[^ ]+$" || !p.Required || !p.Pattern.MatchString("a") || p.Pattern.MatchString("a b") {
		t.Errorf("name = %v", api.Name)
	}
	for _, wrong := range []string{"  lost string\n", "api\n  a string some\n", "api\n  a string 1..x\n", "api\n  a string (\n"} {
		if _, err := gateway.ParseSchemas(wrong); err == nil {
			t.Errorf("ParseSchemas(%q): no error", wrong)
		}
	}
}
