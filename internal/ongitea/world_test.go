package ongitea

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/lockstep-apiops/lockstep/forge/realtest"
	"github.com/lockstep-apiops/lockstep/internal/sandbox/apim"
)

type object = realtest.Object

// A site is a Gitea with people: lock, the account of the programs, who may
// write; dana and rita, who may, too; and eve, who may read.
type site struct {
	*realtest.Gitea
	tokens map[string]string
	bin    string // folder of the programs
}

func newSite(t *testing.T) *site {
	t.Helper()
	s := &site{
		Gitea:  realtest.StartGitea(t, realtest.Setup{Getenv: os.Getenv, HTTP: http.DefaultClient}),
		tokens: map[string]string{}, bin: t.TempDir(),
	}
	build := exec.CommandContext(t.Context(), "go", "build", "-o", s.bin+"/", "../../cmd/extractor", "../../cmd/publisher")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("build: %v\n%s", err, out)
	}
	for _, name := range []string{"lock", "dana", "rita", "eve"} {
		s.tokens[name] = s.AddUser(t, name)
	}
	s.Do(t, "root", "POST", "/orgs", object{"username": "acme", "visibility": "private"}, nil)
	return s
}

// A world is a repository on the site and a gateway.
type world struct {
	*testing.T
	*site
	name     string // of the repository
	path     string // of its API
	work     string // dana's clone
	endpoint string // of the gateway
}

// newWorld makes a world whose gateway has the example tree, and whose
// repository a commit.
func (s *site) newWorld(t *testing.T, name string) *world {
	t.Helper()
	w := &world{T: t, site: s, name: name, path: "/repos/acme/" + name, work: filepath.Join(t.TempDir(), "work")}
	emulator, err := apim.New(apim.Options{Bare: true, Seed: []string{filepath.Join("..", "..", "examples", "apim")}})
	w.must(err)
	gateway := httptest.NewServer(emulator)
	t.Cleanup(func() {
		gateway.Close()
		w.must(emulator.Close())
	})
	w.endpoint = gateway.URL
	s.Do(t, "root", "POST", "/orgs/acme/repos", object{"name": name, "private": true, "auto_init": true, "default_branch": "main"}, nil)
	for user, right := range map[string]string{"lock": "write", "dana": "write", "rita": "write", "eve": "read"} {
		s.Do(t, "root", "PUT", w.path+"/collaborators/"+user, object{"permission": right}, nil)
	}
	w.git(".", "clone", "--quiet", w.remote("dana"), w.work)
	return w
}

func (w *world) must(err error) {
	w.Helper()
	if err != nil {
		w.Fatal(err)
	}
}

// remote is the address of the repository, with somebody's credentials.
func (w *world) remote(user string) string {
	u, err := url.Parse(w.Site + "/acme/" + w.name + ".git")
	w.must(err)
	if user != "" {
		u.User = url.UserPassword(user, w.tokens[user])
	}
	return u.String()
}

// environ is what a job would have: nothing of this machine's but the path.
func (w *world) environ(more ...string) []string {
	return append([]string{
		"PATH=" + os.Getenv("PATH"), "HOME=" + filepath.Dir(w.work), "LC_ALL=C", "GIT_CONFIG_NOSYSTEM=1", "GIT_CONFIG_GLOBAL=" + os.DevNull, "GIT_TERMINAL_PROMPT=0",
		"GIT_AUTHOR_NAME=Dana", "GIT_AUTHOR_EMAIL=dana@example.com", "GIT_COMMITTER_NAME=Dana", "GIT_COMMITTER_EMAIL=dana@example.com",
		"AZURE_SUBSCRIPTION_ID=00000000-0000-0000-0000-000000000000", "AZURE_RESOURCE_GROUP_NAME=stories", "API_MANAGEMENT_SERVICE_NAME=contoso",
		"AZURE_RESOURCE_MANAGER_ENDPOINT=" + w.endpoint,
		"LOCKSTEP_REPO=" + w.remote(""), "LOCKSTEP_FORGE=gitea", "LOCKSTEP_FORGE_URL=" + w.Site, "LOCKSTEP_FORGE_REPO=acme/" + w.name,
		"LOCKSTEP_FORGE_TOKEN=" + w.tokens["lock"], "LOCKSTEP_OUTPUT=apimartifacts", "LOCKSTEP_INPUT=apimartifacts",
	}, more...)
}

// git runs git as dana.
func (w *world) git(dir string, args ...string) string {
	w.Helper()
	c := exec.CommandContext(w.Context(), "git", args...)
	c.Dir, c.Env = dir, w.environ()
	out, err := c.CombinedOutput()
	if err != nil {
		w.Fatalf("git %s: %v\n%s", strings.Join(args, " "), err, out)
	}
	return strings.TrimSpace(string(out))
}

// run runs a program that must end with a code, and looks for texts in what it
// prints. A line that begins with env sets variables: "A=b extractor --x".
func (w *world) run(code int, line string, texts ...string) {
	w.Helper()
	words := strings.Fields(line)
	first := slices.IndexFunc(words, func(s string) bool { return !strings.Contains(s, "=") })
	c := exec.CommandContext(w.Context(), filepath.Join(w.bin, words[first]), words[first+1:]...)
	c.Dir, c.Env = w.work, w.environ(words[:first]...)
	out, _ := c.CombinedOutput() // the code tells
	if got := c.ProcessState.ExitCode(); got != code {
		w.Errorf("exit code: got %d, want %d", got, code)
	}
	for _, text := range texts {
		if !strings.Contains(string(out), text) {
			w.Errorf("the output lacks %q", text)
		}
	}
	for _, token := range w.tokens {
		if strings.Contains(string(out), token) {
			w.Error("the output shows a token")
		}
	}
	if w.Failed() {
		w.Fatalf("%s printed:\n%s", line, out)
	}
}

