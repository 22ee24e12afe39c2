// Package yamlfile reads YAML files whose mistakes are told with their line.
//
// It knows YAML: documents, mappings, anchors, merges. It does not know what
// the keys of a file mean.
package yamlfile

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"gopkg.in/yaml.v3"
)

// A Problem is something in a file that is wrong, and where.
type Problem struct {
	File string
	Line int // from 1; 0: the file as a whole
	Text string
}

// Error returns the place and what is wrong there.
func (p *Problem) Error() string {
	if p.Line == 0 {
		return p.File + ": " + p.Text
	}
	return fmt.Sprintf("%s:%d: %s", p.File, p.Line, p.Text)
}

// A Pair is one key of a mapping with its value, neither an alias.
type Pair struct{ Key, Value *yaml.Node }

// A Reader reads one file and collects what is wrong with it.
type Reader struct {
	file     string
	lenient  bool
	problems []*Problem // that make the file unusable
	warnings []*Problem
	left     int // nodes that may still be looked at
	stopped  bool
}

// What a file can be blown up to with anchors: nodes, and nodes for each of
// its bytes, of which a file without anchors has less than one; and levels.
const (
	someNodes    = 1 << 14
	nodesPerByte = 4
	maxDepth     = 100
)

// NewReader returns a reader for a file of that name. A lenient one takes for
// warnings what Softly tells it.
func NewReader(file string, lenient bool) *Reader {
	return &Reader{file: file, lenient: lenient}
}

// Problemf notes that the file cannot be used because of what stands at a node.
func (r *Reader) Problemf(n *yaml.Node, format string, args ...any) {
	r.problems = append(r.problems, r.at(n, format, args))
}

// Softlyf is Problemf for what a lenient reader only warns of.
func (r *Reader) Softlyf(n *yaml.Node, format string, args ...any) {
	if r.lenient {
		r.Warnf(n, format, args...)
		return
	}
	r.Problemf(n, format, args...)
}

// Warnf notes what its author probably meant otherwise.
func (r *Reader) Warnf(n *yaml.Node, format string, args ...any) {
	r.warnings = append(r.warnings, r.at(n, format, args))
}

func (r *Reader) at(n *yaml.Node, format string, args []any) *Problem {
	p := &Problem{File: r.file, Text: fmt.Sprintf(format, args...)}
	if n != nil {
		p.Line = n.Line
	}
	return p
}

// Warnings returns what was warned of, in the order of lines.
func (r *Reader) Warnings() []*Problem { return sorted(r.warnings) }

// Err returns the problems, in the order of lines, as one error, or nil.
func (r *Reader) Err() error {
	var errs []error
	for _, p := range sorted(r.problems) {
		errs = append(errs, p)
	}
	return errors.Join(errs...)
}

func sorted(ps []*Problem) []*Problem {
	ps = slices.Clone(ps) // both functions below work in place, and callers ask twice
	slices.SortFunc(ps, func(a, b *Problem) int { return cmp.Or(cmp.Compare(a.Line, b.Line), cmp.Compare(a.Text, b.Text)) })
	return slices.CompactFunc(ps, func(a, b *Problem) bool { return *a == *b })
}

// Root returns the keys of the mapping that a text consists of. An empty text
// has none. The text may start with a byte order mark.
func (r *Reader) Root(text []byte) []Pair {
	r.left = someNodes + nodesPerByte*len(text)
	dec := yaml.NewDecoder(bytes.NewReader(text))
	var doc, next yaml.Node
	switch err := dec.Decode(&doc); {
	case errors.Is(err, io.EOF):
		return nil
	case err != nil:
		r.syntax(text, err)
		return nil
	}
	switch err := dec.Decode(&next); {
	case err == nil:
		r.Problemf(&next, "a second document starts here; one is allowed")
		return nil
	case !errors.Is(err, io.EOF):
		r.syntax(text, err)
		return nil
	}
	r.tags(&doc)
	root := Resolve(doc.Content[0])
	if IsNull(root) {
		return nil
	}
	return r.Mapping(root, "the file")
}

// tags notes tags that mean nothing here: what they say would be lost.
func (r *Reader) tags(n *yaml.Node) {
	switch tag := n.ShortTag(); {
	case n.Kind == yaml.AliasNode, n.Kind == yaml.DocumentNode:
	case tag == "!!binary", !strings.HasPrefix(tag, "!!"):
		r.Problemf(n, "the tag %s means nothing here: write the value itself", tag)
	}
	for _, e := range n.Content {
		r.tags(e)
	}
}

