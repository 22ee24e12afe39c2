package pipelines

import (
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lockstep-apiops/lockstep/internal/settings"
)

// others are the products other than the one for which the files stand.
func others() []string {
	return slices.DeleteFunc(Gateways(), func(name string) bool { return name == "apim" })
}

// eachOther calls f for the files of every system for every other product.
func eachOther(t *testing.T, f func(t *testing.T, forge, gateway string, files map[string]string)) {
	t.Helper()
	for _, forge := range Forges() {
		for _, gateway := range others() {
			t.Run(forge+" "+gateway, func(t *testing.T) {
				f(t, forge, gateway, render(t, Options{Forge: forge, Gateway: gateway, Environments: []string{"north", "south"}}))
			})
		}
	}
}

func TestPick(t *testing.T) {
	text := strings.Join([]string{
		"a", "  # for apim", "  b # for apim", "  # for amplify, autoflow", "  # # said", "  # c: apim", "  #", "  #   d: apimartifacts",
		"  # for apim, amplify", "  e", "  # f", "  # for all", "// for amplifyproxies", "// g // h", "// for all", "# for nobody", "",
	}, "\n")
	tests := []struct {
		gateway string
		want    []string
	}{
		{"apim", []string{"a", "  b # for apim", "  e", "  # f", "# for nobody", ""}},
		{"amplify", []string{"a", "  # said", "  c: amplify", "  ", "    d: artifacts", "  e", "  # f", "# for nobody", ""}},
		{"autoflow", []string{"a", "  # said", "  c: autoflow", "  ", "    d: artifacts", "# for nobody", ""}},
		{"amplifyproxies", []string{"a", "g // h", "# for nobody", ""}},
	}
	for _, tt := range tests {
		t.Run(tt.gateway, func(t *testing.T) {
			if diff := cmp.Diff(tt.want, strings.Split(Options{Gateway: tt.gateway}.pick(text), "\n")); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// TestSectionsAreMarked wants each part that is for some products ended, and what is not for API Management commented out:
// the files stand for that as they are.
func TestSectionsAreMarked(t *testing.T) {
	eachSource(t, func(name, text string) {
		open, others := false, false
		for line := range strings.Lines(text) {
			if m := gatewayMark.FindStringSubmatch(said(line)); m != nil {
				if m[1] == "all" && !open {
					t.Errorf("%s: %q ends nothing", name, strings.TrimSpace(line))
				}
				open, others = m[1] != "all", !strings.HasPrefix(m[1], "apim") && m[1] != "all"
				continue
			}
			if others && commented.FindString(line) == "" {
				t.Errorf("%s: %q is for other products and no comment", name, strings.TrimSpace(line))
			}
		}
		if open {
			t.Errorf("%s: a part that is for some products has no end", name)
		}
	})
}

// TestOthersNeedNoAzure looks for what only gateways of API Management need.
func TestOthersNeedNoAzure(t *testing.T) {
	azure := regexp.MustCompile(`AZURE_|API_MANAGEMENT|Entra|id.token|apim|AzureCLI|contoso|serviceConnection|rehearse `)
	left := regexp.MustCompile(`\b(dev|prod)\b`)
	eachOther(t, func(t *testing.T, _, _ string, files map[string]string) {
		for _, name := range slices.Sorted(maps.Keys(files)) {
			if found := azure.FindString(files[name]); found != "" {
				t.Errorf("%s: %q is left", name, found)
			}
			if found := left.FindString(strings.ReplaceAll(files[name], "/dev/null", "")); found != "" {
				t.Errorf("%s: the environment %q is left", name, found)
			}
			for line := range strings.Lines(files[name]) {
				if gatewayMark.MatchString(said(line)) {
					t.Errorf("%s: the mark %q is left", name, strings.TrimSpace(line))
				}
			}
		}
	})
	if !azure.MatchString(source(t, "github/workflows/lockstep-plan.yml")) {
		t.Error("found nothing in the file as it stands: the test looks for the wrong things")
	}
}

// TestOthersUseRealFlags holds calls and variables against the settings, as for the files as they stand.
func TestOthersUseRealFlags(t *testing.T) {
	known := append(signIn(), "AUTOFLOW_SECRET_NAME")
	for _, rows := range verbs() {
		for _, row := range rows {
			known = append(known, row.EnvNames()...)
		}
	}
	names := regexp.MustCompile(`\b(?:LOCKSTEP|AXWAY|AUTOFLOW)_[A-Z0-9_]*[A-Z0-9]\b`)
	eachOther(t, func(t *testing.T, forge, gateway string, files map[string]string) {
		called := map[string]int{}
		for _, name := range slices.Sorted(maps.Keys(files)) {
			for _, script := range scripts(name, files[name]) {
				for _, words := range calls(script) {
					called[words[0]]++
					for _, wrong := range checkCall(words) {
						t.Errorf("%s: %s: %s", name, strings.Join(words, " "), wrong)
					}
				}
			}
			for _, v := range names.FindAllString(files[name], -1) {
				if !slices.Contains(known, v) {
					t.Errorf("%s: nothing reads %s", name, v)
				}
			}
		}
		if called["publisher"] == 0 {
			t.Errorf("%s: found no call of the publisher: the test looks in the wrong place", forge)
		}
		extracts := strings.Contains(strings.Join(slices.Collect(maps.Keys(files)), " "), "extract")
		if readable := gateway != "amplifyproxies"; forge != "jenkins" && extracts != readable {
			t.Errorf("%s: something is extracted: %t, want %t", forge, extracts, readable)
		}
	})
}

// TestOthersLint lints the files for all products as those for the first.
func TestOthersLint(t *testing.T) {
	for _, gateway := range others() {
		environments := answers()["four"]
		t.Run(gateway, func(t *testing.T) {
			t.Parallel()
			files := render(t, Options{Forge: "github", Gateway: gateway, Environments: environments})
			for _, file := range slices.Sorted(maps.Keys(files)) {
				if strings.HasPrefix(file, ".github/") && strings.HasSuffix(file, ".yml") {
					for _, wrong := range rulesGitHub(file, files[file]) {
						t.Error(wrong)
					}
				}
			}
			gitea := map[string]string{}
			for file, text := range render(t, Options{Forge: "gitea", Gateway: gateway, Environments: environments}) {
				gitea[strings.Replace(file, ".gitea/", ".github/", 1)] = labels.ReplaceAllString(text, "runs-on: ubuntu-latest\n")
			}
			for _, files := range []map[string]string{files, gitea} {
				if found := lintGitHub(t, files); found != "" {
					t.Errorf("actionlint:\n%s", found)
				}
			}
			for file, text := range render(t, Options{Forge: "azure", Gateway: gateway, Environments: environments}) {
				if strings.HasPrefix(file, ".azure-pipelines/") {
					for _, wrong := range rulesAzure(file, text) {
						t.Error(wrong)
					}
				}
			}
			if _, err := groovy(render(t, Options{Forge: "jenkins", Gateway: gateway, Environments: environments})["Jenkinsfile"]); err != nil {
				t.Errorf("Jenkinsfile: %v", err)
			}
		})
	}
}

// labels are those of runners of one's own, which linters do not know.
var labels = regexp.MustCompile(`runs-on: autoflow-[a-z0-9-]+\n`)

func TestOthersConfigurationsAreRead(t *testing.T) {
	example := regexp.MustCompile(`(?m)^# ([a-z][A-Za-z]+:( \S.*)?|  .*)$`)
	for _, gateway := range others() {
		files := render(t, Options{Forge: "github", Gateway: gateway})
		n := 0
		for name, text := range files {
			if !strings.HasPrefix(name, "lockstep/") || !strings.HasSuffix(name, ".yaml") {
				continue
			}
			n++
			rows := settings.Publisher()
			if name == "lockstep/extractor.yaml" {
				rows = settings.Extractor()
			}
			for variant, text := range map[string]string{"as it stands": text, "with examples": example.ReplaceAllString(text, "$1")} {
				text, _, _ = strings.Cut(text, "\nservers:") // an override, which is no setting
				dir := t.TempDir()
				write(t, dir, map[string]string{"c.yaml": text})
				v, err := resolve(rows, dir+"/c.yaml")
				if err != nil || v.String("gateway") != gateway {
					t.Errorf("%s: %s %s: %v", gateway, name, variant, err)
				}
			}
		}
		if want := map[string]int{"amplify": 2, "amplifyproxies": 1, "autoflow": 3}[gateway]; n != want {
			t.Errorf("%s: got %d files of settings, want %d", gateway, n, want)
		}
	}
}
