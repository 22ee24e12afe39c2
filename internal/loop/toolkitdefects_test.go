package loop

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lockstep-apiops/lockstep/gateway"
	"github.com/lockstep-apiops/lockstep/internal/git"
	"github.com/lockstep-apiops/lockstep/internal/source"
	"github.com/lockstep-apiops/lockstep/publisher"
	"github.com/lockstep-apiops/lockstep/publisher/plan"
)

// defects are what the toolkit of Azure/apiops does wrong by reading its
// sources, and the tests that keep it out of here.
var defects = []struct {
	number int
	what   string
	file   string // from the folder of the module
	test   string
	names  string // a case of the test's table; "" for the test as a whole
}{
	{1, "the schema of a workspace's GraphQL API goes to the service", "internal/loop/toolkitdefects_test.go", "TestGraphQLOfAWorkspace", ""},
	{2, "an API with revisions cannot be deleted", "internal/loop/toolkitdefects_test.go", "TestAnAPIGoesWithItsRevisions", ""},
	{3, "the definition of a revision is sent with what the current one decides", "gateway/apim/imports_test.go", "TestARevisionFollowsTheCurrentOne", ""},
	{4, "equal display names in two workspaces collide", "internal/loop/toolkitdefects_test.go", "TestDisplayNamesOfWorkspaces", ""},
	{5, "a diagnostic without a logger ends the run", "internal/loop/toolkitdefects_test.go", "TestADiagnosticWithoutLogger", ""},
	{6, "a new product takes subscriptions of others", "internal/loop/toolkitpublish_test.go", "TestToolkitProducts", ""},
	{7, "an empty nested filter is none", "extractor/filterfile/filterfile_test.go", "TestSkip", "a name that has [] owns nothing"},
	{8, "fragments in single quotes are overlooked", "gateway/apim/policy/references_test.go", "TestReferences", "fragment in single quotes"},
	{8, "fragments after other attributes are overlooked", "gateway/apim/policy/references_test.go", "TestReferences", "fragment after another attribute"},
	{8, "Liquid is taken for named values", "gateway/apim/policy/references_test.go", "TestReferences", "liquid"},
	{9, "the cost of one change grows with the tree", "internal/loop/toolkitdefects_test.go", "TestOneChangeInALargeTree", ""},
	{10, "a long operation is waited for without end", "gateway/apim/arm/operation_test.go", "TestOperationThatNeverEnds", ""},
	{10, "only one spelling of its state is known", "gateway/apim/arm/operation_test.go", "TestStateOf", ""},
	{11, "what is deleted on the gateway stays in the tree", "internal/loop/toolkitdefects_test.go", "TestDeletedInThePortal", ""},
	{12, "an override matches in its own case only", "publisher/overlay/table_test.go", "TestApply", "the name of a resource in another case"},
}

// TestDefectsHaveTests looks the tests of the table up.
func TestDefectsHaveTests(t *testing.T) {
	t.Parallel()
	seen := map[int]bool{}
	for _, d := range defects {
		seen[d.number] = true
		name := filepath.Join("..", "..", filepath.FromSlash(d.file))
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		file, err := parser.ParseFile(token.NewFileSet(), name, text, 0)
		if err != nil {
			t.Fatal(err)
		}
		i := slices.IndexFunc(file.Decls, func(decl ast.Decl) bool {
			f, ok := decl.(*ast.FuncDecl)
			return ok && f.Name.Name == d.test
		})
		if i < 0 {
			t.Errorf("defect %d, %s: %s has no %s", d.number, d.what, d.file, d.test)
			continue
		}
		if body := string(text[file.Decls[i].Pos()-1 : file.Decls[i].End()-1]); d.names != "" && !strings.Contains(body, `"`+d.names+`"`) {
			t.Errorf("defect %d, %s: %s in %s has no case %q", d.number, d.what, d.test, d.file, d.names)
		}
	}
	for n := 1; n <= 12; n++ {
		if !seen[n] {
			t.Errorf("defect %d has no test", n)
		}
	}
}

// teams makes a workspace, and another.
func teams(t testing.TB, g gateway.Gateway) {
	t.Helper()
	store(t, g, gateway.NewKey("workspace", "one"), map[string]any{"displayName": "One"})
	store(t, g, gateway.NewKey("workspace", "two"), map[string]any{"displayName": "Two"})
}

func TestGraphQLOfAWorkspace(t *testing.T) {
	t.Parallel()
	svc := bare(t)
	teams(t, svc)
	const schema = "type Query { inTheWorkspace: String }\n"
	files := tree{
		"workspaces/one/apis/graph/apiInformation.json":   payload(`"displayName": "Graph", "path": "graph", "type": "graphql", "protocols": ["https"]`),
		"workspaces/one/apis/graph/specification.graphql": schema,
		"workspaces/one/workspaceInformation.json":        payload(`"displayName": "One"`),
		"workspaces/two/workspaceInformation.json":        payload(`"displayName": "Two"`),
		"apis/graph/apiInformation.json":                  payload(`"displayName": "Other", "path": "other", "type": "graphql", "protocols": ["https"]`),
		"apis/graph/specification.graphql":                "type Query { ofTheService: String }\n",
	}
	publish(t, svc, plain(t, svc, files), false)
	wantInSync(t, svc, plain(t, svc, files), "with an API of the same name in the workspace and the service")
	r, err := svc.Get(t.Context(), gateway.NewKey("workspace", "one").Child("workspace api", "graph"))
	if err != nil || string(r.Files["specification.graphql"]) != schema {
		t.Errorf("the schema of the workspace's API is %q, %v", r.Files["specification.graphql"], err)
	}
}

