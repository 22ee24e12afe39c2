package forge_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/lockstep-apiops/lockstep/forge/apitest"
)

// A realGitea is the program itself, with a database and repositories in a
// folder of the test's.
type realGitea struct {
	site   string
	tokens map[string]string // by user
	api    *apitest.Description
}

const realConfig = `RUN_MODE = prod
I_AM_BEING_UNSAFE_RUNNING_AS_ROOT = true
[server]
HTTP_ADDR = 127.0.0.1
HTTP_PORT = %s
ROOT_URL = http://127.0.0.1:%s/git/
LOCAL_ROOT_URL = http://127.0.0.1:%s/git/
USE_SUB_URL_PATH = true
STATIC_ROOT_PATH = %s
DISABLE_SSH = true
OFFLINE_MODE = true
[database]
DB_TYPE = sqlite3
[security]
INSTALL_LOCK = true
SECRET_KEY = for-tests-only
[log]
LEVEL = warn
MODE = console
[service]
DISABLE_REGISTRATION = true
`

// startGitea starts the program that the variables name, or skips the test.
func startGitea(t *testing.T) *realGitea {
	t.Helper()
	program, root := os.Getenv("LOCKSTEP_GITEA"), os.Getenv("LOCKSTEP_GITEA_ROOT")
	if program == "" || root == "" {
		t.Skip("not tested against Gitea itself: 'make gitea' does so")
	}
	dir := t.TempDir()
	port := freePort(t)
	if err := os.WriteFile(filepath.Join(dir, "app.ini"), fmt.Appendf(nil, realConfig, port, port, port, root), 0o600); err != nil {
		t.Fatal(err)
	}
	command := func(ctx context.Context, args ...string) *exec.Cmd {
		c := exec.CommandContext(ctx, program, append(args, "--work-path", dir, "--config", filepath.Join(dir, "app.ini"))...)
		c.Env = append(os.Environ(), "HOME="+dir)
		return c
	}
	for _, args := range [][]string{
		{"migrate"},
		{"admin", "user", "create", "--admin", "--username", "root", "--password", "Passw0rd!x", "--email", "root@example.com", "--must-change-password=false"},
	} {
		if out, err := command(t.Context(), args...).CombinedOutput(); err != nil {
			t.Fatalf("%s: %v\n%s", args, err, out)
		}
	}
	g := &realGitea{site: "http://127.0.0.1:" + port + "/git", tokens: map[string]string{}}
	log := &bytes.Buffer{}
	serve := command(context.WithoutCancel(t.Context()), "web")
	serve.Stdout, serve.Stderr = log, log
	if err := serve.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = serve.Process.Signal(os.Interrupt)
		_ = serve.Wait() // it says how it was ended
		if t.Failed() {
			t.Logf("log of Gitea:\n%s", log)
		}
	})
	g.await(t, "start of Gitea", func() bool {
		resp, err := http.Get(g.site + "/api/v1/version")
		if err == nil {
			_ = resp.Body.Close()
		}
		return err == nil && resp.StatusCode == http.StatusOK
	})
	return g
}

