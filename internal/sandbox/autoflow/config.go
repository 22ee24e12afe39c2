package autoflow

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
)

// configuration is what a configuration file says, as far as an emulator cares.
type configuration struct {
	text     []byte // the file
	product  string // who wrote it, such as "API AutoFlow Pro 3.1.5"
	apis     map[string]map[string]json.RawMessage
	servers  []*serverConfig // those that run, by id
	warnings []string
}

// entry is a server, an API or another thing that has versions.
type entry struct {
	ID             string                     `json:"id"`
	Type           string                     `json:"type"`
	CurrentVersion *string                    `json:"currentVersion"`
	Version        map[string]json.RawMessage `json:"version"`
}

// serverConfig is a server with the version of it that runs.
type serverConfig struct {
	id, version string
	port        int // without an offset
	events      []event
	router      *router
}

// event is something that a server does.
type event struct {
	Event struct {
		API       apiReference `json:"apiReference"`
		Operation struct {
			Method string `json:"method"`
			Path   string `json:"path"`
		} `json:"operationReference"`
	} `json:"event"`
	Matches []any `json:"matches"`
}

// apiReference names a version of an API.
type apiReference struct {
	ID      string `json:"id"`
	Version string `json:"version"`
}

// parseConfiguration reads a configuration, and refuses one that cannot run.
func parseConfiguration(text []byte) (*configuration, error) {
	var sections map[string]json.RawMessage
	if err := decode(text, &sections); err != nil {
		return nil, fmt.Errorf("read configuration: %w", err)
	}
	if sections == nil {
		return nil, errors.New("read configuration: it is null: want an object")
	}
	c := &configuration{text: text, apis: map[string]map[string]json.RawMessage{}}
	var product struct{ Name, Version string }
	if raw, ok := sections["$product"]; ok {
		if err := decode(raw, &product); err != nil {
			return nil, fmt.Errorf("read configuration: $product: %w", err)
		}
		c.product = product.Name + " " + product.Version
	}
	entries := map[string][]entry{}
	for _, name := range []string{"API", "Client", "Process", "Server", "Service"} {
		var err error
		if entries[name], err = section(name, sections[name]); err != nil {
			return nil, fmt.Errorf("read configuration: %w", err)
		}
	}
	for _, e := range entries["API"] {
		c.apis[e.ID] = e.Version
	}
	// Before 3.0.6 servers and clients were one list.
	for _, e := range slices.Concat(entries["Server"], entries["Process"]) {
		if err := c.addServer(e); err != nil {
			return nil, fmt.Errorf("read configuration: server %q: %w", e.ID, err)
		}
	}
	slices.SortStableFunc(c.servers, func(a, b *serverConfig) int { return strings.Compare(a.id, b.id) })
	return c, nil
}

// decode reads one JSON value, with numbers as they are written.
func decode(text []byte, into any) error {
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	if err := d.Decode(into); err != nil {
		if errors.Is(err, io.EOF) {
			return errors.New("it is empty")
		}
		return err
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return errors.New("something follows the end of the JSON text")
	}
	return nil
}

// section reads a list of things that have ids and versions.
func section(name string, raw json.RawMessage) ([]entry, error) {
	if raw == nil {
		return nil, nil
	}
	var list []entry
	if err := decode(raw, &list); err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	seen := map[string]bool{}
	for i, e := range list {
		switch {
		case e.ID == "":
			return nil, fmt.Errorf("%s[%d]: it has no id", name, i)
		case seen[e.ID]:
			return nil, fmt.Errorf("%s[%d]: the id %q is taken", name, i, e.ID)
		}
		seen[e.ID] = true
		if e.CurrentVersion != nil {
			if _, ok := e.Version[*e.CurrentVersion]; !ok {
				return nil, fmt.Errorf("%s %q: its currentVersion %q does not exist", name, e.ID, *e.CurrentVersion)
			}
		}
	}
	return list, nil
}

// addServer adds a server that is to run.
func (c *configuration) addServer(e entry) error {
	if e.CurrentVersion == nil {
		c.warn("server %q has no currentVersion: it does not run", e.ID)
		return nil
	}
	if e.Type != "http" {
		c.warn("server %q is of type %q, which is not emulated", e.ID, e.Type)
		return nil
	}
	var v struct {
		Setting struct {
			Port       json.Number    `json:"port"`
			APIs       []apiReference `json:"apis"`
			TLS        any            `json:"tls"`
			CORS       any            `json:"cors"`
			Securities []any          `json:"securities"`
		} `json:"setting"`
		Events []event `json:"events"`
	}
	if err := decode(e.Version[*e.CurrentVersion], &v); err != nil {
		return fmt.Errorf("version %s: %w", *e.CurrentVersion, err)
	}
	s := &serverConfig{id: e.ID, version: *e.CurrentVersion, events: v.Events}
	port, err := v.Setting.Port.Int64()
	if err != nil || port < 1 || port > maxPort {
		return fmt.Errorf("version %s: setting.port is no port", s.version)
	}
	s.port = int(port)
	for _, has := range []struct {
		name  string
		given bool
	}{{"cors", isSet(v.Setting.CORS)}, {"securities", len(v.Setting.Securities) > 0}, {"tls", isSet(v.Setting.TLS)}} {
		if has.given {
			c.warn("server %q has %s, which is not emulated", s.id, has.name)
		}
	}
	if s.router, err = c.route(s, v.Setting.APIs); err != nil {
		return fmt.Errorf("version %s: %w", s.version, err)
	}
	c.servers = append(c.servers, s)
	return nil
}

func (c *configuration) warn(format string, args ...any) {
	c.warnings = append(c.warnings, fmt.Sprintf(format, args...))
}

// isSet reports whether a setting is there and turned on.
func isSet(v any) bool { return v != nil && v != false }

// sorted are the keys of a map, in order.
func sorted[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
