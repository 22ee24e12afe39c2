//go:build pipelines

package pipelines

import (
	"encoding/base64"
	"fmt"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/lockstep-apiops/lockstep/forge/azuretest"
)

// The token of a job, which is a signed one, and the repository below the service's address.
const (
	azureToken = "eyJ0eXAi.eyJhdWQi.c2ln"
	azureRepo  = "/Acme/platform/_git/apis"
)

func newAzure(t *testing.T, faults ...string) *world {
	t.Helper()
	return onAzure(newWorld(t, azure(t, []string{"dev", "prod"}), faults...))
}

// onAzure puts the repository of a world into Azure Repos.
func onAzure(w *world) *world {
	service := azuretest.New(
		azuretest.Repository{Project: "platform", Name: "apis", OnPremises: true},
		map[string]azuretest.User{"build@acme.example": {Display: "platform Build Service (Acme)", Program: true}, "dana@acme.example": {Display: "Dana"}},
		map[string]azuretest.Token{azureToken: {User: "build@acme.example"}, "dana": {User: "dana@acme.example"}},
	)
	newHub(w, service, map[string]bool{azureToken: true})
	w.hub.root = strings.TrimSuffix(service.URL(), "/Acme")
	return w
}

// pullsAzure lists the pull requests in Azure Repos, with what they say.
func (w *world) pullsAzure() string {
	w.t.Helper()
	return w.hub.pulls(map[string]string{"LOCKSTEP_REPO": w.hub.url + azureRepo, "LOCKSTEP_FORGE_TOKEN": "dana"})
}

// openAzure has Dana open a pull request of main's last commit, and returns the variables of its builds.
func (w *world) openAzure(fork string) map[string]string {
	w.t.Helper()
	w.hub.open("/Acme/platform/_apis/git/repositories/apis/pullrequests", `{"title": "Returns", "sourceRefName": "refs/heads/change", "targetRefName": "refs/heads/release"}`,
		http.Header{"Authorization": {"Basic " + base64.StdEncoding.EncodeToString([]byte(":dana"))}, "Accept": {"application/json;api-version=7.1"}})
	return map[string]string{
		"Build.Reason": "PullRequest", "System.PullRequest.PullRequestId": "1", "System.PullRequest.IsFork": fork,
		"System.PullRequest.SourceBranch": "refs/heads/change", "System.PullRequest.TargetBranch": "refs/heads/release",
		"System.PullRequest.SourceCommitId": w.head("main"),
	}
}

func TestAzureExtract(t *testing.T) {
	w := newAzure(t)
	first := w.pipeline(".azure-pipelines/extract.yml", nil)
	quiet(t, first)
	holds(t, "the forge", w.pullsAzure(), "1\topen\tlockstep/contoso-dev -> main\tBring artifacts in line with apim contoso-dev: 20 added")
	holds(t, "the summary", first.summary.String(), "| added | api `orders-v1` |")
	holds(t, "the artefact", first.artefacts["drift-1"]["drift.md"], "20 added")

	// Running again opens no second, and once it is merged there is no drift.
	quiet(t, w.pipeline(".azure-pipelines/extract.yml", map[string]any{"environment": "dev"}))
	w.hub.mergePull()
	quiet(t, w.pipeline(".azure-pipelines/extract.yml", nil))
	if pulls := w.pullsAzure(); strings.Count(pulls, "lockstep/contoso-dev -> main") != 1 || !strings.Contains(pulls, "merged") {
		t.Errorf("got pull requests %q, want one, merged", pulls)
	}
}

