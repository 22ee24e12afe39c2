//go:build pipelines

package pipelines

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"gopkg.in/yaml.v3"
)

// An azurePipeline runs pipelines as Azure Pipelines does: what of them the files here use.
type azurePipeline struct {
	*world
	out     *outcome
	started map[string]string // variables of what started it
}

// pipeline expands and runs a pipeline on the newest commit of main.
func (w *world) pipeline(file string, parameters map[string]any) *outcome {
	w.t.Helper()
	return w.pipelineFor(file, parameters, nil)
}

// pipelineFor is pipeline with variables that say what started it.
func (w *world) pipelineFor(file string, parameters map[string]any, started map[string]string) *outcome {
	w.t.Helper()
	a := &azurePipeline{world: w, out: newOutcome(), started: started}
	doc, s := a.template(file, parameters)
	variables := a.variables(doc, s, nil)
	stages := a.list(doc["stages"], file, s)
	if stages == nil {
		stages = []any{map[string]any{"stage": "only", "jobs": a.list(doc["jobs"], file, s)}}
	}
	a.inOrder(stages, "stage", true, func(stage map[string]any, failed bool, _ map[string]any) (string, map[string]any) {
		if failed {
			a.skip(stage)
			return "skipped", nil
		}
		result := "success"
		inherited := a.variables(stage, s, variables)
		a.inOrder(stage["jobs"].([]any), "job", false, func(job map[string]any, failed bool, needs map[string]any) (string, map[string]any) {
			ended, outputs := a.job(job, failed, needs, inherited)
			if ended == "failure" {
				result = ended
			}
			return ended, outputs
		})
		return result, nil
	})
	return a.out
}

// skip notes that no job of a stage ran.
func (a *azurePipeline) skip(stage map[string]any) {
	for _, j := range stage["jobs"].([]any) {
		a.out.jobs[name(j.(map[string]any))+" of "+show(stage["displayName"])] = "skipped"
	}
}

// template reads a file and returns it with the scope that its parameters make.
func (a *azurePipeline) template(file string, given map[string]any) (map[string]any, scope) {
	a.t.Helper()
	var doc map[string]any
	if err := yaml.Unmarshal([]byte(a.must(a.work, "git", "show", "origin/main:"+file)), &doc); err != nil {
		a.t.Fatal(err)
	}
	parameters := map[string]any{}
	declared, _ := doc["parameters"].([]any)
	for _, p := range declared {
		p := p.(map[string]any)
		name := p["name"].(string)
		v, isGiven := given[name]
		if !isGiven {
			if v = p["default"]; v == nil {
				a.t.Fatalf("%s: the parameter %s is missing", file, name)
			}
		}
		if allowed, ok := p["values"].([]any); ok && !slices.Contains(allowed, v) {
			a.t.Fatalf("%s: %v is no value of the parameter %s", file, v, name)
		}
		parameters[name] = v
	}
	for name := range given {
		if _, ok := parameters[name]; !ok {
			a.t.Fatalf("%s: there is no parameter %s", file, name)
		}
	}
	return doc, scope{t: a.t, values: map[string]any{"parameters": parameters}}
}

var (
	each  = regexp.MustCompile(`^\$\{\{ each (\w+) in (.*) \}\}$`)
	ifKey = regexp.MustCompile(`^\$\{\{ if (.*) \}\}$`)
)

// list expands a list: its loops, conditions and templates.
func (a *azurePipeline) list(v any, file string, s scope) []any {
	a.t.Helper()
	items, _ := v.([]any)
	var expanded []any
	for _, item := range items {
		m, ok := item.(map[string]any)
		if !ok {
			expanded = append(expanded, s.value(item))
			continue
		}
		if use, ok := m["template"].(string); ok {
			to := path.Join(path.Dir(file), use)
			given, _ := a.expand(m["parameters"], file, s).(map[string]any)
			doc, inner := a.template(to, given)
			for _, kind := range []string{"stages", "jobs", "steps"} {
				expanded = append(expanded, a.list(doc[kind], to, inner)...)
			}
			continue
		}
		for key, body := range m {
			if loop := each.FindStringSubmatch(key); loop != nil {
				for _, element := range s.eval(loop[2]).([]any) {
					inner := scope{t: s.t, values: maps.Clone(s.values)}
					inner.values[loop[1]] = element
					expanded = append(expanded, a.list(body, file, inner)...)
				}
				m = nil
			}
		}
		if m != nil {
			expanded = append(expanded, a.expand(m, file, s))
		}
	}
	return expanded
}

