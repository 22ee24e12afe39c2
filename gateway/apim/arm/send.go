package arm

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

// request is one request to be sent.
type request struct {
	method  string
	path    string   // what errors call it
	address *url.URL // where it goes
	body    []byte
	ifMatch string
	reads   bool // a POST that changes nothing
	opaque  bool // the address is a secret
	foreign bool // another host: no token, and the address is a secret
}

// send sends r with a token, and again with a new one if the service refuses
// it. An answer that is not a success is an *Error; so is a redirect, which
// the service has no reason to send.
func (c *Client) send(ctx context.Context, r request) (*httpx.Response, error) {
	token, err := c.token(ctx, r)
	if err != nil {
		return nil, fmt.Errorf("%s %s: %w", r.method, r.path, err)
	}
	resp, err := c.once(ctx, r, token)
	if err == nil && resp.Status == http.StatusUnauthorized && token != "" {
		c.o.Token.Invalidate(token)
		fresh, tokenErr := c.token(ctx, r)
		if tokenErr != nil {
			return nil, errors.Join(newError(r, resp), tokenErr)
		}
		if fresh != token {
			resp, err = c.once(ctx, r, fresh)
		}
	}
	if err != nil {
		return nil, lost(r, err)
	}
	if resp.Status >= http.StatusMultipleChoices {
		e := newError(r, resp)
		// With If-Match, a lost first attempt that was carried out makes the
		// second one fail: our own write is what does not match.
		e.unknown = resp.Unsure && r.ifMatch != "" && resp.Status == http.StatusPreconditionFailed
		return nil, e
	}
	return resp, nil
}

// token returns the token to send with r, if any.
func (c *Client) token(ctx context.Context, r request) (string, error) {
	if c.o.Token == nil || r.foreign {
		return "", nil
	}
	return c.o.Token.Token(ctx)
}

// once sends r with the given token, as often as it takes.
func (c *Client) once(ctx context.Context, r request, token string) (*httpx.Response, error) {
	var body io.Reader
	if r.body != nil {
		body = bytes.NewReader(r.body)
	}
	req, err := http.NewRequestWithContext(ctx, r.method, r.address.String(), body)
	if err != nil {
		return nil, errors.New("the address can not be used") // err shows it
	}
	if !r.foreign {
		req.Header.Set("Accept", "application/json")
	}
	if r.body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	if r.ifMatch != "" {
		req.Header.Set("If-Match", r.ifMatch)
	}
	if token != "" {
		req.Header.Set("Authorization", "Bearer "+token)
	}
	return c.o.HTTP.With(c.policy(r)).Read(req, c.o.MaxBody)
}

// lost describes a request that got no answer.
func lost(r request, err error) error {
	var e *httpx.Error
	if errors.As(err, &e) && e.Unsure && r.changes() {
		return fmt.Errorf("%w: %w", err, ErrOutcomeUnknown)
	}
	return err
}

// changes tells whether r changes something.
func (r request) changes() bool {
	return httpx.ClassOf(r.method) != httpx.Reads && !r.reads
}

// address returns the full address of a path.
func (c *Client) address(path string, q url.Values) (*url.URL, error) {
	if !strings.HasPrefix(path, "/") || strings.ContainsAny(path, "?#") {
		return nil, fmt.Errorf("read path %q: it must start with / and have neither query nor fragment", path)
	}
	u, err := url.Parse(strings.TrimRight(c.o.Endpoint.String(), "/") + path)
	if err != nil {
		return nil, fmt.Errorf("read path %q: it is not escaped", path)
	}
	query := url.Values{"api-version": {c.o.APIVersion}}
	for name, values := range q {
		query[name] = values
	}
	u.RawQuery = query.Encode()
	return u, nil
}

// own returns an address that the service handed out for us to ask, after
// making sure that it leads to the service: the token goes with it.
func (c *Client) own(link string) (*url.URL, error) {
	u, err := c.o.Endpoint.Parse(link)
	if err != nil {
		return nil, errors.New("the service names an address that can not be read")
	}
	if !sameOrigin(u, c.o.Endpoint) {
		return nil, fmt.Errorf("the service names an address at %s://%s, which is not %s: not followed", u.Scheme, u.Host, c.o.Endpoint.Host)
	}
	u.Fragment = ""
	return u, nil
}

// sameOrigin tells whether two addresses have the same scheme, host and port.
func sameOrigin(a, b *url.URL) bool {
	return a.Scheme == b.Scheme && a.User == nil && b.User == nil &&
		strings.EqualFold(a.Hostname(), b.Hostname()) && port(a) == port(b)
}

// port returns the port of an address, if only by its scheme.
func port(u *url.URL) string {
	switch {
	case u.Port() != "":
		return u.Port()
	case u.Scheme == "https":
		return "443"
	}
	return "80"
}

// decode reads a JSON object. Nothing at all, and null, are no object and no error.
func decode(data []byte) (map[string]any, error) {
	data = bytes.TrimSpace(bytes.TrimPrefix(data, []byte("\xef\xbb\xbf")))
	if len(data) == 0 {
		return nil, nil
	}
	decoder := json.NewDecoder(bytes.NewReader(data))
	decoder.UseNumber()
	var object map[string]any
	if err := decoder.Decode(&object); err != nil {
		return nil, errors.New("syntax or type") // err may quote the payload
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("there is more after its end")
	}
	return object, nil
}