// put changes the gateway as a portal does.
func (w *world) put(resource, body string) {
	w.Helper()
	address := fmt.Sprintf("%s/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/stories/providers/Microsoft.ApiManagement/service/contoso/%s?api-version=2024-05-01", w.endpoint, resource)
	req, err := http.NewRequestWithContext(w.Context(), http.MethodPut, address, strings.NewReader(body))
	w.must(err)
	req.Header.Set("Content-Type", "application/json")
	res, err := http.DefaultClient.Do(req)
	w.must(err)
	w.must(res.Body.Close())
	if res.StatusCode >= http.StatusBadRequest {
		w.Fatalf("put %s: %s", resource, res.Status)
	}
}

// rate sets the named value that the stories change.
func (w *world) rate(value string) {
	w.Helper()
	w.put("namedValues/rate-per-minute", fmt.Sprintf(`{"properties": {"displayName": "rate-per-minute", "value": %q}}`, value))
}

// call calls the API of the repository as somebody.
func (w *world) call(user, method, path string, in, out any) {
	w.Helper()
	w.Do(w.T, user, method, w.path+path, in, out)
}

// A pull is a pull request as the site shows it.
type pull struct {
	Number int
	State  string
	Merged bool
	Title  string
	Body   string
	Head   struct{ Ref, SHA string }
	Labels []struct{ Name string }
	// RequestedReviewers are those who have not answered, or have.
	RequestedReviewers []struct{ Login string } `json:"requested_reviewers"`
	UpdatedAt          string                   `json:"updated_at"`
}

// pull returns a pull request once the site has noticed where its branch is.
func (w *world) pull(number int) (p pull) {
	w.Helper()
	w.Await(w.T, "head of pull request", func() bool {
		w.call("root", "GET", fmt.Sprintf("/pulls/%d", number), nil, &p)
		return p.State != "open" || p.Head.SHA == w.at("refs/heads/"+p.Head.Ref)
	})
	return p
}

// at returns where a ref of the server is, "" if it is not there.
func (w *world) at(ref string) string {
	w.Helper()
	hash, _, _ := strings.Cut(w.git(".", "ls-remote", w.remote("dana"), ref), "\t")
	return hash
}

// comments returns what is written below a pull request.
func (w *world) comments(number int) (bodies []string) {
	w.Helper()
	var list []struct{ Body string }
	w.call("root", "GET", fmt.Sprintf("/issues/%d/comments", number), nil, &list)
	for _, c := range list {
		bodies = append(bodies, c.Body)
	}
	return bodies
}

// merge merges a pull request in some way, by root, and brings the clone up to date.
func (w *world) merge(number int, how string) {
	w.Helper()
	w.Await(w.T, "merge", func() bool {
		status, text := w.Try(w.T, "root", "POST", fmt.Sprintf("%s/pulls/%d/merge", w.path, number), object{"Do": how, "force_merge": true}, nil)
		if status != http.StatusOK && !strings.Contains(text, "try again later") {
			w.Fatalf("merge: %d %s", status, text)
		}
		return status == http.StatusOK
	})
	w.sync()
}

// sync brings the clone to where main is.
func (w *world) sync() {
	w.Helper()
	w.git(w.work, "fetch", "--quiet", "--prune", "origin", "+refs/heads/*:refs/remotes/origin/*")
	w.git(w.work, "checkout", "--quiet", "-B", "main", "origin/main")
}

// write commits a file as dana and pushes it to a branch.
func (w *world) write(branch, name, text string) string {
	w.Helper()
	file := filepath.Join(w.work, name)
	w.must(os.MkdirAll(filepath.Dir(file), 0o755))
	w.must(os.WriteFile(file, []byte(text), 0o600))
	w.git(w.work, "add", "--all")
	w.git(w.work, "commit", "--quiet", "--message", "Write "+name)
	w.git(w.work, "push", "--quiet", "origin", "HEAD:refs/heads/"+branch)
	return w.git(w.work, "rev-parse", "HEAD")
}

// adopt brings the whole gateway into main.
func (w *world) adopt() {
	w.Helper()
	w.run(0, "extractor --pull-request", "pull request 1 opened")
	w.merge(1, "squash")
	w.run(0, "extractor --pull-request", "no drift")
	// The site closes what comes from a branch some time after that was deleted: a pull request of the next branch of the
	// name as well, if it is there by then.
	w.Await(w.T, "branch deleted", func() bool {
		var feed []struct {
			Type string `json:"op_type"`
		}
		w.call("root", "GET", "/activities/feeds", nil, &feed)
		deleted := false
		for _, e := range feed {
			deleted = deleted || e.Type == "delete_branch"
		}
		return deleted
	})
}

// tool runs a program of the machine's.
func (w *world) tool(name string, args ...string) string {
	w.Helper()
	c := exec.CommandContext(w.Context(), name, args...)
	c.Env = w.environ()
	var problem strings.Builder
	c.Stderr = &problem
	out, err := c.Output()
	if err != nil {
		w.Fatalf("%s: %v\n%s", name, err, problem.String())
	}
	return string(out)
}
