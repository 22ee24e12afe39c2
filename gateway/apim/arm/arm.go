// Package arm is a client for Azure Resource Manager that speaks raw JSON.
//
// It knows the protocol: tokens, ETags, paging, long-running operations in all
// the shapes the service uses, which failures are worth another attempt, and
// how errors read. It knows no kind of resource; a payload is a
// map[string]any and keeps every field it came with. Numbers are json.Number,
// so that large ones and 1.0 travel unchanged.
//
// Paths are relative to the endpoint, start with "/" and are escaped already:
// build them with Path or Escape. The client adds api-version where the query
// has none.
package arm

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"time"

	"github.com/lockstep-apiops/lockstep/internal/azure"
	"github.com/lockstep-apiops/lockstep/internal/httpx"
)

// Options says whom a Client talks to and how.
type Options struct {
	// HTTP sends the requests. Required.
	HTTP *httpx.Client
	// Token gives the bearer token. Default: none is sent.
	Token azure.TokenSource
	// Endpoint is the address of Azure Resource Manager. Required.
	Endpoint *url.URL
	// APIVersion is sent where the query names none. Required.
	APIVersion string
	// Logger gets a line per long-running operation. Default: no log.
	Logger *slog.Logger
	// PollInterval is the first pause between two looks at a long-running
	// operation, most of which are done at once; it grows by half each time, to
	// five seconds. The service's Retry-After goes before it. Default 250
	// milliseconds.
	PollInterval time.Duration
	// Attempts is how often a request is sent in all, throttled ones and those
	// that met a lock not counted. Default 8.
	Attempts int
	// PollTimeout is how long to wait for a long-running operation. Default 30 minutes.
	PollTimeout time.Duration
	// MaxBody is the most bytes to read of one answer. Default 64 MiB.
	MaxBody int64
}

// Client talks to one endpoint. It is safe for concurrent use.
type Client struct {
	o        Options
	final500 bool // 500 is an answer, no failure
}