// expand expands any value.
func (a *azurePipeline) expand(v any, file string, s scope) any {
	a.t.Helper()
	switch v := v.(type) {
	case []any:
		return a.list(v, file, s)
	case map[string]any:
		expanded := map[string]any{}
		for key, value := range v {
			if condition := ifKey.FindStringSubmatch(key); condition != nil {
				if truthy(s.eval(condition[1])) {
					maps.Copy(expanded, a.expand(value, file, s).(map[string]any))
				}
				continue
			}
			expanded[key] = a.expand(value, file, s)
		}
		return expanded
	}
	return s.value(v)
}

// variables returns those of a pipeline, stage or job, on top of what it inherits: its groups are environments'.
func (a *azurePipeline) variables(m map[string]any, s scope, inherited map[string]string) map[string]string {
	all := maps.Clone(inherited)
	if all == nil {
		all = map[string]string{}
	}
	groups, _ := m["variables"].([]any)
	for _, g := range groups {
		environment := strings.TrimPrefix(s.text(g.(map[string]any)["group"]), "lockstep-")
		maps.Copy(all, a.world.variables(environment))
	}
	delete(all, "AZURE_CLIENT_ID") // the service connection says it
	delete(all, "AZURE_TENANT_ID")
	return all
}

func name(m map[string]any) string {
	for _, key := range []string{"job", "deployment", "stage"} {
		if m[key] != nil {
			return show(m[key])
		}
	}
	return ""
}

// inOrder does each item after those it depends on. An item that says nothing depends on the one before it if chained.
func (a *azurePipeline) inOrder(items []any, kind string, chained bool, do func(map[string]any, bool, map[string]any) (string, map[string]any)) {
	a.t.Helper()
	done, last := map[string]any{}, ""
	for _, item := range items {
		m := item.(map[string]any)
		var after []any
		switch d := m["dependsOn"].(type) {
		case string:
			after = []any{d}
		case []any:
			after = d
		case nil:
			if chained && m["dependsOn"] == nil && last != "" && !hasKey(m, "dependsOn") {
				after = []any{last}
			}
		}
		failed, needs := false, map[string]any{}
		for _, n := range after {
			d, ok := done[n.(string)]
			if !ok {
				a.t.Fatalf("%s %s depends on %v, which is not there before it", kind, name(m), n)
			}
			failed = failed || property(d, "result") != "success"
			needs[n.(string)] = d
		}
		if _, twice := done[name(m)]; twice {
			a.t.Fatalf("there are two of %s %q", kind, name(m))
		}
		result, outputs := do(m, failed, needs)
		done[name(m)], last = map[string]any{"result": result, "outputs": outputs}, name(m)
	}
}

func hasKey(m map[string]any, key string) bool { _, ok := m[key]; return ok }

// job runs a job: once, or once for each leg of its matrix.
func (a *azurePipeline) job(job map[string]any, failed bool, needs map[string]any, inherited map[string]string) (string, map[string]any) {
	a.t.Helper()
	s := scope{t: a.t, values: map[string]any{"dependencies": needs}, failed: failed}
	if !s.condition(job["condition"]) {
		a.out.jobs[name(job)] = "skipped"
		return "skipped", nil
	}
	legs := map[string]map[string]string{"": nil}
	if runtime, ok := property(job["strategy"], "matrix").(string); ok {
		legs = nil
		text := show(s.eval(strings.TrimSuffix(strings.TrimPrefix(runtime, "$["), "]")))
		if err := json.Unmarshal([]byte(text), &legs); err != nil {
			a.t.Fatalf("matrix %s: %v", text, err)
		}
	}
	steps, _ := job["steps"].([]any)
	if deploy, ok := property(property(job["strategy"], "runOnce"), "deploy").(map[string]any); ok {
		steps = deploy["steps"].([]any)
	}
	result, outputs := "success", map[string]any{}
	for _, leg := range slices.Sorted(maps.Keys(legs)) {
		r := a.agent(strings.TrimSpace(name(job)+" "+leg), a.variables(job, s, inherited), outputs)
		maps.Copy(r.variables, legs[leg])
		if environment := show(job["environment"]); environment != "" {
			r.job = environment + " / " + r.job
		}
		a.out.order = append(a.out.order, r.job)
		for _, step := range steps {
			r.step(step.(map[string]any))
		}
		a.out.jobs[r.job] = "success"
		if r.failed {
			a.out.jobs[r.job], result = "failure", "failure"
		}
	}
	return result, outputs
}

// An agent runs the steps of one job.
type agent struct {
	*azurePipeline
	job       string
	dir       string
	variables map[string]string
	outputs   map[string]any
	path      []string
	failed    bool
}

