package pipelines

import (
	"bytes"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"gopkg.in/yaml.v3"
)

// promoted are the environments of the examples of API AutoFlow, in the order in which to publish.
func promoted() []string { return []string{"development", "staging", "production"} }

// The examples: one for Docker Compose, and one for Kubernetes.
const (
	composed     = "../../examples/autoflow-compose"
	orchestrated = "../../examples/autoflow-kubernetes"
)

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

// TestExamplesAgree wants the same configuration in both examples, tested in the same way, and the pipelines for GitLab as
// people get them.
func TestExamplesAgree(t *testing.T) {
	files := []string{"tests/orders.postman_collection.json", "tests/frozen.sh", "lockstep/install.sh", "lockstep/extractor.yaml"}
	err := fs.WalkDir(os.DirFS(composed), "artifacts", func(name string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			files = append(files, name)
		}
		return err
	})
	if err != nil || len(files) < 15 {
		t.Fatalf("found %d files: %v", len(files), err)
	}
	for _, name := range files {
		if example(t, composed, name) != example(t, orchestrated, name) {
			t.Errorf("%s is not the same in both examples", name)
		}
	}
	for name, text := range render(t, Options{Forge: "gitlab", Gateway: "autoflow", Environments: promoted()}) {
		if strings.HasPrefix(name, ".gitlab/") && example(t, orchestrated, name) != text {
			t.Errorf("%s is not as init writes it: write it anew", name)
		}
	}
	for _, e := range promoted() {
		got, want := placeOf(t, orchestrated, e), placeOf(t, composed, e)
		if got.Servers[0].CurrentVersion != want.Servers[0].CurrentVersion || got.Target != "secret:autoflow-"+e+"/autoflow" {
			t.Errorf("%s: got %s in %s, and %s in the other example", e, got.Servers[0].CurrentVersion, got.Target, want.Servers[0].CurrentVersion)
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
