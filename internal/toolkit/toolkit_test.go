//go:build toolkit

package toolkit

import (
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// overrides are the configuration files of the publisher, in the spelling of
// each version.
var overrides = map[string]string{
	"v7": `apimServiceName: contoso-prod
namedValues:
  - name: orders-url
    properties: {displayName: orders-url, value: "{#ordersUrl#}"}
backends:
  - name: orders
    properties: {url: https://backend.prod.example.com}
`,
	"v6": `apimServiceName: contoso-prod
namedValues:
  - name: Orders-Url
    properties: {displayName: orders-url, value: "{#ordersUrl#}"}
backends:
  - name: orders
    properties: {url: https://backend.prod.example.com}
servicePolicies:
  - name: policy
    properties: {format: rawxml}
`,
}

// filters are those of the extractor.
var filters = map[string]string{
	"v7": "apis:\n  - echo:\n      operations: []\nbackends: [orders]\nproducts: []\n",
	"v6": "apiNames: [echo]\nbackendNames: [orders]\nproductNames: [ignore]\n",
}

// system runs the toolkit's files on one of the two.
type system struct {
	name             string
	extract, publish func(w *world, all bool)
}

var systems = []system{
	{"GitHub", func(w *world, all bool) {
		w.workflow("run-extractor.yaml", map[string]any{
			"CONFIGURATION_YAML_PATH": choose(all, "Extract All APIs", "configuration.extractor.yaml"), "API_SPECIFICATION_FORMAT": "OpenAPIV3Yaml"})
	}, func(w *world, all bool) {
		var inputs map[string]any
		if all {
			inputs = map[string]any{"COMMIT_ID_CHOICE": "publish-all-artifacts-in-repo"}
		}
		w.workflow("run-publisher.yaml", inputs)
	}},
	{"Azure DevOps", func(w *world, all bool) {
		w.pipeline("run-extractor.yaml", map[string]any{
			"APIM_INSTANCE_NAME": "contoso-dev", "RESOURCE_GROUP_NAME": "apis", "APIM_REPOSITORY_NAME": "apis",
			"API_MANAGEMENT_SERVICE_OUTPUT_FOLDER_PATH": "apimartifacts", "API_SPECIFICATION_FORMAT": "OpenAPIV3Yaml",
			"CONFIGURATION_YAML_PATH": choose(all, "Extract All", "configuration.extractor.yaml")})
	}, func(w *world, all bool) {
		w.pipeline("run-publisher.yaml", map[string]any{"COMMIT_ID": choose(all, "publish-all-artifacts-in-repo", "publish-artifacts-in-last-commit")})
	}},
}

func choose(first bool, a, b string) string {
	if first {
		return a
	}
	return b
}

// people makes what a tree of the toolkit takes for granted.
func (w *world) people() {
	for _, service := range []string{"contoso-dev", "contoso-prod"} {
		for _, name := range []string{"administrators", "developers", "guests"} {
			w.put(service, "groups/"+name, `{"properties": {"displayName": "`+name+`"}}`)
		}
		for _, name := range []string{"team-a", "team-b"} {
			if _, err := os.Stat(w.work + "/apimartifacts/workspaces/" + name); err == nil {
				w.put(service, "workspaces/"+name, `{"properties": {"displayName": "The team's"}}`)
			}
		}
		if _, err := os.Stat(w.work + "/apimartifacts/loggers/insights"); err == nil {
			w.put(service, "loggers/insights", `{"properties": {"loggerType": "applicationInsights", "credentials": {"instrumentationKey": "00000000-0000-4000-8000-000000000001"}}}`)
		}
	}
}

// TestToolkit follows repositories of each kind from the day on which the
// address of the download is changed.
func TestToolkit(t *testing.T) {
	for _, layout := range []string{"v7", "v6", "v5", "apiops-cli"} {
		for _, on := range systems {
			t.Run(layout+" on "+on.name, func(t *testing.T) {
				dialect := choose(layout == "v7", "v7", "v6")
				t.Parallel()
				w := newWorld(t, layout)
				w.write("configuration.extractor.yaml", filters[dialect])
				w.write("configuration.prod.yaml", overrides[dialect])
				w.commit("Use Lockstep")
				w.people()

				on.publish(w, true)
				if len(w.written()) < 40 {
					t.Error("all was published, and hardly anything written")
				}
				on.publish(w, true)
				w.wantWrites("publish of all once more")
				on.publish(w, false)
				w.wantWrites("publish of a commit that changed nothing")
				on.extract(w, true)
				w.wantPull("the first extract")
				on.extract(w, false)
				w.wantPull("an extract with a filter")
				w.changes(on)
			})
		}
	}
}

// changes commits one thing after another and looks at what is written.
func (w *world) changes(on system) {
	w.t.Helper()
	w.edit("apimartifacts/tags/sales/tagInformation.json", `"displayName": "`, `"displayName": "All `)
	w.commit("Rename a tag")
	on.publish(w, false)
	w.wantWrites("publish of a commit", "PUT contoso-dev/tags/sales", "PUT contoso-prod/tags/sales")

	w.edit("configuration.prod.yaml", "backend.prod", "other.prod")
	w.commit("Change an override")
	on.publish(w, false)
	w.wantWrites("publish of overrides", "PUT contoso-prod/backends/orders")

	w.run(w.work, nil, "git", "rm", "--quiet", "-r", "apimartifacts/backends/orders-pool")
	w.commit("Delete a backend")
	on.publish(w, false)
	w.wantWrites("publish of a delete", "DELETE contoso-dev/backends/orders-pool", "DELETE contoso-prod/backends/orders-pool")

	w.put("contoso-dev", "tags/internal", `{"properties": {"displayName": "For insiders"}}`)
	on.extract(w, true)
	w.wantPull("drift", "apimartifacts/tags/internal/tagInformation.json")
}

// wantWrites compares what was written to the services since the last time.
func (w *world) wantWrites(when string, want ...string) {
	w.t.Helper()
	if d := cmp.Diff(want, w.written()); d != "" {
		w.t.Errorf("%s (-want +got):\n%s", when, d)
	}
}

// wantPull compares the files of the pull request that was made, if any.
func (w *world) wantPull(when string, want ...string) {
	w.t.Helper()
	var got []string
	for _, line := range w.pulls {
		_, name, _ := strings.Cut(strings.ReplaceAll(strings.TrimSpace(line), "\t", " "), " ")
		got = append(got, strings.Trim(strings.TrimSpace(name), `"`))
	}
	if d := cmp.Diff(want, got); d != "" {
		w.t.Errorf("pull request of %s (-want +got):\n%s", when, d)
	}
	w.pulls = nil
}

// TestOneAddressIsAllThatChanges counts the lines of the toolkit's files that
// are changed.
func TestOneAddressIsAllThatChanges(t *testing.T) {
	for _, name := range []string{"github/run-extractor.yaml", "github/run-publisher-with-env.yaml", "azure/run-extractor.yaml", "azure/run-publisher-with-env.yaml"} {
		text, err := os.ReadFile("testdata/" + name)
		if err != nil {
			t.Fatal(err)
		}
		for line := range strings.Lines(string(text)) {
			if strings.Contains(line, official) && !strings.Contains(line, "-linux-x64.zip") {
				t.Errorf("%s downloads something else: %s", name, line)
			}
		}
		if !strings.Contains(string(text), official) {
			t.Errorf("%s downloads nothing", name)
		}
	}
}
