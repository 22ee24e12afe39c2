// Package faulttest is what the fakes of all forges have in common: they answer
// without a network, note the requests, and have some of them fail.
package faulttest

import (
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
)

// A Fault is how requests fail.
type Fault struct {
	Method string // "" for any
	Path   string // the path's end, such as "/pulls", in any case
	Skip   int    // so many requests go well before
	Times  int    // so many requests fail; 0 is one
	After  bool   // the request takes effect, and then fails

	Status int
	Header http.Header
	Body   string
}

// Write answers with the fault.
func (f *Fault) Write(w http.ResponseWriter) {
	for name, values := range f.Header {
		w.Header()[name] = values
	}
	w.WriteHeader(f.Status)
	_, _ = io.WriteString(w, f.Body) // the test that reads it notices
}

// A Log notes requests, and which are to fail. Its zero value is ready. It may
// be used by many at once.
type Log struct {
	mu     sync.Mutex
	calls  []string
	faults []*Fault
}

// Fail makes coming requests fail.
func (l *Log) Fail(f Fault) {
	l.mu.Lock()
	defer l.mu.Unlock()
	f.Times = max(1, f.Times)
	l.faults = append(l.faults, &f)
}

// Heal takes back what was to fail.
func (l *Log) Heal() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.faults = nil
}

// Calls returns what was noted since the last call of Calls.
func (l *Log) Calls() []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	calls := l.calls
	l.calls = nil
	return calls
}

// Note notes a request by its method and a path, and returns what is to go wrong
// with it, nil for nothing.
func (l *Log) Note(r *http.Request, path string) *Fault {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.calls = append(l.calls, r.Method+" "+path)
	whole := strings.ToLower(r.URL.Path)
	for _, f := range l.faults {
		if f.Times == 0 || f.Method != "" && f.Method != r.Method || !strings.HasSuffix(whole, strings.ToLower(f.Path)) {
			continue
		}
		if f.Skip > 0 {
			f.Skip--
			continue
		}
		f.Times--
		return f
	}
	return nil
}

// Writes returns those of the calls that are not GET.
func Writes(calls []string) []string {
	return slices.DeleteFunc(calls, func(c string) bool { return strings.HasPrefix(c, "GET ") })
}

// RoundTrip has a handler answer a request without a network, whatever the host.
func RoundTrip(h http.Handler, r *http.Request) (*http.Response, error) {
	if err := r.Context().Err(); err != nil {
		return nil, err
	}
	if r.Body != nil {
		defer func() { _ = r.Body.Close() }()
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	resp := w.Result()
	resp.Request = r
	return resp, nil
}
