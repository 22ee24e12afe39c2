package autoflow

import (
	"archive/zip"
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/lockstep-apiops/lockstep/gateway"
)

const (
	before = `{"Client":[{"id":"db","type":"x","version":{"1":{"setting":{"password":"hunter22"}}}}],"Server":[{"currentVersion":"1","id":"s","version":{"1":{"setting":{"port":%d}}}}]}`
	after  = `{"API":[{"id":"new","type":"http","version":{}}],`
)

// client returns a resource to write.
func newAPI() *gateway.Resource {
	return &gateway.Resource{Key: gateway.NewKey("api", "new"), Spec: map[string]any{"type": "http"}}
}

// listening returns the port of somebody who answers.
func listening(t *testing.T) int {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	return l.Addr().(*net.TCPAddr).Port
}

// free returns a port on which nobody listens.
func free(t *testing.T) int {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	return l.Addr().(*net.TCPAddr).Port
}

func TestCommit(t *testing.T) {
	tests := []struct {
		name    string
		o       Options
		dead    bool     // nobody listens on the port
		wantErr []string // parts of the error; nil: it is written
		log     string   // what the command saw
	}{
		{name: "written", o: Options{Backups: 1}},
		{name: "activated", o: Options{Activate: `grep -q '"new"' "$F" && echo new >>"$F.log" || echo old >>"$F.log"`}, log: "new\n"},
		{name: "answered", o: Options{Probe: "127.0.0.1"}},
		{name: "not answered", o: Options{Probe: "127.0.0.1", ProbeTimeout: 50 * time.Millisecond}, dead: true,
			wantErr: []string{"probe port", "nobody listens", "does not run either"}},
		{name: "refused by the product", o: Options{Activate: `if grep -q '"new"' "$F"; then echo bad password=hunter22; exit 3; else echo old >>"$F.log"; fi`},
			wantErr: []string{"activate: exit status 3: bad password=[secret]", "is back in its place and activated"}, log: "old\n"},
		{name: "refused for good", o: Options{Activate: `echo again >>"$F.log"; exit 1`},
			wantErr: []string{"activate: exit status 1", "does not run either"}, log: "again\nagain\n"},
		{name: "tested", o: Options{Activate: `echo up >>"$F.log"`, Test: `echo "$LOCKSTEP_SERVERS" >>"$F.log"`}, log: "up\n{\"s\":\"1\"}\n"},
		{name: "refused by tests", o: Options{Activate: `echo up >>"$F.log"`, Test: `if grep -q '"new"' "$F"; then echo got password=hunter22; exit 1; fi`},
			wantErr: []string{"test: exit status 1: got password=[secret]", "is back in its place and activated"}, log: "up\nup\n"},
		{name: "tests without end", o: Options{Test: `exec sleep 60`, TestTimeout: 50 * time.Millisecond}, wantErr: []string{"test: no end after 50ms", "does not run either"}},
		{name: "without end", o: Options{Activate: `exec sleep 60`, ActivateTimeout: 50 * time.Millisecond}, wantErr: []string{"no end after 50ms"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			port := listening(t)
			if tt.dead {
				port = free(t)
			}
			tt.o.Target = filepath.Join(t.TempDir(), "config.json")
			tt.o.Activate = strings.ReplaceAll(tt.o.Activate, "$F", tt.o.Target)
			tt.o.Test = strings.ReplaceAll(tt.o.Test, "$F", tt.o.Target)
			was := fmt.Sprintf(before, port)
			g := open(t, was, tt.o)
			err := g.Put(t.Context(), newAPI(), nil)
			want := after + was[1:]
			if tt.wantErr != nil {
				want = was
			}
			for _, part := range tt.wantErr {
				if err == nil || !strings.Contains(err.Error(), part) {
					t.Errorf("put: %v, want an error with %q", err, part)
				}
			}
			if tt.wantErr == nil && err != nil {
				t.Errorf("put: %v", err)
			}
			if err != nil && strings.Contains(err.Error(), "hunter") {
				t.Errorf("the error has a secret: %v", err)
			}
			if diff := cmp.Diff(want, text(t, tt.o.Target)); diff != "" {
				t.Errorf("file (-want +got):\n%s", diff)
			}
			if log, _ := os.ReadFile(tt.o.Target + ".log"); string(log) != tt.log {
				t.Errorf("the command wrote %q, want %q", log, tt.log)
			}
			if left, _ := filepath.Glob(filepath.Join(filepath.Dir(tt.o.Target), "*.lock")); left != nil {
				t.Errorf("a lock is left: %v", left)
			}
		})
	}
}