// New returns a Client that behaves as o says.
func New(o Options) (*Client, error) {
	if o.HTTP == nil || o.APIVersion == "" {
		return nil, errors.New("make resource manager client: HTTP and APIVersion are required")
	}
	if err := azure.CheckEndpoint(o.Endpoint); err != nil {
		return nil, fmt.Errorf("make resource manager client: %w", err)
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.PollInterval <= 0 {
		o.PollInterval = 250 * time.Millisecond
	}
	if o.Attempts <= 0 {
		o.Attempts = 8
	}
	if o.PollTimeout <= 0 {
		o.PollTimeout = 30 * time.Minute
	}
	return &Client{o: o}, nil
}

// RemainingHeaders returns the headers in which Azure Resource Manager tells
// how many requests are left, for httpx.Options.Remaining.
func RemainingHeaders() map[httpx.Class]string {
	return map[httpx.Class]string{
		httpx.Reads:   "x-ms-ratelimit-remaining-subscription-reads",
		httpx.Writes:  "x-ms-ratelimit-remaining-subscription-writes",
		httpx.Deletes: "x-ms-ratelimit-remaining-subscription-deletes",
	}
}

// NoRetryOn500 returns a client that takes a status of 500 for the answer it
// is in some places: a wiki that is not there, a definition that can not be
// exported. Other failures are retried as ever.
func (c *Client) NoRetryOn500() *Client {
	derived := *c
	derived.final500 = true
	return &derived
}

// Get returns the resource at path and its ETag. A resource that is not there
// is an error for which IsNotFound holds.
func (c *Client) Get(ctx context.Context, path string, q url.Values) (body map[string]any, etag string, err error) {
	resp, err := c.do(ctx, http.MethodGet, path, q, nil, "")
	if err != nil {
		return nil, "", err
	}
	body, err = c.object(http.MethodGet, path, resp)
	return body, resp.Header.Get("ETag"), err
}

// Raw returns the bytes at path, for the few answers that are not JSON.
func (c *Client) Raw(ctx context.Context, path string, q url.Values) (body []byte, header http.Header, err error) {
	resp, err := c.do(ctx, http.MethodGet, path, q, nil, "")
	if err != nil {
		return nil, nil, err
	}
	return resp.Body, resp.Header, nil
}

// Head tells whether there is something at path, and its ETag if it has one. A
// service that is missing altogether is an error.
func (c *Client) Head(ctx context.Context, path string, q url.Values) (etag string, found bool, err error) {
	resp, err := c.do(ctx, http.MethodHead, path, q, nil, "")
	if IsNotFound(err) && !IsServiceMissing(err) {
		return "", false, nil
	}
	if err != nil {
		return "", false, err
	}
	return resp.Header.Get("ETag"), true, nil
}

// Put creates or replaces the resource at path, waits until that is done, and
// returns the resource as the service has it, with its ETag. A nil body, or a
// nil map, sends none, as associations want it.
func (c *Client) Put(ctx context.Context, path string, q url.Values, body any, ifMatch string) (result map[string]any, etag string, err error) {
	return c.change(ctx, http.MethodPut, path, q, body, ifMatch)
}

// Patch changes the resource at path as a JSON merge patch does, waits until
// that is done, and returns the resource as the service has it.
func (c *Client) Patch(ctx context.Context, path string, q url.Values, body any, ifMatch string) (result map[string]any, etag string, err error) {
	return c.change(ctx, http.MethodPatch, path, q, body, ifMatch)
}

// Delete removes the resource at path and waits until that is done. A resource
// that was not there is success where the service says so (204), or else an
// error for which IsNotFound holds.
func (c *Client) Delete(ctx context.Context, path string, q url.Values, ifMatch string) error {
	_, _, err := c.change(ctx, http.MethodDelete, path, q, nil, ifMatch)
	return err
}

// Post sends an action, waits until it is done, and returns what it answers.
// It is not sent again once it may have been carried out: use Query for
// actions that only read.
func (c *Client) Post(ctx context.Context, path string, q url.Values, body any) (result map[string]any, err error) {
	result, _, err = c.change(ctx, http.MethodPost, path, q, body, "")
	return result, err
}

// Query sends an action that only reads, such as listSecrets, and returns what
// it answers. It is repeated like a Get.
func (c *Client) Query(ctx context.Context, path string, q url.Values, body any) (result map[string]any, err error) {
	payload, err := encode(body)
	if err != nil {
		return nil, fmt.Errorf("%s %s: %w", http.MethodPost, path, err)
	}
	address, err := c.address(path, q)
	if err != nil {
		return nil, err
	}
	resp, err := c.send(ctx, request{method: http.MethodPost, path: path, address: address, body: payload, reads: true})
	if err != nil {
		return nil, err
	}
	return c.object(http.MethodPost, path, resp)
}

// Fetch returns the bytes that link leads to: a link the service handed out,
// good for some minutes. Any https host will do, because the token is not
// sent along; plain http only if it is the endpoint's own host. The link
// appears in no log and no error.
func (c *Client) Fetch(ctx context.Context, link string) ([]byte, error) {
	address, err := url.Parse(link)
	if err != nil || address.Host == "" {
		return nil, errors.New("fetch link: it is not an address")
	}
	if address.Scheme != "https" && !sameOrigin(address, c.o.Endpoint) {
		return nil, fmt.Errorf("fetch link: it leads to %s without encryption", address.Host)
	}
	resp, err := c.send(ctx, request{method: http.MethodGet, path: address.Host, address: address, foreign: true})
	if err != nil {
		return nil, fmt.Errorf("fetch link: %w", err)
	}
	return resp.Body, nil
}

// do sends a request to a path and returns its answer, which is no error.
func (c *Client) do(ctx context.Context, method, path string, q url.Values, body []byte, ifMatch string) (*httpx.Response, error) {
	address, err := c.address(path, q)
	if err != nil {
		return nil, err
	}
	return c.send(ctx, request{method: method, path: path, address: address, body: body, ifMatch: ifMatch})
}

// change sends a request that changes something and waits for the outcome.
func (c *Client) change(ctx context.Context, method, path string, q url.Values, body any, ifMatch string) (map[string]any, string, error) {
	payload, err := encode(body)
	if err != nil {
		return nil, "", fmt.Errorf("%s %s: %w", method, path, err)
	}
	resp, err := c.do(ctx, method, path, q, payload, ifMatch)
	if err != nil {
		return nil, "", err
	}
	return c.settle(ctx, method, path, q, resp)
}

// object reads an answer's body as a JSON object.
func (c *Client) object(method, path string, resp *httpx.Response) (map[string]any, error) {
	body, err := decode(resp.Body)
	if err != nil {
		return nil, fmt.Errorf("%s %s: answer of status %d is no JSON object (%w): %s", method, path, resp.Status, err, summary(resp.Body))
	}
	return body, nil
}

// encode returns body as JSON, or nothing for nil.
func encode(body any) ([]byte, error) {
	var b bytes.Buffer
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false) // a policy would grow by half
	if err := encoder.Encode(body); err != nil {
		return nil, fmt.Errorf("encode body: %w", err)
	}
	data := bytes.TrimSpace(b.Bytes())
	if string(data) == "null" {
		return nil, nil
	}
	return data, nil
}
