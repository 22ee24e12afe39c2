package arch

import (
	"path"
	"strings"
	"testing"
)

// row says which packages of this module a package may import. In a pattern * stands for one folder; a last element of
// ... stands for the package before it and all below; a first element of . stands for the importing package, and one of
// .. for the package above it. A package whose name ends in test is there for tests, whatever the pattern.
type row struct {
	pkg   string // a pattern
	may   string // patterns, apart by blanks
	tests string // what its tests may import besides
}

// fakes are what the tests of a gateway and of what drives gateways stand on.
const fakes = "gateway gateway/gatewaytest gateway/memory internal/httpx internal/azure internal/sandbox/... internal/temptest"

// programs are what programs may know.
const programs = "artifacts extractor extractor/filterfile forge gateway gateway/all publisher publisher/overlay publisher/plan " +
	"internal/azure internal/cli internal/command internal/config internal/connect internal/git internal/guard internal/httpx internal/nearest internal/pipelines internal/propose internal/report internal/settings internal/source internal/vault"

// rows is the table. The row whose pattern names the package counts, else the first whose pattern fits. A gateway in a
// folder below gateway, with its helpers below that, needs no row of its own.
var rows = []row{
	// The contract and what everybody builds on it.
	{"gateway", "", "gateway/gatewaytest gateway/memory"},
	{"gateway/gatewaytest", "gateway", "gateway/memory"},
	{"gateway/memory", "gateway", "gateway/gatewaytest"},
	{"gateway/rest", "gateway", "gateway/gatewaytest gateway/memory internal/httpx"},

	// Products. Only the registry knows more than one.
	{"gateway/all", "gateway gateway/* gateway/*/* internal/azure internal/config internal/httpx", fakes},
	{"gateway/apim", "gateway gateway/rest gateway/apim/arm gateway/apim/policy internal/apidef", fakes + " ./... artifacts publisher/plan"},
	{"gateway/apim/apimtest", fakes + " gateway/apim gateway/apim/arm", ""},
	{"gateway/apim/arm", "internal/azure internal/httpx", "internal/config internal/sandbox/..."},
	{"gateway/apim/policy", "", ""},
	// Both are of one platform, with one login: a copy of its client would be a second place for the same mistakes.
	{"gateway/amplifyproxies", "gateway gateway/amplify/central internal/nearest internal/yamlfile", fakes + " artifacts publisher/plan"},
	{"gateway/autoflow", "gateway gateway/rest internal/command ./...", fakes + " artifacts publisher/plan"},
	{"gateway/*", "gateway gateway/rest ./...", fakes + " artifacts publisher/plan"},
	{"gateway/*/*test", fakes + " ../...", ""},
	{"gateway/*/*", "internal/httpx", "internal/sandbox/..."},

	// The two directions. Neither knows a product.
	{"artifacts", "gateway internal/nearest", "gateway/gatewaytest gateway/memory gateway/apim publisher/plan"},
	{"extractor", "artifacts gateway internal/glob", fakes + " forge/... internal/git"},
	{"extractor/filterfile", "gateway internal/glob internal/nearest internal/schema internal/yamlfile", "gateway/apim"},
	{"publisher", "artifacts gateway publisher/plan", fakes + " internal/git"},
	{"publisher/overlay", "gateway internal/nearest internal/schema internal/yamlfile", "gateway/apim publisher/plan"},
	{"publisher/plan", "gateway", "gateway/memory"},

	// Forges.
	{"forge", "", "forge/forgetest forge/*test internal/git internal/httpx internal/temptest"},
	{"forge/forgetest", "forge", ""},
	{"forge/*test", "forge/faulttest", ""},

	// Tools that know neither a product nor a direction.
	{"internal/apidef", "", ""},
	{"internal/arch", "", ""},
	{"internal/azure", "internal/config internal/httpx", ""},
	{"internal/command", "", ""},
	{"internal/cli", "internal/config internal/nearest", ""},
	{"internal/config", "internal/nearest internal/yamlfile", ""},
	{"internal/git", "", "internal/temptest"},
	{"internal/glob", "", ""},
	{"internal/httpx", "", ""},
	{"internal/nearest", "", ""},
	{"internal/schema", "", ""},
	{"internal/temptest", "", ""},
	{"internal/vault", "internal/command", ""},
	{"internal/yamlfile", "", ""},
	{"internal/report", "gateway publisher/plan", "gateway/memory"},

	// What writes pages of the documentation from the tables that they describe.
	{"internal/openapidirectory", "", fakes + " artifacts extractor gateway/apim/apimtest internal/apidef internal/source publisher publisher/plan"},
	{"internal/genschema", "gateway gateway/apim", ""},
	{"internal/gendoc", "extractor/filterfile gateway gateway/* internal/config internal/schema internal/settings publisher/overlay", ""},
	{"internal/settings", "forge gateway/all internal/cli internal/config internal/report", ""},

	// The sandboxes share nothing with the product that is tested against them: a mistake made once would hide itself.
	{"internal/sandbox", "", ""},
	{"internal/sandbox/*", "internal/sandbox ./...", ""},
	{"internal/sandbox/*/*", "", ""},

	// What joins git and forges to the two directions.
	{"internal/guard", "forge internal/git", ""},
	{"internal/propose", "extractor forge internal/git", fakes + " artifacts forge/azuretest forge/githubtest"},
	{"internal/connect", "forge internal/cli internal/config internal/git internal/httpx", "forge/... internal/settings"},
	{"internal/source", "artifacts gateway internal/git publisher publisher/overlay publisher/plan", fakes + " gateway/apim"},

	// What judges a tree before anything is sent, and what tries it out.
	{"internal/rehearse", "gateway publisher publisher/plan", "gateway/memory"},
	{"internal/validate", "artifacts gateway internal/command internal/nearest", "gateway/apim gateway/apim/apimtest publisher/overlay"},

	// What proves and measures the whole loop.
	{"internal/loop", "", fakes + " artifacts extractor forge gateway/amplify gateway/amplify/central gateway/apim gateway/apim/apimtest internal/git internal/propose internal/source publisher publisher/plan"},
	{"internal/toolkit", "", "internal/sandbox/..."},
	{"internal/ongitea", "", "forge/realtest internal/sandbox/..."},
	{"internal/bench", fakes + " gateway/apim gateway/apim/arm internal/git", ""},

	// Programs, and what runs stories of them.
	{"internal/storytest", "gateway/autoflow/kubetest internal/httpx internal/sandbox/...", ""},
	{"cmd/sandbox", "internal/cli internal/config internal/httpx internal/sandbox/...", "internal/storytest"},
	{"cmd/publisher", programs + " internal/rehearse internal/validate internal/sandbox/...", fakes + " forge/... internal/storytest"}, // a rehearsal runs on an emulator
	{"cmd/*", programs, fakes + " forge/... internal/storytest"},

	// The files that run the programs in CI systems, and what fits them to a repository.
	{"pipelines", "", ""},
	{"internal/pipelines", "pipelines", "forge/*test gateway/autoflow/kubetest internal/config internal/httpx internal/sandbox/... internal/settings"},

	// What shows the programs at work. It runs them, and knows them no better than a user does.
	{"examples/demo", "internal/httpx", ""},

	// The gateway that the page on adding one builds, and the check of what the pages say.
	{"examples/relay", "gateway gateway/rest internal/httpx", "gateway/gatewaytest"},
	{"docs", "", "internal/config internal/settings"},
}

