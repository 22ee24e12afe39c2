package main

import (
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

// freePort has PORT_OFFSET in a file of system variables make port 1 one that is free, and sets PORT to that.
func freePort(ts *testscript.TestScript, _ bool, args []string) {
	if len(args) != 1 {
		ts.Fatalf("usage: freeport FILE")
	}
	// Below those that systems hand out, lest another test gets it in between.
	for range 100 {
		port := 20000 + rand.IntN(12000)
		l, err := net.Listen("tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(port)))
		if err != nil {
			continue
		}
		ts.Check(l.Close())
		f, err := os.OpenFile(ts.MkAbs(args[0]), os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
		ts.Check(err)
		_, err = fmt.Fprintf(f, "PORT_OFFSET=%d\n", port-1)
		ts.Check(errors.Join(err, f.Close()))
		ts.Setenv("PORT", strconv.Itoa(port))
		return
	}
	ts.Fatalf("no port is free")
}

// call makes one request and prints the answer, whose status must be a good one. Where nobody listens it is a bad one.
func call(ts *testscript.TestScript, neg bool, args []string) {
	if len(args) != 2 && len(args) != 3 {
		ts.Fatalf("usage: call METHOD URL [FILE]")
	}
	var body io.Reader
	if len(args) == 3 {
		body = strings.NewReader(ts.ReadFile(args[2]))
	}
	text, good := answer(ts, args[0], args[1], body)
	_, err := fmt.Fprintln(ts.Stdout(), text)
	ts.Check(err)
	if good == neg {
		ts.Fatalf("%s %s: %s", args[0], args[1], text)
	}
}

func answer(ts *testscript.TestScript, method, url string, body io.Reader) (text string, good bool) {
	req, err := http.NewRequest(method, url, body)
	ts.Check(err)
	transport := &http.Transport{DisableKeepAlives: true}
	res, err := transport.RoundTrip(req)
	if err != nil {
		return err.Error(), false
	}
	raw, err := io.ReadAll(res.Body)
	ts.Check(errors.Join(err, res.Body.Close()))
	return res.Status + "\n" + string(raw), res.StatusCode < http.StatusBadRequest
}

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
		if last, _ = answer(ts, http.MethodGet, args[0], nil); strings.Contains(last, args[1]) {
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
