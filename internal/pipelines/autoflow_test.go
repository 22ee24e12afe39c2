package pipelines

import (
	"bytes"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"gopkg.in/yaml.v3"
)

// promoted are the environments of the examples of API AutoFlow, in the order in which to publish.
func promoted() []string { return []string{"development", "staging", "production"} }

// composed is where the example for Docker Compose is.
const composed = "../../examples/autoflow-compose"

// example returns a file of an example.
func example(t *testing.T, dir, name string) string {
	t.Helper()
	content, err := os.ReadFile(filepath.Join(dir, name))
	if err != nil {
		t.Fatal(err)
	}
	return string(content)
}

// secretLine is where the files say how to hand over a secret of API AutoFlow.
var secretLine = regexp.MustCompile(`# AUTOFLOW_SECRET_NAME: .*`)

// TestExampleIsWrittenByInit holds the pipelines of an example against those that people get, which are tested.
func TestExampleIsWrittenByInit(t *testing.T) {
	const secret = "AUTOFLOW_SECRET_CLIENT_ORDERS_DB_1_0_0_SETTING_PASSWORD: ${{ secrets.ORDERS_DB_PASSWORD }}"
	for name, text := range render(t, Options{Forge: "github", Gateway: "autoflow", Environments: promoted()}) {
		want := secretLine.ReplaceAllLiteralString(text, secret)
		if got := example(t, composed, name); got != want && !strings.HasPrefix(name, "lockstep/environments/") {
			t.Errorf("%s is not as init writes it: write it anew, with the secret in the place of AUTOFLOW_SECRET_NAME", name)
		}
	}
}

// TestExampleLint lints the workflows of an example, also those that are its own.
func TestExampleLint(t *testing.T) {
	files := map[string]string{}
	for _, dir := range []string{".github/workflows", ".github/actions/lockstep-publisher", ".github/actions/lockstep-extractor"} {
		entries, err := os.ReadDir(filepath.Join(composed, dir))
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range entries {
			name := dir + "/" + e.Name()
			files[name] = example(t, composed, name)
			for _, wrong := range rulesGitHub(name, files[name]) {
				t.Error(wrong)
			}
		}
	}
	if found := lintGitHub(t, files); found != "" {
		t.Errorf("actionlint:\n%s", found)
	}
}

// A place is what an environment of an example says of itself.
type place struct {
	Target  string
	Servers []struct {
		Name           string
		CurrentVersion string `yaml:"currentVersion"`
		Versions       []struct {
			Name    string
			Setting struct{ Port int }
		}
	}
}

// placeOf reads the settings of an environment.
func placeOf(t *testing.T, dir, environment string) place {
	t.Helper()
	var p place
	if err := yaml.Unmarshal([]byte(example(t, dir, "lockstep/environments/"+environment+".yaml")), &p); err != nil {
		t.Fatal(err)
	}
	return p
}

// TestExampleAgreesWithItself holds what stands in two places of the example for Docker Compose against each other.
func TestExampleAgreesWithItself(t *testing.T) {
	collection := example(t, composed, "tests/orders.postman_collection.json")
	for _, e := range promoted() {
		p := placeOf(t, composed, e)
		env, err := os.ReadFile(filepath.Join(composed, "deploy", e+".env"))
		if err != nil {
			t.Fatal(err)
		}
		port := regexp.MustCompile(`(?m)^PORT=(\d+)$`).FindSubmatch(env)
		if port == nil || !bytes.Contains(env, []byte("\nDATA="+filepath.Dir(p.Target)+"\n")) {
			t.Fatalf("deploy/%s.env does not have the port, or not the folder of %s", e, p.Target)
		}
		for _, s := range p.Servers {
			if !strings.Contains(collection, `"name": "`+s.CurrentVersion+`"`) {
				t.Errorf("%s: the version %s of %s has no tests", e, s.CurrentVersion, s.Name)
			}
			for _, v := range s.Versions {
				if got := yamlText(t, v.Setting.Port); got != string(port[1]) {
					t.Errorf("%s: %s %s listens on %s, and deploy/%s.env has %s", e, s.Name, v.Name, got, e, port[1])
				}
			}
		}
	}
}

// yamlText returns a value as YAML writes it.
func yamlText(t *testing.T, v any) string {
	t.Helper()
	text, err := yaml.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(string(text))
}
