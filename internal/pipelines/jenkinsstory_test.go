//go:build pipelines

package pipelines

import (
	"fmt"
	"maps"
	"net/http"
	"strings"
	"testing"

	"github.com/lockstep-apiops/lockstep/forge/giteatest"
)

// jenkinsToken is the token that Jenkins has of the forge, here a Gitea.
const jenkinsToken = "jenkins-s3cret"

func newJenkins(t *testing.T, faults ...string) *world {
	t.Helper()
	groovyShim(t)
	w := newWorld(t, render(t, Options{Forge: "jenkins"}), faults...)
	w.must(w.work, "git", "push", "--quiet", "origin", "HEAD:refs/heads/release") // what pull requests are for
	return onGitea(w)
}

// onGitea puts the repository of a world on a Gitea, which its settings name: an address of this machine tells nothing.
func onGitea(w *world) *world {
	newHub(w, giteatest.New(
		giteatest.Repository{Owner: "acme", Name: "apis", Private: true},
		map[string]giteatest.User{"ci": {Write: true}, "dana": {Write: true}},
		map[string]giteatest.Token{jenkinsToken: {Login: "ci"}, giteaJob: {Login: "ci"}, "dana": {Login: "dana"}},
	), map[string]bool{jenkinsToken: true, giteaJob: true})
	maps.Copy(w.env, map[string]string{"LOCKSTEP_FORGE": "gitea", "LOCKSTEP_FORGE_URL": w.hub.url, "LOCKSTEP_FORGE_REPO": "acme/apis"})
	return w
}

// pullsGitea lists the pull requests, with what they say.
func (w *world) pullsGitea() string {
	w.t.Helper()
	return w.hub.pulls(map[string]string{"LOCKSTEP_REPO": w.hub.url + "/acme/apis", "LOCKSTEP_FORGE_TOKEN": "dana"})
}

// openGitea has Dana open a pull request of main's last commit.
func (w *world) openGitea() {
	w.t.Helper()
	w.hub.open("/api/v1/repos/acme/apis/pulls", `{"title": "Returns", "head": "change", "base": "release"}`, http.Header{"Authorization": {"token dana"}})
}

func TestJenkinsExtract(t *testing.T) {
	w := newJenkins(t)
	o := w.jenkins("Jenkinsfile", build{cause: "TimerTrigger"})
	quiet(t, o)
	if got := strings.Join(o.order, ", "); got != "Extract" {
		t.Errorf("got stages %s, want the extract alone", got)
	}
	holds(t, "the forge", w.pullsGitea(), "1\topen\tlockstep/contoso-dev -> main\tBring artifacts in line with apim contoso-dev: 20 added")
	holds(t, "what is archived", o.artefacts["archive"]["drift.md"], "| added | api `orders-v1` |")

	// Running again, by hand, opens no second. Once it is merged there is no drift.
	quiet(t, w.jenkins("Jenkinsfile", build{parameters: map[string]bool{"EXTRACT": true}}))
	w.hub.mergePull()
	quiet(t, w.jenkins("Jenkinsfile", build{cause: "TimerTrigger"}))
	if pulls := w.pullsGitea(); strings.Count(pulls, "lockstep/contoso-dev -> main") != 1 || !strings.Contains(pulls, "merged") {
		t.Errorf("got pull requests %q, want one, merged", pulls)
	}
}

// pullOfJenkins is what Jenkins says of a pull request.
func pullOfJenkins(fork string) map[string]string {
	env := map[string]string{"BRANCH_NAME": "PR-1", "CHANGE_ID": "1", "CHANGE_BRANCH": "change", "CHANGE_TARGET": "release"}
	if fork != "" {
		env["CHANGE_FORK"] = fork
	}
	return env
}

