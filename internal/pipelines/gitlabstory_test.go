//go:build pipelines

package pipelines

import (
	"fmt"
	"maps"
	"net/http"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/lockstep-apiops/lockstep/forge/gitlabtest"
)

// gitlab returns all files for GitLab as they stand in a repository, those for many gateways and for stages too.
func gitlab(t *testing.T, environments []string) map[string]string {
	t.Helper()
	files := render(t, Options{Forge: "gitlab", Environments: environments})
	files[".gitlab/lockstep/extract-many.yml"] = source(t, "gitlab/templates/extract-many.yml")
	return files
}

// The tokens of a job, which may read the repository, and of the project.
const (
	gitlabJob   = "glcbt-job"
	gitlabToken = "glpat-project"
)

// onGitLab puts the repository of a world on GitLab.
func onGitLab(w *world) *world {
	newHub(w, gitlabtest.New(
		gitlabtest.Project{Path: "acme/apis", Private: true},
		map[string]gitlabtest.User{"bot": {Level: gitlabtest.Developer, Bot: true}, "dana": {Level: gitlabtest.Developer}},
		map[string]gitlabtest.Token{
			gitlabToken: {Username: "bot", Scopes: []string{"api", "write_repository"}}, gitlabJob: {Username: "dana", Job: true},
			"dana": {Username: "dana", Scopes: []string{"api"}},
		},
	), map[string]bool{gitlabToken: true, gitlabJob: false})
	return w
}

// pullsGitLab lists the merge requests, with what they say.
func (w *world) pullsGitLab() string {
	w.t.Helper()
	return w.hub.pulls(map[string]string{
		"LOCKSTEP_REPO": w.hub.url + "/acme/apis.git", "LOCKSTEP_FORGE": "gitlab", "LOCKSTEP_FORGE_URL": w.hub.url, "LOCKSTEP_FORGE_REPO": "acme/apis",
		"LOCKSTEP_FORGE_TOKEN": gitlabToken,
	})
}

// openGitLab has Dana open a merge request of main's last commit, and sets the variables of its pipelines.
func (w *world) openGitLab(from string) {
	w.t.Helper()
	w.hub.open("/api/v4/projects/acme%2Fapis/merge_requests", `{"title": "Returns", "source_branch": "change", "target_branch": "release"}`,
		http.Header{"Private-Token": {"dana"}})
	maps.Copy(w.env, map[string]string{
		"CI_MERGE_REQUEST_IID": "1", "CI_MERGE_REQUEST_PROJECT_ID": "7", "CI_MERGE_REQUEST_SOURCE_PROJECT_ID": from,
		"CI_MERGE_REQUEST_SOURCE_BRANCH_NAME": "change", "CI_MERGE_REQUEST_TARGET_BRANCH_NAME": "release", "CI_MERGE_REQUEST_DIFF_BASE_SHA": w.head("main~1"),
	})
}

// newGitLab returns a world, and a way to run its pipeline. What starts it is a variable, as on GitLab.
func newGitLab(t *testing.T, files map[string]string, faults ...string) (*world, func(source string, jobs ...string) ran) {
	t.Helper()
	bin := tools(t) + "/node_modules/.bin/gitlab-ci-local"
	if _, err := exec.LookPath("rsync"); err != nil {
		t.Skip("rsync is not installed, which gitlab-ci-local needs: no pipeline of GitLab is run")
	}
	w := onGitLab(newWorld(t, files, faults...))
	w.commit(nil) // so that there is one before it
	maps.Copy(w.env, map[string]string{
		"GITLAB_CI": "true", "GITLAB_TOKEN": gitlabToken, "CI_JOB_TOKEN": gitlabJob, "CI_SERVER_URL": w.hub.url, "CI_API_V4_URL": w.hub.url + "/api/v4",
		"CI_PROJECT_PATH": "acme/apis", "CI_PROJECT_ID": "7", "CI_PROJECT_URL": w.hub.url + "/acme/apis", "CI_JOB_URL": w.hub.url + "/acme/apis/-/jobs/42",
		"CI_DEFAULT_BRANCH": "main", "CI_COMMIT_BRANCH": "main", "AZURE_ID_TOKEN": "an-id-token", "GITLAB_USER_LOGIN": "dana",
	})
	var values strings.Builder
	for _, name := range []string{"AZURE_CLIENT_ID", "AZURE_TENANT_ID", "AZURE_SUBSCRIPTION_ID", "AZURE_RESOURCE_GROUP_NAME", "API_MANAGEMENT_SERVICE_NAME"} {
		fmt.Fprintf(&values, "%s:\n  type: variable\n  values:\n", name)
		for _, e := range []string{"dev", "prod"} {
			fmt.Fprintf(&values, "    %[1]s: %[2]s\n    %[1]s-read: %[2]s\n", e, w.variables(e)[name])
		}
	}
	return w, func(from string, jobs ...string) ran {
		t.Helper()
		project := t.TempDir() + "/apis"
		w.must(w.dir, "git", "clone", "--quiet", "file://"+w.bare, project)
		w.must(project, "git", "update-ref", "refs/remotes/origin/main", "HEAD~1") // what the push brought is what changed
		w.must(project, "git", "remote", "set-url", "origin", strings.Replace(w.hub.url, "://", "://gitlab-ci-token:"+gitlabJob+"@", 1)+"/acme/apis.git")
		write(t, project, map[string]string{".gitlab-ci-local-variables.yml": values.String()})
		args := []string{bin, "--force-shell-executor", "--shell-isolation", "--artifacts-to-source=false", "--timestamps=false", "--variable", "CI_PIPELINE_SOURCE=" + from}
		predefined := "CI_PIPELINE_SOURCE"
		for _, name := range slices.Sorted(maps.Keys(w.env)) {
			if gitlabVariable.MatchString(name) {
				args, predefined = append(args, "--variable", name+"="+w.env[name]), predefined+","+name
			}
		}
		return w.run(project, map[string]string{"GCL_IGNORE_PREDEFINED_VARS": predefined}, append(args, jobs...)...)
	}
}

