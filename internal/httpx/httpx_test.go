package httpx

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
)

// trip is a transport made of a function, so that time is the test's.
type trip func(*http.Request) (*http.Response, error)

func (t trip) RoundTrip(req *http.Request) (*http.Response, error) { return t(req) }

// step is one answer of a script.
type step struct {
	status int
	body   string
	header http.Header
	err    error // instead of an answer
	cut    bool  // the body ends in io.ErrUnexpectedEOF
}

func after(v string) http.Header { return http.Header{"Retry-After": {v}} }

// script answers with its steps, the last one for ever, and keeps what was
// asked and when.
type script struct {
	steps []step

	mu     sync.Mutex
	start  time.Time
	at     []time.Duration
	bodies []string
}

func newScript(steps ...step) *script { return &script{steps: steps, start: time.Now()} }

func (s *script) RoundTrip(req *http.Request) (*http.Response, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	sent := ""
	if req.Body != nil {
		data, err := io.ReadAll(req.Body)
		if err != nil {
			return nil, err
		}
		if err := req.Body.Close(); err != nil {
			return nil, err
		}
		sent = string(data)
	}
	st := s.steps[min(len(s.at), len(s.steps)-1)]
	s.at = append(s.at, time.Since(s.start))
	s.bodies = append(s.bodies, sent)
	if st.err != nil {
		return nil, st.err
	}
	return st.response(), nil
}

func (s step) response() *http.Response {
	body := io.Reader(strings.NewReader(s.body))
	if s.cut {
		body = io.MultiReader(body, broken{io.ErrUnexpectedEOF})
	}
	header := s.header.Clone()
	if header == nil {
		header = http.Header{}
	}
	return &http.Response{StatusCode: s.status, Header: header, Body: io.NopCloser(body)}
}

// broken is a reader that fails.
type broken struct{ err error }

func (b broken) Read([]byte) (int, error) { return 0, b.err }

// client returns a Client without jitter, so that waits are exact: half of the
// back-off, and Retry-After as asked.
func client(t http.RoundTripper, change ...func(*Options)) *Client {
	o := Options{Transport: t, WaitMin: 2 * time.Second, WaitMax: 16 * time.Second}
	for _, f := range change {
		f(&o)
	}
	c := New(o)
	c.shared.jitter = func() float64 { return 0 }
	return c
}

func request(t *testing.T, method, body string) *http.Request {
	t.Helper()
	var r io.Reader
	if body != "" {
		r = strings.NewReader(body)
	}
	req, err := http.NewRequestWithContext(t.Context(), method, "http://gateway.test/a/b?sig=hunter2", r)
	if err != nil {
		t.Fatal(err)
	}
	return req
}

var (
	errReset = &net.OpError{Op: "read", Net: "tcp", Err: errors.New("connection reset by peer")}
	errDial  = &net.OpError{Op: "dial", Net: "tcp", Err: errors.New("connection refused")}
)

