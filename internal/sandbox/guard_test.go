package sandbox

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
)

// guarded serves "hello" behind a guard and counts how often it did.
func guarded(t *testing.T, o GuardOptions) (*Guard, *httptest.Server, *atomic.Int64) {
	t.Helper()
	var served atomic.Int64
	o.Throttled = func(w http.ResponseWriter, wait time.Duration) {
		w.Header().Set("Retry-After", fmt.Sprint(int(wait/time.Second)+1))
		w.WriteHeader(http.StatusTooManyRequests)
	}
	g, err := NewGuard(o, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		served.Add(1)
		_, _ = io.WriteString(w, "hello, world") // A lost client shows in the test itself.
	}))
	if err != nil {
		t.Fatal(err)
	}
	ts := httptest.NewServer(g)
	t.Cleanup(ts.Close)
	return g, ts, &served
}

func fetch(t *testing.T, method, url string) (status int, body string, header http.Header, err error) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return 0, "", nil, err
	}
	raw, err := io.ReadAll(res.Body)
	if closeErr := res.Body.Close(); closeErr != nil {
		t.Error(closeErr)
	}
	return res.StatusCode, string(raw), res.Header, err
}

func TestFaultKinds(t *testing.T) {
	for _, test := range []struct {
		spec   string
		status int // 0: no answer at all
		body   string
		broken bool // the body ends early
		served int64
	}{
		{spec: "status=503,retry-after=7,code=Busy", status: 503, body: "POST 503 Busy"},
		{spec: "status=500,when=after", status: 500, body: "POST 500 InternalServerError", served: 1},
		{spec: "html", status: 502, body: "<html>"},
		{spec: "reset"},
		{spec: "reset,when=after", served: 1},
		{spec: "truncate", status: 200, body: "hello,", broken: true, served: 1},
	} {
		t.Run(test.spec, func(t *testing.T) {
			_, ts, served := guarded(t, GuardOptions{Faults: []string{test.spec}, Broken: func(w http.ResponseWriter, r *http.Request, f *Fault) {
				w.WriteHeader(f.Status)
				_, _ = fmt.Fprint(w, r.Method, " ", f.Status, " ", f.Reason()) // A lost client shows in the test itself.
			}})
			status, body, header, err := fetch(t, http.MethodPost, ts.URL)
			if status != test.status || !strings.Contains(body, test.body) {
				t.Errorf("got %d %q (%v), want %d %q", status, body, err, test.status, test.body)
			}
			if wantErr := test.broken || test.status == 0; (err != nil) != wantErr {
				t.Errorf("got error %v, want one: %v", err, wantErr)
			}
			if got := served.Load(); got != test.served {
				t.Errorf("handler ran %d times, want %d", got, test.served)
			}
			if strings.Contains(test.spec, "retry-after") && header.Get("Retry-After") != "7" {
				t.Errorf("Retry-After: got %q", header.Get("Retry-After"))
			}
		})
	}
}

// TestFaultWithoutAShape: an emulator that says nothing of errors sends the text alone.
func TestFaultWithoutAShape(t *testing.T) {
	_, ts, _ := guarded(t, GuardOptions{Faults: []string{"status=418"}})
	status, body, _, err := fetch(t, http.MethodGet, ts.URL)
	if err != nil || status != http.StatusTeapot || body != FaultText+"\n" {
		t.Errorf("got %d %q (%v), want 418 %q", status, body, err, FaultText)
	}
}

func TestTimeoutHoldsUntilTheClientGivesUp(t *testing.T) {
	g, _, served := guarded(t, GuardOptions{Faults: []string{"timeout"}})
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	w := httptest.NewRecorder()
	g.ServeHTTP(w, httptest.NewRequestWithContext(ctx, http.MethodPut, "/", nil))
	if w.Body.Len() > 0 || served.Load() != 0 {
		t.Errorf("got %q and %d requests served, want no answer and none", w.Body, served.Load())
	}
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		w := httptest.NewRecorder()
		g.ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), http.MethodPut, "/", nil))
		if got := time.Since(start); w.Code != http.StatusGatewayTimeout || got != hangTime {
			t.Errorf("patient client: got %d after %v, want 504 after %v", w.Code, got, hangTime)
		}
	})
}

func TestThrottling(t *testing.T) {
	g, ts, served := guarded(t, GuardOptions{ReadRate: 0.001, ReadBurst: 2, WriteRate: 0.001, WriteBurst: 1,
		Unlimited: func(r *http.Request) bool { return r.URL.Path == "/free" },
		Remaining: func(h http.Header, _ string, n int) { h.Set("Left", fmt.Sprint(n)) }})
	var got []string
	for _, step := range []string{"GET /", "HEAD /", "GET /", "PUT /", "DELETE /", "PATCH /", "GET /free"} {
		method, path, _ := strings.Cut(step, " ")
		status, _, header, err := fetch(t, method, ts.URL+path)
		if err != nil {
			t.Fatal(err)
		}
		if status == http.StatusTooManyRequests && header.Get("Retry-After") == "" {
			t.Errorf("%s: no Retry-After", step)
		}
		got = append(got, fmt.Sprintf("%s %d %s", step, status, header.Get("Left")))
	}
	want := []string{"GET / 200 1", "HEAD / 200 0", "GET / 429 0", "PUT / 200 0", "DELETE / 200 0", "PATCH / 429 0", "GET /free 200 "}
	if diff := cmp.Diff(got, want); diff != "" {
		t.Errorf("answers (-got +want):\n%s", diff)
	}
	if s := g.Stats(); s.Throttled != 2 || served.Load() != 5 {
		t.Errorf("throttled %d, served %d; want 2, 5", s.Throttled, served.Load())
	}
}

func TestStats(t *testing.T) {
	g, ts, _ := guarded(t, GuardOptions{Latency: 20 * time.Millisecond})
	var wg sync.WaitGroup
	for range 3 {
		wg.Go(func() {
			if _, _, _, err := fetch(t, http.MethodGet, ts.URL); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if _, _, _, err := fetch(t, http.MethodPut, ts.URL); err != nil {
		t.Fatal(err)
	}
	_, body, _, err := fetch(t, http.MethodGet, ts.URL+"/_sandbox/stats")
	if err != nil {
		t.Fatal(err)
	}
	var got Stats
	if err := json.Unmarshal([]byte(body), &got); err != nil {
		t.Fatalf("read stats %q: %v", body, err)
	}
	if diff := cmp.Diff(got.Requests, map[string]int{"GET": 3, "PUT": 1}); diff != "" {
		t.Errorf("requests (-got +want):\n%s", diff)
	}
	if got.PeakConcurrency < 2 || got.PeakConcurrency > 3 {
		t.Errorf("peakConcurrency: got %d, want 2 or 3", got.PeakConcurrency)
	}
	if status, _, _, err := fetch(t, http.MethodPost, ts.URL+"/_sandbox/reset-stats"); err != nil || status != http.StatusNoContent {
		t.Errorf("reset: got %d, %v", status, err)
	}
	if diff := cmp.Diff(g.Stats(), Stats{Requests: map[string]int{}}); diff != "" {
		t.Errorf("after reset (-got +want):\n%s", diff)
	}
}
