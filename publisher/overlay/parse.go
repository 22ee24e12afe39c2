package overlay

import (
	"fmt"
	"slices"
	"strings"

	"gopkg.in/yaml.v3"

	"github.com/lockstep-apiops/lockstep/gateway"
	"github.com/lockstep-apiops/lockstep/internal/nearest"
	"github.com/lockstep-apiops/lockstep/internal/yamlfile"
)

// The keys of an entry that are none of a payload or of what the resource owns.
const (
	nameKey  = "name"
	patchKey = "patch"
)

// A parser reads one file.
type parser struct {
	*yamlfile.Reader
	Options
	kinds      *gateway.Kinds
	keys       map[string]bool // kinds of which there is a key
	kind       *gateway.Kind   // of the entry that is being read; nil: none is
	openTokens int             // so far
	secrets    []string        // values of secrets that were filled in so far
}

func (p *parser) file(text []byte) section {
	pairs := slices.DeleteFunc(p.Root(text), func(pair yamlfile.Pair) bool {
		return slices.ContainsFunc(p.Settings, func(s string) bool { return strings.EqualFold(s, pair.Key.Value) })
	})
	out, seen := section{}, map[string]*yaml.Node{}
	for _, pair := range pairs {
		if k := p.kinds.ConfigKind("", pair.Key.Value); k != nil {
			p.section(out, seen, k, pair)
			continue
		}
		known := append(p.kinds.ConfigKeys(""), p.Settings...)
		p.Softlyf(pair.Key, "unknown key %q%s", pair.Key.Value, nearest.Hint(pair.Key.Value, known))
	}
	return out
}

// section reads the list of entries for resources of a kind.
func (p *parser) section(out section, seen map[string]*yaml.Node, k *gateway.Kind, pair yamlfile.Pair) {
	if first := seen[k.Name]; first != nil {
		p.Softlyf(pair.Key, "key %q means the same as %q in line %d", pair.Key.Value, first.Value, first.Line)
		return
	}
	seen[k.Name] = pair.Key
	p.keys[k.Name] = true
	switch {
	case yamlfile.IsNull(pair.Value):
		return
	case pair.Value.Kind != yaml.SequenceNode:
		p.Problemf(pair.Value, "%s needs a list, each with a name", pair.Key.Value)
		return
	}
	entries := map[string]*entry{}
	for _, n := range p.Sequence(pair.Value) {
		e := p.entry(k, n)
		if e == nil {
			continue
		}
		name := strings.ToLower(e.name)
		if other := entries[name]; other != nil {
			p.Softlyf(n, "%q is also in line %d", e.name, other.line)
			continue
		}
		entries[name] = e
	}
	if len(entries) > 0 {
		out[k.Name] = entries
	}
}

// entry reads what is changed of one resource. It returns nil for one that
// cannot be read.
func (p *parser) entry(k *gateway.Kind, n *yaml.Node) *entry {
	if n.Kind != yaml.MappingNode {
		p.Problemf(n, "want a mapping with a name and what to change; a list of names is a filter, which is for the extractor")
		return nil
	}
	e := &entry{line: n.Line, below: section{}, written: map[string]any{}}
	above := p.kind
	p.kind = k
	defer func() { p.kind = above }()
	before, filled, named := p.openTokens, len(p.secrets), false
	fields, seen := map[string]any{}, map[string]*yaml.Node{}
	for _, pair := range p.Mapping(n, "an entry") {
		switch child := p.kinds.ConfigKind(k.Name, pair.Key.Value); {
		case strings.EqualFold(pair.Key.Value, nameKey):
			e.name, named = p.name(pair.Value), true
		case strings.EqualFold(pair.Key.Value, patchKey):
			e.patches = p.patches(pair.Value)
			e.written[patchKey] = p.Value(pair.Value, asWritten)
		case child != nil:
			p.section(e.below, seen, child, pair)
		case p.kinds.ConfigBody() != "" && !strings.EqualFold(pair.Key.Value, p.kinds.ConfigBody()):
			p.unknown(k, pair.Key)
		default:
			p.field(fields, pair)
			e.written[pair.Key.Value] = p.Value(pair.Value, asWritten)
		}
	}
	if !named {
		p.Problemf(n, "the entry has no name")
	}
	if e.name == "" {
		return nil
	}
	e.spec = p.checked(k, n, fields)
	e.open = p.openTokens > before
	e.hidden = slices.Clone(p.secrets[filled:])
	return e
}

