package extractor

import (
	"fmt"
	"slices"
	"strings"

	"github.com/lockstep-apiops/lockstep/gateway"
	"github.com/lockstep-apiops/lockstep/internal/glob"
)

// A Filter says which resources count. What it leaves out is neither read nor
// removed, and neither is what that owns. The zero Filter leaves out nothing.
//
// Include limits the kinds that its patterns name to the names that match;
// kinds that none of them names are not limited. Exclude then leaves out what
// matches.
type Filter struct{ Include, Exclude []Pattern }

// A Pattern names resources: "api=orders*".
type Pattern struct {
	// Kind is the name of a kind or of its row, or of the folder that its
	// resources are kept in: "workspace api", "api", "apis". "*" is every
	// kind; in Include, every kind that the gateway itself owns.
	Kind string
	// Name is the name, in which "*" stands for any text and "?" for any
	// one character. Upper and lower case are the same.
	Name string
}

// String returns the pattern as it is written.
func (p Pattern) String() string { return p.Kind + "=" + p.Name }

// ParseFilter reads patterns and refuses those that name no kind.
func ParseFilter(kinds *gateway.Kinds, include, exclude []string) (Filter, error) {
	var f Filter
	for _, list := range []struct {
		from []string
		to   *[]Pattern
	}{{include, &f.Include}, {exclude, &f.Exclude}} {
		for _, s := range list.from {
			p, err := ParsePattern(kinds, s)
			if err != nil {
				return Filter{}, err
			}
			*list.to = append(*list.to, p)
		}
	}
	return f, nil
}

// ParsePattern reads a pattern such as "api=orders*".
func ParsePattern(kinds *gateway.Kinds, s string) (Pattern, error) {
	kind, name, ok := strings.Cut(s, "=")
	p := Pattern{strings.TrimSpace(kind), strings.TrimSpace(name)}
	if !ok || p.Kind == "" || p.Name == "" {
		return Pattern{}, fmt.Errorf("read filter %q: want KIND=NAME, such as api=orders*", s)
	}
	if p.Kind != "*" && !slices.ContainsFunc(kinds.All(), p.names) {
		return Pattern{}, fmt.Errorf("read filter %q: there is no kind %q: want one of %s", s, p.Kind, strings.Join(rows(kinds), ", "))
	}
	return p, nil
}

// rows returns the names of the rows that a filter can name, sorted.
func rows(kinds *gateway.Kinds) []string {
	var names []string
	for _, k := range kinds.All() {
		names = append(names, k.Row)
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// names reports whether the pattern speaks of the kind.
func (p Pattern) names(k *gateway.Kind) bool {
	return p.Kind == "*" || slices.ContainsFunc([]string{k.Name, k.Row, k.Dir}, func(s string) bool {
		return s != "" && strings.EqualFold(s, p.Kind)
	})
}

// On returns what the filter says of resources of these kinds.
func (f Filter) On(kinds *gateway.Kinds) Selector { return patterns{f, kinds} }

// Names reports whether some pattern speaks of the kind, and not of all kinds.
func (f Filter) Names(k *gateway.Kind) bool {
	return slices.ContainsFunc(slices.Concat(f.Include, f.Exclude), func(p Pattern) bool { return p.Kind != "*" && p.names(k) })
}

// Never reports whether the filter leaves out all resources of a kind, whoever
// owns them.
func (f Filter) Never(k *gateway.Kind) bool {
	return slices.ContainsFunc(f.Exclude, func(p Pattern) bool { return p.names(k) && p.Name == "*" })
}

// Unmatched returns the patterns of Include, in order, that match none of the
// resources that were read with the filter.
func (f Filter) Unmatched(kinds *gateway.Kinds, read []gateway.Key) []Pattern {
	return slices.DeleteFunc(slices.Clone(f.Include), func(p Pattern) bool {
		return slices.ContainsFunc(read, func(key gateway.Key) bool {
			k := kinds.Get(key.Kind)
			return k != nil && p.names(k) && p.matches(key.Name())
		})
	})
}

// patterns are a Filter with the kinds that it speaks of.
type patterns struct {
	Filter
	kinds *gateway.Kinds
}

// Skip implements Selector.
func (p patterns) Skip(key gateway.Key) bool {
	_, out := p.Says(key)
	return out
}

// SkipKind implements Selector.
func (p patterns) SkipKind(kind string, owner gateway.Key) bool {
	_, out := p.SaysKind(kind, owner)
	return out
}

// Says implements Selector.
func (p patterns) Says(key gateway.Key) (named, out bool) {
	for ; !key.IsZero(); key = p.kinds.Parent(key) {
		k := p.kinds.Get(key.Kind)
		if p.leavesOut(k, key.Name()) {
			return false, true
		}
		limited, in := p.included(k, key.Name())
		named = named || limited && in
	}
	return named, false
}

// Bars implements Selector.
func (p patterns) Bars(key gateway.Key) bool {
	for ; !key.IsZero(); key = p.kinds.Parent(key) {
		if p.excludes(p.kinds.Get(key.Kind), key.Name()) {
			return true
		}
	}
	return false
}

// SaysKind implements Selector.
func (p patterns) SaysKind(kind string, owner gateway.Key) (named, out bool) {
	named, out = p.Says(owner)
	k := p.kinds.Get(kind)
	if k == nil || out {
		return named, out
	}
	if p.Never(k) {
		return false, true
	}
	limited, _ := p.included(k, "")
	return named || limited, false
}

// leavesOut reports whether the filter leaves out a resource by its own name.
func (f Filter) leavesOut(k *gateway.Kind, name string) bool {
	if k == nil {
		return false
	}
	if limited, in := f.included(k, name); limited && !in {
		return true
	}
	return f.excludes(k, name)
}

func (f Filter) excludes(k *gateway.Kind, name string) bool {
	return k != nil && slices.ContainsFunc(f.Exclude, func(p Pattern) bool { return p.names(k) && p.matches(name) })
}

// included reports whether patterns limit a kind, and whether they let a name
// through.
func (f Filter) included(k *gateway.Kind, name string) (limited, in bool) {
	for _, p := range f.Include {
		if k != nil && p.names(k) && (p.Kind != "*" || k.Parent == "") {
			limited = true
			in = in || p.matches(name)
		}
	}
	return limited, in
}

func (p Pattern) matches(name string) bool { return glob.Match(p.Name, name) }
