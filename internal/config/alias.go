package config

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"
)

// alias is a name by which other tools know a setting. It counts wherever theirs do: in the environment, as a flag and
// as a key of the file.
type alias struct {
	row    *Setting
	name   string // as it was declared; with a "*" at its end it is any name that begins so
	negate bool   // what it says is the opposite
}

// aliases returns the names of a setting besides its own, in the order in which they count.
func (s *Setting) aliases() []alias {
	var all []alias
	for _, name := range slices.Concat(s.EnvNames(), s.Keys) {
		all = append(all, alias{row: s, name: name})
	}
	for _, name := range s.Negate {
		all = append(all, alias{row: s, name: name, negate: true})
	}
	return all
}

// prefix returns what the names begin with that the alias stands for, if it is more than one.
func (a alias) prefix() (string, bool) { return strings.CutSuffix(fold(a.name), "*") }

// addAliases claims the names of a setting besides its own.
func (s *Set) addAliases(row *Setting) error {
	for _, a := range row.aliases() {
		name := fold(a.name)
		if other, taken := s.aliases[name]; taken && other.row != row {
			return fmt.Errorf("add setting %q: %q belongs to %q", row.Name, a.name, other.row.Name)
		}
		if _, taken := s.aliases[name]; !taken {
			s.aliases[name] = a
		}
		if _, many := a.prefix(); many {
			s.beginnings = append(s.beginnings, a)
		}
	}
	return nil
}

// alias returns the setting that a name means which is not its own. An exact name counts before a beginning.
func (s *Set) alias(name string) (alias, bool) {
	name = fold(name)
	if a, ok := s.aliases[name]; ok {
		return a, true
	}
	for _, a := range s.beginnings {
		if prefix, _ := a.prefix(); strings.HasPrefix(name, prefix) {
			return a, true
		}
	}
	return alias{}, false
}

// nests reports whether a name is the beginning of others, as Logging is of Logging:LogLevel:Default.
func (s *Set) nests(name string) bool {
	for folded := range s.aliases {
		if strings.HasPrefix(folded, fold(name)+nesting) {
			return true
		}
	}
	return false
}

// nesting stands between the parts of a name, however it is written: two underscores or a colon.
const nesting = "--"

// fold returns the spelling by which names are compared: upper and lower case, dash and underscore are the same, and so
// are two of these and a colon. Each start of a program folds thousands of names, most of which are folded already.
func fold(name string) string {
	if !strings.ContainsFunc(name, unfolded) {
		return name
	}
	return folder.Replace(strings.ToLower(name))
}

// folder replaces what a folded name does not hold, letters aside.
var folder = strings.NewReplacer("_", "-", ":", nesting)

// unfolded reports whether a folded name may not hold the character as it is.
func unfolded(r rune) bool { return r == '_' || r == ':' || r >= utf8.RuneSelf || 'A' <= r && r <= 'Z' }
