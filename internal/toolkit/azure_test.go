//go:build toolkit

package toolkit

import (
	"fmt"
	"maps"
	"os"
	"path"
	"regexp"
	"strings"

	"gopkg.in/yaml.v3"
)

// group is the variable group of the toolkit.
var group = map[string]string{
	"SERVICE_CONNECTION_NAME": "connection", "apiops_release_version": "v7.0.3", "APIM_NAME": "contoso-dev",
	"RESOURCE_GROUP_NAME": "apis", "RESOURCE_GROUP_NAME_Prod": "apis",
}

// az stands in for the Azure CLI.
const az = `#!/bin/bash
case "$*" in
"account get-access-token"*) echo a-token ;;
"account show"*) echo ` + subscription + ` ;;
"repos show"*) echo "file://$BARE" ;;
"repos pr create"*) echo "$*" >> "$PULLS" ;;
*) echo "az $* is not known here" >&2; exit 1 ;;
esac
`

// An azure runs pipelines: what of them the toolkit's use.
type azure struct {
	*world
	artifacts map[string]string
	variables map[string]string // of the job that runs
	dir       string            // of the job that runs
}

// pipeline runs a pipeline of the repository.
func (w *world) pipeline(name string, parameters map[string]any) {
	w.t.Helper()
	w.must(os.MkdirAll(w.dir+"/bin", 0o755))
	w.must(os.WriteFile(w.dir+"/bin/az", []byte(az), 0o700))
	a := &azure{world: w, artifacts: map[string]string{}}
	doc, s := a.template("tools/pipelines/"+name, parameters)
	for _, stage := range doc["stages"].([]any) {
		for _, job := range object(stage)["jobs"].([]any) {
			a.job("tools/pipelines/"+name, object(job), s)
		}
	}
	if log, err := os.ReadFile(w.dir + "/pulls"); err == nil {
		branch := regexp.MustCompile(`--source-branch (\S+)`).FindStringSubmatch(string(log))[1]
		changes := w.run(w.dir, nil, "git", "-C", w.bare, "diff", "--name-status", "main", branch)
		w.pulls = append(w.pulls, strings.Split(strings.TrimSpace(changes), "\n")...)
	}
}

// template reads a file, and returns it with the scope that parameters make.
func (a *azure) template(name string, given map[string]any) (map[string]any, scope) {
	a.t.Helper()
	var doc map[string]any
	a.must(yaml.Unmarshal([]byte(a.run(a.world.dir, nil, "git", "-C", a.bare, "show", "main:"+name)), &doc))
	parameters := map[string]any{}
	for _, p := range doc["parameters"].([]any) {
		name := fmt.Sprint(object(p)["name"])
		value, ok := given[name]
		if !ok {
			if value, ok = object(p)["default"]; !ok {
				a.t.Fatalf("the parameter %s is missing", name)
			}
		}
		parameters[name] = value
	}
	return doc, scope{a.t, map[string]any{"parameters": parameters}}
}

func (a *azure) job(file string, job map[string]any, s scope) {
	a.t.Helper()
	a.jobs++
	a.dir = fmt.Sprintf("%s/job%d", a.world.dir, a.jobs)
	a.variables = maps.Clone(group)
	maps.Copy(a.variables, map[string]string{
		"Agent.TempDirectory": a.dir + "/temp", "Build.ArtifactStagingDirectory": a.dir + "/a", "Build.SourcesDirectory": a.dir + "/s",
		"Pipeline.Workspace": a.dir, "Build.BuildId": fmt.Sprint(a.jobs), "Build.SourceVersion": a.head(),
	})
	for _, d := range []string{"temp", "a"} {
		a.must(os.MkdirAll(a.dir+"/"+d, 0o755))
	}
	own, _ := job["variables"].([]any)
	for _, v := range own {
		a.variables[fmt.Sprint(object(v)["name"])] = fmt.Sprint(object(v)["value"])
	}
	steps, _ := job["steps"].([]any)
	if job["deployment"] != nil {
		steps = object(object(object(job["strategy"])["runOnce"])["deploy"])["steps"].([]any)
	} else { // a deployment checks nothing out unless it is told to
		a.checkout()
	}
	a.steps(file, steps, s)
}

