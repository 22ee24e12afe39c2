package arm

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/lockstep-apiops/lockstep/internal/azure"
	"github.com/lockstep-apiops/lockstep/internal/httpx"
)

// fault is an error as the service writes it.
func fault(status int, code, message string, details ...string) reply {
	return reply{status: status, body: fmt.Sprintf(`{"error":{"code":%q,"message":%q,"details":[%s]}}`, code, message, strings.Join(details, ","))}
}

func TestRetries(t *testing.T) {
	done := reply{status: 200, body: ready, header: etag("e1")}
	lock := fault(409, "PessimisticConcurrencyConflict", "The operation was aborted.")
	progress := fault(409, "Conflict", "Operation on the API is in progress")
	timeout := fault(422, "ManagementApiRequestFailed", "Failed to connect to management endpoint", `{"code":"Timeout"}`)
	tests := []struct {
		name     string
		method   string
		ifMatch  string
		change   func(*Client) *Client
		replies  []reply
		wantTook time.Duration // at most; at least half of it
		wantErr  string        // the beginning
		unknown  bool
	}{
		{name: "408", method: "PUT", replies: []reply{{status: 408}, done}, wantTook: 500 * time.Millisecond},
		{name: "409 lock by code", method: "PUT", replies: []reply{lock, lock, done}, wantTook: 1500 * time.Millisecond},
		{name: "409 lock by message", method: "PUT", replies: []reply{progress, done}, wantTook: 500 * time.Millisecond},
		{name: "409 lock, even a post", method: "POST", replies: []reply{progress, done}, wantTook: 500 * time.Millisecond},
		{name: "409 lock for long", method: "PUT", replies: append(many(20, progress), done), wantTook: 8 * time.Minute},
		{name: "409 management endpoint", method: "PUT", replies: []reply{fault(409, "ManagementApiRequestFailed", "x"), done}, wantTook: 500 * time.Millisecond},
		{name: "409 management endpoint, said in a detail", method: "PUT", replies: []reply{fault(409, "Conflict", "x", `{"code":"ManagementApiRequestFailed"}`), done}, wantTook: 500 * time.Millisecond},
		{name: "409 name clash", method: "PUT", replies: []reply{fault(409, "Conflict", "Api already exists")}, wantErr: "PUT /s/apis/a: 409 Conflict: Api already exists"},
		{name: "409 link", method: "PUT", replies: []reply{fault(409, "Conflict", "Link already exists between specified Product and Api.")}, wantErr: "PUT /s/apis/a: 409 Conflict: Link already"},
		{name: "412 without if-match", method: "PUT", replies: []reply{{status: 412}, done}, wantTook: 500 * time.Millisecond},
		{name: "412 with if-match", method: "PUT", ifMatch: `"e0"`, replies: []reply{{status: 412}}, wantErr: "PUT /s/apis/a: 412 Precondition Failed"},
		{name: "412 after a reset", method: "PUT", ifMatch: `"e0"`, replies: []reply{{err: errReset}, fault(412, "PreconditionFailed", "x")}, wantTook: 500 * time.Millisecond,
			wantErr: "PUT /s/apis/a: 412 PreconditionFailed: x; outcome unknown, the change may have been made", unknown: true},
		{name: "412 after 503", method: "DELETE", ifMatch: `"e0"`, replies: []reply{{status: 503}, {status: 412}}, wantTook: 500 * time.Millisecond,
			wantErr: "DELETE /s/apis/a: 412 Precondition Failed; outcome unknown", unknown: true},
		{name: "412 after 429", method: "PUT", ifMatch: `"e0"`, replies: []reply{{status: 429, header: headers("Retry-After", "4")}, {status: 412}}, wantTook: 4400 * time.Millisecond,
			wantErr: "PUT /s/apis/a: 412 Precondition Failed"},
		{name: "422 management endpoint", method: "PUT", replies: []reply{timeout, timeout, done}, wantTook: 1500 * time.Millisecond},
		{name: "422 management endpoint, a post", method: "POST", replies: []reply{timeout}, wantErr: "POST /s/apis/a: 422 ManagementApiRequestFailed: Failed to connect to management endpoint: Timeout"},
		{name: "422 other", method: "PUT", replies: []reply{fault(422, "Unprocessable", "x")}, wantErr: "PUT /s/apis/a: 422 Unprocessable: x"},
		{name: "429 very often", method: "PUT", replies: append(many(40, reply{status: 429, header: headers("Retry-After", "10")}), done), wantTook: 440 * time.Second},
		{name: "429, a post", method: "POST", replies: []reply{{status: 429, header: headers("Retry-After", "10")}, done}, wantTook: 11 * time.Second},
		{name: "500", method: "PUT", replies: []reply{{status: 500}, done}, wantTook: 500 * time.Millisecond},
		{name: "500, patch", method: "PATCH", replies: []reply{{status: 500}, done}, wantTook: 500 * time.Millisecond},
		{name: "500, post", method: "POST", replies: []reply{{status: 500}}, wantErr: "POST /s/apis/a: 500 Internal Server Error"},
		{name: "500 is the answer", method: "GET", change: (*Client).NoRetryOn500, replies: []reply{{status: 500}}, wantErr: "GET /s/apis/a: 500"},
		{name: "503 is not, even then", method: "GET", change: (*Client).NoRetryOn500, replies: []reply{{status: 503}, done}, wantTook: 500 * time.Millisecond},
		{name: "500 of a list that is not served", method: "GET", replies: many(3, fault(500, "InternalServerError", "Request processing failed due to internal error")),
			wantTook: 1500 * time.Millisecond, wantErr: "GET /s/apis/a: 500 InternalServerError: Request processing"},
		{name: "500 for ever", method: "GET", replies: many(8, reply{status: 500}), wantTook: 62 * time.Second, wantErr: "GET /s/apis/a: 500"},
		{name: "501", method: "GET", replies: []reply{{status: 501}}, wantErr: "GET /s/apis/a: 501 Not Implemented"},
		{name: "502 web page", method: "GET", replies: many(8, reply{status: 502, body: "<html><head><title>502 Bad\nGateway</title></head><body>Our services aren't available</body></html>"}),
			wantTook: 62 * time.Second, wantErr: "GET /s/apis/a: 502 502 Bad Gateway"},
		{name: "reset", method: "PUT", replies: []reply{{err: errReset}, done}, wantTook: 500 * time.Millisecond},
		{name: "resets", method: "PUT", replies: many(8, reply{err: errReset}), wantTook: 62 * time.Second, unknown: true,
			wantErr: "PUT arm.test/s/apis/a: read tcp: connection reset by peer (8 attempts): outcome unknown, the change may have been made"},
		{name: "resets of a read", method: "GET", replies: many(8, reply{err: errReset}), wantTook: 62 * time.Second,
			wantErr: "GET arm.test/s/apis/a: read tcp: connection reset by peer (8 attempts)"},
		{name: "400", method: "PUT", replies: []reply{fault(400, "ValidationError", "x")}, wantErr: "PUT /s/apis/a: 400 ValidationError: x"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c, s := newTest(t, tt.replies...)
				if tt.change != nil {
					c = tt.change(c)
				}
				var err error
				if tt.method == "GET" {
					_, _, err = c.Get(t.Context(), api, nil)
				} else {
					_, _, err = c.change(t.Context(), tt.method, api, nil, map[string]any{"x": "y"}, tt.ifMatch)
				}
				if !strings.HasPrefix(text(err), tt.wantErr) || (err != nil) != (tt.wantErr != "") {
					t.Errorf("got error %v, want %s", err, tt.wantErr)
				}
				if errors.Is(err, ErrOutcomeUnknown) != tt.unknown {
					t.Errorf("got unknown %t in %v", !tt.unknown, err)
				}
				if len(s.asked) != len(tt.replies) {
					t.Errorf("got %d requests, want %d", len(s.asked), len(tt.replies))
				}
				if took := time.Since(s.start); took > tt.wantTook || took < tt.wantTook/2 {
					t.Errorf("took %s, want at most %s and at least half", took, tt.wantTook)
				}
			})
		})
	}
}

