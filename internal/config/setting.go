package config

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// prefix starts the name that each setting has in the environment.
const prefix = "LOCKSTEP_"

// Type is what a setting's text must be. The zero value is String.
type Type int

// The types of settings. A List is given as several values or as one with commas.
const (
	String Type = iota
	Bool
	Int
	Duration
	List
)

// String returns the name by which a flag's help calls the type.
func (t Type) String() string {
	return [...]string{"string", "bool", "int", "duration", "list"}[t]
}

// Setting is one thing that a program can be told. It is the only place where the setting is declared.
type Setting struct {
	// Name is the setting's name, lower case with dashes: "service-name". The flag --service-name, the name
	// LOCKSTEP_SERVICE_NAME in the environment and the key serviceName in the file are made from it.
	Name string
	// Short is the one-letter flag, if there is one.
	Short string
	// Type is what the text must be.
	Type Type
	// Env lists further names in the environment, after the one made from Name. The first that is set counts.
	Env []string
	// Keys lists further keys in the configuration file.
	Keys []string
	// Default is the text that counts when nobody set any.
	Default string
	// Choices lists the words that are allowed; none means any.
	Choices []string
	// Usage says in one line what the setting does.
	Usage string
	// Secret marks a credential. It can be set in the environment only: flags show in lists of processes, and
	// configuration files are committed.
	Secret bool
	// Operator marks what only those who run the program may say, such as a command: configuration files are committed,
	// and changed by anybody who may propose a change. It has no key in them.
	Operator bool
	// File marks the setting whose value names the configuration file.
	File bool
	// MayMiss lists those of Env under which the file that is named need not be there, as some pipelines set them
	// anyway.
	MayMiss []string
	// Negate lists names of other tools that mean the opposite: true there is false here. Only a Bool has them.
	Negate []string
	// Tolerant marks the Bool that, when it is true, has unknown keys at the top of the configuration file passed over.
	// Whoever reads the file's sections is to warn of them.
	Tolerant bool
	// Inert marks what other tools are told and this one has no use for. It has the names in Env and none of its own;
	// the last may end in "*". It is accepted, so that pipelines go on working, and Values.Inert tells that it was given.
	Inert bool
}

// EnvNames returns the setting's names in the environment, the one made from its name first.
func (s Setting) EnvNames() []string {
	if s.Inert {
		return slices.Clone(s.Env)
	}
	return append([]string{prefix + strings.ToUpper(strings.ReplaceAll(s.Name, "-", "_"))}, s.Env...)
}

// KeyNames returns the setting's keys in the configuration file, the one made from its name first. A secret has none,
// and neither has what the operator says, the setting that names the file, nor one that is inert.
func (s Setting) KeyNames() []string {
	if s.Secret || s.Operator || s.File || s.Inert {
		return nil
	}
	return append([]string{s.camel()}, s.Keys...)
}

// camel returns the name as a key: service-name is serviceName.
func (s Setting) camel() string {
	var b strings.Builder
	for i, word := range strings.Split(s.Name, "-") {
		if i > 0 && word != "" {
			word = strings.ToUpper(word[:1]) + word[1:]
		}
		b.WriteString(word)
	}
	return b.String()
}

// Set is a checked table of settings.
type Set struct {
	settings   []Setting
	byName     map[string]*Setting
	aliases    map[string]alias    // by folded names that others use
	beginnings []alias             // those of them that stand for more than one name
	byKey      map[string]*Setting // folded keys; secrets are in it to be refused with a reason
	sections   map[string]string   // folded keys that belong to others, and how they are spelt
}

// NewSet checks the rows and returns them as a set. The sections are further keys that the configuration file may hold
// and that others read. Two rows that claim one name, a default that is no value of its type, and a secret with a
// default or with keys are refused.
func NewSet(settings []Setting, sections ...string) (*Set, error) {
	s := &Set{
		settings: slices.Clone(settings),
		byName:   make(map[string]*Setting),
		aliases:  make(map[string]alias),
		byKey:    make(map[string]*Setting),
		sections: make(map[string]string),
	}
	var errs []error
	for i := range s.settings {
		errs = append(errs, s.add(&s.settings[i]))
	}
	for _, name := range sections {
		if _, taken := s.byKey[fold(name)]; taken || name == "" {
			errs = append(errs, fmt.Errorf("add section %q: the name is taken", name))
		}
		s.sections[fold(name)] = name
	}
	if err := errors.Join(errs...); err != nil {
		return nil, err
	}
	return s, nil
}

// MustSet is NewSet for a table in the source. It panics when the table is wrong.
func MustSet(settings []Setting, sections ...string) *Set {
	s, err := NewSet(settings, sections...)
	if err != nil {
		panic(err)
	}
	return s
}

// add claims the setting's names, or says why it can not.
func (s *Set) add(row *Setting) error {
	if row.Name == "" || row.Name != strings.ToLower(strings.Trim(row.Name, "-")) || strings.ContainsAny(row.Name, "_ .=") {
		return fmt.Errorf("add setting %q: a name is lower case with dashes", row.Name)
	}
	if row.Secret && (row.Default != "" || row.Keys != nil || row.Short != "" || row.Type != String) {
		return fmt.Errorf("add setting %q: a secret has a name and names in the environment, nothing else", row.Name)
	}
	if row.Operator && row.Keys != nil {
		return fmt.Errorf("add setting %q: what the operator says has no keys in the file", row.Name)
	}
	if row.File && (row.Secret || row.Keys != nil || row.Type != String) {
		return fmt.Errorf("add setting %q: the name of the file is a plain text from outside the file", row.Name)
	}
	if (row.Negate != nil || row.Tolerant) && row.Type != Bool || row.Inert && (row.Default != "" || row.Keys != nil || row.Short != "" || row.Secret || row.File) {
		return fmt.Errorf("add setting %q: only a bool has an opposite, and what is inert has names in the environment, nothing else", row.Name)
	}
	claims := []struct {
		names map[string]*Setting
		add   []string
	}{
		{s.byName, []string{row.Name}},
		{s.byKey, append([]string{row.camel()}, row.Keys...)},
	}
	if row.Inert {
		claims = nil
	}
	for _, c := range claims {
		for _, name := range c.add {
			if other, taken := c.names[fold(name)]; taken {
				return fmt.Errorf("add setting %q: %q belongs to %q", row.Name, name, other.Name)
			}
			c.names[fold(name)] = row
		}
	}
	if err := s.addAliases(row); err != nil {
		return err
	}
	if row.Default != "" {
		if _, err := row.parse([]string{row.Default}); err != nil {
			return fmt.Errorf("add setting %q: default: %w", row.Name, err)
		}
	}
	return nil
}

// Settings returns the rows, in the order in which they were given.
func (s *Set) Settings() []Setting { return slices.Clone(s.settings) }

// Keys returns the keys of settings that the configuration file may hold at its top, sorted, those that have others below
// them included.
func (s *Set) Keys() []string {
	keys := []string{SchemaKey}
	for i := range s.settings {
		row := &s.settings[i]
		keys = append(keys, row.KeyNames()...)
		for _, a := range row.aliases() {
			keys = append(keys, a.name)
			if top, _, nested := strings.Cut(a.name, "__"); nested {
				keys = append(keys, top)
			}
		}
	}
	slices.Sort(keys)
	return slices.Compact(keys)
}

// ownKeys returns the keys that are made from the names of settings or declared as such, sorted: those worth a hint.
func (s *Set) ownKeys() []string {
	var keys []string
	for _, row := range s.settings {
		keys = append(keys, row.KeyNames()...)
	}
	slices.Sort(keys)
	return keys
}
