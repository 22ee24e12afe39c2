package autoflow

import (
	"bytes"
	"strings"
)

// System variables that this package knows.
const (
	bootFile     = "BOOT_FILE"
	bootReplaces = "BOOT_FILE_REPLACES_CONFIG"
	portOffset   = "PORT_OFFSET"
	uiPort       = "UI_PORT"
)

// bootName is what BOOT_FILE is made to say: names are relative to where the
// product is installed, and data is its default DATA_DIRECTORY there. Whoever
// has another one names the file in autoflow.conf, and that stays.
const bootName = "data/" + configName

// variable returns the value that a file of KEY=VALUE lines gives a variable,
// and whether it does.
func variable(conf []byte, name string) (string, bool) {
	found, ok := "", false
	for line := range strings.Lines(string(conf)) {
		key, v, is := strings.Cut(strings.TrimSpace(line), "=")
		if is && strings.TrimSpace(key) == name {
			found, ok = strings.Trim(strings.TrimSpace(v), `"'`), true
		}
	}
	return found, ok
}

// withVariable returns the file with a variable set. Other lines stay as they
// are, comments included.
func withVariable(conf []byte, name, v string) []byte {
	if have, ok := variable(conf, name); ok && have == v {
		return conf
	}
	var out []byte
	done := false
	for line := range bytes.Lines(conf) {
		key, _, is := strings.Cut(strings.TrimSpace(string(line)), "=")
		if !is || strings.TrimSpace(key) != name {
			out = append(out, line...)
			continue
		}
		if !done {
			out = append(out, name+"="+v+"\n"...)
			done = true
		}
	}
	if !done {
		if len(out) > 0 && out[len(out)-1] != '\n' {
			out = append(out, '\n')
		}
		out = append(out, name+"="+v+"\n"...)
	}
	return out
}
