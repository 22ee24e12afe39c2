//go:build pipelines

package pipelines

import (
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/lockstep-apiops/lockstep/forge/githubtest"
)

// returns is a backend that a change adds.
const returns = `{"properties": {"protocol": "http", "url": "https://returns.example.com"}}`

// change adds a backend to the tree, and a policy to the gateway's.
func change() map[string]string {
	return map[string]string{"apimartifacts/backends/returns/backendInformation.json": returns}
}

// quiet fails the test unless the run went well and wrote nothing to standard error.
func quiet(t *testing.T, o *outcome) {
	t.Helper()
	for _, r := range o.ran {
		if r.code != 0 || r.stderr != "" {
			t.Errorf("%s, %s: exit code %d, standard error %q", r.job, r.step, r.code, r.stderr)
		}
	}
	if o.result() != "success" {
		t.Fatalf("%v\n%s", o.jobs, o.log())
	}
}

// holds fails the test unless a text has all the parts.
func holds(t *testing.T, what, text string, parts ...string) {
	t.Helper()
	for _, p := range parts {
		if !strings.Contains(text, p) {
			t.Errorf("%s lacks %q:\n%s", what, p, text)
		}
	}
}

// levels are what a job may do with each part of the repository that matters here.
func levels() map[string][]string {
	return map[string][]string{"contents": {"", "read", "write"}, "pull_requests": {"", "read", "write"}, "statuses": {"", "read", "write"}}
}

// jobToken names the token that a job with some permissions is given. To forks it lends no rights to write.
func jobToken(permissions map[string]any, fork bool) string {
	name := "token"
	for _, part := range slices.Sorted(maps.Keys(levels())) {
		level := show(permissions[strings.ReplaceAll(part, "_", "-")])
		if fork && level == "write" {
			level = "read"
		}
		name += "-" + level
	}
	return name
}

// jobTokens are all tokens that jobs may be given, as GitHub knows them, and whether they may push.
func jobTokens() (map[string]githubtest.Token, map[string]bool) {
	tokens, pushes := map[string]githubtest.Token{"dana": {Login: "dana"}}, map[string]bool{}
	for _, contents := range levels()["contents"] {
		for _, pulls := range levels()["pull_requests"] {
			for _, statuses := range levels()["statuses"] {
				name := jobToken(map[string]any{"contents": contents, "pull-requests": pulls, "statuses": statuses}, false)
				rights := map[string]string{"metadata": "read", "contents": contents, "pull_requests": pulls, "statuses": statuses}
				tokens[name] = githubtest.Token{Login: "github-actions[bot]", Installation: true, Permissions: rights}
				if contents != "" {
					pushes[name] = contents == "write"
				}
			}
		}
	}
	return tokens, pushes
}

func newGitHub(t *testing.T, faults ...string) *world {
	t.Helper()
	return onGitHub(newWorld(t, github(t, []string{"dev", "prod"}), faults...))
}

// onGitHub puts the repository of a world on GitHub.
func onGitHub(w *world) *world {
	tokens, pushes := jobTokens()
	newHub(w, githubtest.New(
		githubtest.Repository{Owner: "acme", Name: "apis", Private: true},
		map[string]githubtest.User{"github-actions[bot]": {Bot: true, Write: true}, "dana": {Write: true}}, tokens,
	), pushes)
	return w
}

const workflows = ".github/workflows/lockstep-"

// pulls returns the pull requests on GitHub, with what they say.
func (w *world) pulls() string {
	w.t.Helper()
	return w.hub.pulls(map[string]string{
		"LOCKSTEP_REPO": w.hub.url + "/acme/apis", "LOCKSTEP_FORGE": "github", "LOCKSTEP_FORGE_URL": w.hub.url, "LOCKSTEP_FORGE_REPO": "acme/apis",
		"LOCKSTEP_FORGE_TOKEN": jobToken(map[string]any{"contents": "read", "pull-requests": "read"}, false),
	})
}

