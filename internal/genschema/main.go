// Command genschema condenses the vendor's descriptions of the resource types of
// API Management into the table of schemas that validation embeds. Of several
// files the first says what holds; the others, of newer versions of the API, add
// the fields and values that it does not know yet.
//
// Usage: genschema SCHEMA.json [NEWER.json]... > gateway/apim/schemas.txt
package main

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"os"
	"regexp"
	"slices"
	"strings"

	"github.com/lockstep-apiops/lockstep/gateway"
	"github.com/lockstep-apiops/lockstep/gateway/apim"
)

const servicePrefix = "Microsoft.ApiManagement/service/"

// A source is one property as a description has it.
type source struct {
	Type      string  `json:"t"`
	Const     string  `json:"const"`
	Required  bool    `json:"required"`
	ReadOnly  bool    `json:"readOnly"`
	Enum      []any   `json:"enum"`
	Open      *bool   `json:"open"`
	Of        *source `json:"of"`
	MinLength *int    `json:"minLength"`
	MaxLength *int    `json:"maxLength"`
	MinValue  *int    `json:"minValue"`
	MaxValue  *int    `json:"maxValue"`
	Pattern   string  `json:"pattern"`
}

func main() {
	if err := run(os.Stdout, os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "genschema:", err)
		os.Exit(1)
	}
}

func run(w io.Writer, files []string) error {
	kinds, err := apim.Kinds()
	if err != nil {
		return err
	}
	all := map[string]*gateway.Schema{}
	for i, name := range files {
		text, err := os.ReadFile(name)
		if err != nil {
			return err
		}
		var types map[string]map[string]source
		if err := json.Unmarshal(text, &types); err != nil {
			return fmt.Errorf("read %s: %w", name, err)
		}
		for _, k := range kinds.All() {
			if fields := types[servicePrefix+typeOf(kinds, k)]; fields != nil && k.Name == k.Row && k.Stored() {
				add(all, k.Row, fields, i > 0)
			}
		}
	}
	if len(all) == 0 {
		return fmt.Errorf("usage: genschema SCHEMA.json [NEWER.json]")
	}
	return write(w, all)
}

// typeOf returns the name of a kind's resource type: the collections that lead
// to it.
func typeOf(kinds *gateway.Kinds, k *gateway.Kind) string {
	if k.Parent == "" {
		return k.Segment
	}
	return typeOf(kinds, kinds.Get(k.Parent)) + "/" + k.Segment
}

// add adds the fields of a type, of a newer version only those not known yet.
func add(all map[string]*gateway.Schema, row string, fields map[string]source, newer bool) {
	s := all[row]
	if s == nil {
		s = &gateway.Schema{Fields: map[string]*gateway.Property{}}
		all[row] = s
	}
	for path, f := range fields {
		switch {
		case path == "apiVersion" || path == "id" || path == "type" || path == "etag" || strings.HasPrefix(path, "systemData"):
		case path == "name":
			if s.Name == nil && !newer && f.Const == "" && len(f.Enum) == 0 {
				s.Name = property(f)
			}
		default:
			s.Fields[path] = join(s.Fields[path], f, newer)
			if f.Of != nil {
				s.Fields[path+"[]"] = join(s.Fields[path+"[]"], *f.Of, newer)
			}
		}
	}
}

// join returns what is known of a field with what another version says of it.
func join(have *gateway.Property, f source, newer bool) *gateway.Property {
	p := property(f)
	if newer && have == nil {
		p.Required = false
		return p
	}
	if have == nil {
		return p
	}
	for _, v := range p.Enum {
		if len(have.Enum) > 0 && !slices.Contains(have.Enum, v) {
			have.Enum = append(have.Enum, v)
		}
	}
	return have
}

// property returns what holds of a field. What the service fills in may hold
// anything: it is not sent.
func property(f source) *gateway.Property {
	p := &gateway.Property{Type: f.Type, Required: f.Required && !f.ReadOnly, Closed: f.Open != nil && !*f.Open}
	if p.Type == "any" {
		p.Type = ""
	}
	if f.ReadOnly {
		return &gateway.Property{}
	}
	if len(f.Enum) > 0 && p.Type == "" {
		p.Type = "string"
	}
	for _, v := range f.Enum {
		p.Enum = append(p.Enum, fmt.Sprint(v))
	}
	p.Min, p.Max = f.MinLength, f.MaxLength
	if p.Type == "int" {
		p.Min, p.Max = f.MinValue, f.MaxValue
	}
	if re, err := regexp.Compile(f.Pattern); err == nil && f.Pattern != "" {
		p.Pattern = re
	}
	return p
}

const head = `# Written by genschema from the descriptions of the resource types: do not edit.
`

func write(w io.Writer, all map[string]*gateway.Schema) error {
	var b strings.Builder
	b.WriteString(head)
	for _, row := range slices.Sorted(maps.Keys(all)) {
		s := all[row]
		fmt.Fprintf(&b, "%s\n", row)
		if s.Name != nil {
			fmt.Fprintf(&b, "  name %v\n", s.Name)
		}
		for _, path := range slices.Sorted(maps.Keys(s.Fields)) {
			fmt.Fprintf(&b, "  %s %v\n", path, s.Fields[path])
		}
	}
	_, err := io.WriteString(w, b.String())
	return err
}
