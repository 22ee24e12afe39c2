package relay

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"net/http"
	"net/url"
	"strings"

	"github.com/lockstep-apiops/lockstep/gateway"
	"github.com/lockstep-apiops/lockstep/gateway/rest"
	"github.com/lockstep-apiops/lockstep/internal/httpx"
)

// A Client makes the calls of Relay's administration API. Retries, limits and
// time-outs are those of HTTP.
type Client struct {
	HTTP     *httpx.Client
	Endpoint string // address of the API, without a slash at the end
}

var _ rest.Client = (*Client)(nil)

// A StatusError is an answer that refuses a call.
type StatusError struct {
	Method, Path string
	Status       int
	Message      string
}

// Error says what was asked and what came back.
func (e *StatusError) Error() string {
	return fmt.Sprintf("%s %s: %d %s", e.Method, e.Path, e.Status, e.Message)
}

// maxBody is more than any answer of Relay has.
const maxBody = 16 << 20

// Pages implements rest.Client. A page has items, and a cursor if there are more.
func (c *Client) Pages(ctx context.Context, path string, q url.Values) iter.Seq2[map[string]any, error] {
	return func(yield func(map[string]any, error) bool) {
		for cursor := "first"; cursor != ""; {
			query := url.Values{"cursor": {cursor}}
			for name, values := range q {
				query[name] = values
			}
			page, _, err := c.call(ctx, http.MethodGet, path, query, nil, "")
			if err != nil {
				yield(nil, err)
				return
			}
			items, _ := page["items"].([]any)
			for _, item := range items {
				payload, ok := item.(map[string]any)
				if ok && !yield(payload, nil) {
					return
				}
			}
			cursor, _ = page["next"].(string)
		}
	}
}

// Get implements rest.Client.
func (c *Client) Get(ctx context.Context, path string, q url.Values) (map[string]any, string, error) {
	return c.call(ctx, http.MethodGet, path, q, nil, "")
}

// Head implements rest.Client.
func (c *Client) Head(ctx context.Context, path string, q url.Values) (string, bool, error) {
	_, etag, err := c.call(ctx, http.MethodGet, path, q, nil, "")
	if errors.Is(sentinel(err), gateway.ErrNotFound) {
		return "", false, nil
	}
	return etag, err == nil, err
}

// Put implements rest.Client.
func (c *Client) Put(ctx context.Context, path string, q url.Values, body any, ifMatch string) (map[string]any, string, error) {
	return c.call(ctx, http.MethodPut, path, q, body, ifMatch)
}

// Patch implements rest.Client.
func (c *Client) Patch(ctx context.Context, path string, q url.Values, body any, ifMatch string) (map[string]any, string, error) {
	return c.call(ctx, http.MethodPatch, path, q, body, ifMatch)
}

// Delete implements rest.Client.
func (c *Client) Delete(ctx context.Context, path string, q url.Values, ifMatch string) error {
	_, _, err := c.call(ctx, http.MethodDelete, path, q, nil, ifMatch)
	return err
}

// call makes one call and returns the payload of the answer and its version.
func (c *Client) call(ctx context.Context, method, path string, q url.Values, body any, ifMatch string) (map[string]any, string, error) {
	req, err := request(ctx, method, c.Endpoint+path, q, body)
	if err != nil {
		return nil, "", err
	}
	if ifMatch != "" {
		req.Header.Set("If-Match", ifMatch)
	}
	res, err := c.HTTP.Read(req, maxBody)
	if err != nil {
		return nil, "", err
	}
	if res.Status >= http.StatusBadRequest {
		return nil, "", &StatusError{method, path, res.Status, strings.TrimSpace(string(res.Body))}
	}
	if len(res.Body) == 0 {
		return nil, res.Header.Get("ETag"), nil
	}
	answer := map[string]any{}
	decoder := json.NewDecoder(bytes.NewReader(res.Body))
	decoder.UseNumber()
	if err := decoder.Decode(&answer); err != nil {
		return nil, "", fmt.Errorf("read answer to %s %s: %w", method, path, err)
	}
	return answer, res.Header.Get("ETag"), nil
}

// request returns a request with a payload, if there is one.
func request(ctx context.Context, method, address string, q url.Values, body any) (*http.Request, error) {
	var content io.Reader = http.NoBody
	if body != nil {
		text, err := json.Marshal(body)
		if err != nil {
			return nil, err
		}
		content = bytes.NewReader(text)
	}
	if len(q) > 0 {
		address += "?" + q.Encode()
	}
	return http.NewRequestWithContext(ctx, method, address, content)
}
