package sandbox

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"strings"
	"time"
)

// hangTime bounds how long the timeout fault holds a request.
const hangTime = 60 * time.Second

// GuardOptions say what a Guard does to requests.
type GuardOptions struct {
	Latency    time.Duration
	ReadRate   float64 // GET and HEAD a second; 0: unlimited
	ReadBurst  int
	WriteRate  float64 // other methods a second; DELETE has its own bucket
	WriteBurst int
	Faults     []string // see ParseFault

	Unlimited func(*http.Request) bool                  // requests no bucket counts
	Throttled func(http.ResponseWriter, time.Duration)  // answers a request that has to wait
	Remaining func(h http.Header, method string, n int) // tells the client its budget

	// Broken answers a request that a fault of the kind status strikes, in the
	// product's own shape; the header has what the fault says. Nil: FaultText.
	Broken func(http.ResponseWriter, *http.Request, *Fault)
}

// FaultText is what the answer of a fault tells people.
const FaultText = "The sandbox was told to fail this request."

// Guard stands before an emulator's handlers: it counts, slows, throttles and breaks
// requests, and serves /_sandbox/stats and /_sandbox/reset-stats itself.
type Guard struct {
	o       GuardOptions
	next    http.Handler
	faults  []*Fault
	counter counter
	reads   *Bucket
	writes  *Bucket
	deletes *Bucket
}

// NewGuard puts a guard before next.
func NewGuard(o GuardOptions, next http.Handler) (*Guard, error) {
	if o.Broken == nil {
		o.Broken = func(w http.ResponseWriter, _ *http.Request, f *Fault) { http.Error(w, FaultText, f.Status) }
	}
	g := &Guard{o: o, next: next, reads: NewBucket(o.ReadRate, o.ReadBurst),
		writes: NewBucket(o.WriteRate, o.WriteBurst), deletes: NewBucket(o.WriteRate, o.WriteBurst)}
	for _, spec := range o.Faults {
		f, err := ParseFault(spec)
		if err != nil {
			return nil, err
		}
		g.faults = append(g.faults, f)
	}
	return g, nil
}

// Stats is what was counted since the start, or the last ResetStats.
func (g *Guard) Stats() Stats { return g.counter.read() }

// ResetStats starts counting anew.
func (g *Guard) ResetStats() { g.counter.reset() }

// ServeHTTP answers one request.
func (g *Guard) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if strings.HasPrefix(r.URL.Path, "/_sandbox/") {
		g.admin(w, r)
		return
	}
	g.counter.begin(r.Method)
	defer g.counter.end()
	if !Wait(r.Context(), g.o.Latency) || !g.admit(w, r) {
		return
	}
	fault := g.fault(r)
	switch {
	case fault == nil:
		g.next.ServeHTTP(w, r)
	case fault.Kind == "truncate" || fault.After:
		answer := &recorder{header: http.Header{}, code: http.StatusOK}
		g.next.ServeHTTP(answer, r)
		g.strike(fault, w, r, answer)
	default:
		g.strike(fault, w, r, nil)
	}
}

func (g *Guard) admin(w http.ResponseWriter, r *http.Request) {
	switch {
	case r.URL.Path == "/_sandbox/stats" && r.Method == http.MethodGet:
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(g.Stats()) // The client is gone: nobody is left to tell.
	case r.URL.Path == "/_sandbox/reset-stats" && r.Method == http.MethodPost:
		g.ResetStats()
		w.WriteHeader(http.StatusNoContent)
	default:
		http.NotFound(w, r)
	}
}

// admit takes a token for the request, or has it sent away.
func (g *Guard) admit(w http.ResponseWriter, r *http.Request) bool {
	if g.o.Unlimited != nil && g.o.Unlimited(r) {
		return true
	}
	bucket := g.writes
	switch r.Method {
	case http.MethodGet, http.MethodHead:
		bucket = g.reads
	case http.MethodDelete:
		bucket = g.deletes
	}
	left, after, ok := bucket.Take(time.Now())
	if bucket != nil && g.o.Remaining != nil {
		g.o.Remaining(w.Header(), r.Method, left)
	}
	if !ok {
		g.counter.throttled()
		g.o.Throttled(w, after)
	}
	return ok
}

// fault is the first fault that strikes the request; all of them count it.
func (g *Guard) fault(r *http.Request) *Fault {
	var first *Fault
	for _, f := range g.faults {
		if f.Strikes(r) && first == nil {
			first = f
		}
	}
	return first
}

// strike breaks a request. answer is what the handlers said, nil when not asked.
func (g *Guard) strike(f *Fault, w http.ResponseWriter, r *http.Request, answer *recorder) {
	if f.RetryAfter != "" {
		w.Header().Set("Retry-After", f.RetryAfter)
	}
	switch f.Kind {
	case "timeout":
		if Wait(r.Context(), hangTime) {
			w.WriteHeader(http.StatusGatewayTimeout)
		}
	case "html":
		w.Header().Set("Content-Type", "text/html")
		w.WriteHeader(http.StatusBadGateway)
		_, _ = fmt.Fprint(w, "<html><head><title>502 Bad Gateway</title></head><body>Bad Gateway</body></html>")
	case "truncate":
		truncate(w, answer)
	case "status":
		g.o.Broken(w, r, f)
	default:
		panic(http.ErrAbortHandler) // Closes the connection without a word.
	}
}

// truncate promises the whole body, sends half of it and closes the connection.
func truncate(w http.ResponseWriter, answer *recorder) {
	maps.Copy(w.Header(), answer.header)
	body := answer.body.Bytes()
	w.Header().Set("Content-Length", fmt.Sprint(len(body)+1))
	w.WriteHeader(answer.code)
	_, _ = w.Write(body[:len(body)/2])
	if f, ok := w.(http.Flusher); ok {
		f.Flush()
	}
	panic(http.ErrAbortHandler)
}

// Wait waits, and reports false when the context ended meanwhile.
func Wait(ctx context.Context, d time.Duration) bool {
	if d <= 0 {
		return true
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-ctx.Done():
		return false
	}
}

// recorder keeps an answer that the client shall not get, or not as it is.
type recorder struct {
	header http.Header
	code   int
	body   bytes.Buffer
}

func (r *recorder) Header() http.Header         { return r.header }
func (r *recorder) WriteHeader(code int)        { r.code = code }
func (r *recorder) Write(p []byte) (int, error) { return r.body.Write(p) }
