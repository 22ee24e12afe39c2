package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

const service = "/subscriptions/s/resourceGroups/rg/providers/Microsoft.ApiManagement/service/dev"

// running is a sandbox that serves.
type running struct {
	t    *testing.T
	base string
	stop func() int
}

func start(t *testing.T, env map[string]string, args ...string) *running {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	out, in := io.Pipe()
	code := make(chan int, 1)
	var stderr bytes.Buffer
	go func() {
		code <- run(ctx, args, in, &stderr, func(name string) string { return env[name] })
		_ = in.Close() // Never fails.
	}()
	line, err := bufio.NewReader(out).ReadString('\n')
	base, found := strings.CutPrefix(strings.TrimSpace(line), "listening on ")
	if err != nil || !found {
		cancel()
		t.Fatalf("first line: got %q, %v; exit code %d, stderr:\n%s", line, err, <-code, stderr.String())
	}
	r := &running{t: t, base: base}
	stopped := false
	r.stop = func() int {
		if stopped {
			return 0
		}
		stopped = true
		cancel()
		return <-code
	}
	t.Cleanup(func() {
		if got := r.stop(); got != 0 {
			t.Errorf("exit code: got %d, stderr:\n%s", got, stderr.String())
		}
	})
	return r
}

func (r *running) send(method, path, body string) (int, string) {
	r.t.Helper()
	req, err := http.NewRequestWithContext(r.t.Context(), method, r.base+path, strings.NewReader(body))
	if err != nil {
		r.t.Fatal(err)
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		r.t.Fatal(err)
	}
	raw, err := io.ReadAll(res.Body)
	if closeErr := res.Body.Close(); err != nil || closeErr != nil {
		r.t.Fatal(err, closeErr)
	}
	return res.StatusCode, string(raw)
}

func TestServeStopAndGoOn(t *testing.T) {
	state := filepath.Join(t.TempDir(), "state.json")
	args := []string{"apim", "--listen", "127.0.0.1:0", "--state", state}
	first := start(t, nil, args...)
	if code, body := first.send(http.MethodPut, service+"/tags/a?api-version=2024-05-01", `{"properties":{"displayName":"a"}}`); code != http.StatusCreated {
		t.Fatalf("PUT: got %d %s", code, body)
	}
	_, body := first.send(http.MethodGet, "/_sandbox/stats", "")
	var stats struct{ Requests map[string]int }
	if err := json.Unmarshal([]byte(body), &stats); err != nil || stats.Requests["PUT"] != 1 {
		t.Errorf("stats: got %s, %v", body, err)
	}
	if code := first.stop(); code != 0 {
		t.Fatalf("exit code: got %d, want 0", code)
	}
	if _, err := os.Stat(state + ".journal"); !os.IsNotExist(err) {
		t.Errorf("journal after a clean stop: %v", err)
	}
	second := start(t, nil, args...)
	if code, body := second.send(http.MethodGet, service+"/tags/a?api-version=2024-05-01", ""); code != http.StatusOK {
		t.Errorf("GET after a restart: got %d %s", code, body)
	}
}

func TestEnvironmentSetsFlags(t *testing.T) {
	r := start(t, map[string]string{"SANDBOX_SERVICE": "prod", "SANDBOX_LISTEN": "127.0.0.1:0"}, "apim")
	if code, _ := r.send(http.MethodGet, service+"/tags?api-version=2024-05-01", ""); code != http.StatusNotFound {
		t.Errorf("a service that is not served: got %d, want 404", code)
	}
}

func TestUsage(t *testing.T) {
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := taken.Close(); err != nil {
			t.Error(err)
		}
	})
	missing := filepath.Join(t.TempDir(), "none")
	for _, test := range []struct {
		name string
		args []string
		env  map[string]string
		code int
		want string
	}{
		{"help", []string{"--help"}, nil, 0, "management plane"},
		{"no command", nil, nil, 0, "Available Commands"},
		{"help of apim", []string{"apim", "--help"}, nil, 0, "--strict-if-match"},
		{"version", []string{"--version"}, nil, 0, "sandbox "},
		{"completion", []string{"completion", "bash"}, nil, 0, "bash completion"},
		{"unknown command", []string{"kong"}, nil, 2, "unknown command"},
		{"unknown flag", []string{"apim", "--colour"}, nil, 2, "unknown flag"},
		{"argument", []string{"apim", "x"}, nil, 2, "unknown command"},
		{"remote", []string{"apim", "--listen", "0.0.0.0:0"}, nil, 2, "--allow-remote"},
		{"remote by default", []string{"apim", "--listen", ":0"}, nil, 2, "--allow-remote"},
		{"no port", []string{"apim", "--listen", "localhost"}, nil, 2, "missing port"},
		{"fault", []string{"apim", "--fault", "flood"}, nil, 2, "parse fault"},
		{"compat", []string{"apim", "--compat", "201"}, nil, 2, "only value is 202"},
		{"page size", []string{"apim", "--page-size", "0"}, nil, 2, "at least one item"},
		{"seed", []string{"apim", "--seed", missing}, nil, 2, "read seed"},
		{"environment", []string{"apim"}, map[string]string{"SANDBOX_LATENCY": "soon"}, 2, "SANDBOX_LATENCY"},
		{"taken address", []string{"apim", "--listen", taken.Addr().String()}, nil, 1, "listen"},
	} {
		t.Run(test.name, func(t *testing.T) {
			var stdout, stderr bytes.Buffer
			code := run(t.Context(), test.args, &stdout, &stderr, func(name string) string { return test.env[name] })
			if out := stdout.String() + stderr.String(); code != test.code || !strings.Contains(out, test.want) {
				t.Errorf("got %d, want %d with %q:\n%s", code, test.code, test.want, out)
			}
			if code == 0 && stderr.Len() > 0 {
				t.Errorf("success wrote to stderr:\n%s", stderr.String())
			}
		})
	}
}
