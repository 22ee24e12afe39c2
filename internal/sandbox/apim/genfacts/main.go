// Genfacts condenses the published type descriptions of API Management into the
// facts the emulator checks: what is required, read-only, write-only, bounded or
// of a closed set of values. It knows nothing of how they are checked.
//
// Usage: genfacts SCHEMA.json > facts.json
package main

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
)

const servicePrefix = "Microsoft.ApiManagement/service/"

// source is one property as the published description has it.
type source struct {
	Type      any   `json:"t"`
	Required  bool  `json:"required"`
	ReadOnly  bool  `json:"readOnly"`
	WriteOnly bool  `json:"writeOnly"`
	Enum      []any `json:"enum"`
	Open      *bool `json:"open"`
	MinLength *int  `json:"minLength"`
	MaxLength *int  `json:"maxLength"`
	MinValue  *int  `json:"minValue"`
	MaxValue  *int  `json:"maxValue"`
	Pattern   string
}

// fact is what is kept of a property; the names are short because there are many.
type fact struct {
	Type      string `json:"t,omitempty"`
	Required  bool   `json:"r,omitempty"`
	ReadOnly  bool   `json:"ro,omitempty"`
	WriteOnly bool   `json:"wo,omitempty"`
	Enum      []any  `json:"e,omitempty"`
	MinLength *int   `json:"nl,omitempty"`
	MaxLength *int   `json:"xl,omitempty"`
	MinValue  *int   `json:"n,omitempty"`
	MaxValue  *int   `json:"x,omitempty"`
	Pattern   string `json:"p,omitempty"`
}

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: genfacts SCHEMA.json > facts.json")
		os.Exit(2)
	}
	in, err := os.ReadFile(os.Args[1])
	if err == nil {
		err = generate(os.Stdout, in)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "genfacts:", err)
		os.Exit(1)
	}
}

// generate writes the facts of in to w, one resource type a line, sorted.
func generate(w io.Writer, in []byte) error {
	var types map[string]map[string]source
	if err := json.Unmarshal(in, &types); err != nil {
		return fmt.Errorf("read schema: %w", err)
	}
	var lines []string
	for name, props := range types {
		short, ok := strings.CutPrefix(name, servicePrefix)
		if !ok || strings.HasPrefix(short, "workspaces/") {
			continue
		}
		text, err := json.Marshal(facts(props))
		if err != nil {
			return fmt.Errorf("write %s: %w", name, err)
		}
		lines = append(lines, fmt.Sprintf("%q:%s", short, text))
	}
	slices.Sort(lines)
	_, err := fmt.Fprintf(w, "{\n%s\n}\n", strings.Join(lines, ",\n"))
	return err
}

// isShare reports whether a number may have decimals, which the published
// descriptions do not tell: they know whole numbers alone.
func isShare(path string) bool { return strings.HasSuffix(path, "sampling.percentage") }

func facts(props map[string]source) map[string]fact {
	out := map[string]fact{}
	for path, p := range props {
		if path == "apiVersion" || path == "id" || path == "type" {
			continue
		}
		f := fact{Required: p.Required, ReadOnly: p.ReadOnly, WriteOnly: p.WriteOnly, MinLength: p.MinLength,
			MaxLength: p.MaxLength, MinValue: p.MinValue, MaxValue: p.MaxValue, Pattern: p.Pattern}
		if p.Open != nil && !*p.Open {
			f.Enum = p.Enum
		}
		switch t, _ := p.Type.(string); t {
		case "int", "bool", "array", "object", "string":
			f.Type = t[:1]
		}
		if isShare(path) {
			f.Type = "n"
		}
		out[path] = f
	}
	return out
}
