//go:build pipelines

package pipelines

import (
	"fmt"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// gitlab returns all files for GitLab as they stand in a repository, those for many gateways and for stages too.
func gitlab(t *testing.T, environments []string) map[string]string {
	t.Helper()
	files := render(t, Options{Forge: "gitlab", Environments: environments})
	files[".gitlab/lockstep/extract-many.yml"] = source(t, "gitlab/templates/extract-many.yml")
	return files
}

// curl is a stand-in that answers as GitLab does, and leaves downloads to the real one.
const curl = `#!/bin/sh
case "$*" in
*merge_requests*)
	echo "curl $*" >> "$HUB/log"
	case "$*" in
	*"--request POST"*) echo '{"id":9,"iid":7,"web_url":"https://gitlab.example.com/acme/apis/-/merge_requests/7"}' > answer.json && touch "$HUB/open" ;;
	*"--request PUT"*) echo '{"id":9,"iid":7,"web_url":"https://gitlab.example.com/acme/apis/-/merge_requests/7"}' > answer.json ;;
	*) [ ! -e "$HUB/open" ] || printf '[{"id":9,"iid":7,"title":"x"}]' ;;
	esac
	;;
*) exec /usr/bin/curl "$@" ;;
esac
`

// newGitLab returns a world, and a way to run its pipeline. What starts it is a variable, as on GitLab.
func newGitLab(t *testing.T, files map[string]string, faults ...string) (*world, func(source string, jobs ...string) ran) {
	t.Helper()
	bin := tools(t) + "/node_modules/.bin/gitlab-ci-local"
	if _, err := exec.LookPath("rsync"); err != nil {
		t.Skip("rsync is not installed, which gitlab-ci-local needs: no pipeline of GitLab is run")
	}
	w := newWorld(t, files, faults...)
	w.commit(nil) // so that there is one before it
	write(t, w.dir, map[string]string{"tools/curl": curl})
	w.must(w.dir, "chmod", "+x", "tools/curl")
	w.must(w.dir, "ln", "-s", w.bare, w.bare+".git")
	var values strings.Builder
	for _, name := range []string{"AZURE_CLIENT_ID", "AZURE_TENANT_ID", "AZURE_SUBSCRIPTION_ID", "AZURE_RESOURCE_GROUP_NAME", "API_MANAGEMENT_SERVICE_NAME"} {
		fmt.Fprintf(&values, "%s:\n  type: variable\n  values:\n", name)
		for _, e := range []string{"dev", "prod"} {
			fmt.Fprintf(&values, "    %[1]s: %[2]s\n    %[1]s-read: %[2]s\n", e, variables(e)[name])
		}
	}
	return w, func(from string, jobs ...string) ran {
		t.Helper()
		project := t.TempDir() + "/apis"
		w.must(w.dir, "git", "clone", "--quiet", "file://"+w.bare, project)
		w.must(project, "git", "update-ref", "refs/remotes/origin/main", "HEAD~1") // what the push brought is what changed
		w.must(project, "git", "remote", "set-url", "origin", "git@gitlab.example.com:acme/apis.git")
		write(t, project, map[string]string{".gitlab-ci-local-variables.yml": values.String()})
		args := []string{bin, "--force-shell-executor", "--shell-isolation", "--artifacts-to-source=false", "--timestamps=false"}
		for name, value := range map[string]string{
			"CI_PIPELINE_SOURCE": from, "CI_PROJECT_URL": "file://" + w.bare, "CI_API_V4_URL": "https://gitlab.example.com/api/v4", "CI_PROJECT_ID": "5",
			"CI_MERGE_REQUEST_SOURCE_PROJECT_ID": "5", "LOCKSTEP_GIT_TOKEN": "a-token", "CI_DEFAULT_BRANCH": "main", "CI_COMMIT_BRANCH": "main",
			"PATH": w.env["PATH"], "HUB": w.env["HUB"], "AZURE_ID_TOKEN": "an-id-token",
			"AZURE_RESOURCE_MANAGER_ENDPOINT": w.env["AZURE_RESOURCE_MANAGER_ENDPOINT"], "LOCKSTEP_RELEASES": w.env["LOCKSTEP_RELEASES"],
		} {
			args = append(args, "--variable", name+"="+value)
		}
		env := map[string]string{"GCL_IGNORE_PREDEFINED_VARS": "CI_PIPELINE_SOURCE,CI_PROJECT_URL,CI_API_V4_URL,CI_PROJECT_ID,CI_DEFAULT_BRANCH,CI_COMMIT_BRANCH,CI_MERGE_REQUEST_SOURCE_PROJECT_ID"}
		return w.run(project, env, append(args, jobs...)...)
	}
}

func TestGitLabExtract(t *testing.T) {
	w, run := newGitLab(t, gitlab(t, []string{"dev", "prod"}))
	r := run("schedule")
	if r.code != 0 || w.head("lockstep/contoso-dev") == "" {
		t.Fatalf("exit code %d\n%s%s", r.code, r.stdout, r.stderr)
	}
	holds(t, "the log", r.stdout, "21 added", "https://gitlab.example.com/acme/apis/-/merge_requests/7")
	holds(t, "the forge", w.asked(), "--request POST --data-urlencode source_branch=lockstep/contoso-dev --data-urlencode target_branch=main --data-urlencode title=Bring artifacts in line with apim contoso-dev: 21 added")
	if r := run("web", "lockstep extract dev"); r.code != 0 {
		t.Errorf("again: exit code %d\n%s%s", r.code, r.stdout, r.stderr)
	}
	holds(t, "the forge", w.asked(), "--request PUT", "/projects/5/merge_requests/7")
}

func TestGitLabPlan(t *testing.T) {
	w, run := newGitLab(t, gitlab(t, []string{"dev", "prod"}))
	w.example()
	w.commit(change())
	r := run("merge_request_event")
	if r.code != 0 {
		t.Fatalf("exit code %d\n%s%s", r.code, r.stdout, r.stderr)
	}
	holds(t, "the log", r.stdout, "lockstep plan dev", "lockstep plan prod", "returns")
	if strings.Contains(r.stdout, "lockstep publish") {
		t.Errorf("a merge request publishes:\n%s", r.stdout)
	}
	if got := w.gateway("dev", "/backends/returns"); !strings.Contains(got, "ResourceNotFound") {
		t.Errorf("a plan wrote to the gateway: %s", got)
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
	}
}

func TestGitLabPublishFails(t *testing.T) {
	w, run := newGitLab(t, gitlab(t, []string{"dev", "prod"}), "status=400,method=PUT,path=*/backends/returns")
	w.example()
	w.commit(change())
	r := run("push")
	if r.code == 0 {
		t.Errorf("got exit code 0, want a failure\n%s%s", r.stdout, r.stderr)
	}
	if got := w.gateway("prod", "/backends/orders"); !strings.Contains(got, "ResourceNotFound") {
		t.Errorf("prod was published though dev failed: %s", got)
	}
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
