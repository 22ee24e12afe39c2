package cli

import (
	"fmt"
	"io"
	"log/slog"
	"strings"

	"github.com/lockstep-apiops/lockstep/internal/config"
	"github.com/lockstep-apiops/lockstep/internal/nearest"
)

// LogSettings returns the settings that Logger reads, and those that loggers of other tools do. Each program adds them to
// its own.
func LogSettings() []config.Setting {
	return []config.Setting{
		{Name: "log-level", Env: []string{"Logging__LogLevel__Default"}, Default: "warn", Usage: "least severe lines to log: debug, info, warn, error or none"},
		{Name: "log-format", Choices: []string{"text", "json"}, Default: "text", Usage: "form of log lines"},
		{Name: "log-output", Choices: []string{"stdout", "stderr", "none"}, Usage: "where log lines go; by default to standard output, unless that carries a document"},
		{Name: "log-categories", Inert: true, Env: []string{"Logging__*"}, Usage: "one level counts for all"},
		{Name: "telemetry", Inert: true, Env: []string{"APPLICATIONINSIGHTS_CONNECTION_STRING", "OTEL_EXPORTER_OTLP_ENDPOINT"}, Usage: "no telemetry is sent"},
	}
}

// Logger returns the logger that the settings ask for. Log lines go to standard output, because pipelines exist that
// fail a step which writes to standard error. A program whose standard output is a document for machines says so; then
// there is a log only where the user named a place for it. The log's first line tells of settings that were given and
// have no use here.
func (s System) Logger(v *config.Values, document bool) (*slog.Logger, error) {
	level, err := parseLevel(v.String("log-level"))
	if err != nil {
		return nil, &config.Error{Source: v.Source("log-level"), Err: err}
	}
	log := slog.New(s.logHandler(v, level, document))
	if names := v.Inert(); len(names) > 0 {
		log.Warn("these settings have no effect here", "names", strings.Join(names, ", "))
	}
	return log, nil
}

// logHandler returns what writes log lines.
func (s System) logHandler(v *config.Values, level slog.Level, document bool) slog.Handler {
	w := s.logOutput(v.String("log-output"), document)
	if w == nil || level == levelNone {
		return slog.DiscardHandler
	}
	w = s.defused(w)
	options := &slog.HandlerOptions{Level: level}
	if v.String("log-format") == "json" {
		return slog.NewJSONHandler(w, options)
	}
	return slog.NewTextHandler(w, options)
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
