package filterfile_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lockstep-apiops/lockstep/extractor/filterfile"
	"github.com/lockstep-apiops/lockstep/gateway"
)

func TestSays(t *testing.T) {
	named, out, silent := [2]bool{true, false}, [2]bool{false, true}, [2]bool{}
	order := gateway.NewKey("api", "orders")
	place := gateway.NewKey("api operation policy", "orders", "place", "policy")
	for _, test := range []struct {
		name, file string
		key        gateway.Key
		want       [2]bool
		bars       bool
	}{
		{"of what it lists", "apis: [orders]", order, named, false},
		{"of what that owns", "apis: [orders]", place, named, false},
		{"of what that owns, beside a key", "apis:\n- orders: {diagnostics: []}", place, named, false},
		{"of what that owns, left out", "apis:\n- orders: {operations: []}", place, out, true},
		{"of what that owns, nothing", "apis:\n- orders: []", place, out, true},
		{"of the rest of a kind", "apis: [catalog]", order, out, false},
		{"of an empty list", "apis: []", place, out, true},
		{"of a list that names nobody", "apis: [ignore]", order, out, true},
		{"of another kind", "tags: [sales]", order, silent, false},
		{"of another kind, where only what is listed counts", "mode: only-listed\ntags: [sales]", order, silent, false},
		{"below a name, where only what is listed counts", "mode: only-listed\napis:\n- orders: {diagnostics: []}", place, out, true},
		{"of what is not excluded", "apis: {exclude: [catalog]}", order, silent, false},
		{"of what is excluded", "apis: {exclude: [ord*]}", order, out, true},
		{"of a workspace", "workspaces: [team]", gateway.NewKey("workspace backend", "team", "crm"), named, false},
		{"of a workspace with keys", "workspaces:\n- team: {apis: [orders]}", gateway.NewKey("workspace backend", "team", "crm"), silent, false},
		{"of an API of a workspace with keys", "workspaces:\n- team: {apis: [orders]}", gateway.NewKey("workspace api policy", "team", "orders", "policy"), named, false},
		{"of a link", "products: [partner]", gateway.NewKey("product api", "partner", "orders"), named, false},
		{"of a link to what is left out", "products: [partner]\napis: [catalog]", gateway.NewKey("product api", "partner", "orders"), out, false},
		{"of a link to what is listed", "apis: [orders]", gateway.NewKey("product api", "partner", "orders"), silent, false},
	} {
		t.Run(test.name, func(t *testing.T) {
			f := parse(t, test.file, filterfile.Options{Closure: true})
			gotNamed, gotOut := f.Says(test.key)
			if got := [2]bool{gotNamed, gotOut}; got != test.want {
				t.Errorf("Says(%v) = named, out %v, want %v", test.key, got, test.want)
			}
			if got := f.Bars(test.key); got != test.bars {
				t.Errorf("Bars(%v) = %t, want %t", test.key, got, test.bars)
			}
		})
	}
}

func TestSkipKind(t *testing.T) {
	for _, test := range []struct {
		name, file, kind string
		owner            gateway.Key
		want             bool
	}{
		{"an empty list", "tags: []", "tag", gateway.Key{}, true},
		{"one that is not empty", "tags: [a]", "tag", gateway.Key{}, false},
		{"no list", "tags: []", "api", gateway.Key{}, false},
		{"no list, where only what is listed counts", "mode: only-listed\ntags: [a]", "api", gateway.Key{}, true},
		{"all excluded", "tags: {exclude: ['*']}", "tag", gateway.Key{}, true},
		{"below a name", "apis:\n- orders: {diagnostics: []}", "api diagnostic", gateway.NewKey("api", "ORDERS"), true},
		{"below another name", "apis:\n- orders: {diagnostics: []}\n- catalog", "api diagnostic", gateway.NewKey("api", "catalog"), false},
		{"below a revision", "apis:\n- orders: []", "api policy", gateway.NewKey("api", "orders;rev=2"), true},
		{"links to what is left out", "apis: []", "product api", gateway.NewKey("product", "p"), true},
		{"links to what is not listed", "mode: only-listed\nproducts: [p]", "product api", gateway.NewKey("product", "p"), true},
		{"links to operations of what is left out", "apis: []", "tag operation", gateway.NewKey("tag", "t"), true},
		{"links of a workspace", "apis: []", "workspace product api", gateway.NewKey("workspace product", "w", "p"), false},
		{"links of a workspace to what it leaves out", "workspaces:\n- w: {apis: []}", "workspace product api", gateway.NewKey("workspace product", "w", "p"), true},
	} {
		t.Run(test.name, func(t *testing.T) {
			if got := parse(t, test.file, filterfile.Options{}).SkipKind(test.kind, test.owner); got != test.want {
				t.Errorf("SkipKind(%s, %v) = %t, want %t", test.kind, test.owner, got, test.want)
			}
		})
	}
}

func TestUnmatched(t *testing.T) {
	read := []gateway.Key{
		gateway.NewKey("api", "orders"), gateway.NewKey("api diagnostic", "orders", "azuremonitor"), gateway.NewKey("tag", "sales"),
		gateway.NewKey("product", "partner"),
	}
	for _, test := range []struct {
		name, file string
		want       []string
	}{
		{"nothing", "", nil},
		{"names that are there, in another case", "apis: [ORDERS]\ntags: ['s*']\n", nil},
		{"a slip", "apis: [ordres, orders]\n", []string{"f.yaml:1: there is no api ordres on the gateway; did you mean orders?"}},
		{"a pattern", "apis:\n- 'cat*'\n- orders\n", []string{`f.yaml:2: nothing matches "cat*": no api has such a name`}},
		{"below a name", "apis:\n- orders:\n    diagnostics: [azuremonitor, applicationinsights]\n", []string{"f.yaml:3: there is no api diagnostic applicationinsights on the gateway"}},
		{"below a name that is not there: that is enough", "apis:\n- crm:\n    diagnostics: [azuremonitor]\n", []string{"f.yaml:2: there is no api crm on the gateway"}},
		{"the name of nobody", "tags: [ignore]\n", nil},
		{"what is never yielded", "groups: [developers]\npolicies: [policy]\nportalSettings: [signin]\napis:\n- orders:\n    operations: [get]\n", nil},
		{"the one policy under another name", "policies: [police]\n", []string{"f.yaml:1: there is no policy police on the gateway"}},
		{"a kind that could not be read", "gateways: [edge]\n", nil},
		{"what is excluded", "tags: {exclude: [salse]}\n", nil},
	} {
		t.Run(test.name, func(t *testing.T) {
			f := parse(t, test.file, filterfile.Options{})
			var got []string
			for _, p := range f.Unmatched(filterfile.Sighting{Read: read, Listed: read, Unread: func(kind string) bool { return kind == "gateway" }}) {
				got = append(got, p.Error())
			}
			if d := cmp.Diff(test.want, got); d != "" {
				t.Errorf("warnings (-want +got):\n%s", d)
			}
		})
	}
}

func TestHasKey(t *testing.T) {
	f := parse(t, "subscriptions:\nworkspaces:\n- team: {subscriptions: []}\n", filterfile.Options{})
	for kind, want := range map[string]bool{"subscription": true, "workspace subscription": true, "workspace": true, "tag": false} {
		if got := f.HasKey(kind); got != want {
			t.Errorf("HasKey(%s) = %t, want %t", kind, got, want)
		}
	}
}
