package apitest

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
)

// A Transport passes requests on, and fails its test for those, and for answers,
// that the description does not have. It is for a client in place of its own
// transport.
type Transport struct {
	T           testing.TB
	Description *Description
	// Next carries out the requests.
	Next http.RoundTripper
	// Prefixes are what may stand before the paths of the API; the longest
	// that fits is taken off.
	Prefixes []string
	// Other tells which paths are not of the API, such as those of GraphQL.
	Other func(path string) bool
	// Broken tells which answers are not meant to be the API's: those that a
	// test has put in the place of the real one.
	Broken func(*http.Response) bool

	mu      sync.Mutex
	checked int
}

// Checked returns how many requests were held against the description.
func (x *Transport) Checked() int {
	x.mu.Lock()
	defer x.mu.Unlock()
	return x.checked
}

// RoundTrip implements [http.RoundTripper].
func (x *Transport) RoundTrip(r *http.Request) (*http.Response, error) {
	path := x.path(r.URL.EscapedPath())
	if x.Other != nil && x.Other(path) {
		return x.Next.RoundTrip(r)
	}
	body, err := drain(&r.Body)
	if err != nil {
		return nil, err
	}
	x.mu.Lock()
	x.checked++
	x.mu.Unlock()
	if err := x.Description.CheckRequest(r.Method, path, r.URL.Query(), body); err != nil {
		x.T.Errorf("request: %v", err)
	}
	resp, err := x.Next.RoundTrip(r)
	if err != nil || x.Broken != nil && x.Broken(resp) {
		return resp, err
	}
	answer, err := drain(&resp.Body)
	if err != nil {
		return nil, err
	}
	if err := x.Description.CheckAnswer(r.Method, path, resp.StatusCode, answer); err != nil {
		x.T.Errorf("%v", err)
	}
	return resp, nil
}

func (x *Transport) path(path string) string {
	longest := ""
	for _, prefix := range x.Prefixes {
		if len(prefix) > len(longest) && strings.HasPrefix(path, prefix+"/") {
			longest = prefix
		}
	}
	return strings.TrimPrefix(path, longest)
}

// drain reads a body and puts another in its place that reads the same.
func drain(body *io.ReadCloser) ([]byte, error) {
	if *body == nil {
		return nil, nil
	}
	text, err := io.ReadAll(*body)
	if err != nil {
		return nil, fmt.Errorf("read body: %w", err)
	}
	if err := (*body).Close(); err != nil {
		return nil, fmt.Errorf("read body: %w", err)
	}
	*body = io.NopCloser(bytes.NewReader(text))
	return text, nil
}
