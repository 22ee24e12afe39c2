package main

import (
	"bufio"
	"bytes"
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

// TestStories runs stories with two commands of their own: "start COMMAND" runs
// a server in the background and points requests at it, and "stop" interrupts
// it. It must then end well and have said nothing on standard error.
func TestStories(t *testing.T) {
	s := servers{running: map[*testscript.TestScript]*server{}}
	storytest.Run(t, "../../examples/apim", map[string]func(*testscript.TestScript, bool, []string){"start": s.start, "stop": s.stop})
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
	if err != nil || !found {
		s.end(ts)
		ts.Fatalf("first line: got %q, %v; standard error:\n%s", line, err, r.stderr.String())
	}
	ts.Setenv("AZURE_RESOURCE_MANAGER_ENDPOINT", endpoint)
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
