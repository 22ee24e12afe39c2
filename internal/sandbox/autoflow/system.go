package autoflow

import (
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

const (
	envPrefix     = "AUTOFLOW_"
	defaultData   = "data"
	defaultUIPort = 4000
	confName      = "autoflow.conf"
	bootName      = "config.json"
	stateName     = "autoflow.state.json"
	maxPort       = 65535
)

// documented are the names of all system variables of the product. Most mean nothing
// to an emulator.
func documented() []string {
	return []string{"ADMIN_PASSWORD", "ADMIN_USERNAME", "BOOT_FILE", "BOOT_FILE_REPLACES_CONFIG", "CLUSTER_HOSTS",
		"CLUSTER_KUBERNETES_POLLING_INTERVAL", "CLUSTER_KUBERNETES_SERVICE", "CLUSTER_MODE", "CONFIG_FILE", "DATA_DIRECTORY",
		"DEPLOYMENT_MODE", "DIRECTORY", "LICENSE_ADDRESS", "LICENSE_FILE", "LICENSE_PORT", "LOG_LEVEL", "LOG_MODE", "NAME",
		"PORT_OFFSET", "UI_PORT"}
}

// system is what the system variables say.
type system struct {
	data     string // the data directory
	name     string
	bootFile string // "" is none
	named    bool   // bootFile was named, not found
	replaces bool
	offset   int
	uiPort   int
	level    slog.Level
	warnings []string
}

// readSystem reads the system variables of a data directory and of an environment.
func readSystem(data string, environ []string) (system, error) {
	env := variables(environ)
	if data == "" {
		if data = env["DATA_DIRECTORY"]; data == "" {
			data = defaultData
		}
	}
	s := system{data: data}
	if info, err := os.Stat(data); err != nil {
		return s, fmt.Errorf("read data directory: %w", err)
	} else if !info.IsDir() {
		return s, fmt.Errorf("read data directory: %s is a file", data)
	}
	path := env["CONFIG_FILE"]
	if path == "" {
		path = filepath.Join(data, confName)
	}
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) && env["CONFIG_FILE"] == "" {
		err = nil
	}
	if err != nil {
		return s, fmt.Errorf("read system variables: %w", err)
	}
	values, err := s.parse(string(text), path)
	if err != nil {
		return s, err
	}
	for _, name := range sorted(env) {
		s.know(name, "the environment")
		values[name] = env[name]
	}
	return s, s.take(values)
}

// variables are those of an environment that count, without their prefix.
func variables(environ []string) map[string]string {
	env := map[string]string{}
	for _, v := range environ {
		name, value, _ := strings.Cut(v, "=")
		if short, is := strings.CutPrefix(name, envPrefix); is {
			env[short] = value
		}
	}
	return env
}

// parse reads lines of KEY=VALUE.
func (s *system) parse(text, path string) (map[string]string, error) {
	values := map[string]string{}
	n := 0
	for line := range strings.Lines(text) {
		n++
		line = strings.TrimSpace(line)
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		name, value, is := strings.Cut(line, "=")
		if name = strings.TrimSpace(name); !is || name == "" {
			return nil, fmt.Errorf("read system variables: %s:%d: want KEY=VALUE", path, n)
		}
		s.know(name, path)
		if name == "CONFIG_FILE" {
			s.warn("CONFIG_FILE in %s has no effect: it names that file, and counts in the environment only", path)
		}
		values[name] = strings.TrimSpace(value)
	}
	return values, nil
}

// know warns of a variable that the product does not have.
func (s *system) know(name, where string) {
	if !slices.Contains(documented(), name) {
		s.warn("%s in %s is no system variable of API AutoFlow", name, where)
	}
}

func (s *system) warn(format string, args ...any) {
	s.warnings = append(s.warnings, fmt.Sprintf(format, args...))
}

// take sets what the variables say.
func (s *system) take(values map[string]string) error {
	s.name = values["NAME"]
	var errs []error
	var err error
	if s.replaces, err = parseBool(values["BOOT_FILE_REPLACES_CONFIG"]); err != nil {
		errs = append(errs, fmt.Errorf("BOOT_FILE_REPLACES_CONFIG: %w", err))
	}
	if s.offset, err = parseInt(values["PORT_OFFSET"], 0, -maxPort); err != nil {
		errs = append(errs, fmt.Errorf("PORT_OFFSET: %w", err))
	}
	if s.uiPort, err = parseInt(values["UI_PORT"], defaultUIPort, 1); err != nil {
		errs = append(errs, fmt.Errorf("UI_PORT: %w", err))
	}
	if err := errors.Join(errs...); err != nil {
		return fmt.Errorf("read system variables: %w", err)
	}
	s.level = slog.LevelWarn
	if text := values["LOG_LEVEL"]; text != "" && s.level.UnmarshalText([]byte(text)) != nil {
		s.warn("LOG_LEVEL %q is none of debug, info, warn and error", text)
	}
	if values["DEPLOYMENT_MODE"] == "cluster" {
		s.warn("DEPLOYMENT_MODE is cluster: the emulator is one node, and knows no other")
	}
	s.bootFile, s.named = values["BOOT_FILE"], values["BOOT_FILE"] != ""
	if !s.named {
		if _, err := os.Stat(filepath.Join(s.data, bootName)); err == nil {
			s.bootFile = bootName
		}
	}
	return nil
}

// bootPath is where the boot file is.
func (s *system) bootPath() string {
	if filepath.IsAbs(s.bootFile) {
		return s.bootFile
	}
	return filepath.Join(s.data, strings.TrimPrefix(filepath.ToSlash(s.bootFile), defaultData+"/"))
}

func parseBool(text string) (bool, error) {
	switch text {
	case "", "false":
		return false, nil
	case "true":
		return true, nil
	}
	return false, fmt.Errorf("%q is neither true nor false", text)
}

func parseInt(text string, preset, least int) (int, error) {
	if text == "" {
		return preset, nil
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < least || n > maxPort {
		return 0, fmt.Errorf("%q is no number from %d to %d", text, least, maxPort)
	}
	return n, nil
}
