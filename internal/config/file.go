package config

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"maps"
	"regexp"
	"slices"

	"gopkg.in/yaml.v3"

	"github.com/lockstep-apiops/lockstep/internal/nearest"
	"github.com/lockstep-apiops/lockstep/internal/yamlfile"
)

// file is a configuration file whose keys were checked against a set.
type file struct {
	name     string
	entries  map[string]entry      // by a setting's name
	sections map[string]*yaml.Node // by a section's name
	inert    []string              // keys that mean nothing here
	unknown  []error               // keys that nobody knows
}

// entry is what the file gives for one setting.
type entry struct {
	key   string
	line  int
	texts []string
	alias alias // by which name it is known, if not by its own
	bad   error // why the value cannot be used, should it be the one that counts
}

// readFile reads the content of a configuration file: a mapping in YAML (JSON is YAML too), or nothing. A key that is
// there twice is an error that names the line. One that is neither a setting nor a section is noted.
func (s *Set) readFile(name string, content []byte) (*file, error) {
	f := &file{name: name, entries: make(map[string]entry), sections: make(map[string]*yaml.Node)}
	root, err := f.root(content)
	if err != nil || root == nil {
		return f, err
	}
	var errs []error
	lines := make(map[string]int)
	for i := 0; i+1 < len(root.Content); i += 2 {
		key, value := root.Content[i], root.Content[i+1]
		if first, twice := lines[fold(key.Value)]; twice {
			errs = append(errs, f.errorf(key, "key %q is also in line %d", key.Value, first))
			continue
		}
		lines[fold(key.Value)] = key.Line
		errs = append(errs, s.readKey(f, key, value))
	}
	return f, errors.Join(errs...)
}

// root returns the mapping that the content consists of, or nil when there is nothing.
func (f *file) root(content []byte) (*yaml.Node, error) {
	dec := yaml.NewDecoder(bytes.NewReader(content))
	var doc, next yaml.Node
	switch err := dec.Decode(&doc); {
	case errors.Is(err, io.EOF):
		return nil, nil
	case err != nil:
		return nil, f.syntax(content, err)
	}
	switch err := dec.Decode(&next); {
	case err == nil:
		return nil, f.errorf(&next, "a second document starts here; one is allowed")
	case !errors.Is(err, io.EOF):
		return nil, f.syntax(content, err)
	}
	root := resolveAlias(doc.Content[0])
	if root.Tag == "!!null" {
		return nil, nil
	}
	if root.Kind != yaml.MappingNode {
		return nil, f.errorf(root, "the file must hold keys and values")
	}
	return root, nil
}

// SchemaKey is the key by which a file may name its own schema, for editors.
const SchemaKey = "$schema"

// readKey keeps what one key of the file gives.
func (s *Set) readKey(f *file, key, value *yaml.Node) error {
	if key.Value == SchemaKey {
		return nil
	}
	if name, ok := s.sections[fold(key.Value)]; ok {
		f.sections[name] = value
		return nil
	}
	row, known := s.byKey[fold(key.Value)]
	a := alias{row: row}
	if !known {
		a, known = s.alias(key.Value)
		row = a.row
	}
	mapping := resolveAlias(value)
	switch {
	case mapping.Kind == yaml.MappingNode && s.nests(key.Value):
		return s.readNested(f, key, mapping)
	case !known:
		f.unknown = append(f.unknown, f.errorf(key, "unknown key %q%s", key.Value, nearest.Hint(key.Value, s.keys())))
		return nil
	case row.Inert:
		f.inert = append(f.inert, key.Value)
		return nil
	case row.Secret:
		return f.errorf(key, "key %q is a secret; set %s in the environment instead", key.Value, row.EnvNames()[0])
	case row.Operator:
		return f.errorf(key, "key %q is not for a file that others may change; set it by --%s or %s", key.Value, row.Name, row.EnvNames()[0])
	case row.File:
		return f.errorf(key, "key %q names this file; set it by --%s or %s", key.Value, row.Name, row.EnvNames()[0])
	}
	if other, twice := f.entries[row.Name]; twice {
		return f.errorf(key, "key %q means the same as %q in line %d", key.Value, other.key, other.line)
	}
	texts, err := scalars(value, row.Type == List)
	if err != nil {
		texts, err = []string{}, f.errorf(value, "key %q %w", key.Value, err)
	}
	if texts != nil {
		f.entries[row.Name] = entry{key: key.Value, line: key.Line, texts: texts, alias: a, bad: err}
	}
	return nil
}

// readNested reads the keys below one that has no meaning of its own: Logging, of Logging:LogLevel:Default. It goes no
// deeper than the names that are known.
func (s *Set) readNested(f *file, above, mapping *yaml.Node) error {
	var errs []error
	for i := 0; i+1 < len(mapping.Content); i += 2 {
		key := *mapping.Content[i]
		key.Value = above.Value + ":" + key.Value
		errs = append(errs, s.readKey(f, &key, mapping.Content[i+1]))
	}
	return errors.Join(errs...)
}

// keys returns all keys that a file may hold, sorted.
func (s *Set) keys() []string {
	keys := slices.AppendSeq(s.ownKeys(), maps.Values(s.sections))
	slices.Sort(keys)
	return keys
}

// scalars returns the texts of a value. No value, and an empty one, are none.
func scalars(value *yaml.Node, list bool) ([]string, error) {
	value = resolveAlias(value)
	switch {
	case value.Kind == yaml.ScalarNode:
		if value.Tag == "!!null" || blank(value.Value) {
			return nil, nil
		}
		return []string{value.Value}, nil
	case value.Kind != yaml.SequenceNode:
		return nil, errors.New("needs a value, not a mapping")
	case !list:
		return nil, errors.New("needs one value, not a list")
	}
	texts := []string{}
	for _, item := range value.Content {
		item = resolveAlias(item)
		if item.Kind != yaml.ScalarNode {
			return nil, errors.New("needs a list of plain values")
		}
		texts = append(texts, item.Value)
	}
	return texts, nil
}

// resolveAlias returns the node that an alias stands for, and any other node as it is.
func resolveAlias(n *yaml.Node) *yaml.Node {
	if n.Kind == yaml.AliasNode {
		return n.Alias
	}
	return n
}

// errorf returns an error at the node's line.
func (f *file) errorf(n *yaml.Node, format string, args ...any) error {
	return &Error{Source: fmt.Sprintf("%s:%d", f.name, n.Line), Err: fmt.Errorf(format, args...)}
}

// yamlLine finds the line in a message of the YAML decoder.
var yamlLine = regexp.MustCompile(`^yaml: line (\d+): `)

// syntax returns the decoder's error in the form of our own.
func (f *file) syntax(content []byte, err error) error {
	text := err.Error() + yamlfile.Hint(content)
	if m := yamlLine.FindStringSubmatch(text); m != nil {
		return &Error{Source: f.name + ":" + m[1], Err: errors.New(text[len(m[0]):])}
	}
	return &Error{Source: f.name, Err: errors.New(text)}
}