func many(n int, r reply) (rs []reply) {
	for range n {
		rs = append(rs, r)
	}
	return rs
}

func TestCancelledBeforeTheFirstCall(t *testing.T) {
	c, s := newTest(t, reply{status: 200, body: "{}"})
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, _, err := c.Put(ctx, api, nil, map[string]any{}, "")
	if !errors.Is(err, context.Canceled) || errors.Is(err, ErrOutcomeUnknown) || len(s.asked) != 0 {
		t.Errorf("got %v after %d requests, want context.Canceled after none", err, len(s.asked))
	}
}

// TestOverSockets goes through the real stack to a sandbox on this machine:
// export link and long-running import, with a log that must hold no secret.
func TestOverSockets(t *testing.T) {
	var polls int
	mux := http.NewServeMux()
	server := httptest.NewServer(mux)
	defer server.Close()
	mux.HandleFunc("PUT /s/apis/a", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Location", server.URL+"/s/secret-operation?s=hunter2")
		w.WriteHeader(http.StatusAccepted)
	})
	mux.HandleFunc("GET /s/secret-operation", func(w http.ResponseWriter, r *http.Request) {
		if polls++; polls < 3 {
			w.WriteHeader(http.StatusAccepted)
			return
		}
		w.Header().Set("ETag", r.URL.Query().Get("s"))
		_, _ = fmt.Fprint(w, ready)
	})
	mux.HandleFunc("GET /secret-blob", func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") != "" {
			t.Error("the token was sent along")
		}
		_, _ = fmt.Fprint(w, "openapi: 3.0.1")
	})
	endpoint, err := azure.Cloud{}.ResourceManager(server.URL + "/")
	if err != nil {
		t.Fatal(err)
	}
	var log bytes.Buffer
	logger := slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	stack := httpx.New(httpx.Options{Logger: logger, Remaining: RemainingHeaders()})
	defer stack.CloseIdleConnections()
	c, err := New(Options{HTTP: stack, Endpoint: endpoint, APIVersion: "v1", Token: &tokens{}, Logger: logger, PollInterval: time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	if _, etag, err := c.Put(t.Context(), api, nil, map[string]any{"properties": map[string]any{"value": "hunter2"}}, ""); err != nil || etag != "hunter2" {
		t.Errorf("put: got %q, %v", etag, err)
	}
	if got, err := c.Fetch(t.Context(), server.URL+"/secret-blob?sig=hunter2"); err != nil || string(got) != "openapi: 3.0.1" {
		t.Errorf("fetch: got %q, %v", got, err)
	}
	for _, bad := range []string{"hunter2", "secret", "t1"} {
		if strings.Contains(log.String(), bad) {
			t.Errorf("log holds %q:\n%s", bad, log.String())
		}
	}
	if !strings.Contains(log.String(), "polls=3") {
		t.Errorf("log does not tell of the operation:\n%s", log.String())
	}
	if got, want := stack.Stats().String(), "4 GET, 1 PUT"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestFaultsOfTheToken(t *testing.T) {
	c, s := newTest(t, reply{status: 401})
	c.o.Token = &brokenTokens{}
	_, _, err := c.Get(t.Context(), api, nil)
	if want := "GET /s/apis/a: 401 Unauthorized\nentra is away"; text(err) != want || !IsDenied(err) || len(s.asked) != 1 {
		t.Errorf("got %v, want %s", err, want)
	}
	_, _, err = c.Get(t.Context(), api, nil)
	if want := "GET /s/apis/a: entra is away"; text(err) != want || len(s.asked) != 1 {
		t.Errorf("got %v, want %s and no request", err, want)
	}
}

// brokenTokens gives one token and then errors.
type brokenTokens struct{ given bool }

func (b *brokenTokens) Token(context.Context) (string, error) {
	if b.given {
		return "", errors.New("entra is away")
	}
	b.given = true
	return "t1", nil
}

func (b *brokenTokens) Invalidate(string) {}

func FuzzOwn(f *testing.F) {
	for _, s := range []string{"https://arm.test/x", "//evil.test", "/x", `\\evil.test`, "https:arm.test", "https://arm.test@evil.test", "https://arm.test:443/", "HTTPS://ARM.TEST"} {
		f.Add(s)
	}
	endpoint := &url.URL{Scheme: "https", Host: "arm.test"}
	c := &Client{o: Options{Endpoint: endpoint}}
	f.Fuzz(func(t *testing.T, link string) {
		u, err := c.own(link)
		if err != nil {
			return
		}
		if u.Scheme != "https" || !strings.EqualFold(u.Hostname(), "arm.test") || u.User != nil {
			t.Errorf("%q is taken for %s", link, u)
		}
	})
}
