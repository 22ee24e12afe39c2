package filterfile

import (
	"slices"
	"strings"

	"gopkg.in/yaml.v3"

	"github.com/lockstep-apiops/lockstep/gateway"
	"github.com/lockstep-apiops/lockstep/internal/nearest"
	"github.com/lockstep-apiops/lockstep/internal/yamlfile"
)

// A parser reads one file.
type parser struct {
	*yamlfile.Reader
	kinds    *gateway.Kinds
	settings []string
	closed   bool            // ModeKey says that only what is listed counts
	closure  bool            // ClosureKey says that it brings what it needs
	keys     map[string]bool // kinds of which there is a key
}

// file reads the keys at the top. It returns nil if they limit nothing.
func (p *parser) file(text []byte) *scope {
	var pairs []yamlfile.Pair
	for _, pair := range p.Root(text) {
		switch {
		case strings.EqualFold(pair.Key.Value, ModeKey):
			p.mode(pair.Value)
		case strings.EqualFold(pair.Key.Value, ClosureKey):
			p.yesOrNo(pair)
		case slices.ContainsFunc(p.settings, func(s string) bool { return strings.EqualFold(s, pair.Key.Value) }):
		default:
			pairs = append(pairs, pair)
		}
	}
	return p.scope("", pairs)
}

func (p *parser) mode(n *yaml.Node) {
	switch words := Modes(); {
	case yamlfile.IsNull(n):
	case n.Kind != yaml.ScalarNode || !slices.Contains(words, n.Value):
		p.Problemf(n, "%s is %q: want one of %s%s", ModeKey, n.Value, strings.Join(words, ", "), nearest.Hint(n.Value, words))
	default:
		p.closed = n.Value == modeOnlyListed
	}
}

func (p *parser) yesOrNo(pair yamlfile.Pair) {
	switch n := pair.Value; {
	case yamlfile.IsNull(n):
	case n.ShortTag() != "!!bool":
		p.Problemf(n, "%s is %q: want true or false", ClosureKey, n.Value)
	default:
		p.closure = p.closure || strings.EqualFold(n.Value, "true")
	}
}

// scope reads the keys below an owner of the named kind.
func (p *parser) scope(owner string, pairs []yamlfile.Pair) *scope {
	s := &scope{lists: map[string]*list{}, closed: p.closed}
	keys := map[string]*yaml.Node{}
	for _, pair := range pairs {
		k := p.kinds.ConfigKind(owner, pair.Key.Value)
		switch {
		case k == nil:
			p.unknown(owner, pair.Key)
			continue
		case keys[k.Name] != nil:
			p.Softlyf(pair.Key, "key %q means the same as %q in line %d", pair.Key.Value, keys[k.Name].Value, keys[k.Name].Line)
			continue
		}
		keys[k.Name] = pair.Key
		p.keys[k.Name] = true
		if l := p.list(k, pair); l != nil {
			s.lists[k.Name] = l
		}
	}
	if len(s.lists) == 0 && !s.closed {
		return nil
	}
	return s
}

// unknown tells of a key that no kind has, and which was meant.
func (p *parser) unknown(owner string, key *yaml.Node) {
	known := p.kinds.ConfigKeys(owner)
	if owner == "" {
		known = append(known, ModeKey, ClosureKey)
		known = append(known, p.settings...)
	}
	hint := nearest.Hint(key.Value, known)
	if hint == "" {
		hint = p.belongs(key.Value)
	}
	p.Softlyf(key, "unknown key %q%s%s", key.Value, where(owner), hint)
}

// belongs says below which names a key belongs that is one elsewhere.
func (p *parser) belongs(key string) string {
	var owners []string
	for _, k := range p.kinds.All() {
		if owner := p.kinds.Get(k.Parent); owner != nil && owner.Parent == "" && p.kinds.ConfigKind(k.Parent, key) == k {
			owners = append(owners, owner.ConfigKeys()[0])
		}
	}
	if owners == nil {
		return ""
	}
	slices.Sort(owners)
	return "; it belongs below a name of " + strings.Join(slices.Compact(owners), " or ")
}

func where(owner string) string {
	if owner == "" {
		return ""
	}
	return " of " + owner
}

// list reads the value of a key: a list of names, or a mapping that includes
// and excludes. It is nil if that limits nothing.
func (p *parser) list(k *gateway.Kind, pair yamlfile.Pair) *list {
	switch n := pair.Value; {
	case yamlfile.IsNull(n):
		return nil
	case n.Kind == yaml.SequenceNode:
		l := &list{}
		p.entries(l, k, n)
		return l
	case n.Kind == yaml.MappingNode:
		return p.limits(k, n)
	default:
		p.Problemf(n, "%s needs a list of names: [%s]", pair.Key.Value, n.Value)
		return nil
	}
}

// The keys of a list that is written as a mapping.
const (
	includeKey = "include"
	excludeKey = "exclude"
)

