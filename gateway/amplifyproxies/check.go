package amplifyproxies

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"gopkg.in/yaml.v3"

	"github.com/lockstep-apiops/lockstep/gateway"
	"github.com/lockstep-apiops/lockstep/internal/nearest"
	"github.com/lockstep-apiops/lockstep/internal/yamlfile"
)

// Parse reads a configuration as decoded JSON. The error tells all that is
// wrong with it, each with the file and the line: keys that nobody knows, what
// is missing, and what does not go together.
func Parse(file string, text []byte) (map[string]any, error) {
	spec, c := parse(file, text)
	if err := c.Err(); err != nil {
		return nil, err
	}
	return spec, nil
}

// parse is Parse that returns who looked, and what was warned of with it.
func parse(file string, text []byte) (map[string]any, *checker) {
	c := &checker{Reader: yamlfile.NewReader(file, false)}
	root := c.Root(text)
	if c.Err() != nil {
		return nil, c
	}
	if len(root) == 0 {
		c.Problemf(nil, "is empty")
		return nil, c
	}
	spec := map[string]any{}
	for _, p := range root {
		spec[p.Key.Value] = c.Value(p.Value, asWritten)
	}
	version := versionOf(root)
	top := &yaml.Node{Kind: yaml.MappingNode, Line: root[0].Key.Line}
	c.keys(configuration(version), top, root, "the file", version)
	if c.Err() == nil {
		c.rules(pick(root, "proxy").Value, version)
	}
	return spec, c
}

func asWritten(n *yaml.Node) string { return n.Value }

// versionOf returns the version that a file is of, or was most likely meant to be.
func versionOf(root []yamlfile.Pair) string {
	said := pick(root, "version").Value
	proxy := pick(root, "proxy").Value
	if said == nil || said.Value != v1 && below(proxy, "policies") == nil {
		return v0
	}
	return v1
}

// flaws returns what Parse finds wrong, without the file, and what it warns of.
func flaws(text []byte) []gateway.Flaw {
	_, c := parse("", text)
	var fs []gateway.Flaw
	if joined, ok := c.Err().(interface{ Unwrap() []error }); ok {
		for _, err := range joined.Unwrap() {
			f := gateway.Flaw{Rule: flawRule, Text: err.Error()}
			if p, ok := errors.AsType[*yamlfile.Problem](err); ok {
				f.Line, f.Text = p.Line, p.Text
			}
			fs = append(fs, f)
		}
	}
	for _, p := range c.Warnings() {
		fs = append(fs, gateway.Flaw{Rule: flawRule, Warning: true, Line: p.Line, Text: p.Text})
	}
	return fs
}

// flawRule is the rule of what is wrong with a configuration.
const flawRule = "schema-value"

// A checker looks at one file.
type checker struct{ *yamlfile.Reader }

// look compares a value with what it may be. at names it in messages.
func (c *checker) look(s *shape, n *yaml.Node, at, version string) {
	switch s.form {
	case mapping:
		c.fields(s, n, at, version)
	case list:
		if n.Kind != yaml.SequenceNode {
			c.Problemf(n, "%s must be a list", at)
			return
		}
		for i, e := range c.Sequence(n) {
			c.look(s.each, e, fmt.Sprintf("%s[%d]", at, i), version)
		}
	case limit:
		c.limit(n, at, version)
	case flag:
		if n.Kind != yaml.ScalarNode || n.ShortTag() != "!!bool" {
			c.Problemf(n, "%s must be true or false", at)
		}
	default:
		c.text(s, n, at)
	}
}

func (c *checker) text(s *shape, n *yaml.Node, at string) {
	switch {
	case n.Kind != yaml.ScalarNode:
		c.Problemf(n, "%s must be a text", at)
	case s.values != nil && !slices.Contains(s.values, n.Value):
		c.Problemf(n, "%s is %q, not one of %s%s", at, n.Value, strings.Join(s.values, ", "), nearest.Hint(n.Value, s.values))
	case s.wrong != nil:
		if wrong := s.wrong(n.Value); wrong != "" {
			c.Problemf(n, "%s %s", at, wrong)
		} else if s.odd != nil && s.odd(n.Value) != "" {
			c.Warnf(n, "%s %s", at, s.odd(n.Value))
		}
	}
}