func (a *azurePipeline) agent(job string, variables map[string]string, outputs map[string]any) *agent {
	a.t.Helper()
	a.count++
	r := &agent{azurePipeline: a, job: job, dir: fmt.Sprintf("%s/job%d", a.dir, a.count), variables: variables, outputs: outputs}
	maps.Copy(r.variables, map[string]string{
		"Agent.TempDirectory": r.dir + "/temp", "Pipeline.Workspace": r.dir, "System.AccessToken": azureToken, "System.JobAttempt": "1",
		"Build.Repository.Uri": a.hub.url + azureRepo, "Build.Repository.Name": "apis", "Build.Repository.Provider": "TfsGit",
		"System.CollectionUri": a.hub.url + "/Acme/", "System.TeamProject": "platform", "Build.BuildId": "42",
		"System.OidcRequestUri": "https://pipelines.example.com/oidc",
	})
	maps.Copy(r.variables, a.started)
	if err := os.MkdirAll(r.dir+"/temp", 0o755); err != nil {
		a.t.Fatal(err)
	}
	return r
}

var macro = regexp.MustCompile(`\$\(([\w.]+)\)`)

// text replaces variables; what is none is left to the shell.
func (r *agent) text(v any) string {
	return macro.ReplaceAllStringFunc(show(v), func(m string) string {
		if value, ok := r.variables[m[2:len(m)-1]]; ok {
			return value
		}
		return m
	})
}

// step runs one step.
func (r *agent) step(step map[string]any) {
	r.t.Helper()
	s := scope{t: r.t, values: map[string]any{"variables": r.variables}, failed: r.failed}
	if !s.condition(step["condition"]) {
		return
	}
	inputs, _ := step["inputs"].(map[string]any)
	switch {
	case step["checkout"] != nil:
		r.must(r.dir, "git", "clone", "--quiet", "--depth="+show(orElse(step["fetchDepth"], 1)), "file://"+r.bare, "s")
		r.must(r.dir+"/s", "git", "remote", "set-url", "origin", r.hub.url+azureRepo)
	case step["publish"] != nil:
		r.out.keep(r.text(step["artifact"]), r.dir+"/s", []string{show(step["publish"])})
	case step["download"] != nil:
		artefact := r.text(step["artifact"])
		write(r.t, filepath.Join(r.dir, artefact), r.out.artefacts[artefact])
	case step["bash"] != nil:
		r.script(step, show(step["bash"]), nil)
	case step["task"] == "AzureCLI@2":
		r.script(step, show(inputs["inlineScript"]), map[string]string{
			"AZURESUBSCRIPTION_CLIENT_ID": "c", "AZURESUBSCRIPTION_TENANT_ID": "t", "AZURESUBSCRIPTION_SERVICE_CONNECTION_ID": "s",
		})
	default:
		r.t.Fatalf("the step %v is not known here", step)
	}
}

var command = regexp.MustCompile(`(?m)^##vso\[([\w.]+)(?: ([^\]]*))?\](.*)$`)

// script runs a script, and does what the commands in its output say.
func (r *agent) script(step map[string]any, text string, more map[string]string) {
	r.t.Helper()
	env := map[string]string{"TF_BUILD": "True", "PATH": strings.Join(append(slices.Clone(r.path), r.env["PATH"]), ":")}
	for k, v := range r.variables {
		env[strings.ToUpper(strings.ReplaceAll(k, ".", "_"))] = v
	}
	delete(env, "SYSTEM_ACCESSTOKEN") // a secret, which a step is given only if it asks
	maps.Copy(env, more)
	mapped, _ := step["env"].(map[string]any)
	for k, v := range mapped {
		env[k] = r.text(v)
	}
	done := r.world.script(r.dir+"/s", r.text(text), env, "bash", "--noprofile", "--norc")
	done.job, done.step = r.job, r.text(step["displayName"])
	r.out.ran = append(r.out.ran, done)
	r.failed = r.failed || done.code != 0
	for _, m := range command.FindAllStringSubmatch(done.stdout, -1) {
		switch m[1] {
		case "task.prependpath":
			r.path = append([]string{m[3]}, r.path...)
		case "task.setvariable":
			variable, properties, _ := strings.Cut(strings.TrimPrefix(m[2], "variable="), ";")
			if properties == "isOutput=true" {
				r.outputs[show(step["name"])+"."+variable] = m[3]
			} else {
				r.variables[variable] = m[3]
			}
		case "task.uploadsummary":
			content, err := os.ReadFile(m[3])
			if err != nil {
				r.t.Errorf("%s, %s: summary: %v", done.job, done.step, err)
			}
			r.out.summary.Write(content)
		case "task.logissue": // is shown
		default:
			r.t.Errorf("%s, %s: the command %s is not known here", done.job, done.step, m[1])
		}
	}
}
