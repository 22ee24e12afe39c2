package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/lockstep-apiops/lockstep/internal/storytest"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"sandbox": func() { os.Exit(withSignals()) }})
}

// TestStories runs stories with commands of their own: "start COMMAND" runs a
// server in the background and points requests at it, and "stop" interrupts it. It
// must then end well and have said nothing on standard error. "amplify METHOD PATH
// [FILE]" logs in to Amplify as AMPLIFY says, ID:SECRET, and sends a request. "hangup
// URL TEXT" has the server read its files anew, and "warns TEXT" ends it like "stop",
// but wants a warning.
func TestStories(t *testing.T) {
	s := servers{running: map[*testscript.TestScript]*server{}}
	storytest.Run(t, "../../examples/apim", map[string]func(*testscript.TestScript, bool, []string){
		"start": s.start, "stop": s.stop, "amplify": requestAmplify,
		"hangup": s.hangup, "warns": s.warns,
	})
}

// servers are those that stories run now.
type servers struct {
	mu      sync.Mutex
	running map[*testscript.TestScript]*server
}

type server struct {
	cmd    *exec.Cmd
	stderr bytes.Buffer
}

func (s *servers) start(ts *testscript.TestScript, _ bool, args []string) {
	cmd := exec.Command(args[0], args[1:]...)
	cmd.Dir = ts.MkAbs(".")
	for _, name := range []string{"PATH", "TMPDIR", "SANDBOX_LISTEN", "SANDBOX_SERVICE"} {
		cmd.Env = append(cmd.Env, name+"="+ts.Getenv(name))
	}
	r := &server{cmd: cmd}
	cmd.Stderr = &r.stderr
	out, err := cmd.StdoutPipe()
	ts.Check(err)
	ts.Check(cmd.Start())
	s.mu.Lock()
	s.running[ts] = r
	s.mu.Unlock()
	ts.Defer(func() { s.end(ts) })
	line, err := bufio.NewReader(out).ReadString('\n')
	endpoint, found := strings.CutPrefix(strings.TrimSpace(line), "listening on ")
	endpoint, _, _ = strings.Cut(endpoint, " ")
	if err != nil || !found {
		s.end(ts)
		ts.Fatalf("first line: got %q, %v; standard error:\n%s", line, err, r.stderr.String())
	}
	ts.Setenv("AZURE_RESOURCE_MANAGER_ENDPOINT", endpoint)
}

// requestAmplify logs in, makes one request and prints the answer. Its status must
// be a good one.
func requestAmplify(ts *testscript.TestScript, neg bool, args []string) {
	if len(args) != 2 && len(args) != 3 {
		ts.Fatalf("usage: amplify METHOD PATH [FILE]")
	}
	endpoint := ts.Getenv("AZURE_RESOURCE_MANAGER_ENDPOINT")
	id, secret, _ := strings.Cut(ts.Getenv("AMPLIFY"), ":")
	res, err := http.PostForm(endpoint+"/auth/realms/Broker/protocol/openid-connect/token",
		url.Values{"grant_type": {"client_credentials"}, "client_id": {id}, "client_secret": {secret}})
	ts.Check(err)
	var token struct {
		Access string `json:"access_token"`
	}
	ts.Check(errors.Join(json.NewDecoder(res.Body).Decode(&token), res.Body.Close()))
	var body io.Reader
	if len(args) == 3 {
		body = strings.NewReader(ts.ReadFile(args[2]))
	}
	req, err := http.NewRequest(args[0], endpoint+args[1], body)
	ts.Check(err)
	req.Header.Set("Authorization", "Bearer "+token.Access)
	res, err = http.DefaultClient.Do(req)
	ts.Check(err)
	answer, err := io.ReadAll(res.Body)
	ts.Check(errors.Join(err, res.Body.Close()))
	_, err = fmt.Fprintf(ts.Stdout(), "%s\n%s\n", res.Status, answer)
	ts.Check(err)
	if good := res.StatusCode < http.StatusBadRequest; good == neg {
		ts.Fatalf("%s %s: %s %s", args[0], args[1], res.Status, answer)
	}
}

func (s *servers) stop(ts *testscript.TestScript, _ bool, _ []string) { s.end(ts) }

// end interrupts a story's server, if it still runs.
func (s *servers) end(ts *testscript.TestScript) {
	s.mu.Lock()
	r := s.running[ts]
	delete(s.running, ts)
	s.mu.Unlock()
	if r == nil {
		return
	}
	ts.Check(r.cmd.Process.Signal(os.Interrupt))
	if err := r.cmd.Wait(); err != nil || r.stderr.Len() > 0 {
		ts.Logf("end of the server: %v, standard error:\n%s", err, r.stderr.String())
		ts.Check(err)
	}
}
