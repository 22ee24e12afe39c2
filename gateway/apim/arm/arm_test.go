package arm

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/lockstep-apiops/lockstep/internal/httpx"
)

// reply is one answer of the script.
type reply struct {
	status int
	body   string
	header map[string]string
	err    error
}

// script is the service: it answers in order, and keeps what was asked. An
// entry of asked is "METHOD /path?query @seconds".
type script struct {
	replies []reply

	mu       sync.Mutex
	start    time.Time
	asked    []string
	requests []*http.Request
	bodies   []string
}

func (s *script) RoundTrip(req *http.Request) (*http.Response, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	body := ""
	if req.Body != nil {
		data, err := io.ReadAll(req.Body)
		if err = errors.Join(err, req.Body.Close()); err != nil {
			return nil, err
		}
		body = string(data)
	}
	target := req.URL.RequestURI()
	if req.URL.Host != "arm.test" {
		target = req.URL.Host + target
	}
	s.asked = append(s.asked, fmt.Sprintf("%s %s @%g", req.Method, target, time.Since(s.start).Seconds()))
	s.requests, s.bodies = append(s.requests, req), append(s.bodies, body)
	if len(s.asked) > len(s.replies) {
		return nil, fmt.Errorf("unexpected request %d: %s %s", len(s.asked), req.Method, target)
	}
	r := s.replies[len(s.asked)-1]
	if r.err != nil {
		return nil, r.err
	}
	header := http.Header{}
	for name, value := range r.header {
		header.Set(name, value)
	}
	return &http.Response{StatusCode: r.status, Header: header, Body: io.NopCloser(strings.NewReader(r.body))}, nil
}

// tokens gives t1, then t2 after t1 was refused, and so on.
type tokens struct {
	mu sync.Mutex
	n  int
	no bool // gives the same for ever
}

func (s *tokens) Token(context.Context) (string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return fmt.Sprintf("t%d", s.n+1), nil
}

func (s *tokens) Invalidate(token string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.no && token == fmt.Sprintf("t%d", s.n+1) {
		s.n++
	}
}

// newTest returns a client whose service answers with the replies. It is to be
// called in a synctest bubble where time matters.
func newTest(t *testing.T, replies ...reply) (*Client, *script) {
	t.Helper()
	s := &script{replies: replies, start: time.Now()}
	endpoint, err := url.Parse("https://arm.test")
	if err != nil {
		t.Fatal(err)
	}
	c, err := New(Options{
		PollInterval: time.Second,
		HTTP:         httpx.New(httpx.Options{Transport: s}), Endpoint: endpoint, APIVersion: "v1", Token: &tokens{},
	})
	if err != nil {
		t.Fatal(err)
	}
	return c, s
}

const (
	api    = "/s/apis/a"
	apiURI = "/s/apis/a?api-version=v1"
)

var errReset = &net.OpError{Op: "read", Net: "tcp", Err: errors.New("connection reset by peer")}

func text(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

// without drops the times from what was asked.
func without(asked []string) (uris []string) {
	for _, a := range asked {
		uri, _, _ := strings.Cut(a, " @")
		uris = append(uris, uri)
	}
	return uris
}

func TestGet(t *testing.T) {
	c, s := newTest(t, reply{status: 200, header: map[string]string{"ETag": `"e1"`},
		body: "\xef\xbb\xbf" + `{"a":1.0,"b":12345678901234567890,"c":1,"d":{"new":[true,null]}}`})
	body, etag, err := c.Get(t.Context(), api, url.Values{"format": {"rawxml"}})
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]any{"a": json.Number("1.0"), "b": json.Number("12345678901234567890"), "c": json.Number("1"),
		"d": map[string]any{"new": []any{true, nil}}}
	if diff := cmp.Diff(want, body); diff != "" {
		t.Errorf("body (-want +got):\n%s", diff)
	}
	if etag != `"e1"` {
		t.Errorf("got etag %s", etag)
	}
	if diff := cmp.Diff([]string{"GET /s/apis/a?api-version=v1&format=rawxml"}, without(s.asked)); diff != "" {
		t.Errorf("asked (-want +got):\n%s", diff)
	}
	if got := s.requests[0].Header.Get("Authorization"); got != "Bearer t1" {
		t.Errorf("got authorization %q", got)
	}
}

