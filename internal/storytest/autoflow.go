package storytest

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"strconv"
	"strings"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/lockstep-apiops/lockstep/internal/sandbox/autoflow"
)

// installation starts an API AutoFlow over a data directory, and gives the
// address of what stands in for its pages as AUTOFLOW.
func installation(ts *testscript.TestScript, neg bool, args []string) {
	want(ts, len(args) == 1, "autoflow DIR")
	freePort(ts, neg, []string{args[0] + "/autoflow.conf"})
	pages := 0
	emulator, err := autoflow.New(autoflow.Options{Data: ts.MkAbs(args[0]), UIPort: &pages})
	ts.Check(err)
	ts.Defer(func() { ts.Check(emulator.Close()) })
	ts.Check(emulator.Boot(context.Background()))
	server := httptest.NewServer(emulator)
	ts.Defer(server.Close)
	ts.Setenv("AUTOFLOW", server.URL)
}

// freePort has PORT_OFFSET in a file of system variables make port 1 one that
// is free, gives that as PORT, and makes port 2 one that is taken.
func freePort(ts *testscript.TestScript, _ bool, args []string) {
	want(ts, len(args) == 1, "freeport FILE")
	guard, taken := reserve(ts)
	ts.Defer(func() { ts.Check(errors.Join(taken.Close(), guard.Close())) })
	port := taken.Addr().(*net.TCPAddr).Port - 1
	f, err := os.OpenFile(ts.MkAbs(args[0]), os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	ts.Check(err)
	_, err = fmt.Fprintf(f, "PORT_OFFSET=%d\n", port-1)
	ts.Check(errors.Join(err, f.Close()))
	ts.Setenv("PORT", strconv.Itoa(port))
}

// reserve takes two ports with a free one between them. As long as the first is held, no
// other story, of whatever process, has the free one: each takes its three from the
// bottom. They are below those that systems hand out to those who ask for any.
func reserve(ts *testscript.TestScript) (guard, taken net.Listener) {
	const low, high, attempts = 20000, 32000, 100
	for range attempts {
		first := low + 3*rand.IntN((high-low)/3)
		guard, err := listen(first)
		if err != nil {
			continue
		}
		taken, err := listen(first + 2)
		if err != nil {
			ts.Check(guard.Close())
			continue
		}
		free, err := listen(first + 1)
		if err == nil {
			ts.Check(free.Close())
			return guard, taken
		}
		ts.Check(errors.Join(guard.Close(), taken.Close()))
	}
	ts.Fatalf("no port is free")
	return nil, nil
}

func listen(port int) (net.Listener, error) {
	return net.Listen("tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(port)))
}

// call makes one request and prints the answer. Its status must be a good one;
// that nobody listens is a bad one.
func call(ts *testscript.TestScript, neg bool, args []string) {
	want(ts, len(args) == 2 || len(args) == 3, "call METHOD URL [FILE]")
	var body io.Reader
	if len(args) == 3 {
		body = strings.NewReader(ts.ReadFile(args[2]))
	}
	text, good := Ask(ts, args[0], args[1], body)
	_, err := fmt.Fprintln(ts.Stdout(), text)
	ts.Check(err)
	if good == neg {
		ts.Fatalf("%s %s: %s", args[0], args[1], text)
	}
}

// Ask makes one request for a story and returns status and body, and whether the
// status is a good one; that nobody listens is a bad one.
func Ask(ts *testscript.TestScript, method, url string, body io.Reader) (text string, good bool) {
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
