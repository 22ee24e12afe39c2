package apispec

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"regexp"
	"strings"

	"gopkg.in/yaml.v3"
)

// maxAliased bounds how many values aliases may add to a document, so that a
// few lines cannot grow into gigabytes.
const maxAliased = 200_000

// jsonNumber is the grammar of a number in JSON.
var jsonNumber = regexp.MustCompile(`^-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][-+]?[0-9]+)?$`)

// parseYAML reads one YAML document. Scalars keep their spelling where JSON has
// it: numbers stay exact, timestamps stay text, keys such as 200 become text.
func parseYAML(text string) (any, error) {
	dec := yaml.NewDecoder(strings.NewReader(text))
	var doc, rest yaml.Node
	if err := dec.Decode(&doc); err != nil {
		if errors.Is(err, io.EOF) {
			return nil, malformed(0, "the document is empty")
		}
		return nil, malformed(yamlErrorLine(err), strings.TrimPrefix(err.Error(), "yaml: "))
	}
	if err := dec.Decode(&rest); !errors.Is(err, io.EOF) {
		return nil, malformed(rest.Line, "there is more than one YAML document")
	}
	p := yamlParser{open: map[*yaml.Node]bool{}}
	return p.value(&doc, 0)
}

// yamlErrorLine is the line a reader's message names.
func yamlErrorLine(err error) int {
	var line int
	if _, scan := fmt.Sscanf(err.Error(), "yaml: line %d:", &line); scan != nil {
		return 0
	}
	return line
}

type yamlParser struct {
	open    map[*yaml.Node]bool // anchors being expanded
	aliased int                 // values that aliases added so far
	inAlias int
}

func (p *yamlParser) value(n *yaml.Node, depth int) (any, error) {
	if depth > maxDepth {
		return nil, malformed(n.Line, fmt.Sprintf("the document nests deeper than %d levels", maxDepth))
	}
	if p.inAlias > 0 {
		if p.aliased++; p.aliased > maxAliased {
			return nil, malformed(n.Line, "aliases make the document too large")
		}
	}
	switch n.Kind {
	case yaml.DocumentNode:
		return p.value(n.Content[0], depth)
	case yaml.AliasNode:
		return p.alias(n, depth)
	case yaml.MappingNode:
		return p.mapping(n, depth)
	case yaml.SequenceNode:
		list := make([]any, 0, len(n.Content))
		for _, c := range n.Content {
			v, err := p.value(c, depth+1)
			if err != nil {
				return nil, err
			}
			list = append(list, v)
		}
		return list, nil
	}
	return scalar(n), nil
}

func (p *yamlParser) alias(n *yaml.Node, depth int) (any, error) {
	if p.open[n.Alias] {
		return nil, malformed(n.Line, fmt.Sprintf("the anchor %q contains itself", n.Value))
	}
	p.open[n.Alias] = true
	p.inAlias++
	v, err := p.value(n.Alias, depth+1)
	p.inAlias--
	delete(p.open, n.Alias)
	return v, err
}

func (p *yamlParser) mapping(n *yaml.Node, depth int) (any, error) {
	o := &object{}
	var merged []any
	for i := 0; i+1 < len(n.Content); i += 2 {
		k := n.Content[i]
		v, err := p.value(n.Content[i+1], depth+1)
		if err != nil {
			return nil, err
		}
		if k.ShortTag() == "!!merge" {
			merged = append(merged, v)
			continue
		}
		key, err := p.key(k)
		if err != nil {
			return nil, err
		}
		if _, twice := o.find(key); twice {
			return nil, malformed(k.Line, fmt.Sprintf("the member %q is given twice", key))
		}
		o.set(key, v)
	}
	for _, m := range merged {
		merge(o, m)
	}
	return o, nil
}

// key is the spelling of a mapping's key: 200, true and null are texts here.
func (p *yamlParser) key(n *yaml.Node) (string, error) {
	for n.Kind == yaml.AliasNode {
		n = n.Alias
	}
	if n.Kind != yaml.ScalarNode {
		return "", malformed(n.Line, "a mapping's key is not a scalar")
	}
	return n.Value, nil
}

// merge adds the members that o does not have from a mapping or a list of them.
func merge(o *object, from any) {
	switch from := from.(type) {
	case *object:
		for _, m := range from.members {
			if _, ok := o.find(m.key); !ok {
				o.set(m.key, m.value)
			}
		}
	case []any:
		for _, v := range from {
			merge(o, v)
		}
	}
}

func scalar(n *yaml.Node) any {
	const quoted = yaml.DoubleQuotedStyle | yaml.SingleQuotedStyle | yaml.LiteralStyle | yaml.FoldedStyle
	if n.Style&quoted == 0 && n.Style&yaml.TaggedStyle == 0 && jsonNumber.MatchString(n.Value) {
		return json.Number(n.Value)
	}
	switch n.ShortTag() {
	case "!!null":
		return nil
	case "!!bool":
		var b bool
		if n.Decode(&b) == nil {
			return b
		}
	case "!!int", "!!float":
		return yamlNumber(n)
	}
	return n.Value
}

// yamlNumber is a number that JSON spells otherwise, such as 0x1F or .5.
func yamlNumber(n *yaml.Node) any {
	var v any
	if err := n.Decode(&v); err != nil {
		return n.Value
	}
	switch v := v.(type) {
	case float64:
		if math.IsInf(v, 0) || math.IsNaN(v) {
			return n.Value
		}
		return json.Number(numberText(v))
	case int, int64, uint64:
		return json.Number(fmt.Sprint(v))
	}
	return n.Value
}
