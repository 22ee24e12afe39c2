package filterfile_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lockstep-apiops/lockstep/extractor/filterfile"
	"github.com/lockstep-apiops/lockstep/gateway"
	"github.com/lockstep-apiops/lockstep/gateway/apim"
)

func testKinds(t testing.TB) *gateway.Kinds {
	t.Helper()
	kinds, err := apim.Kinds()
	if err != nil {
		t.Fatal(err)
	}
	return kinds
}

// service is what a service holds that the filters of these tests are tried on.
var service = []gateway.Key{
	gateway.NewKey("named value", "limit"),
	gateway.NewKey("tag", "sales"),
	gateway.NewKey("tag api", "sales", "orders"),
	gateway.NewKey("tag api", "sales", "catalog"),
	gateway.NewKey("tag operation", "sales", "catalog/list"),
	gateway.NewKey("group", "partners"),
	gateway.NewKey("product", "partner"),
	gateway.NewKey("product api", "partner", "orders"),
	gateway.NewKey("product group", "partner", "partners"),
	gateway.NewKey("product policy", "partner", "policy"),
	gateway.NewKey("policy", "policy"),
	gateway.NewKey("api", "orders"),
	gateway.NewKey("api", "orders;rev=2"),
	gateway.NewKey("api policy", "orders;rev=2", "policy"),
	gateway.NewKey("api policy", "orders", "policy"),
	gateway.NewKey("api operation policy", "orders", "place", "policy"),
	gateway.NewKey("api diagnostic", "orders", "applicationinsights"),
	gateway.NewKey("api", "catalog"),
	gateway.NewKey("api operation policy", "catalog", "list", "policy"),
	gateway.NewKey("workspace", "team"),
	gateway.NewKey("workspace api", "team", "orders"),
	gateway.NewKey("workspace product api", "team", "partner", "orders"),
	gateway.NewKey("workspace backend", "team", "crm"),
}

// left returns what of the service a filter lets through.
func left(f *filterfile.Filter) []string {
	var all []string
	for _, key := range service {
		if !f.Skip(key) {
			all = append(all, key.String())
		}
	}
	return all
}

// without returns the service but for what names one of the words.
func without(words ...string) []string {
	var all []string
	for _, key := range service {
		if s := key.String(); !slices.ContainsFunc(words, func(w string) bool { return strings.Contains(s, w) }) {
			all = append(all, s)
		}
	}
	return all
}

