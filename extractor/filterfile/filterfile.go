// Package filterfile reads files that say which resources of a gateway are
// extracted, in the dialects of Azure/apiops and with some more to say.
//
// A file holds a list of names for each kind, under a key that the table of
// kinds gives it. What an entry names may be limited further, kind by kind:
//
//	apis:
//	  - orders
//	  - catalog-*:
//	      operations: []
//	tags:
//	  exclude: [internal-*]
//
// It knows kinds and names. It does not know how a gateway is read; what a
// filter leaves out is for others to neither read nor remove.
package filterfile

import (
	"slices"
	"strings"

	"github.com/lockstep-apiops/lockstep/gateway"
	"github.com/lockstep-apiops/lockstep/internal/glob"
	"github.com/lockstep-apiops/lockstep/internal/yamlfile"
)

// ModeKey is the key of a file that says what becomes of kinds which it does
// not list. It is none of a kind.
const ModeKey = "mode"

// The words that ModeKey may have.
const (
	modeAll        = "all"         // they are not limited: as without the key
	modeOnlyListed = "only-listed" // they are left out
)

// Options say how a file is read.
type Options struct {
	// Settings are keys at the top of the file that are the business of
	// others.
	Settings []string
	// Lenient makes warnings of unknown keys and entries that are not what
	// they seem.
	Lenient bool
}

// A Filter says which resources are left out. The zero Filter leaves out none.
type Filter struct {
	kinds *gateway.Kinds
	root  *scope
}

// A scope is what a file says about the resources of one owner, by the name of
// their kind. A nil scope says nothing: all count.
type scope struct {
	lists  map[string]*list
	closed bool // kinds without a list are left out
}

// A list is what a scope says about resources of one kind.
type list struct {
	limited bool // to the entries
	entries []entry
	byName  map[string]int // the entries by their pattern in lower case
	exclude []string
}

// An entry names resources, and says what of that which they own counts.
type entry struct {
	pattern string
	line    int
	below   *scope
}

// Parse reads a file of that name. What is wrong with it is told with its
// line, all at once.
func Parse(kinds *gateway.Kinds, name string, text []byte, o Options) (*Filter, []*yamlfile.Problem, error) {
	p := &parser{Reader: yamlfile.NewReader(name, o.Lenient), kinds: kinds, settings: o.Settings}
	f := &Filter{kinds: kinds, root: p.file(text)}
	if err := p.Err(); err != nil {
		return nil, p.Warnings(), err
	}
	return f, p.Warnings(), nil
}

// Skip reports whether a resource is left out: itself, with what owns it, or
// with what it joins to its owner.
func (f *Filter) Skip(key gateway.Key) bool {
	if f == nil || f.root == nil {
		return false
	}
	if f.leavesOut(key) {
		return true
	}
	for k := key; !k.IsZero(); k = f.kinds.Parent(k) {
		if f.joinsLeftOut(k) {
			return true
		}
	}
	return false
}

// joinsLeftOut reports whether a resource links its owner to one that is left
// out.
func (f *Filter) joinsLeftOut(key gateway.Key) bool {
	k := f.kinds.Get(key.Kind)
	if k == nil || k.Joins == "" {
		return false
	}
	for _, ref := range f.kinds.References(&gateway.Resource{Key: key}) {
		if ref.Kind == k.Joins && f.leavesOut(ref) {
			return true
		}
	}
	return false
}

// leavesOut reports whether the lists leave out a resource or one that owns it.
func (f *Filter) leavesOut(key gateway.Key) bool {
	var chain []gateway.Key
	for k := key; !k.IsZero(); k = f.kinds.Parent(k) {
		chain = append(chain, k)
	}
	s := f.root
	for _, k := range slices.Backward(chain) {
		kind := f.kinds.Get(k.Kind)
		if kind == nil || s == nil {
			return false
		}
		below, ok := s.admit(kind, k.Name())
		if !ok {
			return true
		}
		s = below
	}
	return false
}

// admit reports whether a resource counts, and what is said of what it owns.
func (s *scope) admit(kind *gateway.Kind, name string) (*scope, bool) {
	l := s.lists[kind.Name]
	if l == nil {
		return nil, !s.closed
	}
	names := namesOf(kind, name)
	for _, pattern := range l.exclude {
		if slices.ContainsFunc(names, func(n string) bool { return glob.Match(pattern, n) }) {
			return nil, false
		}
	}
	if e := l.entry(names); e != nil {
		return e.below, true
	}
	return nil, !l.limited
}

// entry returns the entry that counts for a resource: the one with its name,
// else that with the name which stands for it, else the first that matches.
func (l *list) entry(names []string) *entry {
	for _, n := range names {
		if i, ok := l.byName[strings.ToLower(n)]; ok {
			return &l.entries[i]
		}
	}
	for i := range l.entries {
		e := &l.entries[i]
		if glob.Has(e.pattern) && slices.ContainsFunc(names, func(n string) bool { return glob.Match(e.pattern, n) }) {
			return e
		}
	}
	return nil
}

// namesOf returns the names that a file may call a resource by, its own first.
func namesOf(kind *gateway.Kind, name string) []string {
	names := []string{name}
	if kind.ConfigName != nil {
		if other := kind.ConfigName(name); !strings.EqualFold(other, name) {
			names = append(names, other)
		}
	}
	return names
}