func TestJenkinsPlan(t *testing.T) {
	w := newJenkins(t)
	w.example()
	w.commit(change())
	w.openGitea()
	o := w.jenkins("Jenkinsfile", build{environment: pullOfJenkins("")})
	quiet(t, o)
	if got := strings.Join(o.order, ", "); got != "Validate for one, Validate for one, Plan for one, Plan for one" || o.jobs["Plan of a fork"] != "skipped" {
		t.Errorf("got stages %s, want a look and a plan for each environment", got)
	}
	if got := archived(o); got != "plan-dev.json plan-dev.md plan-prod.json plan-prod.md" {
		t.Errorf("archived: %s", got)
	}
	holds(t, "the comment on dev", w.hub.said(t, "contoso-dev"), "returns", "https://jenkins.example.com/job/apis/42/")
	holds(t, "the comment on prod", w.hub.said(t, "contoso-prod"), "orders-v1")
	if got := w.gateway("dev", "/backends/returns"); !strings.Contains(got, "ResourceNotFound") {
		t.Errorf("a plan wrote to the gateway: %s", got)
	}

	// A fork's is lent nothing, and goes well.
	o = w.jenkins("Jenkinsfile", build{environment: pullOfJenkins("eve")})
	holds(t, "the log", o.summary.String(), "There is no plan: a pull request from a fork gets no identity")
	if o.jobs["Plan"] != "skipped" || o.result() != "success" {
		t.Errorf("got %v, want no plan", o.jobs)
	}
}

func TestJenkinsPublish(t *testing.T) {
	w := newJenkins(t)
	w.example()
	w.commit(change())
	o := w.jenkins("Jenkinsfile", build{rejected: true})
	if o.jobs["Publish to dev"] != "success" || o.jobs["Publish to prod"] != "failure" || o.result() != "failure" {
		t.Errorf("got %v, want prod refused", o.jobs)
	}
	w.recorded("dev")
	if got := w.gateway("prod", "/backends/orders"); !strings.Contains(got, "ResourceNotFound") {
		t.Errorf("prod was published though nobody agreed: %s", got)
	}
	o = w.jenkins("Jenkinsfile", build{})
	quiet(t, o)
	if got := archived(o); got != "plan.json plan.md report.md" {
		t.Errorf("archived: %s", got)
	}
	for _, environment := range []string{"dev", "prod"} {
		holds(t, environment, w.gateway(environment, "/backends/returns"), "https://returns.example.com")
		w.recorded(environment)
	}
}

// TestJenkinsPublishFails has a publish fail on the way: the build fails, what it says is archived all the same, and what
// it did not get done is in the plan of the next.
func TestJenkinsPublishFails(t *testing.T) {
	w := newJenkins(t, "status=400,method=PUT,path=*/backends/returns,count=1")
	w.example()
	quiet(t, w.jenkins("Jenkinsfile", build{}))
	w.commit(change())
	o := w.jenkins("Jenkinsfile", build{})
	if o.jobs["Publish to dev"] != "failure" || o.jobs["Publish to prod"] != "skipped" || o.jobs[""] != "failure" {
		t.Errorf("got %v, want dev failed and prod skipped\n%s", o.jobs, o.log())
	}
	holds(t, "the log", o.summary.String(), "script returned exit code 1")
	holds(t, "the report that is archived", o.artefacts["archive"]["report.md"], "returns")

	w.commit(map[string]string{"apimartifacts/tags/sales/tagInformation.json": `{"properties": {"displayName": "Sold"}}`})
	quiet(t, w.jenkins("Jenkinsfile", build{parameters: map[string]bool{"LOCKSTEP_OVERWRITE": true}}))
	holds(t, "dev", w.gateway("dev", "/backends/returns"), "https://returns.example.com")
	w.recorded("dev")
	w.recorded("prod")
}

func TestJenkinsStages(t *testing.T) {
	w := newJenkins(t)
	w.example()
	w.commit(map[string]string{"lockstep/publisher.yaml": "gateway: apim\ninput: apimartifacts\ndelete: true\n"})
	quiet(t, w.jenkins("Jenkinsfile", build{}))
	changed := change()
	changed["apimartifacts/tags/sales/tagInformation.json"] = `{"properties": {"displayName": "Sold"}}`
	changed["apimartifacts/products/partner/apis/catalog"] = ""
	w.commit(changed)
	o := w.jenkins("Jenkinsfile.stages", build{})
	quiet(t, o)
	if got := strings.Join(o.order, ", "); got != "dev plan, dev creator, dev publish, dev terminator, prod plan, prod creator, prod publish, prod terminator" {
		t.Errorf("got stages %s", got)
	}
	for stage, want := range map[string]string{"creator": "1 created", "publish": "1 updated", "terminator": "1 deleted"} {
		holds(t, "the report of "+stage, o.artefacts["archive"]["report-"+stage+".md"], want)
	}
	w.recorded("dev")
	w.recorded("prod")
}