// Mapping returns the keys of a mapping, with those that it merges from
// others. what names the mapping in a message. A key that is there twice, in
// whatever case, is a problem.
func (r *Reader) Mapping(n *yaml.Node, what string) []Pair { return r.mapping(n, what, 0) }

func (r *Reader) mapping(n *yaml.Node, what string, depth int) []Pair {
	n = Resolve(n)
	if n.Kind != yaml.MappingNode {
		r.Problemf(n, "%s must hold keys and values", what)
		return nil
	}
	if !r.Count(n) {
		return nil
	}
	var own, merged []Pair
	lines := map[string]int{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, value := Resolve(n.Content[i]), Resolve(n.Content[i+1])
		switch folded := strings.ToLower(key.Value); {
		case key.Tag == "!!merge":
			merged = append(merged, r.merge(value, what, depth)...)
		case key.Kind != yaml.ScalarNode:
			r.Problemf(key, "%s has a key that is no plain text", what)
		case lines[folded] != 0:
			r.Softlyf(key, "key %q is also in line %d", key.Value, lines[folded])
		default:
			lines[folded] = key.Line
			own = append(own, Pair{key, value})
		}
	}
	for _, p := range merged {
		if folded := strings.ToLower(p.Key.Value); lines[folded] == 0 {
			lines[folded] = p.Key.Line
			own = append(own, p)
		}
	}
	return own
}

// merge returns the keys of the mapping, or of the list of them, that a merge
// key names.
func (r *Reader) merge(n *yaml.Node, what string, depth int) []Pair {
	if depth > maxDepth {
		r.stop(n, "mappings merge each other")
		return nil
	}
	if n.Kind != yaml.SequenceNode {
		return r.mapping(n, what, depth+1)
	}
	var all []Pair
	for _, e := range r.Sequence(n) {
		all = append(all, r.mapping(e, what, depth+1)...)
	}
	return all
}

// Sequence returns the elements of a list, none of them an alias.
func (r *Reader) Sequence(n *yaml.Node) []*yaml.Node {
	if !r.Count(n) {
		return nil
	}
	var all []*yaml.Node
	for _, e := range n.Content {
		all = append(all, Resolve(e))
	}
	return all
}

// Count reports whether a node may still be looked at. Anchors can make of a
// small file an endless one; then it is a problem, once.
func (r *Reader) Count(n *yaml.Node) bool {
	had := r.left > 0
	r.left -= 1 + len(n.Content)
	if had && r.left <= 0 {
		r.stop(n, "the file is too large once its anchors are followed")
	}
	return r.left > 0
}

// stop notes a problem of which there would be no end.
func (r *Reader) stop(n *yaml.Node, text string) {
	if !r.stopped {
		r.Problemf(n, "%s", text)
	}
	r.stopped, r.left = true, 0
}

// Resolve returns the node that an alias stands for, and any other as it is.
func Resolve(n *yaml.Node) *yaml.Node {
	if n.Kind == yaml.AliasNode {
		return n.Alias
	}
	return n
}

// IsNull reports whether a node holds nothing.
func IsNull(n *yaml.Node) bool { return n.Kind == yaml.ScalarNode && n.ShortTag() == "!!null" }

// yamlLine finds the line in a message of the YAML decoder.
var yamlLine = regexp.MustCompile(`^yaml: line (\d+): `)

// bareToken finds a token that takes the place of a value without quotes.
var bareToken = regexp.MustCompile(`(?m)[:\-]\s+\{#`)

// syntax notes the decoder's error in the form of our own.
func (r *Reader) syntax(text []byte, err error) {
	p := &Problem{File: r.file, Text: strings.TrimPrefix(err.Error(), "yaml: ")}
	if m := yamlLine.FindStringSubmatch(err.Error()); m != nil {
		p.Text = err.Error()[len(m[0]):]
		p.Line, _ = strconv.Atoi(m[1]) // digits, by the pattern
	}
	p.Text += Hint(text)
	r.problems = append(r.problems, p)
}

// Hint returns the end of a message about a text that is no YAML, which names
// the likely reason, or nothing.
func Hint(text []byte) string {
	if bareToken.Match(text) {
		return `; a token needs quotes around it: "{#NAME#}"`
	}
	return ""
}
