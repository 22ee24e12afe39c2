package artifacts

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"maps"
	"reflect"
	"slices"
	"strings"

	"gopkg.in/yaml.v3"
)

// yamlNode returns the node of a value that is to be written anew. The names
// of the outermost mapping are in the order that first gives, then sorted.
func yamlNode(v any, first []string) (*yaml.Node, error) {
	switch v := v.(type) {
	case map[string]any:
		n := &yaml.Node{Kind: yaml.MappingNode, Tag: "!!map"}
		for _, name := range yamlNames(v, first) {
			e, err := yamlNode(v[name], nil)
			if err != nil {
				return nil, err
			}
			key, err := yamlNode(name, nil)
			if err != nil {
				return nil, err
			}
			n.Content = append(n.Content, key, e)
		}
		return n, nil
	case []any:
		n := &yaml.Node{Kind: yaml.SequenceNode, Tag: "!!seq"}
		for _, e := range v {
			item, err := yamlNode(e, nil)
			if err != nil {
				return nil, err
			}
			n.Content = append(n.Content, item)
		}
		return n, nil
	case json.Number:
		tag := "!!int"
		if strings.ContainsAny(v.String(), ".eE") {
			tag = "!!float"
		}
		return &yaml.Node{Kind: yaml.ScalarNode, Tag: tag, Value: v.String()}, nil
	}
	if s, ok := v.(string); ok && blockLoses(s) {
		return &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: s, Style: yaml.DoubleQuotedStyle}, nil
	}
	n := &yaml.Node{}
	return n, n.Encode(v)
}

// blockLoses reports whether the writer would lose what a text begins with, or
// its sense: a block keeps neither line breaks nor tabs before the first word,
// and << is the name of a merge where it stands without quotes.
func blockLoses(s string) bool {
	return s == "<<" || strings.Contains(s, "\n") && strings.TrimLeft(s, " \t\r\n") != s
}

// yamlNames returns the names of a mapping: those that people look for first,
// then the others, sorted.
func yamlNames(m map[string]any, first []string) []string {
	place := func(name string) int {
		if i := slices.Index(first, name); i >= 0 {
			return i
		}
		return len(first)
	}
	return slices.SortedFunc(maps.Keys(m), func(a, b string) int { return cmp.Or(place(a)-place(b), cmp.Compare(a, b)) })
}

// yamlText returns the text of a YAML document.
func yamlText(n *yaml.Node) ([]byte, error) {
	var b bytes.Buffer
	e := yaml.NewEncoder(&b)
	e.SetIndent(2)
	if err := errors.Join(e.Encode(n), e.Close()); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}

// A yamlMerger changes a YAML file to say something else and leaves alone what
// already says it, with order, spelling and comments, as a merger does for JSON.
type yamlMerger struct {
	merger
	first []string
}

// value returns old, which means have, made to mean want.
func (m *yamlMerger) value(old *yaml.Node, have, want any, path []string) (*yaml.Node, error) {
	if reflect.DeepEqual(have, want) {
		return old, nil
	}
	switch w := want.(type) {
	case map[string]any:
		if old.Kind == yaml.MappingNode {
			h, _ := have.(map[string]any)
			return m.mapping(old, h, w, path)
		}
	case []any:
		if old.Kind == yaml.SequenceNode {
			return m.sequence(old, w)
		}
	}
	n, err := yamlNode(want, nil)
	if err == nil && old.Kind == yaml.ScalarNode && n.Kind == yaml.ScalarNode {
		n.HeadComment, n.LineComment, n.FootComment = old.HeadComment, old.LineComment, old.FootComment
	}
	return n, err
}

func (m *yamlMerger) mapping(old *yaml.Node, have, want map[string]any, path []string) (*yaml.Node, error) {
	n := *old
	n.Content = nil
	seen := map[string]bool{}
	for i := 0; i < len(old.Content); i += 2 {
		key, v := old.Content[i], old.Content[i+1]
		name, at := key.Value, append(slices.Clip(path), key.Value)
		seen[name] = true
		w, wanted := want[name]
		_, had := have[name]
		switch {
		case matches(m.kind.Loose, at), !had && !wanted && m.keep(at):
		case !wanted:
			continue
		default:
			var err error
			if v, err = m.value(v, have[name], w, at); err != nil {
				return nil, err
			}
		}
		n.Content = append(n.Content, key, v)
	}
	for _, name := range yamlNames(want, m.first) {
		if seen[name] {
			continue
		}
		pair, err := yamlNode(map[string]any{name: want[name]}, nil)
		if err != nil {
			return nil, err
		}
		n.Content = append(n.Content, pair.Content...)
	}
	return &n, nil
}

// sequence keeps the elements that stay, and writes the others anew.
func (m *yamlMerger) sequence(old *yaml.Node, want []any) (*yaml.Node, error) {
	n := *old
	n.Content = nil
	rest := slices.Clone(old.Content)
	for _, w := range want {
		i := slices.IndexFunc(rest, func(e *yaml.Node) bool {
			v, err := yamlValue(e)
			return err == nil && reflect.DeepEqual(v, w)
		})
		if i >= 0 {
			n.Content = append(n.Content, rest[i])
			rest = slices.Delete(rest, i, i+1)
			continue
		}
		e, err := yamlNode(w, nil)
		if err != nil {
			return nil, err
		}
		n.Content = append(n.Content, e)
	}
	return &n, nil
}

// freshYAML returns the text of a new payload's file.
func (j *job) freshYAML(rest map[string]any) ([]byte, error) {
	n, err := yamlNode(rest, j.kind.Order)
	if err != nil {
		return nil, err
	}
	return yamlText(n)
}

// mergeYAML is merge for a payload's file in YAML.
func (j *job) mergeYAML(have, rest map[string]any, keeps []func([]string) bool) ([]byte, error) {
	for _, keep := range keeps {
		m := yamlMerger{merger: merger{kind: j.kind, keep: keep}, first: j.kind.Order}
		root, err := m.mapping(j.old.payload.yaml.Content[0], have, rest, nil)
		if err != nil {
			return nil, err
		}
		doc := *j.old.payload.yaml
		doc.Content = []*yaml.Node{root}
		text, err := yamlText(&doc)
		if err != nil {
			return nil, err
		}
		if d, err := parseYAML(j.kind.File, text); err == nil && j.says(d.spec()) {
			return text, nil
		}
	}
	return j.freshYAML(rest)
}
