package filterfile

import (
	"slices"
	"strings"

	"gopkg.in/yaml.v3"

	"github.com/lockstep-apiops/lockstep/gateway"
	"github.com/lockstep-apiops/lockstep/internal/glob"
	"github.com/lockstep-apiops/lockstep/internal/nearest"
	"github.com/lockstep-apiops/lockstep/internal/yamlfile"
)

// A Sighting is what of a gateway was seen while it was read with a filter.
type Sighting struct {
	Read   []gateway.Key          // what was let through
	Listed []gateway.Key          // what was there, left out or not: names to suggest
	Unread func(kind string) bool // whether something of a kind could not be read; nil: nothing
}

// Unmatched warns of names that match nothing on a gateway, so that their
// author learns of a resource that was renamed, or of a slip.
func (f *Filter) Unmatched(s Sighting) []*yamlfile.Problem {
	if f == nil || f.root == nil {
		return nil
	}
	u := unmatched{Reader: yamlfile.NewReader(f.file, false), kinds: f.kinds, Sighting: s, used: map[*entry]bool{}}
	for _, key := range s.Read {
		f.trace(key, func(e *entry) { u.used[e] = true })
	}
	u.scope(f.root)
	return u.Warnings()
}

// An unmatched collects the warnings.
type unmatched struct {
	*yamlfile.Reader
	Sighting
	kinds *gateway.Kinds
	used  map[*entry]bool
}

func (u *unmatched) scope(s *scope) {
	if s == nil {
		return
	}
	for kind, l := range s.lists {
		k := u.kinds.Get(kind)
		for i := range l.entries {
			switch e := &l.entries[i]; {
			case u.used[e]:
				u.scope(e.below)
			case !u.tells(k, e):
			case glob.Has(e.pattern):
				u.Warnf(&yaml.Node{Line: e.line}, "nothing matches %q: no %s has such a name", e.pattern, k.Name)
			default:
				u.Warnf(&yaml.Node{Line: e.line}, "there is no %s %s on the gateway%s", k.Name, e.pattern, nearest.Hint(e.pattern, u.names(k)))
			}
		}
	}
}

// tells reports whether it means anything that nothing matches. It does not of
// what is never yielded though it is there: what a definition tells, what is
// built in, what has not been changed since the gateway was made.
func (u *unmatched) tells(k *gateway.Kind, e *entry) bool {
	switch {
	case u.Unread != nil && u.Unread(k.Name):
		return false
	case k.Inside != "", k.Initial != nil, strings.EqualFold(e.pattern, Nobody):
		return false
	case k.Only != "":
		return !glob.Match(e.pattern, k.Only)
	}
	return !slices.ContainsFunc(k.Builtin, func(name string) bool { return glob.Match(e.pattern, name) })
}

// names returns the names that resources of a kind have.
func (u *unmatched) names(k *gateway.Kind) []string {
	var names []string
	for _, key := range u.Listed {
		if key.Kind == k.Name {
			names = append(names, key.Name())
		}
	}
	return names
}
