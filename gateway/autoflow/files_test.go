package autoflow

import (
	"bytes"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/lockstep-apiops/lockstep/gateway"
)

// TestPutBackNothing leaves alone what a failed write did not change: on a full
// disk it could not be written again.
func TestPutBackNothing(t *testing.T) {
	path := filepath.Join(t.TempDir(), "config.json")
	if err := os.WriteFile(path, []byte("{}"), 0o600); err != nil {
		t.Fatal(err)
	}
	before, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := putBack(path, []byte("{}")); err != nil {
		t.Fatal(err)
	}
	after, err := os.Stat(path)
	if err != nil || !os.SameFile(before, after) {
		t.Errorf("the file was written again, error %v", err)
	}
	if err := putBack(path, nil); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(path); !os.IsNotExist(err) {
		t.Errorf("what was not there is there: %v", err)
	}
}

// TestTellsOfLocks reads what a publication has left that was killed.
func TestTellsOfLocks(t *testing.T) {
	var log bytes.Buffer
	g := open(t, whole, Options{Log: slog.New(slog.NewTextHandler(&log, nil))})
	lock := g.o.Target + lockEnd
	for _, step := range []struct {
		name   string
		change func() error
		want   int // warnings so far
	}{
		{"no lock", func() error { return nil }, 0},
		{"a lock", func() error { return os.WriteFile(lock, []byte("process 1 on build-7\n"), 0o600) }, 1},
		{"the same", func() error { return nil }, 1},
	} {
		if err := step.change(); err != nil {
			t.Fatal(err)
		}
		g.forget()
		if _, err := g.Get(t.Context(), gateway.NewKey("product", "product")); err != nil {
			t.Fatal(err)
		}
		if got := strings.Count(log.String(), "process 1 on build-7"); got != step.want {
			t.Errorf("%s: %d warnings, want %d: %s", step.name, got, step.want, &log)
		}
	}
}
