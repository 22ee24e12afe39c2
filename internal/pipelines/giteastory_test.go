//go:build pipelines

package pipelines

import (
	"strings"
	"testing"
)

// giteaJob is the token of a job of Gitea.
const giteaJob = "gitea-job"

func newGitea(t *testing.T, faults ...string) *world {
	t.Helper()
	return giteaWorld(newWorld(t, render(t, Options{Forge: "gitea"}), faults...))
}

// giteaWorld puts the repository of a world on a Gitea whose jobs tell where they run.
func giteaWorld(w *world) *world {
	w = onGitea(w)
	for _, name := range []string{"LOCKSTEP_FORGE", "LOCKSTEP_FORGE_URL", "LOCKSTEP_FORGE_REPO"} {
		delete(w.env, name) // the job tells
	}
	w.env["GITEA_ACTIONS"] = "true"
	return w
}

const giteaWorkflows = ".gitea/workflows/lockstep-"

// pullsOfGitea lists the pull requests from outside of a job.
func (w *world) pullsOfGitea() string {
	w.t.Helper()
	return w.hub.pulls(map[string]string{
		"LOCKSTEP_REPO": w.hub.url + "/acme/apis", "LOCKSTEP_FORGE_TOKEN": "dana", "LOCKSTEP_FORGE": "gitea", "LOCKSTEP_FORGE_URL": w.hub.url, "LOCKSTEP_FORGE_REPO": "acme/apis",
	})
}

func TestGiteaExtract(t *testing.T) {
	w := newGitea(t)
	quiet(t, w.workflow(giteaWorkflows+"extract.yml", "schedule", nil, nil))
	holds(t, "the forge", w.pullsOfGitea(), "1\topen\tlockstep/contoso-dev -> main\tBring artifacts in line with apim contoso-dev: 20 added")
	w.hub.mergePull()
	quiet(t, w.workflow(giteaWorkflows+"extract.yml", "workflow_dispatch", nil, nil))
	if pulls := w.pullsOfGitea(); strings.Count(pulls, "lockstep/contoso-dev -> main") != 1 || !strings.Contains(pulls, "merged") {
		t.Errorf("got pull requests %q, want one, merged", pulls)
	}
}

func TestGiteaPlan(t *testing.T) {
	w := newGitea(t)
	w.example()
	w.commit(change())
	w.openGitea()
	quiet(t, w.workflow(giteaWorkflows+"plan.yml", "pull_request", w.pull("acme/apis"), nil))
	holds(t, "the comment on dev", w.hub.said(t, "contoso-dev"), "returns")
	holds(t, "the comment on prod", w.hub.said(t, "contoso-prod"), "orders-v1")
	o := w.workflow(giteaWorkflows+"plan.yml", "pull_request", w.pull("eve/apis"), nil)
	quiet(t, o)
	if holds(t, "the log", o.log(), "a pull request from a fork gets no identity"); len(o.ran) != 2 {
		t.Errorf("a fork's plan did more than say so:\n%s", o.log())
	}
}

func TestGiteaPublish(t *testing.T) {
	w := newGitea(t, "status=400,method=PUT,path=*/backends/returns,count=1")
	w.example()
	quiet(t, w.workflow(giteaWorkflows+"publish.yml", "push", nil, nil))
	w.commit(change())
	if o := w.workflow(giteaWorkflows+"publish.yml", "push", nil, nil); o.jobs["dev"] != "failure" || o.jobs["prod"] != "skipped" {
		t.Errorf("got %v, want dev failed and prod skipped\n%s", o.jobs, o.log())
	}
	w.commit(map[string]string{"apimartifacts/tags/sales/tagInformation.json": `{"properties": {"displayName": "Sold"}}`})
	quiet(t, w.workflow(giteaWorkflows+"publish.yml", "workflow_dispatch", nil, map[string]any{"overwrite": true}))
	for _, environment := range []string{"dev", "prod"} {
		holds(t, environment, w.gateway(environment, "/backends/returns"), "https://returns.example.com")
		w.recorded(environment)
	}
}
