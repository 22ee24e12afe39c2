package autoflow

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

// installation is a data directory with an emulator over it. Its ports are free ones
// in place of those that the configuration names.
type installation struct {
	*Server
	t    *testing.T
	data string

	mu    sync.Mutex
	ports map[string]string // address by the port that was asked for
}

// install makes an emulator over files in a data directory. It does not boot.
func install(t *testing.T, files map[string]string, o Options) *installation {
	t.Helper()
	in := &installation{t: t, data: t.TempDir(), ports: map[string]string{}}
	for name, text := range files {
		in.write(name, text)
	}
	o.Data = in.data
	if o.Listen == nil {
		o.Listen = in.listen
	}
	var err error
	if in.Server, err = New(o); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := in.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
	})
	return in
}

func (in *installation) listen(ctx context.Context, address string) (net.Listener, error) {
	_, port, err := net.SplitHostPort(address)
	if err != nil {
		return nil, err
	}
	var config net.ListenConfig
	l, err := config.Listen(ctx, "tcp", "127.0.0.1:0")
	if err == nil {
		in.mu.Lock()
		defer in.mu.Unlock()
		in.ports[port] = l.Addr().String()
	}
	return l, err
}

func (in *installation) write(name, text string) {
	in.t.Helper()
	if err := os.WriteFile(filepath.Join(in.data, name), []byte(text), 0o600); err != nil {
		in.t.Fatal(err)
	}
}

// boot boots, and wants that to work.
func (in *installation) boot() {
	in.t.Helper()
	if err := in.Boot(in.t.Context()); err != nil {
		in.t.Fatal(err)
	}
}

// orders asks the server on port 8080 for its orders and returns status and body;
// nobody there is status 0.
func (in *installation) orders() (int, string) {
	in.t.Helper()
	in.mu.Lock()
	address := in.ports["8080"]
	in.mu.Unlock()
	if address == "" {
		return 0, ""
	}
	status, _, body := in.send(http.MethodGet, "http://"+address+"/orders")
	return status, body
}

func (in *installation) send(method, url string) (int, http.Header, string) {
	in.t.Helper()
	req, err := http.NewRequestWithContext(in.t.Context(), method, url, nil)
	if err != nil {
		in.t.Fatal(err)
	}
	transport := &http.Transport{DisableKeepAlives: true}
	res, err := transport.RoundTrip(req)
	if opErr := (*net.OpError)(nil); errors.As(err, &opErr) && opErr.Op == "dial" {
		return 0, nil, ""
	}
	if err != nil {
		in.t.Fatal(err)
	}
	body, err := io.ReadAll(res.Body)
	if err = errors.Join(err, res.Body.Close()); err != nil {
		in.t.Fatal(err)
	}
	return res.StatusCode, res.Header, string(body)
}

// ask makes a request to what stands in for the pages.
func (in *installation) ask(method, path string, body []byte) (int, string) {
	in.t.Helper()
	w := httptest.NewRecorder()
	in.ServeHTTP(w, httptest.NewRequest(method, path, bytes.NewReader(body)))
	return w.Code, w.Body.String()
}

// status is what the emulator tells of itself.
type status struct {
	Emulator, Name, Product, Source, Error string
	Warnings                               []string
	Servers                                []struct {
		ID, Version string
		Port        int
		On          bool
	}
}

func (in *installation) status() (s status) {
	in.t.Helper()
	code, body := in.ask(http.MethodGet, "/_sandbox/status", nil)
	if err := json.Unmarshal([]byte(body), &s); err != nil || code != http.StatusOK {
		in.t.Fatalf("status: got %d %s, %v", code, body, err)
	}
	return s
}

// ordersConfig is a configuration with one server, which says a greeting on a port.
func ordersConfig(version, greeting, port string) string {
	return strings.NewReplacer("VERSION", version, "GREETING", greeting, "PORT", port).Replace(`{"$product":{"name":"API AutoFlow Pro","version":"3.1.5"},
"API":[{"id":"orders","type":"http","version":{"VERSION":{"openapi":"3.0.2","paths":{"/orders":{"get":{"responses":{}}}}}}}],
"Client":[{"id":"db","type":"mariadb","currentVersion":"0.0.0","version":{"0.0.0":{"events":[{"event":"a text"}],"setting":{"password":"hush"}}}}],
"Server":[{"currentVersion":"VERSION","id":"orders","type":"http","version":{"VERSION":{
 "events":[{"event":{"apiReference":{"id":"orders","version":"VERSION"},"operationReference":{"method":"get","path":"/orders"}},
  "matches":[{"in":{},"do":{"__struct__":"Execution","actions":[],"mapping":{"body":"GREETING","header":{},"status_code":200}}}]}],
 "setting":{"apis":[{"id":"orders","version":"VERSION"}],"port":PORT}}}}]}`)
}

// ask has the first server of a configuration answer a request.
func ask(t *testing.T, c *configuration, r *http.Request) *httptest.ResponseRecorder {
	t.Helper()
	s := &Server{o: withDefaults(Options{})}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("User-Agent", "me")
	r.AddCookie(&http.Cookie{Name: "c", Value: "d"})
	w := httptest.NewRecorder()
	s.serveAPI(w, r.WithContext(context.WithValue(r.Context(), routerKey{}, c.servers[0])))
	return w
}