func TestRead(t *testing.T) {
	const s = time.Second
	tests := []struct {
		name   string
		method string
		body   string
		policy Policy
		steps  []step

		wantStatus int
		wantBody   string
		wantAt     []time.Duration
		wantErr    string
		wantUnsure bool
	}{
		{name: "first time", steps: []step{{status: 200, body: "ok"}}, wantStatus: 200, wantBody: "ok", wantAt: []time.Duration{0}},
		{name: "not found is final", steps: []step{{status: 404, body: "gone"}}, wantStatus: 404, wantBody: "gone", wantAt: []time.Duration{0}},
		{name: "back-off doubles up to its cap",
			steps:      []step{{status: 500}, {status: 502}, {status: 503}, {status: 504}, {status: 408}, {status: 200}},
			wantStatus: 200, wantAt: []time.Duration{0, 1 * s, 3 * s, 7 * s, 15 * s, 23 * s}, wantUnsure: true},
		{name: "the last error's body survives", steps: []step{{status: 503, body: "why"}}, policy: Policy{Attempts: 2},
			wantStatus: 503, wantBody: "why", wantAt: []time.Duration{0, 1 * s}, wantUnsure: true},
		{name: "retry-after in seconds", steps: []step{{status: 503, header: after("7")}, {status: 200}},
			wantStatus: 200, wantAt: []time.Duration{0, 7 * s}, wantUnsure: true},
		{name: "retry-after as a date", steps: []step{{status: 429, header: after("Sat, 01 Jan 2000 00:00:09 GMT")}, {status: 200}},
			wantStatus: 200, wantAt: []time.Duration{0, 9 * s}},
		{name: "retry-after in the past is back-off", steps: []step{{status: 429, header: after("Fri, 31 Dec 1999 00:00:00 GMT")}, {status: 200}},
			wantStatus: 200, wantAt: []time.Duration{0, 1 * s}},
		{name: "retry-after without sense is back-off", steps: []step{{status: 429, header: after("soon")}, {status: 200}},
			wantStatus: 200, wantAt: []time.Duration{0, 1 * s}},
		{name: "retry-after 0 does not spin", steps: []step{{status: 429, header: after("0")}, {status: 200}},
			wantStatus: 200, wantAt: []time.Duration{0, 1 * s}},
		{name: "retry-after is capped", steps: []step{{status: 429, header: after("4000000000")}, {status: 200}},
			wantStatus: 200, wantAt: []time.Duration{0, 300 * s}},
		{name: "throttling uses up no attempts", policy: Policy{Attempts: 1}, steps: []step{
			{status: 429, header: after("1")}, {status: 429, header: after("1")}, {status: 429, header: after("1")}, {status: 200}},
			wantStatus: 200, wantAt: []time.Duration{0, 1 * s, 2 * s, 3 * s}},
		{name: "throttled for ever ends with that answer", steps: []step{{status: 429, header: after("290"), body: "slow down"}},
			wantStatus: 429, wantBody: "slow down", wantAt: []time.Duration{0, 290 * s, 580 * s, 870 * s}},
		{name: "a post is repeated when throttled", method: "POST", body: "x", steps: []step{{status: 429, header: after("1")}, {status: 200}},
			wantStatus: 200, wantAt: []time.Duration{0, 1 * s}},
		{name: "a post is not repeated after 500", method: "POST", body: "x", steps: []step{{status: 500}, {status: 200}},
			wantStatus: 500, wantAt: []time.Duration{0}},
		{name: "a post is repeated if it may be", method: "POST", body: "x", policy: Policy{Repeat: true}, steps: []step{{status: 500}, {status: 200}},
			wantStatus: 200, wantAt: []time.Duration{0, 1 * s}, wantUnsure: true},
		{name: "a post is not repeated after a reset", method: "POST", body: "x", steps: []step{{err: errReset}},
			wantAt: []time.Duration{0}, wantErr: "POST gateway.test/a/b: read tcp: connection reset by peer", wantUnsure: true},
		{name: "a post is repeated if nobody was reached", method: "POST", body: "x", steps: []step{{err: errDial}, {status: 200}},
			wantStatus: 200, wantAt: []time.Duration{0, 1 * s}},
		{name: "a put sends its body again", method: "PUT", body: "payload", steps: []step{{err: errReset}, {status: 503}, {status: 201}},
			wantStatus: 201, wantAt: []time.Duration{0, 1 * s, 3 * s}, wantUnsure: true},
		{name: "resets end with the budget", policy: Policy{Attempts: 2}, steps: []step{{err: errReset}},
			wantAt: []time.Duration{0, 1 * s}, wantErr: "GET gateway.test/a/b: read tcp: connection reset by peer (2 attempts)", wantUnsure: true},
		{name: "an opaque path is not shown", policy: Policy{Attempts: 1, Opaque: true}, steps: []step{{err: errReset}},
			wantAt: []time.Duration{0}, wantErr: "GET gateway.test: read tcp: connection reset by peer", wantUnsure: true},
		{name: "a truncated body is asked for again", steps: []step{{status: 200, body: "he", cut: true}, {status: 200, body: "hello"}},
			wantStatus: 200, wantBody: "hello", wantAt: []time.Duration{0, 1 * s}, wantUnsure: true},
		{name: "a truncated error body too", steps: []step{{status: 404, body: "he", cut: true}, {status: 404, body: "hello"}},
			wantStatus: 404, wantBody: "hello", wantAt: []time.Duration{0, 1 * s}, wantUnsure: true},
		{name: "a truncated answer to a post is not", method: "POST", body: "x", steps: []step{{status: 200, body: "he", cut: true}},
			wantAt: []time.Duration{0}, wantErr: "POST gateway.test/a/b: read body: unexpected EOF", wantUnsure: true},
		{name: "a body too large is final", steps: []step{{status: 200, body: strings.Repeat("x", 101)}},
			wantAt: []time.Duration{0}, wantErr: "GET gateway.test/a/b: read body: answer is larger than allowed (100 bytes)", wantUnsure: true},
		{name: "the policy sees the body and all read on", steps: []step{{status: 409, body: "busy, try later"}, {status: 409, body: "taken"}},
			policy: Policy{Decide: func(a Answer) Verdict {
				if a.Status == 409 && bytes.Contains(a.Body, []byte("busy")) {
					return Refused
				}
				return Stop
			}},
			wantStatus: 409, wantBody: "taken", wantAt: []time.Duration{0, 1 * s}},
		{name: "a locked resource uses up no attempts", method: "POST", body: "x",
			steps:      []step{{status: 409}, {status: 409}, {status: 409}, {status: 200}},
			policy:     Policy{Attempts: 1, Decide: func(Answer) Verdict { return Busy }},
			wantStatus: 200, wantAt: []time.Duration{0, 1 * s, 3 * s, 7 * s}},
		{name: "a redirect is handed back", steps: []step{{status: 302, header: http.Header{"Location": {"https://elsewhere.test/"}}}},
			wantStatus: 302, wantAt: []time.Duration{0}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				if tt.method == "" {
					tt.method = "GET"
				}
				script := newScript(tt.steps...)
				resp, err := client(script).With(tt.policy).Read(request(t, tt.method, tt.body), 100)
				var unsure bool
				if err != nil {
					var e *Error
					if !errors.As(err, &e) {
						t.Fatalf("got error of type %T, want *Error", err)
					}
					unsure = e.Unsure
					if got := err.Error(); got != tt.wantErr {
						t.Errorf("got error %q, want %q", got, tt.wantErr)
					}
				} else {
					unsure = resp.Unsure
					if tt.wantErr != "" {
						t.Fatalf("got status %d, want error %q", resp.Status, tt.wantErr)
					}
					if resp.Status != tt.wantStatus || string(resp.Body) != tt.wantBody {
						t.Errorf("got %d %q, want %d %q", resp.Status, resp.Body, tt.wantStatus, tt.wantBody)
					}
				}
				if unsure != tt.wantUnsure {
					t.Errorf("got unsure %t, want %t", unsure, tt.wantUnsure)
				}
				if diff := cmp.Diff(tt.wantAt, script.at); diff != "" {
					t.Errorf("requests at (-want +got):\n%s", diff)
				}
				for i, got := range script.bodies {
					if got != tt.body {
						t.Errorf("attempt %d sent %q, want %q", i+1, got, tt.body)
					}
				}
			})
		})
	}
}

