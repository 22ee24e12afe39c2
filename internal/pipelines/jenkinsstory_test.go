//go:build pipelines

package pipelines

import (
	"fmt"
	"maps"
	"regexp"
	"strings"
	"testing"
)

// A shell is a script of a Jenkinsfile, and the variables that are set around it.
type shell struct {
	stage  string
	script string
	env    map[string]string
}

var assignment = regexp.MustCompile(`^(\w+) = ['"](.*)['"]$`)

// shells returns the scripts of a file in order.
func shells(blocks []block, stage string, env map[string]string) []shell {
	env = maps.Clone(env)
	for _, b := range blocks {
		if b.word != "environment" {
			continue
		}
		for _, a := range b.body {
			if m := assignment.FindStringSubmatch(a.text); m != nil {
				env[m[1]] = m[2]
			}
		}
	}
	var found []shell
	for _, b := range blocks {
		switch b.word {
		case "sh":
			found = append(found, shell{stage, strings.TrimSuffix(strings.TrimPrefix(b.text, "sh '''"), "'''"), env})
		case "stage":
			found = append(found, shells(b.body, strings.Trim(b.text[len("stage"):], "()'"), env)...)
		default:
			found = append(found, shells(b.body, stage, env)...)
		}
	}
	return found
}

// jenkins runs those scripts of a Jenkinsfile whose stage has a name that starts so, one after the other in one workspace,
// until one fails: the stages of a build that Jenkins would have chosen.
func (w *world) jenkins(t *testing.T, file, stage string, more map[string]string) *outcome {
	t.Helper()
	w.count++
	workspace := fmt.Sprintf("%s/job%d", w.dir, w.count)
	w.must(w.dir, "git", "clone", "--quiet", "file://"+w.bare, workspace)
	blocks, err := groovy(w.must(w.work, "git", "show", "origin/main:"+file))
	if err != nil {
		t.Fatal(err)
	}
	o := newOutcome()
	for _, s := range shells(blocks, "", map[string]string{}) {
		if !strings.HasPrefix(s.stage, stage) {
			continue
		}
		env := map[string]string{"JENKINS_URL": "https://jenkins.example.com", "GIT_URL": "file://" + w.bare, "LOCKSTEP_GIT_USER": "ci", "LOCKSTEP_GIT_TOKEN": "a-token"}
		maps.Copy(env, s.env)
		maps.Copy(env, more)
		env["AZURE_SUBSCRIPTION_ID"] = subscription
		env["API_MANAGEMENT_SERVICE_NAME"] = strings.ReplaceAll(env["API_MANAGEMENT_SERVICE_NAME"], "${ENVIRONMENT}", env["ENVIRONMENT"])
		r := w.script(workspace, s.script, env, "sh", "-xe") // as Jenkins does
		r.job, r.step, r.stderr = "build", s.stage, untraced(r.stderr)
		o.ran = append(o.ran, r)
		o.order = append(o.order, s.stage)
		o.jobs[s.stage] = "success"
		if r.code != 0 {
			o.jobs[s.stage] = "failure"
			return o
		}
	}
	return o
}

// untraced returns standard error without the commands that the shell repeats.
func untraced(text string) string {
	var b strings.Builder
	for line := range strings.Lines(text) {
		if !strings.HasPrefix(line, "+ ") {
			b.WriteString(line)
		}
	}
	return b.String()
}

func TestJenkinsRuns(t *testing.T) {
	w := newWorld(t, render(t, Options{Forge: "jenkins"}))
	quiet(t, w.jenkins(t, "Jenkinsfile", "Extract", nil))
	w.merge()
	w.commit(change())
	plan := w.jenkins(t, "Jenkinsfile", "Plan for one", map[string]string{"ENVIRONMENT": "prod"})
	quiet(t, plan)
	holds(t, "the plan", plan.log(), "orders-v1", "returns")
	quiet(t, w.jenkins(t, "Jenkinsfile", "Publish to", nil))
	stages := w.jenkins(t, "Jenkinsfile.stages", "dev ", nil)
	quiet(t, stages)
	if got := strings.Join(stages.order, ", "); got != "dev plan, dev creator, dev publish, dev terminator" {
		t.Errorf("got stages %s", got)
	}
	for _, environment := range []string{"dev", "prod"} {
		holds(t, environment, w.gateway(environment, "/backends/returns"), "https://returns.example.com")
	}
}

func TestJenkinsFails(t *testing.T) {
	w := newWorld(t, render(t, Options{Forge: "jenkins"}), "status=400,method=PUT,path=*/backends/returns")
	w.example()
	w.commit(change())
	o := w.jenkins(t, "Jenkinsfile", "Publish to", nil)
	if last := o.ran[len(o.ran)-1]; last.step != "Publish to dev" || last.code != 1 {
		t.Errorf("%s ended with %d, want the publish to dev with 1", last.step, last.code)
	}
	holds(t, "the log", o.log(), "returns")
}
