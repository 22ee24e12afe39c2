package artifacts

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strconv"
	"strings"

	"gopkg.in/yaml.v3"
)

var errNoMapping = errors.New("want a YAML document that is one mapping, which is one resource")

// parseYAML reads a file that holds one YAML document, a mapping, in which no
// name may occur twice. The document's text is that of its YAML tree; its root
// tells only what it says.
func parseYAML(path string, data []byte) (*document, error) {
	if err := checkText(path, data); err != nil {
		return nil, err
	}
	d := yaml.NewDecoder(bytes.NewReader(data))
	var tree, more yaml.Node
	switch err := d.Decode(&tree); {
	case errors.Is(err, io.EOF):
		return nil, &FileError{Path: path, Err: fmt.Errorf("empty: %w", errNoMapping)}
	case err != nil:
		return nil, yamlSyntax(path, err)
	}
	for {
		err := d.Decode(&more)
		if errors.Is(err, io.EOF) {
			break
		}
		if err == nil && len(more.Content) > 0 && more.Content[0].ShortTag() == "!!null" {
			continue // a separator at the end
		}
		return nil, &FileError{Path: path, Line: firstLine(&more), Column: 1, Err: errors.New("another document: split the file, each resource belongs into a file that is called as it is")}
	}
	v, err := yamlValue(tree.Content[0])
	if at, ok := errors.AsType[*nodeError](err); ok {
		return nil, &FileError{Path: path, Line: at.node.Line, Column: at.node.Column, Err: at.err}
	}
	spec, ok := v.(map[string]any)
	if !ok {
		return nil, &FileError{Path: path, Line: firstLine(&tree), Column: 1, Err: errNoMapping}
	}
	root, err := newLayout().newNode(spec)
	if err != nil {
		return nil, &FileError{Path: path, Err: err}
	}
	return &document{root: root, yaml: &tree}, nil
}

// firstLine returns the line in which a document begins, from 1; 0: it cannot be
// told.
func firstLine(document *yaml.Node) int {
	if len(document.Content) == 0 {
		return 0
	}
	return document.Content[0].Line
}

// yamlLine finds the line in what the decoder complains of.
var yamlLine = regexp.MustCompile(`^yaml: line (\d+): `)

func yamlSyntax(path string, err error) error {
	e := &FileError{Path: path, Err: errors.New(strings.TrimPrefix(err.Error(), "yaml: "))}
	if m := yamlLine.FindStringSubmatch(err.Error()); m != nil {
		e.Err, e.Column = errors.New(err.Error()[len(m[0]):]), 1
		e.Line, _ = strconv.Atoi(m[1]) // digits, by the pattern
	}
	return e
}

// A nodeError is what is wrong with a node.
type nodeError struct {
	node *yaml.Node
	err  error
}

// Error says what is wrong.
func (e *nodeError) Error() string { return e.err.Error() }

func wrongNode(n *yaml.Node, format string, args ...any) error {
	return &nodeError{n, fmt.Errorf(format, args...)}
}

// yamlValue returns what a node says, as decoded JSON. A date is the text that it is
// written as. What has no place in JSON, and what readers of YAML do not agree on, is a
// *nodeError.
func yamlValue(n *yaml.Node) (any, error) {
	switch tag := n.ShortTag(); {
	case n.Kind == yaml.AliasNode:
		return nil, wrongNode(n, "an alias: write out what it stands for")
	case n.Kind == yaml.MappingNode && tag == "!!map":
		return yamlMapping(n)
	case n.Kind == yaml.SequenceNode && tag == "!!seq":
		list := make([]any, len(n.Content))
		for i, e := range n.Content {
			v, err := yamlValue(e)
			if err != nil {
				return nil, err
			}
			list[i] = v
		}
		return list, nil
	case n.Kind == yaml.ScalarNode:
		return yamlScalar(n, tag)
	default:
		return nil, unknownTag(n)
	}
}

func unknownTag(n *yaml.Node) error {
	return wrongNode(n, "the tag %s means nothing here, and what it says would be lost: write the value itself", n.ShortTag())
}

func yamlMapping(n *yaml.Node) (any, error) {
	m := make(map[string]any, len(n.Content)/2)
	for i := 0; i < len(n.Content); i += 2 {
		name := n.Content[i]
		_, twice := m[name.Value]
		switch tag := name.ShortTag(); {
		case tag == "!!merge":
			return nil, wrongNode(name, "merge keys are not supported: write the fields out")
		case name.Kind != yaml.ScalarNode:
			return nil, wrongNode(name, "the name of a field is no text")
		case !strings.HasPrefix(tag, "!!"):
			return nil, unknownTag(name)
		case twice:
			return nil, wrongNode(name, "the name %q occurs twice in one mapping", name.Value)
		}
		v, err := yamlValue(n.Content[i+1])
		if err != nil {
			return nil, err
		}
		m[name.Value] = v
	}
	return m, nil
}

func yamlScalar(n *yaml.Node, tag string) (any, error) {
	switch tag {
	case "!!null":
		if n.Value == "" || n.Value == "~" || strings.EqualFold(n.Value, "null") {
			return nil, nil
		}
	case "!!bool":
		if b, err := strconv.ParseBool(strings.ToLower(n.Value)); err == nil && len(n.Value) > 1 {
			return b, nil
		}
	case "!!int", "!!float":
		return yamlNumber(n)
	case "!!str", "!!timestamp":
		return n.Value, nil
	default:
		return nil, unknownTag(n)
	}
	return nil, wrongNode(n, "%s is no %s", n.Value, tag)
}

var (
	// numberOfJSON is how JSON spells numbers.
	numberOfJSON = regexp.MustCompile(`^-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?$`)
	// numberOfYAML is how all versions of YAML do besides. They do not agree on 010,
	// which is 8 or 10, on 0o10, 0b1 and 1_000.
	numberOfYAML = regexp.MustCompile(`^[-+]?(0x[0-9a-fA-F]+|(0|[1-9][0-9]*)?(\.[0-9]*)?([eE][+-]?[0-9]+)?)$`)
)

func yamlNumber(n *yaml.Node) (any, error) {
	s := n.Value
	if numberOfJSON.MatchString(s) {
		return json.Number(s), nil
	}
	switch name := strings.ToLower(strings.TrimLeft(s, "+-")); {
	case name == ".inf", name == ".nan":
		return nil, wrongNode(n, "%s is no number that JSON can hold", s)
	case !numberOfYAML.MatchString(s):
		return nil, wrongNode(n, "%s is one number to some readers of YAML, and another or a text to others: put it in quotes, or write it as a decimal number", s)
	}
	if i, err := strconv.ParseInt(s, 0, 64); err == nil {
		return json.Number(strconv.FormatInt(i, 10)), nil
	}
	if f, err := strconv.ParseFloat(s, 64); err == nil {
		return json.Number(strconv.FormatFloat(f, 'g', -1, 64)), nil
	}
	return nil, wrongNode(n, "%s is no number that JSON can hold", s)
}