func TestPutRoundTripsItsPayload(t *testing.T) {
	const payload = `{"a":1.0,"b":12345678901234567890,"c":"<&>"}`
	c, s := newTest(t, reply{status: 201, body: payload, header: map[string]string{"ETag": `"e1"`}})
	body, err := decode([]byte(payload))
	if err != nil {
		t.Fatal(err)
	}
	got, etag, err := c.Put(t.Context(), api, nil, body, `"e0"`)
	if err != nil {
		t.Fatal(err)
	}
	if s.bodies[0] != payload {
		t.Errorf("sent %s, want %s", s.bodies[0], payload)
	}
	if diff := cmp.Diff(body, got); diff != "" || etag != `"e1"` {
		t.Errorf("got etag %s and (-want +got):\n%s", etag, diff)
	}
	h := s.requests[0].Header
	if h.Get("If-Match") != `"e0"` || h.Get("Content-Type") != "application/json" {
		t.Errorf("got headers %v", h)
	}
}

func TestPutWithoutBody(t *testing.T) {
	for name, body := range map[string]any{"nil": nil, "nil map": map[string]any(nil)} {
		t.Run(name, func(t *testing.T) {
			c, s := newTest(t, reply{status: 200, body: `{"properties":{"provisioningState":"created"}}`})
			if _, _, err := c.Put(t.Context(), api, nil, body, ""); err != nil {
				t.Fatal(err)
			}
			if s.bodies[0] != "" || s.requests[0].Header.Get("Content-Type") != "" || s.requests[0].Header.Get("If-Match") != "" {
				t.Errorf("sent %q with headers %v, want nothing", s.bodies[0], s.requests[0].Header)
			}
		})
	}
}

func TestHead(t *testing.T) {
	tests := []struct {
		name      string
		reply     reply
		wantFound bool
		wantErr   string
	}{
		{"there", reply{status: 200, header: map[string]string{"ETag": "e"}}, true, ""},
		{"linked", reply{status: 204}, true, ""},
		{"absent", reply{status: 404}, false, ""},
		{"service missing", reply{status: 404, header: map[string]string{"x-ms-failure-cause": "gateway"}}, false, "HEAD /s/apis/a: 404 Not Found"},
		{"denied", reply{status: 403}, false, "HEAD /s/apis/a: 403 Forbidden"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c, _ := newTest(t, tt.reply)
			etag, found, err := c.Head(t.Context(), api, nil)
			if found != tt.wantFound || text(err) != tt.wantErr || etag != tt.reply.header["ETag"] {
				t.Errorf("got %q, %t, %v, want %t, %s", etag, found, err, tt.wantFound, tt.wantErr)
			}
		})
	}
}

func TestPostAndQuery(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, s := newTest(t, reply{status: 503}, reply{status: 200, body: `{"value":"x"}`}, reply{err: errReset}, reply{status: 204})
		got, err := c.Query(t.Context(), "/s/namedValues/n/listValue", nil, nil)
		if err != nil || got["value"] != "x" {
			t.Errorf("query: got %v, %v, want x after a second attempt", got, err)
		}
		_, err = c.Post(t.Context(), "/s/gateways/g/regenerateKey", nil, map[string]any{"keyType": "primary"})
		if !errors.Is(err, ErrOutcomeUnknown) || len(s.asked) != 3 {
			t.Errorf("post: got %v after %d requests, want an unknown outcome after 3", err, len(s.asked))
		}
		if got, err := c.Post(t.Context(), "/s/gateways/g/regenerateKey", nil, nil); got != nil || err != nil {
			t.Errorf("post: got %v, %v", got, err)
		}
	})
}

func TestPatchAndDelete(t *testing.T) {
	c, s := newTest(t, reply{status: 204}, reply{status: 204}, reply{status: 404})
	if body, _, err := c.Patch(t.Context(), api, nil, map[string]any{"a": 1}, "*"); body != nil || err != nil {
		t.Errorf("patch: got %v, %v", body, err)
	}
	if err := c.Delete(t.Context(), api, url.Values{"deleteRevisions": {"true"}}, "*"); err != nil {
		t.Errorf("delete: got %v", err)
	}
	if err := c.Delete(t.Context(), api, nil, ""); !IsNotFound(err) {
		t.Errorf("delete: got %v, want not found", err)
	}
	want := []string{"PATCH " + apiURI, "DELETE " + apiURI + "&deleteRevisions=true", "DELETE " + apiURI}
	if diff := cmp.Diff(want, without(s.asked)); diff != "" {
		t.Errorf("asked (-want +got):\n%s", diff)
	}
	if s.bodies[0] != `{"a":1}` || s.requests[0].Header.Get("If-Match") != "*" || s.requests[1].Header.Get("If-Match") != "*" {
		t.Errorf("sent %q with headers %v, %v", s.bodies[0], s.requests[0].Header, s.requests[1].Header)
	}
}

