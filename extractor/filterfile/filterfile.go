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

// The keys of a file that are none of a kind.
const (
	// ModeKey says what becomes of kinds which the file does not list.
	ModeKey = "mode"
	// ClosureKey says, true or false, that of those kinds comes what is
	// needed by what the file lists.
	ClosureKey = "closure"
)

// The words that ModeKey may have.
const (
	modeAll        = "all"         // they are not limited: as without the key
	modeOnlyListed = "only-listed" // they are left out
)

// Modes returns the words that ModeKey may have.
func Modes() []string { return []string{modeAll, modeOnlyListed} }

// Options say how a file is read.
type Options struct {
	// Settings are keys at the top of the file that are the business of
	// others.
	Settings []string
	// Lenient makes warnings of unknown keys and entries that are not what
	// they seem.
	Lenient bool
	// Closure reads the file as if ClosureKey were true.
	Closure bool
}

// A Filter says which resources are named, and which are left out. The zero
// Filter, and nil, say nothing.
type Filter struct {
	file    string
	kinds   *gateway.Kinds
	root    *scope
	closure bool
	keys    map[string]bool // kinds of which there is a key
}

// A scope is what a file says about the resources of one owner, by the name of
// their kind. A nil scope says nothing: all count.
type scope struct {
	lists  map[string]*list
	closed bool // kinds without a list are left out
	none   bool // all kinds are
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
	p := &parser{Reader: yamlfile.NewReader(name, o.Lenient), kinds: kinds, settings: o.Settings, closure: o.Closure, keys: map[string]bool{}}
	f := &Filter{file: name, kinds: kinds, keys: p.keys, root: p.file(text)}
	f.closure = p.closure
	if err := p.Err(); err != nil {
		return nil, p.Warnings(), err
	}
	return f, p.Warnings(), nil
}

// Closure reports whether what is named brings what it needs.
func (f *Filter) Closure() bool { return f != nil && f.closure }

// OnlyListed reports whether what is not named is left out.
func (f *Filter) OnlyListed() bool { return f != nil && f.root != nil && f.root.closed }

// HasKey reports whether the file has a key for a kind, anywhere, be it one
// without a value.
func (f *Filter) HasKey(kind string) bool { return f != nil && f.keys[kind] }

// Says reports whether a resource is named, itself or with what owns it, and
// whether it is left out, itself, with what owns it, or with what it joins to
// its owner. It may be neither.
func (f *Filter) Says(key gateway.Key) (named, out bool) {
	if f == nil || f.root == nil {
		return false, false
	}
	for k := key; !k.IsZero(); k = f.kinds.Parent(k) {
		if target, ok := f.joined(k); ok && f.trace(target, nil).out {
			return false, true
		}
	}
	t := f.trace(key, nil)
	return t.named, t.out
}

// Bars reports whether a resource stays out though something needs it: it is
// excluded, or the list for it is empty.
func (f *Filter) Bars(key gateway.Key) bool {
	if f == nil || f.root == nil {
		return false
	}
	for k := key; !k.IsZero(); k = f.kinds.Parent(k) {
		if target, ok := f.joined(k); ok && f.trace(target, nil).barred {
			return true
		}
	}
	return f.trace(key, nil).barred
}

// Skip reports whether a resource is left out by a filter that nothing else
// stands beside: by what the file says of it, or of what it joins to its
// owner, or because only what is listed counts.
func (f *Filter) Skip(key gateway.Key) bool {
	if f == nil || f.root == nil {
		return false
	}
	skip := func(key gateway.Key) bool {
		t := f.trace(key, nil)
		return t.out || f.root.closed && !t.named
	}
	for k := key; !k.IsZero(); k = f.kinds.Parent(k) {
		if target, ok := f.joined(k); ok && skip(target) {
			return true
		}
	}
	return skip(key)
}

// joined returns what a resource links to its owner.
func (f *Filter) joined(key gateway.Key) (gateway.Key, bool) {
	k := f.kinds.Get(key.Kind)
	if k == nil || k.Joins == "" {
		return gateway.Key{}, false
	}
	for _, ref := range f.kinds.References(&gateway.Resource{Key: key}) {
		if ref.Kind == k.Joins {
			return ref, true
		}
	}
	return gateway.Key{}, false
}

// A verdict is what the lists say of a resource, and what of that which it
// owns.
type verdict struct {
	named, out bool
	barred     bool // out, and not only because others are listed
	below      *scope
}

// trace follows the lists to a resource, and tells visit of each entry that
// leads there.
func (f *Filter) trace(key gateway.Key, visit func(*entry)) verdict {
	var chain []gateway.Key
	for k := key; !k.IsZero(); k = f.kinds.Parent(k) {
		chain = append(chain, k)
	}
	v := verdict{below: f.root}
	for _, k := range slices.Backward(chain) {
		kind := f.kinds.Get(k.Kind)
		if kind == nil || v.below == nil {
			return v
		}
		v = f.admit(v, kind, k.Name(), visit)
		if v.out {
			return v
		}
	}
	return v
}

// admit returns what is said of a resource of an owner about which v is said.
func (f *Filter) admit(v verdict, kind *gateway.Kind, name string, visit func(*entry)) verdict {
	s := v.below
	l := s.lists[kind.Name]
	switch {
	case s.none, l == nil && s.closed && !f.holds(kind):
		return verdict{out: true, barred: true}
	case l == nil:
		return verdict{named: !f.holds(kind)}
	}
	names := namesOf(kind, name)
	for _, pattern := range l.exclude {
		if slices.ContainsFunc(names, func(n string) bool { return glob.Match(pattern, n) }) {
			return verdict{out: true, barred: true}
		}
	}
	e := l.entry(names)
	switch {
	case e != nil:
		if visit != nil {
			visit(e)
		}
		return verdict{named: true, below: e.below}
	case l.limited:
		return verdict{out: true, barred: l.nobody()}
	}
	return verdict{named: !f.closure} // what is not excluded comes if it is needed
}

// Nobody is the name by which a list says that nothing counts, for tools to
// which an empty list is none. It need not be anybody's.
const Nobody = "ignore"

// nobody reports whether the list names nothing.
func (l *list) nobody() bool {
	return !slices.ContainsFunc(l.entries, func(e entry) bool { return !strings.EqualFold(e.pattern, Nobody) })
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
