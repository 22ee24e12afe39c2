package apidef

import (
	"bytes"
	"path"
	"strings"

	"gopkg.in/yaml.v3"
)

// Reencode returns an OpenAPI or Swagger document as JSON or as YAML, whichever
// the ending of toName asks for (.json, .yaml or .yml), with its keys in their
// order. A text that is in that form already is returned as it is, byte for
// byte. Comments and anchors have no place in JSON and are lost there. The name
// from is for messages.
func Reencode(text []byte, from, toName string) ([]byte, error) {
	out, err := reencode(text, toName)
	if err != nil {
		return nil, named(from, err)
	}
	return out, nil
}

func reencode(text []byte, toName string) ([]byte, error) {
	plain, err := decodeText(text)
	if err != nil {
		return nil, err
	}
	ending := strings.ToLower(path.Ext(toName))
	toYAML := ending == ".yaml" || ending == ".yml"
	if !toYAML && ending != ".json" {
		return nil, errorAt(0, "%s is a file of neither JSON nor YAML", toName)
	}
	switch s := detect(plain); {
	case s == asJSON && toYAML:
		root, err := readJSON(plain)
		if err != nil {
			return nil, err
		}
		return writeYAML(root)
	case s == asYAML && !toYAML:
		root, err := readYAML(plain)
		if err != nil {
			return nil, err
		}
		return writeJSON(root), nil
	case s == asJSON || s == asYAML:
		return text, nil
	}
	return nil, errorAt(1, "only JSON and YAML can be turned into each other")
}

// writeJSON returns a document as JSON, two blanks a level.
func writeJSON(n *node) []byte {
	var b bytes.Buffer
	n.indent(&b, "\n")
	b.WriteByte('\n')
	return b.Bytes()
}

// indent writes n; lines inside it begin with newline.
func (n *node) indent(b *bytes.Buffer, newline string) {
	inner := newline + "  "
	switch {
	case n.kind == object && len(n.keys) > 0:
		for i, k := range n.keys {
			b.WriteString(opening(i, "{") + inner + quoted(k) + ": ")
			n.items[i].indent(b, inner)
		}
		b.WriteString(newline + "}")
	case n.kind == list && len(n.items) > 0:
		for i, item := range n.items {
			b.WriteString(opening(i, "[") + inner)
			item.indent(b, inner)
		}
		b.WriteString(newline + "]")
	case n.kind == object:
		b.WriteString("{}")
	case n.kind == list:
		b.WriteString("[]")
	case n.kind == text:
		b.WriteString(quoted(n.text))
	case n.kind == null:
		b.WriteString("null")
	default:
		b.WriteString(n.text)
	}
}

func opening(i int, bracket string) string {
	if i == 0 {
		return bracket
	}
	return ","
}

// writeYAML returns a document as YAML, two blanks a level.
func writeYAML(n *node) ([]byte, error) {
	var b bytes.Buffer
	enc := yaml.NewEncoder(&b)
	enc.SetIndent(2)
	if err := enc.Encode(yamlNode(n)); err != nil {
		return nil, errorAt(0, "write YAML: %s", err)
	}
	if err := enc.Close(); err != nil {
		return nil, errorAt(0, "write YAML: %s", err)
	}
	return b.Bytes(), nil
}

func yamlNode(n *node) *yaml.Node {
	switch n.kind {
	case object:
		y := &yaml.Node{Kind: yaml.MappingNode, Tag: "!!map"}
		for i, k := range n.keys {
			y.Content = append(y.Content, yamlText(k), yamlNode(n.items[i]))
		}
		return y
	case list:
		y := &yaml.Node{Kind: yaml.SequenceNode, Tag: "!!seq"}
		for _, item := range n.items {
			y.Content = append(y.Content, yamlNode(item))
		}
		return y
	case text:
		return yamlText(n.text)
	case null:
		return &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!null", Value: "null"}
	case boolean:
		return &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!bool", Value: n.text}
	}
	tag := "!!int"
	if strings.ContainsAny(n.text, ".eE") {
		tag = "!!float"
	}
	return &yaml.Node{Kind: yaml.ScalarNode, Tag: tag, Value: n.text}
}

// yamlText returns a string in the plainest style in which every reader takes it
// for a string: quoted if it looks like anything else, and as a block if it has
// several lines.
func yamlText(s string) *yaml.Node {
	y := &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: s}
	switch {
	case strings.Contains(s, "\n") && isBlockSafe(s):
		y.Style = yaml.LiteralStyle
	case strings.ContainsAny(s, "\n\r") || !isPlainSafe(s):
		y.Style = yaml.DoubleQuotedStyle
	}
	return y
}

// isBlockSafe reports whether a text can stand in a block without a mark for
// its indentation.
func isBlockSafe(s string) bool {
	return s[0] != ' ' && s[0] != '\t' && s[0] != '\n' && !strings.ContainsAny(s, "\r\t\u0085\u2028\u2029")
}

// isPlainSafe reports whether no reader of YAML, of version 1.1 or 1.2, takes s
// for anything but a string.
func isPlainSafe(s string) bool {
	switch strings.ToLower(s) {
	case "", "~", "null", "true", "false", "yes", "no", "on", "off", "y", "n", "=", "<<":
		return false
	}
	c := s[0]
	return c != '+' && c != '-' && c != '.' && (c < '0' || c > '9')
}
