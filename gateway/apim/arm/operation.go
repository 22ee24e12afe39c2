package arm

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"time"

	"github.com/lockstep-apiops/lockstep/internal/httpx"
)

// operation is a change that the service has accepted and works on.
type operation struct {
	c      *Client
	method string
	path   string   // of the resource that changes
	self   *url.URL // its address
	link   *url.URL // where to ask; self if the resource itself tells
	pause  time.Duration
	asked  int
}

// longestPause caps what the service's Retry-After asks for between two looks.
const longestPause = time.Minute

// settle waits until the change that resp answers is made, and returns the
// resource and its ETag. It follows all shapes that are in use: an address to
// ask, in one of two headers; that address being the resource; or nothing but
// the state that the resource tells.
func (c *Client) settle(ctx context.Context, method, path string, q url.Values, resp *httpx.Response) (map[string]any, string, error) {
	body, err := c.object(method, path, resp)
	if err != nil {
		return nil, "", err
	}
	o := &operation{c: c, method: method, path: path, pause: c.o.PollInterval}
	if err := o.locate(q, resp, body); err != nil {
		return nil, "", fmt.Errorf("%s %s: %w: %w", method, path, err, ErrOutcomeUnknown)
	}
	if o.link == nil {
		if failed := o.failed(body, false); failed != nil {
			return nil, "", failed
		}
		return body, resp.Header.Get("ETag"), nil
	}
	ctx, cancel := context.WithTimeoutCause(ctx, c.o.PollTimeout,
		fmt.Errorf("still running after %s: %w", c.o.PollTimeout, context.DeadlineExceeded))
	defer cancel()
	start := time.Now()
	result, etag, err := o.wait(ctx, resp.Header)
	c.o.Logger.LogAttrs(ctx, slog.LevelDebug, "long-running operation ended", slog.String("method", method), slog.String("path", path),
		slog.Duration("duration", time.Since(start)), slog.Int("polls", o.asked), slog.Bool("ok", err == nil))
	return result, etag, err
}

// locate finds out where to ask for the outcome; link stays nil if the change
// has been made already.
func (o *operation) locate(q url.Values, resp *httpx.Response, body map[string]any) (err error) {
	api := url.Values{}
	if v, ok := q["api-version"]; ok {
		api["api-version"] = v
	}
	if o.self, err = o.c.address(o.path, api); err != nil {
		return err
	}
	async, location := resp.Header.Get("Azure-AsyncOperation"), resp.Header.Get("Location")
	now, _ := stateOf(body, false)
	accepted := resp.Status == http.StatusAccepted
	switch {
	case resp.Status == http.StatusNoContent:
	case o.method == http.MethodPost && location != "" && accepted: // that is where an action's answer will be
		o.link, err = o.c.own(location)
	case async != "":
		o.link, err = o.c.own(async)
	case location != "" && (accepted || now != succeeded && now != failed):
		o.link, err = o.c.own(location)
	case o.method != http.MethodPost && (accepted || now == running):
		o.link = o.self
	}
	if o.link != nil && o.link.String() == o.self.String() {
		o.link = o.self
	}
	return err
}

// wait asks until there is an outcome.
func (o *operation) wait(ctx context.Context, header http.Header) (map[string]any, string, error) {
	for {
		if err := o.sleep(ctx, header); err != nil {
			return nil, "", o.lost(ctx, err)
		}
		o.asked++
		resp, err := o.c.send(ctx, request{method: http.MethodGet, path: o.path, address: o.link, opaque: o.link != o.self})
		if err != nil {
			resp, err = o.trouble(ctx, err)
		}
		if err != nil || resp == nil {
			return nil, "", err
		}
		header = resp.Header
		body, err := o.c.object(http.MethodGet, o.path, resp)
		if err != nil {
			return nil, "", o.lost(ctx, err)
		}
		asked := o.link != o.self
		if failed := o.failed(body, asked); failed != nil {
			return nil, "", failed
		}
		now, envelope := stateOf(body, asked)
		if now == running || now == unstated && resp.Status == http.StatusAccepted {
			continue
		}
		if o.link == o.self && o.method == http.MethodDelete {
			continue // it is there still
		}
		return o.result(ctx, resp, body, envelope)
	}
}