// gitlabVariable is one that a job has; the others are the runner's.
var gitlabVariable = regexp.MustCompile(`^(CI_|GITLAB_|PATH$|AZURE_|AXWAY_|AUTOFLOW_|LOCKSTEP_)`)

func TestGitLabExtract(t *testing.T) {
	w, run := newGitLab(t, gitlab(t, []string{"dev", "prod"}))
	r := run("schedule")
	if r.code != 0 || w.head("lockstep/contoso-dev") == "" {
		t.Fatalf("exit code %d\n%s%s", r.code, r.stdout, r.stderr)
	}
	holds(t, "the log", r.stdout, "20 added")
	holds(t, "the forge", w.pullsGitLab(), "1\topen\tlockstep/contoso-dev -> main\tBring artifacts in line with apim contoso-dev: 20 added")

	// Running again opens no second, and once it is merged there is no drift.
	if r := run("web", "lockstep extract dev"); r.code != 0 {
		t.Errorf("again: exit code %d\n%s%s", r.code, r.stdout, r.stderr)
	}
	w.hub.mergePull()
	if r := run("schedule"); r.code != 0 {
		t.Errorf("once it is merged: exit code %d\n%s%s", r.code, r.stdout, r.stderr)
	}
	if pulls := w.pullsGitLab(); strings.Count(pulls, "lockstep/contoso-dev -> main") != 1 || !strings.Contains(pulls, "merged") {
		t.Errorf("got merge requests %q, want one, merged", pulls)
	}
}

func TestGitLabPlan(t *testing.T) {
	w, run := newGitLab(t, gitlab(t, []string{"dev", "prod"}))
	w.example()
	w.commit(change())
	w.openGitLab("7")
	r := run("merge_request_event")
	if r.code != 0 {
		t.Fatalf("exit code %d\n%s%s", r.code, r.stdout, r.stderr)
	}
	holds(t, "the log", r.stdout, "lockstep plan dev", "lockstep plan prod", "returns")
	if strings.Contains(r.stdout, "lockstep publish") || strings.Contains(r.stdout, "lockstep no plan") {
		t.Errorf("a merge request has other jobs:\n%s", r.stdout)
	}
	if got := w.gateway("dev", "/backends/returns"); !strings.Contains(got, "ResourceNotFound") {
		t.Errorf("a plan wrote to the gateway: %s", got)
	}
	holds(t, "the comment on dev", w.hub.said(t, "contoso-dev"), "returns", "/acme/apis/-/jobs/42")
	holds(t, "the comment on prod", w.hub.said(t, "contoso-prod"), "orders-v1")

	// Without a token that may comment the plan is in the log.
	w.env["GITLAB_TOKEN"] = ""
	if r = run("merge_request_event", "lockstep plan dev"); r.code != 0 {
		t.Fatalf("exit code %d\n%s%s", r.code, r.stdout, r.stderr)
	}
	holds(t, "the log", r.stdout, "There is no GITLAB_TOKEN", "returns")
}

func TestGitLabPlanOfFork(t *testing.T) {
	w, run := newGitLab(t, gitlab(t, []string{"dev"}))
	w.example()
	w.openGitLab("8")
	r := run("merge_request_event")
	if r.code != 0 || strings.Contains(r.stdout, "lockstep plan dev") {
		t.Errorf("exit code %d\n%s%s", r.code, r.stdout, r.stderr)
	}
	holds(t, "the log", r.stdout, "lockstep no plan dev", "a merge request from a fork gets no identity")
	if said := w.hub.Comments(1); len(said) > 0 {
		t.Errorf("a fork's plan said %q", said)
	}
}

