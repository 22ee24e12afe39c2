//go:build pipelines

package pipelines

import (
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/lockstep-apiops/lockstep/internal/sandbox/amplify"
)

// account is the service account of the emulator of Amplify, and its secret.
const account = "sandbox"

// A system is a CI system that runs the files of a world.
type system struct {
	*world
	publish, extract func() *outcome
}

// systems make worlds with the files for a product, by the name of the system.
func systems() map[string]func(*testing.T, map[string]string) *system {
	return map[string]func(*testing.T, map[string]string) *system{
		"github": func(t *testing.T, files map[string]string) *system {
			w := onGitHub(newWorld(t, files))
			return &system{world: w,
				publish: func() *outcome { return w.workflow(workflows+"publish.yml", "push", nil, nil) },
				extract: func() *outcome { return w.workflow(workflows+"extract.yml", "schedule", nil, nil) }}
		},
		"gitea": func(t *testing.T, files map[string]string) *system {
			w := giteaWorld(newWorld(t, files))
			return &system{world: w,
				publish: func() *outcome { return w.workflow(giteaWorkflows+"publish.yml", "push", nil, nil) },
				extract: func() *outcome { return w.workflow(giteaWorkflows+"extract.yml", "schedule", nil, nil) }}
		},
		"azure": func(t *testing.T, files map[string]string) *system {
			w := onAzure(newWorld(t, files))
			return &system{world: w,
				publish: func() *outcome { return w.pipeline(".azure-pipelines/publish.yml", nil) },
				extract: func() *outcome { return w.pipeline(".azure-pipelines/extract.yml", nil) }}
		},
		"gitlab": func(t *testing.T, files map[string]string) *system {
			w, run := newGitLab(t, files)
			return &system{world: w,
				publish: func() *outcome { return gitlabOutcome(run("push")) },
				extract: func() *outcome { return gitlabOutcome(run("schedule")) }}
		},
		"jenkins": func(t *testing.T, files map[string]string) *system {
			groovyShim(t)
			w := onGitea(newWorld(t, files))
			return &system{world: w,
				publish: func() *outcome { return w.jenkins("Jenkinsfile", build{}) },
				extract: func() *outcome { return w.jenkins("Jenkinsfile", build{cause: "TimerTrigger"}) }}
		},
		"kubernetes": func(t *testing.T, files map[string]string) *system {
			w := newWorld(t, files)
			s := &system{world: w}
			s.publish = func() *outcome {
				o := newOutcome()
				all := manifests(t, files["kubernetes/publisher.yaml"])
				for _, e := range []string{"dev", "prod"} {
					o.ran = append(o.ran, w.pod(t, all, containers(t, all, "Job", "lockstep-publish-"+e))...)
				}
				return o
			}
			s.extract = func() *outcome {
				all := manifests(t, files["kubernetes/extractor.yaml"])
				return &outcome{ran: w.pod(t, all, containers(t, all, "CronJob", "lockstep-extract"))}
			}
			return s
		},
	}
}

// gitlabOutcome is what became of a pipeline of GitLab, whose runner tells it as a whole.
func gitlabOutcome(r ran) *outcome {
	o := newOutcome()
	r.stderr = ""
	o.ran, o.jobs[""] = []ran{r}, map[bool]string{true: "success", false: "failure"}[r.code == 0]
	return o
}

// amplified puts an organization of Amplify beside a world, and returns what serves it.
func amplified(w *world) http.Handler {
	w.t.Helper()
	emulator, err := amplify.New(amplify.Options{})
	if err != nil {
		w.t.Fatal(err)
	}
	server := httptest.NewServer(emulator)
	w.t.Cleanup(server.Close)
	w.lent = map[string]string{"AXWAY_CLIENT_ID": account, "READ_CLIENT_ID": account, "PUBLISH_CLIENT_ID": account}
	w.secrets = map[string]any{"AXWAY_CLIENT_SECRET": account, "READ_CLIENT_SECRET": account, "PUBLISH_CLIENT_SECRET": account}
	maps.Copy(w.env, map[string]string{"AXWAY_CENTRAL_BASE_URL": server.URL, "AXWAY_AUTH_BASE_URL": server.URL, "AXWAY_PLATFORM_BASE_URL": server.URL})
	return emulator
}

// lendTo gives the secrets to a system that has no way of its own to hand them over.
func (s *system) lendTo(name string) {
	switch name {
	case "gitlab", "kubernetes":
		s.env["AXWAY_CLIENT_ID"], s.env["AXWAY_CLIENT_SECRET"] = account, account
	case "azure":
		s.lent["AXWAY_CLIENT_SECRET"] = account
	}
}

// orders is a tree of Amplify, and one of its proxies.
func orders() map[string]string {
	return map[string]string{
		"artifacts/management/environments/orders-dev.yaml":                    "group: management\napiVersion: v1alpha1\nkind: Environment\nname: orders-dev\ntitle: Orders\nspec:\n  description: Orders.\n",
		"artifacts/management/environments/orders-dev/apiservices/orders.yaml": "group: management\napiVersion: v1alpha1\nkind: APIService\nname: orders\ntitle: Orders\nmetadata:\n  scope:\n    kind: Environment\n    name: orders-dev\nspec:\n  description: Place orders.\n",
	}
}