// TestJenkinsFiles has the shim read good files, and wrong ones, which it must find: one that finds nothing looks like one
// that is content.
func TestJenkinsFiles(t *testing.T) {
	const step = "            steps {"
	tests := []struct{ name, old, new, want string }{
		{"misspelt block", step, "            stepz {", `"stepz" may not stand in "stage"`},
		{"misspelt step", "sh '''", "shh '''", `"shh" may not stand in "steps"`},
		{"step among stages", "stages {\n        stage('Extract')", "stages {\n        sh 'x'\n        stage('Extract')", `"sh" may not stand in "stages"`},
		{"stage in steps", step, step + "\n                stage('x') { }", `"stage" may not stand in "steps"`},
		{"condition that is none", "changeRequest()", "changeRequests()", `"changeRequests" may not stand in "when"`},
		{"option of a pipeline in a stage", "lock(resource: 'lockstep-publish-dev')", "disableConcurrentBuilds()", `"disableConcurrentBuilds" may not stand in "options of a stage"`},
		{"parameter that is none", "allowEmptyArchive: true", "allowEmpty: true", `"archiveArtifacts" has no parameter allowEmpty`},
		{"parameter of another type", "allowEmptyArchive: true", "allowEmptyArchive: 'yes'", `must be a Boolean`},
		{"parameter that lacks", ", variable: 'AZURE_FEDERATED_TOKEN_FILE')", ")", `"file" lacks the parameter variable`},
		{"no agent", "    agent none\n", "", `"pipeline" needs one of agent, and has 0`},
		{"a stage twice", "stage('Publish to prod')", "stage('Publish to dev')", `there are two stages "Publish to dev"`},
		{"a block twice", "    agent none\n", "    agent none\n    agent any\n", `"agent" stands twice in "pipeline"`},
		{"a stage of nothing", "            steps {\n                echo 'There is no plan: a pull request from a fork gets no identity to read the gateway with.'\n            }\n", "", "needs one of steps, stages, matrix"},
		{"secrets filled in", "sh '''", `sh "${env.X}" + '''`, "Groovy fills in secrets"},
		{"credentials as a step", step, step + "\n                file(credentialsId: 'a', variable: 'b')", `"file" is for withCredentials`},
		{"a variable that is no text", "LOCKSTEP_COMMENT = 'true'", "LOCKSTEP_COMMENT = true", "LOCKSTEP_COMMENT in \"environment\" must be a text"},
		{"code outside", "pipeline {", "node { }\npipeline {", `"node" may not stand in "file"`},
		{"no Groovy", "pipeline {", "pipeline {{", "startup failed"},
	}
	files := map[string]string{}
	for name, environments := range answers() {
		rendered := render(t, Options{Forge: "jenkins", Environments: environments})
		for _, file := range jenkinsfiles() {
			files["good-"+name+"-"+file] = rendered[file]
		}
	}
	good := render(t, Options{Forge: "jenkins"})["Jenkinsfile"]
	for i, tt := range tests {
		if !strings.Contains(good, tt.old) {
			t.Fatalf("%s: the file lacks %q", tt.name, tt.old)
		}
		files[fmt.Sprintf("wrong-%02d", i)] = strings.Replace(good, tt.old, tt.new, 1)
	}
	said := checkJenkins(t, files)
	if strings.Contains(said, "good-") {
		t.Errorf("a good file is refused:\n%s", said)
	}
	for i, tt := range tests {
		_, about, found := strings.Cut(said, fmt.Sprintf("wrong-%02d", i))
		about, _, _ = strings.Cut(about, "wrong-")
		if !found || !strings.Contains(about, tt.want) {
			t.Errorf("%s: got %q, want %q in it", tt.name, about, tt.want)
		}
	}
}
