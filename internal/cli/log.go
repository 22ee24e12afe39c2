package cli

import (
	"fmt"
	"io"
	"log/slog"
	"strings"

	"github.com/lockstep-apiops/lockstep/internal/config"
	"github.com/lockstep-apiops/lockstep/internal/nearest"
)

// LogSettings returns the settings that Logger reads. Each program adds them to its own.
func LogSettings() []config.Setting {
	return []config.Setting{
		{Name: "log-level", Env: []string{"Logging__LogLevel__Default"}, Default: "warn", Usage: "least severe lines to log: debug, info, warn, error or none"},
		{Name: "log-format", Choices: []string{"text", "json"}, Default: "text", Usage: "form of log lines"},
		{Name: "log-output", Choices: []string{"stdout", "stderr", "none"}, Usage: "where log lines go; by default to standard output, unless that carries a document"},
	}
}

// Logger returns the logger that the settings ask for. Log lines go to standard output, because pipelines exist that
// fail a step which writes to standard error. A program whose standard output is a document for machines says so; then
// there is a log only where the user named a place for it.
func (s System) Logger(v *config.Values, document bool) (*slog.Logger, error) {
	level, err := parseLevel(v.String("log-level"))
	if err != nil {
		return nil, &config.Error{Source: v.Source("log-level"), Err: err}
	}
	w := s.logOutput(v.String("log-output"), document)
	if w == nil || level == levelNone {
		return slog.New(slog.DiscardHandler), nil
	}
	options := &slog.HandlerOptions{Level: level}
	if v.String("log-format") == "json" {
		return slog.New(slog.NewJSONHandler(w, options)), nil
	}
	return slog.New(slog.NewTextHandler(w, options)), nil
}

// logOutput returns where log lines go, or nil when they go nowhere.
func (s System) logOutput(name string, document bool) io.Writer {
	switch {
	case name == "stderr":
		return s.Stderr
	case name == "stdout", name == "" && !document:
		return s.Stdout
	}
	return nil
}

// levelNone is above every level.
const levelNone = slog.Level(100)

// parseLevel reads the words of this program and those that .NET programs use, as pipelines pass them on.
func parseLevel(text string) (slog.Level, error) {
	switch strings.ToLower(text) {
	case "trace", "debug":
		return slog.LevelDebug, nil
	case "info", "information":
		return slog.LevelInfo, nil
	case "warn", "warning":
		return slog.LevelWarn, nil
	case "error", "critical":
		return slog.LevelError, nil
	case "none":
		return levelNone, nil
	}
	words := []string{"debug", "info", "warn", "error", "none"}
	return 0, fmt.Errorf("%q is not one of %s%s", text, strings.Join(words, ", "), nearest.Hint(text, words))
}