// rowFor returns the row that counts for a package.
func rowFor(pkg string) (row, bool) {
	for _, r := range rows {
		if r.pkg == pkg {
			return r, true
		}
	}
	for _, r := range rows {
		if matches(r.pkg, pkg, "") {
			return r, true
		}
	}
	return row{}, false
}

// matches reports whether a pattern of pkg's row fits the imported package.
func matches(pattern, imported, pkg string) bool {
	if strings.HasPrefix(pattern, "./") || strings.HasPrefix(pattern, "../") {
		pattern = path.Join(pkg, pattern)
	}
	if above, ok := strings.CutSuffix(pattern, "/..."); ok {
		return imported == above || strings.HasPrefix(imported, above+"/")
	}
	fits, err := path.Match(pattern, imported)
	return err == nil && fits
}

// allowed reports whether a package, or its tests, may import another of this module.
func (r row) allowed(pkg, imported string, test bool) bool {
	if forTests(imported) && !test && !forTests(pkg) {
		return false
	}
	patterns := strings.Fields(r.may)
	if test {
		patterns = append(patterns, strings.Fields(r.tests)...)
		patterns = append(patterns, pkg)
	}
	for _, p := range patterns {
		if matches(p, imported, pkg) {
			return true
		}
	}
	return false
}

// forTests reports whether a package is there for tests only.
func forTests(pkg string) bool { return strings.HasSuffix(pkg, "test") }

