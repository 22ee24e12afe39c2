//go:build pipelines

package pipelines

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

func newAzure(t *testing.T, faults ...string) *world {
	t.Helper()
	return newWorld(t, azure(t, []string{"dev", "prod"}), faults...)
}

func TestAzureExtract(t *testing.T) {
	w := newAzure(t)
	first := w.pipeline(".azure-pipelines/extract.yml", nil)
	quiet(t, first)
	holds(t, "the forge", w.asked(), "az repos pr create --repository apis --source-branch lockstep/contoso-dev --target-branch main --title Bring artifacts in line with apim contoso-dev: 21 added")
	holds(t, "the summary", first.summary.String(), "| added | api `orders-v1` |")
	holds(t, "the artefact", first.artefacts["drift-1"]["drift.md"], "21 added")
	quiet(t, w.pipeline(".azure-pipelines/extract.yml", map[string]any{"environment": "dev"}))
	holds(t, "the forge", w.asked(), "az repos pr update --id 7 --title")
	w.merge()
	quiet(t, w.pipeline(".azure-pipelines/extract.yml", nil))
	holds(t, "the forge", w.asked(), "az repos pr update --id 7 --status abandoned")
}

func TestAzureExtractFails(t *testing.T) {
	w := newAzure(t, "status=400,method=GET,path=*/products*")
	o := w.pipeline(".azure-pipelines/extract.yml", nil)
	if last := o.ran[len(o.ran)-1]; o.result() != "failure" || last.step != "Extract" || last.code != 1 {
		t.Errorf("%v: %s ended with %d, want Extract with 1", o.jobs, last.step, last.code)
	}
	if asked := w.asked(); asked != "" {
		t.Errorf("the forge was asked %q, want nothing", asked)
	}
}

func TestAzureExtractMany(t *testing.T) {
	w := newAzure(t)
	quiet(t, w.pipeline(".azure-pipelines/plan.yml", map[string]any{"environments": []any{}}))
	w.commit(map[string]string{
		"lockstep/gateways/eu-1.yaml": "subscriptionId: " + subscription + "\nresourceGroup: apis\nserviceName: contoso-dev\noutput: gateways/eu\n",
		"lockstep/gateways/us.yaml":   "subscriptionId: " + subscription + "\nresourceGroup: apis\nserviceName: contoso-us\noutput: gateways/us\n",
	})
	o := w.pipeline(".azure-pipelines/extract-many.yml", nil)
	quiet(t, o)
	if want := []string{"list", "extract eu_1", "extract us"}; !slices.Equal(o.order, want) {
		t.Errorf("got jobs %q, want %q", o.order, want)
	}
	if w.head("lockstep/eu-1") == "" || w.head("lockstep/us") != "" {
		t.Error("want a branch for the gateway that has something, and none for the other")
	}
}

func TestAzurePlan(t *testing.T) {
	w := newAzure(t)
	w.example()
	w.commit(change())
	o := w.pipeline(".azure-pipelines/plan.yml", nil)
	quiet(t, o)
	holds(t, "the plan for dev", o.artefacts["plan-dev-1"]["plan.md"], "returns")
	holds(t, "the plan for prod", o.artefacts["plan-prod-1"]["plan.md"], "orders-v1", "returns")
	holds(t, "the summary", o.summary.String(), "returns")
	if got := w.gateway("dev", "/backends/returns"); !strings.Contains(got, "ResourceNotFound") {
		t.Errorf("a plan wrote to the gateway: %s", got)
	}
}

func TestAzurePublish(t *testing.T) {
	w := newAzure(t)
	w.example()
	w.commit(change())
	o := w.pipeline(".azure-pipelines/publish.yml", nil)
	quiet(t, o)
	if want := []string{"dev / publish", "prod / publish"}; !slices.Equal(o.order, want) {
		t.Errorf("got jobs %q, want %q", o.order, want)
	}
	for _, environment := range []string{"dev", "prod"} {
		holds(t, environment, w.gateway(environment, "/backends/returns"), "https://returns.example.com")
		kept := slices.Sorted(maps.Keys(o.artefacts["publish-"+environment+"-1"]))
		if want := []string{"plan.json", "plan.md", "report.md"}; !slices.Equal(kept, want) {
			t.Errorf("%s: kept %q, want %q", environment, kept, want)
		}
	}
}

