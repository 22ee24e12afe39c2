package yamlfile

import (
	"encoding/json"
	"regexp"
	"strconv"
	"strings"

	"gopkg.in/yaml.v3"
)

// Value returns what a node holds as decoded JSON, of the type that it has in
// YAML. A date is the text that it is written as. Each text is what fill makes
// of it.
func (r *Reader) Value(n *yaml.Node, fill func(*yaml.Node) string) any {
	return r.value(n, fill, 0)
}

func (r *Reader) value(n *yaml.Node, fill func(*yaml.Node) string, depth int) any {
	n = Resolve(n)
	if depth > maxDepth {
		r.stop(n, "values nest deeper than "+strconv.Itoa(maxDepth))
		return nil
	}
	switch n.Kind {
	case yaml.MappingNode:
		m := map[string]any{}
		for _, p := range r.Mapping(n, "the value") {
			m[p.Key.Value] = r.value(p.Value, fill, depth+1)
		}
		return m
	case yaml.SequenceNode:
		list := []any{}
		for _, e := range r.Sequence(n) {
			list = append(list, r.value(e, fill, depth+1))
		}
		return list
	}
	if !r.Count(n) {
		return nil
	}
	return r.scalar(n, fill)
}

// jsonNumber is how JSON spells numbers. 007 is none, and stays a text.
var jsonNumber = regexp.MustCompile(`^-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?$`)

func (r *Reader) scalar(n *yaml.Node, fill func(*yaml.Node) string) any {
	switch n.ShortTag() {
	case "!!null":
		return nil
	case "!!bool":
		return strings.EqualFold(n.Value, "true")
	case "!!int", "!!float":
		return r.number(n)
	}
	return fill(n)
}

func (r *Reader) number(n *yaml.Node) any {
	if jsonNumber.MatchString(n.Value) {
		return json.Number(n.Value)
	}
	if i, err := strconv.ParseInt(n.Value, 0, 64); err == nil && strings.ContainsAny(n.Value, "xXoObB_") {
		return json.Number(strconv.FormatInt(i, 10))
	}
	if strings.Contains(strings.ToLower(n.Value), ".inf") || strings.EqualFold(n.Value, ".nan") {
		r.Problemf(n, "%s is no number that JSON can hold", n.Value)
		return nil
	}
	if f, err := strconv.ParseFloat(n.Value, 64); err == nil && n.ShortTag() == "!!float" {
		return json.Number(strconv.FormatFloat(f, 'g', -1, 64))
	}
	return n.Value
}