// asWritten leaves tokens in a text.
func asWritten(n *yaml.Node) string { return n.Value }

// field reads a field of a payload. That which holds all the others must be a
// mapping.
func (p *parser) field(fields map[string]any, pair yamlfile.Pair) {
	switch {
	case p.kinds.ConfigBody() == "":
		fields[pair.Key.Value] = p.Value(pair.Value, p.fill)
	case yamlfile.IsNull(pair.Value):
	case pair.Value.Kind != yaml.MappingNode:
		p.Problemf(pair.Value, "%s must hold keys and values", pair.Key.Value)
	default:
		fields[p.kinds.ConfigBody()] = p.Value(pair.Value, p.fill)
	}
}

func (p *parser) unknown(k *gateway.Kind, key *yaml.Node) {
	known := append(p.kinds.ConfigKeys(k.Name), nameKey, patchKey, p.kinds.ConfigBody())
	hint := nearest.Hint(key.Value, known)
	if hint == "" {
		hint = fmt.Sprintf("; a field of the payload belongs below %s", p.kinds.ConfigBody())
	}
	p.Softlyf(key, "unknown key %q of %s%s", key.Value, k.Name, hint)
}

func (p *parser) name(n *yaml.Node) string {
	if n.Kind == yaml.SequenceNode { // as samples have it: [the name goes here]
		p.Warnf(n, "a name must be a text: a list names nothing, and the entry has no effect")
		return ""
	}
	name := ""
	if n.Kind == yaml.ScalarNode && !yamlfile.IsNull(n) {
		filled := len(p.secrets)
		name = strings.TrimSpace(p.fill(n))
		if len(p.secrets) > filled {
			p.Problemf(n, "a name is shown to everybody: it cannot hold a secret")
			return ""
		}
	}
	if name == "" {
		p.Problemf(n, "a name must be a text")
	}
	return name
}

// checked returns the fields without those that an override cannot change.
func (p *parser) checked(k *gateway.Kind, n *yaml.Node, fields map[string]any) map[string]any {
	for _, field := range k.Fixed {
		if cutFolded(fields, field) != nil {
			p.Warnf(n, "%s is not overridden: which one it is says the tree alone", field)
		}
	}
	for field, want := range k.Const {
		v := cutFolded(fields, field)
		got, isText := v.(string)
		if text, _ := want.(string); v != nil && (!isText || !strings.EqualFold(got, text)) {
			p.Problemf(n, "%s must be %v: the value is sent as that", field, want)
		}
	}
	for _, s := range k.Split {
		v := cutFolded(fields, s.Field)
		switch _, isText := v.(string); {
		case v == nil:
		case !isText:
			p.Problemf(n, "%s must be a text", s.Field)
		default:
			gateway.SetField(fields, s.Field, v)
		}
	}
	if body, ok := fields[p.kinds.ConfigBody()].(map[string]any); ok && len(body) == 0 {
		delete(fields, p.kinds.ConfigBody())
	}
	return fields
}

// patches reads a list of patches.
func (p *parser) patches(n *yaml.Node) []patch {
	if yamlfile.IsNull(n) {
		return nil
	}
	if n.Kind != yaml.SequenceNode {
		p.Problemf(n, "%s needs a list of operations", patchKey)
		return nil
	}
	var all []patch
	for _, e := range p.Sequence(n) {
		all = append(all, p.patch(e))
	}
	return all
}

func (p *parser) patch(n *yaml.Node) patch {
	out := patch{line: n.Line}
	var valued bool
	for _, pair := range p.Mapping(n, "a patch") {
		switch key := pair.Key.Value; key {
		case "op":
			out.op = pair.Value.Value
		case "path":
			path, err := parsePointer(pair.Value.Value)
			if err != nil {
				p.Problemf(pair.Value, "%v", err)
				return out
			}
			out.path = path
		case "value":
			out.value, valued = p.Value(pair.Value, p.fill), true
		default:
			p.Softlyf(pair.Key, "unknown key %q of a patch%s", key, nearest.Hint(key, []string{"op", "path", "value"}))
		}
	}
	ops := []string{opAdd, opRemove, opReplace}
	switch {
	case !slices.Contains(ops, out.op):
		p.Problemf(n, "op of a patch must be one of %s", strings.Join(ops, ", "))
	case out.path == nil:
		p.Problemf(n, "the patch has no path")
	case !valued && out.op != opRemove:
		p.Problemf(n, "the patch has no value")
	}
	return out
}
