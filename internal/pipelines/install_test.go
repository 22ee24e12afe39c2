//go:build pipelines

package pipelines

import (
	"crypto/sha256"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestInstall(t *testing.T) {
	script, err := filepath.Abs("../../pipelines/lockstep/install.sh")
	if err != nil {
		t.Fatal(err)
	}
	sums, err := os.ReadFile(programs + "/v0.1.0/checksums.txt")
	if err != nil {
		t.Fatal(err)
	}
	pin := fmt.Sprintf("%x", sha256.Sum256(sums))
	tests := []struct {
		name    string
		args    string
		env     map[string]string
		wantErr string
	}{
		{"as it is", "publisher v0.1.0 bin", nil, ""},
		{"pinned", "publisher v0.1.0 bin", map[string]string{"LOCKSTEP_CHECKSUMS_SHA256": pin}, ""},
		{"another pin", "publisher v0.1.0 bin", map[string]string{"LOCKSTEP_CHECKSUMS_SHA256": strings.Repeat("0", 64)}, "is not the one that LOCKSTEP_CHECKSUMS_SHA256 pins"},
		{"no such release", "publisher v9.9.9 bin", nil, "cannot read file://"},
		{"no such program", "editor v0.1.0 bin", nil, "cannot read file://"},
		{"usage", "publisher", nil, "usage: install.sh PROGRAM VERSION FOLDER"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			w := newWorld(t, nil)
			r := w.run(w.dir, tt.env, append([]string{"sh", script}, strings.Fields(tt.args)...)...)
			_, err := os.Stat(w.dir + "/bin/publisher")
			if tt.wantErr != "" {
				if r.code != 1 || !strings.Contains(r.stderr, tt.wantErr) || err == nil {
					t.Errorf("got exit code %d, %q, want 1, %q and nothing installed", r.code, r.stderr, tt.wantErr)
				}
				return
			}
			if r.code != 0 || r.stdout+r.stderr != "" || err != nil {
				t.Errorf("got exit code %d, %q, %v, want it installed without a word", r.code, r.stdout+r.stderr, err)
			}
			holds(t, "its version", w.run(w.dir, nil, w.dir+"/bin/publisher", "--version").stdout, "publisher version")
		})
	}
}