func TestGitHubExtract(t *testing.T) {
	w := newGitHub(t)
	event := map[string]any{"repository": map[string]any{"default_branch": "main"}}
	first := w.workflow(workflows+"extract.yml", "schedule", event, nil)
	quiet(t, first)
	holds(t, "the forge", w.pulls(), "1\topen\tlockstep/contoso-dev -> main\tBring artifacts in line with apim contoso-dev: 20 added")
	holds(t, "the summary", first.summary.String(), "| added | api `orders-v1` |")
	holds(t, "the artefact", first.artefacts["drift"]["drift.md"], "20 added")

	// Running again opens no second, and once it is merged there is no drift.
	quiet(t, w.workflow(workflows+"extract.yml", "workflow_dispatch", event, map[string]any{"environment": "dev"}))
	w.hub.mergePull()
	quiet(t, w.workflow(workflows+"extract.yml", "schedule", event, nil))
	if pulls := w.pulls(); strings.Count(pulls, "lockstep/contoso-dev -> main") != 1 || !strings.Contains(pulls, "merged") {
		t.Errorf("got pull requests %q, want one, merged", pulls)
	}
}

func TestGitHubExtractFails(t *testing.T) {
	w := newGitHub(t, "status=400,method=GET,path=*/products*")
	o := w.workflow(workflows+"extract.yml", "schedule", nil, nil)
	last := o.ran[len(o.ran)-1]
	if o.result() != "failure" || last.step != "Extract" || last.code != 1 {
		t.Errorf("%v: %s ended with %d, want Extract with 1", o.jobs, last.step, last.code)
	}
	holds(t, "standard error", last.stderr, "extractor: read the gateway")
	if pulls := w.pulls(); pulls != "" {
		t.Errorf("got pull requests %q, want none", pulls)
	}
}

func TestGitHubExtractMany(t *testing.T) {
	w := newGitHub(t)
	w.commit(map[string]string{
		"lockstep/gateways/eu.yaml": "subscriptionId: " + subscription + "\nresourceGroup: apis\nserviceName: contoso-dev\noutput: gateways/eu\n",
		"lockstep/gateways/us.yaml": "subscriptionId: " + subscription + "\nresourceGroup: apis\nserviceName: contoso-us\noutput: gateways/us\n",
	})
	o := w.workflow(workflows+"extract-many.yml", "workflow_dispatch", nil, nil)
	quiet(t, o)
	if want := []string{"list", "extract eu", "extract us"}; !slices.Equal(o.order, want) {
		t.Errorf("got jobs %q, want %q", o.order, want)
	}
	holds(t, "the forge", w.pulls(), "open\tlockstep/eu -> main")
	if w.head("lockstep/us") != "" {
		t.Error("a gateway that is empty has a branch")
	}
}

// pull is a pull request from a branch of the repository itself, or of another.
func (w *world) pull(from string) map[string]any {
	return map[string]any{"pull_request": map[string]any{
		"head": map[string]any{"sha": w.head("main"), "repo": map[string]any{"full_name": from}}, "merge_base": w.head("main~1"), // of which only Gitea tells
	}}
}

// openGitHub has Dana open a pull request of main's last commit.
func (w *world) openGitHub() {
	w.t.Helper()
	w.hub.open("/api/v3/repos/acme/apis/pulls", `{"title": "Returns", "head": "change", "base": "release"}`, http.Header{"Authorization": {"Bearer dana"}})
}

func TestGitHubPlan(t *testing.T) {
	w := newGitHub(t)
	w.example()
	w.commit(change())
	w.openGitHub()
	o := w.workflow(workflows+"plan.yml", "pull_request", w.pull("acme/apis"), nil)
	quiet(t, o)
	holds(t, "the plan for dev", o.artefacts["plan-dev"]["plan.md"], "returns")
	holds(t, "the plan for prod", o.artefacts["plan-prod"]["plan.md"], "orders-v1", "returns")
	holds(t, "the summary", o.summary.String(), "returns")
	if o.artefacts["plan-prod"]["plan.json"] == "" {
		t.Error("the plan is not kept")
	}
	if got := w.gateway("dev", "/backends/returns"); !strings.Contains(got, "ResourceNotFound") {
		t.Errorf("a plan wrote to the gateway: %s", got)
	}
	holds(t, "the comment on dev", w.hub.said(t, "contoso-dev"), "returns", "/acme/apis/actions/runs/42")
	holds(t, "the comment on prod", w.hub.said(t, "contoso-prod"), "orders-v1")
	if got := w.statuses(); got != "lockstep/plan/contoso-dev/dev success, lockstep/plan/contoso-prod/prod success" {
		t.Errorf("got statuses %q", got)
	}

	// The next commit's plans take their place.
	w.commit(map[string]string{"apimartifacts/backends/returns": ""})
	quiet(t, w.workflow(workflows+"plan.yml", "pull_request", w.pull("acme/apis"), nil))
	holds(t, "the comment on dev", w.hub.said(t, "contoso-dev"), "nothing to do")
}