func TestJitter(t *testing.T) {
	s := New(Options{WaitMin: 2 * time.Second, WaitMax: time.Minute}).shared
	different := map[time.Duration]bool{}
	for range 100 {
		got := s.wait(2, nil)
		different[got] = true
		if got < 2*time.Second || got >= 4*time.Second {
			t.Fatalf("got wait %s, want 2s to 4s", got)
		}
		if got := s.wait(1, after("10")); got < 10*time.Second || got > 11*time.Second {
			t.Fatalf("got wait %s, want 10s to 11s", got)
		}
	}
	if len(different) < 10 {
		t.Errorf("got %d different waits of 100, want jitter", len(different))
	}
	if got := s.wait(1_000, nil); got > time.Minute {
		t.Errorf("got wait %s after many failures, want at most 1m", got)
	}
}

func TestTimeouts(t *testing.T) {
	silent := func(req *http.Request) (*http.Response, error) {
		<-req.Context().Done()
		return nil, req.Context().Err()
	}
	stalled := func(req *http.Request) (*http.Response, error) {
		r, w := io.Pipe()
		context.AfterFunc(req.Context(), func() { w.CloseWithError(req.Context().Err()) })
		return &http.Response{StatusCode: 200, Body: r, Header: http.Header{}}, nil
	}
	tests := []struct {
		name     string
		send     trip
		method   string
		timeout  time.Duration
		wantTook time.Duration
		wantErr  string
		wantIs   error
	}{
		{"no headers", silent, "GET", time.Hour, 10*time.Second + 1*time.Second + 10*time.Second, "GET gateway.test/a/b: no answer in time (2 attempts)", errSlow},
		{"no headers to a post", silent, "POST", time.Hour, 10 * time.Second, "POST gateway.test/a/b: no answer in time", errSlow},
		{"silent body", stalled, "GET", time.Hour, 3*time.Second + 1*time.Second + 3*time.Second, "GET gateway.test/a/b: read body: answer stopped in the middle (2 attempts)", errStalled},
		{"whole call", silent, "GET", 15 * time.Second, 15 * time.Second, "GET gateway.test/a/b: gave up after 15s: context deadline exceeded (2 attempts)", context.DeadlineExceeded},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c := client(tt.send, func(o *Options) {
					o.AttemptTimeout, o.IdleTimeout, o.Timeout = 10*time.Second, 3*time.Second, tt.timeout
					o.Policy.Attempts = 2
				})
				start := time.Now()
				_, err := c.Read(request(t, tt.method, ""), 0)
				if err == nil || err.Error() != tt.wantErr {
					t.Fatalf("got error %v, want %s", err, tt.wantErr)
				}
				if !errors.Is(err, tt.wantIs) {
					t.Errorf("errors.Is(%v, %v) is false", err, tt.wantIs)
				}
				if took := time.Since(start); took != tt.wantTook {
					t.Errorf("got end after %s, want %s", took, tt.wantTook)
				}
			})
		})
	}
}