// TestOthersAmplify publishes to Amplify on every system, and extracts what git lacks then.
func TestOthersAmplify(t *testing.T) {
	for name, make := range systems() {
		t.Run(name, func(t *testing.T) {
			s := make(t, render(t, Options{Forge: name, Gateway: "amplify"}))
			emulator := amplified(s.world)
			s.lendTo(name)
			s.commit(orders())
			quiet(t, s.publish())
			rec := httptest.NewRecorder()
			req := httptest.NewRequest("GET", "/apis/management/v1alpha1/environments/orders-dev/apiservices/orders", nil)
			req.Header.Set("Authorization", "Bearer "+s.token(emulator))
			emulator.ServeHTTP(rec, req)
			holds(t, "Amplify", rec.Body.String(), "Place orders.")

			s.commit(map[string]string{"artifacts/management/environments/orders-dev/apiservices": ""})
			quiet(t, s.extract())
			holds(t, "what is proposed", s.proposed(), "artifacts/management/environments/orders-dev/apiservices/orders.yaml")
		})
	}
}

// token signs in to the emulator of Amplify.
func (s *system) token(emulator http.Handler) string {
	s.t.Helper()
	rec := httptest.NewRecorder()
	req := httptest.NewRequest("POST", "/auth/realms/Broker/protocol/openid-connect/token",
		strings.NewReader("grant_type=client_credentials&client_id="+account+"&client_secret="+account))
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	emulator.ServeHTTP(rec, req)
	_, token, _ := strings.Cut(rec.Body.String(), `"access_token":"`)
	token, _, _ = strings.Cut(token, `"`)
	if token == "" {
		s.t.Fatalf("sign in: %s", rec.Body)
	}
	return token
}

// proposed are the files that branches for pull requests have and main has not.
func (w *world) proposed() string {
	w.t.Helper()
	var files []string
	for _, branch := range strings.Fields(w.must(w.bare, "git", "for-each-ref", "--format=%(refname)", "refs/heads/lockstep")) {
		files = append(files, strings.Fields(w.must(w.bare, "git", "diff", "--name-only", "--diff-filter=A", "refs/heads/main", branch))...)
	}
	slices.Sort(files)
	return strings.Join(files, "\n")
}

// TestOthersProxies publishes proxies of Amplify on every system.
func TestOthersProxies(t *testing.T) {
	const proxy = "version: v1\napiVersion: v1\nproxy:\n  name: Music\n  basePath: /music/v1\n  swagger: https://music.example.com/swagger.json\n  policies:\n    clientAuth:\n      type: pass-through\n"
	for name, make := range systems() {
		t.Run(name, func(t *testing.T) {
			s := make(t, render(t, Options{Forge: name, Gateway: "amplifyproxies"}))
			amplified(s.world)
			s.lendTo(name)
			s.commit(map[string]string{"artifacts/proxies/Music.yaml": proxy})
			o := s.publish()
			quiet(t, o)
			if got := strings.Count(o.log(), "done create proxy Music"); got != 2 {
				t.Errorf("the proxy was put %d times, want 2\n%s", got, o.log())
			}
		})
	}
}

// TestOthersAutoFlow publishes into data directories on every system, and extracts what git lacks then.
func TestOthersAutoFlow(t *testing.T) {
	for name, make := range systems() {
		if name == "kubernetes" {
			continue // which has no directories, but objects of its own
		}
		t.Run(name, func(t *testing.T) {
			srv := t.TempDir()
			files := render(t, Options{Forge: name, Gateway: "autoflow"})
			for file, text := range files {
				files[file] = strings.NewReplacer("/srv/autoflow", srv, "autoflowProbe: localhost", "autoflowActivate: touch activated").Replace(text)
			}
			s := make(t, files)
			for _, e := range []string{"dev", "prod"} {
				write(t, srv, map[string]string{e + "/data/config.json": "{}"})
			}
			for _, file := range []string{
				"product.yaml", "settings.yaml", "apis/orders/api.yaml", "apis/orders/versions/1.0.0/openapi.yaml", "servers/orders/server.yaml", "servers/orders/versions/1.0.0/version.yaml",
				"services/orders/service.yaml", "services/orders/versions/1.0.0/version.yaml", "services/orders/versions/1.0.0/operations/list/operation.yaml",
			} {
				write(t, s.work, map[string]string{"artifacts/" + file: example(t, "../../examples/autoflow", file)})
			}
			s.commit(nil)
			quiet(t, s.publish())
			for _, e := range []string{"dev", "prod"} {
				holds(t, e, example(t, srv, e+"/data/config.json"), `"port":8080`)
				holds(t, e, example(t, srv, e+"/data/autoflow.conf"), "BOOT_FILE_REPLACES_CONFIG=true")
			}
			s.commit(map[string]string{"artifacts/servers": ""})
			quiet(t, s.extract())
			holds(t, "what is proposed", s.proposed(), "artifacts/servers/orders/server.yaml")
			if s.head("lockstep/autoflow-dev") == "" {
				t.Error("the branch has not the name of the environment")
			}
		})
	}
}

// TestOthersServices has the vendors' language services read the files for all products.
func TestOthersServices(t *testing.T) {
	for _, gateway := range others() {
		for forge, find := range map[string]func(*testing.T, map[string]string) string{
			"github": serviceGitHub, "azure": lintAzure,
			"jenkins": func(t *testing.T, files map[string]string) string {
				return checkJenkins(t, map[string]string{"Jenkinsfile": files["Jenkinsfile"]})
			},
		} {
			t.Run(forge+" "+gateway, func(t *testing.T) {
				if found := find(t, render(t, Options{Forge: forge, Gateway: gateway})); found != "" {
					t.Error(found)
				}
			})
		}
	}
}
