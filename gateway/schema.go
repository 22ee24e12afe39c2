package gateway

import (
	"bufio"
	"fmt"
	"regexp"
	"strconv"
	"strings"
)

// A Schema says what payloads of a row may look like.
type Schema struct {
	Name   *Property            // what the resource may be called; nil: anything
	Fields map[string]*Property // by path, as in Kind; elements of an array are "tags[]"
}

// A Property says what a field may hold.
type Property struct {
	Type     string // "string", "int", "bool", "object", "array"; "" is any
	Required bool   // of the object it is in, where that is there
	Enum     []string
	Closed   bool // values outside of Enum are refused; else they are merely unknown here
	Min, Max *int // of a number; of a text its length
	Pattern  *regexp.Regexp
}

// nameField is the field under which a file of schemas keeps Schema.Name.
const nameField = "name"

// ParseSchemas reads schemas of rows. A line without indentation is a row; an
// indented line below it is a field, its type with ! if it is required, and
// then what else holds, in any order:
//
//	api
//	  properties.path string! ..400
//	  properties.type string {http|soap}
//	  properties.state string {active|expired}! ^[a-z]+$
//
// where {a|b} are known values, {a|b}! all there are, and what starts with ^ or
// ( is a pattern up to the end of the line. A line that starts with # is a
// comment.
func ParseSchemas(text string) (map[string]*Schema, error) {
	all := map[string]*Schema{}
	var s *Schema
	lines := bufio.NewScanner(strings.NewReader(text))
	for n := 1; lines.Scan(); n++ {
		line := lines.Text()
		field, indented := strings.CutPrefix(line, "  ")
		switch {
		case line == "" || strings.HasPrefix(line, "#"):
			continue
		case !indented:
			s = &Schema{Fields: map[string]*Property{}}
			all[line] = s
			continue
		case s == nil:
			return nil, fmt.Errorf("parse schemas: line %d: a field of no row", n)
		}
		path, rest, _ := strings.Cut(field, " ")
		p, err := parseProperty(rest)
		if err != nil {
			return nil, fmt.Errorf("parse schemas: line %d: %w", n, err)
		}
		if path == nameField {
			s.Name = p
			continue
		}
		s.Fields[path] = p
	}
	return all, lines.Err()
}

func parseProperty(text string) (*Property, error) {
	p := &Property{}
	p.Type, text, _ = strings.Cut(text, " ")
	p.Type, p.Required = strings.CutSuffix(p.Type, "!")
	if p.Type == "any" {
		p.Type = ""
	}
	for text != "" {
		if text[0] == '^' || text[0] == '(' {
			var err error
			p.Pattern, err = regexp.Compile(text)
			return p, err
		}
		var word string
		word, text, _ = strings.Cut(text, " ")
		if err := p.parseWord(word); err != nil {
			return nil, err
		}
	}
	return p, nil
}

// parseWord reads a set of values or a range.
func (p *Property) parseWord(word string) error {
	if set, ok := strings.CutPrefix(word, "{"); ok {
		set, p.Closed = strings.CutSuffix(set, "!")
		p.Enum = strings.Split(strings.TrimSuffix(set, "}"), "|")
		return nil
	}
	low, high, ok := strings.Cut(word, "..")
	if !ok {
		return fmt.Errorf("%q is neither a range nor a set", word)
	}
	for _, bound := range []struct {
		text string
		to   **int
	}{{low, &p.Min}, {high, &p.Max}} {
		if bound.text == "" {
			continue
		}
		n, err := strconv.Atoi(bound.text)
		if err != nil {
			return fmt.Errorf("read range %q: %w", word, err)
		}
		*bound.to = &n
	}
	return nil
}

// String returns the property as ParseSchemas reads it.
func (p *Property) String() string {
	words := []string{p.Type}
	if p.Type == "" {
		words[0] = "any"
	}
	if p.Required {
		words[0] += "!"
	}
	if p.Min != nil || p.Max != nil {
		words = append(words, bound(p.Min)+".."+bound(p.Max))
	}
	if len(p.Enum) > 0 {
		set := "{" + strings.Join(p.Enum, "|") + "}"
		if p.Closed {
			set += "!"
		}
		words = append(words, set)
	}
	if p.Pattern != nil {
		words = append(words, p.Pattern.String())
	}
	return strings.Join(words, " ")
}

func bound(n *int) string {
	if n == nil {
		return ""
	}
	return strconv.Itoa(*n)
}