func TestBackups(t *testing.T) {
	clock := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	g := open(t, "{}", Options{Backups: 2, Now: func() time.Time { clock = clock.Add(time.Second); return clock }})
	for i := range 4 {
		r := newAPI()
		r.Spec["n"] = fmt.Sprint(i)
		if err := g.Put(t.Context(), r, nil); err != nil {
			t.Fatal(err)
		}
	}
	got, err := filepath.Glob(g.o.Target + ".*.bak")
	if err != nil {
		t.Fatal(err)
	}
	if len(got) != 2 {
		t.Fatalf("backups = %v, want 2", got)
	}
	if last := text(t, got[1]); !strings.Contains(last, `"n":"2"`) {
		t.Errorf("the newest backup is %s, want the configuration before the last", last)
	}
}

// TestNothingChanged writes what is there: not a byte changes, whatever the form.
func TestNothingChanged(t *testing.T) {
	for _, form := range []string{"{}", "{ }\n", "{\n\t\"settings\": {\"b\": 1,\n\n \"a\": 2}\n}\n"} {
		g := open(t, form, Options{Backups: 3, Activate: "exit 1"})
		tx, err := g.Begin(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if r, err := tx.Get(t.Context(), gateway.NewKey("settings", "settings")); err == nil {
			if err := tx.Put(t.Context(), r, r); err != nil {
				t.Fatal(err)
			}
		}
		if err := tx.Commit(t.Context()); err != nil {
			t.Errorf("commit of nothing: %v", err)
		}
		if got := text(t, g.o.Target); got != form {
			t.Errorf("file = %q, want %q", got, form)
		}
		if left, _ := filepath.Glob(g.o.Target + ".*"); left != nil {
			t.Errorf("left beside it: %v", left)
		}
	}
}

// TestTwoPublishers lets two write at once: one waits, and nothing is lost.
func TestTwoPublishers(t *testing.T) {
	first := open(t, "{}", Options{LockWait: 10 * time.Second})
	var wg sync.WaitGroup
	for i := range 4 {
		wg.Go(func() {
			g, err := New(first.o)
			if err != nil {
				t.Error(err)
				return
			}
			if err := g.Put(t.Context(), sample(gateway.NewKey("api", fmt.Sprint("api-", i)), 0), nil); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	c, err := first.current(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"api-0", "api-1", "api-2", "api-3"}, c.ids("API")); diff != "" {
		t.Errorf("APIs (-want +got):\n%s", diff)
	}
}

func TestLocked(t *testing.T) {
	g := open(t, "{}", Options{})
	tx, err := g.Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := g.Begin(t.Context()); err == nil || !strings.Contains(err.Error(), "is being published already, by process") {
		t.Errorf("second begin: %v, want who is in the way", err)
	}
	if err := tx.Put(t.Context(), newAPI(), nil); err != nil {
		t.Fatal(err)
	}
	if _, err := g.Get(t.Context(), newAPI().Key); !errors.Is(err, gateway.ErrNotFound) {
		t.Errorf("get outside of the transaction: %v, want %v", err, gateway.ErrNotFound)
	}
	if _, err := tx.Get(t.Context(), newAPI().Key); err != nil {
		t.Errorf("get within it: %v", err)
	}
	if err := os.WriteFile(g.o.Target, []byte(`{"by":"hand"}`), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := tx.Commit(t.Context()); !errors.Is(err, gateway.ErrStale) {
		t.Errorf("commit over the change of somebody without a lock: %v, want %v", err, gateway.ErrStale)
	}
	if got := text(t, g.o.Target); got != `{"by":"hand"}` {
		t.Errorf("file = %s, want what was written by hand", got)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := g.Begin(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("begin when told to end: %v, want %v", err, context.Canceled)
	}
}

func TestDataDirectory(t *testing.T) {
	dir := t.TempDir()
	if _, err := (&fileTarget{path: dir}).read(t.Context()); err == nil || !strings.Contains(err.Error(), "autoflow-create") {
		t.Errorf("read of a directory without a configuration: %v, want what to do", err)
	}
	conf := filepath.Join(dir, confName)
	if err := os.WriteFile(conf, []byte("# ours\nPORT_OFFSET=1000\nBOOT_FILE=old.json"), 0o600); err != nil {
		t.Fatal(err)
	}
	g, err := New(Options{Target: dir, Create: true, Boot: true})
	if err != nil {
		t.Fatal(err)
	}
	if err := g.Put(t.Context(), newAPI(), nil); err != nil {
		t.Fatal(err)
	}
	if got, want := text(t, conf), "# ours\nPORT_OFFSET=1000\nBOOT_FILE=data/config.json\nBOOT_FILE_REPLACES_CONFIG=true\n"; got != want {
		t.Errorf("system variables = %q, want %q", got, want)
	}
	tx, err := g.Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range []*gateway.Resource{
		{Key: gateway.NewKey("server", "s"), Spec: map[string]any{"currentVersion": "1"}},
		{Key: gateway.NewKey("server version", "s", "1"), Spec: map[string]any{"setting": map[string]any{"port": "65000"}}},
	} {
		if err := tx.Put(t.Context(), r, nil); err != nil {
			t.Fatal(err)
		}
	}
	if err := tx.Commit(t.Context()); !errors.Is(err, gateway.ErrInvalid) || !strings.Contains(err.Error(), "66000") {
		t.Errorf("commit of a port that the offset makes none: %v, want %v", err, gateway.ErrInvalid)
	}
}

func TestManifest(t *testing.T) {
	const form = `# for the cluster
apiVersion: v1
kind: ConfigMap
metadata:
  name: autoflow # ours
data:
  config.json: |-
    {"settings":{}}
  autoflow.conf: |
    UI_PORT=4000
---
apiVersion: v1
kind: Service
metadata:
  name: autoflow
`
	g := open(t, form, Options{Target: filepath.Join(t.TempDir(), "map.yaml"), Boot: true})
	if err := g.Put(t.Context(), newAPI(), nil); err != nil {
		t.Fatal(err)
	}
	want := strings.NewReplacer(`{"settings":{}}`, `{"API":[{"id":"new","type":"http","version":{}}],"settings":{}}`,
		"UI_PORT=4000\n", "UI_PORT=4000\n    BOOT_FILE=data/config.json\n    BOOT_FILE_REPLACES_CONFIG=true\n").Replace(form)
	if diff := cmp.Diff(want, text(t, g.o.Target)); diff != "" {
		t.Errorf("manifest (-want +got):\n%s", diff)
	}
	for _, bad := range []string{"a: b: c", "kind: ConfigMap\ndata: {}\n", "kind: ConfigMap\ndata: {config.json: {}}\n", ""} {
		if _, _, err := (manifest{}).open([]byte(bad)); err == nil {
			t.Errorf("%q is taken for a manifest", bad)
		}
	}
}

// TestManifestEncoded has the configuration in base64, or in a Secret.
func TestManifestEncoded(t *testing.T) {
	const was, want = `{"settings":{}}`, `{"API":[{"id":"new","type":"http","version":{}}],"settings":{}}`
	in64 := func(text string) string { return base64.StdEncoding.EncodeToString([]byte(text)) }
	for _, tt := range []struct {
		name, form    string // with the configuration where %s is
		encoded, boot bool
	}{
		{"binary data", "kind: ConfigMap\ndata:\n  license.json: '{}'\nbinaryData:\n  config.json: %s\n", true, true},
		{"secret", "kind: Secret\ndata:\n  config.json: %s\n  license.json: e30=\n", true, true},
		{"secret in clear text", "kind: Secret\nstringData:\n  config.json: '%s'\ndata:\n  license.json: e30=\n", false, false},
		{"binary data in lines", "kind: ConfigMap\nbinaryData:\n  config.json: >-\n    %s\n", true, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			config, after := was, want
			if tt.encoded {
				config, after = in64(was), in64(want)
			}
			g := open(t, fmt.Sprintf(tt.form, config), Options{Target: filepath.Join(t.TempDir(), "map.yaml"), Boot: tt.boot})
			if err := g.Put(t.Context(), newAPI(), nil); err != nil {
				t.Fatal(err)
			}
			got := text(t, g.o.Target)
			if !strings.Contains(got, after) || strings.Contains(tt.form, "license.json") != strings.Contains(got, "license.json") {
				t.Errorf("manifest: got\n%s\nwant one with %s", got, after)
			}
			if boot := in64("BOOT_FILE=data/config.json\nBOOT_FILE_REPLACES_CONFIG=true\n"); tt.boot && !strings.Contains(got, boot) {
				t.Errorf("manifest: got\n%s\nwant system variables %s", got, boot)
			}
		})
	}
	if _, _, err := (manifest{}).open([]byte("kind: Secret\ndata: {config.json: '*'}\n")); err == nil || !strings.Contains(err.Error(), "line 2: not in base64") {
		t.Errorf("what is not in base64: got %v", err)
	}
}

func TestArchive(t *testing.T) {
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for name, text := range map[string]string{"readme.txt": "hello", "export/config.json": `{"settings":{}}`} {
		f, err := w.Create(name)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := f.Write([]byte(text)); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	g := open(t, b.String(), Options{Target: filepath.Join(t.TempDir(), "config.zip")})
	if err := g.Put(t.Context(), newAPI(), nil); err != nil {
		t.Fatal(err)
	}
	r, err := zip.OpenReader(g.o.Target)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = r.Close() }()
	var names []string
	for _, f := range r.File {
		names = append(names, f.Name)
	}
	slices.Sort(names)
	if diff := cmp.Diff([]string{"export/config.json", "readme.txt"}, names); diff != "" {
		t.Errorf("entries (-want +got):\n%s", diff)
	}
	if _, err := g.Get(t.Context(), newAPI().Key); err != nil {
		t.Error(err)
	}
}

// TestEmptyFile is for a file that somebody cut off: it is no configuration
// that holds nothing.
func TestEmptyFile(t *testing.T) {
	for _, create := range []bool{false, true} {
		g := open(t, "", Options{Create: create})
		if _, err := g.current(t.Context()); (err == nil) != create {
			t.Errorf("read of an empty file, create %t: %v", create, err)
		}
	}
}

// FuzzBoxes reads what may be a manifest or an archive, and puts back what it
// found there.
func FuzzBoxes(f *testing.F) {
	f.Add([]byte("kind: ConfigMap\ndata:\n  config.json: '{}'\n"))
	f.Add([]byte("kind: ConfigMap\ndata: &a\n  config.json: *a\n"))
	f.Add([]byte("PK\x05\x06" + strings.Repeat("\x00", 18)))
	f.Fuzz(func(t *testing.T, raw []byte) {
		for _, b := range []box{manifest{}, archive{}} {
			config, conf, err := b.open(raw)
			if err != nil {
				continue
			}
			sealed, err := b.seal(raw, config, conf)
			if err != nil {
				continue
			}
			again, _, err := b.open(sealed)
			if err != nil || !bytes.Equal(again, config) {
				t.Errorf("%T: %q becomes %q: %v", b, config, again, err)
			}
		}
	})
}