func (p *parser) limits(k *gateway.Kind, n *yaml.Node) *list {
	l := &list{}
	for _, pair := range p.Mapping(n, k.ConfigKeys()[0]) {
		switch key := strings.ToLower(pair.Key.Value); {
		case key != includeKey && key != excludeKey:
			keys := []string{includeKey, excludeKey}
			p.Softlyf(pair.Key, "unknown key %q: %s is a list of names, or has %s%s",
				pair.Key.Value, k.ConfigKeys()[0], strings.Join(keys, " and "), nearest.Hint(pair.Key.Value, keys))
		case yamlfile.IsNull(pair.Value):
		case pair.Value.Kind != yaml.SequenceNode:
			p.Problemf(pair.Value, "%s needs a list of names", pair.Key.Value)
		case key == includeKey:
			p.entries(l, k, pair.Value)
		default:
			l.exclude = p.names(pair.Value)
		}
	}
	if !l.limited && l.exclude == nil {
		return nil
	}
	return l
}

// names reads a list of plain names.
func (p *parser) names(n *yaml.Node) []string {
	var names []string
	for _, e := range p.Sequence(n) {
		if name, ok := p.name(e); ok {
			names = append(names, name)
		}
	}
	return names
}

// name reads a name.
func (p *parser) name(n *yaml.Node) (string, bool) {
	if n.Kind != yaml.ScalarNode || yamlfile.IsNull(n) || strings.TrimSpace(n.Value) == "" {
		p.Problemf(n, "a name is missing here")
		return "", false
	}
	return strings.TrimSpace(n.Value), true
}

// entries limits a list to the entries that a node has.
func (p *parser) entries(l *list, k *gateway.Kind, n *yaml.Node) {
	l.limited, l.byName = true, map[string]int{}
	for _, node := range p.Sequence(n) {
		for _, e := range p.entry(k, node) {
			name := strings.ToLower(e.pattern)
			if i, twice := l.byName[name]; twice {
				p.Softlyf(&yaml.Node{Line: e.line}, "%q is also in line %d", e.pattern, l.entries[i].line)
				continue
			}
			l.byName[name] = len(l.entries)
			l.entries = append(l.entries, e)
		}
	}
}

// nameKey is the key of a name in an entry that is an object.
const nameKey = "name"

// entry reads a name, names with what they own as "NAME: {KEY: [...]}", or one
// of those as an object: "{name: NAME, KEY: [...]}".
func (p *parser) entry(k *gateway.Kind, n *yaml.Node) []entry {
	if n.Kind != yaml.MappingNode {
		name, ok := p.name(n)
		if !ok {
			return nil
		}
		return []entry{{pattern: name, line: n.Line}}
	}
	pairs := p.Mapping(n, "an entry")
	isName := func(pair yamlfile.Pair) bool {
		return strings.EqualFold(pair.Key.Value, nameKey) && pair.Value.Kind == yaml.ScalarNode && !yamlfile.IsNull(pair.Value)
	}
	if i := slices.IndexFunc(pairs, isName); i >= 0 {
		e := entry{pattern: strings.TrimSpace(pairs[i].Value.Value), line: n.Line}
		pairs = slices.Delete(pairs, i, i+1)
		if len(pairs) > 0 {
			e.below = p.scope(k.Name, pairs)
		}
		return []entry{e}
	}
	if len(pairs) == 0 {
		p.Problemf(n, "a name is missing here")
	}
	var all []entry
	for i, pair := range pairs {
		name := strings.TrimSpace(pair.Key.Value)
		switch {
		case i > 0 && p.kinds.ConfigKind(k.Name, name) != nil: // it lacks some blanks
			p.Softlyf(pair.Key, "%q stands beside %q and not below it: indent it further", name, pairs[0].Key.Value)
		case name == "":
			p.Problemf(pair.Key, "a name is missing here")
		default:
			all = append(all, entry{pattern: name, line: pair.Key.Line, below: p.below(k, pair)})
		}
	}
	return all
}

// below reads what an entry says of that which its resources own.
func (p *parser) below(k *gateway.Kind, pair yamlfile.Pair) *scope {
	switch n := pair.Value; {
	case yamlfile.IsNull(n):
		return nil
	case n.Kind == yaml.SequenceNode && len(n.Content) == 0:
		return &scope{none: true}
	case n.Kind == yaml.MappingNode && len(n.Content) == 0:
		return nil
	case n.Kind == yaml.MappingNode:
		return p.scope(k.Name, p.Mapping(n, pair.Key.Value))
	default:
		p.Problemf(n, "%s needs keys of what it owns below it, or []%s", pair.Key.Value, p.some(k))
		return nil
	}
}

// some returns the first few keys that may stand below an entry of a kind.
func (p *parser) some(k *gateway.Kind) string {
	keys := p.kinds.ConfigKeys(k.Name)
	if len(keys) == 0 {
		return "; it owns nothing"
	}
	return "; such as " + strings.Join(keys[:min(3, len(keys))], ", ")
}
