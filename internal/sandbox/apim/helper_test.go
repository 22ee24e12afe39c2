package apim

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

const (
	testService = "/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/rg/providers/Microsoft.ApiManagement/service/dev"
	testVersion = "2024-05-01"
)

// client talks to a server under test.
type client struct {
	t    *testing.T
	srv  *Server
	base string
	http *http.Client
}

// reply is an answer, read.
type reply struct {
	status int
	header http.Header
	body   map[string]any
	raw    string
}

func newClient(t *testing.T, o Options) *client {
	t.Helper()
	if o.OperationTime == 0 {
		o.OperationTime = time.Nanosecond
	}
	srv, err := New(o)
	if err != nil {
		t.Fatalf("new server: %v", err)
	}
	ts := httptest.NewServer(srv.Handler())
	t.Cleanup(func() {
		ts.Close()
		if err := srv.Close(); err != nil {
			t.Errorf("close server: %v", err)
		}
	})
	return &client{t: t, srv: srv, base: ts.URL, http: ts.Client()}
}

// do sends a request; a path without a leading slash is below the test service.
func (c *client) do(method, path string, body any, headers ...string) reply {
	c.t.Helper()
	r, err := c.try(method, path, body, headers...)
	if err != nil {
		c.t.Fatalf("%s %s: %v", method, path, err)
	}
	return r
}

func (c *client) try(method, path string, body any, headers ...string) (reply, error) {
	c.t.Helper()
	url := path
	if !strings.HasPrefix(path, "http") {
		if !strings.HasPrefix(path, "/") {
			path = strings.TrimSuffix(testService+"/"+path, "/")
		}
		sep := "?"
		if strings.Contains(path, "?") {
			sep = "&"
		}
		url = c.base + path
		if !strings.Contains(path, "api-version") && !strings.HasPrefix(path, "/_") {
			url += sep + "api-version=" + testVersion
		}
	}
	var in io.Reader
	if s, isText := body.(string); isText {
		in = strings.NewReader(s)
	} else if body != nil {
		text, err := json.Marshal(body)
		if err != nil {
			return reply{}, err
		}
		in = bytes.NewReader(text)
	}
	req, err := http.NewRequestWithContext(c.t.Context(), method, url, in)
	if err != nil {
		return reply{}, err
	}
	for i := 0; i+1 < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	res, err := c.http.Do(req)
	if err != nil {
		return reply{}, err
	}
	raw, err := io.ReadAll(res.Body)
	if closeErr := res.Body.Close(); err == nil {
		err = closeErr
	}
	out := reply{status: res.StatusCode, header: res.Header, raw: string(raw)}
	_ = json.Unmarshal(raw, &out.body) // Not every body is a JSON object.
	return out, err
}

func (c *client) want(status int, method, path string, body any, headers ...string) reply {
	c.t.Helper()
	r := c.do(method, path, body, headers...)
	if r.status != status {
		c.t.Fatalf("%s %s: got status %d, want %d\n%s", method, path, r.status, status, r.raw)
	}
	return r
}

// put creates or updates, and waits for what is long-running.
func (c *client) put(path string, props map[string]any) reply {
	c.t.Helper()
	r := c.do("PUT", path, wrap(props))
	if r.status != 200 && r.status != 201 {
		c.t.Fatalf("PUT %s: got status %d\n%s", path, r.status, r.raw)
	}
	return r
}

func (c *client) get(path string) reply {
	c.t.Helper()
	return c.want(200, "GET", path, nil)
}

func wrap(props map[string]any) any {
	if props == nil {
		return nil
	}
	return map[string]any{"properties": props}
}

// props are an answer's properties.
func (r reply) props() map[string]any { return object(r.body, "properties") }

// list is the names, or ids where there are none, of a list's entries.
func (r reply) list() []string {
	out := []string{}
	values, _ := r.body["value"].([]any)
	for _, v := range values {
		m, _ := v.(map[string]any)
		out = append(out, text(m, "name"))
	}
	return out
}

// errorText is an ARM error in one line: code, message, details.
func (r reply) errorText() string {
	e := object(r.body, "error")
	out := text(e, "code") + ": " + text(e, "message")
	details, _ := e["details"].([]any)
	for _, d := range details {
		m, _ := d.(map[string]any)
		out += fmt.Sprintf(" [%v: %v]", m["target"], m["message"])
	}
	return out
}

type obj = map[string]any
