//go:build pipelines

package pipelines

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
)

// groovyShim returns the command that checks and runs Jenkinsfiles, or skips.
func groovyShim(t *testing.T) []string {
	t.Helper()
	lib := filepath.Join(tools(t), "node_modules", "npm-groovy-lint", "lib", "java", "groovy", "lib")
	if _, err := exec.LookPath("java"); err != nil {
		t.Skip("java is not installed, 17 or newer: no Jenkinsfile is run")
	}
	path := strings.Join([]string{programs + "/shim", lib + "/groovy-4.0.26.jar", lib + "/groovy-json-4.0.26.jar", lib + "/groovy-xml-4.0.26.jar"}, ":")
	// Builds are short: what makes a long run fast is left out.
	java := []string{"java", "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-cp", path}
	compileShim.Do(func() {
		command := slices.Concat(java, []string{"org.codehaus.groovy.tools.FileSystemCompiler", "-d", programs + "/shim", "../../.ci/pipelines/jenkins.groovy"})
		if out, err := exec.CommandContext(t.Context(), command[0], command[1:]...).CombinedOutput(); err != nil {
			t.Errorf("compile the shim: %v\n%s", err, out)
		}
	})
	return append(java, "jenkins")
}

// compileShim says that the shim is compiled, among the programs.
var compileShim sync.Once

// checkJenkins returns what the shim says about files, each by its name.
func checkJenkins(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	write(t, dir, files)
	command := slices.Concat(groovyShim(t), []string{"check"}, slices.Sorted(maps.Keys(files)))
	cmd := exec.CommandContext(t.Context(), command[0], command[1:]...)
	cmd.Dir = dir
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return string(out)
}

// A build is what starts one of Jenkins, and who answers its questions.
type build struct {
	environment map[string]string // BRANCH_NAME, and of a pull request what Jenkins says of it
	parameters  map[string]bool
	cause       string
	rejected    bool
	token       string // in place of the one that may do all
}

// A jenkinsEvent is something that happened in a build.
type jenkinsEvent struct {
	Event, Stage, Name, Text, Message, Result, Stdout, Stderr string
	Code                                                      int
	Files                                                     []string
}

// jenkins runs a Jenkinsfile on the newest commit of main. What is archived is the artefact "archive", what steps echo is
// the summary.
func (w *world) jenkins(file string, b build) *outcome {
	w.t.Helper()
	shim := groovyShim(w.t)
	w.count++
	dir := fmt.Sprintf("%s/build%d", w.dir, w.count)
	credentials := map[string]map[string]string{"lockstep-git": {"user": "ci", "password": jenkinsToken}}
	if b.token != "" {
		credentials["lockstep-git"]["password"] = b.token
	}
	for _, e := range []string{"dev", "prod"} {
		one := map[string]string{"file": "an-id-token"}
		if w.secrets != nil {
			one = map[string]string{"user": account, "password": account}
		}
		credentials["lockstep-"+e], credentials["lockstep-"+e+"-read"] = one, one
	}
	environment := map[string]string{"JENKINS_URL": "https://jenkins.example.com/", "BUILD_URL": "https://jenkins.example.com/job/apis/42/", "BRANCH_NAME": "main"}
	maps.Copy(environment, b.environment)
	for name, value := range b.parameters {
		environment[name] = fmt.Sprint(value)
	}
	parameters := maps.Clone(b.parameters)
	if parameters == nil {
		parameters = map[string]bool{}
	}
	text := strings.ReplaceAll(w.must(w.work, "git", "show", "origin/main:"+file), "AZURE_SUBSCRIPTION_ID = '00000000-0000-0000-0000-000000000000'", "AZURE_SUBSCRIPTION_ID = '"+subscription+"'")
	write(w.t, dir, map[string]string{"Jenkinsfile": text, "build.json": show(map[string]any{
		"agent": w.env, "build": environment, "parameters": parameters, "cause": b.cause, "approve": !b.rejected, "credentials": credentials,
		"source": "file://" + w.bare, "commit": w.head("main"), "url": w.hub.url + "/acme/apis", "dir": dir,
	})})
	r := w.run(dir, nil, append(shim, "run", "Jenkinsfile", "build.json")...)
	if r.code != 0 || r.stderr != "" {
		w.t.Fatalf("the build ended with %d\n%s%s", r.code, r.stdout, r.stderr)
	}
	if strings.Contains(r.stdout, jenkinsToken) {
		w.t.Errorf("the log shows a token:\n%s", r.stdout)
	}
	return w.happened(r.stdout, dir)
}

// happened makes an outcome of the events of a build.
func (w *world) happened(log, dir string) *outcome {
	w.t.Helper()
	o := newOutcome()
	locks := map[string]int{}
	dec := json.NewDecoder(bytes.NewReader([]byte(log)))
	for dec.More() {
		var e jenkinsEvent
		if err := dec.Decode(&e); err != nil {
			w.t.Fatalf("%v\n%s", err, log)
		}
		switch e.Event {
		case "sh":
			o.ran = append(o.ran, ran{job: "build", step: e.Stage, stdout: e.Stdout, stderr: untraced(e.Stderr), code: e.Code})
			o.order = append(o.order, e.Stage)
		case "stage":
			if o.jobs[e.Name] != "failure" { // a cell of a matrix may have failed before
				o.jobs[e.Name] = e.Result
			}
		case "lock":
			locks[e.Name]++
		case "unlock":
			locks[e.Name]--
		case "archive", "junit":
			o.keep(e.Event, dir+"/"+e.Event, e.Files)
		case "echo", "failed":
			fmt.Fprintln(&o.summary, e.Text)
		case "result":
			o.jobs[""] = map[string]string{"SUCCESS": "success", "FAILURE": "failure"}[e.Result]
		}
	}
	for name, held := range locks {
		if held != 0 {
			w.t.Errorf("the lock %s is held when the build has ended", name)
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

// archived returns the names of what a build archived.
func archived(o *outcome) string {
	return strings.Join(slices.Sorted(maps.Keys(o.artefacts["archive"])), " ")
}
