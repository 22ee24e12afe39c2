package arch

import (
	"fmt"
	"go/ast"
	"go/token"
	"path"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// rule is something that source must not do.
type rule struct {
	name  string
	why   string
	where func(source) bool // the files to which it applies
	find  func(source) []ast.Node
}

// rules is the table of what source must not do.
var rules = []rule{
	{
		"no init", "what runs before main cannot be seen where it matters, nor left out by a test",
		anywhere, inits,
	},
	{
		"no exported variable", "anybody could change it; only errors to compare with are exported",
		product, exportedVariables,
	},
	{
		"the process belongs to the programs", "take what you need as a parameter, so that a test can give it",
		func(s source) bool {
			// Where the temporary files of a test go is a matter of its process, and of no program.
			return product(s) && s.file.Name.Name != "main" && s.pkg() != "internal/cli" && s.pkg() != "internal/temptest"
		},
		uses("os.Getenv", "os.LookupEnv", "os.Environ", "os.Setenv", "os.Unsetenv", "os.Exit", "os.Args", "os.Stdin",
			"os.Stdout", "os.Stderr", "log.Fatal", "log.Fatalf", "log.Fatalln"),
	},
	{
		"no default HTTP client", "it waits for ever and anybody may change it; take a client as a parameter",
		product,
		uses("net/http.Get", "net/http.Head", "net/http.Post", "net/http.PostForm", "net/http.DefaultClient"),
	},
	{
		"one HTTP client", "time-outs, retries and redaction are in internal/httpx; take a client from there",
		func(s source) bool {
			// A git transfer is one long stream that cannot be sent again, so git has a client of its own.
			return product(s) && s.pkg() != "internal/httpx" && s.pkg() != "internal/git"
		},
		func(s source) []ast.Node {
			return append(uses("net/http.DefaultTransport")(s), literals("net/http.Client")(s)...)
		},
	},
	{
		"no sleep", "a sleep cannot be cancelled, and makes a test slow or flaky; wait for the context, or test in a bubble of testing/synctest",
		func(s source) bool { return !s.test() || !s.imports("testing/synctest") }, uses("time.Sleep"),
	},
	{
		"no SDK of Azure Resource Manager", "resources are raw JSON, so that no field is lost that an SDK does not know",
		anywhere, imported("github.com/Azure/azure-sdk-for-go/sdk/resourcemanager"),
	},
	{
		"a kind is a row", "what one kind needs is a column of its row, or a hook that the row names",
		func(s source) bool { return product(s) && strings.HasPrefix(s.path, "gateway/") }, kindComparisons,
	},
	{
		"no code in comments", "git keeps what is gone",
		anywhere, commentedOut,
	},
}

// anywhere is where rules for tests too apply.
func anywhere(source) bool { return true }

// product reports whether the file is no test.
func product(s source) bool { return !s.test() }

func TestRules(t *testing.T) {
	for _, s := range sources(t) {
		for _, r := range rules {
			if !r.where(s) {
				continue
			}
			for _, n := range r.find(s) {
				t.Errorf("%s:%d: %s: %s", s.path, s.line(n), r.name, r.why)
			}
		}
	}
}

// inits finds init functions.
func inits(s source) []ast.Node {
	var found []ast.Node
	for _, d := range s.file.Decls {
		if f, ok := d.(*ast.FuncDecl); ok && f.Recv == nil && f.Name.Name == "init" {
			found = append(found, f)
		}
	}
	return found
}

// exportedVariables finds exported variables of the package that are no errors made in place.
func exportedVariables(s source) []ast.Node {
	var found []ast.Node
	for _, d := range s.file.Decls {
		g, ok := d.(*ast.GenDecl)
		if !ok || g.Tok != token.VAR {
			continue
		}
		for _, spec := range g.Specs {
			v, ok := spec.(*ast.ValueSpec)
			if ok && slices.ContainsFunc(v.Names, (*ast.Ident).IsExported) && !allErrors(s, v) {
				found = append(found, v)
			}
		}
	}
	return found
}

// allErrors reports whether each variable is set to a new error.
func allErrors(s source, v *ast.ValueSpec) bool {
	if len(v.Values) != len(v.Names) {
		return false
	}
	for _, value := range v.Values {
		call, ok := value.(*ast.CallExpr)
		if !ok || !slices.Contains([]string{"errors.New", "fmt.Errorf"}, s.qualified(call.Fun)) {
			return false
		}
	}
	return true
}

// qualified returns the import path and name that an expression selects from a package, or nothing.
func (s source) qualified(e ast.Expr) string {
	sel, ok := e.(*ast.SelectorExpr)
	if !ok {
		return ""
	}
	x, ok := sel.X.(*ast.Ident)
	if !ok {
		return ""
	}
	for _, spec := range s.file.Imports {
		name := path.Base(importPath(spec))
		if spec.Name != nil {
			name = spec.Name.Name
		}
		if name == x.Name {
			return importPath(spec) + "." + sel.Sel.Name
		}
	}
	return ""
}

// uses returns a finder of what packages export, each given as path.Name.
func uses(names ...string) func(source) []ast.Node {
	return func(s source) []ast.Node {
		return collect(s, func(n ast.Node) bool {
			sel, ok := n.(*ast.SelectorExpr)
			return ok && slices.Contains(names, s.qualified(sel))
		})
	}
}

// literals returns a finder of literals of a type.
func literals(name string) func(source) []ast.Node {
	return func(s source) []ast.Node {
		return collect(s, func(n ast.Node) bool {
			lit, ok := n.(*ast.CompositeLit)
			return ok && lit.Type != nil && s.qualified(lit.Type) == name
		})
	}
}

// imported returns a finder of imports of a path and what is below it.
func imported(prefix string) func(source) []ast.Node {
	return func(s source) []ast.Node {
		return collect(s, func(n ast.Node) bool {
			spec, ok := n.(*ast.ImportSpec)
			return ok && strings.HasPrefix(importPath(spec)+"/", prefix+"/")
		})
	}
}

// collect returns the nodes for which wanted is true.
func collect(s source, wanted func(ast.Node) bool) []ast.Node {
	var found []ast.Node
	ast.Inspect(s.file, func(n ast.Node) bool {
		if n != nil && wanted(n) {
			found = append(found, n)
		}
		return true
	})
	return found
}

// kindComparisons finds what compares a kind with a name: kind == "api", key.Kind != "api", switch key.Kind { … }.
func kindComparisons(s source) []ast.Node {
	return collect(s, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.BinaryExpr:
			return (n.Op == token.EQL || n.Op == token.NEQ) && (isKind(n.X) && isWord(n.Y) || isWord(n.X) && isKind(n.Y))
		case *ast.SwitchStmt:
			return n.Tag != nil && isKind(n.Tag)
		}
		return false
	})
}