func TestGitLabPublish(t *testing.T) {
	w, run := newGitLab(t, gitlab(t, []string{"dev", "prod"}))
	w.example()
	w.commit(change())
	r := run("push")
	if r.code != 0 {
		t.Fatalf("exit code %d\n%s%s", r.code, r.stdout, r.stderr)
	}
	for _, environment := range []string{"dev", "prod"} {
		holds(t, environment, w.gateway(environment, "/backends/returns"), "https://returns.example.com")
		w.recorded(environment)
	}
}

// TestGitLabPublishFails has a publish fail on the way: what it did not get done is in the plan of the next.
func TestGitLabPublishFails(t *testing.T) {
	w, run := newGitLab(t, gitlab(t, []string{"dev", "prod"}), "status=400,method=PUT,path=*/backends/returns,count=1")
	w.example()
	if r := run("push"); r.code != 0 {
		t.Fatalf("exit code %d\n%s%s", r.code, r.stdout, r.stderr)
	}
	w.commit(change())
	r := run("push")
	if r.code == 0 {
		t.Errorf("got exit code 0, want a failure\n%s%s", r.stdout, r.stderr)
	}
	if got := w.gateway("prod", "/backends/returns"); !strings.Contains(got, "ResourceNotFound") {
		t.Errorf("prod was published though dev failed: %s", got)
	}
	w.commit(map[string]string{"apimartifacts/tags/sales/tagInformation.json": `{"properties": {"displayName": "Sold"}}`})
	w.env["LOCKSTEP_OVERWRITE"] = "true"
	if r := run("push"); r.code != 0 {
		t.Fatalf("exit code %d\n%s%s", r.code, r.stdout, r.stderr)
	}
	holds(t, "dev", w.gateway("dev", "/backends/returns"), "https://returns.example.com")
	w.recorded("dev")
	w.recorded("prod")
}

func TestGitLabStages(t *testing.T) {
	files := gitlab(t, []string{"dev"})
	files[".gitlab-ci.yml"] = strings.ReplaceAll(files[".gitlab-ci.yml"], "publish.yml", "publish-stages.yml")
	w, run := newGitLab(t, files)
	w.example()
	w.commit(change())
	r := run("push")
	if r.code != 0 {
		t.Fatalf("exit code %d\n%s%s", r.code, r.stdout, r.stderr)
	}
	holds(t, "the log", r.stdout, "lockstep creator dev", "1 created", "lockstep publish dev", "lockstep terminator dev")
	holds(t, "the gateway", w.gateway("dev", "/backends/returns"), "https://returns.example.com")
	w.recorded("dev")
}

func TestGitLabExtractMany(t *testing.T) {
	files := gitlab(t, []string{"dev"})
	files[".gitlab-ci.yml"] = "include:\n  - local: .gitlab/lockstep/extract-many.yml\n    inputs:\n      gateways: [eu, us]\n"
	files["lockstep/gateways/eu.yaml"] = "subscriptionId: " + subscription + "\nresourceGroup: apis\nserviceName: contoso-dev\noutput: gateways/eu\n"
	files["lockstep/gateways/us.yaml"] = "subscriptionId: " + subscription + "\nresourceGroup: apis\nserviceName: contoso-us\noutput: gateways/us\n"
	w, run := newGitLab(t, files)
	if r := run("schedule"); r.code != 0 || w.head("lockstep/eu") == "" || w.head("lockstep/us") != "" {
		t.Errorf("exit code %d\n%s%s", r.code, r.stdout, r.stderr)
	}
}

// TestGitLabLintFindsMistakes makes a mistake in a good file each time.
func TestGitLabLintFindsMistakes(t *testing.T) {
	tests := []struct{ file, old, new, want string }{
		{".gitlab/lockstep/publish.yml", "  interruptible: false", "  interuptible: false", "interuptible"},
		{".gitlab/lockstep/publish.yml", "inputs.environment", "inputs.environmnt", "environmnt"},
		{".gitlab-ci.yml", "needs: [lockstep publish dev]", "needs: [lockstep publish test]", "lockstep publish test"},
		{".gitlab/lockstep/plan.yml", "    when: always", "    when: sometimes", "found sometimes"},
	}
	for _, tt := range tests {
		t.Run(filepath.Base(tt.file)+", "+strings.TrimSpace(tt.new), func(t *testing.T) {
			files := gitlab(t, []string{"dev", "prod"})
			if !strings.Contains(files[tt.file], tt.old) {
				t.Fatalf("%s lacks %q", tt.file, tt.old)
			}
			files[tt.file] = strings.ReplaceAll(files[tt.file], tt.old, tt.new)
			w, run := newGitLab(t, files)
			w.commit(map[string]string{"apimartifacts/x": "x"})
			source := "push"
			if strings.HasSuffix(tt.file, "plan.yml") {
				source = "merge_request_event"
			}
			if r := run(source); r.code == 0 || !strings.Contains(r.stdout+r.stderr, tt.want) {
				t.Errorf("exit code %d, want a failure with %q in it\n%s%s", r.code, tt.want, r.stdout, r.stderr)
			}
		})
	}
}
