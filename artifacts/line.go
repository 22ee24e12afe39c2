package artifacts

import (
	"strconv"

	"gopkg.in/yaml.v3"

	"github.com/lockstep-apiops/lockstep/gateway"
)

// Line returns the line, from 1, of the file of a resource's payload on which a
// place begins, or the nearest above it that the file has. It is 0 where that
// is not known, as of files that are not YAML.
func (t *Tree) Line(key gateway.Key, pointer string) int {
	e := t.entry(key)
	if e == nil {
		return 0
	}
	s, err := t.load(e)
	if err != nil || s.payload == nil || s.payload.yaml == nil {
		return 0
	}
	n := s.payload.yaml.Content[0]
	line := n.Line
	for _, step := range gateway.PointerSteps(pointer) {
		next, at := stepInto(n, step)
		if next == nil {
			break
		}
		n, line = next, at
	}
	return line
}

// stepInto returns what a node has under a name or at an index, and the line
// on which that begins: the one of the name.
func stepInto(n *yaml.Node, step string) (*yaml.Node, int) {
	switch n.Kind {
	case yaml.MappingNode:
		for i := 0; i+1 < len(n.Content); i += 2 {
			if n.Content[i].Value == step {
				return n.Content[i+1], n.Content[i].Line
			}
		}
	case yaml.SequenceNode:
		if i, err := strconv.Atoi(step); err == nil && i >= 0 && i < len(n.Content) {
			return n.Content[i], n.Content[i].Line
		}
	}
	return nil, 0
}
