package cli

import (
	"bytes"
	"log/slog"
	"os"
	"runtime/debug"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/spf13/pflag"

	"github.com/lockstep-apiops/lockstep/internal/config"
)

func TestColor(t *testing.T) {
	tests := []struct {
		name string
		env  []string
		want bool
	}{
		{"no terminal", nil, false},
		{"forced", []string{"CLICOLOR_FORCE=1"}, true},
		{"forced off", []string{"CLICOLOR_FORCE=0"}, false},
		{"forced in a pipeline", []string{"CI=true", "CLICOLOR_FORCE=1"}, true},
		{"forbidden", []string{"NO_COLOR=1", "CLICOLOR_FORCE=1"}, false},
		{"forbidden by nothing", []string{"NO_COLOR=", "CLICOLOR_FORCE=1"}, true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := (System{Environ: tt.env, Stdout: &bytes.Buffer{}}).Color(); got != tt.want {
				t.Errorf("Color() = %t, want %t", got, tt.want)
			}
		})
	}
}

func TestCI(t *testing.T) {
	tests := []struct {
		name string
		env  []string
		want bool
	}{
		{"nothing set", nil, false},
		{"most systems", []string{"CI=true"}, true},
		{"denied", []string{"CI=False"}, false},
		{"Azure Pipelines", []string{"TF_BUILD=True"}, true},
		{"Jenkins", []string{"JENKINS_URL=http://localhost"}, true},
		{"the last of two counts", []string{"CI=true", "CI="}, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := (System{Environ: tt.env}).CI(); got != tt.want {
				t.Errorf("CI() = %t, want %t", got, tt.want)
			}
		})
	}
}

func TestTerminal(t *testing.T) {
	null, err := os.Open(os.DevNull)
	if err != nil {
		t.Fatal(err)
	}
	defer null.Close()
	file, err := os.Create(t.TempDir() + "/out")
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	if (System{Stdout: null}).Terminal() || (System{Stdout: file}).Terminal() || (System{Stdout: &bytes.Buffer{}}).Terminal() {
		t.Error("Terminal() is true for the null device, a file or a buffer")
	}
	device, err := os.OpenFile("/dev/ptmx", os.O_RDWR, 0)
	if err != nil {
		t.Skipf("this machine lends no terminal to test with: %v", err)
	}
	defer device.Close()
	if !(System{Stdout: device}).Terminal() {
		t.Error("Terminal() is false for a terminal")
	}
	if !(System{Stdout: device}).Color() {
		t.Error("Color() is false for a terminal")
	}
	for _, env := range []string{"CI=1", "TERM=dumb"} {
		if (System{Stdout: device, Environ: []string{env}}).Terminal() {
			t.Errorf("Terminal() is true with %s", env)
		}
	}
	if (System{Stdout: device, Environ: []string{"CLICOLOR=0"}}).Color() {
		t.Error("Color() is true with CLICOLOR=0")
	}
}

func TestLogger(t *testing.T) {
	tests := []struct {
		name           string
		env            []string
		document       bool
		stdout, stderr string // a part of what is logged; none means nothing is
	}{
		{"default", nil, false, "level=WARN msg=careful", ""},
		{"document", nil, true, "", ""},
		{"document with a log asked for", []string{"LOCKSTEP_LOG_OUTPUT=stderr"}, true, "", "level=WARN msg=careful"},
		{"nowhere", []string{"LOCKSTEP_LOG_OUTPUT=none"}, false, "", ""},
		{"nothing", []string{"LOCKSTEP_LOG_LEVEL=none"}, false, "", ""},
		{"more", []string{"LOCKSTEP_LOG_LEVEL=debug"}, false, "level=DEBUG msg=detail", ""},
		{"less", []string{"LOCKSTEP_LOG_LEVEL=error"}, false, "", ""},
		{"words of .NET", []string{"Logging__LogLevel__Default=Information"}, false, "level=INFO msg=fact", ""},
		{"json", []string{"LOCKSTEP_LOG_FORMAT=json"}, false, `"level":"WARN","msg":"careful"`, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var stdout, stderr bytes.Buffer
			sys := System{Environ: tt.env, Stdout: &stdout, Stderr: &stderr}
			log, err := sys.Logger(logValues(t, tt.env), tt.document)
			if err != nil {
				t.Fatal(err)
			}
			log.Debug("detail")
			log.Info("fact")
			log.Warn("careful")
			check(t, "standard output", stdout.String(), tt.stdout)
			check(t, "standard error", stderr.String(), tt.stderr)
		})
	}
}

