package autoflow

import (
	"net/http"
	"os"
	"path/filepath"
	"testing"
)

// samples are configurations that the product exported, if they are at hand.
func samples(t *testing.T) map[string]string {
	t.Helper()
	names, err := filepath.Glob(filepath.Join("..", "..", "..", "..", "shared", "samples", "autoflow", "*.json"))
	if err != nil {
		t.Fatal(err)
	}
	if len(names) == 0 {
		t.Skip("SKIPPED: no exported configurations lie in ../shared/samples/autoflow beside the checkout, so NONE was booted")
	}
	all := map[string]string{}
	for _, name := range names {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		all[filepath.Base(name)] = string(text)
	}
	return all
}

// TestSamples boots configurations as they are, and wants each to listen and to know
// its own paths. Their flows are real: nothing in them answers without being run.
func TestSamples(t *testing.T) {
	t.Parallel()
	requests := map[string]struct{ method, path string }{
		"hello_world_config.json":   {http.MethodGet, "/hello"},
		"sample-api-config.json":    {http.MethodGet, "/api-call"},
		"sample-client-config.json": {http.MethodPost, "/kafka-publish"},
		"todo.json":                 {http.MethodGet, "/todo/5"},
	}
	for name, text := range samples(t) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			in := install(t, map[string]string{"config.json": text}, Options{})
			in.boot()
			got := in.status()
			if len(got.Servers) == 0 || !got.Servers[0].On {
				t.Fatalf("no server is on: %+v", got)
			}
			r, known := requests[name]
			for _, address := range in.ports {
				if !known {
					r.method, r.path = http.MethodGet, "/"
				}
				code, header, body := in.send(r.method, "http://"+address+r.path)
				if known && (code != http.StatusNotImplemented || header.Get("X-Emulator-Answer") != "nothing") {
					t.Errorf("%s %s: got %d %s, want 501: its flow must run", r.method, r.path, code, body)
				}
				if code, _, _ := in.send(http.MethodGet, "http://"+address+"/none/of/these"); code != http.StatusNotFound {
					t.Errorf("unknown path: got %d, want 404", code)
				}
			}
		})
	}
}
