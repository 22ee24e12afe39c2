package httpx

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"io"
	"log/slog"
	"math"
	"net"
	"net/http"
	"net/url"
	"time"

	"github.com/hashicorp/go-retryablehttp"
)

// call is one request on its way through all its attempts. It is used by one
// goroutine only.
type call struct {
	*shared
	policy Policy
	req    *http.Request
	parent context.Context // the caller's, to tell its end from our deadline

	permit   *permit // of the running attempt
	sent     int     // attempts
	counted  int     // failed attempts that use up the budget
	failures int     // failed attempts, throttled ones included
	pause    time.Duration
	done     bool // the body has been read

	unsure       bool // an attempt may have been carried out
	unsureBefore bool // the same, without the last attempt
}

// newCall prepares req for being sent; cancel frees what the call holds.
func (c *Client) newCall(req *http.Request) (k *call, cancel context.CancelFunc) {
	parent := req.Context()
	ctx, cancel := context.WithTimeoutCause(parent, c.shared.Timeout, timeoutError(c.shared.Timeout))
	own := req.Clone(ctx)
	if c.shared.UserAgent != "" && own.Header.Get("User-Agent") == "" {
		own.Header.Set("User-Agent", c.shared.UserAgent)
	}
	return &call{shared: c.shared, policy: c.policy, req: own, parent: parent}, cancel
}

// run sends the request until check says stop. read, if any, reads the body of
// an answer that is fit to be returned.
func (k *call) run(read retryablehttp.ResponseHandlerFunc) (*http.Response, error) {
	if k.req.URL == nil || k.req.URL.Host == "" {
		return nil, errors.New("request has no host")
	}
	original := k.req.Body
	req, err := retryablehttp.FromRequest(k.req)
	if err != nil {
		return nil, err
	}
	if original != nil {
		defer func() { _ = original.Close() }() // it has been read to its end
	}
	if read != nil {
		req.SetResponseHandler(func(resp *http.Response) error {
			err := read(resp)
			k.done = err == nil
			return err
		})
	}
	client := retryablehttp.Client{
		HTTPClient: &http.Client{Transport: k, CheckRedirect: handBack},
		Logger:     nil, // its log lines hold whole addresses
		RetryMax:   math.MaxInt,
		CheckRetry: k.check,
		Backoff: func(_, _ time.Duration, _ int, _ *http.Response) time.Duration {
			return k.pause
		},
		ErrorHandler: retryablehttp.PassthroughErrorHandler,
	}
	resp, err := client.Do(req)
	if err != nil && resp != nil {
		_ = resp.Body.Close() // the answer is given up
	}
	return resp, err
}

// handBack makes the inner client return redirects instead of following them.
func handBack(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }

// RoundTrip sends the request once, when the limiter allows it.
func (k *call) RoundTrip(req *http.Request) (*http.Response, error) {
	lane := k.limiter.lane(req.URL.Host, ClassOf(req.Method))
	permit, err := lane.acquire(req.Context())
	if err != nil {
		if req.Body != nil {
			_ = req.Body.Close() // nothing was sent
		}
		return nil, notSent{err}
	}
	k.permit = permit
	k.sent++
	k.counts.add(req.Method)

	ctx, cancel := context.WithCancelCause(req.Context())
	timer := time.AfterFunc(k.AttemptTimeout, func() { cancel(errSlow) })
	start := time.Now()
	resp, err := k.Transport.RoundTrip(req.WithContext(ctx))
	timer.Stop()
	if err != nil {
		err = causeOf(ctx, err)
		cancel(nil)
		permit.release()
		k.log(start, slog.Any("error", err))
		return nil, err
	}
	k.log(start, slog.Int("status", resp.StatusCode))
	permit.observe(resp.StatusCode, resp.Header.Get(k.Remaining[permit.lane.class]))
	resp.Body = newBody(ctx, resp.Body, k.IdleTimeout, cancel, permit.release)
	return resp, nil
}

// log writes the line of one attempt. It holds no query and no header.
func (k *call) log(start time.Time, result slog.Attr) {
	path := k.req.URL.EscapedPath()
	if k.policy.Opaque {
		path = "(not shown)"
	}
	k.Logger.LogAttrs(k.req.Context(), slog.LevelDebug, "http request",
		slog.String("method", k.req.Method), slog.String("host", k.req.URL.Host), slog.String("path", path),
		result, slog.Duration("duration", time.Since(start)), slog.Int("attempt", k.sent))
}