func TestBodyThatIsNoJSON(t *testing.T) {
	c, s := newTest(t)
	body := map[string]any{"f": func() {}}
	const want = "/s/apis/a: encode body: json: unsupported type: func()"
	if _, _, err := c.Put(t.Context(), api, nil, body, ""); text(err) != "PUT "+want {
		t.Errorf("put: got %v, want PUT %s", err, want)
	}
	if _, err := c.Query(t.Context(), api, nil, body); text(err) != "POST "+want {
		t.Errorf("query: got %v, want POST %s", err, want)
	}
	if len(s.asked) != 0 {
		t.Errorf("got %d requests, want none", len(s.asked))
	}
}

func TestRaw(t *testing.T) {
	c, _ := newTest(t, reply{status: 200, body: "<policies/>", header: map[string]string{"Content-Type": "text/xml"}}, reply{status: 404})
	body, header, err := c.Raw(t.Context(), api, nil)
	if err != nil || string(body) != "<policies/>" || header.Get("Content-Type") != "text/xml" {
		t.Errorf("got %q, %v, %v", body, header, err)
	}
	if _, _, err := c.Raw(t.Context(), api, nil); !IsNotFound(err) {
		t.Errorf("got %v, want not found", err)
	}
}

func TestUnauthorized(t *testing.T) {
	denied := reply{status: 401, body: `{"error":{"code":"ExpiredAuthenticationToken","message":"The access token expired."}}`}
	t.Run("asks for another token once", func(t *testing.T) {
		c, s := newTest(t, denied, reply{status: 200, body: `{}`})
		if _, _, err := c.Put(t.Context(), api, nil, map[string]any{}, ""); err != nil {
			t.Fatal(err)
		}
		if got := s.requests[1].Header.Get("Authorization"); got != "Bearer t2" || s.bodies[1] != "{}" {
			t.Errorf("got authorization %q and body %q the second time", got, s.bodies[1])
		}
	})
	t.Run("not twice", func(t *testing.T) {
		c, s := newTest(t, denied, denied)
		_, _, err := c.Get(t.Context(), api, nil)
		if want := "GET /s/apis/a: 401 ExpiredAuthenticationToken: The access token expired."; text(err) != want || !IsDenied(err) {
			t.Errorf("got %v, want %s", err, want)
		}
		if len(s.asked) != 2 {
			t.Errorf("got %d requests, want 2", len(s.asked))
		}
	})
	t.Run("not with the same token", func(t *testing.T) {
		c, s := newTest(t, denied)
		c.o.Token = &tokens{no: true}
		if _, _, err := c.Get(t.Context(), api, nil); !IsDenied(err) || len(s.asked) != 1 {
			t.Errorf("got %v after %d requests, want denied after 1", err, len(s.asked))
		}
	})
}

