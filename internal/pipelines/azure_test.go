package pipelines

import (
	"maps"
	"path"
	"slices"
	"strings"
	"testing"

	"gopkg.in/yaml.v3"
)

// azure returns all files for Azure Pipelines as they stand in a repository, those for many gateways too.
func azure(t *testing.T, environments []string) map[string]string {
	t.Helper()
	files := render(t, Options{Forge: "azure", Environments: environments})
	files[".azure-pipelines/extract-many.yml"] = source(t, "azure/extract-many.yml")
	return files
}

// rulesAzure returns what our own rules say about a file.
func rulesAzure(name, text string) []string {
	var doc any
	if err := yaml.Unmarshal([]byte(text), &doc); err != nil {
		return []string{name + ": " + err.Error()}
	}
	var wrong []string
	say := func(ok bool, what string) {
		if !ok {
			wrong = append(wrong, name+": "+what)
		}
	}
	eachMap(doc, func(m map[string]any) {
		inputs, _ := m["inputs"].(map[string]any)
		for _, key := range []any{m["bash"], inputs["inlineScript"]} {
			if script, ok := key.(string); ok {
				say(strings.HasPrefix(script, "set -euo pipefail\n"), "a script goes on after a failure: it must start with set -euo pipefail")
			}
		}
		for _, key := range []string{"job", "deployment"} {
			say(m[key] == nil || m["timeoutInMinutes"] != nil, "a job has no timeout")
		}
		say(m["checkout"] == nil || m["persistCredentials"] == false, "checkout leaves its token to all that follows")
		say(m["task"] == nil || m["task"] == "AzureCLI@2", "a task that is not known here")
		if strings.Contains(path.Base(name), "publish-") {
			say(m["job"] == nil || m["job"] == "plan", "a job that publishes must be a deployment, which asks for approval")
		}
	})
	if top, ok := doc.(map[string]any); ok && top["parameters"] == nil || strings.HasPrefix(path.Base(name), "extract") {
		say(top["trigger"] != nil && top["pr"] != nil, "what starts it is not said")
	}
	if path.Base(name) == "publish.yml" {
		top, _ := doc.(map[string]any)
		say(top["lockBehavior"] == "sequential", "two publishes may overlap: lockBehavior: sequential is missing")
	}
	return wrong
}

// eachMap calls f for every mapping below a value.
func eachMap(v any, f func(map[string]any)) {
	switch v := v.(type) {
	case map[string]any:
		f(v)
		for _, k := range slices.Sorted(maps.Keys(v)) {
			eachMap(v[k], f)
		}
	case []any:
		for _, item := range v {
			eachMap(item, f)
		}
	}
}

func TestAzureRules(t *testing.T) {
	for _, environments := range answers() {
		files := azure(t, environments)
		for _, name := range slices.Sorted(maps.Keys(files)) {
			if strings.HasPrefix(name, ".azure-pipelines/") {
				for _, wrong := range rulesAzure(name, files[name]) {
					t.Error(wrong)
				}
			}
		}
	}
}

func TestAzureRulesFindMistakes(t *testing.T) {
	const dir = ".azure-pipelines/"
	tests := []struct{ name, file, old, new, want string }{
		{"failure ignored", "extract.yml", "            set -euo pipefail\n", "", "goes on after a failure"},
		{"no timeout", "templates/publish-job.yml", "        timeoutInMinutes: 60\n", "", "no timeout"},
		{"token left behind", "extract.yml", "persistCredentials: false", "persistCredentials: true", "leaves its token"},
		{"no approval", "templates/publish-job.yml", "deployment: publish", "job: publish", "must be a deployment"},
		{"overlap", "publish.yml", "lockBehavior: sequential\n", "", "may overlap"},
		{"no trigger", "publish.yml", "pr: none", "x: none", "what starts it"},
		{"another task", "extract.yml", "AzureCLI@2", "AzureCLI@1", "not known here"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			text := azure(t, []string{"dev", "prod"})[dir+tt.file]
			if !strings.Contains(text, tt.old) {
				t.Fatalf("%s lacks %q", tt.file, tt.old)
			}
			found := strings.Join(rulesAzure(dir+tt.file, strings.ReplaceAll(text, tt.old, tt.new)), "\n")
			if !strings.Contains(found, tt.want) {
				t.Errorf("found %q, want %q in it", found, tt.want)
			}
		})
	}
}