// limit looks at a number of calls a second, or in an interval.
func (c *checker) limit(n *yaml.Node, at, version string) {
	if n.Kind == yaml.ScalarNode {
		c.count(n, at)
		return
	}
	pairs := c.fields(interval(), n, at, version)
	if p := pick(pairs, "limit"); p.Key != nil && !yamlfile.IsNull(p.Value) {
		c.count(p.Value, at+".limit")
	}
	if p := pick(pairs, "interval"); p.Key != nil && !yamlfile.IsNull(p.Value) {
		if wrong := wrongPeriod(p.Value.Value); wrong != "" {
			c.Problemf(p.Value, "%s.interval %s", at, wrong)
		}
	}
}

func (c *checker) count(n *yaml.Node, at string) {
	written, _ := c.Value(n, asWritten).(json.Number)
	if i, err := strconv.Atoi(written.String()); err != nil || i < 1 {
		c.Problemf(n, "%s must be a number of calls from 1, or that as limit, and an interval", at)
	}
}

// fields compares the keys of a mapping with those that it may have, and
// returns them. What is no mapping is told once.
func (c *checker) fields(s *shape, n *yaml.Node, at, version string) []yamlfile.Pair {
	pairs := c.Mapping(n, at)
	if n.Kind == yaml.MappingNode {
		c.keys(s, n, pairs, at, version)
	}
	return pairs
}

func (c *checker) keys(s *shape, n *yaml.Node, pairs []yamlfile.Pair, at, version string) {
	inside := strings.TrimPrefix(at+".", "the file.")
	other := ""
	if inside == "proxy." {
		other = policyOf(map[string]string{v0: v1, v1: v0}[version])
	}
	for _, f := range s.fields {
		switch p := pick(pairs, f.name); {
		case p.Key == nil && f.name == policyOf(version) && pick(pairs, other).Key != nil: // told of that
		case p.Key == nil && f.need:
			c.Problemf(n, "%s%s is missing", inside, f.name)
		case p.Key == nil:
		case yamlfile.IsNull(p.Value):
			c.Problemf(p.Value, "%s%s says nothing: give it a value, or leave the key out", inside, f.name)
		case f.shape != nil:
			c.look(f.shape, p.Value, inside+f.name, version)
		}
	}
	for _, p := range pairs {
		c.known(s, p.Key, inside)
	}
}

// policyOf returns the key of a proxy that says how clients sign in.
func policyOf(version string) string {
	if version == v1 {
		return "policies"
	}
	return "policy"
}

// known reports a key that a mapping may not have.
func (c *checker) known(s *shape, key *yaml.Node, inside string) {
	var names []string
	for _, f := range s.fields {
		names = append(names, f.name)
	}
	switch {
	case slices.Contains(names, key.Value):
	case inside == "proxy." && key.Value == policyOf(v1):
		c.Problemf(key, "proxy.policies belongs to version v1: say version: v1 at the top of the file")
	case inside == "proxy." && key.Value == policyOf(v0):
		c.Problemf(key, "proxy.policy belongs to files without a version: version v1 has proxy.policies")
	default:
		c.Problemf(key, "%s%s is not known%s", inside, key.Value, nearest.Hint(key.Value, names))
	}
}

// pick returns the pair of a key, or none.
func pick(pairs []yamlfile.Pair, name string) yamlfile.Pair {
	for _, p := range pairs {
		if p.Key.Value == name {
			return p
		}
	}
	return yamlfile.Pair{}
}

// faults are what is wrong with a payload that may have been made from more
// than its file.
func faults(r *gateway.Resource) []string {
	var texts []string
	for _, f := range flaws(encode(r.Spec)) {
		if !f.Warning {
			texts = append(texts, f.Text)
		}
	}
	if name := nameOf(r.Spec); name != "" && name != r.Key.Name() {
		texts = append(texts, fmt.Sprintf("proxy.name is %q, and the file is named for %q: they must be the same", name, r.Key.Name()))
	}
	return texts
}

// nameOf returns the name that a payload has for its proxy, as it is written: a
// number and a date are names as well.
func nameOf(spec map[string]any) string {
	switch name := gateway.Field(spec, "proxy.name").(type) {
	case string:
		return name
	case json.Number, bool:
		return fmt.Sprint(name)
	}
	return ""
}

// isReference reports whether what a password holds is no secret.
func isReference(v any) bool {
	s, ok := v.(string)
	return ok && password(s) == ""
}

// namesPassword reports whether a password is that of a variable, which may have
// been renewed.
func namesPassword(v any) bool {
	s, ok := v.(string)
	return ok && reference.MatchString(s)
}

// plainNumber returns a number as YAML writes it.
func plainNumber(n json.Number) *yaml.Node {
	tag := "!!int"
	if strings.ContainsAny(n.String(), ".eE") {
		tag = "!!float"
	}
	return &yaml.Node{Kind: yaml.ScalarNode, Tag: tag, Value: n.String()}
}
