//go:build pipelines

package pipelines

import (
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"gopkg.in/yaml.v3"
)

// kubernetes returns all files for Kubernetes, those for many gateways too.
func kubernetes(t *testing.T, environments []string) map[string]string {
	t.Helper()
	files := render(t, Options{Forge: "kubernetes", Environments: environments})
	files["kubernetes/argo-extract-many.yaml"] = source(t, "kubernetes/argo-extract-many.yaml")
	return files
}

// lintKubernetes returns what is wrong with the files. Argo's objects are left out if its schema is not there.
func lintKubernetes(t *testing.T, files map[string]string) string {
	t.Helper()
	program := os.Getenv("LOCKSTEP_KUBELINT")
	if program == "" {
		t.Skip("LOCKSTEP_KUBELINT is not set: run make pipelines, which builds the linter")
	}
	dir := t.TempDir()
	write(t, dir, files)
	schema, err := filepath.Abs(schemas + "/argo.json")
	if err != nil {
		t.Fatal(err)
	}
	args := []string{"-argo", schema}
	if _, err := os.Stat(schema); err != nil {
		t.Logf("the schema of Argo Workflows is not beside the repository, so its objects are not checked: %v", err)
		args = nil
		delete(files, "kubernetes/argo-extract-many.yaml")
	}
	for _, name := range slices.Sorted(maps.Keys(files)) {
		if strings.HasPrefix(name, "kubernetes/") {
			args = append(args, name)
		}
	}
	cmd := exec.CommandContext(t.Context(), program, args...)
	cmd.Dir = dir
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return string(out)
}

func TestKubernetesLint(t *testing.T) {
	for name, environments := range answers() {
		if found := lintKubernetes(t, kubernetes(t, environments)); found != "" {
			t.Errorf("%s: %s", name, found)
		}
	}
	for _, gateway := range others() {
		if found := lintKubernetes(t, render(t, Options{Forge: "kubernetes", Gateway: gateway})); found != "" {
			t.Errorf("%s: %s", gateway, found)
		}
	}
}

func TestKubernetesLintFindsMistakes(t *testing.T) {
	tests := []struct{ name, file, old, new, want string }{
		{"unknown field", "extractor.yaml", "concurrencyPolicy", "concurencyPolicy", `unknown field "spec.concurencyPolicy"`},
		{"wrong type", "publisher.yaml", "backoffLimit: 0", "backoffLimit: none", "backoffLimit"},
		{"as root", "publisher-stages.yaml", "runAsNonRoot: true", "runAsNonRoot: false", "not restricted: runAsNonRoot != true"},
		{"more than it needs", "extractor.yaml", "drop: [ALL]", "drop: []", "not restricted: unrestricted capabilities"},
		{"unknown field of Argo", "argo-extract-many.yaml", "withParam", "withParams", "'withParams' not allowed"},
		{"as root in Argo", "argo-extract-many.yaml", "runAsNonRoot: true", "runAsNonRoot: false", "not restricted: runAsNonRoot != true"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			files := kubernetes(t, []string{"dev", "prod"})
			file := "kubernetes/" + tt.file
			if !strings.Contains(files[file], tt.old) {
				t.Fatalf("%s lacks %q", file, tt.old)
			}
			files[file] = strings.ReplaceAll(files[file], tt.old, tt.new)
			found := lintKubernetes(t, files)
			if _, checked := files[file]; checked && !strings.Contains(found, tt.want) {
				t.Errorf("found %q, want %q in it", found, tt.want)
			}
		})
	}
}

// A container is what of one runs here.
type container struct {
	Name    string
	Command []string
	Args    []string
	EnvFrom []struct {
		ConfigMapRef struct{ Name string } `yaml:"configMapRef"`
	} `yaml:"envFrom"`
	Env []struct{ Name, Value string }
}

// A manifest is one document.
type manifest struct {
	Kind     string
	Metadata struct{ Name string }
	Data     map[string]string
	Spec     struct {
		Template    template
		JobTemplate struct {
			Spec struct{ Template template }
		} `yaml:"jobTemplate"`
		WorkflowSpec struct {
			Templates []struct{ Container *container }
		} `yaml:"workflowSpec"`
	}
}

type template struct {
	Spec struct {
		InitContainers []container `yaml:"initContainers"`
		Containers     []container
	}
}

// manifests reads a file.
func manifests(t *testing.T, text string) []manifest {
	t.Helper()
	var all []manifest
	dec := yaml.NewDecoder(strings.NewReader(text))
	for {
		var m manifest
		if err := dec.Decode(&m); err != nil {
			return all
		}
		all = append(all, m)
	}
}