// check compares what was written to where with a part that it must contain.
func check(t *testing.T, where, got, want string) {
	t.Helper()
	if want == "" && got != "" || !strings.Contains(got, want) {
		t.Errorf("%s = %q, want %q", where, got, want)
	}
}

// logValues resolves the settings of the log from an environment.
func logValues(t *testing.T, env []string) *config.Values {
	t.Helper()
	set := config.MustSet(LogSettings())
	flags := pflag.NewFlagSet("test", pflag.ContinueOnError)
	set.AddFlags(flags)
	v, err := set.Resolve(flags, env)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func TestLoggerRefusesLevel(t *testing.T) {
	_, err := System{}.Logger(logValues(t, []string{"LOCKSTEP_LOG_LEVEL=debig"}), false)
	const want = `LOCKSTEP_LOG_LEVEL in the environment: "debig" is not one of debug, info, warn, error, none; did you mean debug?`
	if err == nil || err.Error() != want {
		t.Errorf("Logger() error = %v, want %s", err, want)
	}
	if got := exitCode(err); got != ExitUsage {
		t.Errorf("exit code = %d, want %d", got, ExitUsage)
	}
}

func TestParseLevelKnowsTheWordsOfDotNet(t *testing.T) {
	for word, want := range map[string]slog.Level{
		"Trace": slog.LevelDebug, "Debug": slog.LevelDebug, "Information": slog.LevelInfo,
		"Warning": slog.LevelWarn, "Error": slog.LevelError, "Critical": slog.LevelError, "None": levelNone,
	} {
		if got, err := parseLevel(word); err != nil || got != want {
			t.Errorf("parseLevel(%s) = %v, %v, want %v", word, got, err, want)
		}
	}
}

func TestBuild(t *testing.T) {
	noted := &debug.BuildInfo{Main: debug.Module{Version: "v1.2.3"}, Settings: []debug.BuildSetting{
		{Key: "vcs.revision", Value: "0123456789abcdef"}, {Key: "vcs.time", Value: "2026-01-31T10:00:00Z"}, {Key: "vcs.modified", Value: "true"},
	}}
	tests := []struct {
		name  string
		build Build
		info  *debug.BuildInfo
		want  string
	}{
		{"from the linker", Build{Version: "v2.0.0", Commit: "fedcba987654", Date: "2026-02-01", Go: "go1.26"}, noted, "v2.0.0 (commit fedcba987654, 2026-02-01, go1.26)"},
		{"from the go command", Build{Go: "go1.26"}, noted, "v1.2.3 (commit 0123456789ab-dirty, 2026-01-31, go1.26)"},
		{"from nowhere", Build{Version: "v0.0.0-dev", Go: "go1.26"}, &debug.BuildInfo{Main: debug.Module{Version: "(devel)"}}, "v0.0.0-dev (go1.26)"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			tt.build.complete(tt.info)
			if diff := cmp.Diff(tt.build.String(), tt.want); diff != "" {
				t.Errorf("String() (-got +want):\n%s", diff)
			}
		})
	}
	if got := ThisBuild().Version; !strings.HasPrefix(got, "v") {
		t.Errorf("ThisBuild().Version = %q, want it to start with v", got)
	}
}
