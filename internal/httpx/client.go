// Package httpx is the one HTTP stack of the program: time-outs, retries with
// jittered back-off, Retry-After, adaptive concurrency shared by all workers,
// request counts, and a log that holds no secrets. It stands on
// hashicorp/go-retryablehttp.
//
// It knows HTTP and no product. Which answers are worth another attempt, and
// which headers tell the remaining budget, is data that callers hand in
// (Policy, Options.Remaining). It adds no credentials, follows no redirects on
// its own, and does not interpret bodies beyond letting a Policy peek at them.
package httpx

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"net"
	"net/http"
	"time"
)

// Options says how a Client behaves. The zero value is ready for use: every
// field has the default that its comment names.
type Options struct {
	// Transport sends single requests. Default: a connection pool of its own.
	Transport http.RoundTripper
	// Logger gets one line per attempt at debug level. Default: no log.
	Logger *slog.Logger
	// UserAgent is sent with requests that name none. Default: Go's.
	UserAgent string

	// Timeout bounds one call: all attempts, all waits, and reading the body.
	// Default 15 minutes.
	Timeout time.Duration
	// AttemptTimeout bounds one attempt up to the response's headers. Default 2 minutes.
	AttemptTimeout time.Duration
	// IdleTimeout bounds how long a body may stay silent. Default 1 minute.
	IdleTimeout time.Duration

	// WaitMin is the back-off after a first failure, before jitter; it doubles
	// with every further one. Default 500 milliseconds.
	WaitMin time.Duration
	// WaitMax caps the back-off. Default 30 seconds.
	WaitMax time.Duration
	// RetryAfterMax caps what a Retry-After header may ask for. Default 5 minutes.
	RetryAfterMax time.Duration

	// Parallel is the most requests of a class that run at once per host.
	// Default 20 reads, 8 writes, 8 deletes.
	Parallel map[Class]int
	// Remaining names, per class, the response header that tells how many
	// requests are left before the service throttles. Default: none.
	Remaining map[Class]string
	// RemainingLow is the number of requests left below which a class slows
	// down. Default 50.
	RemainingLow int

	// Policy is what the Client does where With names no other.
	Policy Policy
}

