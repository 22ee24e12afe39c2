// Package central is a client for Amplify Central's API Server that speaks raw
// JSON.
//
// It knows the protocol: the login of service accounts, both ways in which
// lists are paged, which failures are worth another attempt, and how errors
// read. It knows no kind of resource; a payload is a map[string]any and keeps
// every field it came with. Numbers are json.Number.
package central

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"

	"github.com/lockstep-apiops/lockstep/internal/httpx"
)

// A TokenSource gives bearer tokens.
type TokenSource interface {
	// Token returns a token that is good for a while.
	Token(ctx context.Context) (string, error)
	// Invalidate says that a token was refused.
	Invalidate(token string)
}

// Options say whom a Client talks to and how.
type Options struct {
	HTTP     *httpx.Client // sends the requests; required
	Token    TokenSource   // nil: none is sent
	Base     *url.URL      // address of Amplify Central; required
	Platform *url.URL      // address of the platform, which knows the teams; nil: it is not asked
	Org      string        // id of the organization; "" takes that of the token
	PageSize int           // resources to a page of a list; 0 is 100
}

// A Client talks to one organization. It is safe for concurrent use.
type Client struct{ o Options }

// New returns a Client that behaves as the options say.
func New(o Options) (*Client, error) {
	if o.HTTP == nil || o.Base == nil || o.Base.Host == "" {
		return nil, errors.New("make client of amplify central: HTTP and Base are required")
	}
	if o.PageSize <= 0 {
		o.PageSize = 100
	}
	return &Client{o: o}, nil
}

// maxBody is more than any answer has.
const maxBody = 64 << 20

// Get returns the resource at a path below /apis.
func (c *Client) Get(ctx context.Context, path string, q url.Values) (map[string]any, error) {
	res, err := c.call(ctx, request{method: http.MethodGet, path: path, query: q})
	if err != nil {
		return nil, err
	}
	return object(res)
}

// Post adds a resource to the collection at a path and returns it as the
// server has it.
func (c *Client) Post(ctx context.Context, path string, body map[string]any) (map[string]any, error) {
	res, err := c.call(ctx, request{method: http.MethodPost, path: path, body: body})
	if err != nil {
		return nil, err
	}
	return object(res)
}

// Put replaces the resource, or the part of one, at a path and returns it as
// the server has it.
func (c *Client) Put(ctx context.Context, path string, q url.Values, body map[string]any) (map[string]any, error) {
	res, err := c.call(ctx, request{method: http.MethodPut, path: path, query: q, body: body})
	if err != nil {
		return nil, err
	}
	return object(res)
}

// An Op is one change that Patch makes.
type Op struct {
	Op    string `json:"op"` // "add", "replace" or "remove"
	Path  string `json:"path"`
	Value any    `json:"value,omitempty"`
}

// Patch changes fields of the resource at a path.
func (c *Client) Patch(ctx context.Context, path string, ops []Op) error {
	_, err := c.call(ctx, request{method: http.MethodPatch, path: path, body: ops, content: "application/json-patch+json"})
	return err
}

// Delete removes the resource at a path. Pending says that the server will
// do so later, when whoever guards it agrees.
func (c *Client) Delete(ctx context.Context, path string, q url.Values) (pending bool, err error) {
	res, err := c.call(ctx, request{method: http.MethodDelete, path: path, query: q})
	return err == nil && res.status == http.StatusAccepted, err
}

// A request is one call before it has an address.
type request struct {
	method, path string
	query        url.Values
	body         any
	content      string // type of the body; "" is JSON
	platform     bool   // goes to the platform, not to the API Server
	beside       bool   // goes to another API of Central, beside the API Server
}

// An answer is what came back, and what for.
type answer struct {
	request
	status int
	header http.Header
	body   []byte
}

// call sends a request, once more with another token if the first is refused.
func (c *Client) call(ctx context.Context, r request) (*answer, error) {
	res, token, err := c.send(ctx, r)
	if err == nil && res.status == http.StatusUnauthorized && c.o.Token != nil {
		c.o.Token.Invalidate(token)
		res, _, err = c.send(ctx, r)
	}
	if err != nil {
		return nil, err
	}
	if res.status >= http.StatusMultipleChoices {
		return nil, statusError(res)
	}
	return res, nil
}

func (c *Client) send(ctx context.Context, r request) (*answer, string, error) {
	req, err := c.newRequest(ctx, r)
	if err != nil {
		return nil, "", fmt.Errorf("%s %s: %w", r.method, r.path, err)
	}
	token := ""
	if c.o.Token != nil {
		if token, err = c.o.Token.Token(ctx); err != nil {
			return nil, "", err
		}
		req.Header.Set("Authorization", "Bearer "+token)
	}
	if c.o.Org != "" {
		req.Header.Set("X-Axway-Tenant-Id", c.o.Org)
	}
	res, err := c.o.HTTP.Read(req, maxBody)
	if err != nil {
		return nil, token, err
	}
	return &answer{request: r, status: res.Status, header: res.Header, body: res.Body}, token, nil
}

func (c *Client) newRequest(ctx context.Context, r request) (*http.Request, error) {
	address := strings.TrimSuffix(c.o.Base.String(), "/") + "/apis" + r.path
	switch {
	case r.platform:
		address = strings.TrimSuffix(c.o.Platform.String(), "/") + r.path
	case r.beside:
		address = strings.TrimSuffix(c.o.Base.String(), "/") + r.path
	}
	if len(r.query) > 0 {
		address += "?" + r.query.Encode()
	}
	var content io.Reader = http.NoBody
	if text, ok := r.body.([]byte); ok {
		content = bytes.NewReader(text)
	} else if r.body != nil {
		var b bytes.Buffer
		e := json.NewEncoder(&b)
		e.SetEscapeHTML(false)
		if err := e.Encode(r.body); err != nil {
			return nil, fmt.Errorf("encode body: %w", err)
		}
		content = &b
	}
	req, err := http.NewRequestWithContext(ctx, r.method, address, content)
	if err != nil {
		return nil, err
	}
	req.Header.Set("Accept", "application/json")
	if r.body != nil {
		kind := r.content
		if kind == "" {
			kind = "application/json"
		}
		req.Header.Set("Content-Type", kind)
	}
	return req, nil
}

// object reads an answer's body as a JSON object.
func object(res *answer) (map[string]any, error) {
	body := map[string]any{}
	if len(bytes.TrimSpace(res.body)) == 0 {
		return body, nil
	}
	if err := decode(res, &body); err != nil {
		return nil, err
	}
	return body, nil
}

// decode reads all of an answer's body as JSON.
func decode(res *answer, to any) error {
	d := json.NewDecoder(bytes.NewReader(res.body))
	d.UseNumber()
	err := d.Decode(to)
	if err == nil && d.More() {
		err = errors.New("there is more than one value")
	}
	if err != nil {
		return fmt.Errorf("read answer to %s %s: %w", res.method, res.path, err)
	}
	return nil
}