func TestPages(t *testing.T) {
	page := func(next string, names ...string) reply {
		var items []string
		for _, n := range names {
			items = append(items, fmt.Sprintf(`{"name":%q}`, n))
		}
		return reply{status: 200, body: fmt.Sprintf(`{"value":[%s],"count":9,"nextLink":%s}`, strings.Join(items, ","), next)}
	}
	tests := []struct {
		name      string
		replies   []reply
		want      []string
		wantAsked []string
		wantErr   string
	}{
		{"one page", []reply{{status: 200, body: `{"value":[{"name":"a"}]}`}}, []string{"a"}, []string{"GET " + apiURI}, ""},
		{"null link", []reply{page(`null`, "a", "b")}, []string{"a", "b"}, []string{"GET " + apiURI}, ""},
		{"empty link, no items", []reply{page(`""`)}, nil, []string{"GET " + apiURI}, ""},
		{"null value", []reply{{status: 200, body: `{"value":null}`}}, nil, []string{"GET " + apiURI}, ""},
		{"links are followed as they are", []reply{page(`"https://ARM.test:443/s/apis/a?%24skip=2&api-version=other"`, "a"), page(`"/relative?x=1"`, "b"), page(`null`, "c")},
			[]string{"a", "b", "c"},
			[]string{"GET " + apiURI, "GET ARM.test:443/s/apis/a?%24skip=2&api-version=other", "GET /relative?x=1"}, ""},
		{"another host", []reply{page(`"https://evil.test/s?sig=hunter2"`, "a")}, nil, []string{"GET " + apiURI},
			"GET /s/apis/a: next page: the service names an address at https://evil.test, which is not arm.test: not followed"},
		{"another scheme", []reply{page(`"http://arm.test/s"`, "a")}, nil, []string{"GET " + apiURI},
			"GET /s/apis/a: next page: the service names an address at http://arm.test, which is not arm.test: not followed"},
		{"another user", []reply{page(`"https://u:p@arm.test/s"`, "a")}, nil, []string{"GET " + apiURI},
			"GET /s/apis/a: next page: the service names an address at https://arm.test, which is not arm.test: not followed"},
		{"no address", []reply{page(`":"`, "a")}, nil, []string{"GET " + apiURI}, "GET /s/apis/a: next page: the service names an address that can not be read"},
		{"loop", []reply{page(`"https://arm.test/p2"`, "a"), page(`"https://arm.test/p2"`, "b")}, []string{"a", "b"},
			[]string{"GET " + apiURI, "GET /p2"}, "GET /s/apis/a: the list leads back to a page it had before"},
		{"not found", []reply{{status: 404, body: `{"error":{"code":"ResourceNotFound","message":"Api not found.","details":null}}`}}, nil,
			[]string{"GET " + apiURI}, "GET /s/apis/a: 404 ResourceNotFound: Api not found."},
		{"no list", []reply{{status: 200, body: `{"value":{"a":1}}`}}, nil, []string{"GET " + apiURI}, "GET /s/apis/a: the answer is no list: it has no array named value"},
		{"nothing", []reply{{status: 200}}, nil, []string{"GET " + apiURI}, "GET /s/apis/a: the answer is no list: it has no array named value"},
		{"item is no object", []reply{{status: 200, body: `{"value":[1]}`}}, nil, []string{"GET " + apiURI}, "GET /s/apis/a: an item of the list is no object"},
		{"link is no text", []reply{page(`7`, "a")}, nil, []string{"GET " + apiURI}, "GET /s/apis/a: nextLink is no text"},
		{"no json", []reply{{status: 200, body: "<html><title>Sign in</title></html>"}}, nil, []string{"GET " + apiURI},
			"GET /s/apis/a: answer of status 200 is no JSON object (syntax or type): Sign in"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c, s := newTest(t, tt.replies...)
			var got []string
			var err error
			for item, e := range c.Pages(t.Context(), api, nil) {
				if e != nil {
					err = e
					continue
				}
				got = append(got, item["name"].(string))
			}
			if text(err) != tt.wantErr {
				t.Errorf("got error %v, want %s", err, tt.wantErr)
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("items (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(tt.wantAsked, without(s.asked)); diff != "" {
				t.Errorf("asked (-want +got):\n%s", diff)
			}
		})
	}
	t.Run("stops when told", func(t *testing.T) {
		c, s := newTest(t, page(`"/p2"`, "a", "b"))
		for _, err := range c.Pages(t.Context(), api, nil) {
			if err != nil {
				t.Error(err)
			}
			break
		}
		if len(s.asked) != 1 {
			t.Errorf("got %d requests, want 1", len(s.asked))
		}
	})
	t.Run("cancelled between pages", func(t *testing.T) {
		c, s := newTest(t, page(`"/p2"`, "a"))
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		var last error
		for _, err := range c.Pages(ctx, api, nil) {
			cancel()
			last = err
		}
		if !errors.Is(last, context.Canceled) || len(s.asked) != 1 {
			t.Errorf("got %v after %d requests, want context.Canceled after 1", last, len(s.asked))
		}
	})
}

