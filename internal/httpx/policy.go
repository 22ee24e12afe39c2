package httpx

import (
	"net/http"
	"strconv"
	"strings"
	"time"
)

// Policy says, as data, what to do when a request fails. The zero value is a
// sound policy for any service.
type Policy struct {
	// Decide judges an answer with a status of 400 or more. Default: Transient.
	Decide func(Answer) Verdict
	// Attempts is how often a request is sent in all; attempts that were
	// Busy or Throttled are not counted. Default 6; 1 means: send once.
	Attempts int
	// Repeat allows a POST or PATCH to be sent again after it may have reached
	// the service. GET, HEAD, OPTIONS, PUT and DELETE always may be.
	Repeat bool
	// Opaque keeps the path out of log and errors: it may hold a secret.
	Opaque bool
}

// attempts returns the budget with its default.
func (p Policy) attempts() int {
	if p.Attempts <= 0 {
		return 6
	}
	return p.Attempts
}

// decide returns the verdict on a.
func (p Policy) decide(a Answer) Verdict {
	if p.Decide == nil {
		return Transient(a)
	}
	return p.Decide(a)
}

// Answer is what a Policy gets to see of an answer.
type Answer struct {
	// Method is the request's method.
	Method string
	// Status is 400 or more.
	Status int
	// Header holds the answer's headers.
	Header http.Header
	// Body is the body or its first 64 KiB.
	Body []byte
}

// Verdict is what a Policy makes of an answer.
type Verdict int

const (
	// Stop hands the answer to the caller.
	Stop Verdict = iota
	// Refused says that the service did not carry out the request and another
	// attempt may succeed: sent again whatever the method, and counted.
	Refused
	// Broken says that the service may or may not have carried out the
	// request: sent again if the request may be repeated, and counted.
	Broken
	// Busy says that other work holds a lock on the resource, which may take
	// minutes: sent again until the call's deadline, whatever the method, and
	// not counted. Others are not held up.
	Busy
	// Throttled says that the service asks everybody to slow down: sent again
	// until the call's deadline, not counted, and the whole class pauses.
	Throttled
)

// Transient is the default judgement: 429 is Throttled; 408, 500, 502, 503 and
// 504 are Broken; all else is final.
func Transient(a Answer) Verdict {
	switch a.Status {
	case http.StatusTooManyRequests:
		return Throttled
	case http.StatusRequestTimeout, http.StatusInternalServerError, http.StatusBadGateway,
		http.StatusServiceUnavailable, http.StatusGatewayTimeout:
		return Broken
	}
	return Stop
}

// RetryAfter returns the wait that a Retry-After header asks for, which is a
// number of seconds or a date; ok is false if there is none that makes sense.
func RetryAfter(h http.Header) (wait time.Duration, ok bool) {
	value := strings.TrimSpace(h.Get("Retry-After"))
	if n, err := strconv.ParseUint(value, 10, 32); err == nil {
		return time.Duration(n) * time.Second, true
	}
	date, err := http.ParseTime(value)
	if err != nil {
		return 0, false
	}
	return max(0, time.Until(date)), true
}

// idempotent tells whether a request may be sent twice by what its method means.
func idempotent(method string) bool {
	switch method {
	case http.MethodGet, http.MethodHead, http.MethodOptions, http.MethodPut, http.MethodDelete:
		return true
	}
	return false
}

// wait returns how long to wait after the given number of failures in a row.
// What the service asks for is a minimum; a little jitter keeps the workers
// from coming back all at once.
func (s *shared) wait(failures int, h http.Header) time.Duration {
	if asked, ok := RetryAfter(h); ok && asked > 0 {
		asked = min(asked, s.RetryAfterMax)
		return asked + time.Duration(s.jitter()*float64(min(asked/10, time.Second)))
	}
	backoff := s.WaitMin
	for range failures - 1 {
		if backoff >= s.WaitMax {
			break
		}
		backoff *= 2
	}
	half := min(backoff, s.WaitMax) / 2
	return half + time.Duration(s.jitter()*float64(half))
}
