//go:build pipelines

package pipelines

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"gopkg.in/yaml.v3"
)

// A gitHub runs workflows as GitHub does: what of them the files here use.
type gitHub struct {
	*world
	out   *outcome
	event map[string]any // github.event
	name  string         // of the event
	ref   string
	sha   string
	fork  bool // the event is of a pull request from a fork
}

// workflow runs a workflow for an event on a commit of main.
func (w *world) workflow(file, event string, payload, inputs map[string]any) *outcome {
	w.t.Helper()
	g := &gitHub{world: w, out: newOutcome(), event: payload, name: event, ref: "refs/heads/main", sha: w.head("main")}
	if event == "pull_request" {
		g.ref = "refs/pull/1/merge"
		g.fork = property(property(property(property(payload, "pull_request"), "head"), "repo"), "full_name") != "acme/apis"
	}
	doc := g.load(file)
	if _, listens := doc["on"].(map[string]any)[event]; !listens && event != "workflow_call" {
		w.t.Fatalf("%s does not listen to %s", file, event)
	}
	g.jobs(doc, inputs, "")
	return g.out
}

func (g *gitHub) load(file string) map[string]any {
	g.t.Helper()
	text := g.must(g.work, "git", "show", "origin/main:"+file)
	var doc map[string]any
	if err := yaml.Unmarshal([]byte(text), &doc); err != nil {
		g.t.Fatal(err)
	}
	return doc
}

// jobs runs the jobs of a workflow, each after those it needs, and returns how they ended.
func (g *gitHub) jobs(doc map[string]any, inputs map[string]any, prefix string) string {
	g.t.Helper()
	jobs := doc["jobs"].(map[string]any)
	done := map[string]any{}
	for len(done) < len(jobs) {
		before := len(done)
		for _, id := range slices.Sorted(maps.Keys(jobs)) {
			job := jobs[id].(map[string]any)
			needs, ready := needed(job, done)
			if _, isDone := done[id]; isDone || !ready {
				continue
			}
			job["defaults"] = orElse(job["defaults"], doc["defaults"])
			result, outputs := g.job(id, prefix, job, inputs, needs)
			done[id] = map[string]any{"result": result, "outputs": outputs}
		}
		if len(done) == before {
			g.t.Fatal("jobs need each other")
		}
	}
	for _, d := range done {
		if property(d, "result") == "failure" {
			return "failure"
		}
	}
	return "success"
}

// needed returns the jobs that a job needs, and whether they are done.
func needed(job map[string]any, done map[string]any) (map[string]any, bool) {
	names, _ := job["needs"].([]any)
	if one, ok := job["needs"].(string); ok {
		names = []any{one}
	}
	needs := map[string]any{}
	for _, n := range names {
		d, ok := done[n.(string)]
		if !ok {
			return nil, false
		}
		needs[n.(string)] = d
	}
	return needs, true
}

func orElse(a, b any) any {
	if a != nil {
		return a
	}
	return b
}

// job runs a job: once, or once for each leg of its matrix.
func (g *gitHub) job(id, prefix string, job, inputs, needs map[string]any) (string, map[string]any) {
	g.t.Helper()
	s := scope{t: g.t, values: map[string]any{"github": g.context(), "inputs": inputs, "needs": needs, "vars": map[string]string{}}}
	for _, n := range needs {
		s.failed = s.failed || property(n, "result") != "success"
	}
	if !s.condition(job["if"]) {
		g.out.jobs[prefix+id] = "skipped"
		return "skipped", nil
	}
	legs := []map[string]any{nil}
	if strategy, ok := job["strategy"].(map[string]any); ok {
		legs = nil
		for name, values := range strategy["matrix"].(map[string]any) {
			for _, v := range s.value(values).([]any) {
				legs = append(legs, map[string]any{name: v})
			}
		}
	}
	result, outputs := "success", map[string]any{}
	for _, leg := range legs {
		s.values["matrix"] = leg
		full := prefix + id
		for _, v := range leg {
			full += " " + show(v)
		}
		s.failed = false
		ended := g.leg(full, job, s, outputs)
		g.out.jobs[full] = ended
		if ended != "success" {
			result = ended
		}
	}
	return result, outputs
}