// statuses are those of main's last commit.
func (w *world) statuses() string {
	w.t.Helper()
	var list []string
	for _, s := range w.hub.fake.(*githubtest.Server).Statuses(w.hub.theirs[w.head("main")]) {
		list = append(list, s.Context+" "+s.State)
	}
	slices.Sort(list)
	return strings.Join(list, ", ")
}

func TestGitHubPlanOfFork(t *testing.T) {
	w := newGitHub(t)
	w.example()
	w.openGitHub()
	o := w.workflow(workflows+"plan.yml", "pull_request", w.pull("eve/apis"), nil)
	quiet(t, o)
	holds(t, "the summary", o.summary.String(), "There is no plan: a pull request from a fork gets no identity")
	if said := w.hub.Comments(1); len(said) > 0 || w.statuses() != "" {
		t.Errorf("a fork's plan said %q, and set %q", said, w.statuses())
	}

	// Where the settings lend an identity to forks there is a plan, though the token can not tell of it.
	w.env["ACTIONS_ID_TOKEN_REQUEST_URL"], w.env["LENT"] = "https://tokens.example.com", "true"
	o = w.workflow(workflows+"plan.yml", "pull_request", w.pull("eve/apis"), nil)
	quiet(t, o)
	holds(t, "the plan for prod", o.artefacts["plan-prod"]["plan.md"], "orders-v1")
	if said := w.hub.Comments(1); len(said) > 0 {
		t.Errorf("a fork's plan said %q", said)
	}
}

func TestGitHubPublish(t *testing.T) {
	w := newGitHub(t)
	w.example()
	w.commit(change())
	o := w.workflow(workflows+"publish.yml", "push", nil, nil)
	quiet(t, o)
	if want := []string{"dev / publish", "prod / publish"}; !slices.Equal(o.order, want) {
		t.Errorf("got jobs %q, want %q", o.order, want)
	}
	for _, environment := range []string{"dev", "prod"} {
		holds(t, environment, w.gateway(environment, "/backends/returns"), "https://returns.example.com")
		kept := slices.Sorted(maps.Keys(o.artefacts["publish-"+environment]))
		if want := []string{"plan.json", "plan.md", "report.md"}; !slices.Equal(kept, want) {
			t.Errorf("%s: kept %q, want %q", environment, kept, want)
		}
		w.recorded(environment)
	}
	holds(t, "the summary", o.summary.String(), "1 created")
}

// TestGitHubPublishFails has a publish fail on the way: what it did not get done is in the plan of the next.
func TestGitHubPublishFails(t *testing.T) {
	w := newGitHub(t, "status=400,method=PUT,path=*/backends/returns,count=1")
	w.example()
	quiet(t, w.workflow(workflows+"publish.yml", "push", nil, nil))
	first := w.head("main")
	w.commit(change())
	o := w.workflow(workflows+"publish.yml", "push", nil, nil)
	if o.jobs["dev"] != "failure" || o.jobs["prod"] != "skipped" {
		t.Errorf("got %v, want dev failed and prod skipped\n%s", o.jobs, o.log())
	}
	if last := o.ran[len(o.ran)-1]; last.step != "Apply" || last.code != 1 {
		t.Errorf("%s ended with %d, want Apply with 1", last.step, last.code)
	}
	holds(t, "the report that is kept", o.artefacts["publish-dev"]["report.md"], "returns")
	holds(t, "the record", w.must(w.bare, "git", "log", "-1", "--format=%B", "refs/lockstep/published/contoso-dev.dev"), "Lockstep-Published: "+first)

	w.commit(map[string]string{"apimartifacts/tags/sales/tagInformation.json": `{"properties": {"displayName": "Sold"}}`})
	o = w.workflow(workflows+"publish.yml", "workflow_dispatch", nil, map[string]any{"overwrite": true})
	quiet(t, o)
	holds(t, "the report", o.artefacts["publish-dev"]["report.md"], "1 updated, 1 created")
	holds(t, "dev", w.gateway("dev", "/backends/returns"), "https://returns.example.com")
	w.recorded("dev")
	w.recorded("prod")
}