func TestImports(t *testing.T) {
	noRow := make(map[string]bool)
	for _, s := range sources(t) {
		r, ok := rowFor(s.pkg())
		if !ok {
			if !noRow[s.pkg()] {
				t.Errorf("%s has no row in the table of imports: add one that says what it may know", s.pkg())
			}
			noRow[s.pkg()] = true
			continue
		}
		for _, spec := range s.file.Imports {
			inside, ours := strings.CutPrefix(importPath(spec), module+"/")
			if ours && !r.allowed(s.pkg(), inside, s.test()) {
				t.Errorf("%s:%d: %s must not import %s: its row allows %q, and its tests %q besides",
					s.path, s.line(spec), s.pkg(), inside, r.may, r.tests)
			}
		}
	}
}

func TestTableOfImports(t *testing.T) {
	tests := []struct {
		name, pkg, imported string
		test, want          bool
	}{
		{"a product knows the contract", "gateway/apim", "gateway", false, true},
		{"a product knows no other", "gateway/apim", "gateway/amplify", false, false},
		{"a product knows no sandbox", "gateway/apim", "internal/sandbox/apim", false, false},
		{"a product's test knows the sandbox", "gateway/apim", "internal/sandbox/apim", true, true},
		{"a new product needs no row", "gateway/kong", "gateway/rest", false, true},
		{"a new product knows its own helpers", "gateway/kong", "gateway/kong/admin", false, true},
		{"a new product knows no other's helpers", "gateway/kong", "gateway/apim/arm", false, false},
		{"a product's test kit knows the product and the sandbox", "gateway/kong/kongtest", "internal/sandbox/kong", false, true},
		{"a product's test kit knows its product", "gateway/kong/kongtest", "gateway/kong", false, true},
		{"a product's test kit knows no other product", "gateway/kong/kongtest", "gateway/apim", false, false},
		{"a product knows its test kit in tests", "gateway/apim", "gateway/apim/apimtest", true, true},
		{"a product does not know its test kit", "gateway/kong", "gateway/kong/kongtest", false, false},
		{"the registry knows no test kit", "gateway/all", "gateway/kong/kongtest", false, false},
		{"the leaf knows nothing", "gateway", "gateway/rest", false, false},
		{"the leaf's test may be outside it", "gateway", "gateway", true, true},
		{"the registry knows all products", "gateway/all", "gateway/kong", false, true},
		{"the extractor knows no product", "extractor", "gateway/apim", false, false},
		{"the extractor knows no forge", "extractor", "forge", false, false},
		{"a program knows no sandbox", "cmd/extractor", "internal/sandbox", false, false},
		{"what rehearses knows the sandbox", "cmd/publisher", "internal/sandbox/apim", false, true},
		{"a program's test knows the sandbox", "cmd/publisher", "internal/sandbox/apim", true, true},
		{"the sandbox's program knows no gateway", "cmd/sandbox", "gateway", false, false},
		{"a sandbox knows no gateway", "internal/sandbox/apim", "gateway", false, false},
		{"a sandbox knows what is below it", "internal/sandbox/apim", "internal/sandbox/apim/apispec", false, true},
		{"a forge knows nothing", "forge", "internal/httpx", false, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r, ok := rowFor(tt.pkg)
			if !ok {
				t.Fatalf("%s has no row", tt.pkg)
			}
			if got := r.allowed(tt.pkg, tt.imported, tt.test); got != tt.want {
				t.Errorf("%s may import %s = %t, want %t", tt.pkg, tt.imported, got, tt.want)
			}
		})
	}
	if r, ok := rowFor("utils"); ok {
		t.Errorf("a package that nobody planned has the row %q, want none", r.pkg)
	}
}