func TestAzureExtractFails(t *testing.T) {
	w := newAzure(t, "status=400,method=GET,path=*/products*")
	o := w.pipeline(".azure-pipelines/extract.yml", nil)
	if last := o.ran[len(o.ran)-1]; o.result() != "failure" || last.step != "Extract" || last.code != 1 {
		t.Errorf("%v: %s ended with %d, want Extract with 1", o.jobs, last.step, last.code)
	}
	if pulls := w.pullsAzure(); pulls != "" {
		t.Errorf("got pull requests %q, want none", pulls)
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
	started := w.openAzure("False")
	o := w.pipelineFor(".azure-pipelines/plan.yml", nil, started)
	quiet(t, o)
	holds(t, "the plan for dev", o.artefacts["plan-dev-1"]["plan.md"], "returns")
	holds(t, "the plan for prod", o.artefacts["plan-prod-1"]["plan.md"], "orders-v1", "returns")
	holds(t, "the summary", o.summary.String(), "returns")
	if got := w.gateway("dev", "/backends/returns"); !strings.Contains(got, "ResourceNotFound") {
		t.Errorf("a plan wrote to the gateway: %s", got)
	}
	holds(t, "the comment on dev", w.hub.said(t, "contoso-dev"), "returns", "/platform/_build/results?buildId=42")
	holds(t, "the comment on prod", w.hub.said(t, "contoso-prod"), "orders-v1")
	service := w.hub.fake.(*azuretest.Server)
	var statuses []string
	for _, s := range service.Pull(1).Statuses {
		statuses = append(statuses, fmt.Sprint(s))
	}
	holds(t, "the statuses", strings.Join(statuses, "\n"), "contoso-dev", "contoso-prod", "succeeded")

	// The next commit's plans take their place. A run that is for no pull request only plans.
	w.commit(map[string]string{"apimartifacts/backends/returns": ""})
	quiet(t, w.pipelineFor(".azure-pipelines/plan.yml", nil, started))
	holds(t, "the comment on dev", w.hub.said(t, "contoso-dev"), "nothing to do")
	quiet(t, w.pipeline(".azure-pipelines/plan.yml", nil))
}

func TestAzurePlanOfFork(t *testing.T) {
	w := newAzure(t)
	w.example()
	o := w.pipelineFor(".azure-pipelines/plan.yml", nil, w.openAzure("True"))
	quiet(t, o)
	holds(t, "the summary", o.summary.String(), "There is no plan: a pull request from a fork gets no identity")
	if said := w.hub.Comments(1); len(said) > 0 || strings.Contains(o.log(), "publisher plan") {
		t.Errorf("a fork's plan said %q\n%s", said, o.log())
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
		w.recordedAzure(environment)
	}
}

// recordedAzure fails the test unless the repository says, in a branch, that main was published.
func (w *world) recordedAzure(environment string) {
	w.t.Helper()
	record := w.must(w.bare, "git", "log", "-1", "--format=%B", "refs/heads/lockstep/published/contoso-"+environment+"."+environment)
	holds(w.t, "the record of "+environment, record, "Lockstep-Published: "+w.head("main"))
}

// TestAzurePublishFails has a publish fail on the way: what it did not get done is in the plan of the next.
func TestAzurePublishFails(t *testing.T) {
	w := newAzure(t, "status=400,method=PUT,path=*/backends/returns,count=1")
	w.example()
	quiet(t, w.pipeline(".azure-pipelines/publish.yml", nil))
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

	w.commit(map[string]string{"apimartifacts/tags/sales/tagInformation.json": `{"properties": {"displayName": "Sold"}}`})
	quiet(t, w.pipelineFor(".azure-pipelines/publish.yml", nil, map[string]string{"LOCKSTEP_OVERWRITE": "true"}))
	holds(t, "dev", w.gateway("dev", "/backends/returns"), "https://returns.example.com")
	w.recordedAzure("prod")
}

func TestAzureStages(t *testing.T) {
	files := azure(t, []string{"dev"})
	files[".azure-pipelines/publish.yml"] = strings.ReplaceAll(files[".azure-pipelines/publish.yml"], "publish-job.yml", "publish-stages.yml")
	w := onAzure(newWorld(t, files))
	w.example()
	w.commit(map[string]string{"lockstep/publisher.yaml": "gateway: apim\ninput: apimartifacts\ndelete: true\n"})
	quiet(t, w.pipeline(".azure-pipelines/publish.yml", nil))
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
	w.recordedAzure("dev")
}

// computed is what the language service says of names that an expression makes: the pattern does not know those.
var computed = regexp.MustCompile(`(?m)^.*templates/(?:plan|validate)-job\.yml:\d+: String does not match the pattern .*\n`)

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