// check is asked after each attempt, and again after its body has been read,
// whether to try again.
func (k *call) check(ctx context.Context, resp *http.Response, err error) (bool, error) {
	if k.done {
		return false, nil
	}
	if ctx.Err() != nil {
		return false, ctx.Err()
	}
	if err == nil && resp.StatusCode < http.StatusBadRequest {
		return false, nil
	}
	k.unsureBefore = k.unsure
	verdict := k.judge(ctx, resp, err)
	if verdict == Stop {
		return false, nil
	}
	var header http.Header
	if err == nil {
		header = resp.Header
	}
	k.failures++
	k.pause = k.wait(k.failures, header)
	switch verdict {
	case Throttled:
		k.counts.throttled()
		k.permit.throttle(k.pause)
	case Refused, Broken:
		if k.counted++; k.counted >= k.policy.attempts() {
			return false, nil
		}
	}
	deadline, _ := ctx.Deadline()
	if time.Until(deadline) <= k.pause {
		return false, nil // the answer we have says more than a time-out would
	}
	k.unsureBefore = k.unsure
	level := slog.LevelDebug
	if k.pause >= 5*time.Second {
		level = slog.LevelInfo
	}
	k.Logger.LogAttrs(ctx, level, "http request is repeated after a pause",
		slog.String("method", k.req.Method), slog.String("host", k.req.URL.Host), slog.Duration("pause", k.pause))
	return true, nil
}

// judge returns Stop unless the failed attempt is worth, and allows, another.
func (k *call) judge(ctx context.Context, resp *http.Response, err error) Verdict {
	repeat := k.policy.Repeat || idempotent(k.req.Method)
	if err != nil {
		reached := !neverSent(err)
		k.unsure = k.unsure || reached
		if !transient(ctx, err) || reached && !repeat {
			return Stop
		}
		return Broken
	}
	verdict := k.policy.decide(Answer{
		Method: k.req.Method, Status: resp.StatusCode, Header: resp.Header, Body: peek(resp),
	})
	if verdict == Broken {
		k.unsure = true
		if !repeat {
			return Stop
		}
	}
	return verdict
}

// failure wraps the error that ended the call.
func (k *call) failure(err error) error {
	var u *url.Error
	if errors.As(err, &u) {
		err = u.Err // u prints the whole address
	}
	var n notSent
	if errors.As(err, &n) {
		err = n.error
	}
	if parent := k.parent.Err(); parent != nil {
		err = parent
	} else if k.req.Context().Err() != nil {
		err = context.Cause(k.req.Context())
	}
	target := k.req.URL.Host + k.req.URL.EscapedPath()
	if k.policy.Opaque {
		target = k.req.URL.Host
	}
	return &Error{Method: k.req.Method, Target: target, Attempts: k.sent, Unsure: k.unsure, Err: err}
}

// peekSize is how much of a failed answer a Policy gets to see.
const peekSize = 64 << 10

// peek returns the beginning of resp's body and leaves the body as it was. A
// read error is met again by whoever reads on.
func peek(resp *http.Response) []byte {
	body := resp.Body
	head, _ := io.ReadAll(io.LimitReader(body, peekSize))
	resp.Body = struct {
		io.Reader
		io.Closer
	}{io.MultiReader(bytes.NewReader(head), body), body}
	return head
}

// notSent marks an error that came before anything was sent.
type notSent struct{ error }

// neverSent tells whether err proves that the service did not see the request.
func neverSent(err error) bool {
	var n notSent
	var op *net.OpError
	return errors.As(err, &n) || errors.As(err, &op) && op.Op == "dial"
}

// transient tells whether another attempt can end otherwise: not after a bad
// certificate, a wrong scheme or a body that is too large.
func transient(ctx context.Context, err error) bool {
	var cert *tls.CertificateVerificationError
	if errors.Is(err, ErrTooLarge) || errors.Is(err, http.ErrSchemeMismatch) || errors.As(err, &cert) {
		return false
	}
	again, _ := retryablehttp.DefaultRetryPolicy(ctx, nil, err)
	return again
}
