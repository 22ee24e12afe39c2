package apidef

import (
	"bytes"
	"errors"
	"io"
	"regexp"
	"strconv"
	"strings"

	"gopkg.in/yaml.v3"
)

// maxAliased is how many nodes a YAML document may have after its aliases are
// written out, beyond the nodes that it has.
const maxAliased = 1_000_000

// readYAML reads a text that is one YAML document. Keys that are no strings
// become strings, as a status code without quotes does.
func readYAML(text []byte) (*node, error) {
	dec := yaml.NewDecoder(bytes.NewReader(text))
	var doc yaml.Node
	if err := dec.Decode(&doc); err != nil {
		return nil, yamlError(err)
	}
	var second yaml.Node
	if err := dec.Decode(&second); err == nil {
		return nil, errorAt(second.Line, "more than one document")
	} else if !errors.Is(err, io.EOF) {
		return nil, yamlError(err)
	}
	r := yamlReader{done: map[*yaml.Node]*read{}}
	root, err := r.read(&doc)
	if err != nil {
		return nil, err
	}
	return root.node, nil
}

// yamlError takes the line out of an error of the YAML library.
func yamlError(err error) error {
	if errors.Is(err, io.EOF) {
		return errorAt(1, "the document is empty")
	}
	m := regexp.MustCompile(`^yaml: (?:line (\d+): )?(.*)`).FindStringSubmatch(err.Error())
	if m == nil {
		return errorAt(0, "%s", err)
	}
	line, err := strconv.Atoi(m[1])
	if err != nil {
		line = 0
	}
	return errorAt(line, "%s", m[2])
}

// A yamlReader turns YAML nodes into ours. An alias becomes a second use of the
// same node, so that reading takes no longer than the text.
type yamlReader struct {
	done  map[*yaml.Node]*read // of anchors; nil while one is being read
	count int                  // of nodes read
}

// A read node knows what it would be with all aliases written out.
type read struct {
	node  *node
	size  int
	depth int
}

func (r *yamlReader) read(y *yaml.Node) (*read, error) {
	if y.Kind == yaml.AliasNode {
		return r.alias(y)
	}
	r.count++
	n := &read{node: &node{line: y.Line}, size: 1, depth: 1}
	if y.Anchor != "" {
		r.done[y] = nil
	}
	var err error
	switch y.Kind {
	case yaml.DocumentNode:
		return r.read(y.Content[0])
	case yaml.MappingNode:
		err = r.mapping(n, y)
	case yaml.SequenceNode:
		n.node.kind = list
		err = r.sequence(n, y)
	default:
		scalar(n.node, y)
	}
	if err != nil {
		return nil, err
	}
	if y.Anchor != "" {
		r.done[y] = n
	}
	return n, nil
}

func (r *yamlReader) alias(y *yaml.Node) (*read, error) {
	n, ok := r.done[y.Alias]
	if !ok || n == nil {
		return nil, errorAt(y.Line, "alias %q names a node around it", y.Value)
	}
	return n, nil
}

// hold counts v as a part of n.
func (r *yamlReader) hold(n, v *read) error {
	n.size += v.size
	n.depth = max(n.depth, v.depth+1)
	if n.depth > maxDepth {
		return errorAt(v.node.line, "nested more than %d levels deep", maxDepth)
	}
	if n.size > maxAliased+r.count {
		return errorAt(v.node.line, "aliases add more than %d nodes", maxAliased)
	}
	return nil
}

func (r *yamlReader) sequence(n *read, y *yaml.Node) error {
	n.node.kind = list
	for _, item := range y.Content {
		v, err := r.read(item)
		if err != nil {
			return err
		}
		n.node.items = append(n.node.items, v.node)
		if err := r.hold(n, v); err != nil {
			return err
		}
	}
	return nil
}

// mapping reads an object. Keys of its own win over merged ones.
func (r *yamlReader) mapping(n *read, y *yaml.Node) error {
	n.node.kind = object
	var merged []*read
	for i := 0; i+1 < len(y.Content); i += 2 {
		k := y.Content[i]
		v, err := r.read(y.Content[i+1])
		if err != nil {
			return err
		}
		if err := r.hold(n, v); err != nil {
			return err
		}
		if k.Kind == yaml.AliasNode {
			k = k.Alias
		}
		switch {
		case k.Kind != yaml.ScalarNode:
			return errorAt(k.Line, "key of a mapping is no scalar")
		case k.Tag == "!!merge":
			merged = append(merged, v)
		case !n.node.add(k.Value, v.node):
			return errorAt(k.Line, "key %q is given twice", k.Value)
		}
	}
	for _, m := range merged {
		sources := []*node{m.node}
		if m.node.kind == list {
			sources = m.node.items
		}
		for _, source := range sources {
			for k, v := range source.entries {
				n.node.add(k, v)
			}
		}
	}
	return nil
}

// scalar sets the kind and text of a node.
func scalar(n *node, y *yaml.Node) {
	n.kind, n.text = text, y.Value
	switch y.ShortTag() {
	case "!!null":
		n.kind, n.text = null, ""
	case "!!bool":
		n.kind, n.text = boolean, "false"
		if strings.EqualFold(y.Value, "true") {
			n.text = "true"
		}
	case "!!int", "!!float":
		if v, ok := yamlNumber(y.Value); ok {
			n.kind, n.text = number, v
		}
	}
}