func (a *azure) checkout() {
	a.t.Helper()
	if _, err := os.Stat(a.dir + "/s"); err != nil {
		a.run(a.world.dir, nil, "git", "clone", "--quiet", "file://"+a.bare, a.dir+"/s")
	}
}

var condition = regexp.MustCompile(`^\$\{\{ if (.*) \}\}$`)

func (a *azure) steps(file string, steps []any, s scope) {
	a.t.Helper()
	for _, v := range steps {
		step := object(v)
		for key, body := range step {
			if m := condition.FindStringSubmatch(key); m != nil && truthy(s.eval(m[1])) {
				a.steps(file, body.([]any), s)
			}
		}
		switch {
		case step["template"] != nil:
			to := path.Join(path.Dir(file), fmt.Sprint(step["template"]))
			doc, inner := a.template(to, texts(s, object(step["parameters"])))
			a.steps(to, doc["steps"].([]any), inner)
		case step["checkout"] != nil:
			a.checkout()
		case step["task"] != nil:
			a.task(fmt.Sprint(step["task"]), texts(s, object(step["inputs"])), a.env(object(step["env"]), s))
		}
	}
}

// env returns the variables of a step: those it names, and as Azure gives them
// to each step, all that are no secrets.
func (a *azure) env(named map[string]any, s scope) map[string]string {
	env := map[string]string{"TF_BUILD": "True", "BARE": a.bare, "PULLS": a.world.dir + "/pulls"}
	for k, v := range a.variables {
		if !strings.HasPrefix(k, "AZURE_") {
			env[strings.ToUpper(strings.ReplaceAll(k, ".", "_"))] = v
		}
	}
	for k, v := range named {
		if m := condition.FindStringSubmatch(k); m != nil {
			if truthy(s.eval(m[1])) {
				maps.Copy(env, a.env(object(v), s))
			}
			continue
		}
		env[k] = a.macros(s.text(v))
	}
	return env
}

var macro = regexp.MustCompile(`\$\(([A-Za-z_.]+)\)`)

// macros fills in variables. What is none stays as it is: a shell may mean it.
func (a *azure) macros(text string) string {
	return macro.ReplaceAllStringFunc(text, func(m string) string {
		if v, ok := a.variables[m[2:len(m)-1]]; ok {
			return v
		}
		return m
	})
}

// task does what a task does.
func (a *azure) task(task string, inputs map[string]any, env map[string]string) {
	a.t.Helper()
	in := func(name string) string { return a.macros(fmt.Sprint(inputs[name])) }
	name, _, _ := strings.Cut(task, "@")
	switch name {
	case "AzureCLI":
		maps.Copy(env, map[string]string{"servicePrincipalId": "client", "servicePrincipalKey": "s3cret", "tenantId": "tenant"})
		a.script(in("inlineScript"), env)
	case "Bash":
		if in("failOnStderr") == "true" {
			env["FAIL_ON_STDERR"] = "true"
		}
		a.script(in("script"), env)
	case "PublishPipelineArtifact":
		a.artifacts[in("artifactName")] = in("targetPath")
	case "DownloadPipelineArtifact":
		a.must(os.CopyFS(in("targetPath"), os.DirFS(a.artifacts[in("artifactName")])))
	case "qetza.replacetokens.replacetokens-task.replacetokens":
		a.replaceTokens(in("targetFiles"), a.variables, "\ufeff")
	default:
		a.t.Fatalf("the task %s is not known here", task)
	}
}

var setVariable = regexp.MustCompile(`(?m)^##vso\[task\.setvariable (?:[^\]]*;)?variable=(\w+)\](.*)$`)

// script runs a script and does what it prints for the agent to do.
func (a *azure) script(text string, env map[string]string) {
	a.t.Helper()
	out := a.run(a.dir, env, "bash", "--noprofile", "--norc", "-c", text)
	for _, m := range setVariable.FindAllStringSubmatch(out, -1) {
		a.variables[m[1]] = m[2]
	}
}
