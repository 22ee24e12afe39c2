package config

import (
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/pflag"
	"gopkg.in/yaml.v3"
)

// entryFlag is the hidden flag that keeps entries of sections which the command line gives.
const entryFlag = "section-entry"

// entryValue keeps texts such as "apis:0=orders".
type entryValue struct{ texts []string }

// Set keeps one more text.
func (v *entryValue) Set(text string) error {
	v.texts = append(v.texts, text)
	return nil
}

// String returns the texts.
func (v *entryValue) String() string { return strings.Join(v.texts, ",") }

// Type returns the word that help shows for the value.
func (v *entryValue) Type() string { return "entry" }

// tree is what entries of a section come to: a text, or more below it.
type tree struct {
	text  string
	below map[string]*tree
}

// entry returns the section and the place in it that a name means: apis__0 and apis:0:orders:operations:0 do.
func (s *Set) entry(name string) (section string, place []string, ok bool) {
	parts := strings.Split(strings.ReplaceAll(name, "__", ":"), ":")
	section, ok = s.sections[fold(parts[0])]
	if !ok || len(parts) < 2 || slices.Contains(parts, "") {
		return "", nil, false
	}
	_, err := strconv.ParseUint(parts[1], 10, 16)
	return section, parts[1:], err == nil
}

// outside returns what the environment and, before it, the command line say of sections that the file does not have.
func (s *Set) outside(flags *pflag.FlagSet, env environment, f *file) map[string]*tree {
	sections := make(map[string]*tree)
	add := func(name, text string) {
		section, place, ok := s.entry(name)
		if _, has := f.sections[section]; !ok || has {
			return
		}
		if sections[section] == nil {
			sections[section] = &tree{}
		}
		sections[section].add(place, text)
	}
	for _, name := range env.beginning("") {
		text, as := env.lookUp(name)
		add(as, text)
	}
	if flag := flags.Lookup(entryFlag); flag != nil {
		if v, ok := flag.Value.(*entryValue); ok {
			for _, text := range v.texts {
				name, text, _ := strings.Cut(text, "=")
				add(name, text)
			}
		}
	}
	return sections
}

// add puts a text at a place.
func (t *tree) add(place []string, text string) {
	for _, part := range place {
		if t.below == nil {
			t.below = make(map[string]*tree)
		}
		if t.below[part] == nil {
			t.below[part] = &tree{}
		}
		t = t.below[part]
	}
	t.text = text
}

// node returns the tree as it would stand in the file. Parts that are all numbers make a list.
func (t *tree) node() *yaml.Node {
	if t.below == nil {
		return &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: t.text}
	}
	numbers := make(map[string]int)
	names := make([]string, 0, len(t.below))
	for name := range t.below {
		names = append(names, name)
		if n, err := strconv.ParseUint(name, 10, 16); err == nil {
			numbers[name] = int(n)
		}
	}
	slices.SortFunc(names, func(a, b string) int {
		if numbers[a] != numbers[b] {
			return numbers[a] - numbers[b]
		}
		return strings.Compare(a, b)
	})
	list := &yaml.Node{Kind: yaml.SequenceNode}
	mapping := &yaml.Node{Kind: yaml.MappingNode}
	for _, name := range names {
		value := t.below[name].node()
		list.Content = append(list.Content, value)
		mapping.Content = append(mapping.Content, &yaml.Node{Kind: yaml.ScalarNode, Value: name}, value)
	}
	if len(numbers) == len(names) {
		return list
	}
	return mapping
}

// Outside returns, as the text of a configuration file, the sections that the environment and the command line give and
// the file does not: apis__0=orders is the first API of a list, and a section of the file replaces a whole list. Only
// lists can be given so. There is no text when nothing was.
func (v *Values) Outside() ([]byte, error) {
	if len(v.outside) == 0 {
		return nil, nil
	}
	nodes := make(map[string]*yaml.Node, len(v.outside))
	for name, t := range v.outside {
		nodes[name] = t.node()
	}
	return yaml.Marshal(nodes)
}