func TestSlowReaderIsNoStall(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := client(newScript(step{status: 200, body: "hello"}))
		resp, err := c.Do(request(t, "GET", ""))
		if err != nil {
			t.Fatal(err)
		}
		time.Sleep(10 * time.Minute)
		got, err := io.ReadAll(resp.Body)
		if err != nil || string(got) != "hello" {
			t.Errorf("got %q, %v, want hello", got, err)
		}
		if err := resp.Body.Close(); err != nil {
			t.Error(err)
		}
	})
}

func TestCancelled(t *testing.T) {
	t.Run("before the first attempt", func(t *testing.T) {
		script := newScript(step{status: 200})
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		_, err := client(script).Do(request(t, "GET", "").WithContext(ctx))
		if !errors.Is(err, context.Canceled) {
			t.Errorf("got error %v, want context.Canceled", err)
		}
		if len(script.at) != 0 {
			t.Errorf("got %d requests, want none", len(script.at))
		}
	})
	t.Run("while waiting for the next", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			script := newScript(step{status: 429, header: after("60")})
			ctx, cancel := context.WithCancel(t.Context())
			time.AfterFunc(5*time.Second, cancel)
			_, err := client(script).Do(request(t, "GET", "").WithContext(ctx))
			if !errors.Is(err, context.Canceled) {
				t.Errorf("got error %v, want context.Canceled", err)
			}
			if took := time.Since(script.start); took != 5*time.Second || len(script.at) != 1 {
				t.Errorf("got end after %s and %d requests, want 5s and 1", took, len(script.at))
			}
		})
	})
}

func TestDoKeepsTheAnswerOpen(t *testing.T) {
	closed := 0
	c := client(trip(func(*http.Request) (*http.Response, error) {
		return &http.Response{StatusCode: 409, Header: http.Header{}, Body: &closeCounter{Reader: strings.NewReader("clash"), n: &closed}}, nil
	}))
	resp, err := c.Do(request(t, "PUT", "x"))
	if err != nil {
		t.Fatal(err)
	}
	if closed != 0 {
		t.Fatal("body is closed before the caller read it")
	}
	got, err := io.ReadAll(resp.Body)
	if err != nil || string(got) != "clash" {
		t.Errorf("got body %q, %v, want clash", got, err)
	}
	if err := resp.Body.Close(); err != nil || closed != 1 {
		t.Errorf("got %d closes, %v, want 1", closed, err)
	}
}

type closeCounter struct {
	io.Reader
	n *int
}

func (c *closeCounter) Close() error { *c.n++; return nil }