func TestFetch(t *testing.T) {
	tests := []struct {
		name, endpoint, link string
		reply                reply
		wantErr              string
	}{
		{"another host", "https://arm.test", "https://blob.test/c/x?sig=hunter2", reply{status: 200, body: "openapi"}, ""},
		{"sandbox", "http://127.0.0.1:8080", "http://127.0.0.1:8080/blob?sig=hunter2", reply{status: 200, body: "openapi"}, ""},
		{"plain", "https://arm.test", "http://blob.test/c/x?sig=hunter2", reply{}, "fetch link: it leads to blob.test without encryption"},
		{"plain, other port", "http://127.0.0.1:8080", "http://127.0.0.1:8081/blob?sig=hunter2", reply{}, "fetch link: it leads to 127.0.0.1:8081 without encryption"},
		{"no address", "https://arm.test", "hunter2", reply{}, "fetch link: it is not an address"},
		{"gone", "https://arm.test", "https://blob.test/hunter2?sig=hunter2",
			reply{status: 403, body: `<?xml version="1.0"?><Error><Code>AuthenticationFailed</Code><Message>Signature expired</Message></Error>`},
			"fetch link: GET blob.test: 403 AuthenticationFailed Signature expired"},
		{"redirect", "https://arm.test", "https://blob.test/c?sig=hunter2", reply{status: 302, header: map[string]string{"Location": "http://evil.test"}},
			"fetch link: GET blob.test: 302 Found"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c, s := newTest(t, tt.reply)
			endpoint, err := url.Parse(tt.endpoint)
			if err != nil {
				t.Fatal(err)
			}
			c.o.Endpoint = endpoint
			got, err := c.Fetch(t.Context(), tt.link)
			if text(err) != tt.wantErr || strings.Contains(text(err), "hunter2") {
				t.Fatalf("got error %v, want %s", err, tt.wantErr)
			}
			if err == nil && string(got) != tt.reply.body {
				t.Errorf("got %q, want %q", got, tt.reply.body)
			}
			for _, r := range s.requests {
				if r.Header.Get("Authorization") != "" {
					t.Error("the token was sent along")
				}
			}
		})
	}
}

func TestNew(t *testing.T) {
	stack := httpx.New(httpx.Options{})
	tests := []struct {
		name    string
		o       Options
		wantErr string
	}{
		{"nothing", Options{}, "make resource manager client: HTTP and APIVersion are required"},
		{"no endpoint", Options{HTTP: stack, APIVersion: "v"}, `make resource manager client: read resource manager endpoint: it has no host; it looks like "https://management.azure.com"`},
		{"plain http", Options{HTTP: stack, APIVersion: "v", Endpoint: &url.URL{Scheme: "http", Host: "arm.test"}},
			"make resource manager client: read resource manager endpoint arm.test: plain http is allowed to a loopback address only; use https"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if _, err := New(tt.o); text(err) != tt.wantErr {
				t.Errorf("got %v, want %s", err, tt.wantErr)
			}
		})
	}
	if got := len(RemainingHeaders()); got != 3 {
		t.Errorf("got %d headers, want one per class", got)
	}
}

func TestPaths(t *testing.T) {
	for name, want := range map[string]string{
		"echo": "echo", "a;rev=2": "a%3Brev=2", "a/b": "a%2Fb", "50% off?#": "50%25%20off%3F%23", "..": "%2E%2E", ".": "%2E", "ä": "%C3%A4",
	} {
		if got := Escape(name); got != want {
			t.Errorf("Escape(%q): got %q, want %q", name, got, want)
		}
	}
	if got, want := Path("apis", "a;rev=2", "operations", "a/b"), "/apis/a%3Brev=2/operations/a%2Fb"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	c, s := newTest(t, reply{status: 200, body: "{}"})
	if _, _, err := c.Get(t.Context(), Path("apis", "a;rev=2/x"), url.Values{"api-version": {"v2"}}); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"GET /apis/a%3Brev=2%2Fx?api-version=v2"}, without(s.asked)); diff != "" {
		t.Errorf("asked (-want +got):\n%s", diff)
	}
	for _, path := range []string{"apis", "/apis?x=1", "/apis#x", "/50%"} {
		if _, _, err := c.Get(t.Context(), path, nil); err == nil || !strings.HasPrefix(err.Error(), "read path") {
			t.Errorf("%s: got %v, want an error about the path", path, err)
		}
	}
}