func TestAnAPIGoesWithItsRevisions(t *testing.T) {
	t.Parallel()
	svc := bare(t)
	store(t, svc, gateway.NewKey("tag", "t"), map[string]any{"displayName": "T"})
	files := revisions(2)
	files["tags/t/tagInformation.json"] = payload(`"displayName": "T"`)
	publish(t, svc, plain(t, svc, files), true)
	left := tree{"tags/t/tagInformation.json": files["tags/t/tagInformation.json"]}
	publish(t, svc, plain(t, svc, left), true)
	wantInSync(t, svc, plain(t, svc, left), "without the API")
	if got, _ := extract(t, svc, nil); !cmp.Equal(len(got), 1) {
		t.Errorf("the service still has %v", changed(got, left))
	}
}

func TestDisplayNamesOfWorkspaces(t *testing.T) {
	t.Parallel()
	svc := bare(t)
	teams(t, svc)
	files := tree{
		"workspaces/one/workspaceInformation.json":     payload(`"displayName": "One"`),
		"workspaces/two/workspaceInformation.json":     payload(`"displayName": "Two"`),
		"named values/ours/namedValueInformation.json": payload(`"displayName": "host", "value": "service"`),
	}
	for _, w := range []string{"one", "two"} {
		files["workspaces/"+w+"/named values/n-"+w+"/namedValueInformation.json"] = payload(`"displayName": "host", "value": "` + w + `"`)
		files["workspaces/"+w+"/policy fragments/f/policyFragmentInformation.json"] = payload(`"description": "F"`)
		files["workspaces/"+w+"/policy fragments/f/policy.xml"] = `<fragment><set-variable name="v" value="{{host}}" /></fragment>`
	}
	publish(t, svc, plain(t, svc, files), false)
	wantInSync(t, svc, plain(t, svc, files), "with one display name in three places")
}

// TestADiagnosticWithoutLogger publishes one, which the service refuses, and
// with it what has nothing to do with it.
func TestADiagnosticWithoutLogger(t *testing.T) {
	t.Parallel()
	svc := bare(t)
	files := tree{
		"diagnostics/azuremonitor/diagnosticInformation.json": payload(`"verbosity": "information"`),
		"tags/t/tagInformation.json":                          payload(`"displayName": "T"`),
	}
	result, err := publisher.Run(t.Context(), publisher.Options{Gateway: svc, Source: plain(t, svc, files)})
	if err != nil {
		t.Fatal(err)
	}
	for _, o := range result.Outcomes {
		if failed := o.Action.Key.Kind == "diagnostic"; failed != (o.Status == plan.Failed) {
			t.Errorf("%v: %s, %v", o.Action.Key, o.Status, o.Err)
		}
	}
	if got := field(t, svc, gateway.NewKey("tag", "t"), "displayName"); got != "T" {
		t.Errorf("the rest was not published: %v", got)
	}
}

// TestDeletedInThePortal extracts over a tree that still has what people
// deleted on the gateway.
func TestDeletedInThePortal(t *testing.T) {
	t.Parallel()
	svc := bare(t)
	files := revisions(1)
	publish(t, svc, plain(t, svc, files), false)
	for _, number := range []string{"2", "3"} {
		if err := svc.Delete(t.Context(), &gateway.Resource{Key: gateway.NewKey("api", "orders;rev="+number)}); err != nil {
			t.Fatal(err)
		}
	}
	files["README.md"] = "people's own"
	got, _ := extract(t, svc, files)
	want := tree{"README.md": files["README.md"]}
	for p, text := range files {
		if strings.HasPrefix(p, "apis/orders/") {
			want[p] = text
		}
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("the tree after the extract (-want +got):\n%s", d)
	}
}

// TestOneChangeInALargeTree finds out what one change costs in a small tree
// and in one twenty times as large.
func TestOneChangeInALargeTree(t *testing.T) {
	kinds := bare(t).Describe().Kinds
	cost := func(apis int) float64 {
		files := tree{}
		for _, r := range manyAPIs(kinds, apis, 1, true) {
			dir := "apis/" + r.Key.Names()[0] + "/"
			for name, text := range r.Files {
				files[dir+name] = string(text)
			}
			if r.Key.Kind == "api" {
				files[dir+"apiInformation.json"] = payload(`"displayName": "A", "path": "` + r.Key.Name() + `"`)
			} else {
				files[dir+"policy.xml"] = nothingPolicy
			}
		}
		_, dir := commit(t, files)
		files["apis/api-0001/policy.xml"] = strings.Replace(nothingPolicy, "<base />", "", 1)
		commitAgain(t, dir, files)
		return testing.AllocsPerRun(1, func() {
			repo, err := git.Open(t.Context(), dir, git.Options{})
			if err != nil {
				t.Fatal(err)
			}
			head, err := source.NewCommit(t.Context(), kinds, repo, dir, "HEAD", ".", nil)
			if err != nil {
				t.Fatal(err)
			}
			touched, err := head.Touched(t.Context(), "HEAD~1")
			if err != nil || len(touched) != 1 {
				t.Fatalf("touched %v, %v, want the one policy", touched, err)
			}
			if err := repo.Close(); err != nil {
				t.Fatal(err)
			}
		})
	}
	small, large := cost(5), cost(100)
	t.Logf("%.0f and %.0f allocations", small, large)
	if large > 10*small {
		t.Errorf("one change among 300 files takes %.0f allocations, and %.0f among 15", large, small)
	}
}