// leg runs one instance of a job.
func (g *gitHub) leg(id string, job map[string]any, s scope, outputs map[string]any) string {
	g.t.Helper()
	if called, ok := job["uses"].(string); ok {
		inputs := map[string]any{}
		for k, v := range job["with"].(map[string]any) {
			inputs[k] = s.value(v)
		}
		return g.jobs(g.load(strings.TrimPrefix(called, "./")), inputs, id+" / ")
	}
	g.world.count++
	g.out.order = append(g.out.order, id)
	environment := strings.TrimSuffix(s.text(orElse(job["environment"], "")), "-read")
	s.values["vars"] = g.variables(environment)
	if g.fork && g.env["LENT"] == "" {
		s.values["vars"] = map[string]string{}
	}
	s.values["steps"] = map[string]any{}
	s.values["secrets"] = map[string]any{}
	if g.secrets != nil && !g.fork {
		s.values["secrets"] = g.secrets
	}
	github := maps.Clone(s.values["github"].(map[string]any))
	github["token"] = jobToken(asMap(job["permissions"]), g.fork)
	if g.env["GITEA_ACTIONS"] != "" { // whose jobs all have the same rights
		github["token"] = giteaJob
	}
	s.values["github"] = github
	r := &runner{gitHub: g, id: id, scope: s, dir: fmt.Sprintf("%s/job%d", g.dir, g.world.count), path: []string{}}
	r.defaults, _ = property(job["defaults"], "run").(map[string]any)
	if err := os.MkdirAll(r.dir+"/ws", 0o755); err != nil {
		g.t.Fatal(err)
	}
	write(g.t, r.dir+"/temp", map[string]string{"event.json": show(g.event)})
	r.env = map[string]string{
		"GITHUB_ACTIONS": "true", "GITHUB_REPOSITORY": "acme/apis", "GITHUB_WORKSPACE": r.dir + "/ws", "RUNNER_TEMP": r.dir + "/temp",
		"GITHUB_SERVER_URL": show(github["server_url"]), "GITHUB_REF": g.ref, "GITHUB_SHA": g.sha, "GITHUB_EVENT_NAME": g.name,
		"GITHUB_EVENT_PATH": r.dir + "/temp/event.json", "GITHUB_RUN_ID": "42", "GITHUB_ACTOR": "dana",
	}
	if asMap(job["permissions"])["id-token"] == "write" && !g.fork {
		r.env["ACTIONS_ID_TOKEN_REQUEST_URL"] = "https://tokens.example.com"
	}
	for k, v := range asMap(job["env"]) {
		r.env[k] = r.scope.text(v)
	}
	r.steps(job["steps"].([]any))
	for k, v := range asMap(job["outputs"]) {
		outputs[k] = r.scope.text(v)
	}
	if r.scope.failed {
		return "failure"
	}
	return "success"
}

// context is github.
func (g *gitHub) context() map[string]any {
	return map[string]any{
		"event": g.event, "event_name": g.name, "ref": g.ref, "ref_name": filepath.Base(g.ref), "sha": g.sha,
		"server_url": g.hub.url, "repository": "acme/apis", "actor": "dana",
	}
}

func asMap(v any) map[string]any {
	m, _ := v.(map[string]any)
	return m
}

// A runner runs the steps of one job.
type runner struct {
	*gitHub
	id       string
	scope    scope
	dir      string
	env      map[string]string
	path     []string
	defaults map[string]any
}

func (r *runner) steps(steps []any) {
	r.t.Helper()
	for i, v := range steps {
		step := v.(map[string]any)
		if !r.scope.condition(step["if"]) {
			continue
		}
		id := show(orElse(step["id"], fmt.Sprintf("step%d", i)))
		switch use, isUse := step["uses"].(string); {
		case isUse:
			r.uses(use, asMap(step["with"]))
		default:
			r.script(id, step)
		}
	}
}