// isKind reports whether an expression is called kind, or a field of that name.
func isKind(e ast.Expr) bool {
	switch e := e.(type) {
	case *ast.Ident:
		return strings.EqualFold(e.Name, "kind")
	case *ast.SelectorExpr:
		return e.Sel.Name == "Kind"
	}
	return false
}

// isWord reports whether an expression is a text in the source that is not empty.
func isWord(e ast.Expr) bool {
	lit, ok := e.(*ast.BasicLit)
	return ok && lit.Kind == token.STRING && len(lit.Value) > len(`""`)
}

// declaration is what a comment must not hold; an example in a package's comment is set in by a tab and does not match.
var declaration = regexp.MustCompile(`^// ?(func (\([^)]*\) )?[A-Z]\w*\(.*\{|type [A-Z]\w* (struct|interface|func)\b|(var|const) [A-Z]\w* .*=)`)

// commentedOut finds exported declarations in comments.
func commentedOut(s source) []ast.Node {
	var found []ast.Node
	for _, group := range s.file.Comments {
		for _, c := range group.List {
			if declaration.MatchString(c.Text) {
				found = append(found, c)
			}
		}
	}
	return found
}

func TestRulesFind(t *testing.T) {
	const head = "package p\n"
	tests := []struct {
		name, path, code string
		want             string // the rule and the line, or nothing
	}{
		{"init", "a/a.go", "func init() {}", "no init:2"},
		{"init of a test", "a/a_test.go", "func init() {}", "no init:2"},
		{"method called init", "a/a.go", "type t int\nfunc (t) init() {}", ""},
		{"exported variable", "a/a.go", "var Retries = 3", "no exported variable:2"},
		{"exported variable without a value", "a/a.go", "var Retries int", "no exported variable:2"},
		{"exported error", "a/a.go", `import "errors"; var ErrGone = errors.New("gone")`, ""},
		{"exported error of another", "a/a.go", `import "io"; var ErrGone = io.EOF`, "no exported variable:2"},
		{"variable in a function", "a/a.go", "func f() { var Retries = 3; _ = Retries }", ""},
		{"environment", "a/a.go", `import "os"; var home = os.Getenv("HOME")`, "the process belongs to the programs:2"},
		{"environment under another name", "a/a.go", `import sys "os"; var home = sys.Getenv("HOME")`, "the process belongs to the programs:2"},
		{"environment of a test", "a/a_test.go", `import "os"; var home = os.Getenv("HOME")`, ""},
		{"environment in cli", "internal/cli/a.go", `import "os"; var home = os.Getenv("HOME")`, ""},
		{"exit", "a/a.go", "import \"os\"\nfunc f() { os.Exit(1) }", "the process belongs to the programs:3"},
		{"default client", "a/a.go", `import "net/http"; var c = http.DefaultClient`, "no default HTTP client:2"},
		{"default client in git", "internal/git/a.go", `import "net/http"; var c = http.DefaultClient`, "no default HTTP client:2"},
		{"own client", "a/a.go", `import "net/http"; var c = &http.Client{}`, "one HTTP client:2"},
		{"the client", "internal/httpx/a.go", `import "net/http"; var c = &http.Client{}`, ""},
		{"the client of git", "internal/git/a.go", `import "net/http"; var c = &http.Client{}`, ""},
		{"method of a client", "a/a.go", `import "net/http"; func f(c *http.Client) { c.Get("") }`, ""},
		{"sleep", "a/a.go", `import "time"; func f() { time.Sleep(1) }`, "no sleep:2"},
		{"sleep of a test", "a/a_test.go", `import "time"; func f() { time.Sleep(1) }`, "no sleep:2"},
		{"sleep in a bubble", "a/a_test.go", "import (\n\"time\"\n\"testing/synctest\"\n)\nfunc f() { time.Sleep(1); synctest.Wait() }", ""},
		{"sleep beside a bubble in the product", "a/a.go", "import (\n\"time\"\n_ \"testing/synctest\"\n)\nfunc f() { time.Sleep(1) }", "no sleep:6"},
		{"SDK", "a/a.go", `import _ "github.com/Azure/azure-sdk-for-go/sdk/resourcemanager/apimanagement/armapimanagement"`, "no SDK of Azure Resource Manager:2"},
		{"tokens", "a/a.go", `import _ "github.com/Azure/azure-sdk-for-go/sdk/azidentity"`, ""},
		{"kind compared", "gateway/x/a.go", `func f(kind string) bool { return kind == "api" }`, "a kind is a row:2"},
		{"kind of a key compared", "gateway/x/a.go", `func f(k struct{ Kind string }) bool { return "api" != k.Kind }`, "a kind is a row:2"},
		{"kind switched", "gateway/x/a.go", `func f(kind string) { switch kind { case "api": } }`, "a kind is a row:2"},
		{"kinds compared with each other", "gateway/x/a.go", "func f(kind, other string) bool { return kind == other }", ""},
		{"no kind", "gateway/x/a.go", `func f(kind string) bool { return kind == "" }`, ""},
		{"function in a comment", "a/a.go", "// func Run() error {", "no code in comments:2"},
		{"variable in a comment", "a/a.go", "//var Debug = true", "no code in comments:2"},
		{"sentence in a comment", "a/a.go", "// Run runs. The func Main() calls it.", ""},
		{"example in a comment", "a/a.go", "//\tfunc Run() error {", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s, err := parse(tt.path, []byte(head+tt.code+"\n"))
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, r := range rules {
				if !r.where(s) {
					continue
				}
				for _, n := range r.find(s) {
					got = append(got, fmt.Sprintf("%s:%d", r.name, s.line(n)))
				}
			}
			if strings.Join(got, " ") != tt.want {
				t.Errorf("found %q, want %q", got, tt.want)
			}
		})
	}
}