// recorded fails the test unless the repository says that main was published.
func (w *world) recorded(environment string) {
	w.t.Helper()
	record := w.must(w.bare, "git", "log", "-1", "--format=%B", "refs/lockstep/published/contoso-"+environment+"."+environment)
	holds(w.t, "the record of "+environment, record, "Lockstep-Published: "+w.head("main"))
}

func TestGitHubStages(t *testing.T) {
	w := newGitHub(t)
	w.example()
	w.commit(map[string]string{"lockstep/publisher.yaml": "gateway: apim\ninput: apimartifacts\ndelete: true\n"})
	quiet(t, w.workflow(workflows+"publish-job.yml", "workflow_call", nil, map[string]any{"environment": "dev"}))
	changed := change()
	changed["apimartifacts/tags/sales/tagInformation.json"] = `{"properties": {"displayName": "Sold"}}`
	changed["apimartifacts/products/partner/apis/catalog"] = ""
	w.commit(changed)
	o := w.workflow(workflows+"publish-stages.yml", "workflow_call", nil, map[string]any{"environment": "dev"})
	quiet(t, o)
	if want := []string{"plan", "creator", "publish", "terminator"}; !slices.Equal(o.order, want) {
		t.Errorf("got jobs %q, want %q", o.order, want)
	}
	for stage, want := range map[string]string{"creator": "1 created", "publish": "1 updated", "terminator": "1 deleted"} {
		holds(t, "the report of "+stage, o.artefacts[stage+"-dev"]["report.md"], want)
	}
	holds(t, "the gateway", w.gateway("dev", "/tags/sales"), "Sold")
	if got := w.gateway("dev", "/products/partner/apis"); strings.Contains(got, `"catalog"`) {
		t.Errorf("what git lacks is still there: %s", got)
	}
	w.recorded("dev")
}

func TestGitHubRefusesAnotherArchive(t *testing.T) {
	w := newGitHub(t)
	w.env["LOCKSTEP_RELEASES"] = "file://" + w.dir + "/mirror"
	write(t, w.dir, map[string]string{"mirror/v0.1.0/checksums.txt": strings.Repeat("0", 64) + "  extractor-linux-x64.zip\n", "mirror/v0.1.0/extractor-linux-x64.zip": "x"})
	o := w.workflow(workflows+"extract.yml", "schedule", nil, nil)
	if len(o.ran) != 1 || o.ran[0].code != 1 || o.result() != "failure" {
		t.Errorf("%v\n%s", o.jobs, o.log())
	}
	holds(t, "standard error", o.log(), "extractor-linux-x64.zip of v0.1.0 does not have the SHA-256 that checksums.txt gives")
}

// serviceGitHub returns what GitHub's own language service says about the workflows and actions.
func serviceGitHub(t *testing.T, files map[string]string) string {
	t.Helper()
	only := maps.Clone(files)
	maps.DeleteFunc(only, func(name, _ string) bool { return !strings.HasSuffix(name, ".yml") })
	return node(t, tools(t)+"/github.mjs", only)
}

func TestGitHubService(t *testing.T) {
	if found := serviceGitHub(t, github(t, []string{"dev", "prod"})); found != "" {
		t.Error(found)
	}
}

func TestGitHubServiceFindsMistakes(t *testing.T) {
	tests := []struct{ file, old, new, want string }{
		{".github/actions/lockstep-publisher/action.yml", "      shell: bash\n", "", "Required property is missing: shell"},
		{".github/actions/lockstep-publisher/action.yml", "using: composite", "using: comp", "comp"},
		{workflows + "plan.yml", "cancel-in-progress", "cancel-in-progres", "Unexpected value 'cancel-in-progres'"},
	}
	for _, tt := range tests {
		t.Run(tt.want, func(t *testing.T) {
			files := github(t, []string{"dev", "prod"})
			if !strings.Contains(files[tt.file], tt.old) {
				t.Fatalf("%s lacks %q", tt.file, tt.old)
			}
			files[tt.file] = strings.ReplaceAll(files[tt.file], tt.old, tt.new)
			if found := serviceGitHub(t, files); !strings.Contains(found, tt.want) {
				t.Errorf("found %q, want %q in it", found, tt.want)
			}
		})
	}
}