func parse(t testing.TB, text string, o filterfile.Options) *filterfile.Filter {
	t.Helper()
	f, _, err := filterfile.Parse(testKinds(t), "f.yaml", []byte(text), o)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func TestSkip(t *testing.T) {
	for _, test := range []struct {
		name, file string
		want       []string
	}{
		{"an empty file leaves out nothing", "", without()},
		{"nor does a key without a value", "apis:\nnamedValues: ~\n", without()},
		{"an empty list leaves out all", "tags: []\n", without("tag ", "tag api")},
		{"so does a name that nobody has", "tags:\n  - ignore\n", without("tag ", "tag api")},
		{"and one in brackets", "tags: [ignore]\n", without("tag ", "tag api")},
		{"the same in the older dialect", "tagNames: [ignore]\nnamedValueNames: []\n", without("tag ", "tag api", "named value")},
		{"keys and names in another case", "TAGS: [SALES]\nApis: [ORDERS]\n", without("api catalog", "catalog/list", "sales/catalog")},
		{"an API with its revisions, and links to it", "apis: [orders]\n", without("api catalog", "catalog/list", "sales/catalog")},
		{"a revision alone", "apis: ['orders;rev=2']\n", slices.DeleteFunc(without("catalog"), func(s string) bool {
			return strings.Contains(s, "orders") && !strings.Contains(s, "rev=2") && !strings.HasPrefix(s, "workspace")
		})},
		{"below a name", "apis:\n- orders:\n    operations: []\n    diagnostics: [none]\n- catalog\n", without("orders/place", "applicationinsights")},
		{"below a name, the name in another case", "apis:\n- Orders:\n    Operations: []\n- catalog\n", without("orders/place")},
		{"below a name, of all revisions", "apis:\n- orders:\n    policies: []\n- catalog\n", without("api policy orders")},
		{"below a name, at another depth", "apis:\n- orders:\n    operations:\n    - place:\n        policies: []\n- catalog\n", without("place")},
		{"a name that has [] owns nothing", "apis:\n- orders: []\n- catalog\n", without("api policy orders", "orders/place", "applicationinsights")},
		{"a name that has {} owns all", "apis:\n- orders: {}\n- catalog:\n", without()},
		{"several names in one entry", "apis:\n- orders:\n    operations: []\n  catalog:\n    operations: []\n", without("orders/place", "catalog/list")},
		{"an object with a name", "apis:\n- name: orders\n- name: catalog\n  operations: []\n", without("catalog/list")},
		{"a resource called name", "apis:\n- name:\n", without("api orders", "api catalog", "policy orders", "orders/place", "catalog/list", "orders/applicationinsights",
			"tag api", "product api partner/orders")},
		{"patterns", "apis: ['ord*', 'c?talog']\n", without()},
		{"the exact name counts before a pattern", "apis:\n- '*'\n- catalog:\n    operations: []\n", without("catalog/list")},
		{"the first pattern that matches counts", "apis:\n- cat*:\n    operations: []\n- '*'\n", without("catalog/list")},
		{"exclude", "apis:\n  exclude: [catalog]\n", without("api catalog", "catalog/list", "sales/catalog")},
		{"include and exclude", "apis:\n  include: ['*']\n  exclude: ['c*']\n", without("api catalog", "catalog/list", "sales/catalog")},
		{"exclude below a name", "workspaces:\n- team:\n    apis:\n      exclude: [orders]\n", without("workspace api team/orders", "team/partner/orders")},
		{"a link needs both sides", "groups: []\n", without("group partners", "partner/partners")},
		{"a workspace", "workspaces:\n- team:\n    backends: []\n    apis: [orders]\n", without("workspace backend")},
		{"links of a workspace go with its own APIs", "apis: []\n", slices.DeleteFunc(without("tag api", "tag operation", "product api partner/orders"), func(s string) bool {
			return strings.HasPrefix(s, "api ")
		})},
		{"the policy of the service", "policies: []\n", slices.DeleteFunc(without(), func(s string) bool { return s == "policy policy" })},
		{"all is the mode without a word", "mode: all\ntags: []\n", without("tag ", "tag api")},
		{"only what is listed", "mode: only-listed\napis: [orders]\nproducts: [partner]\n", []string{
			"product partner", "product api partner/orders", "product policy partner/policy", "api orders", "api orders;rev=2",
			"api policy orders;rev=2/policy", "api policy orders/policy", "api operation policy orders/place/policy", "api diagnostic orders/applicationinsights",
		}},
		{"only what is listed, below a name too", "mode: only-listed\nworkspaces:\n- team:\n    apis: [orders]\n", []string{"workspace team", "workspace api team/orders"}},
		{"settings are the business of others", "apimServiceName: contoso\napis:\n- orders\nlogLevel: debug\n", without("api catalog", "catalog/list", "sales/catalog")},
		{"a byte order mark", "\ufefftags: []\n", without("tag ", "tag api")},
		{"anchors", "x: &x [ignore]\ntags: *x\n", without("tag ", "tag api")},
	} {
		t.Run(test.name, func(t *testing.T) {
			f := parse(t, test.file, filterfile.Options{Settings: []string{"apimServiceName", "logLevel", "x"}})
			if d := cmp.Diff(test.want, left(f)); d != "" {
				t.Errorf("what is left (-want +got):\n%s", d)
			}
		})
	}
}

// TestTaggedOperations leaves out operations that bear a tag with their API, of
// the service and of a workspace each.
func TestTaggedOperations(t *testing.T) {
	of := gateway.NewKey("tag operation", "sales", "orders/place")
	in := gateway.NewKey("workspace tag operation", "team", "sales", "orders/place")
	for file, want := range map[string][2]bool{
		"apis: []\n": {true, false},
		"workspaces:\n- team:\n    apis: [catalog]\n": {false, true},
		"apis:\n- orders:\n    operations: []\n":      {true, false},
		"apis: [orders]\n":                            {false, false},
	} {
		f := parse(t, file, filterfile.Options{})
		if got := [2]bool{f.Skip(of), f.Skip(in)}; got != want {
			t.Errorf("%q leaves out that of the service, of the workspace: %v, want %v", file, got, want)
		}
	}
}

func TestNoFilter(t *testing.T) {
	if got := left(nil); len(got) != len(service) {
		t.Errorf("no filter lets %d resources through, want all %d", len(got), len(service))
	}
}

func TestProblems(t *testing.T) {
	for _, test := range []struct{ name, file, want string }{
		{"an unknown key", "tags: []\napi: [a]\n", `f.yaml:2: unknown key "api"; did you mean apis?`},
		{"one near that of the older dialect", "apiName: [a]\n", `f.yaml:1: unknown key "apiName"; did you mean apiNames?`},
		{"one far from all", "colours: [a]\n", `f.yaml:1: unknown key "colours"`},
		{"an unknown key below a name", "apis:\n- a:\n    operation: []\n", `f.yaml:3: unknown key "operation" of api; did you mean operations?`},
		{"a key at the wrong place", "operations: [a]\n", `f.yaml:1: unknown key "operations"; it belongs below a name of apis or tags`},
		{"a kind under two keys", "apis: [a]\napiNames: [b]\n", `f.yaml:2: key "apiNames" means the same as "apis" in line 1`},
		{"a key twice", "apis: [a]\napis: [b]\n", `f.yaml:2: key "apis" is also in line 1`},
		{"a name twice", "apis:\n- a\n- A:\n    operations: []\n", `f.yaml:3: "A" is also in line 2`},
		{"no list", "apis: a\n", "f.yaml:1: apis needs a list of names: [a]"},
		{"no name", "apis:\n-\n", "f.yaml:2: a name is missing here"},
		{"a list as name", "apis:\n- [a]\n", "f.yaml:2: a name is missing here"},
		{"a nested key that is not indented", "apis:\n- a:\n  operations: []\n", `f.yaml:3: "operations" stands beside "a" and not below it: indent it further`},
		{"a name twice in one entry", "apis:\n- a: {}\n  b: {}\n- b\n", `f.yaml:4: "b" is also in line 3`},
		{"an empty name in an entry", "apis:\n- a: {}\n  '': {}\n", `f.yaml:3: a name is missing here`},
		{"a closure of something", "closure: apis\n", `f.yaml:1: closure is "apis": want true or false`},
		{"a list below a name", "apis:\n- a: [b]\n", "f.yaml:2: a needs keys of what it owns below it, or []; such as diagnostics"},
		{"below a name that owns nothing", "namedValues:\n- a: [b]\n", "f.yaml:2: a needs keys of what it owns below it, or []; it owns nothing"},
		{"an unknown mode", "mode: listed\n", `f.yaml:1: mode is "listed": want one of all, only-listed`},
		{"an unknown key of a list", "apis:\n  exclud: [a]\n", `f.yaml:2: unknown key "exclud": apis is a list of names, or has include and exclude; did you mean exclude?`},
		{"exclude without a list", "apis:\n  exclude: a\n", "f.yaml:2: exclude needs a list of names"},
		{"a limit below what is excluded", "apis:\n  exclude:\n  - a: {}\n", "f.yaml:3: a name is missing here"},
		{"all at once", "api: []\nproduct: []\n", "f.yaml:1: unknown key \"api\"; did you mean apis?\nf.yaml:2: unknown key \"product\"; did you mean products?"},
	} {
		t.Run(test.name, func(t *testing.T) {
			_, _, err := filterfile.Parse(testKinds(t), "f.yaml", []byte(test.file), filterfile.Options{})
			if err == nil || !strings.HasPrefix(err.Error(), test.want) {
				t.Errorf("error = %v, want %s", err, test.want)
			}
		})
	}
}

func TestLenient(t *testing.T) {
	f, warnings, err := filterfile.Parse(testKinds(t), "f.yaml", []byte("api: [x]\ntags: []\napis:\n- orders:\n  operations: []\n- catalog\n"), filterfile.Options{Lenient: true})
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(without("tag ", "tag api"), left(f)); d != "" {
		t.Errorf("what is left (-want +got):\n%s", d)
	}
	if len(warnings) != 2 || warnings[0].Line != 1 || warnings[1].Line != 5 {
		t.Errorf("warnings are %v, want those of lines 1 and 5", warnings)
	}
}

// TestToolkitSample reads the sample that Azure/apiops comes with.
func TestToolkitSample(t *testing.T) {
	text, err := os.ReadFile(filepath.Join("..", "..", "..", "shared", "samples", "configuration.extractor.yaml"))
	if err != nil {
		t.Skip("the toolkit's sample filter is not beside the checkout, so it is not read: ", err)
	}
	f, warnings, err := filterfile.Parse(testKinds(t), "configuration.extractor.yaml", text, filterfile.Options{})
	if err != nil || len(warnings) > 0 {
		t.Fatalf("the sample is not understood: %v %v", err, warnings)
	}
	for _, test := range []struct {
		key  gateway.Key
		skip bool
	}{
		{gateway.NewKey("api", "apiName1"), false},
		{gateway.NewKey("api operation policy", "apiName1", "get", "policy"), false},
		{gateway.NewKey("api operation policy", "apiName2", "get", "policy"), true},
		{gateway.NewKey("api diagnostic", "apiName2", "diagnosticName2"), false},
		{gateway.NewKey("api release", "apiName2", "other"), true},
		{gateway.NewKey("api policy", "apiName2", "policy"), false},
		{gateway.NewKey("workspace diagnostic", "workspaceName1", "any"), true},
		{gateway.NewKey("workspace api release", "workspaceName1", "workspaceApiName1", "workspaceReleaseName1"), false},
		{gateway.NewKey("workspace api", "other", "workspaceApiName1"), true},
		{gateway.NewKey("policy", "policy"), false},
	} {
		if got := f.Skip(test.key); got != test.skip {
			t.Errorf("Skip(%v) = %t, want %t", test.key, got, test.skip)
		}
	}
}

func FuzzParse(f *testing.F) {
	for _, seed := range []string{
		"apis:\n- a\n- b:\n    operations: [c]\n", "apis: {include: ['*'], exclude: [a]}\n", "mode: only-listed\n", "- a", "apis: &a [*a]\n",
		"apis:\n- &x {a: *x}\n", "apis:\n- ? [a]\n  : b\n", "workspaces:\n- w: {apis: [{name: a, operations: []}]}\n", "<<: {tags: []}\n", "tags: [1, 2.0, true, ~]",
	} {
		f.Add([]byte(seed))
	}
	kinds := testKinds(f)
	f.Fuzz(func(t *testing.T, text []byte) {
		filter, _, err := filterfile.Parse(kinds, "f.yaml", text, filterfile.Options{Lenient: true})
		if (err == nil) == (filter == nil) {
			t.Fatalf("Parse() = %v, %v, want one of the two", filter, err)
		}
		for _, key := range service {
			owner := kinds.Parent(key)
			if filter != nil && !owner.IsZero() && filter.Skip(owner) && !filter.Skip(key) {
				t.Errorf("%v is left out and %v, which it owns, is not", owner, key)
			}
			if filter != nil && filter.SkipKind(key.Kind, owner) && !filter.Skip(key) {
				t.Errorf("all %s of %v are left out and %v is not", key.Kind, owner, key)
			}
			if named, out := filter.Says(key); filter != nil && (named && out || out && !filter.Skip(key)) {
				t.Errorf("%v is named %t, left out %t, skipped %t", key, named, out, filter.Skip(key))
			}
		}
	})
}
