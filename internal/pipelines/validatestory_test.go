//go:build pipelines

package pipelines

import (
	"strings"
	"testing"
)

// dangling has a policy refer to a fragment that is not there.
func dangling() map[string]string {
	return map[string]string{"apimartifacts/apis/orders-v1/policy.xml": "<policies>\n  <inbound>\n    <base />\n    <include-fragment fragment-id=\"lost\" />\n  </inbound>\n</policies>\n"}
}

// circle adds two fragments that need each other: there is nothing wrong with any file, but no order to make them in.
func circle() map[string]string {
	const dir = "apimartifacts/policy fragments/"
	return map[string]string{
		dir + "egg/policy.xml": `<fragment><include-fragment fragment-id="hen" /></fragment>`, dir + "egg/policyFragmentInformation.json": "{}",
		dir + "hen/policy.xml": `<fragment><include-fragment fragment-id="egg" /></fragment>`, dir + "hen/policyFragmentInformation.json": "{}",
	}
}

// validated returns a world with the example tree and a change on top, where no gateway can be reached.
func validated(w *world) *world {
	w.t.Helper()
	w.example()
	w.commit(change())
	w.env["AZURE_RESOURCE_MANAGER_ENDPOINT"] = "http://127.0.0.1:1"
	return w
}

// fails fails the test unless a run failed at a step, which said something.
func fails(t *testing.T, o *outcome, step, said string) {
	t.Helper()
	var at []string
	for _, r := range o.ran {
		if r.code != 0 {
			at = append(at, r.step)
		}
	}
	if len(at) == 0 || at[0] != step || o.result() != "failure" {
		t.Errorf("failed at %q, want %s\n%s", at, step, o.log())
	}
	holds(t, "the log", o.log(), said)
}

func TestGitHubValidate(t *testing.T) {
	w := validated(newGitHub(t))
	for _, from := range []string{"acme/apis", "eve/apis"} {
		o := w.workflow(workflows+"validate.yml", "pull_request", w.pull(from), nil)
		quiet(t, o)
		if got := strings.Join(o.order, ", "); got != "validate dev, validate prod" {
			t.Errorf("%s: got jobs %s", from, got)
		}
		holds(t, "the summary", o.summary.String(), "resources: nothing wrong", "rehearse of 1 resource, 1 created")
	}
	w.commit(circle())
	fails(t, w.workflow(workflows+"validate.yml", "pull_request", w.pull("eve/apis"), nil), "Rehearse", "::error title=The plan does not hold together::")
	w.commit(dangling())
	o := w.workflow(workflows+"validate.yml", "pull_request", w.pull("eve/apis"), nil)
	fails(t, o, "Validate", "::error file=apimartifacts/apis/orders-v1/policy.xml,line=4,")
	holds(t, "the summary", o.summary.String(), "lost")
}

func TestGiteaValidate(t *testing.T) {
	w := validated(newGitea(t))
	for _, from := range []string{"acme/apis", "eve/apis"} {
		o := w.workflow(giteaWorkflows+"validate.yml", "pull_request", w.pull(from), nil)
		quiet(t, o)
		holds(t, "the log", o.log(), "resources: nothing wrong", "rehearse of 1 resource, 1 created")
	}
	w.commit(dangling())
	fails(t, w.workflow(giteaWorkflows+"validate.yml", "pull_request", w.pull("eve/apis"), nil), "Validate", "::error file=apimartifacts/apis/orders-v1/policy.xml,line=4,")
}

func TestAzureValidate(t *testing.T) {
	w := validated(newAzure(t))
	fork := w.openAzure("True")
	o := w.pipelineFor(".azure-pipelines/plan.yml", nil, fork)
	quiet(t, o)
	if o.jobs["validate_dev"] != "success" || o.jobs["validate_prod"] != "success" {
		t.Errorf("got %v, want that each environment is validated", o.jobs)
	}
	holds(t, "the summary", o.summary.String(), "resources: nothing wrong", "rehearse of 1 resource, 1 created", "There is no plan")
	w.commit(dangling())
	o = w.pipelineFor(".azure-pipelines/plan.yml", nil, fork)
	fails(t, o, "Validate", "##vso[task.logissue type=error;sourcepath=apimartifacts/apis/orders-v1/policy.xml;linenumber=4")
	holds(t, "the summary", o.summary.String(), "lost")
}

func TestGitLabValidate(t *testing.T) {
	w, run := newGitLab(t, gitlab(t, []string{"dev", "prod"}))
	validated(w).openGitLab("8")
	r := run("merge_request_event")
	if r.code != 0 {
		t.Fatalf("exit code %d\n%s%s", r.code, r.stdout, r.stderr)
	}
	holds(t, "the log", r.stdout, "lockstep validate dev", "lockstep validate prod", "resources: nothing wrong", "rehearse of 1 resource, 1 created", "lockstep no plan dev")
	w.commit(dangling())
	w.env["CI_MERGE_REQUEST_DIFF_BASE_SHA"] = w.head("main~1")
	if r = run("merge_request_event"); r.code == 0 {
		t.Error("a broken tree is validated")
	}
	// What runs it here works in another folder than the one it tells jobs of, so paths begin there.
	holds(t, "the log", r.stdout, "apis/orders-v1/policy.xml:4: error:", "FAIL  lockstep validate prod")
}

func TestJenkinsValidate(t *testing.T) {
	w := validated(newJenkins(t))
	w.must(w.work, "git", "push", "--quiet", "origin", "HEAD~1:refs/heads/release")
	w.commit(map[string]string{"lockstep/publisher.yaml": "gateway: apim\ninput: apimartifacts\nlint: touch " + w.dir + "/strange\n", "lockstep/install.sh": "touch " + w.dir + "/strange\n"})
	o := w.jenkins("Jenkinsfile", build{environment: pullOfJenkins("eve")})
	quiet(t, o)
	if got := strings.Join(o.order, ", "); got != "Validate for one, Validate for one" {
		t.Errorf("got stages %s", got)
	}
	holds(t, "the log", o.log(), "resources: nothing wrong", "rehearse of 1 resource, 1 created")
	holds(t, "the tests", o.artefacts["junit"]["rehearse-prod.xml"], "<testsuite")
	if got := w.run(w.dir, nil, "ls").stdout; strings.Contains(got, "strange") {
		t.Error("what a stranger wrote was run")
	}
	w.commit(dangling())
	o = w.jenkins("Jenkinsfile", build{environment: pullOfJenkins("eve")})
	fails(t, o, "Validate for one", "apimartifacts/apis/orders-v1/policy.xml:4: error:")
	holds(t, "the tests", o.artefacts["junit"]["validate-dev.xml"], "<failure", "lost")
}
