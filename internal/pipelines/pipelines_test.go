package pipelines

import (
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lockstep-apiops/lockstep/pipelines"
)

// answers are the options that the tests render every forge's files with.
func answers() map[string][]string {
	return map[string][]string{"one": {"live"}, "two": {"dev", "prod"}, "four": {"prod", "dev", "pre-prod", "eu-1"}}
}

// render returns the files for a forge.
func render(t *testing.T, o Options) map[string]string {
	t.Helper()
	if o.Gateway == "" {
		o.Gateway = "apim"
	}
	if o.Environments == nil {
		o.Environments = []string{"dev", "prod"}
	}
	files, err := Render(o)
	if err != nil {
		t.Fatal(err)
	}
	texts := make(map[string]string)
	for _, f := range files {
		texts[f.Path] = string(f.Content)
	}
	return texts
}

// source returns one of the files as it stands.
func source(t *testing.T, name string) string {
	t.Helper()
	content, err := fs.ReadFile(pipelines.FS(), name)
	if err != nil {
		t.Fatal(err)
	}
	return string(content)
}

// write writes files below a folder.
func write(t *testing.T, dir string, files map[string]string) {
	t.Helper()
	for _, name := range slices.Sorted(maps.Keys(files)) {
		to := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(to), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(to, []byte(files[name]), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

func TestRenderAsTheyStand(t *testing.T) {
	for _, f := range forges() {
		files, err := Render(Options{Forge: f.name, Gateway: "apim", Environments: []string{"dev", "prod"}})
		if err != nil {
			t.Fatal(err)
		}
		if len(files) < 4 || !slices.IsSortedFunc(files, func(a, b File) int { return strings.Compare(a.Path, b.Path) }) {
			t.Errorf("%s: got %d files, want at least 4, sorted", f.name, len(files))
		}
		for _, file := range files {
			for _, mark := range []string{markFirst, markNext, markEnd} {
				if strings.Contains(string(file.Content), mark+"\n") {
					t.Errorf("%s: the mark %q is left", file.Path, mark)
				}
			}
			if file.Program != strings.HasSuffix(file.Path, ".sh") {
				t.Errorf("%s: program %t", file.Path, file.Program)
			}
		}
	}
}

// TestRenderEveryEnvironment wants each environment planned and published, once.
func TestRenderEveryEnvironment(t *testing.T) {
	names := []string{"north", "east", "south", "west"}
	for file, find := range map[string]string{
		"github .github/workflows/lockstep-plan.yml": "environment: [north, east, south, west]", "github .github/workflows/lockstep-publish.yml": "      environment: %s\n",
		"azure .azure-pipelines/plan.yml": "default: [north, east, south, west]", "azure .azure-pipelines/publish.yml": "      environment: %s\n",
		"gitea .gitea/workflows/lockstep-plan.yml": "environment: [north, east, south, west]", "gitea .gitea/workflows/lockstep-publish.yml": "LOCKSTEP_ENVIRONMENT: %s\n",
		"github .github/workflows/lockstep-validate.yml": "environment: [north, east, south, west]", "gitea .gitea/workflows/lockstep-validate.yml": "environment: [north, east, south, west]",
		"gitlab .gitlab-ci.yml": "publish.yml\n    inputs:\n      environment: %s\n", "jenkins Jenkinsfile": "stage('Publish to %s')",
		"jenkins Jenkinsfile.stages": "stage('%s creator')", "kubernetes kubernetes/publisher.yaml": "  name: lockstep-publish-%s\n  namespace: lockstep\n  labels:\n    environment: %[1]s\nspec:",
	} {
		forge, name, _ := strings.Cut(file, " ")
		text := render(t, Options{Forge: forge, Environments: names})[name]
		for _, e := range names {
			want := find
			if strings.Contains(find, "%") {
				want = fmt.Sprintf(find, e)
			}
			if n := strings.Count(text, want); n != 1 {
				t.Errorf("%s: %q stands there %d times, want 1", name, want, n)
			}
		}
	}
	if text := render(t, Options{Forge: "jenkins", Environments: names})["Jenkinsfile"]; strings.Count(text, "values 'north', 'east', 'south', 'west'") != 2 {
		t.Error("Jenkinsfile: not every environment is validated and planned")
	}
	for _, e := range names {
		if text := render(t, Options{Forge: "gitlab", Environments: names})[".gitlab-ci.yml"]; !strings.Contains(text, "validate.yml\n    inputs:\n      environment: "+e+"\n") {
			t.Errorf(".gitlab-ci.yml: %s is not validated", e)
		}
	}
}

// TestRenderFitsEverything looks for words that stand for answers and were left.
func TestRenderFitsEverything(t *testing.T) {
	left := regexp.MustCompile(`(^|[^/])\b(dev|prod)\b|v0\.1\.0`)
	for _, f := range forges() {
		for name, text := range render(t, Options{Forge: f.name, Environments: []string{"first", "second"}, Version: "v2.3.4"}) {
			if found := left.FindString(text); found != "" {
				t.Errorf("%s: %s: %q is left", f.name, name, found)
			}
		}
	}
}

func TestFit(t *testing.T) {
	text := strings.Join([]string{
		"a: dev", "list: [dev, prod]", "# first environment", "- dev", "# next environment", "- prod after dev",
		"# end of environments", "last: prod", "version: v0.1.0", "devs: production > /dev/null", "",
	}, "\n")
	tests := []struct {
		name string
		o    Options
		want []string
	}{
		{"one", Options{Environments: []string{"live"}},
			[]string{"a: live", "list: [live]", "- live", "last: live", "version: v0.1.0", "devs: production > /dev/null", ""}},
		{"swapped, released", Options{Environments: []string{"prod", "dev"}, Version: "v1.2.3"},
			[]string{"a: prod", "list: [prod, dev]", "- prod", "- dev after prod", "last: dev", "version: v1.2.3", "devs: production > /dev/null", ""}},
		{"three", Options{Environments: []string{"a", "b", "c"}},
			[]string{"a: a", "list: [a, b, c]", "- a", "- b after a", "- c after b", "last: c", "version: v0.1.0", "devs: production > /dev/null", ""}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if diff := cmp.Diff(tt.want, strings.Split(tt.o.fit(text), "\n")); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestRenderRefuses(t *testing.T) {
	tests := []struct {
		name string
		o    Options
		want string
	}{
		{"no environment", Options{Forge: "github"}, "name an environment"},
		{"a name that breaks YAML", Options{Forge: "github", Environments: []string{"dev: x"}}, `environment "dev: x": use lower-case`},
		{"a word of YAML's", Options{Forge: "github", Environments: []string{"dev", "on"}}, `environment "on": use lower-case`},
		{"a long name", Options{Forge: "github", Environments: []string{strings.Repeat("x", 25)}}, "24 at most"},
		{"twice", Options{Forge: "github", Environments: []string{"dev", "dev"}}, `environment "dev" is named twice`},
		{"another gateway", Options{Forge: "github", Gateway: "kong", Environments: []string{"dev"}}, `no files for gateways of "kong"; there are some for amplify, amplifyproxies, apim, autoflow`},
		{"another forge", Options{Forge: "sourcehut", Gateway: "apim", Environments: []string{"dev"}}, `no files for "sourcehut"; there are some for github`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			for what, do := range map[string]func() error{
				"Render": func() error { _, err := Render(tt.o); return err },
				"Next":   func() error { _, err := Next(tt.o); return err },
			} {
				if err := do(); err == nil || !strings.Contains(err.Error(), tt.want) {
					t.Errorf("%s: got error %v, want one with %q", what, err, tt.want)
				}
			}
		})
	}
}

func TestNextNamesEnvironments(t *testing.T) {
	for _, forge := range Forges() {
		steps, err := Next(Options{Forge: forge, Gateway: "apim", Environments: []string{"blue", "green"}})
		if err != nil {
			t.Fatal(err)
		}
		if text := strings.Join(steps, "\n"); !strings.Contains(text, "[blue, green]") {
			t.Errorf("%s: the steps do not name the environments:\n%s", forge, text)
		}
	}
}