// longestOwnPause is how far the pause grows where the service asks for none.
const longestOwnPause = 5 * time.Second

// sleep pauses for as long as the service asks, or else for a little longer
// each time.
func (o *operation) sleep(ctx context.Context, header http.Header) error {
	pause := o.pause
	if asked, ok := httpx.RetryAfter(header); ok && asked > 0 {
		pause = min(asked, longestPause)
	} else {
		o.pause = min(o.pause*3/2, longestOwnPause)
	}
	timer := time.NewTimer(pause)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// trouble decides what a failed look means. It returns an answer to go on
// with, or an error, or neither: the change is made and there is no resource.
func (o *operation) trouble(ctx context.Context, err error) (*httpx.Response, error) {
	var e *Error
	if !errors.As(err, &e) || passing(e.Status) {
		return nil, o.lost(ctx, err)
	}
	if e.Status != http.StatusNotFound { // that is how the service reports a failed import
		e.Method = o.method
		return nil, e
	}
	if o.link == o.self {
		if o.method == http.MethodDelete {
			return nil, nil
		}
		return nil, o.lost(ctx, err)
	}
	// The service has forgotten the operation: the resource must tell.
	o.link = o.self
	resp, err := o.c.send(ctx, request{method: http.MethodGet, path: o.path, address: o.self})
	if o.method == http.MethodDelete && IsNotFound(err) && !IsServiceMissing(err) {
		return nil, nil
	}
	if err != nil {
		return nil, o.lost(ctx, err)
	}
	body, err := o.c.object(http.MethodGet, o.path, resp)
	if now, _ := stateOf(body, false); err != nil || now != running && (o.method == http.MethodDelete || o.method == http.MethodPost) {
		return nil, o.lost(ctx, errors.New("the service has forgotten the operation"))
	}
	return resp, nil
}

// passing tells whether a status is about the look and not about the outcome.
func passing(status int) bool {
	switch status {
	case http.StatusUnauthorized, http.StatusForbidden, http.StatusRequestTimeout, http.StatusTooManyRequests:
		return true
	}
	return status >= http.StatusInternalServerError
}

// result returns what the change led to. body is the last answer, which may be
// the resource already.
func (o *operation) result(ctx context.Context, resp *httpx.Response, body map[string]any, envelope bool) (map[string]any, string, error) {
	switch {
	case o.method == http.MethodDelete:
		return nil, "", nil
	case o.method == http.MethodPost && envelope:
		return nil, "", nil
	case o.method == http.MethodPost, !envelope && body["properties"] != nil && resp.Header.Get("ETag") != "":
		return body, resp.Header.Get("ETag"), nil
	}
	resp, err := o.c.send(ctx, request{method: http.MethodGet, path: o.path, address: o.self})
	if err != nil {
		return nil, "", fmt.Errorf("read what %s made: %w", o.method, err)
	}
	body, err = o.c.object(http.MethodGet, o.path, resp)
	return body, resp.Header.Get("ETag"), err
}

// failed returns the error that body reports, if it does.
func (o *operation) failed(body map[string]any, asked bool) error {
	if now, _ := stateOf(body, asked); now != failed {
		return nil
	}
	e := &Error{Message: "the service gives no reason"}
	properties, _ := body["properties"].(map[string]any)
	for _, reported := range []any{body["error"], properties["error"]} {
		if reported, ok := reported.(map[string]any); ok {
			if data, err := encode(map[string]any{"error": reported}); err == nil {
				e = parseError(data)
				break
			}
		}
	}
	e.Method, e.Path = o.method, o.path
	return e
}

// lost says that the outcome can not be learned.
func (o *operation) lost(ctx context.Context, err error) error {
	switch {
	case ctx.Err() != nil:
		err = context.Cause(ctx)
	case IsNotFound(err): // no caller shall take it for "deleted already"
		err = errors.New(err.Error())
	}
	return fmt.Errorf("%s %s: wait for the operation: %w: %w", o.method, o.path, err, ErrOutcomeUnknown)
}