// withDefaults returns o with every unset field filled in.
func (o Options) withDefaults() Options {
	if o.Transport == nil {
		o.Transport = pool()
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	for field, value := range map[*time.Duration]time.Duration{
		&o.Timeout:        15 * time.Minute,
		&o.AttemptTimeout: 2 * time.Minute,
		&o.IdleTimeout:    time.Minute,
		&o.WaitMin:        500 * time.Millisecond,
		&o.WaitMax:        30 * time.Second,
		&o.RetryAfterMax:  5 * time.Minute,
	} {
		if *field <= 0 {
			*field = value
		}
	}
	if o.RemainingLow <= 0 {
		o.RemainingLow = 50
	}
	return o
}

// pool returns a transport with keep-alive and room for every worker's
// connection, so that a busy run does not dial anew for each request.
func pool() http.RoundTripper {
	dial := net.Dialer{Timeout: 15 * time.Second, KeepAlive: 30 * time.Second}
	return &http.Transport{
		Proxy:                 http.ProxyFromEnvironment,
		DialContext:           dial.DialContext,
		ForceAttemptHTTP2:     true,
		MaxIdleConns:          100,
		MaxIdleConnsPerHost:   40,
		IdleConnTimeout:       90 * time.Second,
		TLSHandshakeTimeout:   15 * time.Second,
		ExpectContinueTimeout: time.Second,
	}
}

// Client sends requests and keeps at it until they are answered or hopeless.
// It is safe for concurrent use; all its derivatives share one limiter and one
// set of counts.
type Client struct {
	shared *shared
	policy Policy
}

// shared is what a Client and its derivatives have in common.
type shared struct {
	Options
	limiter *limiter
	counts  *counts
	jitter  func() float64 // in [0, 1)
}

// New returns a Client that behaves as o says.
func New(o Options) *Client {
	o = o.withDefaults()
	return &Client{
		policy: o.Policy,
		shared: &shared{
			Options: o,
			limiter: newLimiter(o.Parallel, o.RemainingLow),
			counts:  &counts{},
			jitter:  rand.Float64,
		},
	}
}

// With returns a Client that follows p and shares everything else with c:
// limiter, counts, connections.
func (c *Client) With(p Policy) *Client {
	return &Client{shared: c.shared, policy: p}
}

// Stats returns what has been sent so far, by c and all its derivatives.
func (c *Client) Stats() Stats { return c.shared.counts.snapshot() }

// CloseIdleConnections closes the connections nobody uses at the moment.
func (c *Client) CloseIdleConnections() {
	if t, ok := c.shared.Transport.(interface{ CloseIdleConnections() }); ok {
		t.CloseIdleConnections()
	}
}

// Do sends req, again where the Policy says so, and returns the final answer,
// whatever its status. The caller must close the body; until then the request
// counts as running. Redirects are handed back, not followed. A body that breaks off
// while the caller reads it can not be repaired here: use Read for that.
// A failure is an *Error.
func (c *Client) Do(req *http.Request) (*http.Response, error) {
	k, cancel := c.newCall(req)
	resp, err := k.run(nil)
	if err != nil {
		defer cancel()
		return nil, k.failure(err)
	}
	resp.Request = req
	resp.Body = &finalBody{ReadCloser: resp.Body, finish: cancel}
	return resp, nil
}

// Response is an answer whose body has been read to its end.
type Response struct {
	// Status is the HTTP status code.
	Status int
	// Header holds the answer's headers.
	Header http.Header
	// Body is the whole body.
	Body []byte
	// Unsure tells that an attempt before the last one may have been carried
	// out by the service although its answer was lost or an error.
	Unsure bool
}

// maxBody bounds bodies where the caller names no limit.
const maxBody = 64 << 20

// ErrTooLarge is the cause when a body is longer than the caller's limit.
var ErrTooLarge = errors.New("answer is larger than allowed")

// Read sends req like Do and reads the answer's whole body, at most limit
// bytes (0: 64 MiB). A body that breaks off or stalls counts as a failed
// attempt and is asked for again if req may be repeated. A failure is an *Error.
func (c *Client) Read(req *http.Request, limit int64) (*Response, error) {
	if limit <= 0 {
		limit = maxBody
	}
	k, cancel := c.newCall(req)
	defer cancel()
	var body []byte
	resp, err := k.run(func(resp *http.Response) error {
		var err error
		body, err = readBody(resp.Body, limit)
		return err
	})
	if err != nil {
		return nil, k.failure(err)
	}
	return &Response{Status: resp.StatusCode, Header: resp.Header, Body: body, Unsure: k.unsureBefore}, nil
}

// readBody reads and closes body.
func readBody(body io.ReadCloser, limit int64) ([]byte, error) {
	data, err := io.ReadAll(io.LimitReader(body, limit+1))
	if err = errors.Join(err, body.Close()); err != nil {
		return nil, fmt.Errorf("read body: %w", err)
	}
	if int64(len(data)) > limit {
		return nil, fmt.Errorf("read body: %w (%d bytes)", ErrTooLarge, limit)
	}
	return data, nil
}

// StandardClient returns an *http.Client for libraries that want one. Each of
// its requests goes through Do; redirects are followed as net/http does.
func (c *Client) StandardClient() *http.Client {
	return &http.Client{Transport: roundTripper{c}}
}

// roundTripper offers a Client's Do as an http.RoundTripper.
type roundTripper struct{ c *Client }

// RoundTrip hands on the cause of a failure only, because http.Client puts
// method and address before it.
func (t roundTripper) RoundTrip(req *http.Request) (*http.Response, error) {
	resp, err := t.c.Do(req)
	var e *Error
	if errors.As(err, &e) {
		return nil, e.Err
	}
	return resp, err
}

// Error says that a call ended without an answer.
type Error struct {
	// Method is the request's method.
	Method string
	// Target is host and path of the request, never its query.
	Target string
	// Attempts is how often the request was sent.
	Attempts int
	// Unsure tells that the service may have carried out the request.
	Unsure bool
	// Err is the cause of the last failure.
	Err error
}

// Error names the request, without its query, and the cause.
func (e *Error) Error() string {
	if e.Attempts > 1 {
		return fmt.Sprintf("%s %s: %v (%d attempts)", e.Method, e.Target, e.Err, e.Attempts)
	}
	return fmt.Sprintf("%s %s: %v", e.Method, e.Target, e.Err)
}

// Unwrap returns the cause, so that errors.Is finds context.Canceled and others.
func (e *Error) Unwrap() error { return e.Err }

// timeoutError is the cause that a call's context carries after o.Timeout.
func timeoutError(d time.Duration) error {
	return fmt.Errorf("gave up after %s: %w", d, context.DeadlineExceeded)
}