func TestAzurePublishFails(t *testing.T) {
	w := newAzure(t, "status=400,method=PUT,path=*/backends/returns")
	w.example()
	w.commit(change())
	o := w.pipeline(".azure-pipelines/publish.yml", nil)
	if o.jobs["dev / publish"] != "failure" || o.jobs["publish of prod"] != "skipped" {
		t.Errorf("got %v, want dev failed and prod skipped\n%s", o.jobs, o.log())
	}
	if last := o.ran[len(o.ran)-1]; last.step != "Publish" || last.code != 1 {
		t.Errorf("%s ended with %d, want Publish with 1", last.step, last.code)
	}
	holds(t, "the report that is kept", o.artefacts["publish-dev-1"]["report.md"], "returns")
	holds(t, "the summary", o.summary.String(), "returns")
}

func TestAzureStages(t *testing.T) {
	files := azure(t, []string{"dev"})
	files[".azure-pipelines/publish.yml"] = strings.ReplaceAll(files[".azure-pipelines/publish.yml"], "publish-job.yml", "publish-stages.yml")
	w := newWorld(t, files)
	w.example()
	w.commit(map[string]string{"lockstep/publisher.yaml": "gateway: apim\ninput: apimartifacts\ndelete: true\n"})
	changed := change()
	changed["apimartifacts/tags/sales/tagInformation.json"] = `{"properties": {"displayName": "Sold"}}`
	changed["apimartifacts/products/partner/apis/catalog"] = ""
	w.commit(changed)
	o := w.pipeline(".azure-pipelines/publish.yml", nil)
	quiet(t, o)
	if want := []string{"plan", "dev / creator", "dev / publish", "dev / terminator"}; !slices.Equal(o.order, want) {
		t.Errorf("got jobs %q, want %q", o.order, want)
	}
	for stage, want := range map[string]string{"creator": "1 created", "publish": "1 updated", "terminator": "1 deleted"} {
		holds(t, "the report of "+stage, o.artefacts[stage+"-dev-1"]["report.md"], want)
	}
}

// computed is what the language service says of names that an expression makes: the pattern does not know those.
var computed = regexp.MustCompile(`(?m)^.*templates/plan-job\.yml:\d+: String does not match the pattern .*\n`)

func lintAzure(t *testing.T, files map[string]string) string {
	t.Helper()
	schema, err := filepath.Abs(schemas + "/azure-pipelines.json")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(schema); err != nil {
		t.Skipf("the schema of Azure Pipelines is not beside the repository, so the files are not checked against it: %v", err)
	}
	only := maps.Clone(files)
	maps.DeleteFunc(only, func(name, _ string) bool { return !strings.HasPrefix(name, ".azure-pipelines/") })
	script, err := filepath.Abs("../../.ci/pipelines/azure.cjs")
	if err != nil {
		t.Fatal(err)
	}
	return computed.ReplaceAllString(node(t, script, only, schema), "")
}

func TestAzureLint(t *testing.T) {
	for name, environments := range answers() {
		if found := lintAzure(t, azure(t, environments)); found != "" {
			t.Errorf("%s: %s", name, found)
		}
	}
}

func TestAzureLintFindsMistakes(t *testing.T) {
	tests := []struct{ file, old, new, want string }{
		{"extract.yml", "scriptType", "scripttType", "Unexpected property scripttType"},
		{"extract.yml", "AzureCLI@2", "AzureCLI@1000", "Unexpected property azureSubscription"},
		{"extract.yml", "    always: true", "    allways: true", "allways"},
		{"templates/publish-job.yml", "runOnce", "runTwice", "runTwice"},
		{"publish.yml", "lockBehavior: sequential", "lockBehavior: sometimes", "sequential"},
	}
	for _, tt := range tests {
		t.Run(fmt.Sprintf("%s, %s", tt.file, tt.new), func(t *testing.T) {
			files := azure(t, []string{"dev", "prod"})
			file := ".azure-pipelines/" + tt.file
			if !strings.Contains(files[file], tt.old) {
				t.Fatalf("%s lacks %q", file, tt.old)
			}
			files[file] = strings.ReplaceAll(files[file], tt.old, tt.new)
			if found := lintAzure(t, files); !strings.Contains(found, tt.want) {
				t.Errorf("found %q, want %q in it", found, tt.want)
			}
		})
	}
}