// script runs a step that is a script.
func (r *runner) script(id string, step map[string]any) {
	r.t.Helper()
	env := maps.Clone(r.env)
	for k, v := range asMap(step["env"]) {
		env[k] = r.scope.text(v)
	}
	files := map[string]string{}
	for _, name := range []string{"GITHUB_OUTPUT", "GITHUB_STEP_SUMMARY", "GITHUB_PATH"} {
		files[name] = filepath.Join(r.t.TempDir(), name)
		write(r.t, filepath.Dir(files[name]), map[string]string{name: ""})
		env[name] = files[name]
	}
	env["PATH"] = strings.Join(append(slices.Clone(r.path), r.world.env["PATH"]), ":")
	shell := []string{"bash", "-e"}
	if orElse(step["shell"], property(r.defaults, "shell")) == "bash" {
		shell = []string{"bash", "--noprofile", "--norc", "-e", "-o", "pipefail"}
	}
	done := r.world.script(r.dir+"/ws", step["run"].(string), env, shell...)
	done.job, done.step = r.id, show(orElse(step["name"], id))
	r.out.ran = append(r.out.ran, done)
	r.scope.failed = r.scope.failed || done.code != 0
	r.out.summary.WriteString(r.read(files["GITHUB_STEP_SUMMARY"]))
	for line := range strings.Lines(r.read(files["GITHUB_PATH"])) {
		r.path = append([]string{strings.TrimSpace(line)}, r.path...)
	}
	outputs := map[string]any{}
	for line := range strings.Lines(r.read(files["GITHUB_OUTPUT"])) {
		name, value, _ := strings.Cut(strings.TrimSpace(line), "=")
		outputs[name] = value
	}
	r.scope.values["steps"].(map[string]any)[id] = map[string]any{"outputs": outputs}
}

func (r *runner) read(name string) string {
	r.t.Helper()
	content, err := os.ReadFile(name)
	if err != nil {
		r.t.Fatal(err)
	}
	return string(content)
}

// uses does what an action does.
func (r *runner) uses(use string, with map[string]any) {
	r.t.Helper()
	name, _, _ := strings.Cut(use, "@")
	switch name {
	case "actions/checkout":
		r.checkout(show(orElse(with["fetch-depth"], 1)))
	case "actions/upload-artifact":
		r.out.keep(r.scope.text(with["name"]), r.dir+"/ws", strings.Fields(r.scope.text(with["path"])))
	case "actions/download-artifact":
		write(r.t, r.dir+"/ws", r.out.artefacts[r.scope.text(with["name"])])
	default:
		local, ok := strings.CutPrefix(name, "./")
		if !ok {
			r.t.Fatalf("the action %s is not known here", name)
		}
		r.composite(local, with)
	}
}

// checkout does what git does for checkout, in the same words.
func (r *runner) checkout(depth string) {
	r.t.Helper()
	ws := r.dir + "/ws"
	for _, command := range []string{
		"init --quiet --initial-branch=scratch " + ws, "-C " + ws + " remote add origin file://" + r.bare,
		"-C " + ws + " fetch --quiet --no-tags --prune --no-recurse-submodules --depth=" + depth + " origin +" + r.sha + ":refs/remotes/origin/main",
		"-C " + ws + " sparse-checkout disable", "-C " + ws + " config --local --unset-all extensions.worktreeConfig",
		"-C " + ws + " checkout --quiet --progress --force -B main refs/remotes/origin/main",
		"-C " + ws + " remote set-url origin " + r.hub.url + "/acme/apis",
	} {
		r.must(r.dir, "git", strings.Fields(command)...)
	}
}

// must runs a command with more words.
func (r *runner) must(dir, first string, more ...string) {
	r.t.Helper()
	r.world.must(dir, append([]string{first}, more...)...)
}

// composite runs an action of the repository.
func (r *runner) composite(dir string, with map[string]any) {
	r.t.Helper()
	var action map[string]any
	if err := yaml.Unmarshal([]byte(r.read(filepath.Join(r.dir, "ws", dir, "action.yml"))), &action); err != nil {
		r.t.Fatal(err)
	}
	inputs := map[string]any{}
	for name, v := range asMap(action["inputs"]) {
		inputs[name] = orElse(with[name], property(v, "default"))
	}
	inner := *r
	inner.scope.values = maps.Clone(r.scope.values)
	inner.scope.values["inputs"], inner.scope.values["steps"] = inputs, map[string]any{}
	inner.defaults = nil
	inner.steps(asMap(action["runs"])["steps"].([]any))
	r.path, r.scope.failed = inner.path, inner.scope.failed
}
