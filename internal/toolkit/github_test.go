//go:build toolkit

package toolkit

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"gopkg.in/yaml.v3"
)

// secrets are those of the environments on GitHub.
var secrets = map[string]map[string]any{
	"dev": {
		"AZURE_CLIENT_ID": "client", "AZURE_CLIENT_SECRET": "s3cret", "AZURE_TENANT_ID": "tenant", "AZURE_SUBSCRIPTION_ID": subscription,
		"AZURE_RESOURCE_GROUP_NAME": "apis", "API_MANAGEMENT_SERVICE_NAME": "contoso-dev",
	},
	"prod": {
		"AZURE_CLIENT_ID": "client", "AZURE_CLIENT_SECRET": "s3cret", "AZURE_TENANT_ID": "tenant", "AZURE_SUBSCRIPTION_ID": subscription,
		"AZURE_RESOURCE_GROUP_NAME": "apis", "API_MANAGEMENT_SERVICE_NAME": "contoso-prod", "ORDERS_URL": "https://orders.prod.example.com",
	},
}

// A gitHub runs workflows: what of them the toolkit's use.
type gitHub struct {
	*world
	artifacts map[string]string // folders by name
	event     map[string]any
}

// workflow runs a workflow of the repository. Inputs are those of a person, or
// nil after a push.
func (w *world) workflow(name string, inputs map[string]any) {
	w.t.Helper()
	g := &gitHub{world: w, artifacts: map[string]string{}, event: map[string]any{"inputs": inputs}}
	g.jobsOf(name, nil)
}

// jobsOf runs the jobs of a workflow, each after those it needs.
func (g *gitHub) jobsOf(name string, inputs map[string]any) {
	g.t.Helper()
	var doc map[string]any
	text := g.run(g.dir, nil, "git", "-C", g.bare, "show", "main:.github/workflows/"+name)
	g.must(yaml.Unmarshal([]byte(text), &doc))
	jobs, done := object(doc["jobs"]), map[string]any{}
	for len(done) < len(jobs) {
		before := len(done)
		for _, id := range slices.Sorted(maps.Keys(jobs)) {
			if _, ran := done[id]; !ran && ready(object(jobs[id]), done) {
				done[id] = g.job(object(jobs[id]), object(doc["env"]), inputs, done)
			}
		}
		if len(done) == before {
			g.t.Fatalf("%s: jobs need each other", name)
		}
	}
}

func ready(job, done map[string]any) bool {
	names, _ := job["needs"].([]any)
	if one, ok := job["needs"].(string); ok {
		names = []any{one}
	}
	return !slices.ContainsFunc(names, func(n any) bool { return done[n.(string)] == nil })
}

// job runs a job and returns what others may need of it.
func (g *gitHub) job(job, env, inputs, done map[string]any) map[string]any {
	g.t.Helper()
	g.jobs++
	dir := fmt.Sprintf("%s/job%d", g.dir, g.jobs)
	g.must(os.MkdirAll(dir+"/temp", 0o755))
	s := scope{g.t, map[string]any{
		"github": map[string]any{"event": g.event, "sha": g.head(), "workspace": dir + "/ws"}, "inputs": inputs, "needs": done,
		"vars": map[string]any{}, "steps": map[string]any{}, "runner": map[string]any{"temp": dir + "/temp"},
	}}
	if !s.holds(job["if"]) {
		return map[string]any{"result": "skipped"}
	}
	if called, ok := job["uses"].(string); ok {
		with := map[string]any{}
		for k, v := range object(job["with"]) {
			with[k] = s.text(v)
		}
		g.jobsOf(filepath.Base(called), with)
		return map[string]any{"result": "success"}
	}
	s.values["secrets"] = secrets[s.text(job["environment"])]
	s.values["env"] = texts(s, env)
	for _, step := range job["steps"].([]any) {
		g.step(object(step), s, dir)
	}
	return map[string]any{"result": "success", "outputs": texts(s, object(job["outputs"]))}
}

// texts evaluates the values of an object.
func texts(s scope, m map[string]any) map[string]any {
	all := map[string]any{}
	for k, v := range m {
		all[k] = s.text(v)
	}
	return all
}

func (g *gitHub) step(step map[string]any, s scope, dir string) {
	g.t.Helper()
	if !s.holds(step["if"]) {
		return
	}
	env := map[string]string{"GITHUB_ACTIONS": "true", "GITHUB_WORKSPACE": dir + "/ws", "GITHUB_OUTPUT": dir + "/temp/output"}
	for _, m := range []map[string]any{object(s.values["env"]), object(step["env"])} {
		for k, v := range m {
			env[k] = s.text(v)
		}
	}
	if use, ok := step["uses"].(string); ok {
		g.uses(use, texts(s, object(step["with"])), env, dir)
		return
	}
	g.must(os.MkdirAll(dir+"/ws", 0o755))
	g.run(dir+"/ws", env, "bash", "-e", "-c", s.text(step["run"]))
	if text, err := os.ReadFile(dir + "/temp/output"); err == nil && step["id"] != nil {
		outputs := map[string]any{}
		for line := range strings.Lines(string(text)) {
			name, value, _ := strings.Cut(strings.TrimSpace(line), "=")
			outputs[name] = value
		}
		object(s.values["steps"])[fmt.Sprint(step["id"])] = map[string]any{"outputs": outputs}
	}
}

// uses does what an action does.
func (g *gitHub) uses(use string, with map[string]any, env map[string]string, dir string) {
	g.t.Helper()
	name, _, _ := strings.Cut(use, "@")
	switch ws := dir + "/ws"; name {
	case "actions/checkout":
		depth := "1"
		if with["fetch-depth"] != nil {
			depth = fmt.Sprint(with["fetch-depth"])
		}
		g.run(g.dir, nil, "git", "clone", "--quiet", "--depth", depth, "file://"+g.bare, ws)
	case "actions/upload-artifact":
		g.artifacts[fmt.Sprint(with["name"])] = fmt.Sprint(with["path"])
	case "actions/download-artifact":
		g.run(g.dir, nil, "cp", "-r", g.artifacts[fmt.Sprint(with["name"])]+"/.", fmt.Sprint(with["path"]))
	case "cschleiden/replace-tokens":
		g.replaceTokens(ws+"/configuration.prod.yaml", env, "")
	case "peter-evans/create-pull-request":
		if changes := g.run(ws, nil, "git", "status", "--porcelain", "--untracked-files=all"); changes != "" {
			g.pulls = append(g.pulls, strings.Split(strings.TrimSpace(changes), "\n")...)
		}
	default:
		g.t.Fatalf("the action %s is not known here", name)
	}
}

// replaceTokens does what the toolkit's steps do before the publisher runs.
func (w *world) replaceTokens(name string, values map[string]string, mark string) {
	w.t.Helper()
	text, err := os.ReadFile(name)
	w.must(err)
	for k, v := range values {
		text = []byte(strings.ReplaceAll(string(text), "{#"+k+"#}", v))
	}
	w.must(os.WriteFile(name, append([]byte(mark), text...), 0o600))
}
