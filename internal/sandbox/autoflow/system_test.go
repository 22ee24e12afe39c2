package autoflow

import (
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestReadSystem(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name, conf string
		environ    []string
		want       system
	}{
		{"nothing", "", nil, system{uiPort: 4000, level: slog.LevelWarn}},
		{"file", "# ours\n\n NAME = API AutoFlow Pro (Kubernetes)\nLOG_LEVEL=debug\nPORT_OFFSET=-10\nUI_PORT=80\nBOOT_FILE=a=b.json\nBOOT_FILE_REPLACES_CONFIG=true", nil,
			system{name: "API AutoFlow Pro (Kubernetes)", level: slog.LevelDebug, offset: -10, uiPort: 80, bootFile: "a=b.json", named: true, replaces: true}},
		{"environment", "NAME=file\nUI_PORT=1", []string{"AUTOFLOW_NAME=environment", "NAME=other", "AUTOFLOW_UI_PORT=2"},
			system{name: "environment", level: slog.LevelWarn, uiPort: 2}},
		{"what it does not know", "COLOUR=red\nLOG_LEVEL=loud\nDEPLOYMENT_MODE=cluster\nCONFIG_FILE=x\nLICENSE_FILE=license.json", []string{"AUTOFLOW_TASTE=sweet"},
			system{uiPort: 4000, level: slog.LevelWarn, warnings: []string{
				"COLOUR in DATA/autoflow.conf is no system variable of API AutoFlow",
				"CONFIG_FILE in DATA/autoflow.conf has no effect: it names that file, and counts in the environment only",
				"TASTE in the environment is no system variable of API AutoFlow",
				`LOG_LEVEL "loud" is none of debug, info, warn and error`,
				"DEPLOYMENT_MODE is cluster: the emulator is one node, and knows no other",
			}}},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			if err := os.WriteFile(filepath.Join(dir, confName), []byte(test.conf), 0o600); err != nil {
				t.Fatal(err)
			}
			got, err := readSystem(dir, test.environ)
			if err != nil {
				t.Fatal(err)
			}
			test.want.data = dir
			for i := range test.want.warnings {
				test.want.warnings[i] = strings.ReplaceAll(test.want.warnings[i], "DATA", dir)
			}
			if diff := cmp.Diff(test.want, got, cmp.AllowUnexported(system{})); diff != "" {
				t.Errorf("want - got +:\n%s", diff)
			}
		})
	}
}

func TestDataDirectory(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if got, err := readSystem("", []string{"AUTOFLOW_DATA_DIRECTORY=" + dir}); err != nil || got.data != dir {
		t.Errorf("got %q, %v, want the one that AUTOFLOW_DATA_DIRECTORY names", got.data, err)
	}
	file := filepath.Join(dir, "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for name, o := range map[string]Options{
		"missing":                   {Data: filepath.Join(dir, "none")},
		"is a file":                 {Data: file},
		"missing file of variables": {Data: dir, Environ: []string{"AUTOFLOW_CONFIG_FILE=" + filepath.Join(dir, "none")}},
		"fault":                     {Data: dir, Faults: []string{"flood"}},
	} {
		if _, err := New(o); err == nil {
			t.Errorf("%s: got no error", name)
		}
	}
}
