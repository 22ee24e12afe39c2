package main

import (
	"net/http"
	"os"
	"strings"
	"syscall"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/lockstep-apiops/lockstep/internal/storytest"
)

// hangup tells the story's server to read its files anew, and waits until an address answers with a text.
func (s *servers) hangup(ts *testscript.TestScript, _ bool, args []string) {
	if len(args) != 2 {
		ts.Fatalf("usage: hangup URL TEXT")
	}
	s.mu.Lock()
	r := s.running[ts]
	s.mu.Unlock()
	ts.Check(r.cmd.Process.Signal(syscall.SIGHUP))
	last := ""
	for deadline := time.Now().Add(20 * time.Second); time.Now().Before(deadline); {
		if last, _ = storytest.Ask(ts, http.MethodGet, args[0], nil); strings.Contains(last, args[1]) {
			return
		}
	}
	ts.Fatalf("after the signal %s answers: %s", args[0], last)
}

// warns ends the story's server, which must have told of something on standard error.
func (s *servers) warns(ts *testscript.TestScript, _ bool, args []string) {
	s.mu.Lock()
	r := s.running[ts]
	delete(s.running, ts)
	s.mu.Unlock()
	ts.Check(r.cmd.Process.Signal(os.Interrupt))
	ts.Check(r.cmd.Wait())
	if got := r.stderr.String(); len(args) != 1 || !strings.Contains(got, args[0]) {
		ts.Fatalf("standard error: got %q, want %q in it", got, args)
	}
}
