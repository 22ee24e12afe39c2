package autoflow

import (
	"archive/zip"
	"bytes"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestUpload(t *testing.T) {
	t.Parallel()
	in := install(t, map[string]string{"config.json": ordersConfig("1.0.0", "one", "8080")}, Options{})
	in.boot()
	two := ordersConfig("2.0.0", "two", "8080")
	if code, body := in.ask(http.MethodPut, "/_sandbox/configuration", []byte(two)); code != http.StatusOK {
		t.Fatalf("upload: got %d %s", code, body)
	}
	if code, _ := in.orders(); code != 0 {
		t.Errorf("after an upload: got %d, want nobody", code)
	}
	if got := in.status(); got.Servers[0].Version != "2.0.0" || got.Servers[0].On || got.Source != "an upload" {
		t.Errorf("status: got %+v, want the new version, off", got)
	}
	if _, got := in.ask(http.MethodGet, "/_sandbox/configuration", nil); got != two {
		t.Errorf("download: got %s, want what was uploaded", got)
	}
	if code, body := in.ask(http.MethodPost, "/_sandbox/servers/start", nil); code != http.StatusOK {
		t.Fatalf("start: got %d %s", code, body)
	}
	if _, got := in.orders(); got != "two" {
		t.Errorf("after the start: got %q, want %q", got, "two")
	}
	in.boot()
	if _, got := in.orders(); got != "two" {
		t.Errorf("after a boot: got %q, want what was uploaded", got)
	}
}

func TestUploadRefused(t *testing.T) {
	t.Parallel()
	in := install(t, map[string]string{"config.json": ordersConfig("1.0.0", "one", "8080")}, Options{})
	in.boot()
	for name, body := range map[string][]byte{
		"broken":            []byte(`{"API":7}`),
		"pages' port":       []byte(ordersConfig("1.0.0", "", "4000")),
		"no zip":            []byte("PK\x03\x04 and then nothing"),
		"nothing in a zip":  zipped(t, map[string]string{"readme.txt": "x"}),
		"too much in a zip": zipped(t, map[string]string{"a.json": "{}", "b.json": "{}"}),
	} {
		if code, got := in.ask(http.MethodPut, "/_sandbox/configuration", body); code != http.StatusUnprocessableEntity || !strings.Contains(got, `"error"`) {
			t.Errorf("%s: got %d %s, want 422 and an error", name, code, got)
		}
	}
	if _, got := in.orders(); got != "one" {
		t.Errorf("after all that: got %q, want what ran before", got)
	}
}

func zipped(t *testing.T, files map[string]string) []byte {
	t.Helper()
	var out bytes.Buffer
	z := zip.NewWriter(&out)
	for name, text := range files {
		f, err := z.Create(name)
		if err == nil {
			_, err = f.Write([]byte(text))
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func TestZip(t *testing.T) {
	t.Parallel()
	in := install(t, map[string]string{"config.json": ordersConfig("1.0.0", "one", "8080")}, Options{})
	in.boot()
	code, packed := in.ask(http.MethodGet, "/_sandbox/configuration?zip", nil)
	if code != http.StatusOK || !strings.HasPrefix(packed, "PK") {
		t.Fatalf("download: got %d %q", code, packed)
	}
	if code, body := in.ask(http.MethodPut, "/_sandbox/configuration", []byte(packed)); code != http.StatusOK {
		t.Fatalf("upload: got %d %s", code, body)
	}
	kept, err := os.ReadFile(filepath.Join(in.data, stateName))
	if err != nil || string(kept) != ordersConfig("1.0.0", "one", "8080") {
		t.Errorf("kept: got %s, %v, want what was booted", kept, err)
	}
}

func TestStartAndStop(t *testing.T) {
	t.Parallel()
	in := install(t, map[string]string{"config.json": ordersConfig("1.0.0", "one", "8080")}, Options{})
	for _, path := range []string{"/_sandbox/servers/start", "/_sandbox/configuration"} {
		method := map[bool]string{true: http.MethodPost, false: http.MethodGet}[strings.HasSuffix(path, "start")]
		if code, _ := in.ask(method, path, nil); code != http.StatusConflict {
			t.Errorf("%s before a boot: got %d, want 409", path, code)
		}
	}
	in.boot()
	for _, step := range []struct {
		path   string
		code   int
		answer int
	}{
		{"/_sandbox/servers/orders/stop", 200, 0}, {"/_sandbox/servers/orders/stop", 200, 0}, {"/_sandbox/servers/orders/start", 200, 200},
		{"/_sandbox/servers/start", 200, 200}, {"/_sandbox/servers/none/stop", 404, 200}, {"/_sandbox/servers/orders/paint", 404, 200},
		{"/_sandbox/servers/stop", 200, 0},
	} {
		if code, body := in.ask(http.MethodPost, step.path, nil); code != step.code {
			t.Errorf("%s: got %d %s, want %d", step.path, code, body, step.code)
		}
		if code, _ := in.orders(); code != step.answer {
			t.Errorf("after %s: got %d, want %d", step.path, code, step.answer)
		}
	}
}

func TestControl(t *testing.T) {
	t.Parallel()
	in := install(t, map[string]string{"config.json": ordersConfig("1.0.0", "one", "8080"), "autoflow.conf": replaces}, Options{})
	if code, body := in.ask(http.MethodPost, "/_sandbox/boot", nil); code != http.StatusOK || !strings.Contains(body, `"on":true`) {
		t.Errorf("boot: got %d %s", code, body)
	}
	in.write("config.json", "{")
	if code, body := in.ask(http.MethodPost, "/_sandbox/boot", nil); code != http.StatusConflict || !strings.Contains(body, "unexpected EOF") {
		t.Errorf("boot of a broken file: got %d %s, want 409 and why", code, body)
	}
	if code, body := in.ask(http.MethodGet, "/", nil); code != http.StatusOK || !strings.Contains(body, "emulator of API AutoFlow, not the product") {
		t.Errorf("page: got %d %s", code, body)
	}
	if code, _ := in.ask(http.MethodGet, "/settings", nil); code != http.StatusNotFound {
		t.Errorf("another page: got %d, want 404", code)
	}
}

func TestServe(t *testing.T) {
	t.Parallel()
	in := install(t, map[string]string{"config.json": ordersConfig("1.0.0", "one", "8080")},
		Options{Faults: []string{"status=503,path=/orders,nth=2"}})
	in.boot()
	address := "http://" + in.ports["8080"]
	code, header, body := in.send(http.MethodGet, address+"/orders")
	if code != http.StatusOK || body != "one" || header.Get("X-Emulator") != "API AutoFlow, server orders 1.0.0" {
		t.Errorf("got %d %q with %v", code, body, header)
	}
	if code, _, _ := in.send(http.MethodGet, address+"/orders"); code != http.StatusServiceUnavailable {
		t.Errorf("fault: got %d, want 503", code)
	}
	if code, _, body := in.send(http.MethodGet, address+"/returns"); code != http.StatusNotFound || !strings.Contains(body, "/returns") {
		t.Errorf("unknown path: got %d %s, want 404", code, body)
	}
	if code, header, _ := in.send(http.MethodPatch, address+"/orders"); code != http.StatusMethodNotAllowed || header.Get("Allow") != "GET" {
		t.Errorf("other method: got %d with %v, want 405 and what is allowed", code, header)
	}
	if got := in.Stats().Requests; got[http.MethodGet] != 3 || got[http.MethodPatch] != 1 {
		t.Errorf("stats: got %v, want three GETs and a PATCH", got)
	}
	if _, body := in.ask(http.MethodGet, "/_sandbox/stats", nil); !strings.Contains(body, `"GET":3`) {
		t.Errorf("stats: got %s", body)
	}
	if code, _ := in.ask(http.MethodPost, "/_sandbox/reset-stats", nil); code != http.StatusNoContent || len(in.Stats().Requests) > 0 {
		t.Errorf("reset: got %d, %v", code, in.Stats())
	}
}

func TestThrottled(t *testing.T) {
	t.Parallel()
	in := install(t, map[string]string{"config.json": ordersConfig("1.0.0", "one", "8080")}, Options{ReadRate: 0.001, ReadBurst: 1})
	in.boot()
	if code, _ := in.orders(); code != http.StatusOK {
		t.Errorf("first: got %d", code)
	}
	if code, _ := in.orders(); code != http.StatusTooManyRequests {
		t.Errorf("second: got %d, want 429", code)
	}
}

func TestNoServerInTheRequest(t *testing.T) {
	t.Parallel()
	in := install(t, nil, Options{})
	if code, _ := in.ask(http.MethodGet, "/orders", nil); code != http.StatusNotFound {
		t.Errorf("got %d, want 404", code)
	}
}