// pod runs the containers of a pod one after the other, as a kubelet does, until one fails.
func (w *world) pod(t *testing.T, all []manifest, containers []container) []ran {
	t.Helper()
	tmp := t.TempDir()
	var done []ran
	for _, c := range containers {
		env := map[string]string{"PATH": programs + "/bin:" + w.env["PATH"], "LOCKSTEP_GIT_TOKEN": "a-token", "LOCKSTEP_FORGE_TOKEN": "a-token"}
		for _, from := range c.EnvFrom {
			if from.ConfigMapRef.Name == "" {
				continue // a Secret: the world has what is in it
			}
			i := slices.IndexFunc(all, func(m manifest) bool { return m.Kind == "ConfigMap" && m.Metadata.Name == from.ConfigMapRef.Name })
			if i < 0 {
				t.Fatalf("container %s: there is no ConfigMap %s", c.Name, from.ConfigMapRef.Name)
			}
			maps.Copy(env, all[i].Data)
		}
		for _, e := range c.Env {
			if e.Value != "" {
				env[e.Name] = e.Value
			}
		}
		env["LOCKSTEP_REPO"] = "file://" + w.bare
		env["AZURE_SUBSCRIPTION_ID"] = subscription
		maps.Copy(env, w.lent)
		command := slices.Concat(c.Command, c.Args)
		for i := range command {
			command[i] = strings.ReplaceAll(command[i], "/tmp/plan.json", tmp+"/plan.json")
		}
		r := w.run(tmp, env, command...)
		r.job, r.step = "pod", c.Name
		if done = append(done, r); r.code != 0 {
			return done
		}
	}
	return done
}

// containers returns those of the one pod of a kind and name.
func containers(t *testing.T, all []manifest, kind, name string) []container {
	t.Helper()
	for _, m := range all {
		if m.Kind != kind || m.Metadata.Name != name {
			continue
		}
		spec := m.Spec.Template.Spec
		if kind == "CronJob" {
			spec = m.Spec.JobTemplate.Spec.Template.Spec
		}
		return slices.Concat(spec.InitContainers, spec.Containers)
	}
	t.Fatalf("there is no %s %s", kind, name)
	return nil
}

func TestKubernetesRuns(t *testing.T) {
	files := kubernetes(t, []string{"dev", "prod"})
	w := newWorld(t, map[string]string{"README.md": "x"})
	extract := manifests(t, files["kubernetes/extractor.yaml"])
	quiet(t, &outcome{ran: w.pod(t, extract, containers(t, extract, "CronJob", "lockstep-extract"))})
	pulls := w.must(w.dir, programs+"/bin/extractor", "pulls", "--body", "--repo", "file://"+w.bare) // of a folder, which keeps them itself
	holds(t, "the forge", pulls, "1\topen\tlockstep/contoso-dev -> main\tBring artifacts in line with apim contoso-dev: 20 added")
	w.merge()

	publish := manifests(t, files["kubernetes/publisher.yaml"])
	for _, e := range []string{"dev", "prod"} {
		quiet(t, &outcome{ran: w.pod(t, publish, containers(t, publish, "Job", "lockstep-publish-"+e))})
		w.recorded(e)
	}
	holds(t, "prod", w.gateway("prod", "/apis/orders-v1"), "Orders")

	w.commit(change())
	stages := manifests(t, files["kubernetes/publisher-stages.yaml"])
	o := &outcome{ran: w.pod(t, stages, containers(t, stages, "Job", "lockstep-publish-dev"))}
	quiet(t, o)
	var steps []string
	for _, r := range o.ran {
		steps = append(steps, r.step)
	}
	if want := []string{"plan", "creator", "publish", "terminator", "record"}; !slices.Equal(steps, want) {
		t.Errorf("got containers %q, want %q", steps, want)
	}
	holds(t, "dev", w.gateway("dev", "/backends/returns"), "https://returns.example.com")
	w.recorded("dev")
}

func TestKubernetesFails(t *testing.T) {
	files := kubernetes(t, []string{"dev"})
	w := newWorld(t, map[string]string{"README.md": "x"}, "status=400,method=PUT,path=*/backends/returns")
	w.example()
	w.commit(change())
	stages := manifests(t, files["kubernetes/publisher-stages.yaml"])
	done := w.pod(t, stages, containers(t, stages, "Job", "lockstep-publish-dev"))
	if last := done[len(done)-1]; last.step != "creator" || last.code != 1 {
		t.Errorf("%s ended with %d, want creator with 1: no later container may run\n%s", last.step, last.code, last.stderr)
	}
	// A setting that is wrong ends with 2, which the pod's policy does not try again.
	done = w.pod(t, stages, []container{{Name: "x", Command: []string{"publisher"}, Args: []string{"plan", "--oot=x"}}})
	if done[0].code != 2 {
		t.Errorf("got %d, want 2", done[0].code)
	}
}

func TestArgoRuns(t *testing.T) {
	w := newWorld(t, map[string]string{"README.md": "x"})
	all := manifests(t, kubernetes(t, []string{"dev"})["kubernetes/argo-extract-many.yaml"])
	config := "gateway: apim\nresourceGroup: apis\nserviceName: contoso-dev\noutput: gateways/eu\n"
	write(t, w.dir, map[string]string{"etc/eu.yaml": config})
	c := *all[0].Spec.WorkflowSpec.Templates[1].Container
	replace := strings.NewReplacer("{{inputs.parameters.gateway}}", "eu", "{{workflow.parameters.repo}}", "file://"+w.bare, "/etc/lockstep", w.dir+"/etc")
	for i := range c.Args {
		c.Args[i] = replace.Replace(c.Args[i])
	}
	quiet(t, &outcome{ran: w.pod(t, all, []container{c})})
	if w.head("lockstep/eu") == "" {
		t.Error("there is no branch")
	}
}