func freePort(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	_, port, err := net.SplitHostPort(l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	return port
}

// await asks until something is so: the real program does much in the
// background, and no clock of ours moves it.
func (g *realGitea) await(t *testing.T, what string, done func() bool) {
	t.Helper()
	deadline, tick := time.After(time.Minute), time.NewTicker(50*time.Millisecond)
	defer tick.Stop()
	for !done() {
		select {
		case <-deadline:
			t.Fatalf("%s: not within a minute", what)
		case <-tick.C:
		}
	}
}

// try makes a call as a user, by name and password or by the administrator's
// token, and decodes the answer into out unless that is nil.
func (g *realGitea) try(t *testing.T, user, method, path string, in, out any) (int, string) {
	t.Helper()
	body, err := json.Marshal(in)
	if err != nil {
		t.Fatal(err)
	}
	req, err := http.NewRequestWithContext(t.Context(), method, g.site+"/api/v1"+path, bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.SetBasicAuth(user, "Passw0rd!x")
	req.Header.Set("Content-Type", "application/json")
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	if out != nil && resp.StatusCode < http.StatusBadRequest {
		if err := json.Unmarshal(text, out); err != nil {
			t.Fatalf("%s %s: %v", method, path, err)
		}
	}
	return resp.StatusCode, string(text)
}

// do is try that has to succeed.
func (g *realGitea) do(t *testing.T, user, method, path string, in, out any) {
	t.Helper()
	if status, text := g.try(t, user, method, path, in, out); status >= http.StatusBadRequest {
		t.Fatalf("%s %s as %s: %d %s", method, path, user, status, text)
	}
}

type object = map[string]any

// populate adds the people, their organisation, and a token for each.
func (g *realGitea) populate(t *testing.T) {
	t.Helper()
	for _, name := range []string{"lock", "rita", "rolf", "stella"} {
		g.do(t, "root", "POST", "/admin/users", object{"username": name, "email": name + "@example.com", "password": "Passw0rd!x", "must_change_password": false}, nil)
		g.tokens[name] = g.token(t, name, "write:repository", "write:issue", "read:user", "read:organization")
	}
	g.do(t, "root", "POST", "/orgs", object{"username": "acme", "visibility": "private"}, nil)
	var team struct{ ID int64 }
	units := map[string]string{"repo.code": "write", "repo.issues": "write", "repo.pulls": "write"}
	g.do(t, "root", "POST", "/orgs/acme/teams", object{"name": "core", "permission": "write", "includes_all_repositories": true, "units_map": units}, &team)
	for _, name := range []string{"rita", "rolf"} {
		g.do(t, "root", "PUT", fmt.Sprintf("/teams/%d/members/%s", team.ID, name), nil, nil)
	}
	g.api = g.description(t)
}

// description returns what Gitea says of its API. It does not mention that
// anything may be null, as the SDK's requests have it where nothing is meant.
func (g *realGitea) description(t *testing.T) *apitest.Description {
	t.Helper()
	resp, err := http.Get(g.site + "/swagger.v1.json")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	var doc object
	if err := json.NewDecoder(resp.Body).Decode(&doc); err != nil {
		t.Fatal(err)
	}
	definitions, paths := doc["definitions"].(object), doc["paths"].(object)
	nullable(definitions)
	// Names count without case, and the SDK writes this one as older versions did.
	merge := definitions["MergePullRequestOption"].(object)
	merge["properties"].(object)["Do"] = merge["properties"].(object)["do"]
	delete(merge, "required")
	// The SDK asks for pages where there are none.
	comments := paths["/repos/{owner}/{repo}/issues/{index}/comments"].(object)["get"].(object)
	for _, name := range []string{"page", "limit"} {
		comments["parameters"] = append(comments["parameters"].([]any), object{"name": name, "in": "query", "type": "integer"})
	}
	text, err := json.Marshal(doc)
	if err != nil {
		t.Fatal(err)
	}
	name := filepath.Join(t.TempDir(), "swagger.json")
	if err := os.WriteFile(name, text, 0o600); err != nil {
		t.Fatal(err)
	}
	d, err := apitest.Load(name)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// nullable lets all values of a type be null.
func nullable(v any) {
	m, _ := v.(object)
	if _, ok := m["type"].(string); ok {
		m["nullable"] = true
	}
	for _, x := range m {
		nullable(x)
	}
}

// token makes a token of some scopes.
func (g *realGitea) token(t *testing.T, user string, scopes ...string) string {
	t.Helper()
	var token struct{ SHA1 string }
	g.do(t, user, "POST", "/users/"+user+"/tokens", object{"name": strings.Join(scopes, " "), "scopes": scopes}, &token)
	return token.SHA1
}
