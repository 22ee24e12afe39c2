package autoflow

import (
	"os"
	"path/filepath"
	"testing"
)

func TestBootFile(t *testing.T) {
	for _, tt := range []struct{ name, conf, want string }{
		{"none", "", "BOOT_FILE=data/config.json\nBOOT_FILE_REPLACES_CONFIG=true\n"},
		{"a place of its own", "BOOT_FILE=/srv/config.json\n", "BOOT_FILE=/srv/config.json\nBOOT_FILE_REPLACES_CONFIG=true\n"},
		{"another file", "BOOT_FILE=data/old.json\n", "BOOT_FILE=data/config.json\nBOOT_FILE_REPLACES_CONFIG=true\n"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			dir := t.TempDir()
			conf := filepath.Join(dir, confName)
			if err := os.WriteFile(conf, []byte(tt.conf), 0o600); err != nil {
				t.Fatal(err)
			}
			g, err := New(Options{Target: dir, Create: true, Boot: true})
			if err != nil {
				t.Fatal(err)
			}
			if err := g.Put(t.Context(), newAPI(), nil); err != nil {
				t.Fatal(err)
			}
			if got := text(t, conf); got != tt.want {
				t.Errorf("system variables = %q, want %q", got, tt.want)
			}
		})
	}
}
