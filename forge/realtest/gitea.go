// Package realtest starts forges themselves, for tests that trust no fake. It
// knows how to start them and to call their API, and nothing of what is tested.
package realtest

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
)

// An Object is one of JSON.
type Object = map[string]any

// A Gitea is the program itself, with a database and repositories in a folder
// of the test's. It has an administrator, "root"; everybody's password is
// [Password].
type Gitea struct {
	Site string // its address, with a path
	http *http.Client
}

// A Setup is what it takes to start a Gitea.
type Setup struct {
	Getenv func(string) string // where LOCKSTEP_GITEA, the program, and LOCKSTEP_GITEA_ROOT, its sources, are said, and PATH
	HTTP   *http.Client        // that calls the API
}

// Password is that of everybody.
const Password = "Passw0rd!x"

const giteaConfig = `RUN_MODE = prod
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

// StartGitea starts the program, or skips the test if it is not there. It ends
// with the test.
func StartGitea(t *testing.T, s Setup) *Gitea {
	t.Helper()
	program, root := s.Getenv("LOCKSTEP_GITEA"), s.Getenv("LOCKSTEP_GITEA_ROOT")
	if program == "" || root == "" {
		t.Skip("not tested against Gitea itself: 'make gitea' does so")
	}
	dir := t.TempDir()
	port := freePort(t)
	if err := os.WriteFile(filepath.Join(dir, "app.ini"), fmt.Appendf(nil, giteaConfig, port, port, port, root), 0o600); err != nil {
		t.Fatal(err)
	}
	command := func(ctx context.Context, args ...string) *exec.Cmd {
		c := exec.CommandContext(ctx, program, append(args, "--work-path", dir, "--config", filepath.Join(dir, "app.ini"))...)
		c.Env = []string{"PATH=" + s.Getenv("PATH"), "HOME=" + dir}
		return c
	}
	for _, args := range [][]string{
		{"migrate"},
		{"admin", "user", "create", "--admin", "--username", "root", "--password", Password, "--email", "root@example.com", "--must-change-password=false"},
	} {
		if out, err := command(t.Context(), args...).CombinedOutput(); err != nil {
			t.Fatalf("%s: %v\n%s", args, err, out)
		}
	}
	g := &Gitea{Site: "http://127.0.0.1:" + port + "/git", http: s.HTTP}
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
	g.Await(t, "start of Gitea", func() bool {
		resp, err := g.http.Get(g.Site + "/api/v1/version")
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

// Await asks until something is so: the real program does much in the
// background, and no clock of ours moves it.
func (g *Gitea) Await(t *testing.T, what string, done func() bool) {
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

// Try makes a call of the API as a user, and decodes the answer into out unless
// that is nil. It returns the status and the text of the answer.
func (g *Gitea) Try(t *testing.T, user, method, path string, in, out any) (int, string) {
	t.Helper()
	body, err := json.Marshal(in)
	if err != nil {
		t.Fatal(err)
	}
	req, err := http.NewRequestWithContext(t.Context(), method, g.Site+"/api/v1"+path, bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.SetBasicAuth(user, Password)
	req.Header.Set("Content-Type", "application/json")
	resp, err := g.http.Do(req)
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

// Do is Try that has to succeed.
func (g *Gitea) Do(t *testing.T, user, method, path string, in, out any) {
	t.Helper()
	if status, text := g.Try(t, user, method, path, in, out); status >= http.StatusBadRequest {
		t.Fatalf("%s %s as %s: %d %s", method, path, user, status, text)
	}
}

// AddUser adds somebody with an address at example.com, and returns a token that
// does all that Lockstep asks for.
func (g *Gitea) AddUser(t *testing.T, name string) string {
	t.Helper()
	g.Do(t, "root", "POST", "/admin/users", Object{"username": name, "email": name + "@example.com", "password": Password, "must_change_password": false}, nil)
	return g.Token(t, name, "write:repository", "write:issue", "read:user", "read:organization")
}

// Token makes a token of some scopes.
func (g *Gitea) Token(t *testing.T, user string, scopes ...string) string {
	t.Helper()
	var token struct{ SHA1 string }
	g.Do(t, user, "POST", "/users/"+user+"/tokens", Object{"name": strings.Join(scopes, " "), "scopes": scopes}, &token)
	return token.SHA1
}