func TestLogHoldsNoSecrets(t *testing.T) {
	var log bytes.Buffer
	script := newScript(step{status: 503}, step{err: errReset}, step{status: 200, body: "secret-body"})
	synctest.Test(t, func(t *testing.T) {
		c := client(script, func(o *Options) {
			o.Logger = slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))
			o.UserAgent = "lockstep/test"
		})
		for _, p := range []Policy{{}, {Opaque: true}} {
			req := request(t, "PUT", "secret-payload")
			req.Header.Set("Authorization", "Bearer secret-token")
			if _, err := c.With(p).Read(req, 0); err != nil {
				t.Fatal(err)
			}
		}
	})
	for _, bad := range []string{"secret", "hunter2", "sig="} {
		if strings.Contains(log.String(), bad) {
			t.Errorf("log holds %q:\n%s", bad, log.String())
		}
	}
	for _, want := range []string{
		`method=PUT host=gateway.test path=/a/b status=503`, `attempt=1`, `error="read tcp: connection reset by peer"`,
		`path="(not shown)" status=200`,
	} {
		if !strings.Contains(log.String(), want) {
			t.Errorf("log lacks %q:\n%s", want, log.String())
		}
	}
}

func TestStats(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := client(newScript(step{status: 503}, step{status: 429, header: after("1")}, step{status: 200}))
		if got := c.Stats().String(); got != "none" {
			t.Errorf("got %q before the first request, want none", got)
		}
		for _, method := range []string{"PUT", "GET", "GET", "DELETE"} {
			if _, err := c.With(Policy{}).Read(request(t, method, ""), 0); err != nil {
				t.Fatal(err)
			}
		}
		want := Stats{Requests: map[string]int{"DELETE": 1, "GET": 2, "PUT": 3}, Throttled: 1}
		if diff := cmp.Diff(want, c.Stats()); diff != "" {
			t.Errorf("stats (-want +got):\n%s", diff)
		}
		if got, want := c.Stats().String(), "1 DELETE, 2 GET, 3 PUT"; got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	})
}

// TestOverSockets goes through net/http itself: the default transport, real
// truncation, redirects, user agent, and nothing left running.
func TestOverSockets(t *testing.T) {
	var mu sync.Mutex
	calls := map[string]int{}
	var agent string
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		calls[r.URL.Path]++
		n := calls[r.URL.Path]
		agent = r.UserAgent()
		mu.Unlock()
		switch r.URL.Path {
		case "/cut":
			if n == 1 {
				w.Header().Set("Content-Length", "100")
				_, _ = io.WriteString(w, "only this")
				panic(http.ErrAbortHandler)
			}
			_, _ = io.WriteString(w, "all of it")
		case "/reset":
			if n == 1 {
				panic(http.ErrAbortHandler)
			}
			_, _ = io.Copy(w, r.Body)
		case "/moved":
			http.Redirect(w, r, "/cut", http.StatusFound)
		}
	}))
	defer server.Close()
	c := New(Options{UserAgent: "lockstep/test", WaitMin: time.Millisecond, WaitMax: time.Millisecond})
	defer c.CloseIdleConnections()

	get := func(method, path, body string) *http.Request {
		req, err := http.NewRequestWithContext(t.Context(), method, server.URL+path, strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		return req
	}
	for _, tt := range []struct{ method, path, body, want string }{
		{"GET", "/cut", "", "all of it"},
		{"PUT", "/reset", "payload", "payload"},
	} {
		resp, err := c.Read(get(tt.method, tt.path, tt.body), 0)
		if err != nil {
			t.Fatal(err)
		}
		if got := string(resp.Body); got != tt.want {
			t.Errorf("%s: got %q, want %q", tt.path, got, tt.want)
		}
	}
	resp, err := c.StandardClient().Do(get("GET", "/moved", ""))
	if err != nil {
		t.Fatal(err)
	}
	got, err := io.ReadAll(resp.Body)
	if err := errors.Join(err, resp.Body.Close()); err != nil || string(got) != "all of it" {
		t.Errorf("standard client: got %q, %v, want the redirect's target", got, err)
	}
	if agent != "lockstep/test" {
		t.Errorf("got user agent %q, want lockstep/test", agent)
	}
}

func TestStandardClientErrorIsSaidOnce(t *testing.T) {
	c := client(newScript(step{err: errReset})).With(Policy{Attempts: 1})
	_, err := c.StandardClient().Get("http://gateway.test/a")
	if want := `Get "http://gateway.test/a": read tcp: connection reset by peer`; err == nil || err.Error() != want {
		t.Errorf("got error %v, want %s", err, want)
	}
}

func TestRequestWithoutHost(t *testing.T) {
	req, err := http.NewRequestWithContext(t.Context(), "GET", "/relative", nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := client(newScript(step{status: 200})).Do(req); err == nil || !strings.Contains(err.Error(), "request has no host") {
		t.Errorf("got error %v, want one about the host", err)
	}
}
